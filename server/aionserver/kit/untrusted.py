"""Words of others in front of a language model, and of a language model in front of people: data, and no orders."""

import re
from collections.abc import Collection
from typing import Final

# Pictures and links of Markdown, tags of HTML, and bare addresses: what a client loads or a person follows.
_PICTURE_OR_LINK: Final = re.compile(r"!?\[([^\[\]]{0,300})\]\(\s*([^()\s]{0,2000})[^()]{0,300}\)")
_TAG: Final = re.compile(r"<(?=[a-zA-Z/!])[^<>]{0,2000}>")
_ADDRESS: Final = re.compile(
    r"(?:\b(?:https?|ftp|data|javascript):(?://)?|(?<![:\w/])//(?=[\w-]+\.))[^\s<>\"')\]]{1,2000}", re.I
)
# The beginning of one of these, which the next words may end.
_BEGUN: Final = re.compile(
    r"(?:/\S{0,2000}|!?\[[^\[\]]{0,300}(?:\](?:\([^()]{0,2000})?)?|!|<[^<>]{0,2000}|\b(?:https?|ftp|data|javascript):\S{0,2000}"
    r"|\b(?:h|ht|htt|https?|f|ft|ftp|d|da|dat|data|j|ja|jav|java|javas|javasc|javascr|javascri|javascrip|javascript))$",
    re.I,
)
_FENCE: Final = re.compile(r"</?\s*(?:data|system|assistant|user|instructions?)\b[^<>]{0,200}>", re.I)


def as_data(text: str, most: int) -> str:
    """The text, cut, without what could pass for the end of the data that it stands in."""
    return _FENCE.sub(" ", text[:most]).replace("\x00", "")


def without_foreign_addresses(text: str, known: Collection[str]) -> str:
    """The text without addresses but the known ones: what a model was talked into saying leads and loads nowhere."""

    def linked(found: re.Match[str]) -> str:
        is_known = found[2] in known and not found[0].startswith("!")
        return found[0] if is_known else found[1]

    text = _TAG.sub("", _PICTURE_OR_LINK.sub(linked, text))
    text = re.sub(r"\]\((?!https?://)", "] (", text)
    return _ADDRESS.sub(lambda found: found[0] if found[0].rstrip(".,;:!?") in known else "(address removed)", text)


def whole_part(text: str) -> int:
    """How much of a text that goes on can be shown: up to an address, a link or a tag that is only begun."""
    begun = _BEGUN.search(text[-4_000:])
    return len(text) if begun is None else max(0, len(text) - 4_000) + begun.start()
