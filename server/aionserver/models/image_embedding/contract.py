"""Pictures and queries turned into vectors of the same spaces, so that words find pictures."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from aionserver.models.objects import DetectedObject
from aionserver.models.pixels import Pixels
from aionserver.models.tagging import ImageTags

Vectors = dict[str, NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class SearchablePicture:
    """What an embedder may look at; `pixels` is None where only facts are kept.

    `hints` are scores of objects by label, also of those too unsure to be among `objects`.
    """

    tags: ImageTags
    objects: tuple[DetectedObject, ...]
    description: str
    hints: Mapping[str, float] = field(default_factory=dict[str, float])
    pixels: Pixels | None = None


class ImageEmbedder(Protocol):
    """Embeds pictures and queries into named spaces as unit float32 vectors.

    A query's answer may lack a space in which the query says nothing; a picture's never does.
    """

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def dimensions(self) -> Mapping[str, int]: ...

    def embed_picture(self, picture: SearchablePicture) -> Vectors: ...
    def embed_query(self, text: str) -> Vectors: ...
