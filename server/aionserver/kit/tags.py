"""Tags: short words that people and models put on files."""

from collections.abc import Iterable

MOST_TAGS = 40
LONGEST_TAG = 50


def clean_tags(tags: Iterable[str]) -> list[str]:
    """Trimmed, without empty ones and repeats (in any case), in their first order and spelling."""
    found: dict[str, str] = {}
    for tag in tags:
        text = " ".join(tag.split())
        if text:
            found.setdefault(text.casefold(), text)
    return list(found.values())


def tags_problem(tags: Iterable[str]) -> str | None:
    """What is wrong with a person's tags, in words; None when nothing is."""
    listed = list(tags)
    if len(listed) > MOST_TAGS:
        return f"at most {MOST_TAGS} tags"
    if any(len(tag) > LONGEST_TAG for tag in listed):
        return f"a tag has at most {LONGEST_TAG} characters"
    return None
