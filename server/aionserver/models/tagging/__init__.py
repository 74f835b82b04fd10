"""Tags of whole pictures: EfficientNet-Lite3 over the 1,000 ImageNet classes, or colours for tests."""

from aionserver.models.tagging.contract import KEPT_FOR_SEARCH, SHOWN_FROM, ImageTags, Tag, Tagger

__all__ = ["KEPT_FOR_SEARCH", "SHOWN_FROM", "ImageTags", "Tag", "Tagger"]
