"""Vectors by which words find pictures: a sentence's meaning and a weighted vocabulary of labels."""

from aionserver.models.image_embedding.contract import ImageEmbedder, SearchablePicture, Vectors

__all__ = ["ImageEmbedder", "SearchablePicture", "Vectors"]
