"""What a request wants: a table of forms, tried in order, and what each leaves to be looked for."""

import re
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from aionserver.kit.spoken.filters import Narrowing, is_by_color, narrow
from aionserver.kit.spoken.foreign import as_said, in_english
from aionserver.kit.spoken.foreign_words import Language
from aionserver.kit.spoken.formats import NamedFormat, take_formats
from aionserver.kit.spoken.forms import FORMS, GROUPS, KIND_WORDS, POLITE, GroupedBy, Intent
from aionserver.kit.spoken.groups import groups_named
from aionserver.kit.spoken.properties import Property, property_asked
from aionserver.kit.spoken.qualities import Qualities, take_qualities
from aionserver.kit.spoken.references import Reference, find_reference, without_reference
from aionserver.kit.spoken.times import Days, find_days

LONGEST_READ = 2_000
MOST_PARTS = 3


@dataclass(frozen=True, slots=True)
class Request:
    """One thing wanted. `subject` is what is looked for or meant, `name` a folder's or a file's new name.

    `labels` are tags to put on or to take off; `files` names of files that the text gives; `groups` names of those to
    sort into; `asked`: what is asked of a file itself; `is_bare`: words that fit no form. `own`: the subject as it was
    said in another `language`, while all else is in English.
    """

    intent: Intent
    text: str
    subject: str = ""
    narrowing: Narrowing = field(default_factory=Narrowing)
    days: Days | None = None
    reference: Reference | None = None
    name: str | None = None
    labels: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    group_by: GroupedBy | None = None
    groups: tuple[str, ...] = ()
    asked: Property | None = None
    is_bare: bool = False
    language: Language = "en"
    own: str = ""

    @property
    def words(self) -> str:
        """What is looked for in the words in which it was said: as documents and names have them."""
        return self.own or self.subject


