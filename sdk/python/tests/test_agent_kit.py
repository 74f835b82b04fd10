"""What programs with agents of their own build with: contexts, contracts, types of values, registries."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from aion import (
    Agent,
    AgentCapability,
    AgentContract,
    AgentResult,
    CategorizationResult,
    Category,
    DataTypeDefinition,
    DataTypeRegistry,
    ExecutionContext,
    FileCollection,
    FileRef,
    FileResolver,
    TextResult,
    TypedInput,
    TypedOutput,
    TypedSlot,
    get_default_registry,
)


def test_a_context_hands_values_on_by_name_and_type():
    context = ExecutionContext()
    context.write("found", [1, 2], "file_collection", "search")
    assert context.read("found") == context.read("found", "file_collection") == [1, 2]
    assert (context.get_slot_type("found"), context.get_slot_type("none")) == ("file_collection", None)
    assert context.list_slots() == [{"name": "found", "data_type": "file_collection", "source_node": "search"}]
    assert context.get_slots_by_type("file_collection") == {"found": [1, 2]}
    assert (context.has_slot("found"), context.has_slot("none")) == (True, False)


def test_a_missing_slot_and_a_wrong_type_are_told_apart():
    context = ExecutionContext()
    context.write("found", 1, "number", "a")
    with pytest.raises(KeyError, match="found"):
        context.read("none")
    with pytest.raises(TypeError, match="holds number"):
        context.read("found", "text")
    with pytest.raises(TypeError, match="holds number"):
        context.write("found", "x", "text", "b")
    context.write("found", 2, "number", "b")
    assert context.slots["found"].source_node == "b"


def test_the_slots_of_a_context_are_a_copy():
    context = ExecutionContext()
    context.slots["new"] = TypedSlot(1, "number", "a")
    assert not context.has_slot("new")


async def test_tasks_share_a_context():
    context = ExecutionContext()
    await asyncio.gather(*(context.write_async(f"s{n}", n, "number", "a") for n in range(50)))
    assert await context.read_async("s49", "number") == 49
    assert await context.has_slot_async("s0")
    with pytest.raises(KeyError):
        await context.read_async("none")


def test_a_context_survives_json():
    context = ExecutionContext()
    context.write("files", FileCollection([FileRef("a")], "image", "search"), "file_collection", "search")
    context.write("text", TextResult("hello"), "text", "writer")
    again = ExecutionContext.from_dict(json.loads(json.dumps(context.to_dict())))
    assert again.read("files", "file_collection")["refs"][0]["id"] == "a"
    assert again.read("text")["text"] == "hello"
    assert again.slots["text"].timestamp == context.slots["text"].timestamp


CONTRACT = AgentContract(
    "finder",
    AgentCapability.SEARCH,
    "Finds",
    inputs=(TypedInput("query", "text"), TypedInput("limit", "number", required=False)),
    outputs=(TypedOutput("files", "file_collection", mergeable=True),),
    can_chain_with=(AgentCapability.ANALYSIS,),
)


def test_a_contract_is_asked_and_survives_json():
    assert [one.name for one in CONTRACT.get_required_inputs()] == ["query"]
    assert CONTRACT.get_input_by_name("limit") == TypedInput("limit", "number", required=False)
    assert CONTRACT.get_output_by_name("files").mergeable
    assert CONTRACT.get_input_by_name("none") is CONTRACT.get_output_by_name("none") is None
    assert AgentContract.from_dict(json.loads(json.dumps(CONTRACT.to_dict()))) == CONTRACT


def test_categories_merge_by_name_whatever_the_case():
    first = CategorizationResult(
        (Category("Cars", file_ids=("a", "b"), top_tags=("red",), confidence=0.5),), 2, "tags", source_capability="s1"
    )
    second = CategorizationResult(
        (Category("cars", "All cars", ("b", "c"), ("d",)), Category("Boats", file_ids=("e",))),
        4,
        "model",
        "failed",
        "x",
    )
    merged = CategorizationResult.merge(first, second)
    cars = merged.categories[0]
    assert (cars.name, cars.description, cars.file_ids, cars.document_ids) == (
        "Cars",
        "All cars",
        ("a", "b", "c"),
        ("d",),
    )
    assert (cars.count, cars.content_type, cars.confidence, cars.top_tags) == (4, "mixed", 1.0, ("red",))
    assert (merged.total_files, merged.status, merged.error_reason) == (5, "success", "x")
    assert (merged.clustering_method, merged.source_capability) == ("tags+model", "s1")
    assert CategorizationResult.from_dict(json.loads(json.dumps(merged.to_dict()))) == merged
    assert CategorizationResult.merge() == CategorizationResult()


def test_a_category_knows_what_is_in_it():
    kinds = [Category("x", file_ids=("a",)), Category("x", document_ids=("a",)), Category("x")]
    assert [one.content_type for one in kinds] == ["image", "document", "unknown"]


def test_a_registry_merges_what_can_be_merged():
    registry = get_default_registry()
    one, other = FileCollection.from_ids(["a"], "image"), FileCollection.from_ids(["b"], "document")
    assert registry.merge("file_collection", one, other).content_type == "mixed"
    assert registry.merge("text", TextResult("a", {"x": 1}), TextResult("b")) == TextResult("a\n\nb", {"x": 1})
    assert not registry.can_merge("analysis")
    for name in ("analysis", "nonsense"):
        with pytest.raises(ValueError, match="cannot be merged"):
            registry.merge(name, 1, 2)


def test_each_registry_is_its_own():
    get_default_registry().register(DataTypeDefinition("mine"))
    assert not get_default_registry().has_type("mine")
    registry = DataTypeRegistry()
    with pytest.raises(ValueError, match="merge_fn"):
        registry.register(DataTypeDefinition("sum", mergeable=True))
    registry.register(DataTypeDefinition("sum", "A number", True), lambda *values: sum(values))
    assert (registry.merge("sum", 1, 2), registry.list_types(), registry.get("sum").description) == (
        3,
        ["sum"],
        "A number",
    )


class Finder:
    """An agent of a user."""

    def get_contract(self) -> AgentContract:
        return CONTRACT

    async def execute(self, context: ExecutionContext) -> AgentResult:
        return AgentResult(True, "finder", "search", {"files": [context.read("query")]})


class Store:
    """A resolver of a user."""

    async def resolve(self, ref, hints=None) -> bytes:
        return ref.id.encode()

    async def resolve_batch(self, refs, batch_size=100) -> AsyncIterator[tuple[FileRef, bytes]]:
        for ref in refs:
            yield ref, await self.resolve(ref)

    async def resolve_metadata(self, ref) -> FileRef:
        return ref

    async def store(self, content, media_type, metadata=None) -> FileRef:
        return FileRef(content.decode())


async def test_agents_and_resolvers_are_whatever_has_their_methods():
    assert isinstance(Finder(), Agent)
    assert isinstance(Store(), FileResolver)
    assert not isinstance(object(), Agent)
    context = ExecutionContext()
    context.write("query", "cars", "text", "user")
    result = await Finder().execute(context)
    assert (result.get_output("files"), result.get_output("none", 5), result.has_output("none")) == (["cars"], 5, False)
    assert result.to_dict()["outputs"] == {"files": ["cars"]}
