"""What can be wrong with a document that is asked for."""

from aionserver.infra.errors import Conflict, NotFound


class DocumentNotFound(NotFound):
    """No such document in this tenant."""

    code = "DOCUMENT_NOT_FOUND"


class DocumentBeingRead(Conflict):
    """The document can't be deleted while it is being read."""

    code = "DOCUMENT_BEING_PROCESSED"
