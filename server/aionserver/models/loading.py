"""Filling a process's model registry: what the worker needs, what the api needs, and what `doctor` checks."""

from aionserver.infra import heap
from aionserver.infra.settings import Settings
from aionserver.models.bundled import QUERY_ROLES, Loaded, load_bundled, load_deterministic
from aionserver.models.captioning import Describer
from aionserver.models.reranking import Reranker
from aionserver.models.weights import EVERY_FILE


def load_worker_models(models: Loaded, settings: Settings) -> None:
    """Load every network a worker runs, on `settings.threads` threads each."""
    models.update(load_deterministic() if settings.models == "deterministic" else load_bundled(settings.threads))
    if settings.vision_model is not None:
        models[Describer] = _vision_describer(settings)
    _add_reranker(models, settings)
    heap.trim()


def load_query_models(models: Loaded, settings: Settings) -> None:
    """Load what turns queries into vectors, and nothing else: an api process stays small."""
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
