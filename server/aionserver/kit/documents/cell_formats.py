"""What a cell of a sheet shows of its value: numbers in the form that the cell has, dates in ISO 8601."""

import datetime
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext
from functools import lru_cache
from typing import Any, Final

LONGEST_FORM: Final = 255
_SECTION: Final = re.compile(r'(?:"[^"]*"|\\.|\[[^\]]*\]|[^;"\\\[]|["\\\[])+|(?<=;)(?=;|$)')
_TOKEN: Final = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|[_*].|\[\$(?P<currency>[^\]-]*)[^\]]*\]|(?P<condition>\[[<>=][^\]]*\])|\[[^\]]*\]'
    r"|(?P<general>General|@)|(?P<exponent>E[+-])|(?P<place>[0#?])|(?P<point>\.)|(?P<comma>,)|(?P<literal>.)",
    re.IGNORECASE | re.DOTALL,
)
_LITERALS: Final = ("quoted", "escaped", "currency", "literal")
_PLACES: Final = "0#?"
# Digits that numbers may have; a sheet has fifteen that count, and 308 at most.
_DIGITS: Final = 340
MOST_DECIMALS: Final = 30


@dataclass(frozen=True)
class _Form:
    """A section of a number format: what stands around the digits, and how many of these there are."""

    before: str
    after: str
    # The places of digits before the point, with what stands between them.
    whole: str
    decimals: str
    percents: int
    thousands: int
    is_grouped: bool
    # Shown with all digits that there are.
    is_plain: bool
    has_exponent: bool


def shown(value: Any, form: str) -> str:
    """A cell's value as a sheet shows it, near enough to be found."""
    match value:
        case bool():
            return str(value).upper()
        case int() | float():
            return _number(value, form or "General")
        case datetime.datetime() if not (value.hour or value.minute or value.second):
            return value.date().isoformat()
        case datetime.datetime() | datetime.time():
            return value.isoformat(timespec="minutes").replace("T", " ")
        case datetime.date():
            return value.isoformat()
        case datetime.timedelta():
            return _elapsed(value)
        case _:
            return str(value)


def _elapsed(value: datetime.timedelta) -> str:
    seconds = round(abs(value.total_seconds()))
    hours, minutes, rest = seconds // 3600, seconds // 60 % 60, seconds % 60
    text = f"{hours}:{minutes:02}" + (f":{rest:02}" if rest else "")
    return f"-{text}" if value < datetime.timedelta() else text


def _number(value: float, form: str) -> str:
    if not math.isfinite(value):
        return str(value)
    forms = _forms(form[:LONGEST_FORM])
    if value < 0 and len(forms) > 1:
        text = _written(-value, forms[1])
        return text if "-" in text or "(" in text else f"-{text}"
    if value < 0:
        return f"-{_written(-value, forms[0])}"
    return _written(value, forms[2] if value == 0 and len(forms) > 2 else forms[0])


def _written(value: float, form: _Form) -> str:
    if form.is_plain:
        digits = f"{value:.15g}"
    elif form.has_exponent:
        digits = f"{value:.{form.decimals.count('0')}E}"
    elif not (form.whole or form.decimals):
        digits = ""
    else:
        digits = _digits(Decimal(repr(value)).scaleb(2 * form.percents - 3 * form.thousands), form)
    return f"{form.before}{digits}{form.after}"


def _digits(value: Decimal, form: _Form) -> str:
    with localcontext(prec=_DIGITS + MOST_DECIMALS):
        rounded = value.quantize(Decimal(1).scaleb(-len(form.decimals)), ROUND_HALF_UP)
    whole, _, decimals = f"{rounded:f}".partition(".")
    least = len(form.decimals.rstrip("#?"))
    decimals = decimals[:least] + decimals[least:].rstrip("0")
    places = [sign for sign in form.whole if sign in _PLACES]
    whole = whole.zfill(places.count("0"))
    if not rounded and "0" not in form.whole + form.decimals:
        return ""
    if form.is_grouped:
        whole = f"{int(whole):,}"
    elif len(places) < len(form.whole):
        whole = _laid_out(whole, form.whole)
    return f"{whole}.{decimals}" if decimals else whole


def _laid_out(whole: str, pattern: str) -> str:
    """Digits with what stands between them, as in telephone numbers: filled in from the right."""
    left, out = list(whole), list[str]()
    first = next(at for at, sign in enumerate(pattern) if sign in _PLACES)
    for at in range(len(pattern) - 1, -1, -1):
        if pattern[at] not in _PLACES:
            out.append(pattern[at])
        elif left:
            out.append(left.pop())
        if at == first:
            out.extend(reversed(left))
    return "".join(reversed(out))


@lru_cache(maxsize=1024)
def _forms(form: str) -> list[_Form]:
    sections = [_form(section) for section in _SECTION.findall(form)[:3]]
    return sections or [_form("General")]


def _form(section: str) -> _Form:
    found = ((token.lastgroup, token[token.lastgroup or 0]) for token in _TOKEN.finditer(section))
    tokens = [(kind, text) for kind, text in found if kind]
    kinds = [kind for kind, _ in tokens]
    if "condition" in kinds or ("literal", "/") in tokens:
        return _form("General")
    places = [at for at, kind in enumerate(kinds) if kind in ("place", "general")] or [len(tokens)]
    first, end = places[0], places[-1] + 1
    power = kinds.index("exponent") if "exponent" in kinds else end
    point = kinds.index("point", first, end) if "point" in kinds[first:end] else end
    return _Form(
        before=_literals(tokens[:first]),
        after=_literals(tokens[end:]),
        whole="".join(text for kind, text in tokens[first:point] if kind == "place" or kind in _LITERALS),
        decimals="".join(text for kind, text in tokens[point:power] if kind == "place")[:MOST_DECIMALS],
        percents=sum(token == ("literal", "%") for token in tokens),
        thousands=kinds[end:].count("comma"),
        is_grouped="comma" in kinds[first:point],
        is_plain="general" in kinds,
        has_exponent="exponent" in kinds,
    )


def _literals(tokens: Sequence[tuple[str, str]]) -> str:
    return "".join(text for kind, text in tokens if kind in _LITERALS)