# Of these it is files that are wanted, so that words for formats say which.
_OF_FILES: Final = frozenset(
    ("find", "count", "group", "refine", "summarize", "delete", "tag", "untag", "move", "organize", "report", "more")
)
# Of what is changed no more is read than what changes keep to.
_BY_QUALITIES: Final = frozenset(("find", "count", "group", "refine"))
_FILLER: Final = re.compile(
    rf"^\s*{POLITE}(?:(?:find|search(?:\s+for)?|look\s+for|locate|show|get|give|list|display|bring\s+up|fetch|see"
    r"|do\s+i\s+have|have\s+i\s+got|are\s+there|is\s+there|how\s+many|count|the\s+number\s+of"
    r"|(?:which|what|where)(?:'s|’s)?|only|just|keep|compare|describe|summari[sz]e|sum\s+up|summary|gist|key\s+points|main\s+points|tell\s+me(?:\s+more)?\s+about|me|us|any|all|some|every|everything"
    r"|of|my|the|our|a|an|that|are|is|do|i|have|there|for|in\s+total|ones|files?|those|these|things?)\b\s*)+",
    re.I,
)
_LEADS: Final = re.compile(
    rf"^\s*(?:(?:{KIND_WORDS}|articles?)\b\s*)?(?:(?:(?:and|or) {KIND_WORDS}\s+)*)(?:(?:that|which|who|where)\s+)?"
    r"(?:(?:do|does|have|has|can|i|you|we|show(?:s|ing|n)?|contain(?:s|ing)?|depict(?:s|ing)?|featur(?:es?|ing)"
    r"|(?:taken|shot|photographed)\s+(?:in|at|near|around)"
    r"|mention(?:s|ing)?|includes?|talk(?:s|ing)?\s+about|deal(?:s|ing)?\s+with|about|of|with|for|on|are|is|see|there"
    r"|in\s+(?:my|the)\s+library|the|an?)\b\s*)*",
    re.I,
)
_HERE: Final = (
    r"do (?:i|we) have|are there|there are|have i got|i have|in total|altogether|for me|please"
    rf"|in (?:my|the|this) (?:library|collection|archive)|in (?:my|the) {KIND_WORDS}|here|show"
)
_TAIL: Final = re.compile(rf"\s*(?:\b(?:{_HERE}|{KIND_WORDS})\b[\s?.!]*|[?.!,;:]+\s*)+$", re.I)
# "Word documents" are more than words.
_TAIL_OF_FORMATS: Final = re.compile(rf"\s*(?:\b(?:{_HERE})\b[\s?.!]*|[?.!,;:]+\s*)+$", re.I)
# "Documents are PDFs", of "which documents are PDFs?".
_ARE_OF: Final = re.compile(rf"^{KIND_WORDS} (?:(?:that|which) )?(?:are|is) (?:an? )?(?=\S+(?: \S+){{0,3}}$)", re.I)
_FILE: Final = re.compile(
    r"(?<![\w/])([\w][\w ()+.-]{0,80}?\.(?:jpe?g|png|gif|webp|heic|tiff?|bmp|pdf|docx?|txt|md|pptx?|xlsx?|odt|rtf"
    r"|html?|csv))\b",
    re.I,
)
_COMPARED: Final = re.compile(
    rf"^\s*(?:[^:?]{{1,60}}:\s*)?{POLITE}compare\s+(.{{1,200}}?)\s+(?:and|with|to|versus|vs\.?)\s+(.{{1,200}})$", re.I
)
_SUMMARIZE: Final = re.compile(
    rf"^\s*{POLITE}(?:summari[sz]e|sum up|give me (?:a summary|the (?:gist|key points|main points)) of)\s+\S", re.I
)
_SIDES: Final = re.compile(r"\s+(?:and|with|to|versus|vs\.?)\s+(?:the\s+|an?\s+)?", re.I)
_ASKS = (
    r"(?:and |but |so |or |then )?(?:who|what|when|where|why|which|how|is|are|was|were|do|does|did|can|could|should"
    r"|would|will|has|have|had|may|must|explain|tell|give)\b"
)
_ASKED: Final = re.compile(rf"^\s*{_ASKS}", re.I)
# What somebody says of themselves or of what was said is a question too: they want to know what there is to it.
_QUESTION: Final = re.compile(
    rf"\?|^\s*{_ASKS}|\b(?:is|are|was|were|has|have|can|does|will|must|should)\b"
    r"|^\s*(?:(?:no|yes|ok(?:ay)?|but|and|so|if|what if)[,.]?\s+)*(?:i|we|you|he|she|it|they|my|our|that's|there's)\b",
    re.I,
)
_CHANGE: Final = re.compile(
    r"\b(?:delet\w*|remov\w*|eras\w*|trash\w*|discard\w*|get rid|throw|clean|tidy|mov(?:e|ed|ing)|put|tag(?:ged|ging)?"
    r"|untag|label\w*|mark\w*|renam\w*|call|title|organi[sz]\w*|sort\w*|arrang\w*|group\w*|folders?|creat\w*|make|do it"
    r"|lösch\w*|verschieb\w*|umbenenn\w*|ordne\w*|supprim\w*|déplac\w*|renomm\w*|elimin\w*|borra\w*|mueve|mover)\b",
    re.I,
)
_WHOLE_FOLDER: Final = re.compile(
    rf"^\s*{POLITE}(?:delete|remove|trash|erase|discard)\s+(?:the |my |this |that )?(?:empty )?"
    r"(?:folder\b.{0,120}|[\w\"“”'-]{1,60} folder[\s.!?]*)$",
    re.I,
)
_DECIDES: Final = re.compile(
    r"^\s*(?:yes|yep|yeah|sure|no|nope|approved?|confirm(?:ed)?|cancel|go ahead|do it|don't|do not|stop)"
    r"(?:[,.! ]+(?:yes|please|do|it|that|so|go|ahead|approved?|cancel|no|the|this|plan)){0,5}[\s.,!?]*$",
    re.I,
)
_INTO_ONE: Final = re.compile(rf"^\s*{POLITE}(?:put|move|file)\b", re.I)
_SEVERAL: Final = re.compile(r"(?:[\w-]+\s+){0,2}(?:folders|groups|categories)\b", re.I)
_WORD_FILE: Final = re.compile(r"[^\s\"“”]+$")
_BETWEEN: Final = re.compile(
    r"(?:[,;.?!]+\s+(?:and\s+|then\s+|also\s+)*|\s+and\s+(?:then\s+|also\s+)?)"
    r"(?=(?:what|which|how|where|when|who|find|show|count|list|tell|describe|compare|move|delete|tag|put|organi[sz]e"
    r"|create|summari[sz]e|read|rename|(?:label|mark|add|remove|untag|file|sort)\b(?=.{1,100}\b(?:it|them)\b))\b)",
    re.I,
)


