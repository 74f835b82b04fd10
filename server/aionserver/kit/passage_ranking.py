"""How likely it is that a passage answers a query: meaning, words, codes and quoted phrases in one score of 0-1.

The score is a logistic function of the cosine of the vectors and of the share of the query's words that the passage
covers, rare words counting more (`kit/passage_terms.py`). Both mean the same in every collection, so scores of
different queries compare: 0.3 is "probably worth reading", and of those from 0.7 on at least seven in ten are relevant.
Its weights were fitted over the turns of the conversations of MTRAG (Apache-2.0), as `benchmarks/quality_documents.py`
repeats by cross-validation. Codes, phrases and single words are too rare there: their weights are set so that a full
match suffices alone.
"""

from dataclasses import dataclass
from math import exp
from typing import Final

BIAS: Final = -6.4
MEANING: Final = 7.0
COVERAGE: Final = 3.8
# The order of candidates before their texts are looked at.
COVERAGE_TO_MEANING: Final = 0.3
CODES: Final = 4.0
PHRASES: Final = 5.0


@dataclass(frozen=True, slots=True)
class Signals:
    """What speaks for a passage: the vectors' cosine; shares 0-1 of words covered, of codes and of phrases it has."""

    meaning: float
    coverage: float
    codes: float = 0.0
    phrases: float = 0.0


def score(signals: Signals) -> float:
    """How likely the passage answers the query, 0-1."""
    log_odds = BIAS + MEANING * signals.meaning + COVERAGE * signals.coverage
    log_odds += CODES * signals.codes + PHRASES * signals.phrases
    return round(1 / (1 + exp(-log_odds)), 4)
