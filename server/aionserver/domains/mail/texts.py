"""What letters say: each function returns subject and text.

Names come from outside and go to people who may not know who gave them: what could pass for an address is left out.
"""

import re
from datetime import datetime

from aionserver.domains.mail.letters import one_line

PRODUCT = "Aionvision"
LONGEST_NAME = 80
Letter = tuple[str, str]
_LIKE_AN_ADDRESS = re.compile(r"[/@\\]|\w\.\w{2,}|www\.", re.IGNORECASE)


def shown_name(name: str | None) -> str:
    """A name as a letter may show it; empty when there is none, or it could be taken for an address."""
    line = one_line(name or "", LONGEST_NAME)
    return "" if _LIKE_AN_ADDRESS.search(line) else line


def _letter(subject: str, name: str | None, *paragraphs: str) -> Letter:
    greeting = f"Hello {shown_name(name)}," if shown_name(name) else "Hello,"
    return subject, "\n\n".join([greeting, *paragraphs, f"{PRODUCT}\n"])


def _valid(hours: int) -> str:
    days, rest = divmod(hours, 24)
    amount, unit = (days, "day") if days and not rest else (hours, "hour")
    return f"The link works once, for {amount} {unit}{'' if amount == 1 else 's'}."


def verify_email(name: str | None, link: str, valid_hours: int) -> Letter:
    """To a new user: confirm the address."""
    return _letter(
        f"Confirm your e-mail address for {PRODUCT}",
        name,
        f"welcome to {PRODUCT}. Please confirm that this is your e-mail address:",
        link,
        _valid(valid_hours),
        "If you did not sign up, ignore this letter: without the link the address is not used.",
    )


def address_known(name: str | None, link: str, valid_hours: int) -> Letter:
    """To who has an account: somebody tried to register with the address."""
    return _letter(
        f"You have an account with {PRODUCT} already",
        name,
        f"somebody wanted to register for {PRODUCT} with this address, which has an account already. Nothing was"
        " changed.",
        f"If it was you, log in as usual. If you forgot the password, or never chose one, choose it here:\n\n{link}",
        _valid(valid_hours),
        "If it wasn't you, there is nothing to do.",
    )


def change_email(name: str | None, link: str, valid_hours: int) -> Letter:
    """To a new address: confirm the change."""
    return _letter(
        f"Confirm your new e-mail address for {PRODUCT}",
        name,
        f"you want to use this address for your {PRODUCT} account. Please confirm it:",
        link,
        f"{_valid(valid_hours)} Until then your old address stays in use.",
        "If you did not ask for this, ignore this letter: nothing changes.",
    )


def email_change_notice(name: str | None, new_email: str) -> Letter:
    """To the old address: somebody asked for another."""
    return _letter(
        f"Your {PRODUCT} e-mail address is about to change",
        name,
        f"somebody who is logged in to your {PRODUCT} account asked to change its e-mail address to:",
        one_line(new_email),
        "It changes when the link sent there is opened.",
        "If it was you, there is nothing to do. If it wasn't, change your password now: that ends all other sessions.",
    )


def reset_password(name: str | None, link: str, valid_hours: int) -> Letter:
    """To who forgot the password."""
    return _letter(
        f"Choose a new password for {PRODUCT}",
        name,
        f"somebody asked for a new password for your {PRODUCT} account. Choose it here:",
        link,
        _valid(valid_hours),
        "If it wasn't you, ignore this letter: your password stays as it is.",
    )


def invitation(inviter: str | None, organisation: str | None, role: str, link: str | None, valid_hours: int) -> Letter:
    """To who is invited; `link` sets the first password, and is None for who has an account."""
    who, where = shown_name(inviter) or "Somebody", shown_name(organisation) or f"an organisation on {PRODUCT}"
    how = [f"You can join here, and choose a password:\n\n{link}", _valid(valid_hours)] if link else []
    return _letter(
        f"You are invited to {where}",
        None,
        f"{who} invited you to work in {where}, on {PRODUCT}, with the role '{role}'.",
        *(how or ["Log in as usual: you will find it among your organisations."]),
        "If you don't know what this is about, ignore this letter"
        + (": without the link nothing happens." if link else ", or ask who sent it."),
    )


def password_changed(name: str | None, when: datetime) -> Letter:
    """After a change of the password."""
    return _letter(
        f"Your {PRODUCT} password was changed",
        name,
        f"the password of your {PRODUCT} account was changed on {_moment(when)}.",
        "If it was you, there is nothing to do.",
        "If it wasn't, choose a new one at once by 'Forgot password' where you log in, and tell whoever runs the"
        " server.",
    )


def identity_linked(name: str | None, email: str, when: datetime) -> Letter:
    """After another way to sign in was added."""
    return _letter(
        f"Your {PRODUCT} account can be entered with Google",
        name,
        f"on {_moment(when)} your {PRODUCT} account was linked to the Google account {one_line(email)}, which can enter"
        " it from now on.",
        "If it was you, there is nothing to do.",
        "If it wasn't, change your password at once, unlink the Google account, and tell whoever runs the server.",
    )


def sign_in_locked(name: str | None, when: datetime, minutes: int) -> Letter:
    """After too many wrong passwords."""
    return _letter(
        f"Too many wrong passwords for your {PRODUCT} account",
        name,
        f"on {_moment(when)} somebody tried too many wrong passwords for your {PRODUCT} account. Logging in from"
        f" there is paused for {minutes} minute{'' if minutes == 1 else 's'}.",
        "If it was you, wait, or choose a new password by 'Forgot password' where you log in.",
        "If it wasn't, there is nothing to do: nobody got in. A long password that you use nowhere else keeps it so.",
    )


def support_copy(name: str, email: str, subject: str, message: str) -> Letter:
    """To those who run the server: a message from the contact form."""
    sender = f"From:    {one_line(name)} <{email}>\nSubject: {one_line(subject)}"
    text = f"Somebody wrote through the contact form. Answers to this letter go to them.\n\n{sender}\n\n{message}\n"
    return f"[{PRODUCT} support] {one_line(subject)}", text


def _moment(when: datetime) -> str:
    return f"{when:%d %B %Y at %H:%M} UTC"
