"""The language that a text is in."""

import re
from functools import cache
from typing import Any, Final

# Below it a language is guessed; and so it is of fewer letters.
LEAST_SURE: Final = 0.9
FEWEST_LETTERS: Final = 40
MOST_CHARACTERS: Final = 20_000
# What is said of texts that are none, such as tables of numbers.
_NO_LANGUAGE: Final = "zxx"
# Chinese is told by its signs, Japanese by kana among them; statistics are unsure of either.
_HAN, _KANA = re.compile(r"[\u3400-\u9fff]"), re.compile(r"[\u3041-\u30ff]")
_MARKS: Final = ".,;:!?|()[]\"'-"
_LEAST_SIGNS, _LEAST_KANA, _FEWEST_SIGNS = 0.6, 0.03, 10

_EVERY: Final = """
af=Afrikaans am=Amharic an=Aragonese ar=Arabic as=Assamese az=Azerbaijani be=Belarusian bg=Bulgarian
bn=Bengali br=Breton bs=Bosnian ca=Catalan cs=Czech cy=Welsh da=Danish de=German dz=Dzongkha el=Greek
en=English eo=Esperanto es=Spanish et=Estonian eu=Basque fa=Persian fi=Finnish fo=Faroese fr=French ga=Irish
gl=Galician gu=Gujarati he=Hebrew hi=Hindi hr=Croatian ht=Haitian hu=Hungarian hy=Armenian id=Indonesian
is=Icelandic it=Italian ja=Japanese jv=Javanese ka=Georgian kk=Kazakh km=Khmer kn=Kannada ko=Korean
ku=Kurdish ky=Kyrgyz la=Latin lb=Luxembourgish lo=Lao lt=Lithuanian lv=Latvian mg=Malagasy mk=Macedonian
ml=Malayalam mn=Mongolian mr=Marathi ms=Malay mt=Maltese nb=Norwegian ne=Nepali nl=Dutch nn=Norwegian
no=Norwegian oc=Occitan or=Odia pa=Punjabi pl=Polish ps=Pashto pt=Portuguese qu=Quechua ro=Romanian
ru=Russian rw=Kinyarwanda se=Sami si=Sinhala sk=Slovak sl=Slovenian sq=Albanian sr=Serbian sv=Swedish
sw=Swahili ta=Tamil te=Telugu th=Thai tl=Tagalog tr=Turkish ug=Uyghur uk=Ukrainian ur=Urdu vi=Vietnamese
vo=Volapük wa=Walloon xh=Xhosa zh=Chinese zu=Zulu
"""
_NAMES: Final = {code: name for code, _, name in (pair.partition("=") for pair in _EVERY.split())}


def language_name(code: str) -> str:
    """What a language is called in English; nothing for a code that is not known."""
    return _NAMES.get(code, "")


def language_names() -> tuple[str, ...]:
    """All languages that texts are told to be in, in English."""
    return tuple(sorted(set(_NAMES.values())))


def codes_of(language: str) -> tuple[str, ...]:
    """ISO 639-1 of a language by its English name or by a code; several of one that is written in several ways."""
    named = language.strip().casefold()
    return tuple(code for code, name in _NAMES.items() if named in (code, name.casefold()))


def language_of(text: str) -> str | None:
    """ISO 639-1 of the text's language; None where it can't be told."""
    sample = text[:MOST_CHARACTERS]
    letters = sum(map(str.isalpha, sample))
    han, kana = len(_HAN.findall(sample)), len(_KANA.findall(sample))
    if han + kana >= max(_FEWEST_SIGNS, _LEAST_SIGNS * letters):
        return "ja" if kana > _LEAST_KANA * letters else "zh"
    if letters < FEWEST_LETTERS:
        return None
    language = _surely(sample)
    if language:
        return language
    # amounts, codes and signs between the words make it unsure
    words = _words_of(sample)
    return _surely(words) if sum(map(str.isalpha, words)) >= FEWEST_LETTERS else None


def _surely(text: str) -> str | None:
    language, sure = _identifier().classify(text)
    return str(language) if sure >= LEAST_SURE and language != _NO_LANGUAGE else None


def _words_of(text: str) -> str:
    """What is written between blanks, in small letters, without what has a digit or is a single sign."""
    pieces = (piece.strip(_MARKS).lower() for piece in text.split())
    return " ".join(piece for piece in pieces if len(piece) > 1 and not any(map(str.isdigit, piece)))


@cache
def _identifier() -> Any:
    """Loaded when the first text comes: half a second."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
