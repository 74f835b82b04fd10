"""What the embedded assistant answers from documents: their sentences, each with the page it stands on, or nothing."""

from datetime import UTC, datetime
from io import BytesIO

import docx
import pytest

from aionserver.domains.assistant.answering import NOTHING, UNSURE
from aionserver.domains.assistant.schemas import Turn
from aionserver.kit.citations import find_citations
from plugins.passages import add_document
from plugins.pdfs import pdf
from plugins.product import Product, Tenant, photo, upload
from plugins.talks import Talk, ask

MANUAL = """Maintenance of the Aquaforte pump

The Aquaforte pump moves cooling water. Change the intake filter every 500 operating hours. Stop the pump before
you open the housing. The maximum pressure of the housing is 16 bar.

Damaged poles

A damaged pole must be fenced off at once. Report it to the grid office by telephone.
"""


async def add(product: Product, tenant: Tenant, name: str = "pump.txt", content: str = MANUAL) -> str:
    files = {"file": (name, content.encode(), "text/plain")}
    answer = await tenant.client.post("/api/v2/user-files/upload/stream", files=files)
    assert answer.status_code == 200, answer.text
    await product.do_jobs()
    return answer.json()["image_id"] if "image_id" in answer.json() else answer.json()["file_id"]


async def test_a_question_is_answered_by_the_sentence_that_answers(product: Product, tenant: Tenant) -> None:
    await add(product, tenant)
    answer = await ask(product, tenant, "What is the maximum pressure of the Aquaforte pump?")
    assert "The maximum pressure of the housing is 16 bar." in answer.content
    cited = [one for one in find_citations(answer.content) if one.kind == "doc"]
    assert cited and {one.name for one in cited} == {"pump.txt"}
    assert "pump.txt" in answer.resolved and "[[" not in answer.resolved
    assert "document_search" in answer.agents


async def test_a_follow_up_goes_on_with_the_question_before(product: Product, tenant: Tenant) -> None:
    await add(product, tenant)
    first = await ask(product, tenant, "What is the maximum pressure of the Aquaforte pump?")
    history = [
        Turn("user", "What is the maximum pressure of the Aquaforte pump?"),
        Turn("assistant", first.content, first.results),
    ]
    answer = await ask(product, tenant, "And what moves cooling water?", history)
    assert "The Aquaforte pump moves cooling water." in answer.content


async def test_what_no_document_says_is_not_answered(product: Product, tenant: Tenant) -> None:
    await add(product, tenant)
    answer = await ask(product, tenant, "Who won the chess olympiad in Reykjavik?")
    assert answer.content == "I found nothing in your library that answers this."
    assert answer.results == ()


async def test_documents_are_summed_up_and_found_by_name(product: Product, tenant: Tenant) -> None:
    await add(product, tenant)
    answer = await ask(product, tenant, "Summarize pump.txt")
    assert answer.content.startswith("Sentences that say most of it:") and "[[doc:" in answer.content


async def test_a_document_is_summed_up_by_a_word_of_its_name(product: Product, tenant: Tenant) -> None:
    await add(product, tenant, "pump-manual.txt")
    assert "Aquaforte" in (await ask(product, tenant, "summarize the manual")).content
    assert "Aquaforte" in (await ask(product, tenant, "give me a summary of the pump manual")).content
    told = (await ask(product, tenant, "summarize the opera")).content
    assert told == "I know of no document that is called “opera” or is about it."


async def test_another_tenants_documents_answer_nothing(product: Product, tenant: Tenant) -> None:
    await add(product, await product.tenant("Other"))
    answer = await ask(product, tenant, "How often must the intake filter of the Aquaforte pump be changed?")
    assert answer.content == "I found nothing in your library that answers this."


async def test_a_named_document_is_quoted(product: Product, tenant: Tenant) -> None:
    await add(product, tenant, "cabin-lease.txt", "CABIN LEASE\n\nThe monthly rent is 840 euros. The deposit is 1,200.")
    for words in ("Summarise cabin-lease.txt", "What does cabin-lease.txt say?"):
        answer = await ask(product, tenant, words)
        assert "840 euros" in answer.content and "[[doc:" in answer.content


