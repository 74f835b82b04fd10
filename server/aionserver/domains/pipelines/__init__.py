"""Pipelines: agents one after another and side by side, each on what others found; durable while they run."""
