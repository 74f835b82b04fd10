"""Upload sessions, duplicates and presigned uploads of the fake server."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from ._library import StoredFile
from ._wire import STORAGE_URL, Asked, Fault, Reply, page, route

if TYPE_CHECKING:
    from .server import FakeServer

SHOWN = ("session_id", "status", "total_files", "completed_files", "failed_files", "progress_percentage", "created_at")


@route("GET /uploads/sessions")
def list_batches(server: FakeServer, asked: Asked) -> Reply:
    shown = [_batch(server, session_id) for session_id in reversed(server.batches)]
    wanted = asked.text("status")
    fitting = [{name: one[name] for name in SHOWN} for one in shown if wanted in ("", one["status"])]
    return page(server, asked, "sessions", [{**one, "upload_method": "streaming"} for one in fitting])


@route("GET /uploads/sessions/{session_id}/status")
def batch_status(server: FakeServer, asked: Asked, session_id: str) -> Reply:
    return Reply(_batch(server, session_id))


@route("GET /uploads/sessions/{session_id}/results")
def batch_results(server: FakeServer, asked: Asked, session_id: str) -> Reply:
    states = [(one, _state(server.show(one))) for one in _files(server, session_id)]
    wanted = ("completed",) if asked.text("include_failed") == "false" else ("completed", "failed")
    results = [_result(file, state) for file, state in states if state in wanted]
    answer = page(server, asked, "results", results)
    return Reply({**answer.data, "session_id": session_id, "summary": {"total_files": len(states)}})


@route("POST /uploads/sessions/{session_id}/cancel")
def cancel_batch(server: FakeServer, asked: Asked, session_id: str) -> Reply:
    if _batch(server, session_id)["status"] != "processing":
        raise Fault(400, "UPLOAD_SESSION_OVER", "There is nothing left to cancel.")
    return Reply({**_batch(server, session_id), "status": "cancelled"})


def _files(server: FakeServer, session_id: str) -> list[StoredFile]:
    if session_id not in server.batches:
        raise Fault(404, "UPLOAD_SESSION_NOT_FOUND", "There is no such upload session.")
    return [server.files[file_id] for file_id in server.batches[session_id]]


def _batch(server: FakeServer, session_id: str) -> dict[str, Any]:
    states = [_state(server.show(one)) for one in _files(server, session_id)]
    done, failed = states.count("completed"), states.count("failed")
    pending = len(states) - done - failed
    status = "processing" if pending else "failed" if failed == len(states) > 0 else "completed"
    return {
        "session_id": session_id,
        "status": status,
        "total_files": len(states),
        "completed_files": done,
        "failed_files": failed,
        "skipped_files": 0,
        "pending_files": pending,
        "progress_percentage": 100.0 * (len(states) - pending) / max(1, len(states)),
        "created_at": server.moment,
    }


def _state(shown: dict[str, Any]) -> str:
    return str(shown.get("description_status") or shown.get("text_extraction_status"))


def _result(file: StoredFile, state: str) -> dict[str, Any]:
    known = {"image_id": file.id, "filename": file.filename, "object_key": file.object_key, "status": state}
    description = file.description if state == "completed" else None
    return {**known, "description": description, "tags": file.tags, "error_message": file.failure}


@route("POST /uploads/check-duplicates")
def check_duplicates(server: FakeServer, asked: Asked) -> Reply:
    there = {hashlib.sha256(one.content).hexdigest() for one in server.living() if one.content}
    hashes: list[str] = asked.json.get("hashes", [])
    duplicates = [one for one in hashes if one.lower() in there]
    return Reply({"duplicates": duplicates, "unique": [one for one in hashes if one not in duplicates]})


@route("POST /uploads/request-presigned-url")
def offer(server: FakeServer, asked: Asked) -> Reply:
    place = server.new_id()
    server.offers[f"uploads/{place}"] = (asked.json["filename"], None)
    headers = {"Content-Type": asked.json["content_type"]}
    known = {"upload_url": f"{STORAGE_URL}/incoming/{place}", "upload_method": "PUT", "upload_headers": headers}
    return Reply({**known, "object_key": f"uploads/{place}", "expires_at": server.moment})


@route("PUT /storage/incoming/{place}")
def put_bytes(server: FakeServer, asked: Asked, place: str) -> Reply:
    filename, _ = _offer(server, f"uploads/{place}")
    server.offers[f"uploads/{place}"] = (filename, asked.body)
    return Reply({})


@route("POST /uploads/confirm")
def confirm(server: FakeServer, asked: Asked) -> Reply:
    key = asked.json["object_key"]
    filename, content = _offer(server, key)
    if content is None:
        raise Fault(409, "UPLOAD_NOT_ARRIVED", "Nothing was put yet.")
    if len(content) != asked.json["size_bytes"]:
        raise Fault(422, "SIZE_MISMATCH", "Other bytes arrived.")
    file = server.add_file(filename, content)
    return Reply({"upload_id": file.id, "object_key": key, "storage_path": key, "confirmed": True})


def _offer(server: FakeServer, key: str) -> tuple[str, bytes | None]:
    if key not in server.offers:
        raise Fault(404, "UPLOAD_NOT_FOUND", "There is no such upload.")
    return server.offers[key]
