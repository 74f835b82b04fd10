"""Sessions: people log in, stay logged in, and prove by links sent to them that an address is theirs.

A session is looked up before its tenant is known, so these tables have no row-level security; every query names the
person or the token itself.
"""
