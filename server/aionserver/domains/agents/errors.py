"""What can be wrong with a task for an agent, and with a pipeline of them."""

from aionserver.infra.errors import Conflict, InvalidInput


class DocumentsNotRead(Conflict):
    """None of the documents has been read yet; it can be asked again when they are."""

    code = "DOCUMENTS_NOT_READ"


class DocumentsWithoutText(InvalidInput):
    """None of the documents has text that can be read."""

    code = "DOCUMENTS_WITHOUT_TEXT"


class BadPipeline(InvalidInput):
    """A step of the pipeline can't be wired: it names one that is not before it, or lacks what it works on."""

    code = "BAD_PIPELINE"


class PipelineRunning(Conflict):
    """The pipeline that this request began is still running."""

    code = "PIPELINE_RUNNING"
