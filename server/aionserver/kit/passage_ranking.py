"""How likely it is that a passage answers a query: meaning, words, codes and quoted phrases in one score of 0-1.

The score is a logistic function of the cosine of the vectors, of how much of the query's words the passage covers, rare
words counting more (`kit/passage_terms.py`), of how near its words come to them in what they mean
(`kit/late_interaction.py`), and of how many passages say more. Where a hundred are as near, as in a collection of one
subject, few of them answer: the odds of the second are two thirds of the first's, those of the tenth a quarter. So the
same marks hold in collections of a subject and of many: from 0.7 on at least seven in ten are relevant, from 0.3 on,
the least that is shown, one in three to one in two.
The weights lie between those that fit the turns of MTRAG's conversations (Apache-2.0), whose judges passed over some
relevant passages, and those that fit the claims of SciFact, such that both marks hold for both;
`benchmarks/quality_documents.py` looks whether they do elsewhere. Codes and phrases are too rare there: their weights
are set so that a full match suffices alone, however many others have it.

Beside that, a passage is likely to be relevant for being one of few that have the query's words, whatever the vectors
say: of such passages of MTRAG that had all and scored below 0.3, two in five were relevant where one to three passages
had them, one in five where four to nine did, and hardly any where more did. The odds of both ways are added. Words
alone, without any that make a question of them, are looked for as they stand: what has them all is from 0.3 on.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import exp, log
from typing import Final

# By vectors and coverage alone, and with the match of words.
BIAS: Final = -3.5
MEANING: Final = 4.25
BIAS_MATCHED: Final = -5.7
MEANING_MATCHED: Final = 3.8
# By how much the logarithm of a passage's place lessens its odds.
CROWD: Final = 0.65
# What a coverage of 1 weighs beside a cosine of 1, where nothing else is known; and beside a match of 1.
COVERAGE_TO_MEANING: Final = 0.3
COVERAGE_MATCHED: Final = 0.2
MATCH_TO_MEANING: Final = 1.2
CODES: Final = 4.0
PHRASES: Final = 5.0
# From such a share of codes on, what has them is meant, however many others have them.
_NAMING: Final = 0.5
# The odds of having the query's words where hardly any other passage has as many, and how many passages that may be.
HAVING: Final = 0.5
HARDLY_ANY: Final = 2
# A smaller share of the words is chance.
_LEAST_SHARE: Final = 0.6
# The odds of having all of a query of words alone: a score of 0.3.
_KEYWORDS: Final = 0.43
# Of a score, where a number or code was asked for that is not there: below the least that is shown.
_LACKING: Final = 0.29


@dataclass(frozen=True, slots=True)
class Signals:
    """What speaks for a passage: the vectors' cosine; how much of the words it covers; shares of codes and phrases.

    `match` is how near its words come to the query's in what they mean, None where that is not known; `share` is the
    share of the words it has; `keywords` whether the query is words alone; `lacks_name` whether it is numbers and codes
    alone, of which the passage has none.
    """

    meaning: float
    coverage: float
    match: float | None = None
    codes: float = 0.0
    phrases: float = 0.0
    share: float = 0.0
    keywords: bool = False
    lacks_name: bool = False


def scores(passages: Sequence[Signals]) -> list[float]:
    """How likely each of these answers the query, 0-1; they are all that come into question."""
    passages = _matched(passages)
    strengths = [_strength(one) for one in passages]
    rivals, places = _at_least([one.share for one in passages]), _places(strengths)
    judged = zip(passages, strengths, rivals, places, strict=True)
    return [_score(one, strength, having, place) for one, strength, having, place in judged]


def _matched(passages: Sequence[Signals]) -> Sequence[Signals]:
    """Of those whose match is not known, as they come after the others, it is the least that is."""
    least = min((one.match for one in passages if one.match is not None), default=None)
    return [replace(one, match=least) if one.match is None else one for one in passages]


def _score(signals: Signals, strength: float, rivals: int, place: int) -> float:
    is_named = signals.phrases or signals.codes > _NAMING
    odds = exp(strength if is_named else strength - CROWD * log(place))
    # What is likely anyway gains little by it, so that the mark of 0.7 holds.
    odds += _odds_of_having(signals, rivals) / (1 + odds)
    return round(odds / (1 + odds) * (_LACKING if signals.lacks_name else 1), 4)


def _strength(signals: Signals) -> float:
    """The logarithm of the odds where no other passage says more."""
    if signals.match is None:
        found = BIAS + MEANING * (signals.meaning + COVERAGE_TO_MEANING * signals.coverage)
    else:
        said = signals.meaning + COVERAGE_MATCHED * signals.coverage + MATCH_TO_MEANING * signals.match
        found = BIAS_MATCHED + MEANING_MATCHED * said
    return found + CODES * signals.codes + PHRASES * signals.phrases


def _at_least(values: Sequence[float]) -> list[int]:
    """For each value, how many are at least that."""
    ordered = sorted(values)
    return [len(values) - bisect_left(ordered, value) for value in values]


def _places(values: Sequence[float]) -> list[int]:
    """For each value, its place from 1, the largest first; equal ones share theirs."""
    ordered = sorted(values)
    return [1 + len(values) - bisect_right(ordered, value) for value in values]


def _odds_of_having(signals: Signals, rivals: int) -> float:
    """By how many of the words it has, of which `rivals` passages have as many, itself included."""
    if signals.share < _LEAST_SHARE:
        return 0.0
    odds = HAVING * signals.share * min(1.0, HARDLY_ANY / rivals)
    return max(odds, _KEYWORDS) if signals.keywords and signals.share >= 1 else odds
