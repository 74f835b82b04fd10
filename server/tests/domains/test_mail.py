"""Mail: written with what it is about, sent by a real mail server or read out to the operator, then erased."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from pydantic import SecretStr, ValidationError
from sqlalchemy import text
from structlog.testing import capture_logs

from aionserver import cli, mailbox
from aionserver.domains.mail import jobs
from aionserver.domains.mail import service as mail
from aionserver.infra.actors import NO_TENANT
from aionserver.infra.database import open_session
from aionserver.infra.embedded_postgres import DatabaseUrls
from aionserver.infra.errors import InvalidInput, NotConfigured
from aionserver.infra.job_worker import Attempt
from aionserver.infra.settings import Settings
from plugins.database import Database
from plugins.product import Product, Tenant
from plugins.smtp import MailServer, receiving

ADA = "ada@example.org"
LINK = "https://vision.example.org/reset?token=1234567890"
ONCE = Attempt(1, is_last=False)


async def ask(product: Product, query: str, **values: Any) -> list[Any]:
    """The rows of a query."""
    async with product.infra.engine.begin() as connection:
        found = await connection.execute(text(query), values)
        return list(found.all()) if found.returns_rows else []


async def row(product: Product) -> Any:
    """The only letter."""
    (found,) = await ask(product, "select * from outbox_mails")
    return found


async def write(product: Product, recipient: str = ADA, subject: str = "Hello", **more: Any) -> UUID:
    async with product.infra.open_system_scope(NO_TENANT) as scope:
        return await mail.send(scope, "tests", recipient, subject, f"Open this:\n\n{LINK}\n", LINK, **more)


async def waiting_jobs(product: Product) -> int:
    return (await ask(product, "select count(*) from procrastinate_jobs where status = 'todo'"))[0][0]


async def retry_now(product: Product) -> None:
    """Let the time pass that tries are apart, and do what waits."""
    await ask(product, "update procrastinate_jobs set scheduled_at = now() where status = 'todo'")
    await product.do_jobs()


def later(product: Product, **time: float) -> None:
    """Set the product's clock forward."""
    before = product.infra.clock
    product.infra.clock = lambda: before() + timedelta(**time)


def use(product: Product, url: str, mail_from: str = "Vision <no-reply@vision.example.org>") -> None:
    """Set the mail server."""
    changes = {"smtp_url": SecretStr(url), "mail_from": mail_from}
    product.infra.settings = product.infra.settings.model_copy(update=changes)


def context(certificate: Path) -> ssl.SSLContext:
    """What a mail server encrypts with."""
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate)
    return tls


@pytest_asyncio.fixture
async def server(product: Product) -> AsyncIterator[MailServer]:
    """A mail server that the product uses, with a login."""
    async with receiving(MailServer(users={"me": "p/w"})) as found:
        use(product, f"smtp://me:p%2Fw@{found.place}")
        yield found


async def test_a_letter_exists_if_and_only_if_its_transaction_commits(product: Product, server: MailServer) -> None:
    async with product.infra.open_system_scope(NO_TENANT) as scope:
        await mail.send(scope, "tests", ADA, "Hello", "Never")
        await scope.session.rollback()
    await product.do_jobs()
    assert (await ask(product, "select * from outbox_mails"), server.letters) == ([], [])
    await write(product)
    assert server.letters == []
    await product.do_jobs()
    assert len(server.letters) == 1


async def test_a_letter_is_handed_in_with_what_a_good_letter_has(product: Product, server: MailServer) -> None:
    mail_id = await write(product, subject="Grüße — 你好", reply_to="grace@example.org")
    before = await row(product)
    await product.do_jobs()
    (letter,), (envelope,) = server.letters, server.envelopes
    assert (envelope.mail_from, envelope.rcpt_tos) == ("no-reply@vision.example.org", [ADA])
    assert server.logins == [("me", False)]
    assert letter["From"] == "Vision <no-reply@vision.example.org>"
    assert (letter["To"], letter["Reply-To"], letter["Subject"]) == (ADA, "grace@example.org", "Grüße — 你好")
    assert letter["Message-ID"] == f"<{mail_id}@vision.example.org>"
    assert letter["Date"].datetime == before.created_at.replace(microsecond=0)
    assert (letter["Auto-Submitted"], letter["MIME-Version"]) == ("auto-generated", "1.0")
    assert letter.get_content_type() == "text/plain"
    assert letter.get_content().splitlines() == ["Open this:", "", LINK]


