"""Archives: they open anywhere, whatever the names of what is in them."""

import io
import zipfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aionserver.kit.zip_archives import LONGEST_NAME_BYTES, ZipWriter, entry_name, entry_names

NOON = datetime(2024, 5, 6, 12, 30, 58, tzinfo=UTC)
SPECIAL = [
    "..",
    ".",
    "",
    "/etc/passwd",
    "..\\..\\x",
    "con.jpg",
    "NUL",
    "a:b.jpg",
    "x.jpg.",
    ". .",
    "a\u202egpj.exe",
    "\0",
]


def archived(entries: list[tuple[str, datetime, list[bytes]]]) -> bytes:
    with closing(ZipWriter()) as writer:
        return b"".join(pieces_of(writer, entries))


def pieces_of(writer: ZipWriter, entries: list[tuple[str, datetime, list[bytes]]]) -> Iterator[bytes]:
    for name, made_at, contents in entries:
        yield writer.begin(name, made_at, sum(map(len, contents)))
        yield from (writer.write(content) for content in contents)
    yield writer.finish()


@given(st.lists(st.tuples(st.text(max_size=300), st.lists(st.binary(max_size=50), max_size=3)), max_size=6))
def test_whatever_goes_in_comes_out(files: list[tuple[str, list[bytes]]]) -> None:
    names = entry_names(name.encode("utf-8", "replace").decode() for name, _ in files)
    data = archived([(name, NOON, contents) for name, (_, contents) in zip(names, files, strict=True)])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == names
        assert [archive.read(name) for name in names] == [b"".join(contents) for _, contents in files]


@given(
    st.lists(
        st.one_of(st.sampled_from(SPECIAL), st.sampled_from(["a.jpg", "A.JPG", "a (2).jpg"]), st.text()), max_size=8
    )
)
def test_names_lead_nowhere_else_and_are_different_everywhere(names: list[str]) -> None:
    found = entry_names(name.encode("utf-8", "replace").decode() for name in names)
    assert len({name.casefold() for name in found}) == len(names)
    for name in found:
        assert name.strip(". ") and not name.startswith(".") and not set('/\\:*?"<>|\0\u202e') & set(name)
        assert len(name.encode()) <= LONGEST_NAME_BYTES


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("beach.jpg", "beach.jpg"),
        ("写真.png", "写真.png"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("con.jpg", "_con.jpg"),
        ("Com1", "_Com1"),
        ("console.jpg", "console.jpg"),
        ("what?.jpg", "what_.jpg"),
        (".hidden.jpg", "hidden.jpg"),
        ("..", "file"),
        ("é" * 200 + ".jpeg", "é" * 125 + ".jpeg"),
        ("x" * 300, "x" * 255),
        ("a." + "x" * 300, "a." + "x" * 253),
    ],
)
def test_a_name_stays_itself_as_far_as_it_may(name: str, read: str) -> None:
    assert entry_name(name) == read


def test_equal_names_are_numbered_and_keep_their_suffix() -> None:
    assert entry_names(["a.jpg", "A.jpg", "a (2).jpg", "a.jpg"]) == ["a.jpg", "A (2).jpg", "a (2) (2).jpg", "a (3).jpg"]
    long = "x" * 251 + ".jpg"
    assert entry_names([long, long])[1] == "x" * 247 + " (2).jpg"


def test_one_that_is_given_up_leaves_nothing_open() -> None:
    with closing(ZipWriter()) as writer:
        writer.begin("a.jpg", NOON, 2)
        writer.write(b"x")


@pytest.mark.parametrize(
    ("made_at", "year"),
    [(NOON, 2024), (datetime(1, 1, 1, 5, tzinfo=UTC), 1980), (datetime(9999, 12, 31, tzinfo=UTC), 2107)],
)
def test_moments_are_kept_as_far_as_archives_know_them(made_at: datetime, year: int) -> None:
    with zipfile.ZipFile(io.BytesIO(archived([("a", made_at, [b"x"])]))) as archive:
        assert archive.getinfo("a").date_time[0] == year


def test_nothing_is_held_back_but_the_list_at_the_end() -> None:
    piece = bytes(1 << 20)
    with closing(ZipWriter()) as writer:
        writer.begin("a.jpg", NOON, 5 << 30)
        assert all(len(writer.write(piece)) == len(piece) for _ in range(20))
        assert len(writer.finish()) < 500
