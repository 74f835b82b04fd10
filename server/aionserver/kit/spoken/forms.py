"""The forms requests have, in the order they are tried; those that change something fit only orders."""

import re
from typing import Final, Literal

from aionserver.kit.spoken.properties import PROPERTIES

Small = Literal["greet", "thank", "help", "create", "beyond"]
Change = Literal["undo", "delete", "tag", "untag", "rename", "make_folder", "move", "organize"]
Figures = Literal["count", "group", "overview", "folders", "paid"]
Look = Literal["report", "property", "compare", "read", "summarize", "describe", "more", "refine", "find", "ask"]
Intent = Small | Change | Figures | Look
GroupedBy = Literal["kind", "tag", "year", "month", "folder", "camera", "format"]
GROUPS: Final[dict[str, GroupedBy]] = {
    **dict.fromkeys(("type", "kind"), "kind"),
    **dict.fromkeys(("tag", "label", "subject", "topic", "content"), "tag"),
    "year": "year",
    **dict.fromkeys(("month", "date", "time"), "month"),
    "folder": "folder",
    **dict.fromkeys(("camera", "device"), "camera"),
    "format": "format",
}
POLITE: Final = (
    r"(?:(?:please|kindly|can|could|would|will|you|i(?:'d| would)? (?:want|like|need)(?: you)? to|i'd|let'?s|now|then"
    r"|and|also|ok(?:ay)?|so|go ahead and|just|help me(?: to)?|hey|hi|hello)[,:]?\s+){0,6}"
)
KIND_WORDS: Final = (
    r"(?:photos?|photographs?|pictures?|images?|pics?|snapshots?|documents?|docs?|links?|bookmarks?"
    r"|web ?pages?|videos?|movies?|clips?|files?|pages)"
)
SIZE: Final = r"(?:short|brief|long|detailed|full|concise|complete|comprehensive|quick|structured|markdown|one-page)"
# These say what is looked for as well.
_KINDS = rf"(?:{KIND_WORDS}|screenshots?|pdfs?|manuals?|contracts?)"
_FORMATS = (
    r"(?:spreadsheets?|presentations?|power ?points?|excels?|e-?books?|docx|xlsx|pptx|odts?|epubs?|csvs?|txts?"
    r"|markdowns?|jpe?gs?|pngs?|gifs?|webps?|heics?|mp4s?)"
)
_OF_FORMATS = r"(?:spreadsheets|presentations|power ?points|e-?books|word files|excel files|jpe?gs|pngs|gifs)"
_GROUP = "|".join(GROUPS)
_QUOTE = "[\"“”«»„'‘’]"
_NAMED = rf"{_QUOTE}?(?P<name>[^\"“”«»„‘’]{{1,120}}?){_QUOTE}?"
_END = r"[\s.!?]*$"
_THEM = r"(?:of|among) (?:these|those|them)"
_LIBRARY = r"(?:library|collection|archive|account)"


def _order(*pieces: str) -> re.Pattern[str]:
    return re.compile(rf"^\s*{POLITE}{''.join(pieces)}", re.I)


def _form(*pieces: str) -> re.Pattern[str]:
    return re.compile("".join(pieces), re.I)


