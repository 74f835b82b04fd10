"""Mail: letters to people, kept in an outbox until a mail server has taken them.

A letter is a row, written in the transaction of what it is about, so it is sent if and only if that happened. Its text
holds links that open an account: it is sealed, and erased once sent.
"""
