"""all-MiniLM-L6-v2 (int8) in ONNX Runtime, with BERT's lower-casing WordPiece."""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aionserver.infra import heap
from aionserver.kit.late_interaction import WORD_DIMENSIONS
from aionserver.kit.words import STOP_WORDS
from aionserver.models.onnx_sessions import open_session
from aionserver.models.onnx_tables import Table, taken_out
from aionserver.models.text_embedding.contract import EmbeddedText
from aionserver.models.weights import MINILM

VOCABULARY = Path(__file__).with_name("vocab.txt")
# A mean, and the main directions of words' vectors off it: rows of float16, made by tools/word_projection.py.
WORD_PROJECTION = Path(__file__).with_name("word_projection.npy")
_UNKNOWN, _UNKNOWN_ID = "[UNK]", 100
_MAX_TOKENS = 256
# Longer text cannot fill more than 256 tokens; cutting first bounds the tokenizer's work.
_MAX_CHARACTERS = 8_000
_TRIMMED_FROM_TOKENS = 64
# Words and signs as the tokenizer parts them; what is longer than any word it knows counts more than once.
_WORD = re.compile(r"[^\W_]{1,101}|[^\w\s]|_")
# What is remembered: so many words, and of what stands between blanks so many that are no longer than this.
_REMEMBERED_WORDS, _LONGEST_REMEMBERED = 1 << 15, 40
# The words' vectors as bytes, and a factor for each word.
_WORDS = Table("inner.embeddings.word_embeddings.weight_q", np.int8, 384)
_FACTORS = Table("inner.embeddings.word_embeddings.weight_scale", np.float32, 1)


class MiniLmTextEmbedder:
    """`TextEmbedder` of 384 dimensions; about 2 ms a query and 30 ms a passage on one thread.

    Texts run one by one, so that none pays for the padding to a longer one. The vectors of words stay in the
    file: half of the network's memory, of which a text needs a few rows.
    """

    name = "all-minilm-l6-v2-int8"
    version = MINILM.sha256[:12]
    dimensions = 384

    def __init__(self, threads: int) -> None:
        network, self._tables = taken_out(MINILM.verified_path(), (_WORDS, _FACTORS))
        self._session = open_session(network, threads)
        self._tokenizer = _tokenizer()
        self._usual_word, *directions = np.load(WORD_PROJECTION).astype(np.float32)
        self._directions = np.stack(directions, axis=1)
        # A document says the same words again and again: several times as fast as counting all of it.
        self._tokens_in = lru_cache(_REMEMBERED_WORDS)(self._tokens_in_word)
        self._counts = _Counts(self._tokens_in_words)

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, one row a text; texts beyond 256 tokens are cut."""
        rows = [self._embed_one(text) for text in texts]
        return np.stack(rows) if rows else np.empty((0, self.dimensions), np.float32)

    def embed_with_words(self, texts: Sequence[str]) -> Sequence[EmbeddedText]:
        """Texts with their words, of which each has the mean of what its parts are in their place."""
        return [self._embed_with_words(text) for text in texts]

    def count_tokens(self, text: str) -> int:
        """How many tokens the text has, without the two that mark its ends."""
        return sum(map(self._counts.__getitem__, text.split()))

    def _tokens_in_words(self, text: str) -> int:
        return sum(map(self._tokens_in, _WORD.findall(text)))

    def _tokens_in_word(self, word: str) -> int:
        return len(self._tokenizer.encode(word, add_special_tokens=False))

    def _embed_one(self, text: str) -> NDArray[np.float32]:
        _, states = self._read(text)
        return _unit(states.mean(axis=0))

    def _embed_with_words(self, text: str) -> EmbeddedText:
        encoding, states = self._read(text)
        words, vectors = list[str](), list[NDArray[np.float32]]()
        for word, first, after in _places_of_words(encoding, text):
            words.append(word)
            vectors.append(states[first:after].mean(axis=0))
        return EmbeddedText(_unit(states.mean(axis=0)), words, self._projected(vectors))

    def _projected(self, vectors: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
        if not vectors:
            return np.empty((0, WORD_DIMENSIONS), np.float32)
        return _unit((_unit(np.stack(vectors)) - self._usual_word) @ self._directions)

    def _read(self, text: str) -> tuple[Any, NDArray[np.float32]]:
        """A text in tokens, and the network's last layer of them."""
        encoding = self._tokenizer.encode(text[:_MAX_CHARACTERS])
        return encoding, self._states(np.array(encoding.ids, np.int64))

    def _states(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """The network's last layer [tokens, dimensions]; the fed rows are numbered as they come."""
        inputs = {
            "input_ids": np.arange(len(ids))[None],
            "attention_mask": np.ones((1, len(ids)), np.int64),
            "token_type_ids": np.zeros((1, len(ids)), np.int64),
            **{name: table[ids] for name, table in self._tables.items()},
        }
        states: NDArray[np.float32] = self._session.run(None, inputs)[0][0]
        if len(ids) >= _TRIMMED_FROM_TOKENS:
            heap.trim()
        return states


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return (vectors / np.maximum(length, 1e-12)).astype(np.float32)


def _places_of_words(encoding: Any, text: str) -> Iterator[tuple[str, int, int]]:
    """Words that say something, and which tokens they are: from, up to."""
    ids, offsets = encoding.ids, encoding.offsets
    numbers: list[int | None] = encoding.word_ids  # none of the marks of its ends
    for number, group in groupby(range(len(ids)), numbers.__getitem__):
        places = list(group)
        first, last = places[0], places[-1]
        word = text[offsets[first][0] : offsets[last][1]].lower()
        is_known = number is not None and _UNKNOWN_ID not in ids[first : last + 1]
        if is_known and word not in STOP_WORDS and any(map(str.isalnum, word)):
            yield word, first, last + 1


class _Counts(dict[str, int]):
    """The tokens of what stands between blanks; forgotten when there are many."""

    def __init__(self, count: Callable[[str], int]) -> None:
        super().__init__()
        self._count = count

    def __missing__(self, word: str) -> int:
        tokens = self._count(word)
        if len(word) <= _LONGEST_REMEMBERED:
            if len(self) >= _REMEMBERED_WORDS:
                self.clear()
            self[word] = tokens
        return tokens


def _tokenizer() -> Any:
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    model = models.WordPiece.from_file(str(VOCABULARY), unk_token=_UNKNOWN, max_input_chars_per_word=100)
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 102), ("[CLS]", 101))
    tokenizer.enable_truncation(_MAX_TOKENS)
    return tokenizer
