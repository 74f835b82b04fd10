"""What the embedded assistant says of receipts: sums, the dearest, those of a month."""

import pytest
from sqlalchemy import text

from aionserver.infra.tools import Errand
from plugins.product import Product, Tenant, photo, upload
from plugins.talks import Talk

TEXTS = {
    "cafe": "BLUE CAFE\n14/03/2018\nTOTAL RM 17.50",
    "hardware": "YONG HARDWARE\n02/04/2018\nTotal sales (inclusive of GST) RM 100.90\nCASH RM 101.00",
    "torn": "THANK YOU",
}


@pytest.fixture
async def receipts(product: Product, tenant: Tenant) -> dict[str, str]:
    ids = dict[str, str]()
    for at, (name, written) in enumerate(TEXTS.items()):
        added = await upload(tenant, photo("white", (100 + at, 100)), f"{name}.jpg", title=name, tags="receipt")
        ids[name] = added["image_id"]
        await product.do_jobs()
        async with product.infra.open_system_scope(tenant.id) as scope:
            await scope.session.execute(
                text("update files set visible_text = :written, description = 'A printed receipt.' where id = :id"),
                {"written": written, "id": ids[name]},
            )
    return ids


async def test_what_was_paid_is_summed_up(product: Product, tenant: Tenant, receipts: dict[str, str]) -> None:
    talk = Talk(product, tenant)
    assert len(receipts) == len(TEXTS)
    await talk.ask("find receipts")
    told = await talk.ask("how much was paid in total?")
    assert told.startswith("Together 118.40 MYR, read off 2 pictures:\n1. hardware — 100.90 MYR, 2 April 2018\n2. cafe")
    assert told.endswith("On 1 more picture I can read no total.")
    assert (
        await talk.ask("how much did I spend on the second one?") == "The total on it: cafe — 17.50 MYR, 14 March 2018"
    )
    assert (await talk.ask("which receipt is the cheapest?")).startswith("The lowest total: cafe — 17.50 MYR")
    assert (await talk.ask("how much did I spend on receipts in April 2018?")).startswith("The total on it: hardware")


async def test_receipts_are_found_by_their_days(product: Product, tenant: Tenant, receipts: dict[str, str]) -> None:
    talk = Talk(product, tenant)
    assert len(receipts) == len(TEXTS)
    told = await talk.ask("receipts from March 2018")
    assert told.startswith("1 picture has a date from March 2018 printed:\n1. cafe")
    assert await talk.ask("what is the date of the first receipt?") == "In cafe stands the date 14 March 2018."


async def test_a_question_for_a_price_is_no_sum(product: Product, tenant: Tenant, receipts: dict[str, str]) -> None:
    talk = Talk(product, tenant)
    assert len(receipts) == len(TEXTS)
    await talk.ask("find receipts")
    assert "Together" not in await talk.ask("how much does the maintenance of the heating cost?")


async def test_another_tenants_receipts_are_not_summed(
    product: Product, tenant: Tenant, receipts: dict[str, str]
) -> None:
    other = await product.tenant("Other")
    told = await Talk(product, other).ask("what is the total of my receipts?")
    assert len(receipts) == len(TEXTS) and "17.50" not in told
    outcome = await product.infra.tools["read_receipts"].use(
        Errand(other.actor, product.infra), {"files": list(receipts.values())}
    )
    assert outcome.items == () and tenant.id != other.id
