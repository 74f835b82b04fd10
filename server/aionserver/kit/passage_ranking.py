"""How likely it is that a passage answers a query: meaning, words, codes and quoted phrases in one score of 0-1.

The score is a logistic function of the cosine of the vectors and of how much of the query's words the passage covers,
rare words counting more (`kit/passage_terms.py`). Both mean the same in every collection, so scores of
different queries compare: of passages from 0.7 on at least seven in ten are relevant, below 0.3 one in seven or fewer.
The logistic function was fitted over the turns of the conversations of MTRAG (Apache-2.0), whose judges passed over
some relevant passages, and stretched so that these two marks hold; `benchmarks/quality_documents.py` looks whether they
do elsewhere. Codes and phrases are too rare there: their weights are set so that a full match suffices alone.
"""

from dataclasses import dataclass
from math import exp
from typing import Final

BIAS: Final = -4.25
MEANING: Final = 5.0
# What a coverage of 1 weighs beside a cosine of 1.
COVERAGE_TO_MEANING: Final = 0.3
CODES: Final = 4.0
PHRASES: Final = 5.0


@dataclass(frozen=True, slots=True)
class Signals:
    """What speaks for a passage: the vectors' cosine; how much of the words it covers; shares of codes and phrases."""

    meaning: float
    coverage: float
    codes: float = 0.0
    phrases: float = 0.0


def score(signals: Signals) -> float:
    """How likely the passage answers the query, 0-1."""
    log_odds = BIAS + MEANING * signals.meaning + MEANING * COVERAGE_TO_MEANING * signals.coverage
    log_odds += CODES * signals.codes + PHRASES * signals.phrases
    return round(1 / (1 + exp(-log_odds)), 4)
