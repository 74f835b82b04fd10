"""Durable jobs: `queue` writes them, `worker` does them."""
