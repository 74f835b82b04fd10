"""Usage: what was consumed, charged once for each thing done, and what a plan still allows."""
