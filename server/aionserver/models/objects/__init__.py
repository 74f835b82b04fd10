"""Objects with boxes: SSD-MobileNet-v2 over the 80 COCO classes, or a coloured shape for tests."""

from aionserver.models.objects.contract import DetectedObject, ObjectDetector, Survey

__all__ = ["DetectedObject", "ObjectDetector", "Survey"]
