"""Keys of tenants for providers of language models: with one, the assistant answers at the tenant's own expense.

The operator says which models may be used so. A key goes to its provider's address, or to where the operator's settings
say, and never to an address that a tenant has given.
"""
