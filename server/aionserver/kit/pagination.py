"""Pages of a longer list."""

# Far beyond any library, and within what the database counts with.
LARGEST_OFFSET = 2**31 - 1


def has_more(offset: int, shown: int, total: int) -> bool:
    """Whether anything follows the page that starts at `offset` and shows `shown` of `total`."""
    return offset + shown < total
