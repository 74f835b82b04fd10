"""A language model out of a GGUF file, run by llama.cpp in this process (extra `local-llm`)."""

import asyncio
import importlib.util
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import Any, Final

from aionserver.models.language_model.contract import Asked, Finished, TokenCounts, Words
from aionserver.models.language_model.remote import Endpoint, RemoteLanguageModel

RUNTIME: Final = "xllamacpp"
QUIET: Final = 0


class LocalLanguageModel:
    """`LanguageModel` whose server, on the loopback, starts when it is first asked; one answer at a time."""

    provider: str = "local"

    def __init__(self, path: Path, context_tokens: int, threads: int, max_tokens: int, timeout_seconds: float) -> None:
        self.name = path.stem
        self._path, self._context_tokens, self._threads = path, context_tokens, threads
        self._max_tokens, self._timeout_seconds = max_tokens, timeout_seconds
        self._server: Any = None
        self._client: RemoteLanguageModel | None = None
        self.url: str | None = None
        self._starting = asyncio.Lock()

    async def answer(self, asked: Asked) -> AsyncGenerator[Words | Finished]:
        """The words as they come, then what it took."""
        problem = self._problem()
        if problem is not None:
            yield Finished(TokenCounts(), failure=problem)
            return
        async with self._starting:
            if self._client is None:
                self._client = await asyncio.to_thread(self._start)
        if self._client is None:
            yield Finished(TokenCounts(), failure="its file could not be loaded")
            return
        async with aclosing(self._client.answer(asked)) as told:
            async for one in told:
                yield one

    def _problem(self) -> str | None:
        if importlib.util.find_spec(RUNTIME) is None:
            return f"the package {RUNTIME} is not installed (extra local-llm)"
        return None if self._path.is_file() else "its file is not there"

    def _start(self) -> RemoteLanguageModel | None:
        """A client of the server that runs the file; None where llama.cpp can't load it."""
        xllamacpp: Any = importlib.import_module(RUNTIME)
        wanted: Any = xllamacpp.CommonParams()
        wanted.model.path = str(self._path)
        wanted.n_ctx, wanted.n_parallel = self._context_tokens, 1
        wanted.cpuparams.n_threads = self._threads
        wanted.use_jinja, wanted.warmup, wanted.ui, wanted.verbosity = True, False, False, QUIET
        wanted.hostnames, wanted.port = ["127.0.0.1"], 0
        try:
            self._server = xllamacpp.Server(wanted)
        except (RuntimeError, ValueError):
            return None
        self.url = f"{self._server.listening_address}/v1"
        place = Endpoint("local", self.name, self.url, "", self._timeout_seconds, self._max_tokens)
        return RemoteLanguageModel(place)
