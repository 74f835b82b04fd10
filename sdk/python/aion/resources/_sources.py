"""What a caller gives to upload, turned into file parts: paths, folders and bytes."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from stat import S_ISREG
from typing import Optional, Union

from .._multipart import FilePart
from .._transport import logger
from ..exceptions import UploadError, ValidationError

Source = Union[str, Path, bytes]

MAX_FILES = 10_000
DOCUMENT_CONTENT_TYPES = {
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".txt": "text/plain",
    ".md": "text/markdown",
    ".markdown": "text/markdown",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".odt": "application/vnd.oasis.opendocument.text",
    ".epub": "application/epub+zip",
    ".rtf": "application/rtf",
    ".html": "text/html",
    ".htm": "text/html",
    ".csv": "text/csv",
    ".text": "text/plain",
    ".log": "text/plain",
    ".rst": "text/plain",
    ".org": "text/plain",
    ".adoc": "text/plain",
    ".tex": "text/plain",
    ".xml": "text/plain",
    ".json": "text/plain",
    ".yaml": "text/plain",
    ".yml": "text/plain",
    ".mdown": "text/markdown",
    ".mkd": "text/markdown",
    ".tsv": "text/csv",
    ".tab": "text/csv",
    ".xhtml": "text/html",
}
# So many of the files that a folder's upload leaves out are named.
MOST_NAMED = 5


def as_list(files: Union[Source, Sequence[Source]]) -> list[Source]:
    """One source or several, as a list."""
    return [files] if isinstance(files, (str, Path, bytes)) else [*files]


def require_no_folder(file: Source) -> None:
    """Raises ValidationError for a folder, where one file is taken. Reads the disk."""
    if not isinstance(file, bytes) and Path(file).expanduser().is_dir():
        raise ValidationError("upload_one takes one file; use upload for a folder", details={"field": "file"})


def file_parts(
    sources: Sequence[Source],
    filenames: Optional[Sequence[str]],
    content_types: Mapping[str, str],
    *,
    recursive: bool = True,
    include_hidden: bool = False,
    allow_empty: bool = False,
) -> list[FilePart]:
    """The files to send, in order. `content_types` maps the extensions that may be sent to their MIME types.

    Raises ValidationError for what cannot be sent, UploadError for what cannot be read. Reads the disk.
    """
    named = _with_names(sources, filenames)
    extensions = frozenset(content_types)
    parts: list[FilePart] = []
    for source, name in named:
        for one in expand_paths([source], extensions, recursive=recursive, include_hidden=include_hidden):
            part = _part(one, name, content_types)
            parts.append(part if allow_empty else _not_empty(part))
            if len(parts) > MAX_FILES:
                raise ValidationError(f"More than {MAX_FILES} files in one call")
    if not parts:
        raise ValidationError("There is no supported file to upload")
    return parts


def expand_paths(
    paths: Sequence[Source],
    supported_extensions: frozenset[str],
    *,
    recursive: bool = True,
    include_hidden: bool = False,
) -> Iterator[Union[Path, bytes]]:
    """`paths` with each folder replaced by the supported files in it, in alphabetical order; others are logged."""
    for path in paths:
        if isinstance(path, bytes):
            yield path
            continue
        whole = Path(path).expanduser()
        if not whole.is_dir():
            yield whole
            continue
        left_out: list[str] = []
        for file in _files_in(whole, recursive, include_hidden):
            if file.suffix.lower() in supported_extensions:
                yield file
            else:
                left_out.append(file.name)
        _tell_left_out(whole, left_out)


def _tell_left_out(folder: Path, names: Sequence[str]) -> None:
    if names:
        named = ", ".join(names[:MOST_NAMED]) + (", …" if len(names) > MOST_NAMED else "")
        logger.warning("%d files in %s are of no supported type and are left out: %s", len(names), folder, named)


def _files_in(folder: Path, recursive: bool, include_hidden: bool) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder, onerror=_refuse):
        # os.walk descends into what is left in `folders`, in its order
        folders[:] = sorted(name for name in folders if recursive and (include_hidden or not _is_hidden(name)))
        for name in sorted(names):
            if include_hidden or not _is_hidden(name):
                yield Path(parent, name)


def _is_hidden(name: str) -> bool:
    return name.startswith(".")


def _refuse(error: OSError) -> None:
    raise UploadError(f"Cannot read the folder {error.filename}: {error.strerror}") from error


def _with_names(
    sources: Sequence[Source], filenames: Optional[Sequence[str]]
) -> Iterator[tuple[Source, Optional[str]]]:
    in_memory = sum(isinstance(source, bytes) for source in sources)
    names = [*(filenames or ())]
    if len(names) not in (0, len(sources), in_memory):
        raise ValidationError("filenames must name each file, or each file given as bytes")
    names_all = len(names) == len(sources)
    left = iter(names)
    for source in sources:
        takes_name = names_all or (isinstance(source, bytes) and names)
        yield source, next(left) if takes_name else None


def _part(source: Union[Path, bytes], name: Optional[str], content_types: Mapping[str, str]) -> FilePart:
    if isinstance(source, bytes):
        if not name:
            raise ValidationError("Bytes need a filename", details={"field": "filename"})
        return FilePart(name, _content_type(name, content_types), len(source), source)
    # first whether it is there: of what is not, the type means nothing
    size_bytes = _size_bytes(source)
    filename = name or source.name
    return FilePart(filename, _content_type(filename, content_types), size_bytes, source)


def _content_type(filename: str, content_types: Mapping[str, str]) -> str:
    extension = Path(filename).suffix.lower()
    content_type = content_types.get(extension)
    if content_type is None:
        known = ", ".join(sorted(content_types))
        hint = "; client.documents takes documents" if extension in DOCUMENT_CONTENT_TYPES else ""
        raise ValidationError(f"{filename} is not of a supported type ({known}){hint}", details={"field": "files"})
    return content_type


def _size_bytes(path: Path) -> int:
    try:
        status = path.stat()
    except PermissionError as error:
        raise UploadError(f"Cannot read {path}: {error.strerror}", filename=path.name) from error
    except (OSError, ValueError) as error:
        raise ValidationError(f"There is no file or folder {path}", details={"field": "files"}) from error
    # a pipe or device has no size and may never end
    if not S_ISREG(status.st_mode):
        raise ValidationError(f"{path} is not a regular file", details={"field": "files"})
    return status.st_size


def _not_empty(part: FilePart) -> FilePart:
    if part.size_bytes == 0:
        raise ValidationError(f"{part.filename} is empty", details={"field": "files"})
    return part
