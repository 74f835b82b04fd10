"""Word documents read as they stand: changes accepted, with text boxes, form fields, notes, remarks, heads and feet."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from aionserver.kit.documents.blocks import Reading, ReadingOptions
from aionserver.kit.documents.docx_body import BodyWriter, Story, notes_in
from aionserver.kit.documents.docx_looks import Looks, usual_size
from aionserver.kit.documents.docx_numbering import Lists
from aionserver.kit.documents.docx_styles import Styles
from aionserver.kit.documents.drafts import Budget, Draft, one_part
from aionserver.kit.documents.faults import CorruptDocument
from aionserver.kit.documents.ooxml import Part, W, opened_package
from aionserver.kit.markdown_tables import spoken

MOST_EDGES: Final = 200


def read(source: Path | bytes, options: ReadingOptions) -> Reading:
    """The document as one part, for Word does not say where its pages end; raises DocumentError."""
    with opened_package(source) as package:
        main = package.main(f"{W}document")
        body = main.root.find(f"{W}body")
        if body is None:
            raise CorruptDocument("The file is damaged: the document has no body.")
        budget, story = Budget(options), _story(main)
        draft = Draft(budget)
        _put_edges(draft, _edge_texts(main, "header", Draft(budget), story))
        BodyWriter(draft, story, main).write(body)
        _put_edges(draft, _edge_texts(main, "footer", Draft(budget), story))
        title, properties = package.properties()
        return one_part(draft, title, properties)


def _story(main: Part) -> Story:
    styles_part, lists_part = main.one_of("styles"), main.one_of("numbering")
    styles = Styles(styles_part.root if styles_part else None)
    lists = Lists(lists_part.root if lists_part else None, styles)
    story = Story(styles, lists, Looks(main.root, usual_size(styles_part.root) if styles_part else None))
    for kind in ("footnotes", "endnotes", "comments"):
        story.notes.update(notes_in(main.one_of(kind), kind))
    return story


def _put_edges(draft: Draft, texts: Iterable[str]) -> None:
    """Put down what stands in the heads or feet of pages, each text once."""
    for text in dict.fromkeys(texts):
        draft.add_edge(text)


def _edge_texts(main: Part, kind: str, draft: Draft, story: Story) -> list[str]:
    """The texts in heads or feet; those of a table in words, for there it only places them."""
    for part in main.all_of(kind)[:MOST_EDGES]:
        BodyWriter(draft, story, part).write(part.root)
    return [" ".join(spoken(block.text).split()) for block in draft.blocks()]
