"""The HTTP side that every noun shares: callers, scopes, errors, request ids, multipart bodies, objects, the API reference."""
