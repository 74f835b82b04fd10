"""A vision-language model's answer, checked and brought into the form of a description."""

import json
import re
from dataclasses import dataclass
from typing import Any, cast

from aionserver.kit.words import sentence, word_count
from aionserver.models.captioning.contract import MAX_TAG_CHARACTERS, MAX_TAGS, MAX_WORDS, MIN_WORDS, TokenCounts

_FENCE = re.compile(r"^\s*```(?:json)?\s*|\s*```\s*$")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]+")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
_MAX_VISIBLE_TEXT_CHARACTERS = 20_000
_USUAL_CONFIDENCE = 0.85
# Models are surer of themselves than they are right.
_HIGHEST_CONFIDENCE = 0.97
_MOST_TOKENS = 100_000_000


class AnswerError(Exception):
    """The answer holds no usable description; the text says why."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model said of the picture, within the bounds of a description."""

    description: str
    tags: tuple[str, ...]
    visible_text: str
    confidence: float


def read_answer(completion: dict[str, Any]) -> Answer:
    """The answer in a chat completion; AnswerError for refusals, cut or malformed answers."""
    values = _values(_content(completion))
    return Answer(
        description=_description(values.get("description")),
        tags=_tags(values.get("tags")),
        visible_text=_visible_text(values.get("visible_text")),
        confidence=_confidence(values.get("confidence")),
    )


def read_tokens(completion: dict[str, Any]) -> TokenCounts:
    """The tokens that a chat completion says it took; none where it says nothing."""
    usage = _part(completion, "usage")
    cached = _count(_part(usage, "prompt_tokens_details").get("cached_tokens"))
    return TokenCounts(
        read=_count(usage.get("prompt_tokens")),
        written=_count(usage.get("completion_tokens")),
        cache_read=_count(usage.get("cache_read_input_tokens")) or cached,
        cache_created=_count(usage.get("cache_creation_input_tokens")),
    )


def _part(values: dict[str, Any], name: str) -> dict[str, Any]:
    part = values.get(name)
    return cast("dict[str, Any]", part) if isinstance(part, dict) else {}


def _count(value: object) -> int:
    return min(max(value, 0), _MOST_TOKENS) if isinstance(value, int) and not isinstance(value, bool) else 0


def _content(completion: dict[str, Any]) -> str:
    try:
        choice = completion["choices"][0]
        message = choice["message"]
        refusal, content = message.get("refusal"), message.get("content")
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise AnswerError("the vision model's answer has an unknown form") from error
    if refusal or choice.get("finish_reason") == "content_filter":
        raise AnswerError("the vision model refused to describe the picture")
    if choice.get("finish_reason") == "length":
        raise AnswerError("the vision model's answer was cut off")
    if not isinstance(content, str) or not content.strip():
        raise AnswerError("the vision model's answer is empty")
    return content


def _values(content: str) -> dict[str, Any]:
    try:
        values = json.loads(_FENCE.sub("", content))
    except (ValueError, RecursionError) as error:
        raise AnswerError("the vision model did not answer with valid JSON") from error
    if not isinstance(values, dict):
        raise AnswerError("the vision model did not answer with a JSON object")
    return cast("dict[str, Any]", values)


def _description(value: object) -> str:
    """The description cut after the sentence with which it would grow too long."""
    if not isinstance(value, str):
        raise AnswerError("the vision model gave no description")
    kept = ""
    for part in _SENTENCE_END.split(" ".join(_CONTROL.sub(" ", value).split())):
        if kept and word_count(kept) + word_count(part) > MAX_WORDS:
            break
        kept = f"{kept} {part}".strip()
    kept = " ".join(kept.split()[:MAX_WORDS])
    if word_count(kept) < MIN_WORDS:
        raise AnswerError("the vision model's description is too short")
    return sentence(kept)


def _tags(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        return ()
    words = (_tag(tag) for tag in cast("list[object]", value) if isinstance(tag, str))
    return tuple(dict.fromkeys(word for word in words if 0 < len(word) <= MAX_TAG_CHARACTERS))[:MAX_TAGS]


def _tag(text: str) -> str:
    return " ".join(_CONTROL.sub(" ", text).lower().split())


def _visible_text(value: object) -> str:
    return _CONTROL.sub(" ", value).strip()[:_MAX_VISIBLE_TEXT_CHARACTERS] if isinstance(value, str) else ""


def _confidence(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        return _USUAL_CONFIDENCE
    return min(_HIGHEST_CONFIDENCE, max(0.0, float(value)))
