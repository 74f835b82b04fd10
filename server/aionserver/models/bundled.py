"""Which implementation serves each contract: the bundled networks, or the deterministic ones of tests.

An implementation's module is imported when its role is asked for: a process that only
embeds queries never loads the image runtimes.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any

from aionserver.models.captioning import Describer
from aionserver.models.image_embedding import ImageEmbedder
from aionserver.models.objects import ObjectDetector
from aionserver.models.ocr import TextReader
from aionserver.models.safe_search import SafeSearch
from aionserver.models.tagging import Tagger
from aionserver.models.text_embedding import TextEmbedder

Role = type[Any]
Loaded = dict[type, object]

EVERY_ROLE: tuple[Role, ...] = (
    TextEmbedder,
    ImageEmbedder,
    Tagger,
    ObjectDetector,
    TextReader,
    SafeSearch,
    Describer,
)
QUERY_ROLES: tuple[Role, ...] = (TextEmbedder, ImageEmbedder)

_NETWORKS: dict[Role, tuple[str, str]] = {
    TextEmbedder: ("text_embedding.embedded", "MiniLmTextEmbedder"),
    Tagger: ("tagging.embedded", "EfficientNetTagger"),
    ObjectDetector: ("objects.embedded", "SsdObjectDetector"),
    TextReader: ("ocr.embedded", "RapidTextReader"),
    SafeSearch: ("safe_search.embedded", "OpenNsfwSafeSearch"),
}
_DETERMINISTIC: dict[Role, tuple[str, str]] = {
    TextEmbedder: ("text_embedding.deterministic", "StemTextEmbedder"),
    Tagger: ("tagging.deterministic", "ColourTagger"),
    ObjectDetector: ("objects.deterministic", "ShapeDetector"),
    TextReader: ("ocr.deterministic", "SquareReader"),
    SafeSearch: ("safe_search.deterministic", "MagentaSafeSearch"),
}


def load_bundled(threads: int, *roles: Role) -> Loaded:
    """The bundled networks by contract (all roles unless some are named), each on `threads` threads at most.

    WeightsError where a weight file is missing or is not the pinned one.
    """
    return _load(lambda role: _implementation(_NETWORKS[role])(threads), roles or EVERY_ROLE)


def load_deterministic(*roles: Role) -> Loaded:
    """Instant stand-ins without weights for the same roles: the same input always gives the same output."""
    return _load(lambda role: _implementation(_DETERMINISTIC[role])(), roles or EVERY_ROLE)


def _load(build: Callable[[Role], Any], roles: tuple[Role, ...]) -> Loaded:
    """The roles' implementations; those made of others share them."""
    loaded: Loaded = {}
    for role in roles:
        if role is Describer:
            loaded[role] = _implementation(("captioning.composer", "FactComposer"))()
        elif role is not ImageEmbedder:
            loaded[role] = build(role)
    if ImageEmbedder in roles:
        texts = loaded.get(TextEmbedder) or build(TextEmbedder)
        loaded[ImageEmbedder] = _implementation(("image_embedding.embedded", "FactsImageEmbedder"))(texts)
    return loaded


def _implementation(place: tuple[str, str]) -> Callable[..., object]:
    module, name = place
    return getattr(import_module(f"aionserver.models.{module}"), name)
