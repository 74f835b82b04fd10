"""What a task is about, the groups that it names, and the folder that a file goes to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aionserver.kit.filing import Known, folders_for
from aionserver.kit.spoken.groups import groups_named
from aionserver.kit.spoken.tasks import about, parts_of, title_of_task


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Sort them into invoices, contracts and manuals", ("invoices", "contracts", "manuals")),
        ("categorize as invoices or contracts", ("invoices", "contracts")),
        ("put these into two groups: pumps and filters.", ("pumps", "filters")),
        ("file under “Taxes 2023” and “Home insurance”", ("Taxes 2023", "Home insurance")),
        ("sort into cats, Cats, dogs", ("cats", "dogs")),
        ("Create folders for cats and dogs and move the photos there", ("cats", "dogs")),
        ("Create a folder called Black and White", ()),
        ("sort into folders by year", ()),
        ("move these into the folder Holidays", ()),
        ("Organize my photos", ()),
        ("sort them into what you think is best for me and for everybody who reads this", ()),
    ],
)
def test_groups_are_read_out_of_a_request(text: str, expected: tuple[str, ...]) -> None:
    assert groups_named(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Write a report on damaged poles and what to do", "damaged poles and what to do"),
        ("Please create a short safety report", "safety report"),
        ("Summarize these documents", ""),
        ("analyze these documents and compare payment terms", "payment terms"),
        ("What does the warranty cover?", "What does the warranty cover"),
        ("pump maintenance", "pump maintenance"),
    ],
)
def test_a_task_is_about_what_is_left_without_its_order(text: str, expected: str) -> None:
    assert about(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("animals in my photos and how to maintain the pump", ("animals", "how to maintain the pump")),
        ("damaged poles, and what does the manual say", ("damaged poles", "what does the manual say")),
        ("payment terms", ("payment terms",)),
        ("dogs in my pictures", ("dogs",)),
        ("", ()),
    ],
)
def test_a_subject_is_looked_for_part_by_part(text: str, expected: tuple[str, ...]) -> None:
    assert parts_of(text) == expected


def test_a_title_is_plain_and_never_empty() -> None:
    assert title_of_task("Report on [cats](http://evil.example) <b>now</b>", "Report") == "Cats now"
    assert title_of_task("Summarize these", "Report") == "Report"


def test_files_go_where_what_is_known_of_them_says() -> None:
    cat = Known("image", ["cat", "sofa"], "2023-05-04T10:00", "X-T5", "JPEG")
    dog = Known("image", ["dog", "cat"], "2024-01-02", "", "PNG")
    note = Known("document", [], "2024-01-02", "", "PDF")
    files = [cat, dog, note]
    assert folders_for(files, "tag") == ["Cat", "Cat", ""]
    assert folders_for(files, "year") == ["2023", "2024", "2024"]
    assert folders_for(files, "month") == ["2023-05", "2024-01", "2024-01"]
    assert folders_for(files, "kind") == ["Pictures", "Pictures", "Documents"]
    assert folders_for(files, "camera") == ["X-T5", "", ""]
    assert folders_for(files, "format") == ["JPEG", "PNG", "PDF"]


def test_what_can_be_no_folder_is_none() -> None:
    assert folders_for([Known("image", ["a\u202eb"]), Known("image", ["a\u202eb"])], "tag") == ["", ""]


@given(st.text(max_size=2_000))
def test_any_text_is_read(text: str) -> None:
    assert len(groups_named(text)) != 1
    assert len(title_of_task(text, "Report")) <= 90 and about(text) == about(text).strip()
