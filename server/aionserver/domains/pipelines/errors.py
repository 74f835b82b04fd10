"""What can be wrong with a pipeline."""

from aionserver.infra.errors import Conflict, InvalidInput


class BadPipeline(InvalidInput):
    """A step of the pipeline can't be wired: it names one that is not before it, or lacks what it works on."""

    code = "BAD_PIPELINE"


class PipelineRunning(Conflict):
    """The pipeline that this request began is still running."""

    code = "PIPELINE_RUNNING"
