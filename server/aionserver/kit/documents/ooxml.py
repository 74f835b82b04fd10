"""Packages of Office Open XML, strict ones included: their parts and what these refer to."""

import posixpath
import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from aionserver.kit.documents.archives import Archive, opened_zip
from aionserver.kit.documents.drafts import one_line, properties_of
from aionserver.kit.documents.faults import CorruptDocument, UnsupportedFormat
from aionserver.kit.documents.trees import xml_root

# Names in strict packages, and what they are in all others.
_STRICT: Final = re.compile(rb"http://purl\.oclc\.org/ooxml/(\w+)/(\w+)")
_USUAL: Final = rb"http://schemas.openxmlformats.org/\1/2006/\2"
W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
P: Final = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
S: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
A: Final = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
M: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
R: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
DIAGRAM: Final = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
CHART: Final = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
CHOICES: Final = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_CORE: Final = {
    "{http://purl.org/dc/elements/1.1/}title": "title",
    "{http://purl.org/dc/elements/1.1/}creator": "author",
    "{http://purl.org/dc/elements/1.1/}subject": "subject",
    "{http://purl.org/dc/elements/1.1/}description": "description",
    "{http://purl.org/dc/elements/1.1/}language": "language",
    "{http://schemas.openxmlformats.org/package/2006/metadata/core-properties}keywords": "keywords",
    "{http://purl.org/dc/terms/}created": "created",
}


@dataclass(frozen=True)
class Reference:
    """What a part refers to: the last word of its kind, and the name of the other part."""

    kind: str
    target: str


class Package:
    """The parts of a package."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def main(self, what: str) -> "Part":
        """The part that all others hang on, whose root has this tag; raises DocumentError."""
        start = Part(self, "")
        names = [one.target for one in start.references.values() if one.kind == "officeDocument"]
        if not names:
            raise CorruptDocument("The file is damaged: it is no office document.")
        part = Part(self, names[0])
        if part.root.tag != what:
            raise UnsupportedFormat("The file is an office document of another kind than its name says.")
        return part

    def part(self, name: str) -> "Part | None":
        """A part by its name; None where it is not there."""
        return Part(self, name) if name in self._archive else None

    def root(self, name: str) -> Any:
        """A part's tree, in the usual names."""
        return xml_root(in_usual_names(self._archive.read(name)))

    def bytes_of(self, name: str) -> bytes:
        """A part as it is."""
        return self._archive.read(name)

    def properties(self) -> tuple[str | None, dict[str, str]]:
        """The document's title, and what else it says of itself."""
        for one in Part(self, "").references.values():
            if one.kind == "core-properties" and one.target in self._archive:
                said = {_CORE[child.tag]: child.text for child in self.root(one.target) if child.tag in _CORE}
                return one_line(said.pop("title", None)) or None, properties_of(**said)
        return None, {}

    def references_of(self, name: str) -> dict[str, Reference]:
        """What a part refers to, by the ids it uses; nothing where it refers to nothing inside of the package."""
        folder, file = posixpath.split(name)
        rels = posixpath.join(folder, "_rels", f"{file}.rels")
        if rels not in self._archive:
            return {}
        return dict(_references(self.root(rels), folder))


def _references(root: Any, folder: str) -> Iterator[tuple[str, Reference]]:
    for one in root:
        name, target = one.get("Id"), one.get("Target")
        if name and target and one.get("TargetMode") != "External":
            path = target if target.startswith("/") else posixpath.join("/", folder, target)
            path = posixpath.normpath(unquote(path)).lstrip("/")
            yield name, Reference(str(one.get("Type", "")).rpartition("/")[2], path)


class Part:
    """A part of a package: its tree, and what it refers to."""

    def __init__(self, package: Package, name: str) -> None:
        self.package, self.name = package, name
        self.references = package.references_of(name)

    @cached_property
    def root(self) -> Any:
        """Its tree."""
        return self.package.root(self.name)

    def all_of(self, kind: str) -> "list[Part]":
        """The parts of a kind that it refers to."""
        names = dict.fromkeys(one.target for one in self.references.values() if one.kind == kind)
        return [part for name in names if (part := self.package.part(name))]

    def one_of(self, kind: str) -> "Part | None":
        """The first of them; None where there is none."""
        return next(iter(self.all_of(kind)), None)

    def by_id(self, identifier: str | None) -> "Part | None":
        """The part that it calls so; None where there is none."""
        reference = self.references.get(identifier or "")
        return self.package.part(reference.target) if reference else None


def in_usual_names(data: bytes) -> bytes:
    """A part of a strict package as one of any other."""
    return _STRICT.sub(_USUAL, data)


@contextmanager
def opened_package(source: Path | bytes) -> Generator[Package]:
    """The package; raises DocumentError."""
    with opened_zip(source) as archive:
        yield Package(archive)


def is_on(element: Any, name: str) -> bool:
    """Whether a property is there and not switched off; `name` is its tag."""
    found = element.find(name)
    return found is not None and found.get(f"{name[: name.index('}') + 1]}val", "1") not in ("0", "false", "off")


def value_of(element: Any, name: str) -> str | None:
    """The value of a property of Word; None where it is not there or has none."""
    found = element.find(f"{W}{name}")
    return None if found is None else found.get(f"{W}val")


def chosen(alternatives: Any) -> Any:
    """Of what says the same in several ways, the first; None where there is none."""
    choice = alternatives.find(f"{CHOICES}Choice")
    return alternatives.find(f"{CHOICES}Fallback") if choice is None else choice
