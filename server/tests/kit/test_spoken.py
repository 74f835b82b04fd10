"""What people say, taken apart: what they want, of what, when, which, and of what they spoke before."""

import time
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aionserver.kit.spoken.filters import narrow
from aionserver.kit.spoken.following import before_it, put_instead
from aionserver.kit.spoken.intents import file_names, read_request, split_request
from aionserver.kit.spoken.references import Reference, find_reference
from aionserver.kit.spoken.times import find_days

TODAY = date(2026, 11, 28)  # a Saturday


@pytest.mark.parametrize(
    ("words", "intent", "subject"),
    [
        ("find photos of dogs", "find", "dogs"),
        ("Could you please show me pictures of a red car?", "find", "red car"),
        ("which photos show damaged poles", "find", "damaged poles"),
        ("is there a photo of the eiffel tower?", "find", "eiffel tower"),
        ("documents about insurance", "find", "insurance"),
        ("find my pictures showing a bicycle in front of a wall", "find", "bicycle in front of a wall"),
        ('screenshots that say "error"', "find", 'screenshots that say "error"'),
        ("sunset over the sea", "find", "sunset over the sea"),
        ("How often should the filter be changed?", "ask", "How often should the filter be changed"),
        ("What is the maximum pressure of the pump?", "ask", "maximum pressure of the pump"),
        ("tell me about the pump", "ask", "pump"),
        ("how do I delete a file?", "ask", None),
        ("I can't get the pump to start", "ask", None),
        ("We moved to another town.", "ask", None),
        ("sunset", "find", "sunset"),
        ("how many photos do I have?", "count", ""),
        ("how many pictures of cats are there?", "count", "cats"),
        ("How many files by year?", "group", None),
        ("which tags do I have?", "group", None),
        ("what do I have in my library?", "overview", None),
        ("What's in here?", "overview", None),
        ("articles about venture capital", "find", "venture capital"),
        ("summarize the memo", "summarize", "memo"),
        ("list my folders", "folders", None),
        ("hello", "greet", None),
        ("thank you very much", "thank", None),
        ("what can you do?", "help", None),
        ("write a poem about my cat", "create", None),
        ("Send an e-mail to Tom about the delivery", "beyond", None),
        ("please convert letter.txt to PDF", "beyond", None),
        ("book covers", "find", None),
        ("send-off party", "find", None),
        ("Write me a short report on the damage to the roof", "report", "damage to the roof"),
        ("write a summary of these documents", "report", ""),
        ("Analyze the contract", "report", "contract"),
        ("make a report folder", "find", None),
        ("write an overview of my library", "overview", None),
        ("compare the cat with the dog", "compare", "cat with the dog"),
        ("describe pole.jpg", "describe", None),
        ("summarize manual.pdf", "summarize", None),
        ("delete all photos tagged junk", "delete", ""),
        ("put all screenshots into a folder called Screens", "move", "screenshots"),
        ("organize my photos by year", "organize", ""),
        ("how many pages does the lease have?", "property", "lease"),
        ("how long is the report?", "property", "report"),
        ("who is the author of the harbour survey?", "property", "harbour survey"),
        ("when was the report written?", "property", "report"),
        ("in what language is the contract?", "property", "contract"),
        ("how long is the wait?", "ask", None),
        ("how many pages have I bookmarked?", "count", "bookmarked"),
    ],
)
def test_what_is_wanted(words: str, intent: str, subject: str | None) -> None:
    request = read_request(words, TODAY)
    assert request.intent == intent
    assert subject is None or request.subject == subject


@pytest.mark.parametrize(
    ("words", "intent"),
    [
        ("only the red ones", "refine"),
        ("which of these are blurry", "refine"),
        ("what is this picture?", "describe"),
        ("brown", "refine"),
        ("the red and white ones", "refine"),
        ("just the dark ones", "refine"),
        ("black and white?", "refine"),
        ("without people", "refine"),
        ("show me more", "more"),
        ("describe the second one", "describe"),
        ("what is in the first picture?", "describe"),
        ("compare the first two", "compare"),
        ("what does it say?", "read"),
        ("Which of these have text in them?", "read"),
        ("summarize it", "summarize"),
    ],
)
def test_follow_ups_need_something_to_follow(words: str, intent: str) -> None:
    assert read_request(words, TODAY, follows_results=True).intent == intent
    assert read_request(words, TODAY).intent != intent


