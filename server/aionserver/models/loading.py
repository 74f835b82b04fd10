"""Filling a process's model registry: what the worker needs, what the api needs, and what `doctor` checks."""

from pathlib import Path
from typing import cast

from pydantic import SecretStr

from aionserver.infra import heap
from aionserver.infra.settings import Settings
from aionserver.models.bundled import QUERY_ROLES, Loaded, load_bundled, load_deterministic
from aionserver.models.captioning import Describer
from aionserver.models.language_model import LanguageModel, LanguageModels
from aionserver.models.language_model.local import LocalLanguageModel
from aionserver.models.language_model.remote import Endpoint, Provider, RemoteLanguageModel
from aionserver.models.reranking import Reranker
from aionserver.models.weights import EVERY_FILE


def load_worker_models(models: Loaded, settings: Settings) -> None:
    """Load every network a worker runs, on `settings.threads` threads each."""
    models.setdefault(LanguageModels, language_models(settings))
    models.update(load_deterministic() if settings.models == "deterministic" else load_bundled(settings.threads))
    if settings.vision_model is not None:
        models[Describer] = _vision_describer(settings)
    _add_reranker(models, settings)
    heap.trim()


def load_query_models(models: Loaded, settings: Settings) -> None:
    """Load what turns queries into vectors, and nothing else: an api process stays small."""
    models.setdefault(LanguageModels, language_models(settings))
    deterministic = settings.models == "deterministic"
    models.update(load_deterministic(*QUERY_ROLES) if deterministic else load_bundled(1, *QUERY_ROLES))
    _add_reranker(models, settings)
    heap.trim()


def _add_reranker(models: Loaded, settings: Settings) -> None:
    """The one that the settings name; searches do without where they name none."""
    if settings.rerank_url is None:
        return
    from aionserver.models.reranking.remote import RemoteReranker

    assert settings.rerank_model, "Settings refuses the one without the other"
    key = settings.rerank_api_key.get_secret_value() if settings.rerank_api_key else ""
    models[Reranker] = RemoteReranker(settings.rerank_url, settings.rerank_model, key, settings.rerank_timeout_seconds)


def language_models(settings: Settings) -> LanguageModels:
    """The language models that are set up; none is loaded or reached before it is asked."""
    return LanguageModels(tuple(_language_model(settings, *one.split(":", 1)) for one in settings.language_model))


def _language_model(settings: Settings, provider: str, name: str) -> LanguageModel:
    most, timeout = settings.language_model_max_tokens, settings.language_model_timeout_seconds
    if provider == "local":
        path = local_file(settings, name)
        return LocalLanguageModel(path, settings.language_model_context_tokens, settings.threads, most, timeout)
    places: dict[str, tuple[str | None, SecretStr | None]] = {
        "openai": (settings.language_model_url, settings.openai_api_key),
        "anthropic": (settings.anthropic_url, settings.anthropic_api_key),
        "google": (settings.google_url, settings.google_api_key),
    }
    url, key = places[provider]
    secret = key.get_secret_value() if key is not None else ""
    return RemoteLanguageModel(Endpoint(cast("Provider", provider), name, url, secret, timeout, most))


def local_file(settings: Settings, name: str) -> Path:
    """Where a `local:` model's file is: at its path, or by its name alone among those that were fetched."""
    path = Path(name).expanduser()
    return settings.models_folder / name if path.parent == Path() and not path.exists() else path


def _vision_describer(settings: Settings) -> Describer:
    from aionserver.models.captioning.composer import FactComposer
    from aionserver.models.captioning.endpoint import VisionEndpoint
    from aionserver.models.captioning.remote import RemoteDescriber

    assert settings.vision_model is not None, "asked for only where it is set"
    assert settings.vision_url is not None, "Settings refuses the one without the other"
    endpoint = VisionEndpoint(
        url=settings.vision_url,
        model=settings.vision_model,
        api_key=settings.vision_api_key.get_secret_value() if settings.vision_api_key else "",
        timeout_seconds=settings.vision_timeout_seconds,
        max_tokens=settings.vision_max_tokens,
        input_price_usd=settings.vision_input_price_usd,
        output_price_usd=settings.vision_output_price_usd,
        max_cost_usd=settings.vision_max_cost_usd,
    )
    return RemoteDescriber(endpoint, FactComposer())


def check_weights() -> int:
    """How many weight files are installed and whole; WeightsError for the first that is not."""
    for file in EVERY_FILE:
        file.verified_path()
    return len(EVERY_FILE)