async def test_a_letter_to_a_tenant_s_user_is_sent_like_any_other(
    product: Product, tenant: Tenant, server: MailServer
) -> None:
    async with product.infra.open_system_scope(tenant.id) as scope:
        await mail.send(scope, "tests", ADA, "Hello", "Für Größe, in a line that is longer than " + "x" * 1200)
    await product.do_jobs()
    assert server.letters[0].get_content().startswith("Für Größe, in a line")


async def test_what_a_letter_says_is_sealed_and_erased_once_sent(product: Product, server: MailServer) -> None:
    await write(product)
    before = await row(product)
    assert LINK.encode() not in before.sealed_body
    await product.do_jobs()
    after = await row(product)
    assert (after.sealed_body, after.attempts, after.last_error) == (None, 1, None)
    assert after.sent_at is not None


async def test_a_letter_is_sent_once_however_often_its_job_runs(product: Product, server: MailServer) -> None:
    mail_id = await write(product)
    for _ in range(2):
        await asyncio.gather(*(jobs.send(product.infra, ONCE, str(mail_id), str(NO_TENANT)) for _ in range(4)))
    assert len(server.letters) == 1


async def test_a_letter_whose_sender_was_killed_before_the_commit_is_recognised(
    product: Product, server: MailServer
) -> None:
    mail_id = await write(product)
    sealed = (await row(product)).sealed_body
    await product.do_jobs()
    # What the database holds when a worker dies between the mail server's word and its own commit:
    await ask(product, "update outbox_mails set sent_at = null, sealed_body = :sealed", sealed=sealed)
    later(product, minutes=5)
    await jobs.send(product.infra, ONCE, str(mail_id), str(NO_TENANT))
    first, second = server.letters
    assert first.as_bytes() == second.as_bytes()


async def test_a_letter_that_is_taken_later_is_tried_again(product: Product, server: MailServer) -> None:
    server.answers = ["451 Greylisted, come again"]
    await write(product)
    await product.do_jobs()
    refused = await row(product)
    assert (refused.sent_at, refused.attempts, refused.last_error) == (None, 1, "451 Greylisted, come again")
    assert await waiting_jobs(product) == 1
    await retry_now(product)
    assert (await row(product)).sent_at is not None
    assert server.letters[0]["Message-ID"] == server.letters[1]["Message-ID"]


@pytest.mark.parametrize("at", ["recipient", "text"])
async def test_a_letter_that_is_refused_for_good_is_given_up(product: Product, server: MailServer, at: str) -> None:
    server.refused = {ADA: "550 5.1.1 No such person"} if at == "recipient" else {}
    server.answers = ["550 5.1.1 No such person"]
    await write(product)
    await product.do_jobs()
    refused = await row(product)
    assert (refused.sent_at, refused.last_error, refused.attempts) == (None, "550 5.1.1 No such person", 1)
    assert refused.given_up_at is not None
    assert await waiting_jobs(product) == 0


async def test_after_its_tries_a_letter_is_taken_up_again_until_it_is_of_no_use(product: Product) -> None:
    async with receiving(MailServer()) as server:
        use(product, f"smtp://{server.place}")
    mail_id = await write(product)
    await ask(product, "delete from procrastinate_jobs")
    with capture_logs() as lines:
        await jobs.send(product.infra, Attempt(8, is_last=True), str(mail_id), str(NO_TENANT))
    assert [line["event"] for line in lines] == ["mail_waits"]
    await jobs.forget(product.infra, ONCE)
    for _ in range(2):  # one job, however often it is looked for
        await jobs.resume(product.infra, ONCE)
    assert await waiting_jobs(product) == 1
    async with receiving(server):
        await product.do_jobs()
    assert (await row(product)).sent_at is not None