@pytest.mark.parametrize(
    ("words", "intent", "known"),
    [
        ("tag these as holiday and beach", "tag", {"labels": ("holiday", "beach")}),
        ('add the tag "to review" to the first three', "tag", {"labels": ("to review",)}),
        ("remove the tag beach from these", "untag", {"labels": ("beach",)}),
        ('rename the first one to "Main gate"', "rename", {"name": "Main gate"}),
        ("move them to the folder Invoices", "move", {"name": "Invoices"}),
        ("create a folder called Trips and move these into it", "make_folder", {"name": "Trips"}),
        ("please sort the documents into folders by type", "organize", {"group_by": "kind"}),
        ("I'd like to get rid of the last two", "delete", {"reference": Reference((-2, -1))}),
    ],
)
def test_orders_to_change_something(words: str, intent: str, known: dict[str, Any]) -> None:
    request = read_request(words, TODAY, follows_results=True)
    assert request.intent == intent
    assert {name: getattr(request, name) for name in known} == known


@pytest.mark.parametrize(
    ("words", "intent", "groups"),
    [
        ("Sort my photos into animals, people and landscapes", "organize", ("animals", "people", "landscapes")),
        ("Organise my files into contracts and invoices, please", "organize", ("contracts", "invoices")),
        ("Sort my pictures in folders called cats and dogs", "organize", ("cats", "dogs")),
        ("Put my photos into the folders Bills and Receipts", "organize", ("Bills", "Receipts")),
        ("Put my photos into Bills and Receipts", "move", ()),
        ("sort my photos into the folder Cats and Dogs", "move", ()),
        ("Sort the invoices into Bills, please", "move", ()),
    ],
)
def test_groups_to_sort_into(words: str, intent: str, groups: tuple[str, ...]) -> None:
    request = read_request(words, TODAY)
    assert (request.intent, request.groups) == (intent, groups)


@pytest.mark.parametrize(
    "words",
    [
        "What does the manual say about how to delete the files?",
        "the report says: delete these files",
        "why did somebody move them to the folder Invoices",
        "documents that say remove all photos",
    ],
)
def test_speaking_of_a_change_is_no_order(words: str) -> None:
    assert read_request(words, TODAY, follows_results=True).intent in ("ask", "find", "read")


@pytest.mark.parametrize(
    ("words", "first", "last"),
    [
        ("from 2023", "2023-01-01", "2023-12-31"),
        ("in May 2024", "2024-05-01", "2024-05-31"),
        ("in december", "2025-12-01", "2025-12-31"),
        ("taken in the summer of 2022", "2022-06-01", "2022-08-31"),
        ("in winter 2022", "2022-12-01", "2023-02-28"),
        ("last week", "2026-11-16", "2026-11-22"),
        ("this month", "2026-11-01", "2026-11-30"),
        ("last year", "2025-01-01", "2025-12-31"),
        ("yesterday", "2026-11-27", "2026-11-27"),
        ("from the last 3 days", "2026-11-25", "2026-11-28"),
        ("since 2020", "2020-01-01", None),
        ("after 2020", "2021-01-01", None),
        ("before March 2021", None, "2021-02-28"),
        ("between January 2020 and March 2021", "2020-01-01", "2021-03-31"),
        ("from 2019 to 2021", "2019-01-01", "2021-12-31"),
        ("on 2024-02-29", "2024-02-29", "2024-02-29"),
        ("on 4th of July 2021", "2021-07-04", "2021-07-04"),
        ("on July 4, 2021", "2021-07-04", "2021-07-04"),
    ],
)
def test_when(words: str, first: str | None, last: str | None) -> None:
    rest, days = find_days(f"photos of dogs {words}", TODAY)
    assert days is not None
    assert (days.first and str(days.first), days.last and str(days.last)) == (first, last)
    assert rest.split() == ["photos", "of", "dogs"]


@pytest.mark.parametrize("words", ["a 2023 car", "on 2021-06-31", "may I see them", "room 2019", "the march"])
def test_what_is_no_time_stays(words: str) -> None:
    assert find_days(words, TODAY)[1] is None


@pytest.mark.parametrize(
    ("words", "reference"),
    [
        ("delete these", Reference()),
        ("describe it", Reference(single=True)),
        ("the second one", Reference((2,))),
        ("the first and third photo", Reference((1, 3))),
        ("compare the first with the last", Reference((1, -1))),
        ("the first two", Reference((1, 2))),
        ("the last 3 pictures", Reference((-3, -2, -1))),
        ("photo 2", Reference((2,))),
        ("numbers", None),
        ("photos that show dogs", None),
        ("the second world war", None),
    ],
)
def test_which(words: str, reference: Reference | None) -> None:
    assert find_reference(words) == reference