async def test_words_without_a_form_go_on_with_the_question_before(product: Product, tenant: Tenant) -> None:
    await add(product, tenant)
    question = "What is the maximum pressure of the Aquaforte pump?"
    first = await ask(product, tenant, question)
    history = [Turn("user", question), Turn("assistant", first.content, first.results)]
    answer = await ask(product, tenant, "intake filter", history)
    assert "Change the intake filter every 500 operating hours." in answer.content
    assert "can narrow down pictures only" not in (await ask(product, tenant, "Not the filter", history)).content


async def test_what_comes_near_is_told_with_doubt(product: Product, tenant: Tenant) -> None:
    things = ("pole", "fence", "lamp", "bench")
    told = [f"A damaged {one} has to be fenced off at once. Report it to the grid office." for one in things]
    await add_document(product.infra, tenant.id, [*told, "The pump moves cooling water."], "poles.pdf")
    answer = await ask(product, tenant, "Where is a damaged wall reported to the police?")
    assert answer.content.startswith(f"{UNSURE}\n“")
    assert {one.name for one in find_citations(answer.content)} == {"poles.pdf"}
    assert (await ask(product, tenant, "Who won the chess olympiad?")).content == NOTHING


LEASE = """Residential lease

Parties

This lease is made between Margaret Holloway, the landlord, and Tomas Rivera, the tenant.

Term

The lease begins on 1 April 2024 and ends on 31 March 2026.

Rent

The rent may be raised once a year. The monthly rent is 1,250 euros, due in advance.

Access

The landlord may enter the flat after giving notice."""


async def test_dates_amounts_and_names_come_first(product: Product, tenant: Tenant) -> None:
    await add(product, tenant, "lease.txt", LEASE)
    for question, told in (
        ("When does the lease end?", "“The lease begins on 1 April 2024 and ends on 31 March 2026.”"),
        ("How much is the rent?", "“The monthly rent is 1,250 euros, due in advance.”"),
        ("Who is the landlord?", "“This lease is made between Margaret Holloway, the landlord, and Tomas Rivera"),
    ):
        answer = (await ask(product, tenant, question)).content
        assert answer.removeprefix(f"{UNSURE}\n").startswith(told), answer


async def test_a_document_is_meant_by_a_word_of_its_name(product: Product, tenant: Tenant) -> None:
    memo = "To whom it may concern: there were 20,000 bottles delivered. Best regards, Mallori"
    await add_document(product.infra, tenant.id, [memo], "memo.pdf")
    answer = (await ask(product, tenant, "who wrote the memo?")).content
    assert answer.startswith(UNSURE) and "Mallori" in answer


WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def survey() -> bytes:
    """A Word document with an author and a day."""
    document, written = docx.Document(), BytesIO()
    document.core_properties.author = "Ingrid Solberg"
    document.core_properties.created = datetime(2022, 5, 17, 9, 30, tzinfo=UTC)
    document.add_paragraph("The harbour wall was inspected by two divers. Cracks were found along forty metres.")
    document.save(written)
    return written.getvalue()


async def send(tenant: Tenant, name: str, content: bytes, media_type: str) -> None:
    answer = await tenant.client.post("/api/v2/user-files/upload/stream", files={"file": (name, content, media_type)})
    assert answer.status_code == 200, answer.text


@pytest.fixture
async def papers(product: Product, tenant: Tenant) -> Talk:
    """A conversation about two PDFs, a Word document, two texts and a picture."""
    await send(tenant, "pump-manual.pdf", pdf(["The pump moves water."], ["Seals are sold."]), "application/pdf")
    await send(tenant, "invoice-4711.pdf", pdf(["Twelve rolls of sailcloth. Date: 3 February 2023"]), "application/pdf")
    await send(tenant, "harbour-survey.docx", survey(), WORD)
    await send(tenant, "cabin-lease.txt", LEASE.encode(), "text/plain")
    await send(
        tenant,
        "Hausordnung.txt",
        b"Die Treppe wird jeden Samstag vom Mieter geputzt. Ruhe ab zehn.",
        "text/plain",
    )
    await upload(tenant, photo("red"), "dog.jpg", title="A dog", tags="dog")
    await product.do_jobs()
    return Talk(product, tenant)


