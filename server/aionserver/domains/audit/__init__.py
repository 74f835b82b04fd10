"""The audit log: who changed what, when and whence, and what was refused to whom.

Every noun says what it did by publishing `Audited`; an entry is written in the same transaction, so that it is there if
and only if the change is. The application's role may add entries and read them, and nothing else; the old ones go by a
function of the database that touches no young one.
"""
