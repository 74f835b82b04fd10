"""What was found in a conversation, by which its citations are settled: what is not in here can't be cited."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from aionserver.domains.assistant.schemas import ResultSet, Turn
from aionserver.domains.search.schemas import LIKELY
from aionserver.infra.tools import Item, Outcome
from aionserver.kit.citations import Citation, CitationKind, Settled, cite_pages, settle

# Ids of one millisecond's neighbours begin alike: a shorter prefix says too little.
SHORTEST_PREFIX = 8
# What is changed, or said to be there, has to be meant more surely than what is shown: of a picture more than what it
# looks like alone, without a word of its own, comes to.
SURE = 0.75
SURE_OF_WORDS = 0.6
_WHETHER_ANY = re.compile(
    r"^\W*(?:(?:and|but|so|then)\W+)?(?:(?:do|have) (?:i|we)(?: have| got)?|are there|is there|any)\b", re.I
)
KINDS: dict[str, CitationKind] = {"image": "img", "video": "img", "document": "doc", "chunk": "doc", "link": "link"}


def is_called(item: Item, name: str) -> bool:
    """Whether a thing has this title or file name, in any case."""
    return name.casefold() in (item.name.casefold(), str(item.details.get("filename", "")).casefold())


def likely(items: Sequence[Item]) -> list[Item]:
    """Those that are likely what was looked for."""
    return [item for item in items if item.score is None or item.score >= LIKELY]


def certain(items: Sequence[Item]) -> list[Item]:
    """Those that are surely what was looked for: that may be changed without another look, and are said to be so."""
    return [one for one in items if one.score is None or one.score >= (SURE if one.kind == "image" else SURE_OF_WORDS)]


def surely(question: str, items: Sequence[Item]) -> tuple[list[Item], list[Item]]:
    """What is said to be there, and what may be: where it is asked whether there is any, only what is certain is."""
    if _WHETHER_ANY.match(question) is None:
        return list(items), []
    sure = certain(items)
    return sure, [one for one in items if one not in sure]


def file_of(item: Item) -> UUID:
    """The file behind a thing found."""
    return item.document_id or item.id


def _hex(text: str) -> str:
    return text.replace("-", "").lower()


@dataclass
class Findings:
    """Result sets of earlier turns, and of this one."""

    earlier: tuple[ResultSet, ...] = ()
    results: list[ResultSet] = field(default_factory=list[ResultSet])

    @classmethod
    def of(cls, history: Sequence[Turn]) -> "Findings":
        """What was found in a conversation so far."""
        return cls(tuple(result for turn in history for result in turn.results))

    def add(self, label: str, outcome: Outcome) -> ResultSet:
        """Keep what a tool found, under the conversation's next key."""
        total = outcome.total if outcome.total is not None else len(outcome.items)
        found = ResultSet(f"search_{self._next_number()}", label, outcome.items, total)
        self.results.append(found)
        return found

    def _next_number(self) -> int:
        numbers = [int(one.key.rpartition("_")[2]) for one in self._sets() if one.key.rpartition("_")[2].isdecimal()]
        return max(numbers, default=0) + 1

    def _sets(self) -> Iterator[ResultSet]:
        """The newest first: of it a follow-up speaks, and its words are shown."""
        yield from reversed(self.results)
        yield from reversed(self.earlier)

    def latest(self, kinds: Sequence[str] = (), *, several: bool = False) -> ResultSet | None:
        """The newest result set in which something was found, of one of the kinds where some are given.

        `several`: rather one of several things, where there is one.
        """
        wanted = {"chunk" if kind == "document" else kind for kind in kinds} | set(kinds)
        found = [
            one for one in self._sets() if one.items and (not kinds or any(item.kind in wanted for item in one.items))
        ]
        many = (one for one in found if several and len(one.items) > 1)
        return next(many, found[0] if found else None)

    @property
    def is_nothing_left(self) -> bool:
        """Whether the newest search left nothing, so that "these" are none."""
        newest = next(self._sets(), None)
        return newest is not None and not newest.items

    def named(self, name: str) -> Item | None:
        """The newest thing found that is called so."""
        return next((item for one in self._sets() for item in one.items if is_called(item, name)), None)

    def result(self, key: str) -> ResultSet | None:
        """The result set with this key."""
        return next((one for one in self._sets() if one.key == key), None)

    def items(self, text: str) -> list[Item]:
        """What a name in a tool's arguments stands for: a result set's items, or those of a file, by id or prefix."""
        found = self.result(text)
        if found is not None:
            return list(found.items)
        return list(self._with_prefix(_hex(text)))

    def _with_prefix(self, prefix: str) -> Iterator[Item]:
        if len(prefix) >= SHORTEST_PREFIX:
            for result in self._sets():
                for item in result.items:
                    if file_of(item).hex.startswith(prefix) or item.id.hex.startswith(prefix):
                        yield item

    def known(self, citation: Citation) -> Citation | None:
        """The citation as it should be; None for one of something that was not found, or not beyond doubt."""
        if citation.kind == "ref":
            found = self.result(citation.id)
            return Citation("ref", found.key, str(found.total)) if found else None
        items = [item for item in self._with_prefix(_hex(citation.id)) if KINDS.get(item.kind) == citation.kind]
        if len({file_of(item) for item in items}) != 1:
            return None
        return _settled(citation, items)

    def settle(self, text: str) -> Settled:
        """An answer with no citation but of what was found."""
        return settle(text, self.known)


def _settled(citation: Citation, items: Sequence[Item]) -> Citation:
    """With the whole id and the file's own name; with its pages only where those were read."""
    file_id = str(file_of(items[0]))
    if citation.kind != "doc":
        return Citation(citation.kind, file_id, items[0].name)
    asked = range(citation.first_page or 0, (citation.last_page or citation.first_page or 0) + 1)
    read = {page for item in items for page in item.pages}
    return cite_pages(file_id, items[0].name, sorted(read.intersection(asked)) or None)


def cite(item: Item) -> Citation:
    """The citation of something found, with its pages where it has some."""
    kind = KINDS[item.kind]
    if kind == "doc":
        return cite_pages(str(file_of(item)), item.name, item.pages or None)
    return Citation(kind, str(item.id), item.name)