@pytest.mark.parametrize(
    ("words", "said", "names"),
    [
        ("how many of these are PDFs?", "2 of the 5 are PDFs:", {"pump-manual.pdf", "invoice-4711.pdf"}),
        ("which of these are PDFs?", "2 of the 5 are PDFs:", {"pump-manual.pdf", "invoice-4711.pdf"}),
        ("only the PDFs", "2 of the 5 are PDFs:", {"pump-manual.pdf", "invoice-4711.pdf"}),
        ("only the Word documents", "1 of the 5 is a Word document:", {"harbour-survey.docx"}),
        ("are any of these spreadsheets?", "None of the 5 documents are spreadsheets.", set[str]()),
        ("how many of these are pictures?", "None of the 5 documents are pictures.", set[str]()),
    ],
)
async def test_what_was_found_is_counted_and_narrowed_by_format(
    papers: Talk, words: str, said: str, names: set[str]
) -> None:
    await papers.ask("list my documents")
    answer = await papers.ask(words)
    assert answer.startswith(said)
    assert all(name in answer for name in names) and answer.count("\n") == len(names)


async def test_a_number_asked_for_changes_nothing_of_what_is_spoken_of(papers: Talk) -> None:
    await papers.ask("show me all files")
    assert (await papers.ask("how many of these are spreadsheets?")).startswith("None of the 6 files")
    assert (await papers.ask("how many of these are pictures?")).startswith("1 of the 6 is a picture:")
    assert (await papers.ask("how many are there?")).startswith("6:")
    assert (await papers.ask("only the PDFs")).startswith("2 of the 6 are PDFs:")
    assert (await papers.ask("how many are there?")).startswith("2:")


async def test_files_are_found_by_format(papers: Talk) -> None:
    assert (await papers.ask("show me my PDFs")).startswith("There are 2 PDFs:")
    assert "The pump moves water." in await papers.ask("PDFs about pumps")
    assert "pump" not in (await papers.ask("Word documents about pumps")).replace("about “pumps”", "")
    assert (await papers.ask("how many documents mention the rent?")).startswith("1 document for “rent”")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("how many pages does the pump manual have?", "pump-manual.pdf has 2 pages."),
        ("how many pages does harbour-survey.docx have?", "has no fixed pages: its text has"),
        ("who is the author of the survey?", "name as its author: Ingrid Solberg."),
        ("who wrote the survey?", "name as its author: Ingrid Solberg."),
        ("when was the survey written?", "was written on 17 May 2022."),
        ("in what language is Hausordnung.txt?", "The text of Hausordnung.txt is in German."),
        ("what format is pump-manual.pdf in?", "pump-manual.pdf is a file of the format PDF."),
        ("how long is the essay?", "I know of no document that is called “essay”."),
    ],
)
async def test_what_is_known_of_a_document_itself_is_told(papers: Talk, words: str, said: str) -> None:
    assert said in await papers.ask(words)


async def test_what_is_known_of_a_document_spoken_of_is_told(papers: Talk) -> None:
    await papers.ask("summarise the contract")
    assert "has no fixed pages" in await papers.ask("how many pages does it have?")
    assert await papers.ask("how many of these are PDFs?") == "The one document is not a PDF."
    await papers.ask("list my documents")
    await papers.ask("only the Word documents")
    assert "Ingrid Solberg" in await papers.ask("who is the author?")
    assert "17 May 2022" in await papers.ask("when was it written?")
    await papers.ask("show me photos of a dog")
    assert await papers.ask("who wrote it?") == "Its properties name nobody: who wrote A dog is not known."


async def test_how_long_it_is_after_an_answer_is_asked_of_the_answer(product: Product, tenant: Tenant) -> None:
    await add(product, tenant, "lease.txt", LEASE)
    talk = Talk(product, tenant)
    await talk.ask("When does the lease begin?")
    assert "characters" not in await talk.ask("how long is it?")


