"""The embedded assistant: what it does with requests, over a library of the test's own."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from aionserver.domains.assistant import service
from aionserver.domains.assistant.schemas import (
    Answer,
    Event,
    Proposed,
    Question,
    Said,
    Thought,
    ToolBegun,
    ToolEnded,
    Turn,
)
from aionserver.infra.actors import Actor, Role
from aionserver.infra.tools import Errand, Outcome, Selection
from aionserver.kit.citations import find_citations
from plugins.passages import add_document
from plugins.product import Product, Tenant, photo, upload

FILES = "/api/v2/user-files"
FOLDERS = "/api/v2/folders"
EVERYTHING = Selection()


@dataclass
class Conversation:
    """What a person says to the assistant, and what comes of it."""

    product: Product
    actor: Actor
    selection: Selection = EVERYTHING
    turns: list[Turn] = field(default_factory=list[Turn])
    events: list[Event] = field(default_factory=list[Event])

    async def say(self, words: str) -> Answer | Proposed:
        errand = Errand(self.actor, self.product.infra, selection=self.selection)
        self.events = [one async for one in service.answer(Question(words, errand, list(self.turns)))]
        last = self.events[-1]
        assert isinstance(last, Answer | Proposed)
        assert not any(isinstance(one, Answer | Proposed) for one in self.events[:-1])
        self.turns.append(Turn("user", words))
        if isinstance(last, Answer):
            self.turns.append(Turn("assistant", last.content, last.results))
        return last

    async def ask(self, words: str) -> Answer:
        answer = await self.say(words)
        assert isinstance(answer, Answer), answer
        assert "".join(one.text for one in self.events if isinstance(one, Said)) == answer.content
        known = {str(item.document_id or item.id) for turn in self.turns for one in turn.results for item in one.items}
        assert all(one.id in known for one in find_citations(answer.content) if one.kind != "ref")
        return answer

    async def propose(self, words: str) -> Proposed:
        plan = await self.say(words)
        assert isinstance(plan, Proposed), plan
        return plan

    @property
    def tools(self) -> list[str]:
        return [one.tool for one in self.events if isinstance(one, ToolBegun)]


@dataclass(frozen=True)
class Library:
    ids: dict[str, str]

    def name(self, file_id: object) -> str:
        return next(name for name, one in self.ids.items() if one == str(file_id))

    def names(self, ids: Sequence[object]) -> list[str]:
        return [self.name(one) for one in ids]


PICTURES: Sequence[tuple[str, str, str, str, str]] = (
    # name, colour, tags, description, taken
    ("red-dog", "red", "dog, animal", "A dog runs over a red field. It looks happy.", "2023-05-02"),
    ("blue-dog", "blue", "dog, animal", "A dog sits beside the blue sea.", "2024-07-09"),
    ("cat", "green", "cat, animal", "A cat sleeps on the grass.", "2024-01-30"),
    ("sign", "white", "sign", "A sign on a wall.", "2022-11-11"),
    ("pole", "gray", "pole", "A damaged pole leans over a road.", "2021-03-03"),
)


async def fill(product: Product, tenant: Tenant) -> Library:
    """Five pictures whose descriptions, times and texts are set."""
    ids: dict[str, str] = {}
    for name, color, tags, _, _ in PICTURES:
        ids[name] = (await upload(tenant, photo(color), f"{name}.jpg", title=name, tags=tags))["image_id"]
    await product.do_jobs()
    async with product.infra.open_system_scope(tenant.id) as scope:
        for name, _, _, description, day in PICTURES:
            values: dict[str, Any] = {"id": UUID(ids[name]), "description": description}
            values["taken"] = datetime.fromisoformat(day).replace(tzinfo=UTC)
            query = text("update files set description = :description, content_created_at = :taken where id = :id")
            await scope.session.execute(query, values)
        query = text("update files set visible_text = 'KEEP OUT' where id = :id")
        await scope.session.execute(query, {"id": UUID(ids["sign"])})
    return Library(ids)


@pytest.fixture
async def library(product: Product, tenant: Tenant) -> Library:
    return await fill(product, tenant)


@pytest.fixture
def talk(product: Product, tenant: Tenant, library: Library) -> Conversation:
    return Conversation(product, tenant.actor)


async def test_pictures_are_found_and_cited(talk: Conversation, library: Library) -> None:
    answer = await talk.ask("Find photos of dogs")
    (found,) = answer.results
    assert set(library.names([item.id for item in found.items])) == {"red-dog", "blue-dog"}
    assert answer.content.startswith("I found [[ref:search_1]] pictures for “dogs”:")
    assert answer.resolved.startswith("I found 2 pictures for “dogs”:")
    assert "red-dog — A dog runs over a red field." in answer.resolved
    assert answer.agents == ("image_search",)
    assert (answer.tokens.calls, answer.model) == (0, "embedded-assistant")


async def test_events_come_in_order(talk: Conversation) -> None:
    await talk.ask("Find photos of dogs")
    kinds = [type(one) for one in talk.events]
    assert kinds[0] is Thought and kinds[-1] is Answer
    assert kinds.index(ToolBegun) < kinds.index(ToolEnded) < kinds.index(Said)


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("photos of dogs from 2023", {"red-dog"}),
        ("pictures of animals since January 2024", {"blue-dog", "cat"}),
        ("photos tagged dog", {"red-dog", "blue-dog"}),
        ("photos tagged animal and dog", {"red-dog", "blue-dog"}),
        ("mostly blue pictures", {"blue-dog"}),
        ("show me the 2 newest photos", {"blue-dog", "cat"}),
        ("show me my oldest photo", {"pole"}),
        ("dogs by the sea", {"blue-dog", "red-dog"}),
        ('photos that say "keep out"', {"sign"}),
    ],
)
async def test_requests_are_narrowed(talk: Conversation, library: Library, words: str, names: set[str]) -> None:
    answer = await talk.ask(words)
    assert set(library.names([item.id for item in answer.results[0].items])) == names


async def test_follow_ups_speak_of_what_was_found(talk: Conversation, library: Library) -> None:
    await talk.ask("Find pictures of animals")
    narrowed = await talk.ask("only the red ones")
    assert library.names([item.id for item in narrowed.results[0].items]) == ["red-dog"]
    await talk.ask("photos of dogs")
    order = [item.id for item in talk.turns[-1].results[0].items]
    second = await talk.ask("describe the second one")
    assert second.results[0].items[0].id == order[1]
    assert "Tags: " in second.content and "Made on " in second.content and " 202" in second.content
    await talk.ask("photos of dogs")
    compared = await talk.ask("compare the first two")
    assert "In common: " in compared.content and "dog" in compared.content
    assert {item.id for item in compared.results[0].items} == set(order)


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("only the dark ones", {"blue-dog"}),
        ("white", {"sign"}),
        ("the black and white ones", {"sign", "pole"}),
        ("which of them are colourful?", {"red-dog", "blue-dog", "cat"}),
        ("the brightest one", {"sign"}),
        ("without the green ones", {"red-dog", "blue-dog", "sign", "pole"}),
        ("not the colourful ones", {"sign", "pole"}),
        ("brown", set[str]()),
        ("the red and blue ones", set[str]()),
    ],
)
async def test_what_was_found_is_narrowed_by_colour(
    talk: Conversation, library: Library, words: str, left: set[str]
) -> None:
    await talk.ask("list my photos")
    answer = await talk.ask(words)
    assert set(library.names([item.id for item in answer.results[0].items])) == left
    begins = ("[[ref:search_2]] of the 5", "The brightest of the 5") if left else "None of the 5 pictures fit"
    assert answer.content.startswith(begins), answer.content
    assert (
        not left or set(library.names([one.id for one in find_citations(answer.content) if one.kind == "img"])) == left
    )


async def test_a_follow_up_of_several_goes_back_to_several(talk: Conversation, library: Library) -> None:
    await talk.ask("list my photos")
    await talk.ask("describe the second one")
    dark = await talk.ask("which of them are dark?")
    assert library.names([item.id for item in dark.results[0].items]) == ["blue-dog"]
    without = await talk.ask("without dogs")
    assert set(library.names([item.id for item in without.results[0].items])) == {"cat", "sign", "pole"}
    assert without.resolved.startswith("3 of the 5 without “dogs”:")


async def test_what_is_not_known_of_a_picture_is_said(talk: Conversation, product: Product, tenant: Tenant) -> None:
    where = await talk.ask("where was sign.jpg taken?")
    assert where.resolved == "Where sign was made is not known."
    await upload(tenant, photo("red"), "new.jpg", title="new")
    await product.do_jobs()
    assert " Added on " in (await talk.ask("describe new.jpg")).content
    assert "is the camera known" in (await talk.ask("how many photos by camera?")).content


async def test_pictures_with_text_are_listed(talk: Conversation, library: Library) -> None:
    await talk.ask("photos of dogs")
    answer = await talk.ask("which pictures have text in them?")
    assert library.names([item.id for item in answer.results[0].items]) == ["sign"]
    assert (
        "In none of them"
        in (
            await Conversation(talk.product, talk.actor, turns=talk.turns[:2]).ask("which of these have text in them?")
        ).content
    )


async def test_what_was_meant_is_asked_instead(talk: Conversation, library: Library) -> None:
    await talk.ask("any poles?")
    answer = await talk.ask("No, I meant cats")
    assert "for “cats”" in answer.content and library.names([one.id for one in answer.results[0].items]) == ["cat"]


async def test_a_library_has_dark_and_bright_pictures(talk: Conversation, library: Library, tenant: Tenant) -> None:
    answer = await talk.ask("show me dark photos")
    assert answer.content.startswith("I found [[ref:search_1]] picture in dark tones:")
    assert library.names([item.id for item in answer.results[0].items]) == ["blue-dog"]
    order = (await talk.ask("my brightest photos")).results[0].items
    assert library.name(order[0].id) == "sign" and len(order) == 3
    dog = await talk.ask("the darkest photo of a dog")
    assert library.names([item.id for item in dog.results[0].items]) == ["blue-dog"]
    await tenant.client.delete(f"{FILES}/{library.ids['blue-dog']}")
    assert "no pictures in dark tones" in (await talk.ask("show me dark photos")).content
    assert (await talk.ask("how many colourful photos do I have?")).resolved.startswith("2 pictures in vivid colours")


async def test_a_colour_after_passages_is_a_question(talk: Conversation, product: Product, tenant: Tenant) -> None:
    told = ["The casing of the Aquaforte pump is painted.", "Silver casings cost more than others."]
    await add_document(product.infra, tenant.id, told, "pump.pdf")
    await talk.ask("How is the casing of the Aquaforte pump painted?")
    answer = await talk.ask("silver?")
    assert "pictures only" not in answer.content and "[[doc:" in answer.content


async def test_things_are_compared_by_name(talk: Conversation, library: Library) -> None:
    answer = await talk.ask("Compare the cat with red-dog.jpg")
    assert library.names([item.id for item in answer.results[0].items]) == ["cat", "red-dog"]


async def test_and_cats_asks_the_same_of_cats(talk: Conversation, library: Library) -> None:
    await talk.ask("Find photos of dogs")
    answer = await talk.ask("And cats?")
    assert library.names([item.id for item in answer.results[0].items]) == ["cat"]


async def test_what_was_not_shown_is_shown_when_asked_for(product: Product, tenant: Tenant) -> None:
    for number in range(11):
        await upload(tenant, photo("red", (100 + number, 100)), title=f"Wall {number}", tags="wall")
    await product.do_jobs()
    talk = Conversation(product, tenant.actor)
    first = await talk.ask("photos tagged wall")
    second = await talk.ask("show me more")
    shown = [{one.id for one in find_citations(answer.content) if one.kind == "img"} for answer in (first, second)]
    assert (len(shown[0]), len(shown[1]), shown[0] & shown[1]) == (8, 3, set())
    assert second.content.startswith("9. ")
    assert (await talk.ask("more")).content == "That was all I found."


async def test_text_is_read(talk: Conversation) -> None:
    assert "“KEEP OUT”" in (await talk.ask("what does sign.jpg say?")).content
    await talk.ask('pictures that say "keep out"')
    assert "“KEEP OUT”" in (await talk.ask("read the text in it")).content


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("How many photos do I have?", "There are 5 pictures in your library."),
        ("how many photos tagged dog are there?", "There are 2 pictures tagged “dog” in your library."),
        ("how many photos from 2024", "There are 2 pictures from 2024 in your library."),
        ("how many videos do I have", "There are 0 videos in your library."),
    ],
)
async def test_files_are_counted(talk: Conversation, words: str, said: str) -> None:
    assert (await talk.ask(words)).content == said


async def test_the_library_is_summed_up(talk: Conversation) -> None:
    overview = (await talk.ask("What is in my library?")).content
    assert "5 pictures" in overview and "between 3 March 2021 and" in overview and "dog (2)" in overview
    grouped = (await talk.ask("How many photos by year?")).content
    assert "- 2024: 2 pictures" in grouped and "- 2021: 1 picture" in grouped
    found = await talk.ask("how many pictures show dogs?")
    assert found.resolved.startswith("2 pictures for “dogs”, by what I can tell.")


async def test_folders_are_listed(talk: Conversation, tenant: Tenant) -> None:
    await tenant.client.post(FOLDERS, json={"name": "Walls"})
    assert "- Walls (0)" in (await talk.ask("list my folders")).content
    assert "There is no folder called 'Nowhere'" in (await talk.ask("photos of dogs in the folder Nowhere")).content


async def test_changes_are_proposed_and_not_made(talk: Conversation, library: Library, tenant: Tenant) -> None:
    await talk.ask("Find photos of dogs")
    plan = await talk.propose("delete these")
    (step,) = plan.steps
    assert (step.tool, set(library.names(step.arguments["files"]))) == ("delete_files", {"red-dog", "blue-dog"})
    assert "Delete 2 files" in plan.summary
    for file_id in step.arguments["files"]:
        assert (await tenant.client.get(f"{FILES}/{file_id}")).status_code == 200
    assert not {"delete_files", "move_files", "tag_files"} & set(talk.tools)


async def test_steps_of_plans_can_be_taken(
    talk: Conversation, library: Library, product: Product, tenant: Tenant
) -> None:
    await talk.ask("Find photos of dogs")
    plan = await talk.propose("move them to the folder Dogs")
    assert [step.tool for step in plan.steps] == ["create_folder", "move_files"]
    errand = Errand(tenant.actor, product.infra)
    for step in plan.steps:
        await product.infra.tools[step.tool].use(errand, step.arguments)
    answer = await talk.ask("show the photos in the folder Dogs")
    assert set(library.names([item.id for item in answer.results[0].items])) == {"red-dog", "blue-dog"}


@pytest.mark.parametrize(
    ("words", "tools"),
    [
        ("tag the photos of dogs as holiday and beach", {"tag_files"}),
        ("remove the tag dog from the photos of dogs", {"tag_files"}),
        ("organize my photos by year", {"create_folder", "move_files"}),
        ("sort my pictures by tag", {"create_folder", "move_files"}),
        ("create a folder called Trips", {"create_folder"}),
        ("find photos of dogs and move them into the folder Dogs", {"create_folder", "move_files"}),
        ("rename red-dog.jpg to Rex", {"rename_file"}),
        ("rename blue-dog to Rex", {"rename_file"}),
        ("rename the photos of dogs to Rex", set()),
        ("delete all photos tagged animal", {"delete_files"}),
        ("delete the photos of submarines", set()),
    ],
)
async def test_each_change_has_its_steps(talk: Conversation, words: str, tools: set[str]) -> None:
    came = await talk.say(words)
    assert {step.tool for step in came.steps} == tools if isinstance(came, Proposed) else not tools


async def test_photos_are_sorted_by_year_into_folders(talk: Conversation, library: Library) -> None:
    plan = await talk.propose("organize my photos by year")
    moves = {
        step.arguments["folder"]: set(library.names(step.arguments["files"]))
        for step in plan.steps
        if step.tool == "move_files"
    }
    assert moves["2024"] == {"blue-dog", "cat"} and moves["2021"] == {"pole"}


@pytest.mark.parametrize(
    "words",
    ["Sort my photos into dogs, cats and submarines", "Organize my photos into the groups dogs, cats and submarines"],
)
async def test_photos_are_sorted_into_the_groups_named(talk: Conversation, library: Library, words: str) -> None:
    plan = await talk.propose(words)
    made = {step.arguments["name"] for step in plan.steps if step.tool == "create_folder"}
    moves = {
        step.arguments["folder"]: set(library.names(step.arguments["files"]))
        for step in plan.steps
        if step.tool == "move_files"
    }
    assert made == set(moves) == {"dogs", "cats"}
    assert moves == {"dogs": {"red-dog", "blue-dog"}, "cats": {"cat"}}
    assert "2 pictures fit none of them and stay." in plan.summary


async def test_documents_are_sorted_into_the_groups_named(product: Product, tenant: Tenant) -> None:
    texts = {
        "a.pdf": "This service contract is concluded between the parties. The contract ends on 31 December.",
        "b.pdf": "Invoice number 17. The amount of this invoice is due within 14 days.",
    }
    ids = {name: (await add_document(product.infra, tenant.id, [told], name))[0] for name, told in texts.items()}
    talk = Conversation(product, tenant.actor)
    plan = await talk.propose("Organise my documents into contracts and invoices")
    moves = {step.arguments["folder"]: step.arguments["files"] for step in plan.steps if step.tool == "move_files"}
    assert moves == {"contracts": [ids["a.pdf"]], "invoices": [ids["b.pdf"]]}


async def test_what_is_found_is_sorted_into_the_groups_named(talk: Conversation, library: Library) -> None:
    none = await talk.ask("Sort my videos into dogs and cats")
    assert none.content == "There are no videos that I could sort."
    await talk.ask("Find photos of dogs")
    unfit = await talk.ask("Sort them into submarines and volcanoes")
    assert unfit.content == "None of the 2 files fits one of these groups: “submarines” and “volcanoes”."


async def test_a_folder_that_is_there_is_not_made_again(talk: Conversation, tenant: Tenant) -> None:
    await tenant.client.post(FOLDERS, json={"name": "PDF"})
    assert (await talk.ask("Create a folder called PDF")).content == "There is a folder called “PDF” already."


async def test_one_file_is_changed_in_several_ways(product: Product, tenant: Tenant) -> None:
    file_id = (await add_document(product.infra, tenant.id, ["Dear Sir or Madam."], "letter.pdf"))[0]
    other = (await add_document(product.infra, tenant.id, ["The pump is out of order."], "memo.pdf"))[0]
    talk = Conversation(product, tenant.actor)
    plan = await talk.propose("Tag letter.pdf with letter and rename it to Order letter")
    assert [(step.tool, step.arguments) for step in plan.steps] == [
        ("tag_files", {"files": [file_id], "add": ["letter"]}),
        ("rename_file", {"file": file_id, "title": "Order letter"}),
    ]
    plan = await talk.propose("Rename memo.pdf to Pump, tag it as pump and move it to the folder Pumps")
    assert [step.tool for step in plan.steps] == ["rename_file", "tag_files", "create_folder", "move_files"]
    assert plan.steps[-1].arguments == {"files": [other], "folder": "Pumps"}
    await talk.ask("find documents about the pump")
    none = await talk.ask("Tag missing.pdf with letter and rename it to Order letter")
    assert "Which files do you mean?" in none.content


@pytest.mark.parametrize(
    "words",
    [
        "Create a folder called Contracts and move the service agreement into it",
        "Move the service agreement to the folder Contracts",
        "Put the service agreement into the folder Contracts",
    ],
)
async def test_a_file_to_be_moved_is_found_by_the_words_of_its_name(
    product: Product, tenant: Tenant, words: str
) -> None:
    told = ["The parties agree on the following."]
    file_id = (await add_document(product.infra, tenant.id, told, "service_agreement_2024.pdf"))[0]
    await add_document(product.infra, tenant.id, ["The pump is out of order."], "memo.pdf")
    talk = Conversation(product, tenant.actor)
    made, moved = (await talk.propose(words)).steps
    assert (made.tool, made.arguments) == ("create_folder", {"name": "Contracts"})
    assert (moved.tool, moved.arguments) == ("move_files", {"files": [file_id], "folder": "Contracts"})


async def test_of_several_files_called_so_the_newest_is_moved(product: Product, tenant: Tenant) -> None:
    ids = [
        (await add_document(product.infra, tenant.id, ["The parties agree."], f"lease {year}.pdf"))[0]
        for year in (2023, 2024)
    ]
    talk = Conversation(product, tenant.actor)
    plan = await talk.propose("Move the lease to the folder Contracts")
    assert plan.steps[-1].arguments["files"] == ids[1:]
    assert "I take the newest, lease 2024.pdf; there is also lease 2023.pdf." in plan.summary
    plan = await talk.propose("Move the leases to the folder Contracts")
    assert set(plan.steps[-1].arguments["files"]) == set(ids)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("How many PDFs do I have?", "There are 2 PDFs in your library."),
        ("How many Word documents do I have?", "There is 1 Word document in your library."),
        ("How many spreadsheets do I have?", "There are 0 spreadsheets in your library."),
        ("How many PDFs and Word files are there?", "There are 2 PDFs and 1 Word document in your library."),
        ("How many JPEGs do I have?", "There are 0 JPEGs in your library."),
    ],
)
async def test_files_are_counted_by_format(product: Product, tenant: Tenant, words: str, said: str) -> None:
    for name, form in (("a.pdf", "PDF"), ("b.pdf", "PDF"), ("c.docx", "DOCX")):
        await add_document(product.infra, tenant.id, ["The pump is out of order."], name, file_format=form)
    assert (await Conversation(product, tenant.actor).ask(words)).content == said


async def test_who_may_not_write_gets_no_plan(talk: Conversation, tenant: Tenant) -> None:
    talk.actor = Actor(tenant_id=tenant.id, role=Role.VIEWER)
    await talk.ask("Find photos of dogs")
    assert "You may not delete files" in (await talk.ask("delete these")).content


@pytest.mark.parametrize("words", ["delete these", "move them to Dogs", "tag it as x", "delete it"])
async def test_it_asks_back_what_is_meant(product: Product, tenant: Tenant, words: str) -> None:
    answer = await Conversation(product, tenant.actor).ask(words)
    assert "Which files do you mean?" in answer.content


async def test_it_puts_a_report_together_of_what_is_found_or_pointed_at(talk: Conversation, product: Product) -> None:
    words = "Dogs must be kept on a lead in the park."
    await add_document(product.infra, talk.actor.tenant_id, [words], "Dogs.pdf")
    report = await talk.ask("Write a report on dogs in the park")
    assert talk.tools == ["write_report"]
    assert report.content.startswith("# Dogs in the park\n")
    assert words in report.content
    assert {one.kind for one in find_citations(report.content)} == {"doc", "img"}
    assert report.agents == ("synthesize",)
    await talk.ask("Find photos of cats")
    chosen = await talk.ask("Write a report on them")
    assert "cat" in chosen.resolved
    assert "dog" not in chosen.resolved


async def test_a_report_needs_a_subject_and_something_to_tell(product: Product, tenant: Tenant) -> None:
    talk = Conversation(product, tenant.actor)
    assert "Which files do you mean?" in (await talk.ask("Write a report")).content
    assert "Which files do you mean?" in (await talk.ask("Write a report on these documents")).content
    assert (await talk.ask("Write a report on submarines")).content == "Nothing was found to tell of “submarines”."
    assert "There is no file called “x.pdf”" in (await talk.ask("Write a report on x.pdf")).content


@pytest.mark.parametrize(
    "words", ["Analyze the lease", "Write a summary of lease.pdf", "Write a report on all my documents"]
)
async def test_a_report_of_a_whole_document_is_called_like_it(product: Product, tenant: Tenant, words: str) -> None:
    rent = "The rent is due on the first day of every month."
    await add_document(product.infra, tenant.id, [rent], "lease.pdf", title="Lease of the mill")
    report = await Conversation(product, tenant.actor).ask(words)
    assert report.content.startswith("# Lease of the mill\n")
    assert rent in report.content


async def test_a_report_keeps_to_what_is_asked_of_a_named_file(product: Product, tenant: Tenant) -> None:
    passages = ["The rent is due on the first day of every month.", "Dogs must be kept on a lead in the yard."]
    await add_document(product.infra, tenant.id, passages, "lease.pdf")
    report = await Conversation(product, tenant.actor).ask("Write a report on dogs in lease.pdf")
    assert report.content.startswith("# Dogs\n")
    assert passages[1] in report.content
    assert passages[0] not in report.content


async def test_it_says_why_a_document_has_no_text(talk: Conversation, product: Product, tenant: Tenant) -> None:
    document, _ = await add_document(product.infra, tenant.id, [], "secret.pdf")
    query = "update files set text_extraction_status = 'failed', text_extraction_error = :why where id = :id"
    async with product.infra.open_system_scope(tenant.id) as scope:
        await scope.session.execute(text(query), {"id": UUID(document), "why": "The PDF opens with a password only."})
    said = (await talk.ask("What does secret.pdf say?")).content
    assert said == "“secret.pdf” has no text that I can read. The PDF opens with a password only."


async def test_it_says_what_it_cannot_do_and_what_it_does_not_find(talk: Conversation) -> None:
    assert "needs a language model" in (await talk.ask("Write a poem about my dog")).content
    assert (await talk.ask("Book me a flight to Rome")).content.startswith("That I can't do.")
    assert (await talk.ask("Who won the election in Atlantis?")).content == (
        "I found nothing in your library that answers this."
    )
    assert (await talk.ask("find photos of submarines")).content == "I found no pictures for “submarines”."


async def test_several_things_are_done_in_one_request(talk: Conversation) -> None:
    answer = await talk.ask("Which photos show damaged poles, and how many photos do I have?")
    assert "pole" in answer.resolved and "There are 5 pictures" in answer.content


async def test_only_what_a_conversation_is_about_is_found(talk: Conversation, library: Library) -> None:
    talk.selection = Selection(image_ids=[UUID(library.ids["red-dog"]), UUID(library.ids["cat"])])
    answer = await talk.ask("find photos of dogs")
    assert library.names([item.id for item in answer.results[0].items]) == ["red-dog"]
    assert "There are 2 pictures" in (await talk.ask("how many photos do I have?")).content


async def test_nothing_of_another_tenant_is_told(talk: Conversation, product: Product) -> None:
    talk.actor = (await product.tenant("Other")).actor
    for words in (
        "find photos of dogs",
        "how many photos do I have?",
        "What is in my library?",
        "describe red-dog.jpg",
    ):
        answer = await talk.ask(words)
        assert "A dog runs" not in answer.content and not any(one.items for one in answer.results)


async def test_work_ends_with_who_reads_it(talk: Conversation, product: Product) -> None:
    errand = Errand(talk.actor, product.infra)
    events = service.answer(Question("find photos of dogs", errand))
    assert isinstance(await anext(events), Thought)
    before = len(asyncio.all_tasks())
    await events.aclose()
    await asyncio.sleep(0)
    assert len(asyncio.all_tasks()) < before


async def test_the_first_word_comes_soon(talk: Conversation, product: Product) -> None:
    errand = Errand(talk.actor, product.infra)
    loop, waits = asyncio.get_running_loop(), list[float]()
    for _ in range(10):
        began = loop.time()
        events = service.answer(Question("find photos of dogs", errand))
        await anext(events)
        waits.append(loop.time() - began)
        await events.aclose()
    assert timedelta(seconds=sorted(waits)[5]) < timedelta(milliseconds=150)


async def test_what_was_narrowed_to_nothing_is_not_changed(talk: Conversation) -> None:
    await talk.ask("Find photos of dogs")
    assert (await talk.ask("only the ones with submarines")).content.startswith("None of the 2")
    assert "Nothing is chosen" in (await talk.ask("Move them to the folder Sea")).content


async def test_other_requests_do_not_leak_into_one(talk: Conversation, library: Library, tenant: Tenant) -> None:
    assert "can't delete folders" in (await talk.ask("delete the folder Boats")).content
    await tenant.client.post(FOLDERS, json={"name": "Pets"})
    assert "in the folder “Pets”" in (await talk.ask("What is in the folder Pets?")).content
    cats = await talk.ask("How many cats?")
    assert library.names([item.id for item in cats.results[0].items]) == ["cat"]
    dogs = await talk.ask("And dogs?")
    assert set(library.names([item.id for item in dogs.results[0].items])) == {"red-dog", "blue-dog"}
    assert (await talk.ask("How many?")).content.startswith("2: what I found for “dogs”")
    newest = await talk.ask("Which of them is the newest?")
    assert library.names([item.id for item in newest.results[0].items]) == ["blue-dog"]


async def test_yes_and_no_are_no_searches(talk: Conversation) -> None:
    assert "No plan waits" in (await talk.ask("yes, do it")).content
    talk.turns.append(Turn("assistant", "Move.\n\nNothing is changed until you approve this plan."))
    for words in ("yes", "yes, do it", "approve", "no", "cancel"):
        answer = await Conversation(talk.product, talk.actor, turns=talk.turns[-1:]).ask(words)
        assert "Approve or cancel it" in answer.content and not answer.results


async def test_chosen_pictures_are_counted_and_described(talk: Conversation, library: Library) -> None:
    talk.selection = Selection(image_ids=[UUID(library.ids["red-dog"]), UUID(library.ids["cat"])])
    assert "There are 2 pictures" in (await talk.ask("How many pictures are here?")).content
    shown = (await talk.ask("What do they show?")).content
    assert "A dog runs" in shown and "A cat sleeps" in shown


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("Zeig mir Fotos von Hunden", {"red-dog", "blue-dog"}),
        ("Montre-moi des photos de chiens", {"red-dog", "blue-dog"}),
        ("Muéstrame fotos de gatos", {"cat"}),
        ("Fotos von Hunden aus dem Jahr 2023", {"red-dog"}),
    ],
)
async def test_pictures_are_found_in_other_languages(
    talk: Conversation, library: Library, words: str, names: set[str]
) -> None:
    answer = await talk.ask(words)
    found = {library.name(one.id) for one in find_citations(answer.content) if one.kind == "img"}
    assert found == names


@pytest.mark.parametrize("words", ["Wie viele Fotos habe ich?", "Combien de photos ai-je ?", "¿Cuántas fotos tengo?"])
async def test_pictures_are_counted_in_other_languages(talk: Conversation, words: str) -> None:
    assert (await talk.ask(words)).content == "There are 5 pictures in your library."


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("Zeig mir Fotos von Nashörnern", "finde ich in jeder Sprache"),
        ("Montre-moi des photos de rhinocéros", "dans toutes les langues"),
        ("Muéstrame fotos de rinocerontes", "en cualquier idioma"),
    ],
)
async def test_what_cannot_be_translated_is_said_in_that_language(
    product: Product, tenant: Tenant, words: str, said: str
) -> None:
    assert said in (await Conversation(product, tenant.actor).ask(words)).content


async def test_whether_there_is_any_is_answered_by_what_is_certain(
    talk: Conversation, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    search = talk.product.infra.tools["search_images"]
    scores = {"red-dog": 0.9, "pole": 0.4}

    @wraps(search.run)
    async def scored(errand: Errand, query: str = "", **_: Any) -> Outcome:
        found = await search.run(errand, query="dog pole", limit=20)
        items = [replace(one, score=scores.get(library.name(one.id), 0.1)) for one in found.items]
        ranked = sorted(items, key=lambda one: -(one.score or 0))
        return replace(found, items=tuple(one for one in ranked if query != "zebras" or one.score != 0.9))

    tools = {**talk.product.infra.tools, "search_images": replace(search, run=scored)}
    monkeypatch.setattr(talk.product.infra, "tools", tools)
    for words in ("any dogs?", "are there photos of dogs?"):
        told = (await talk.ask(words)).resolved
        assert "1 picture" in told and told.endswith("I am less sure of pole.")
        assert (await talk.ask("how many are there?")).content.startswith("1:")
    assert (await talk.ask("any zebras?")).resolved.startswith("I am not sure of any picture")
    assert "2 pictures" in (await talk.ask("photos of dogs")).resolved