FORMS: Final[tuple[tuple[Intent, re.Pattern[str]], ...]] = (
    (
        "greet",
        _form(
            r"^\s*(?:hi|hello|hey|good (?:morning|afternoon|evening|day)|greetings|hallo|guten (?:tag|morgen|abend)"
            r"|bonjour|bonsoir|salut|hola|buenos días)(?: there)?[\s.!,]*$"
        ),
    ),
    (
        "thank",
        _form(
            r"^\s*(?:(?:ok(?:ay)?|alright|great|perfect|super|well|no)[,.! ]+)*(?:many )?",
            r"(?:thanks|thank you|thx|cheers|great|perfect|nice|ok(?:ay)?|wonderful|awesome|cool|danke(?:schön)?",
            r"|vielen dank|merci|gracias)",
            r"(?:,? (?:a lot|so much|very much|you|sehr|beaucoup|much|for (?:your|the) help|again|everyone))*[\s.!,]*$",
        ),
    ),
    (
        "help",
        _form(
            r"^\s*(?:help\s*[?!.]*$|what (?:can|could) (?:you|i) (?:do|ask)",
            r"|how do (?:you|i) (?:work|use (?:this|you))|who are you|what are you\b)",
        ),
    ),
    (
        "report",
        _order(
            r"(?:write|draft|compose|generate|create|make|prepare|produce|compile|put together)\s+(?:(?:me|us|up)\s+)?",
            rf"(?:(?:an?|the)\s+)?(?:{SIZE}[, ]+)*",
            r"(?:report|summary|briefing|memo|digest|overview|comparison|analysis)\b",
            rf"(?!\s+(?:folder|of (?:my|the|this) {_LIBRARY}))(?P<what>.{{0,500}}?){_END}",
        ),
    ),
    ("report", _order(rf"(?:give|get) (?:me|us) (?:an?|the) (?:{SIZE}[, ]+)*report\b(?P<what>.{{0,500}}?){_END}")),
    ("report", _order(rf"(?:analy[sz]e|review|assess|evaluate)\s+(?P<what>.{{1,500}}?){_END}")),
    (
        "undo",
        _order(
            r"(?:undo|revert|reverse|take (?:it|that|this|all|everything) back|put (?:it|them|everything|all) back"
            r"|change (?:it|that|them) back|rückgängig(?: machen)?|mach(?:e)? (?:das|es) rückgängig|annule[rz]?)",
            r"(?:,? (?:it|that|this|them|all|everything|please|again|the last (?:change|changes|plan|step|one)))*",
            _END,
        ),
    ),
    (
        "create",
        _order(
            rf"(?!\w+ (?:an?|the) overview of (?:my|the|this) {_LIBRARY})",
            r"(?:write|compose|draft|translate|paraphrase|rewrite|rephrase|brainstorm|invent|imagine|draw|generate)\b",
        ),
    ),
    (
        "beyond",
        _order(
            r"(?:(?:send|e-?mail|convert|play|remind|schedule|buy|crop|rotate|resize|upload|download|print)\s+"
            r"(?:me|us|it|this|that|these|those|them|the|an?|some|my|\S+\.\w{2,4})|book\s+(?:me|us|an?))\b",
        ),
    ),
    (
        "untag",
        _order(
            r"(?:remove|take|delete|drop)\s+(?:the\s+)?(?:tags?|labels?)\s+(?P<labels>.{1,200}?)\s+(?:from|off)\s+",
            rf"(?P<what>.{{0,500}}?){_END}",
        ),
    ),
    ("untag", _order(rf"untag\s+(?P<what>.{{1,500}}?)\s+(?:as|from)\s+(?P<labels>.{{1,200}}?){_END}")),
    (
        "tag",
        _order(
            r"(?:add|put|apply)\s+(?:the\s+)?(?:tags?|labels?)\s+(?P<labels>.{1,200}?)\s+(?:to|on)\s+",
            rf"(?P<what>.{{0,500}}?){_END}",
        ),
    ),
    (
        "tag",
        _order(
            r"(?:tag|label|mark)\s+(?P<what>.{1,500}?)\s+(?:as|with)\s+(?:the\s+)?(?:tags?\s+)?",
            rf"(?P<labels>.{{1,200}}?){_END}",
        ),
    ),
    ("rename", _order(rf"rename\s+(?P<what>.{{1,300}}?)\s+(?:to|as|into)\s+{_NAMED}{_END}")),
    (
        "organize",
        _order(
            r"(?:organi[sz]e|sort|arrange|group|file|tidy(?: up)?|split)\s+(?P<what>.{0,300}?)\s*",
            r"(?:in(?:to)?\s+folders\s+)?",
            rf"by\s+(?:the\s+)?(?:their\s+)?(?P<group>{_GROUP})s?\b",
        ),
    ),
    (
        "organize",
        _order(
            r"(?:organi[sz]e|sort|arrange|group|tidy(?: up)?|split|divide|separate|categori[sz]e|classify|file|put"
            r"|move)\s+(?P<what>.{1,300}?)\s+",
            r"(?:into|between|among|in(?=(?:\s+\w+){0,2}\s+(?:folders|groups|categories)\b))\s+",
            r"(?!(?:(?:the|an?|my|one)\s+)?(?:new\s+)?folder\b)(?P<groups>.{3,300})$",
        ),
    ),
    ("organize", _order(r"(?:organi[sz]e|tidy(?: up)?|clean up)\s+(?P<what>.{0,300})$")),
    (
        "make_folder",
        _order(
            rf"(?:create|make|add)\s+(?:me\s+)?(?:an?\s+)?(?:new\s+)?folder\s+(?:called\s+|named\s+|for\s+)?{_NAMED}",
            r"(?:,?\s+and\s+(?:move|put)\s+(?P<what>.{1,300}?)\s+(?:into|in|to|there)(?:\s+(?:it|there))?)?",
            _END,
        ),
    ),
    (
        "move",
        _order(
            r"(?:move|put|file|sort)\s+(?P<what>.{1,500}?)\s+(?:to|into|in|under)\s+(?:the\s+|a\s+)?(?:new\s+)?(?:folder\s+)?",
            rf"(?:called\s+|named\s+)?{_NAMED}(?:\s+folder)?{_END}",
        ),
    ),
    ("delete", _order(r"(?:delete|remove|trash|erase|discard|get rid of|throw away)\s+(?P<what>.{1,500})$")),
    *(("property", pattern) for _, pattern in PROPERTIES),
    (
        "folders",
        _form(
            r"\b(?:(?:list|show|which|what|see)(?: me)?(?: all)?(?: of)?(?: the| my)? folders",
            r"|folders (?:do i have|are there|exist))\b",
        ),
    ),
    (
        "group",
        _form(
            r"\b(?:how many|count|number of|break ?down|distribution|statistics|group(?:ed)?|overview|show|list)\b",
            r".{0,200}",
            rf"\b(?:by|per|in each|for each|each)\s+(?:the\s+)?(?P<group>{_GROUP})s?\b",
        ),
    ),
    (
        "group",
        _form(
            r"\b(?:which|what|list|show|most (?:common|used|frequent))(?: me)?(?: all)?(?: of)?(?: the| my)?",
            r"(?: most (?:common|used|frequent))? (?P<group>tag|camera|format|label|device)s?\b",
            r"(?! (?:is|does|did|has|was|of))",
        ),
    ),
    (
        "count",
        _form(
            r"\b(?:how many|count|number of)\b.{0,200}\b",
            rf"(?:{_KINDS}|{_FORMATS})",
            r"\b|^\s*(?:and )?how many (?:of )?(?:them|these|those)\b"
            r"|^\s*(?:and )?how many (?:are|lie|do i have|have i got)(?: there)? (?:in|inside) (?:the |my )?"
            r"(?:folder .{1,100}|.{1,100} folder)[\s?.!]*$"
            r"|^\s*(?:and )?how many(?: (?:is|are) (?:that|there|those|these|they|them))?[\s?.!]*$"
            r"|^\s*(?:and )?how many (?!times|days|hours|minutes|years|months|weeks)\w+(?: \w+)?"
            r"(?: (?:do (?:i|we) have|have (?:i|we) got|can you (?:find|see)))?[\s?.!]*$",
        ),
    ),
    (
        "overview",
        _form(
            rf"\bwhat(?:'s| is| do i have)?(?: there)? (?:in|inside) (?:my|the|this) {_LIBRARY}\b",
            r"|\b(?:overview|summary|summari[sz]e|describe|statistics|stats)\b.{0,30}",
            rf"\b(?:{_LIBRARY}|everything|all (?:my )?files)\b",
            rf"|\btell me about my (?:{_LIBRARY}|files|photos|pictures|documents)\b",
            r"|^\s*what(?:'s|’s| is| do (?:i|we) have)(?: there| in| stored)? here[\s?.!]*$"
            r"|\bwhat (?:do i|have i|files|kinds? of files)(?: do i)? (?:have|got)(?: here)?[\s?.]*$",
        ),
    ),
    (
        "find",
        _form(
            r"^\s*what(?:'s| is| are| do i have)?(?: there)? (?:in|inside) (?:the |my )?"
            r"(?:folder .{1,100}|.{1,100} folder)[\s?.!]*$"
        ),
    ),
    (
        "compare",
        _form(r"\b(?:compare|comparison|difference between|differences?|differ|in common|versus|vs\.?)\b"),
    ),
    (
        "paid",
        _form(
            r"\b(?:how much|(?:the )?(?:total|sum)(?: amount| cost)?s?(?: of)?|sum up|add up|add .{1,60} up)\b.{0,200}",
            r"\b(?:paid|pay|spen[dt]|cost|total|sum|receipts?|bills?|invoices?|them|these|those|it)\b",
            r"|\b(?:most expensive|cheapest|priciest|highest|lowest|largest|biggest)\b.{0,60}",
            r"\b(?:receipts?|bills?|invoices?|purchase|total)\b",
            r"|\b(?:receipts?|bills?|invoices?)\b.{0,100}",
            r"\b(?:expensive|cheapest|total|sum|in all|altogether|highest|lowest|largest|biggest)\b"
            r"|^\s*(?:and )?(?:in total|altogether|the total|how much)[\s?.!]*$"
            r"|\b(?:add (?:them|these|those) up|sum (?:them|these|those) up)\b",
        ),
    ),
    (
        "read",
        _form(
            r"\b(?:what (?:does|do|is|text is).{0,60}\b(?:say|read|written|legible)\b(?! (?:about|on|regarding|of)\b)",
            r"|read (?:me )?(?:the )?(?:text|it|this|that|these|them)",
            r"|(?:text|words?|writing) (?:in|on|of) (?:it|this|that|these|those|them)",
            r"|(?:text|words?|writing) (?:in|on|of) the \w+ (?:one|photo|picture|image)",
            r"|transcribe|extract (?:the )?text|ocr)\b",
            rf"|{_THEM} (?:have|has|contain|show)s? (?:any )?(?:text|words|writing)\b",
        ),
    ),
    (
        "summarize",
        _form(r"\b(?:summari[sz]e|summary of|sum up|tl;?dr|key points|main points|give me the gist)\b"),
    ),
    (
        "describe",
        _form(
            r"\b(?:describe|tell me (?:more )?about|details? (?:of|about|on)|more (?:about|on)",
            r"|what (?:is|are|can be seen|can you see|do you see)(?: (?:shown|visible))? (?:in|on)",
            r"|what (?:does|do) .{1,60} (?:show|look like)",
            r"|(?:when|where) (?:was|were|is|are) .{1,60} (?:taken|made|shot|from)",
            r"|what(?:'s|’s| is| are) the (?:dates?|days?) (?:of|on)",
            rf"|(?:which|what) camera|what(?:'s| is| are) (?:it|(?:this|that|these|those|they)(?: {KIND_WORDS})?)",
            r"(?: about| of)?[\s?.!]*$)",
        ),
    ),
    (
        "more",
        _order(
            r"(?:(?:show|give|list)(?: me)? )?(?:(?:some |the )?(?:more|next|rest|others|remaining)",
            r"(?: ones| results| of (?:them|these|those))?|go on|continue|all of them)",
            _END,
        ),
    ),
    (
        "refine",
        _form(
            rf"^\s*{POLITE}(?:(?:show(?: me)?|keep) )?(?:only|just)\b",
            rf"|\b(?:which|any|some|only|those|the ones|are (?:there )?any) (?:ones )?{_THEM}\b",
            rf"|^\s*{POLITE}(?:the |those |only )?\w+ ones?\b|^\s*(?:without|not|except|excluding) ",
        ),
    ),
    (
        "find",
        _order(
            r"(?:find|search(?: for)?|look for|locate|show(?: me)?|get(?: me)?|give me|list|display|bring up|see)\b"
        ),
    ),
    (
        "find",
        _form(
            r"^\s*(?:do i have|have i got|are there|is there|any|where (?:are|is|did)|which|what)\b.{0,200}\b",
            rf"(?:{_KINDS}|{_FORMATS})",
            r"\b",
        ),
    ),
    (
        "find",
        _form(
            rf"^\s*(?:(?:my|all|the|every|some|mostly|mainly)\s+)*(?:[\w#-]+\s+){{0,2}}(?:{_KINDS}|{_FORMATS})\b(?!.*\?)"
        ),
    ),
)
