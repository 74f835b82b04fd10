"""The database's schema, one revision after the other; run by `aionvision migrate` and at every start."""
