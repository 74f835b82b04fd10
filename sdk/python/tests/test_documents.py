"""Documents: uploads until their texts are there, and addresses to download from."""

from __future__ import annotations

import pytest

from aion import (
    AionvisionTimeoutError,
    BatchDocumentUploadResults,
    DocumentProcessingError,
    DocumentProcessingFailure,
    DocumentProcessingStatus,
    ServerError,
    UploadError,
    ValidationError,
)

from .stand_in import Answer

BATCH = "POST /api/v2/user-files/upload/stream-batch"


async def test_one_document_comes_back_with_its_text_read(client, photo):
    result = await client.documents.upload_one(photo("lease.pdf", b"%PDF-1.7"), tags=["a"])
    assert (result.text_extraction_status, result.page_count, result.chunk_count) == ("completed", 2, 3)
    assert (result.filename, result.content_type, result.size_bytes) == ("lease.pdf", "application/pdf", 8)


async def test_a_folder_of_documents_is_uploaded_in_order_and_tells_of_itself(client, api, tmp_path, photo):
    for name in ("b/c.md", "a.txt", "photo.jpg", ".hidden.txt"):
        photo(name, b"text of " + name.encode())
    api.max_batch_size = 1
    heard = []
    results = await client.documents.upload(
        tmp_path,
        on_progress=lambda event: heard.append(("read", event.filename, event.progress_percent)),
        on_file_complete=lambda event: heard.append(("stored", event.result.filename)),
        on_processing_progress=lambda event: heard.append(("done", event.completed_count, event.remaining_count)),
    )
    assert isinstance(results, BatchDocumentUploadResults)
    assert [result.filename for result in results] == ["a.txt", "c.md"]
    assert results.summary() == "2 succeeded"
    assert sorted(heard, key=str) == sorted(
        [
            ("read", "a.txt", 100.0),
            ("read", "c.md", 100.0),
            ("stored", "a.txt"),
            ("stored", "c.md"),
            ("done", 1, 1),
            ("done", 2, 0),
        ],
        key=str,
    )
    assert len(api.asked_for(BATCH)) == 2


async def test_texts_by_other_names_are_documents_and_what_a_folder_leaves_out_is_told(client, tmp_path, photo, caplog):
    for name in ("a.org", "b.rst", "c.xml", "photo.jpg", "inner/tool.exe"):
        photo(name, b"text of " + name.encode())
    results = await client.documents.upload(tmp_path)
    assert [result.filename for result in results] == ["a.org", "b.rst", "c.xml"]
    left_out = [record.getMessage() for record in caplog.records if record.name == "aion"]
    assert left_out == [f"2 files in {tmp_path} are of no supported type and are left out: photo.jpg, tool.exe"]


async def test_a_text_that_cannot_be_read_is_an_error_with_its_reason(client, photo):
    failed = []
    with pytest.raises(DocumentProcessingError, match="password protected") as caught:
        await client.documents.upload(
            [photo("a.pdf", b"unreadable"), photo("b.txt", b"words")], on_processing_failed=failed.append
        )
    assert caught.value.partial_results.summary() == "1 succeeded, 1 failed (0 retryable)"
    assert (failed[0].file_index, failed[0].is_retryable) == (0, False)
    assert "password" in failed[0].error_message


async def test_a_failure_is_a_result_where_that_is_wanted(client, photo):
    files = [photo("a.pdf", b"unreadable"), photo("b.txt", b"")]
    results = await client.documents.upload(files, raise_on_failure=False)
    assert [result.processing_error_type for result in results] == ["password_protected", "unknown"]
    assert [result.is_stored for result in results] == [True, False]


async def test_a_refused_document_is_an_upload_error(client, photo):
    with pytest.raises(UploadError, match=r"1 of 2 documents.*text file") as caught:
        await client.documents.upload([photo("a.txt", b"reject me"), photo("b.txt", b"words")])
    assert [result.is_stored for result in caught.value.partial_results] == [False, True]


