"""Search, documents and chat of the fake server."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from ._library import StoredFile, score_of, words_of
from ._wire import Asked, Fault, Reply, page, route

if TYPE_CHECKING:
    from .server import FakeServer


def _found(server: FakeServer, query: str, media_type: str, ids: Any = None) -> list[tuple[float, StoredFile]]:
    wanted = words_of(query)
    files = [one for one in server.living() if one.media_type == media_type and (not ids or one.id in ids)]
    scored = [(score_of(wanted, one.words), one) for one in files]
    return sorted(((score, one) for score, one in scored if score > 0), key=lambda pair: -pair[0])


def _summary(kind: str, count: int, ids: list[str]) -> dict[str, Any]:
    refs = {"search_1": {"count": count, "ids": ids, "image_ids": ids, "id_type": kind, "label": "results"}}
    words = {"summary": f"Found {count}.", "summary_raw": "Found [[ref:search_1]]."}
    run = {"success": True, "count": count, "search_mode": "text", "execution_time_ms": 1, "iterations": 1}
    return {**run, **words, "result_refs": refs}


@route("POST /agents/search/images")
def search_images(server: FakeServer, asked: Asked) -> Reply:
    found = _found(server, asked.json["query"], "image", asked.json.get("image_ids"))[: asked.json.get("limit", 50)]
    results = [
        {
            "image_id": one.id,
            "score": score,
            "filename": one.filename,
            "title": one.title,
            "description": one.description,
            "folder_id": one.folder_id,
        }
        for score, one in found
    ]
    ids = [one.id for _, one in found]
    return Reply({"results": results, "result_ids": ids, **_summary("image", len(ids), ids)})


@route("POST /agents/search/links")
def search_links(server: FakeServer, asked: Asked) -> Reply:
    found = _found(server, asked.json["query"], "link")[: asked.json.get("limit", 50)]
    results = [{"link_id": one.id, "score": score, "url": one.url, "title": one.title} for score, one in found]
    ids = [one.id for _, one in found]
    return Reply({"results": results, "link_ids": ids, **_summary("link", len(ids), ids)})


@route("POST /agents/search/documents")
def search_agent_documents(server: FakeServer, asked: Asked) -> Reply:
    chunks = _chunks(server, asked.json["query"], asked.json.get("document_ids"))[: asked.json.get("limit", 50)]
    results = [{**one, "text": one["content"], "score": one["similarity_score"]} for one in chunks]
    ids = list(dict.fromkeys(one["document_id"] for one in chunks))
    chunk_ids = [one["chunk_id"] for one in chunks]
    more = {"chunk_ids": chunk_ids, "document_ids": ids}
    return Reply({"results": results, **more, **_summary("chunk", len(chunks), chunk_ids)})


@route("POST /documents/search")
def search_documents(server: FakeServer, asked: Asked) -> Reply:
    least = asked.json.get("similarity_threshold", 0.3)
    chunks = _chunks(server, asked.json["query"], asked.json.get("document_ids"))
    results = [one for one in chunks if one["similarity_score"] >= least][: asked.json.get("limit", 20)]
    return Reply({"query": asked.json["query"], "results": results, "total_count": len(results), "search_time_ms": 1})


def _chunks(server: FakeServer, query: str, document_ids: Any) -> list[dict[str, Any]]:
    wanted = words_of(query)
    chunks = [
        {**one, "similarity_score": score_of(wanted, words_of(one["content"]))}
        for file in server.living()
        if file.media_type == "document" and (not document_ids or file.id in document_ids)
        for one in _chunks_of(file)
    ]
    return sorted((one for one in chunks if one["similarity_score"] > 0), key=lambda one: -one["similarity_score"])


def _chunks_of(file: StoredFile) -> list[dict[str, Any]]:
    return [
        {
            "chunk_id": f"{file.id}-{index}",
            "document_id": file.id,
            "document_filename": file.filename,
            "chunk_index": index,
            "content": text,
            "page_numbers": [1],
            "metadata": {"token_count": len(text.split())},
        }
        for index, text in enumerate(file.chunks)
    ]


@route("GET /documents")
def list_documents(server: FakeServer, asked: Asked) -> Reply:
    number, size = asked.number("page", 1), asked.number("page_size", 20)
    shown = [server.show(one) for one in server.living() if one.media_type == "document"]
    state = asked.text("status_filter")
    every = [one for one in shown if not state or one["text_extraction_status"] == state]
    chosen = every[(number - 1) * size : number * size]
    return Reply({"documents": chosen, "total_count": len(every), "page": number, "page_size": size})


@route("GET /documents/{document_id}")
def get_document(server: FakeServer, asked: Asked, document_id: str) -> Reply:
    return Reply(server.show(server.file(document_id, "document")))


@route("GET /document-uploads/{document_id}/status")
def document_status(server: FakeServer, asked: Asked, document_id: str) -> Reply:
    file = server.file(document_id, "document")
    return Reply({"document_id": file.id, **server.show(file), "error_message": file.failure})


@route("GET /documents/{document_id}/text")
def document_text(server: FakeServer, asked: Asked, document_id: str) -> Reply:
    file = server.file(document_id, "document")
    return Reply({"document_id": file.id, "filename": file.filename, "text": file.text, "page_count": 1})


@route("GET /documents/{document_id}/chunks")
def document_chunks(server: FakeServer, asked: Asked, document_id: str) -> Reply:
    chunks = _chunks_of(server.file(document_id, "document"))
    return Reply({"document_id": document_id, "chunks": chunks, "total_chunks": len(chunks)})


@route("POST /chat/sessions")
def create_session(server: FakeServer, asked: Asked) -> Reply:
    session_id = server.new_id()
    server.sessions[session_id] = {
        "id": session_id,
        "title": asked.json.get("title") or "New conversation",
        "is_active": True,
        "use_all_images": asked.json.get("use_all_images", True),
        "created_at": server.moment,
        "messages": [],
        "images": asked.json.get("initial_image_ids") or [],
        "documents": [],
        "videos": [],
    }
    shown = {"title": server.sessions[session_id]["title"], "created_at": server.moment}
    return Reply({"session_id": session_id, **shown})


@route("GET /chat/sessions")
def list_sessions(server: FakeServer, asked: Asked) -> Reply:
    wanted = asked.text("is_active")
    sessions = [one for one in server.sessions.values() if not wanted or one["is_active"] == (wanted == "true")]
    return page(server, asked, "sessions", [_session(one) for one in reversed(sessions)])


@route("GET /chat/sessions/{session_id}")
def get_session(server: FakeServer, asked: Asked, session_id: str) -> Reply:
    session = server.session(session_id)
    messages: list[Any] = session["messages"][-asked.number("message_limit", 1000) :]
    shown: list[Any] = messages if asked.text("include_messages", "true") == "true" else []
    selected = {"selected_image_ids": session["images"], "selected_video_ids": session["videos"]}
    return Reply({"session": _session(session), "messages": shown, **selected, "context_summary": None})


@route("DELETE /chat/sessions/{session_id}")
def close_session(server: FakeServer, asked: Asked, session_id: str) -> Reply:
    session = server.session(session_id)
    session["is_active"] = False
    counts = {"total_messages": len(session["messages"]), "total_tokens": 0}
    return Reply({"session_id": session_id, "closed_at": server.moment, **counts})


@route("PATCH /chat/sessions/{session_id}/title")
def rename_session(server: FakeServer, asked: Asked, session_id: str) -> Reply:
    server.session(session_id)["title"] = asked.json["title"]
    return Reply({"session_id": session_id, "title": asked.json["title"], "updated_at": server.moment})


@route("PUT /chat/sessions/{session_id}/{kind}")
def select(server: FakeServer, asked: Asked, session_id: str, kind: str) -> Reply:
    singular = kind[:-1]
    if kind not in ("images", "documents", "videos"):
        raise Fault(404, "NOT_FOUND", "There is no such operation.")
    ids = asked.json.get(f"{singular}_ids", [])
    server.session(session_id)[kind] = ids
    return Reply({"session_id": session_id, f"selected_{singular}_ids": ids, f"{singular}_count": len(ids)})


def _session(session: dict[str, Any]) -> dict[str, Any]:
    hidden = ("messages", "images", "documents", "videos")
    known = {name: value for name, value in session.items() if name not in hidden}
    return {**known, "total_messages": len(session["messages"]), "selected_image_count": len(session["images"])}


@route("POST /chat/sessions/{session_id}/messages")
def send(server: FakeServer, asked: Asked, session_id: str) -> Reply:
    return Reply(_answer(server, session_id, asked.json["message"]))


@route("POST /chat/sessions/{session_id}/messages/stream")
def send_stream(server: FakeServer, asked: Asked, session_id: str) -> Reply:
    answer = _answer(server, session_id, asked.json["message"])
    return Reply(headers={"content-type": "text/event-stream"}, content=_frames(answer))


def _answer(server: FakeServer, session_id: str, message: str) -> dict[str, Any]:
    session = server.session(session_id)
    if not session["is_active"]:
        raise Fault(409, "CHAT_SESSION_CLOSED", "The conversation is closed.")
    found = [one for _, one in _found(server, message, "image", session["images"])]
    marks = ", ".join(f"[[img:{one.id}|{one.filename}]]" for one in found)
    content = server.answer_message(message) or (f"{len(found)} found: {marks}" if found else "Nothing was found.")
    pictures = [{"image_id": one.id, "filename": one.filename, "description": one.description} for one in found]
    answer = {"message_id": server.new_id(), "content": content, "images": pictures, "provider": "fake", "model": ""}
    metadata = {"image_context": pictures}
    for role, text in (("user", message), ("assistant", content)):
        known = {"id": server.new_id(), "role": role, "content": text, "created_at": server.moment}
        session["messages"].append({**known, "metadata": metadata if role == "assistant" else {}})
    plan = {"plan": _plan(server, message)}
    return {**answer, **plan, "token_count": len(content.split()), "processing_time_ms": 1, "metadata": metadata}


def _plan(server: FakeServer, message: str) -> dict[str, Any] | None:
    summary = server.propose_plan(message)
    if summary is None:
        return None
    plan_id = server.new_id()
    server.plans[plan_id] = "pending"
    return {"plan_id": plan_id, "status": "pending", "summary": summary, "steps": [{"step": 1, "message": summary}]}


@route("POST /chat/sessions/{session_id}/plans/{plan_id}/action")
def decide(server: FakeServer, asked: Asked, session_id: str, plan_id: str) -> Reply:
    server.session(session_id)
    if plan_id not in server.plans:
        raise Fault(404, "PLAN_NOT_FOUND", "There is no such plan.")
    if server.plans[plan_id] != "pending":
        raise Fault(409, "PLAN_DECIDED", "The plan was decided already.")
    action = "approved" if asked.json["action"] == "approve" else "cancelled"
    status = server.plans[plan_id] = "completed" if action == "approved" else "cancelled"
    return Reply({"success": True, "plan_id": plan_id, "message": "", "action_taken": action, "status": status})


async def _frames(answer: dict[str, Any]) -> AsyncIterator[bytes]:
    message_id, told = answer["message_id"], ""
    yield _frame("connection", {"message_id": message_id, "status": "connected"})
    yield _frame("thinking", {"status": "processing"})
    if answer["plan"]:
        yield _frame("plan_pending_approval", answer["plan"])
        yield _frame("close", {"message_id": message_id})
        return
    for index, word in enumerate(answer["content"].split(" ")):
        piece = word if index == 0 else " " + word
        told += piece
        yield _frame("token", {"content": piece, "accumulated": told, "token_index": index}, index + 1)
    whole = {"content": answer["content"], "message_id": message_id, "image_context": answer["images"]}
    yield _frame("complete", {**whole, "has_results": bool(answer["images"]), "result_count": len(answer["images"])})
    yield _frame("close", {"message_id": message_id})


def _frame(event: str, data: dict[str, Any], event_id: int | None = None) -> bytes:
    place = "" if event_id is None else f"id: {event_id}\n"
    return f"event: {event}\n{place}data: {json.dumps({'type': event, **data})}\n\n".encode()
