"""Text vectors: all-MiniLM-L6-v2 (int8), or hashed word stems for tests."""

from aionserver.models.text_embedding.contract import EmbeddedText, TextEmbedder

__all__ = ["EmbeddedText", "TextEmbedder"]
