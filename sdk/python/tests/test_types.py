"""Types: read from anything, compared, pickled, written back."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from datetime import datetime, timezone
from pathlib import Path

import pytest

import aion
from aion import (
    AionVision,
    BatchUploadResults,
    DescriptionErrorType,
    DescriptionFailure,
    DescriptionStatus,
    FileCollection,
    FileRef,
    QuotaInfo,
    UploadBatchStatusResult,
    UploadResult,
    UserFile,
)
from aion.exceptions import AionvisionError
from aion.types import describe
from aion.types._decoding import ApiObject, timestamp

KINDS = [
    value
    for value in vars(aion).values()
    if isinstance(value, type) and issubclass(value, ApiObject) and dataclasses.is_dataclass(value)
]
JUNK = [None, 1, -1.5, True, "x", [], [None], {}, {"a": [1]}, float("nan"), float("inf"), "\ud800"]


def result(**changes):
    return dataclasses.replace(UploadResult("i", "a.jpg", "k"), **changes)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_type_is_made_from_nothing_and_from_junk(kind):
    empty = kind.from_api_response({})
    for value in JUNK:
        made = kind.from_api_response({field.name: value for field in dataclasses.fields(kind)})
        assert type(made) is kind
        made.to_dict()
    assert pickle.loads(pickle.dumps(empty)) == empty == copy.deepcopy(empty)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_type_is_immutable(kind):
    made = kind.from_api_response({})
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(made, dataclasses.fields(kind)[0].name, "other")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-02T03:04:05Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)),
        ("2026-01-02T03:04:05.123456789+00:00", datetime(2026, 1, 2, 3, 4, 5, 123456, tzinfo=timezone.utc)),
        ("2026-01-02T03:04:05.5-01:00", datetime(2026, 1, 2, 4, 4, 5, 500000, tzinfo=timezone.utc)),
    ],
)
def test_moments_are_read_with_any_fraction(text, moment):
    assert timestamp(text) == moment


def test_numbers_that_are_words_are_read_and_words_that_are_numbers_too():
    file = UserFile.from_api_response({"id": 7, "size_bytes": "12", "has_full_description": "yes"})
    assert (file.id, file.size_bytes, file.has_full_description) == ("7", 12, False)


def test_a_status_of_a_later_server_counts_as_pending():
    assert UploadResult.from_api_response({"description_status": "dreaming"}).is_pending


def test_a_dictionary_has_plain_values_and_no_gaps_unless_asked():
    made = result(created_at=datetime(2026, 1, 1, tzinfo=timezone.utc))
    assert made.to_dict() == {
        "image_id": "i",
        "filename": "a.jpg",
        "object_key": "k",
        "description_status": "pending",
        "created_at": "2026-01-01T00:00:00+00:00",
        "skipped": False,
    }
    assert made.to_dict(exclude_none=False)["description"] is None


def test_the_counts_of_a_batch_are_read_from_their_object():
    data = {"batch_id": "b", "overall_status": "processing", "counts": {"total": 3, "completed": 2}}
    status = UploadBatchStatusResult.from_api_response(data)
    assert (status.total, status.completed, status.is_terminal) == (3, 2, False)


def test_the_quota_is_read():
    quota = QuotaInfo.from_api_response({"can_proceed": True, "available": -1, "max_batch_size": 200})
    assert (quota.can_proceed, quota.available, quota.max_batch_size, quota.prepaid_credits) == (True, -1, 200, 0)


def test_results_are_a_list_that_counts():
    done = result(description_status=DescriptionStatus.COMPLETED)
    skipped = result(description_status=DescriptionStatus.SKIPPED)
    failed = result(description_status=DescriptionStatus.FAILED, description_is_retryable=True)
    results = BatchUploadResults([done, skipped, failed, result()])
    assert isinstance(results, list)
    assert (results.succeeded_count, results.failed_count, results.pending_count) == (2, 1, 1)
    assert results.summary() == "2 succeeded, 1 failed (1 retryable), 1 pending"
    assert BatchUploadResults([done]).raise_on_failures() == [done]
    assert pickle.loads(pickle.dumps(results)) == results


@pytest.mark.parametrize(
    ("message", "kind", "retryable"),
    [
        ("Request timed out after 30 s", DescriptionErrorType.TIMEOUT, True),
        ("Rate limit exceeded, HTTP 429", DescriptionErrorType.RATE_LIMIT, True),
        ("USAGE_LIMIT_EXCEEDED", DescriptionErrorType.RESOURCE_LIMIT, False),
        ("The picture is too large: 5000 x 5030", DescriptionErrorType.RESOURCE_LIMIT, False),
        ("cannot identify image file", DescriptionErrorType.VALIDATION_ERROR, False),
        ("The provider is overloaded (503)", DescriptionErrorType.VLM_ERROR, True),
        ("", DescriptionErrorType.UNKNOWN, False),
        ("number 1500429 of 2", DescriptionErrorType.UNKNOWN, False),
    ],
)
def test_an_error_message_is_classified(message, kind, retryable):
    assert DescriptionFailure.classify_error(message) == (kind, retryable)
    failure = DescriptionFailure.from_error_message("i", message, "a.jpg")
    assert (failure.error_type, failure.is_retryable, failure.raw_error) == (kind, retryable, message)


def test_the_two_description_statuses_are_told_apart():
    assert aion.DescriptionStatus.PENDING == "pending"
    assert describe.DescriptionStatus("i", "failed").is_complete


def test_types_and_exceptions_are_attributes_of_the_client():
    assert AionVision.UploadResult is UploadResult
    assert aion.SyncAionVision.ValidationError is aion.ValidationError


def test_everything_exported_is_there():
    assert [name for name in aion.__all__ if not hasattr(aion, name)] == []


@pytest.mark.parametrize(
    "error",
    [
        aion.ResourceNotFoundError("file", "f1", details={"a": 1}),
        aion.CircuitBreakerError("GET /x", 3.0),
        aion.QuotaExceededError("full", limit=3, partial_results=[1]),
        aion.AionvisionTimeoutError(last_result={"a": 1}),
        aion.ChatError("no", error_code="CHAT_BUSY", plan_data={"p": 1}),
        aion.UploadError("no", stage="upload"),
        aion.BatchError("no", failed_items=["a"]),
        aion.SSEStreamError("no", last_event_id="7"),
        aion.VideoUploadError("no", partial_chunks=2),
        aion.VideoAnalysisError("no", status="failed"),
        aion.CloudStorageError("no", job_id="j"),
        aion.DocumentProcessingError("no", document_id="d"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_exception_survives_pickling(error):
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert (str(again), vars(again)) == (str(error), vars(error))
    assert str(error) == f"[{error.code}] {error.message}"
    assert isinstance(error, AionvisionError)


def test_collections_are_immutable_and_slice_into_collections():
    collection = FileCollection([FileRef("a"), FileRef("b"), FileRef("c")], "image", "s")
    assert collection[1:] == FileCollection([FileRef("b"), FileRef("c")], "image", "s")
    assert collection[-1] == FileRef("c")
    assert collection.filter(lambda ref: ref.id > "a").ids == ["b", "c"]
    assert pickle.loads(pickle.dumps(collection)) == collection
    for change in (lambda: setattr(collection, "_refs", ()), lambda: delattr(collection, "_refs")):
        with pytest.raises(AttributeError, match="immutable"):
            change()


def test_merging_keeps_the_reference_that_knows_more():
    poor = FileCollection.from_ids(["a", "b"], "image", "search")
    rich = FileCollection([FileRef("a", filename="a.jpg")], "document", "list")
    merged = FileCollection.merge(poor, rich, FileCollection())
    assert merged.ids == ["a", "b"]
    assert merged[0].filename == "a.jpg"
    assert (merged.content_type, merged.source_capability) == ("mixed", "search+list")
    assert FileCollection.merge(poor, FileCollection.from_ids(["c"])).content_type == "image"


def test_only_the_transport_imports_the_http_library():
    package = Path(aion.__file__).parent
    users = [path.name for path in package.rglob("*.py") if "import httpx2" in path.read_text()]
    assert users == ["_transport.py"]
