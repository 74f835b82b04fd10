"""The language that a text is in."""

from functools import cache
from typing import Any, Final

# Below it a language is guessed; and so it is of fewer letters.
LEAST_SURE: Final = 0.9
FEWEST_LETTERS: Final = 40
MOST_CHARACTERS: Final = 20_000


def language_of(text: str) -> str | None:
    """ISO 639-1 of the text's language; None where it can't be told."""
    sample = text[:MOST_CHARACTERS]
    if sum(map(str.isalpha, sample)) < FEWEST_LETTERS:
        return None
    language, sure = _identifier().classify(sample)
    return str(language) if sure >= LEAST_SURE else None


@cache
def _identifier() -> Any:
    """Loaded when the first text comes: half a second."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
