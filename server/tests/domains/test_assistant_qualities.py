"""What the embedded assistant says of documents by what they are like: their language, their length, what failed."""

import pytest

from aionserver.infra.errors import InvalidInput
from aionserver.infra.tools import Errand
from plugins.pdfs import pdf
from plugins.product import Product, Tenant, photo, upload
from plugins.talks import Talk

HOUSE_RULES = "Die Treppe wird jeden Samstag vom Mieter geputzt. Ruhe herrscht ab zehn Uhr abends im ganzen Haus."
MINUTES = "The committee met on Monday and decided to repaint the harbour wall before the summer begins."


@pytest.fixture
async def papers(product: Product, tenant: Tenant) -> Talk:
    """A conversation about two texts, two PDFs, one of which is broken, and a picture."""
    for name, content, media_type in (
        ("Hausordnung.txt", HOUSE_RULES.encode(), "text/plain"),
        ("minutes.txt", MINUTES.encode(), "text/plain"),
        ("pump-manual.pdf", pdf(["The pump moves water."], ["Seals are sold."], ["Call us."]), "application/pdf"),
        ("torn.pdf", b"%PDF-1.7\nnothing of it is left\n%%EOF", "application/pdf"),
    ):
        files = {"file": (name, content, media_type)}
        answer = await tenant.client.post("/api/v2/user-files/upload/stream", files=files)
        assert answer.status_code == 200, answer.text
    await upload(tenant, photo("red"), "dog.jpg", title="A dog", tags="dog")
    await product.do_jobs()
    return Talk(product, tenant)


@pytest.mark.parametrize(
    "words", ["List my German documents", "Which documents are in German?", "Show German documents"]
)
async def test_documents_are_listed_by_language(papers: Talk, words: str) -> None:
    told = await papers.ask(words)
    assert told.startswith("There is 1 document in German:") and "Hausordnung.txt" in told and "minutes" not in told


async def test_languages_narrow_what_is_counted_found_and_shown(papers: Talk) -> None:
    assert await papers.ask("Which documents are in French?") == "There are no documents in French in your library."
    assert await papers.ask("how many documents are in German?") == "There is 1 document in German in your library."
    assert "“Die Treppe wird" in await papers.ask("German documents about the Treppe")
    assert "Treppe wird" not in await papers.ask("English documents about the Treppe")
    await papers.ask("list my documents")
    told = await papers.ask("which of these are in German?")
    assert told.startswith("1 of the 4") and "Hausordnung.txt" in told


@pytest.mark.parametrize("words", ["Which documents failed?", "Which documents could not be read?"])
async def test_what_could_not_be_read_is_told_with_the_reason(papers: Talk, words: str) -> None:
    told = await papers.ask(words)
    assert told.startswith("There is 1 document that could not be read:\n1. torn.pdf — ")
    assert told.removeprefix("There is 1 document that could not be read:\n1. torn.pdf — ").endswith(".")
    assert "The reason is not known" not in told and "minutes" not in told


async def test_the_longest_document_is_told_with_its_length(papers: Talk) -> None:
    told = await papers.ask("Which is the longest document?")
    assert told.startswith("The longest document: pump-manual.pdf has 3 pages")
    assert (await papers.ask("which is the shortest PDF?")).startswith("The shortest PDF: pump-manual.pdf")
    told = await papers.ask("show me the 2 longest documents")
    assert told.startswith("The longest documents:\n1. pump-manual.pdf has 3 pages") and told.count("\n") == 2
    await papers.ask("list my documents")
    assert "minutes.txt has no fixed pages" in await papers.ask("which of these is the shortest?")


async def test_formats_and_folders_are_asked_for_in_a_whole_sentence(papers: Talk) -> None:
    assert (await papers.ask("Which documents are PDFs?")).startswith("There are 2 PDFs:")
    made = await papers.tenant.client.post("/api/v2/folders", json={"name": "Technik"})
    assert made.status_code in (200, 201), made.text
    told = await papers.ask("How many are in the folder Technik?")
    assert told == "There are 0 files in the folder “Technik” in your library."


async def test_another_tenants_documents_are_of_no_language_here(papers: Talk, product: Product) -> None:
    talk = Talk(product, await product.tenant("Other"))
    assert await talk.ask("list my German documents") == "There are no documents in German in your library."
    assert await talk.ask("which documents failed?") == "There are no documents that could not be read in your library."
    assert "pump" not in await talk.ask("which is the longest document?")


async def test_a_language_that_is_none_is_refused(product: Product, tenant: Tenant) -> None:
    errand = Errand(tenant.actor, product.infra)
    with pytest.raises(InvalidInput):
        await product.infra.tools["list_files"].use(errand, {"language": "Klingonish"})
