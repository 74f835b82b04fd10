"""Uploads: bytes on their way in, the sessions that many files arrive in, and how far each has come."""
