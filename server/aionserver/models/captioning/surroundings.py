"""Which things are found together, so that one stands for another that is in doubt."""

from aionserver.kit.words import word_set
from aionserver.models.objects import DetectedObject

_SURE_COMPANION_FROM = 0.5
_TABLE = word_set("bottle cup fork knife spoon bowl banana apple sandwich orange carrot pizza donut cake chair") | {
    "wine glass",
    "piece of broccoli",
    "hot dog",
    "dining table",
}
_KITCHEN = _TABLE | word_set("microwave oven toaster sink refrigerator")
_ROOM = word_set("couch bed television book clock vase laptop keyboard chair") | {
    "potted plant",
    "remote control",
    "computer mouse",
    "cell phone",
    "dining table",
}
_BATHROOM = word_set("toilet sink toothbrush") | {"hair dryer"}
WITH_PEOPLE = word_set(
    "snowboard ball kite skateboard surfboard frisbee tie backpack handbag suitcase umbrella bicycle motorcycle"
) | {"pair of skis", "baseball bat", "baseball glove", "tennis racket"}
_TOGETHER = (_KITCHEN, _ROOM, _BATHROOM, WITH_PEOPLE | {"person"})


def lacks_company(box: DetectedObject, boxes: list[DetectedObject]) -> bool:
    """True for a thing of a house or of people without any other that it is often found with."""
    others = {other.label for other in boxes if other.confidence >= _SURE_COMPANION_FROM} - {box.label}
    groups = [group for group in _TOGETHER if box.label in group]
    return bool(groups) and not any(others & group for group in groups)
