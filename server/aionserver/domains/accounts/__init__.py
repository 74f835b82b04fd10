"""Accounts: tenants, the people in them, and the API keys that act for them.

These tables are read before a tenant is known (a key's row says which it is), so they are the only ones without
row-level security; every query here names the tenant itself.
"""
