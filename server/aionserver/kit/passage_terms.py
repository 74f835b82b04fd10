"""The words of passages as numbers, and how much each says: BM25 in a form that a database can add up.

A passage keeps for each of its words a weight of 0 to 1 that grows with how often it has it (`weights_of`); a query
knows how rare each of its words is (`QueryTerms`). The sum of products is BM25. Divided by what all words together
say, and multiplied by the root of how many there are, it is the query's coverage. It compares between queries: of many
words, chance covers a share that varies by that root less.

Robertson and Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond, 2009.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from math import log
from typing import Final

# What pgvector's sparse vectors can have.
DIMENSIONS: Final = 1_000_000_000
# The number under which all passages are counted; no word has it.
EVERY_PASSAGE: Final = 0
_SATURATION: Final = 1.2
# Passages are all of about one length, so that a longer one is not often a wordier one.
_LENGTH_SHARE: Final = 0.3
_USUAL_WORDS: Final = 60
# Words are as rare as if so many other passages had none of them: what all of three passages have may still be rare.
_ELSEWHERE: Final = 100
# Of longer queries, most words are there by the way.
_MOST_WORDS: Final = 16


def term_number(word: str, salt: bytes) -> int:
    """A word's number; each salt has its own, so that a tenant's words are no other's in one index."""
    digest = blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8, key=salt).digest()
    return 1 + int.from_bytes(digest) % (DIMENSIONS - 1)


def weights_of(words: Sequence[str], salt: bytes) -> dict[int, float]:
    """A passage's words by their numbers, each with its saturated count."""
    length = 1 - _LENGTH_SHARE + _LENGTH_SHARE * len(words) / _USUAL_WORDS
    return {
        term_number(word, salt): round(count / (count + _SATURATION * length), 4)
        for word, count in Counter(words).items()
    }


@dataclass(frozen=True, slots=True)
class QueryTerm:
    """A word of a query: the numbers of all its forms, how many passages have it, how much it says (`rarity`)."""

    numbers: tuple[int, ...]
    passages: int
    rarity: float


@dataclass(frozen=True, slots=True)
class QueryTerms:
    """A query's words, rarest first."""

    terms: tuple[QueryTerm, ...]

    @classmethod
    def of(cls, words: Mapping[tuple[str, ...], float], salt: bytes, counts: Mapping[int, int]) -> "QueryTerms":
        """The terms of words in all their forms, each with its weight; `counts` are passages by a term's number."""
        total = counts.get(EVERY_PASSAGE, 0)
        terms = list[QueryTerm]()
        for forms, weight in words.items():
            numbers = tuple(term_number(form, salt) for form in forms)
            having = min(total, sum(counts.get(number, 0) for number in numbers))
            terms.append(QueryTerm(numbers, having, weight * _rarity(total, having)))
        return cls(tuple(sorted(terms, key=lambda term: term.passages)))

    @property
    def whole(self) -> float:
        """What all words together say."""
        return sum(term.rarity for term in self.terms)

    def shares(self, passages: Iterable[Collection[int]]) -> list[float]:
        """The share of the query's words that each passage of terms has, rare words counting more; 1 for all."""
        whole, terms = self.whole, [(frozenset(term.numbers), term.rarity) for term in self.terms]
        if not whole:
            return [0.0 for _ in passages]
        return [1 - sum(rarity for forms, rarity in terms if forms.isdisjoint(has)) / whole for has in passages]

    def rarities(self, words: Iterable[Iterable[int]]) -> list[float]:
        """How much each word says, given the numbers of its forms; nothing where the query has no such word."""
        rarity = {number: term.rarity for term in self.terms for number in term.numbers}
        return [max((rarity.get(number, 0.0) for number in numbers), default=0.0) for numbers in words]

    def coverage_weights(self) -> dict[int, float]:
        """What to multiply a passage's weights by, so that their sum is the coverage."""
        if not self.whole:
            return {}
        factor = min(len(self.terms), _MOST_WORDS) ** 0.5 / self.whole
        return {number: factor * term.rarity for term in self.terms for number in term.numbers}


def _rarity(total: int, having: int) -> float:
    # What no passage has is mostly another form of a word: it counts as what one has.
    having = max(1, having)
    return log(1 + (total + _ELSEWHERE - having + 0.5) / (having + 0.5))


def numbers_of(words: Iterable[tuple[str, ...]], salt: bytes) -> list[int]:
    """The numbers of words in all their forms."""
    return [term_number(form, salt) for forms in words for form in forms]
