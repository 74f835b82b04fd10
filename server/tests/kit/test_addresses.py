"""E-mail addresses, and addresses of mail servers."""

import pytest

from aionserver.kit.addresses import is_address, parse_sender
from aionserver.kit.smtp_urls import SmtpServer, parse_smtp_url


@pytest.mark.parametrize(
    "text",
    [
        "ada@example.org",
        "ada.l+tag_1'x@mail.example.co.uk",
        "owner@aionvision.local",
        "root@localhost",
        "jörg@bücher.example",
        f"{'a' * 64}@example.org",
    ],
)
def test_what_is_an_address_is_taken(text: str) -> None:
    assert is_address(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ada",
        "@example.org",
        "ada@",
        "ada@@example.org",
        "ada@example..org",
        "ada@-example.org",
        "ada@example.org\n",
        "ada@example.org\r\nBcc: eve@example.org",
        "ada@example.org, eve@example.org",
        "Ada <ada@example.org>",
        '"ada lovelace"@example.org',
        "ada\0@example.org",
        "ada\u2028@example.org",
        "ada\u202e@example.org",
        "ada\ud800@example.org",
        "ada@exa\ud800mple.org",
        f"{'a' * 65}@example.org",
        f"ada@{'.'.join(['a' * 50] * 6)}",
    ],
)
def test_what_is_no_address_or_more_than_one_is_refused(text: str) -> None:
    assert not is_address(text)


def test_a_sender_is_an_address_with_or_without_a_name() -> None:
    assert parse_sender("no-reply@example.org") == ("", "no-reply@example.org")
    assert parse_sender("Vision Ltd <no-reply@example.org>") == ("Vision Ltd", "no-reply@example.org")
    assert parse_sender('"Vision, Ltd" <no-reply@example.org>') == ("Vision, Ltd", "no-reply@example.org")
    for wrong in ("Vision", "a@b.example\nBcc: c@d.example", ""):
        with pytest.raises(ValueError, match="must be an e-mail address"):
            parse_sender(wrong)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://relay", SmtpServer("relay", 25, None, None, is_tls=False, must_encrypt=False)),
        ("smtp://relay:2525/", SmtpServer("relay", 2525, None, None, is_tls=False, must_encrypt=False)),
        ("smtp://me:secret@relay:587", SmtpServer("relay", 587, "me", "secret", is_tls=False, must_encrypt=True)),
        ("smtp://me:x@127.0.0.1", SmtpServer("127.0.0.1", 25, "me", "x", is_tls=False, must_encrypt=False)),
        ("smtp://me:x@[::1]:25", SmtpServer("::1", 25, "me", "x", is_tls=False, must_encrypt=False)),
        ("smtp+starttls://relay", SmtpServer("relay", 587, None, None, is_tls=False, must_encrypt=True)),
        (
            "smtps://me%40example.org:p%2Fq%40r@relay",
            SmtpServer("relay", 465, "me@example.org", "p/q@r", is_tls=True, must_encrypt=True),
        ),
    ],
)
def test_the_url_of_a_mail_server_says_how_to_reach_it(url: str, expected: SmtpServer) -> None:
    assert parse_smtp_url(url) == expected


@pytest.mark.parametrize(
    "url", ["relay", "http://relay", "smtp://", "smtp://u:sec/ret@relay", "smtp://relay:port", "smtp://relay/?tls=1"]
)
def test_any_other_url_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(ValueError) as refused:
        parse_smtp_url(url)
    assert "relay" not in str(refused.value)


def test_a_password_is_not_shown_with_its_server() -> None:
    assert "secret" not in repr(parse_smtp_url("smtp://me:secret@relay"))
