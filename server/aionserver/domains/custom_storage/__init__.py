"""Buckets of tenants: where a tenant keeps its own files, instead of in the server's storage.

A tenant has one bucket that new files may go to, and perhaps earlier ones, which are kept readable for as long as files
are in them. Each file knows its bucket by id; none is the server's own storage.
"""
