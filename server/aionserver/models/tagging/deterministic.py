"""Tags for tests: the picture's main colours."""

import numpy as np

from aionserver.models.labels import IMAGENET
from aionserver.models.pixels import Pixels, checked, colour_shares
from aionserver.models.tagging.contract import KEPT_FOR_SEARCH, ImageTags, Tag


class ColourTagger:
    """`Tagger` whose tags are colour names (class number -1) with their share of the picture."""

    name = "deterministic-colours"
    version = "1"

    def tag(self, image: Pixels) -> ImageTags:
        """Colours by share; the probabilities of the real classes are all the same."""
        tags = tuple(Tag(name, share, -1) for name, share in colour_shares(checked(image)))
        return ImageTags(np.full(len(IMAGENET), 1 / len(IMAGENET), np.float32), tags[:KEPT_FOR_SEARCH])
