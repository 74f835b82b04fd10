"""Language models: words out of instructions, a conversation and functions they may call."""

from aionserver.models.language_model.contract import (
    Asked,
    Finished,
    Function,
    LanguageModel,
    LanguageModels,
    Message,
    TokenCounts,
    Wanted,
    Words,
)

__all__ = [
    "Asked",
    "Finished",
    "Function",
    "LanguageModel",
    "LanguageModels",
    "Message",
    "TokenCounts",
    "Wanted",
    "Words",
]
