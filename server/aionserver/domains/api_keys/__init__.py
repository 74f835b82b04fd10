"""API keys: what programs act by, for a tenant, with what scopes, how often and how long.

A key is looked up before its tenant is known, so its table has no row-level security; every query names the tenant.
"""
