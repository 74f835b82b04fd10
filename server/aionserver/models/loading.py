"""Filling a process's model registry: what the worker needs, what the api needs, and what `doctor` checks."""

from typing import Any

from aionserver.infra.settings import Settings
from aionserver.models.weights import EVERY_FILE


def load_worker_models(models: dict[type, object], settings: Settings) -> None:
    """Load every network a worker runs, on `settings.threads` threads each."""
    from aionserver.models.captioning import Describer
    from aionserver.models.captioning.composer import FactComposer
    from aionserver.models.image_embedding import ImageEmbedder
    from aionserver.models.image_embedding.embedded import FactsImageEmbedder
    from aionserver.models.objects import ObjectDetector
    from aionserver.models.objects.embedded import SsdObjectDetector
    from aionserver.models.ocr import TextReader
    from aionserver.models.ocr.embedded import RapidTextReader
    from aionserver.models.safe_search import SafeSearch
    from aionserver.models.safe_search.embedded import OpenNsfwSafeSearch
    from aionserver.models.tagging import Tagger
    from aionserver.models.tagging.embedded import EfficientNetTagger
    from aionserver.models.text_embedding.embedded import MiniLmTextEmbedder

    threads = settings.threads
    found: dict[type, Any] = {
        Describer: FactComposer(),
        ObjectDetector: SsdObjectDetector(threads),
        TextReader: RapidTextReader(threads),
        SafeSearch: OpenNsfwSafeSearch(threads),
        Tagger: EfficientNetTagger(threads),
        ImageEmbedder: FactsImageEmbedder(MiniLmTextEmbedder(threads)),
    }
    models.update(found)


def load_query_models(models: dict[type, object], settings: Settings) -> None:
    """Load what turns queries into vectors, and nothing else: an api process stays small."""
    from aionserver.models.image_embedding import ImageEmbedder
    from aionserver.models.image_embedding.embedded import FactsImageEmbedder
    from aionserver.models.text_embedding.embedded import MiniLmTextEmbedder

    models[ImageEmbedder] = FactsImageEmbedder(MiniLmTextEmbedder(1))


def check_weights() -> int:
    """How many weight files are installed and whole; WeightsError for the first that is not."""
    for file in EVERY_FILE:
        file.verified_path()
    return len(EVERY_FILE)
