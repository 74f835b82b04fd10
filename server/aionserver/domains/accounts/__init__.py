"""Accounts: tenants, and the people in them with their roles.

These tables are read before a tenant is known (a session's row says whose it is), so they have no row-level security;
every query here names the tenant or the person itself.
"""