def split_request(text: str) -> list[str]:
    """The parts of a request that are requests themselves, three at most; quotes stay whole."""
    text = text[:LONGEST_READ]
    parts = _cut_between(text)
    if not 1 < len(parts) <= MOST_PARTS or any(len(part.split()) < 2 or part.count('"') % 2 for part in parts):
        return [text.strip()]
    folder = re.match(rf"^\s*{POLITE}(?:create|make|add)\b.*\bfolder\b", text, re.I)
    return [text.strip()] if folder else parts


def _cut_between(text: str) -> list[str]:
    """The text cut where a request ends and another begins: what only leads up to one is a part of it."""
    parts, start = list[str](), 0
    for found in _BETWEEN.finditer(text):
        if _is_request(text[start : found.start()]):
            parts.append(text[start : found.start()].strip())
            start = found.end()
    return [part for part in (*parts, text[start:].strip()) if part]


def _is_request(part: str) -> bool:
    return _ASKED.search(part) is not None or any(pattern.search(part) for _, pattern in FORMS)


def read_request(text: str, today: date, *, follows_results: bool = False) -> Request:
    """What is wanted; `follows_results`: something was found before, so that "only the red ones" means of that."""
    text = " ".join(text[:LONGEST_READ].split())
    foreign = in_english(text)
    if foreign is not None:
        request = _read(foreign.english, today, follows_results=follows_results)
        if request.intent != "ask":
            own = _read(foreign.own, today, follows_results=follows_results)
            said = own.subject if request.intent == "compare" else as_said(own.subject, text)
            is_quoted = request.intent in ("report", "create")
            told = foreign.own if is_quoted else request.text
            return replace(request, language=foreign.language, own=said, text=told)
    return _read(text, today, follows_results=follows_results)


def _read(text: str, today: date, *, follows_results: bool) -> Request:
    if follows_results and is_by_color(text):
        return _request("refine", None, text, today)
    for intent, pattern in FORMS:
        found = pattern.search(text)
        if found is not None and _fits(intent, found, text, follows_results=follows_results):
            return _request(intent, found, text, today)
    return _request("ask" if _QUESTION.search(text) else "find", None, text, today)


def _fits(intent: Intent, found: re.Match[str], text: str, *, follows_results: bool) -> bool:
    """Whether the form is more than its words: what a reference is needed for has one, or names files."""
    if intent in ("refine", "more"):
        return follows_results
    if intent == "compare" and _COMPARED.search(text):
        return True
    if intent == "summarize" and _SUMMARIZE.match(text) and find_reference(text) is None:
        return True
    if intent in ("compare", "describe", "summarize"):
        return bool(find_reference(text) if follows_results else None) or bool(file_names(text))
    if intent == "read":
        return follows_results or bool(file_names(text))
    if intent == "organize" and "groups" in found.groupdict():
        return len(_groups(found)) > 1
    if intent == "delete":
        return (
            is_whole_folder(text)
            or not re.search(r"\bfolder\b", found["what"], re.I)
            or bool(find_reference(found["what"]))
        )
    return True


def _groups(found: re.Match[str]) -> tuple[str, ...]:
    """The names of the groups to sort into; putting and moving are to one place, unless several are named as such."""
    named = groups_named(f"into {found['groups']}")
    is_order = _INTO_ONE.match(found[0]) is None or _SEVERAL.match(found["groups"]) is not None
    return named if is_order else ()


