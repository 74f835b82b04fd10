"""Pages of a longer list."""


def has_more(offset: int, shown: int, total: int) -> bool:
    """Whether anything follows the page that starts at `offset` and shows `shown` of `total`."""
    return offset + shown < total
