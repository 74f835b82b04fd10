"""Markdown is read as what it is written in."""

import pytest

from plugins.documents import blocks, code_of, read, told

DOCUMENT = b"""---
title: "The pump"
author: Jane Doe
---
# The **pump** and [its](http://example.org/x) `parts`

It is *red*
and heavy.

Second
------

1. one
2. two
   - inner
   - more

     with a paragraph
3. three

| Part | No. |
|:-----|----:|
| Lid  | 5 |
| Screw \\| nut | 6 |

```python
if x:

    y()
```

> quoted

<!-- not shown --><b>shown</b>
"""


def test_every_kind_of_block_is_known() -> None:
    assert told(DOCUMENT, "Markdown") == [
        "h1: The pump and its parts",
        "paragraph: It is *red* and heavy.",
        "h2: Second",
        "list: 1. one\n2. two\n  - inner\n  - more\n    with a paragraph\n3. three",
        "table: | Part | No. |\n| --- | --- |\n| Lid | 5 |\n| Screw \\| nut | 6 |",
        "code: if x:\n\n    y()",
        "paragraph: quoted",
        "paragraph: shown",
    ]


def test_front_matter_says_title_and_author() -> None:
    reading = read(DOCUMENT, "Markdown")
    assert (reading.title, reading.properties) == ("The pump", {"author": "Jane Doe"})
    assert (reading.has_pages, reading.page_count, reading.next_page) == (False, 1, None)


def test_a_rule_at_the_start_is_no_front_matter() -> None:
    assert told(b"---\nhello\n---\n", "Markdown") == ["h2: hello"]


def test_a_hard_break_stays_a_line_end() -> None:
    assert told(b"one  \ntwo\\\nthree", "Markdown") == ["paragraph: one\ntwo\nthree"]


def test_two_lists_are_two() -> None:
    assert told(b"- a\n- b\n\ntext\n\n* c\n", "Markdown") == ["list: - a\n- b", "paragraph: text", "list: - c"]


@pytest.mark.parametrize("data", [b"", b"\n\n", b"<!-- -->"])
def test_an_empty_document_has_no_blocks(data: bytes) -> None:
    assert blocks(data, "Markdown") == []


@pytest.mark.parametrize(
    "deep", [b"> " * 5000 + b"x", b"- " * 5000 + b"x", b"[" * 20_000 + b"x", b"# " + b"*a" * 20_000]
)
def test_deep_nesting_is_read_in_the_end(deep: bytes) -> None:
    assert code_of(deep, "Markdown") == "read"