async def test_documents_of_another_kind_or_size_are_refused_before_sending(client, api, photo, monkeypatch):
    with pytest.raises(ValidationError, match="supported"):
        await client.documents.upload(photo("a.exe"))
    monkeypatch.setattr("aion.resources.documents.MAX_FILE_SIZE_BYTES", 3)
    with pytest.raises(ValidationError, match="50 MiB"):
        await client.documents.upload(photo("a.txt", b"four"))
    assert not api.asked


async def test_waiting_for_a_text_ends_with_the_time(client, api, photo):
    api.polls_until_described = 10_000
    with pytest.raises(AionvisionTimeoutError, match="1 of 1 documents") as caught:
        await client.documents.upload(photo("a.txt", b"words"), processing_timeout=0.02)
    assert caught.value.last_result.pending_count == 1
    stored = caught.value.last_result[0]
    api.plan(
        f"GET /api/v2/document-uploads/{stored.document_id}/status",
        *[Answer(data={"document_id": stored.document_id, "text_extraction_status": "processing"})] * 2,
        Answer(data={"document_id": stored.document_id, "text_extraction_status": "failed"}),
    )
    assert (await client.documents.wait_for_processing(stored.document_id, poll_interval=0.001)).is_failed


async def test_a_download_is_an_address(client, api):
    api.plan("GET /api/v2/documents/d1/download", Answer(302, headers={"location": "/signed/d1"}, raw=b""), Answer())
    assert await client.documents.download("d1") == api.base_url.replace("/api/v2", "/signed/d1")
    with pytest.raises(ServerError, match="no address"):
        await client.documents.download("d1")


async def test_all_documents_come_page_after_page(client, api):
    pages = [{"documents": [{"id": str(n)}], "total_count": 3} for n in range(3)]
    api.plan("GET /api/v2/documents", *[Answer(data=page) for page in pages])
    assert [document.id async for document in client.documents.list_all(page_size=1)] == ["0", "1", "2"]
    assert [one.query.split("&")[0] for one in api.asked] == ["page=1", "page=2", "page=3"]


def test_a_document_is_uploaded_by_the_blocking_client_too(blocking, photo):
    assert blocking.documents.upload_one(photo("a.md", b"# A")).is_completed


@pytest.mark.parametrize(
    ("message", "kind", "retryable"),
    [
        ("The PDF is encrypted", "password_protected", False),
        ("Extraction timed out", "timeout", True),
        ("The file is damaged", "corrupt_file", False),
        ("unsupported format .xlsx", "unsupported_format", False),
        ("413 too large", "too_large", False),
        ("Embedding failed", "embedding_error", True),
        ("USAGE_LIMIT_EXCEEDED", "resource_limit", False),
        ("Could not extract text", "extraction_error", False),
        ("", "unknown", False),
    ],
)
def test_an_error_message_is_classified(message, kind, retryable):
    failure = DocumentProcessingFailure.from_error_message("d", message, "a.pdf")
    assert (failure.error_type.value, failure.is_retryable, failure.filename) == (kind, retryable, "a.pdf")


async def test_a_picture_by_a_documents_name_is_a_failed_result_at_once(client, photo):
    with pytest.raises(DocumentProcessingError, match="no document but image"):
        await client.documents.upload_one(photo("scan.pdf", b"really a picture"))


def test_statuses_are_words():
    assert [status.value for status in DocumentProcessingStatus] == ["pending", "processing", "completed", "failed"]


async def test_a_server_without_uploads_of_their_own_is_asked_as_for_any_file(client, api, photo, monkeypatch):
    missing = Answer(404, {"error": {"code": "NOT_FOUND", "message": "no such route"}})
    api.plan("GET /api/v2/document-uploads/quota-check", missing)
    monkeypatch.setattr(type(api), "document_status", lambda self, asked, document_id: missing)
    monkeypatch.setattr(type(api), "document", document, raising=False)
    with pytest.raises(DocumentProcessingError, match="too many pages"):
        await client.documents.upload(photo("a.pdf", b"unreadable"))


def document(self, asked, document_id):
    return Answer(data={"id": document_id, "extraction_status": "failed", "error_message": "It has too many pages"})
