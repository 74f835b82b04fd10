"""What the embedded assistant answers from documents: their sentences, each with the page it stands on, or nothing."""

from aionserver.domains.assistant import service
from aionserver.domains.assistant.answering import NOTHING, UNSURE
from aionserver.domains.assistant.schemas import Answer, Question, Turn
from aionserver.infra.tools import Errand
from aionserver.kit.citations import find_citations
from plugins.passages import add_document
from plugins.product import Product, Tenant

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


async def ask(product: Product, tenant: Tenant, words: str, history: list[Turn] | None = None) -> Answer:
    told = [one async for one in service.answer(Question(words, Errand(tenant.actor, product.infra), history or []))]
    assert isinstance(told[-1], Answer)
    return told[-1]


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
