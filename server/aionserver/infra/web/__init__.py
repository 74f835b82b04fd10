"""The HTTP side that every noun shares: callers, scopes, errors, multipart bodies, objects, the API reference."""
