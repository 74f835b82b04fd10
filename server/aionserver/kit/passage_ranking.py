"""How likely it is that a passage answers a query: meaning, words, codes and quoted phrases in one score of 0-1.

The score is a logistic function of the cosine of the vectors and of how much of the query's words the passage covers,
rare words counting more (`kit/passage_terms.py`). Both mean the same in every collection, so scores of
different queries compare: of passages from 0.7 on at least seven in ten are relevant, below 0.3 one in seven or fewer.
The logistic function was fitted over the turns of the conversations of MTRAG (Apache-2.0), whose judges passed over
some relevant passages, and stretched so that these two marks hold; `benchmarks/quality_documents.py` looks whether they
do elsewhere. Codes and phrases are too rare there: their weights are set so that a full match suffices alone.

Beside that, a passage is likely to be relevant for being one of few that have the query's words, whatever the vectors
say: of such passages of MTRAG that had all and scored below 0.3, two in five were relevant where one to three passages
had them, one in five where four to nine did, and hardly any where more did. The odds of both ways are added. Words
alone, without any that make a question of them, are looked for as they stand: what has them all is from 0.3 on.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp
from typing import Final

BIAS: Final = -4.25
MEANING: Final = 5.0
# What a coverage of 1 weighs beside a cosine of 1.
COVERAGE_TO_MEANING: Final = 0.3
CODES: Final = 4.0
PHRASES: Final = 5.0
# The odds of having the query's words where hardly any other passage has as many, and how many passages that may be.
HAVING: Final = 0.6
_HARDLY_ANY: Final = 2
# A smaller share of the words is chance.
_LEAST_SHARE: Final = 0.6
# The odds of having all of a query of words alone: a score of 0.3.
_KEYWORDS: Final = 0.43


@dataclass(frozen=True, slots=True)
class Signals:
    """What speaks for a passage: the vectors' cosine; how much of the words it covers; shares of codes and phrases.

    `share` is the share of the words it has, `rivals` how many passages have at least that, itself included;
    `keywords` whether the query is words alone.
    """

    meaning: float
    coverage: float
    codes: float = 0.0
    phrases: float = 0.0
    share: float = 0.0
    rivals: int = 1
    keywords: bool = False


def score(signals: Signals) -> float:
    """How likely the passage answers the query, 0-1."""
    log_odds = BIAS + MEANING * signals.meaning + MEANING * COVERAGE_TO_MEANING * signals.coverage
    log_odds += CODES * signals.codes + PHRASES * signals.phrases
    odds = exp(log_odds)
    # What is likely anyway gains little by it, so that the mark of 0.7 holds.
    odds += _odds_of_having(signals) / (1 + odds)
    return round(odds / (1 + odds), 4)


def rivals_of(shares: Sequence[float]) -> list[int]:
    """For each passage's share of the words, how many have at least that."""
    ordered = sorted(shares)
    return [len(shares) - bisect_left(ordered, share) for share in shares]


def _odds_of_having(signals: Signals) -> float:
    if signals.share < _LEAST_SHARE:
        return 0.0
    odds = HAVING * signals.share * min(1.0, _HARDLY_ANY / max(1, signals.rivals))
    return max(odds, _KEYWORDS) if signals.keywords and signals.share >= 1 else odds