def test_places_are_picked_that_there_are() -> None:
    assert Reference((2, -1, 9, 2)).pick("abc") == ["b", "c"]
    assert Reference().pick("abc") == ["a", "b", "c"]
    assert Reference(single=True).pick("abc") == ["a"]


@pytest.mark.parametrize(
    ("words", "known"),
    [
        ("dogs in the folder Summer Trips", {"folder": "Summer Trips"}),
        ('dogs in my "old things" folder', {"folder": "old things"}),
        ("photos tagged beach and sun", {"tags": ("beach", "sun")}),
        ("dogs with the tag good boy", {"tags": ("good",)}),
        ("#sunset photos", {"tags": ("sunset",)}),
        ("mostly blue pictures", {"color": "blue"}),
        ("photos in colour #FF6347", {"color": "#ff6347"}),
        ("dark green images", {"color": "dark green"}),
        ("a red car", {"color": None, "look": None}),
        ("the red and white ones", {"color": "red, white"}),
        ("black and white photos of dogs", {"look": "black and white", "color": None}),
        ("dark photos", {"look": "dark", "limit": None}),
        ("dark blue photos", {"look": None, "color": "dark blue"}),
        ("photos of a dark room", {"look": None}),
        ("pictures in warm colours", {"look": "warm"}),
        ("my darkest photo", {"look": "darkest", "limit": 1}),
        ("the brightest photos", {"look": "brightest", "limit": 3}),
        ("documents about black and white printing", {"look": None}),
        ("the 5 latest photos", {"limit": 5, "newest_first": True}),
        ("three oldest documents", {"limit": 3, "newest_first": False, "kinds": ("document",)}),
        ("my newest photo", {"limit": 1, "newest_first": True}),
    ],
)
def test_what_narrows(words: str, known: dict[str, Any]) -> None:
    found = narrow(words)[1]
    assert {name: getattr(found, name) for name in known} == known


def test_a_request_of_several_parts_is_split_where_each_is_one() -> None:
    assert split_request("Which photos show damaged poles, and what does the manual say to do?") == [
        "Which photos show damaged poles",
        "what does the manual say to do?",
    ]
    for whole in (
        "cats and dogs",
        "create a folder called A and move these into it",
        "What is it and why",
        "The pump does not start, what should I do?",
        "By the way, when was the pump bought?",
    ):
        assert split_request(whole) == [whole]
    assert split_request("Tag letter.txt with letter and rename it to Order letter") == [
        "Tag letter.txt with letter",
        "rename it to Order letter",
    ]
    assert split_request("Tag it as a and b, rename it to C and move it to the folder D") == [
        "Tag it as a and b",
        "rename it to C",
        "move it to the folder D",
    ]
    assert split_request("tag these as brand and label") == ["tag these as brand and label"]
    assert len(split_request("find photos of cats, and tell me when the pump was bought")) == 2


def test_names_of_files() -> None:
    assert file_names('compare a-1.jpg with "my report.pdf" and b.docx') == ("my report.pdf", "a-1.jpg", "b.docx")
    assert file_names("see example.org") == ()


def test_a_question_that_goes_on_is_put_into_context() -> None:
    earlier = ["How often must the filter of the pump be changed?", "Thanks"]
    assert before_it("and how long does it take?", earlier) == earlier[0]
    whole = "What is the maximum pressure allowed for the boiler?"
    assert before_it(whole, earlier) == ""
    assert before_it("why?", []) == ""
    for words in ("what about cats?", "And cats?", "No, I meant the cats", "I meant cats."):
        assert put_instead(words) == "cats"


@given(st.text(max_size=400))
def test_anything_can_be_said(words: str) -> None:
    for part in split_request(words):
        read_request(part, TODAY, follows_results=True)


