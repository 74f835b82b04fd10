"""When and where a picture was taken, told."""

from datetime import datetime

from aionserver.kit.words import shortened
from aionserver.models.captioning.contract import PictureFacts
from aionserver.models.captioning.told import Told

_PARTS_OF_DAY = ((5, "at night"), (12, "in the morning"), (17, "in the afternoon"), (22, "in the evening"))
_PLACE_CHARACTERS = 60


def occasion_sentence(facts: PictureFacts) -> Told | None:
    """ "taken in Lisbon, Portugal on 3 May 2021 in the evening", with what is known of it."""
    place = f" in {shortened(facts.place, _PLACE_CHARACTERS)}" if facts.place and facts.place.strip() else ""
    time = f" on {_day(facts.captured_at)} {part_of_day(facts.captured_at)}" if facts.captured_at else ""
    return Told(f"taken{place}{time}") if place or time else None


def part_of_day(moment: datetime) -> str:
    """ "in the morning" and so on, by the clock of the camera."""
    return next((name for hour, name in _PARTS_OF_DAY if moment.hour < hour), "at night")


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y}"
