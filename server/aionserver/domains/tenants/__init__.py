"""Tenants: the settings of an organisation, what its plan allows, and who works in it with what role."""