def _request(intent: Intent, found: re.Match[str] | None, text: str, today: date) -> Request:
    groups = found.groupdict() if found is not None else {}
    asked, what = property_asked(text) or (None, "") if intent == "property" else (None, None)
    about = what if what is not None else groups["what"] or "" if "what" in groups else text
    about, qualities = take_qualities(about) if intent in _BY_QUALITIES else (about, Qualities())
    rest, days = find_days(about, today)
    reference = find_reference(about)
    is_of_found = intent == "refine" or (intent == "count" and reference is not None)
    rest, narrowing = narrow(rest, follows_results=is_of_found)
    subject, formats = _subject(rest, of_files=intent in _OF_FILES)
    name = (groups.get("name") or "").strip(" .") or None
    return Request(
        intent=intent,
        text=text,
        subject=subject,
        narrowing=replace(narrowing, formats=formats, qualities=qualities),
        days=days,
        reference=reference,
        is_bare=found is None,
        name=re.sub(r"^(?:the|a) (?:folder )?", "", name) if name else None,
        labels=_labels(groups.get("labels") or ""),
        files=file_names(about),
        group_by=GROUPS.get((groups.get("group") or "").lower()),
        groups=_groups(found) if found is not None and "groups" in groups else (),
        asked=asked,
    )


def _subject(rest: str, *, of_files: bool) -> tuple[str, tuple[NamedFormat, ...]]:
    """What is looked for, without the words around it; and the formats that the files wanted have."""
    rest = _FILLER.sub("", without_reference(rest))
    left, formats = take_formats(_ARE_OF.sub("", _TAIL_OF_FORMATS.sub("", rest)).strip()) if of_files else (rest, ())
    rest = _TAIL.sub("", _LEADS.sub("", left if formats else rest)).strip(" ,;:.?!")
    is_quote = re.fullmatch('["“”][^"“”]*["“”]', rest)
    return rest[1:-1] if is_quote else rest, formats


def compared(subject: str) -> list[str]:
    """The two things that "compare" is about; one, where the other is only pointed at; or none."""
    told = re.sub(r"^(?:.*?\bcompare\b\s*)?(?:the\s+|an?\s+)?", "", subject, count=1, flags=re.I)
    sides = [side.strip(' .?!"“”') for side in _SIDES.split(f" {told}")]
    named = [side for side in sides if side]
    return named if len(named) == len(sides) == 2 or (len(named) == 1 and len(sides) == 2) else []


def _labels(text: str) -> tuple[str, ...]:
    """Tags out of a list of them, quoted or not."""
    parts = re.split(r",\s*(?:and\s+)?|\s+and\s+", re.sub(r"[\"“”«»„‘’.!?]", "", text))
    return tuple(dict.fromkeys(part.strip(" '") for part in parts if part.strip(" '")))[:20]


def file_names(text: str) -> tuple[str, ...]:
    """Names of files in a text, in quotes with blanks, else without."""
    quoted = [one for one in re.findall('["“„]([^"“”„]{1,120})["”“]', text) if _FILE.fullmatch(one)]
    plain = [_WORD_FILE.findall(match[1])[-1] for match in _FILE.finditer(re.sub('["“„][^"“”„]*["”“]', " ", text))]
    return tuple(dict.fromkeys([*quoted, *plain]))


def is_whole_folder(text: str) -> bool:
    """Whether a folder itself is to be deleted."""
    return _WHOLE_FOLDER.search(text[:LONGEST_READ]) is not None


def decides(text: str) -> bool:
    """Whether the words say yes or no to what was proposed."""
    return _DECIDES.match(text[:LONGEST_READ]) is not None


def asks_for_change(text: str) -> bool:
    """Whether the words may ask for a change of the library: wider than the forms, for a model reads them."""
    return _CHANGE.search(text[:LONGEST_READ]) is not None
