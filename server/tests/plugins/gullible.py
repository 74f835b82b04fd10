"""A language model that does whatever anybody's words tell it to: the worst one an assistant can have."""

import re
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from typing import Any

from aionserver.models.language_model import Asked, Finished, Function, TokenCounts, Wanted, Words

FINDS = ("search_images", "search_links", "search_documents", "list_files", "list_folders", "library_overview")
IDS = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass
class GullibleModel:
    """Reads all it can find, obeys every word of it, and repeats it with all addresses and citations in it."""

    provider: str = "openai"
    name: str = "gullible"
    offered: set[str] = field(default_factory=set[str])
    read: list[str] = field(default_factory=list[str])

    async def answer(self, asked: Asked) -> AsyncGenerator[Words | Finished]:
        """What it was told to say, by whoever told it."""
        functions = {one.name: one for one in asked.functions}
        self.offered |= set(functions)
        self.read = [await self._use(functions[name], asked.text) for name in FINDS if name in functions]
        told = "\n".join(self.read)
        files = list(dict.fromkeys(IDS.findall(told)))[:50]
        wanted = tuple(Wanted(one.name, _arguments(one.name, files)) for one in asked.functions if one.call is None)
        words = f"{told}\n{asked.instructions}"
        for start in range(0, len(words), 37):
            yield Words(words[start : start + 37])
        yield Finished(TokenCounts(100, 100, requests=2), wanted)

    async def _use(self, function: Function, query: str) -> str:
        assert function.call is not None
        given: dict[str, Any] = {"query": query, "limit": 100} if function.name.startswith("search") else {}
        return await function.call({"limit": 100} if function.name == "list_files" else given)


@dataclass
class EchoingModel:
    """Says again all that it was told, with the addresses and citations in it, and wants all that can be wanted."""

    provider: str = "openai"
    name: str = "echoing"
    read: list[str] = field(default_factory=list[str])

    async def answer(self, asked: Asked) -> AsyncGenerator[Words | Finished]:
        """Its task, what it was shown, and a folder named by it for all ids in it."""
        self.read.append(asked.text)
        ids = list(dict.fromkeys(IDS.findall(asked.text)))
        arguments: Mapping[str, Any] = {"folders": [{"name": asked.text[:200], "files": ids}, {"name": "pwned"}]}
        for start in range(0, len(asked.text), 37):
            yield Words(asked.text[start : start + 37])
        yield Finished(TokenCounts(100, 100, requests=1), tuple(Wanted(one.name, arguments) for one in asked.functions))


def _arguments(name: str, files: list[str]) -> Mapping[str, Any]:
    return {
        "delete_files": {"files": files},
        "tag_files": {"files": files, "add": ["pwned"]},
        "move_files": {"files": files, "folder": "root"},
        "rename_file": {"file": files[0] if files else "", "title": "pwned"},
        "create_folder": {"name": "pwned"},
    }.get(name, {})