async def test_documents_are_found_by_the_time_written_in_them(papers: Talk) -> None:
    found = await papers.ask("documents about sailcloth from 2023")
    assert found.startswith("No document was made or added from 2023; in these stands a date of that time:")
    assert "Twelve rolls of sailcloth" in found
    assert await papers.ask("documents about sailcloth from 2019") == (
        "I found no documents for “sailcloth” from 2019."
    )


OFFICE = """Office lease

Parties

This lease is made between Northgate Estates Ltd, the landlord, and Brightline Studio, the tenant.

Term

The lease begins on 1 July 2023 and runs for five years.

Rent

The monthly rent is 3,400 euros, due in arrears.

Parking

Two spaces in the yard belong to the office."""


async def test_two_documents_are_put_side_by_side(product: Product, tenant: Tenant) -> None:
    await add(product, tenant, "cabin-lease.txt", LEASE)
    await add(product, tenant, "office-lease.txt", OFFICE)
    told = await Talk(product, tenant).ask("compare the cabin lease and the office lease")
    rents = [line for line in told.splitlines() if "monthly rent" in line]
    assert "1,250 euros" in rents[0] and rents[0].endswith("cabin-lease.txt")
    assert "3,400 euros" in rents[1] and rents[1].endswith("office-lease.txt")
    assert "Only office-lease.txt has a part on “Parking”." in told
    assert "“Access”" in told and "“Rent”" not in told


async def test_what_is_named_is_compared_before_what_was_shown(papers: Talk) -> None:
    await add(papers.product, papers.tenant, "office-lease.txt", OFFICE)
    await papers.ask("list my documents")
    told = await papers.ask("These documents: compare the cabin lease and the office lease")
    assert told.startswith("- cabin-lease.txt\n- office-lease.txt")
    await papers.ask("summarize the cabin lease")
    told = await papers.ask("compare it with the office lease")
    assert told.startswith("- cabin-lease.txt") and "- office-lease.txt" in told
    await papers.ask("list my documents")
    told = await papers.ask("compare the first two")
    assert told.startswith("- office-lease.txt\n- Hausordnung.txt")


@pytest.mark.parametrize(
    ("name", "text", "words", "said"),
    [
        (
            "Mietvertrag.txt",
            "Die Miete beträgt 890 Euro. Die Kaution beträgt drei Mieten.",
            "Fasse den Vertrag zusammen",
            "890 Euro",
        ),
        ("contrat.txt", "Le salaire brut est de 2 800 euros. Le poste est à Lyon.", "Résume le contrat", "2 800 euros"),
        (
            "contrato.txt",
            "El salario bruto es de 2.800 euros. El puesto es en Sevilla.",
            "Resume el contrato",
            "2.800 euros",
        ),
        (
            "rechnung-815.txt",
            "Rechnung 815. Datum: 12.06.2023. Drei Steckdosen kosten 318,40 Euro.",
            "Finde Rechnungen von 2023",
            "rechnung-815.txt",
        ),
    ],
)
async def test_documents_are_looked_for_in_their_own_language(
    product: Product, tenant: Tenant, name: str, text: str, words: str, said: str
) -> None:
    await add(product, tenant, name, text)
    await add(product, tenant)
    told = await Talk(product, tenant).ask(words)
    assert said in told and "pump" not in told


async def test_the_exact_name_comes_before_others_for_the_same(product: Product, tenant: Tenant) -> None:
    await add(product, tenant, "work-contract.txt", "The work begins in May. The wage is 2,000 euros.")
    await add(product, tenant, "cabin-lease.txt", LEASE)
    assert "wage" in await Talk(product, tenant).ask("summarise the contract")


async def test_who_wrote_it_after_an_answer_is_asked_of_all_documents(product: Product, tenant: Tenant) -> None:
    await add(product, tenant, "song.txt", "The harbour song is sung at every launch of a ship. It has nine verses.")
    await add(product, tenant, "people.txt", "Old Nils Berg wrote the harbour song in 1911.")
    talk = Talk(product, tenant)
    assert "launch of a ship" in await talk.ask("When is the harbour song sung?")
    assert "Nils Berg" in await talk.ask("Who wrote it?")
