"""Formulas of Office Open XML in one line, as people type them."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from aionserver.kit.documents.ooxml import M, W

_DEEPEST: Final = 60


def formula_text(element: Any) -> str:
    """A formula, or several, on one line: x^2, a/b, sqrt(x), sum_(i=1)^n i."""
    return " ".join(_text(element, 0).split())


def _text(element: Any, depth: int) -> str:
    if element is None or depth > _DEEPEST:
        return ""
    write = _WRITERS.get(element.tag)
    if write is not None:
        return write(element, depth + 1)
    return "".join(_inner(element, depth))


def _inner(element: Any, depth: int) -> Iterator[str]:
    for child in element:
        if child.tag in (f"{M}t", f"{W}t"):
            yield child.text or ""
        elif not child.tag.endswith("Pr"):
            yield _text(child, depth + 1)


def _part(element: Any, name: str, depth: int) -> str:
    return _text(element.find(f"{M}{name}"), depth)


def _value(element: Any, path: str, usual: str) -> str:
    """A property's value; `usual` where it does not stand there."""
    found = element.find("/".join(f"{M}{step}" for step in path.split("/")))
    return usual if found is None else found.get(f"{M}val", usual)


def grouped(text: str) -> str:
    """The text in brackets where it is more than a word."""
    return text if len(text) < 2 or text.isalnum() or _is_bracketed(text) else f"({text})"


def _is_bracketed(text: str) -> bool:
    return text[0] == "(" and text[-1] == ")" and text.count("(") == 1


def _fraction(element: Any, depth: int) -> str:
    return f"{grouped(_part(element, 'num', depth))}/{grouped(_part(element, 'den', depth))}"


def _root(element: Any, depth: int) -> str:
    degree = _part(element, "deg", depth)
    return f"root({degree}, {_part(element, 'e', depth)})" if degree else f"sqrt({_part(element, 'e', depth)})"


def _script(element: Any, depth: int) -> str:
    """A base with what stands below and above it."""
    below, above = _part(element, "sub", depth), _part(element, "sup", depth)
    text = grouped(_part(element, "e", depth))
    return text + (f"_{grouped(below)}" if below else "") + (f"^{grouped(above)}" if above else "")


def _operator(element: Any, depth: int) -> str:
    sign = _value(element, "naryPr/chr", "\u222b")
    below, above = _part(element, "sub", depth), _part(element, "sup", depth)
    limits = (f"_{grouped(below)}" if below else "") + (f"^{grouped(above)}" if above else "")
    return f"{sign}{limits} {_part(element, 'e', depth)}"


def _brackets(element: Any, depth: int) -> str:
    start, end = _value(element, "dPr/begChr", "("), _value(element, "dPr/endChr", ")")
    between = _value(element, "dPr/sepChr", "|")
    return start + between.join(_text(one, depth) for one in element.findall(f"{M}e")) + end


def _matrix(element: Any, depth: int) -> str:
    rows = (", ".join(_text(one, depth) for one in row.findall(f"{M}e")) for row in element.findall(f"{M}mr"))
    return f"[{'; '.join(rows)}]"


def _lines(element: Any, depth: int) -> str:
    return "; ".join(_text(one, depth) for one in element.findall(f"{M}e"))


def _function(element: Any, depth: int) -> str:
    return f"{_part(element, 'fName', depth)} {_part(element, 'e', depth)}"


def _limit(element: Any, depth: int) -> str:
    return f"{_part(element, 'e', depth)}_{grouped(_part(element, 'lim', depth))}"


def _paragraph(element: Any, depth: int) -> str:
    return " ".join(_text(one, depth) for one in element.findall(f"{M}oMath"))


_WRITERS: Final[dict[str, Callable[[Any, int], str]]] = {
    f"{M}f": _fraction,
    f"{M}rad": _root,
    f"{M}sSub": _script,
    f"{M}sSup": _script,
    f"{M}sSubSup": _script,
    f"{M}sPre": _script,
    f"{M}nary": _operator,
    f"{M}d": _brackets,
    f"{M}m": _matrix,
    f"{M}eqArr": _lines,
    f"{M}func": _function,
    f"{M}limLow": _limit,
    f"{M}limUpp": _limit,
    f"{M}oMathPara": _paragraph,
}
