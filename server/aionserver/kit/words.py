"""English words: tokens, stems, articles, plurals, counts and lists."""

import re
from collections.abc import Sequence
from functools import lru_cache


def word_set(words: str) -> frozenset[str]:
    """The words of a text that is nothing but a list of them."""
    return frozenset(words.split())


_TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)?", re.UNICODE)
_NUMBERS = (
    "no",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)
_MANY_FROM = 13
_LONGEST_REMEMBERED = 40
_VOWEL_SOUND = re.compile(r"(?!(?:one|uni|use|usu|eu|ukulele)\b|uni[^n]|eu|u[bks][eiu])[aeiou]", re.IGNORECASE)
_SPELT_WITH_VOWEL_SOUND = re.compile(r"(?:hour|honest|heir|SUV|MRI|X-ray|LED|FM)", re.IGNORECASE)
_IRREGULAR = {
    "person": "people",
    "man": "men",
    "woman": "women",
    "child": "children",
    "mouse": "mice",
    "goose": "geese",
    "tooth": "teeth",
    "foot": "feet",
    "knife": "knives",
    "leaf": "leaves",
    "shelf": "shelves",
    "loaf": "loaves",
    "wolf": "wolves",
    "calf": "calves",
    "scarf": "scarves",
    "ox": "oxen",
}
_SAME_IN_PLURAL = word_set(
    "sheep fish salmon deer bison aircraft spacecraft series species swordfish jellyfish starfish hovercraft"
)
_ALWAYS_PLURAL = word_set(
    "jeans pajamas pyjamas sunglasses binoculars skis scissors trousers shorts "
    "chimes beehives bubbles bars trunks panpipes"
)
_SINGULAR = {many: one for one, many in _IRREGULAR.items()}

STOP_WORDS = word_set(
    "a an and any are as at be been being but by can did do does for from had has have he her his how "
    "i if in into is it its me my near next of off on onto or our out over she so some that the their "
    "them there these they this those through to up upon us very was we were what when where which "
    "while who whose will with you your"
)
# Words of German, French, Spanish, Italian and Dutch that say nothing of what a text is about.
FOREIGN_STOP_WORDS = word_set(
    "aber als auch auf aus bei bis das dass dem den der des die dies diese dieser durch ein eine einem einen einer für "
    "haben hat ihr ihre ist kann können mit muss müssen nach nicht noch nur oder sein sich sie sind sowie über und "
    "unter vom von vor war werden wie wird wurde zum zur "
    "aux avec ces cette comme dans des doit elle entre est être fait ils les leur lors mais même nous ont par pas plus "
    "pour que qui sans ses son sont sous sur tous tout une vos votre vous "
    "con como cuando del desde donde ella entre esta este esto está hasta las los más muy para pero por porque que ser "
    "sin sobre son sus una uno "
    "che col come con degli dei del della delle dello gli nei nel nella non per più quando questa questo sono sul "
    "aan bij dan dat deze dit een het kan met moet naar niet ook van voor wordt zijn "
    "wann wer was wo wieviel viel viele welche welcher welches im am ich wir es gibt mir mein meine "
    "le la de du et à au il l d y est quel quelle quels quelles combien quand où quoi j'ai mon ma mes me "
    "el en es cuánto cuánta cuántos cuántas dónde quién qué cuál mi mis"
)
# What people put around the thing they look for; it says nothing about what the picture shows.
PICTURE_WORDS = word_set(
    "picture photo photograph image pic shot snapshot view photos pictures images showing shows show "
    "find search containing"
)


def tokens(text: str) -> list[str]:
    """The words of a text, lower-cased, in their order."""
    return _TOKEN.findall(text.lower().replace("’", "'"))


def stem(word: str) -> str:
    """The word less its inflection: "berries" and "berry", "riding" and "rides" come out alike."""
    return _remembered_stem(word) if len(word) <= _LONGEST_REMEMBERED else _stem(word)


def _stem(word: str) -> str:
    word = _SINGULAR.get(word, word.removesuffix("'s"))
    if word in _SAME_IN_PLURAL or len(word) <= 3:
        return word
    word = _without_plural(word)
    return _without_verb_ending(word)


