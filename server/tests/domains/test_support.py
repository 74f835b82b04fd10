"""Support: anybody may write, a few times an hour; those who run the server can read it."""

import asyncio
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from aionserver import mailbox
from aionserver.domains.support import jobs
from aionserver.infra.actors import NO_TENANT
from aionserver.infra.embedded_postgres import DatabaseUrls
from aionserver.infra.job_worker import Attempt
from plugins.database import Database
from plugins.product import Product
from plugins.smtp import MailServer, receiving

CONTACT = "/api/v2/support/contact"
MESSAGE = {
    "name": "Ada Lovelace",
    "email": "ada@example.org",
    "subject": "A picture is missing",
    "message": "It was there yesterday.\nWhere is it now?",
}


async def write(product: Product, **changes: Any) -> Any:
    headers = changes.pop("headers", {})
    return await product.client(None).post(CONTACT, json={**MESSAGE, **changes}, headers=headers)


async def read(product: Product, database: Database) -> str:
    """What `aionvision support` prints."""
    urls = DatabaseUrls(database.owner_url, database.app_url)
    return await asyncio.to_thread(mailbox.support_messages, urls, 50)


async def test_anybody_may_write_and_the_operator_reads_it(product: Product, database: Database) -> None:
    answer = await write(product)
    assert (answer.status_code, answer.json()["success"]) == (200, True)
    assert "not sent to them by e-mail" in answer.json()["message"]
    shown = await read(product, database)
    assert "Ada Lovelace <ada@example.org>\n    Subject: A picture is missing\n" in shown
    assert "    It was there yesterday.\n    Where is it now?" in shown


async def test_a_message_is_sent_to_support_and_answers_go_to_who_wrote(product: Product) -> None:
    async with receiving(MailServer()) as server:
        changes = {
            "smtp_url": SecretStr(f"smtp://{server.place}"),
            "mail_from": "no-reply@vision.example.org",
            "support_email": "help@vision.example.org",
        }
        product.infra.settings = product.infra.settings.model_copy(update=changes)
        answer = await write(product, name="Ada\r\nBcc: eve@example.org", subject="Help\r\nBcc: eve@example.org")
        assert "is being sent" in answer.json()["message"]
        await product.do_jobs()
    (letter,), (envelope,) = server.letters, server.envelopes
    assert (envelope.rcpt_tos, letter["Bcc"]) == (["help@vision.example.org"], None)
    assert letter["Reply-To"] == "ada@example.org"
    assert letter["Subject"] == "[Aionvision support] Help Bcc: eve@example.org"
    assert "It was there yesterday." in letter.get_content()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 101),
        ("email", "ada"),
        ("email", "ada@example.org\r\nBcc: eve@example.org"),
        ("subject", ""),
        ("subject", "x" * 201),
        ("message", "too short"),
        ("message", "x" * 5001),
        ("message", "with a zero \0"),
        ("message", None),
    ],
)
async def test_a_message_that_is_not_one_is_refused(product: Product, field: str, value: str | None) -> None:
    answer = await write(product, **{field: value})
    assert (answer.status_code, answer.json()["error"]["details"][0]["field"]) == (422, field)


async def test_five_messages_an_hour_are_taken_from_an_address(product: Product, database: Database) -> None:
    statuses = [(await write(product, subject=f"No {number}")).status_code for number in range(7)]
    refused = await write(product)
    assert statuses == [200] * 5 + [429] * 2
    assert int(refused.headers["Retry-After"]) > 0
    assert (await read(product, database)).count("Subject:") == 5


async def test_the_same_message_sent_again_with_its_key_is_kept_once(product: Product, database: Database) -> None:
    first, again = [await write(product, headers={"Idempotency-Key": "one"}) for _ in range(2)]
    assert first.json() == again.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (await read(product, database)).count("Subject:") == 1


async def test_messages_and_remembered_answers_are_forgotten_in_time(product: Product, database: Database) -> None:
    await write(product, headers={"Idempotency-Key": "one"})
    async with product.infra.engine.begin() as connection:
        await connection.execute(text("select set_config('aion.tenant_id', :none, true)"), {"none": str(NO_TENANT)})
        await connection.execute(text("update idempotency_keys set created_at = created_at - interval '25 hours'"))
        await connection.execute(text("update support_messages set created_at = created_at - interval '366 days'"))
    await jobs.forget(product.infra, Attempt(1, is_last=False))
    assert await read(product, database) == "No messages."
    async with product.infra.open_system_scope(NO_TENANT) as scope:
        assert (await scope.session.execute(text("select count(*) from idempotency_keys"))).scalar() == 0
