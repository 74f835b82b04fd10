"""The plain fields of upload forms: their types, bounds and defaults."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, Field, ValidationError, WithJsonSchema

from aionserver.infra.errors import InvalidInput
from aionserver.infra.web.faults import issues_of
from aionserver.infra.web.text import Text
from aionserver.kit.tags import clean_tags, tags_problem


def _known_target(value: str) -> str:
    if value not in ("default", "custom"):
        raise ValueError("must be default or custom")
    return value


def _known_intent(value: str) -> str:
    if value != "describe":
        raise ValueError("must be describe")
    return value


def _bounded_tags(value: str | None) -> str | None:
    problem = tags_problem(split_tags(value))
    if problem:
        raise ValueError(problem)
    return value


def split_tags(text: str | None) -> list[str]:
    """Comma-separated tags as a list."""
    return clean_tags((text or "").split(","))


Target = Annotated[str, AfterValidator(_known_target)]
Binary = Annotated[Literal["binary"], WithJsonSchema({"type": "string", "format": "binary"})]
TagText = Annotated[Text | None, AfterValidator(_bounded_tags), Field(description="Comma-separated, at most 40.")]


class SharedFields(BaseModel):
    """What both forms have."""

    tags: TagText = None
    auto_describe: bool = True
    skip_duplicates: bool = False
    storage_target: Target = "default"
    folder_id: str | None = None

    @property
    def tag_list(self) -> list[str]:
        """The tags, one by one."""
        return split_tags(self.tags)


class StreamFields(SharedFields):
    """The form of one file."""

    title: Annotated[Text, Field(max_length=255)] | None = None


class BatchFields(SharedFields):
    """The form of several files."""

    intent: Annotated[str, AfterValidator(_known_intent)] = "describe"
    verification_level: str = "default"


class StreamForm(StreamFields):
    """The form with its file, as the API reference shows it."""

    file: Binary


class BatchForm(BatchFields):
    """The form with its files, as the API reference shows it."""

    files: list[Binary]


Fields = TypeVar("Fields", bound=SharedFields)


def parse_fields(kind: type[Fields], values: Mapping[str, str]) -> Fields:
    """The fields in their types; InvalidInput naming each that is wrong. Empty ones count as not sent."""
    try:
        return kind.model_validate({name: value for name, value in values.items() if value != ""})
    except ValidationError as error:
        issues = [{"field": issue["field"], "issue": issue["issue"]} for issue in _issues(error)]
        raise InvalidInput(f"{issues[0]['field']}: {issues[0]['issue']}", details=issues) from None


def _issues(error: ValidationError) -> list[dict[str, str]]:
    return issues_of([{**found, "loc": ("body", *found["loc"])} for found in error.errors()])


def body_schema(form: type[BaseModel]) -> dict[str, Any]:
    """The `requestBody` of a form, for the OpenAPI document."""
    schema = form.model_json_schema()
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}}
