"""What people see in 60 photos (data/photo_facts.json), and statements about the photos held against it."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from aionserver.models.captioning import Statement

FACTS = Path(__file__).with_name("data") / "photo_facts.json"
_SAME_TEXT_FROM = 0.8
# Words of a picture's form, which no facts are needed for.
_FORMAL = frozenset({"text", "document"})
_DEPTHS = ("light ", "dark ")


@dataclass(frozen=True)
class PhotoFacts:
    """What is true of one photo; see "about" in the file of facts."""

    photo: str
    is_held_out: bool
    main: tuple[frozenset[str], ...]
    true: frozenset[str]
    counts: Mapping[str, tuple[int, int]]
    scenes: frozenset[str]
    colours: frozenset[str]
    light: str
    text: tuple[str, ...]
    doing: tuple[str, ...]
    where: Mapping[str, tuple[str, ...]]
    kinds: Mapping[str, tuple[str, ...]]

    def judge(self, said: Statement) -> bool | None:
        """Whether a statement is right; None where the facts do not tell."""
        return _JUDGES[said.kind](self, said)

    def is_true_tag(self, tag: str) -> bool:
        """Whether a tag fits the photo."""
        return tag in self.true | self.scenes | self.colours | _FORMAL

    def missed(self, statements: Iterable[Statement]) -> list[str]:
        """The main facts that no right statement tells; its text is one of them where there is any."""
        right = [said for said in statements if self.judge(said)]
        named = {word for said in right for word in self._meant(said)}
        missed = ["|".join(sorted(words)) for words in self.main if not words & named]
        return missed if not self.text or any(said.kind == "text" for said in right) else [*missed, "text"]

    @property
    def fact_count(self) -> int:
        """How many facts a description could tell."""
        return len(self.main) + bool(self.text)

    def _meant(self, said: Statement) -> set[str]:
        words = {"thing": [said.about], "scene": [said.about]}
        return {meant for word in words.get(said.kind, ()) for meant in closure(word, self.kinds)}


def _is_there(facts: PhotoFacts, said: Statement) -> bool:
    return said.about.lower() in facts.true | facts.scenes


def _is_counted(facts: PhotoFacts, said: Statement) -> bool | None:
    """Whether the range of a count meets the facts'; of what is not there, the thing's own statement is wrong."""
    counted = facts.counts.get(said.about)
    if counted is None or counted[1] == 0:
        return None
    least, _, most = said.value.partition("-")
    return int(least) <= counted[1] and int(most) >= counted[0]


def _is_related(facts: PhotoFacts, said: Statement) -> bool:
    """Whether a fact says so, of this subject or of any, in these words or wider ones."""
    parts = said.value.split()
    splits = ((" ".join(parts[:at]), " ".join(parts[at:])) for at in range(1, len(parts)))
    doings = {f"{verb} {word}" for verb, other in splits for word in closure(other, facts.kinds)}
    return any(fact in doings or fact.removeprefix(f"{said.about} ") in doings for fact in facts.doing)


def _is_scene(facts: PhotoFacts, said: Statement) -> bool | None:
    return said.about in facts.scenes | facts.true


def _is_colour(facts: PhotoFacts, said: Statement) -> bool | None:
    plain = said.about
    for depth in _DEPTHS:
        plain = plain.removeprefix(depth)
    return plain in facts.colours if facts.colours else None


def _is_light(facts: PhotoFacts, said: Statement) -> bool | None:
    return said.about == facts.light if facts.light else None


def _is_placed(facts: PhotoFacts, said: Statement) -> bool | None:
    places = facts.where.get(said.about)
    return said.value in places if places else None


def _is_written(facts: PhotoFacts, said: Statement) -> bool:
    quoted = _letters(said.about)
    return bool(quoted) and any(_is_same_text(quoted, _letters(text)) for text in facts.text)


def _is_same_text(quoted: str, written: str) -> bool:
    if quoted in written and len(quoted) >= min(3, len(written)):
        return True
    return SequenceMatcher(None, quoted, written).ratio() >= _SAME_TEXT_FROM


def _letters(text: str) -> str:
    return "".join(character for character in text.lower() if character.isalnum())


_JUDGES = {
    "thing": _is_there,
    "guess": _is_there,
    "count": _is_counted,
    "relation": _is_related,
    "scene": _is_scene,
    "colour": _is_colour,
    "light": _is_light,
    "place": _is_placed,
    "text": _is_written,
}


def closure(word: str, kinds: Mapping[str, tuple[str, ...]]) -> set[str]:
    """The word and all wider words for what it names, in lower case."""
    found, waiting = set[str](), [word.lower()]
    while waiting:
        found.add(wider := waiting.pop())
        waiting += [kind for kind in kinds.get(wider, ()) if kind not in found]
    return found


def photo_facts() -> list[PhotoFacts]:
    """The facts of all photos; the half with the larger hashes of their names is held out."""
    content: Any = json.loads(FACTS.read_text(encoding="utf-8"))
    kinds = {word.lower(): tuple(kind.lower() for kind in wider) for word, wider in content["kinds"].items()}
    rows: list[Any] = sorted(content["photos"], key=lambda row: hashlib.sha256(row["photo"].encode()).hexdigest())
    return [_photo(row, 2 * number >= len(rows), kinds) for number, row in enumerate(rows)]


def _photo(row: Any, is_held_out: bool, kinds: Mapping[str, tuple[str, ...]]) -> PhotoFacts:
    main = [frozenset(word.lower() for word in words.split("|")) for words in row["main"]]
    counts = {word: (least, most) for word, (least, most) in row.get("counts", {}).items()}
    named = {word for words in main for word in words} | {word for word, (_, most) in counts.items() if most > 0}
    true = {wider for word in (*named, *row.get("also", ())) for wider in closure(word, kinds)}
    return PhotoFacts(
        photo=row["photo"],
        is_held_out=is_held_out,
        main=tuple(main),
        true=frozenset(true),
        counts=counts,
        scenes=frozenset(row.get("scene", ())),
        colours=frozenset(row.get("colours", ())),
        light=row.get("light", ""),
        text=tuple(row.get("text", ())),
        doing=tuple(row.get("doing", ())),
        where={word: tuple(places.split("|")) for word, places in row.get("where", {}).items()},
        kinds=kinds,
    )