async def test_a_letter_that_was_not_sent_within_a_day_is_given_up(product: Product) -> None:
    use(product, "smtp://127.0.0.1:9")
    await write(product)
    later(product, hours=25)
    await ask(product, "delete from procrastinate_jobs")
    await jobs.resume(product.infra, ONCE)
    await jobs.forget(product.infra, ONCE)
    assert await waiting_jobs(product) == 0
    given_up = await row(product)
    assert given_up.last_error == "It was not sent within a day."
    assert given_up.given_up_at is not None


async def test_letters_are_forgotten_after_a_month_and_unsent_ones_after_a_week(
    product: Product, server: MailServer
) -> None:
    await write(product, "sent@example.org")
    await product.do_jobs()
    await write(product, "unsent@example.org")
    seen: list[list[str]] = []
    for days in (0, 8, 23):
        later(product, days=days)
        await jobs.forget(product.infra, ONCE)
        seen.append([one.recipient for one in await ask(product, "select recipient from outbox_mails order by id")])
    assert seen == [["sent@example.org", "unsent@example.org"], ["sent@example.org"], []]


async def test_without_a_mail_server_the_operator_finds_the_link_in_the_log(product: Product) -> None:
    await write(product, subject="Choose a new password")
    with capture_logs() as lines:
        await product.do_jobs()
    told = [line for line in lines if line["event"] == "mail_not_configured"]
    assert [(one["recipient"], one["subject"], one["link"]) for one in told] == [(ADA, "Choose a new password", LINK)]
    assert await waiting_jobs(product) == 0
    await jobs.resume(product.infra, ONCE)
    assert await waiting_jobs(product) == 0


async def test_letters_written_before_a_mail_server_was_set_are_sent(product: Product) -> None:
    await write(product)
    await product.do_jobs()
    async with receiving(MailServer()) as server:
        use(product, f"smtp://{server.place}")
        await jobs.resume(product.infra, ONCE)
        await product.do_jobs()
    assert len(server.letters) == 1


@pytest.mark.parametrize(
    "recipient", ["ada@example.org\r\nBcc: eve@example.org", "ada@example.org, eve@example.org", "ada"]
)
async def test_a_letter_goes_to_one_address_and_nothing_else(product: Product, recipient: str) -> None:
    with pytest.raises(InvalidInput):
        await write(product, recipient)
    with pytest.raises(InvalidInput):
        await write(product, reply_to=recipient)


async def test_what_is_in_a_subject_stays_in_the_subject(product: Product, server: MailServer) -> None:
    await write(product, subject="Hello\r\nBcc: eve@example.org\r\n\r\nGive me your password\0\u2028" + "x" * 500)
    await product.do_jobs()
    (letter,) = server.letters
    assert letter["Bcc"] is None
    assert letter["Subject"].startswith("Hello Bcc: eve@example.org Give me your password x")
    assert len(letter["Subject"]) == 200
    assert server.envelopes[0].rcpt_tos == [ADA]


async def test_an_address_with_letters_of_other_alphabets_gets_its_letter(product: Product, server: MailServer) -> None:
    await write(product, "jörg@bücher.example")
    await product.do_jobs()
    assert server.envelopes[0].rcpt_tos == ["jörg@bücher.example"]


async def test_a_letter_sealed_under_another_secret_is_given_up_and_listed_without_its_text(
    product: Product, server: MailServer
) -> None:
    await write(product)
    product.infra.secret = b"x" * 32
    await product.do_jobs()
    assert server.letters == []
    assert "AIONVISION_SECRET_KEY" in (await row(product)).last_error
    async with open_session(product.infra.engine) as session:
        (listed,) = await mail.list_mails(session, product.infra.secret, 10, with_sent=False)
    assert (listed.text, listed.link, listed.state) == (None, None, "given up")


