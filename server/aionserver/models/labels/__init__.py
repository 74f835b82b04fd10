"""The two vocabularies that the bundled networks know, in everyday words with their kinds."""

from aionserver.models.labels.vocabulary import COCO_BY_ID, COCO_BY_NAME, IMAGENET, ImageNetLabel, ObjectLabel

__all__ = ["COCO_BY_ID", "COCO_BY_NAME", "IMAGENET", "ImageNetLabel", "ObjectLabel"]