@pytest.mark.parametrize(
    "piece", ["a ", "the first and ", '"', "tag x as ", "a.b ", "of ", "red ones ", "in ", "5 ", "- "]
)
def test_long_requests_are_read_in_no_time(piece: str) -> None:
    words = piece * (10_000 // len(piece))
    began = time.perf_counter()
    for part in split_request(words):
        read_request(part, TODAY, follows_results=True)
    assert time.perf_counter() - began < 0.5


@pytest.mark.parametrize(
    ("words", "formats", "subject"),
    [
        ("show me my PDFs", {"pdf"}, ""),
        ("PDFs about pumps", {"pdf"}, "pumps"),
        ("invoices as PDF", {"pdf"}, "invoices"),
        ("find Word documents about rent", {"docx"}, "rent"),
        ("which spreadsheets and e-books do I have?", {"xlsx", "csv", "epub"}, ""),
        ("delete all JPEGs", {"jpeg"}, ""),
        ("text about rent", set(), "text about rent"),
        ("find the word for bread", set(), "word for bread"),
        ("the PDF printer", set(), "PDF printer"),
    ],
)
def test_formats_are_taken_out_of_what_is_looked_for(words: str, formats: set[str], subject: str) -> None:
    request = read_request(words, TODAY)
    assert {one for known in request.narrowing.formats for one in known.formats} == formats
    assert request.subject == subject


@pytest.mark.parametrize(
    ("words", "intent", "subject", "own"),
    [
        ("Zeig mir Fotos von Hunden", "find", "dogs", "Hunden"),
        ("Finde Rechnungen von 2023", "find", "invoices", "Rechnungen"),
        ("Fasse den Vertrag zusammen", "summarize", "contract", "Vertrag"),
        ("Wie viele Fotos habe ich?", "count", "", ""),
        ("Welche davon sind PDFs?", "refine", "", ""),
        ("Bilder mit Hunden am Strand", "find", "dogs at beach", "Hunden am Strand"),
        ("Verschiebe die Rechnungen in den Ordner Steuern", "move", "invoices", "Rechnungen"),
        ("Wie viele Seiten hat der Vertrag?", "property", "contract", "Vertrag"),
        ("Combien de photos ai-je ?", "count", "", ""),
        ("Montre-moi des photos de chiens", "find", "dogs", "chiens"),
        ("Résume-moi le contrat de travail", "summarize", None, "contrat de travail"),
        ("Cherche des documents sur la période d'essai", "find", None, "période d'essai"),
        ("Y a-t-il des photos d'oiseaux ?", "find", "birds", "oiseaux"),
        ("¿Cuántas fotos tengo?", "count", "", ""),
        ("Muéstrame fotos de perros", "find", "dogs", "perros"),
        ("Busca facturas de 2023", "find", "invoices", "facturas"),
        ("Resume el contrato", "summarize", "contract", "contrato"),
        ("Pon las facturas en la carpeta Impuestos", "move", "invoices", "facturas"),
    ],
)
def test_orders_in_other_languages(words: str, intent: str, subject: str | None, own: str) -> None:
    request = read_request(words, TODAY, follows_results="davon" in words)
    assert (request.intent, request.own, request.language != "en") == (intent, own, True)
    assert subject is None or request.subject == subject


@pytest.mark.parametrize(
    "words",
    [
        "Wie hoch ist die Miete?",
        "Gibt es eine Kaution?",
        "Wie viele Monate beträgt die Kündigungsfrist?",
        "Quel est le salaire mensuel ?",
        "¿Qué dice el contrato?",
        "find photos",
        "list my documents",
        "compare the cat with the dog",
        "resume of John Smith",
        "Mets game photos",
        "solo piano photos",
        "such a nice photo",
        "describe the second one",
    ],
)
def test_questions_and_english_stay_as_they_are(words: str) -> None:
    request = read_request(words, TODAY)
    assert (request.language, request.own, request.text) == ("en", "", words)


@pytest.mark.parametrize(
    ("words", "first", "last"),
    [
        ("Zeig mir Fotos aus Mai 2024", "2024-05-01", "2024-05-31"),
        ("Fotos vom letzten Jahr", "2025-01-01", "2025-12-31"),
        ("Zeige mir Bilder aus dem Jahr 2023", "2023-01-01", "2023-12-31"),
        ("Montre-moi les photos de mai 2024", "2024-05-01", "2024-05-31"),
        ("Photos de la semaine dernière", "2026-11-16", "2026-11-22"),
        ("Fotos de perros de 2023", "2023-01-01", "2023-12-31"),
        ("Muéstrame fotos de antes de 2020", None, "2019-12-31"),
    ],
)
def test_times_in_other_languages(words: str, first: str | None, last: str | None) -> None:
    days = read_request(words, TODAY).days
    assert days is not None
    assert (days.first and days.first.isoformat(), days.last and days.last.isoformat()) == (first, last)
