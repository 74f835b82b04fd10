"""Chunks: documents split along their structure, and found by words and meaning."""
