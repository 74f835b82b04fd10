"""What can be cited in an answer: what was found in this conversation, as it is, and nothing else."""

from uuid import UUID

from aionserver.domains.assistant.findings import Findings, cite
from aionserver.domains.assistant.schemas import Turn
from aionserver.infra.tools import Item, Outcome
from aionserver.kit.ids import new_id

POLE = Item("image", new_id(), "pole.jpg")
PUMP = Item("document", new_id(), "pump.pdf")
PASSAGE = Item("chunk", new_id(), "pump.pdf", "Change the filter.", document_id=PUMP.id, pages=(3, 4))


def found(*items: Item, total: int | None = None) -> Findings:
    findings = Findings()
    findings.add("poles", Outcome("", items, total))
    return findings


def test_a_citation_gets_the_files_own_name_and_whole_id() -> None:
    settled = found(POLE).settle(f"It leans: [[img:{POLE.id.hex[:13]}|whatever]].")
    assert settled.content == f"It leans: [[img:{POLE.id}|pole.jpg]]."
    assert settled.resolved == "It leans: pole.jpg."


def test_what_was_not_found_is_not_cited() -> None:
    for text in (f"[[img:{UUID(int=7)}|pole.jpg]]", f"[[doc:{POLE.id}|pole.jpg]]", "[[ref:search_2]]", "[[img:0|x]]"):
        settled = found(POLE).settle(f"See {text}")
        assert (settled.content.strip(), settled.dropped) == ("See", (text,))


def test_pages_are_cited_that_were_read() -> None:
    findings = found(PASSAGE)
    assert findings.settle(f"[[doc:{PUMP.id}|x|p:3]]").resolved == "pump.pdf (p.3)"
    assert findings.settle(f"[[doc:{PUMP.id}|x|pp:1-9]]").resolved == "pump.pdf (pp.3-4)"
    assert findings.settle(f"[[doc:{PUMP.id}|x|p:9]]").resolved == "pump.pdf"
    assert cite(PASSAGE).readable == "pump.pdf (pp.3-4)"


def test_keys_go_on_through_a_conversation_and_stand_for_their_number() -> None:
    first = found(POLE, total=12)
    later = Findings.of([Turn("user", "poles?"), Turn("assistant", "12", tuple(first.results))])
    assert later.add("pumps", Outcome("", (PUMP,))).key == "search_2"
    assert later.settle("[[ref:search_1]] photos, [[ref:search_2]] manual").resolved == "12 photos, 1 manual"


def test_a_prefix_of_two_files_is_none_of_them() -> None:
    twin = Item("image", UUID(POLE.id.hex[:16] + "f" * 16), "twin.jpg")
    assert found(POLE, twin).settle(f"[[img:{POLE.id.hex[:13]}|x]]").content == ""


def test_arguments_of_tools_name_files_and_result_sets() -> None:
    findings = found(POLE, PASSAGE)
    assert findings.items("search_1") == [POLE, PASSAGE]
    assert findings.items(str(PUMP.id)) == [PASSAGE]
    assert findings.items(str(PASSAGE.id)[:20]) == [PASSAGE]
    assert findings.items("pole") == []
