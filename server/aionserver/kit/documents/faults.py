"""Why a document can't be read.

DocumentError
├── CorruptDocument    corrupt_file
├── PasswordProtected  password_protected
├── DocumentTooLarge   too_large
└── UnsupportedFormat  unsupported_format
"""


class DocumentError(Exception):
    """A document that can't be read: a code of the API and one sentence for its owner."""

    code = "extraction_error"

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class CorruptDocument(DocumentError):
    """Its bytes are no document, or a damaged one."""

    code = "corrupt_file"


class PasswordProtected(DocumentError):
    """It opens with a password only."""

    code = "password_protected"


class DocumentTooLarge(DocumentError):
    """More pages, characters or unpacked bytes than are read."""

    code = "too_large"


class UnsupportedFormat(DocumentError):
    """A format, or a kind of it, that is not read."""

    code = "unsupported_format"
