"""What can be wrong with a task for an agent."""

from aionserver.infra.errors import Conflict, InvalidInput


class DocumentsNotRead(Conflict):
    """None of the documents has been read yet; it can be asked again when they are."""

    code = "DOCUMENTS_NOT_READ"


class DocumentsWithoutText(InvalidInput):
    """None of the documents has text that can be read."""

    code = "DOCUMENTS_WITHOUT_TEXT"