# A ranking asks for a few thousand stems, most of them again and again.
_remembered_stem = lru_cache(1 << 15)(_stem)


def content_stems(text: str) -> list[str]:
    """Stems of the words that carry meaning, in order, repeats kept."""
    skipped = STOP_WORDS | PICTURE_WORDS
    return [stem(word) for word in tokens(text) if word not in skipped]


def is_foreign(text: str) -> bool:
    """Whether a question is in one of the languages of `FOREIGN_STOP_WORDS`, by the small words in it."""
    words = set(tokens(text))
    return len(words & FOREIGN_STOP_WORDS) > len(words & STOP_WORDS)


def asked_stems(question: str) -> set[str]:
    """Stems of the words of a question that say what it is about, in any of the languages."""
    foreign = {stem(word) for word in FOREIGN_STOP_WORDS} if is_foreign(question) else set[str]()
    return set(content_stems(question)) - foreign


def _without_plural(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if re.search(r"(?:ss|x|z|ch|sh)es$", word):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def _without_verb_ending(word: str) -> str:
    for ending in ("ing", "ed"):
        base = word.removesuffix(ending)
        if base != word and len(base) >= 3 and re.search(r"[aeiouy]", base):
            return _undoubled(base)
    return word[:-1] if word.endswith("e") and not word.endswith("ee") else word


def _undoubled(base: str) -> str:
    return base[:-1] if len(base) > 3 and base[-1] == base[-2] and base[-1] not in "lsz" else base


def with_article(noun: str) -> str:
    """The noun with "a" or "an" as it sounds; a plural noun stays bare."""
    if is_plural(noun):
        return noun
    vowel = _VOWEL_SOUND.match(noun) or _SPELT_WITH_VOWEL_SOUND.match(noun)
    return f"{'an' if vowel else 'a'} {noun}"


def is_plural(noun: str) -> bool:
    """True for nouns that name one thing in the plural, such as "jeans"."""
    return noun.partition(" of ")[0].split()[-1].lower() in _ALWAYS_PLURAL


def plural(noun: str) -> str:
    """The plural of a noun or of the last word of a noun phrase; of the first where "of" follows."""
    head, of, rest = noun.partition(" of ")
    if of:
        return f"{plural(head)} of {rest}"
    first, space, last = noun.rpartition(" ")
    return f"{first}{space}{_plural_word(last)}"


def _plural_word(word: str) -> str:
    lower = word.lower()
    if lower in _SAME_IN_PLURAL or is_plural(word):
        return word
    if lower in _IRREGULAR:
        return word[0] + _IRREGULAR[lower][1:]
    if lower.endswith(("s", "x", "z", "ch", "sh")):
        return word + "es"
    if re.search(r"[^aeiou]y$", lower):
        return word[:-1] + "ies"
    return word + "s"


def number_word(number: int) -> str:
    """A number up to twelve as a word, larger ones as "many"."""
    return _NUMBERS[number] if number < _MANY_FROM else "many"


def counted(number: int, noun: str, many: str | None = None) -> str:
    """The noun with its article or its number: "an orange", "three dogs", "many birds"."""
    if number == 1:
        return with_article(noun)
    return f"{number_word(number)} {many or plural(noun)}"


def listed(parts: Sequence[str]) -> str:
    """The parts as an English list: "a", "a and b", "a, b and c"."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def sentence(text: str) -> str:
    """The text with a capital at its start and a full stop at its end."""
    text = text.strip()
    if not text:
        return ""
    ended = text if text.rstrip("\"”'").endswith((".", "!", "?")) else text + "."
    return ended[0].upper() + ended[1:]


def word_count(text: str) -> int:
    """How many words separated by white space the text has."""
    return len(text.split())


def shortened(text: str, max_characters: int) -> str:
    """The text cut at a word's end to at most `max_characters`, with an ellipsis where cut."""
    text = " ".join(text.split())
    if len(text) <= max_characters:
        return text
    cut = text[: max_characters - 1]
    return (cut[: cut.rfind(" ")] if " " in cut else cut).rstrip(" ,;:") + "…"