async def test_the_mail_server_is_found_in_order_or_what_is_wrong_is_said(product: Product) -> None:
    with pytest.raises(NotConfigured, match="AIONVISION_SMTP_URL"):
        await mail.check_smtp(product.infra)
    async with receiving(MailServer(users={"me": "right"})) as server:
        use(product, f"smtp://me:right@{server.place}")
        assert await mail.check_smtp(product.infra) is None
        use(product, f"smtp://me:wrong@{server.place}")
        assert "535" in (await mail.check_smtp(product.infra) or "")
    assert server.place.partition(":")[2] in (await mail.check_smtp(product.infra) or "")


async def test_a_letter_waits_while_the_login_at_the_mail_server_is_wrong(product: Product) -> None:
    async with receiving(MailServer(users={"me": "right"})) as server:
        use(product, f"smtp://me:wrong@{server.place}")
        await write(product)
        await product.do_jobs()
        assert (await row(product)).given_up_at is None
        use(product, f"smtp://me:right@{server.place}")
        await retry_now(product)
        assert (await row(product)).sent_at is not None


@pytest.mark.parametrize("scheme", ["smtp+starttls", "smtps"])
async def test_a_password_is_sent_encrypted_to_a_server_that_proves_who_it_is(
    product: Product, certificate: Path, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    async with receiving(MailServer(users={"me": "pw"}), context(certificate), from_start=scheme == "smtps") as server:
        use(product, f"{scheme}://me:pw@{server.place}")
        assert "certificate" in (await mail.check_smtp(product.infra) or "").lower()
        assert server.logins == []
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        await write(product)
        await product.do_jobs()
        assert (len(server.letters), server.logins) == (1, [("me", True)])


async def test_a_server_that_cannot_encrypt_gets_nothing_where_encryption_is_asked_for(product: Product) -> None:
    async with receiving(MailServer(users={"me": "pw"})) as server:
        use(product, f"smtp+starttls://me:pw@{server.place}")
        await write(product)
        await product.do_jobs()
        assert (server.letters, server.logins) == ([], [])
        assert (await row(product)).given_up_at is None


async def test_a_relay_that_offers_starttls_need_not_prove_who_it_is(product: Product, certificate: Path) -> None:
    async with receiving(MailServer(), context(certificate)) as server:
        use(product, f"smtp://{server.place}")
        await write(product)
        await product.do_jobs()
        assert len(server.letters) == 1


async def test_the_outbox_says_how_it_stands(product: Product) -> None:
    assert await mail.outbox_status(product.infra) == mail.OutboxStatus(
        configured=False, pending=0, sent_last_day=0, failed=0, oldest_pending_seconds=None
    )
    async with receiving(MailServer(refused={"nobody@example.org": "550 No such person"})) as server:
        use(product, f"smtp://{server.place}")
        for recipient in (ADA, "grace@example.org", "nobody@example.org"):
            await write(product, recipient)
        await product.do_jobs()
    await write(product)
    now = product.infra.clock()
    await ask(product, "update outbox_mails set created_at = :then where sent_at is null", then=now)
    product.infra.clock = lambda: now + timedelta(seconds=90)
    assert await mail.outbox_status(product.infra) == mail.OutboxStatus(
        configured=True, pending=1, sent_last_day=2, failed=1, oldest_pending_seconds=90.0
    )
    later(product, days=2)
    assert (await mail.outbox_status(product.infra)).sent_last_day == 0


async def test_the_operator_reads_letters_that_were_not_sent_and_on_request_what_was(
    product: Product, database: Database, server: MailServer
) -> None:
    await write(product, "sent@example.org")
    await product.do_jobs()
    await write(product, "first@example.org", "First")
    async with product.infra.open_system_scope(NO_TENANT) as scope:
        await mail.send(scope, "tests", "second@example.org", "Second", "Red \x1b[31malert\nBell \a")
    settings, urls = product.infra.settings, DatabaseUrls(database.owner_url, database.app_url)
    shown = await asyncio.to_thread(mailbox.letters, urls, settings, 50, with_sent=False)
    assert "sent@example.org" not in shown
    assert shown.index("second@example.org") < shown.index("first@example.org")
    assert f"    Subject: First\n    Link:    {LINK}" in shown
    assert "    Red �[31malert\n    Bell �" in shown
    everything = await asyncio.to_thread(mailbox.letters, urls, settings, 50, with_sent=True)
    assert everything.endswith("sent      sent@example.org\n    Subject: Hello")
    newest = await asyncio.to_thread(mailbox.letters, urls, settings, 1, with_sent=True)
    assert newest.count("Subject:") == 1


async def test_the_command_mails_prints_the_link(
    product: Product, database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    await write(product)
    monkeypatch.setenv("AIONVISION_DATABASE_URL", database.app_url)

    def command() -> None:
        with pytest.raises(SystemExit) as left:
            cli.main(["mails", "--data-dir", str(product.infra.settings.data_dir)])
        assert left.value.code == 0

    await asyncio.to_thread(command)
    assert LINK in capsys.readouterr().out


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"smtp_url": "smtp://relay"}, "AIONVISION_MAIL_FROM"),
        ({"smtp_url": "http://u:secret@relay", "mail_from": "a@b.example"}, "smtp"),
        ({"mail_from": "nobody"}, "e-mail address"),
        ({"support_email": "nobody"}, "e-mail address"),
    ],
)
def test_settings_that_cannot_send_mail_are_refused(given: dict[str, str], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Settings.model_validate(given)


@pytest.mark.parametrize("name", ["Ada Lovelace", "J.R.R. Tolkien", "Müller & Söhne GmbH", "O'Neil-Smith, Jr."])
def test_a_letter_greets_by_name(name: str) -> None:
    assert mail.texts.reset_password(name, LINK, 1)[1].startswith(f"Hello {name},\n")


@pytest.mark.parametrize("name", ["", None, "http://evil.example", "Visit evil.example now", "www.evil", "a@b", "x/y"])
def test_a_letter_shows_no_name_that_could_be_taken_for_an_address(name: str | None) -> None:
    subject, body = mail.texts.invitation(name, name, "viewer", LINK, 72)
    assert mail.texts.reset_password(name, LINK, 1)[1].startswith("Hello,\n")
    assert "evil" not in subject + body


def test_every_letter_says_how_long_its_link_works_and_what_to_do_if_it_was_not_you() -> None:
    texts, now = mail.texts, datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
    linked = [
        texts.verify_email("Ada", LINK, 24),
        texts.change_email("Ada", LINK, 2),
        texts.reset_password("Ada", LINK, 1),
    ]
    linked.append(texts.invitation("Grace", "Harvard", "editor", LINK, 72))
    lasting = ["for 1 day.", "for 2 hours.", "for 1 hour.", "for 3 days."]
    for (subject, body), time in zip(linked, lasting, strict=True):
        assert f"\n{LINK}\n" in body and time in body and "ignore this letter" in body
        assert subject == subject.strip() and len(subject) < 70
    told = [texts.password_changed("Ada", now), texts.sign_in_locked("Ada", now, 15)]
    told.append(texts.identity_linked("Ada", "ada@gmail.example", now))
    for _, body in [*told, texts.email_change_notice("Ada", "new@example.org")]:
        assert "If it was you" in body and "If it wasn't" in body
    assert all("24 November 2026 at 09:30 UTC" in body for _, body in told)
    assert "ada@gmail.example" in told[-1][1]
    assert "new@example.org" in texts.email_change_notice("Ada", "new@example.org")[1]
    assert "Log in as usual" in texts.invitation("Grace", "Harvard", "editor", None, 72)[1]
