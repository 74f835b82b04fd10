"""Uploads, files, folders and links of the fake server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional

from ._forms import form_of
from ._library import StoredFile, StoredFolder
from ._wire import STORAGE_URL, Asked, Fault, Reply, page, route

if TYPE_CHECKING:
    from .server import FakeServer


@route("GET /uploads/quota-check")
@route("GET /document-uploads/quota-check")
def quota(server: FakeServer, asked: Asked) -> Reply:
    count = asked.number("file_count", 1)
    fits = server.available_uploads < 0 or count <= server.available_uploads
    counts = {"requested": count, "available": server.available_uploads, "current_usage": len(server.files)}
    caps = {"monthly_limit": server.available_uploads, "max_batch_size": 200, "max_concurrent_uploads": 4}
    return Reply({"can_proceed": fits, **counts, **caps, "message": None if fits else "The month is used up."})


@route("POST /user-files/upload/stream")
def upload_one(server: FakeServer, asked: Asked) -> Reply:
    fields, files = form_of(asked.headers["content-type"], asked.body)
    return Reply({**_store(server, *files[0], fields), "upload_method": "STREAMING", "processing_time_ms": 1.0})


@route("POST /user-files/upload/stream-batch")
def upload_batch(server: FakeServer, asked: Asked) -> Reply:
    fields, files = form_of(asked.headers["content-type"], asked.body)
    results = [_store(server, *one, fields) for one in files]
    counts = {"total_files": len(files), "accepted_files": len(files), "rejected_files": 0}
    session_id = server.new_id()
    server.batches[session_id] = [one["image_id"] for one in results if not one.get("skipped")]
    answer = {"session_id": session_id, **counts, "status": "processing", "immediate_results": results}
    return Reply({**answer, "status_url": "", "websocket_channel": "", "rejections": None})


def _store(server: FakeServer, filename: str, content: bytes, fields: dict[str, str]) -> dict[str, Any]:
    same = next((one for one in server.living() if content and one.content == content), None)
    if same is not None and fields.get("skip_duplicates") == "true":
        known = {"image_id": same.id, "skipped_existing_image_id": same.id, "object_key": same.object_key}
        return {**known, "filename": filename, "status": "skipped", "skipped": True}
    tags = [tag for tag in fields.get("tags", "").split(",") if tag]
    file = server.add_file(filename, content, title=fields.get("title"), tags=tags, folder_id=fields.get("folder_id"))
    return {"image_id": file.id, "filename": filename, "object_key": file.object_key, "status": "processing"}


@route("GET /uploads/status/{image_id}")
def image_status(server: FakeServer, asked: Asked, image_id: str) -> Reply:
    state = server.show(server.file(image_id)).get("description_status")
    return Reply({"image_id": image_id, "unified_status": state, "component_statuses": {"description_status": state}})


@route("GET /user-files")
def list_files(server: FakeServer, asked: Asked) -> Reply:
    found = [file for file in server.files.values() if _fits(file, asked)]
    # newest first, as they came last
    return page(server, asked, "files", [server.show(file) for file in reversed(found)])


def _fits(file: StoredFile, asked: Asked) -> bool:
    ids, kinds, tags = (asked.query.get(name) for name in ("ids", "media_types", "tags"))
    folder_id, words = asked.text("folder_id"), asked.text("search").lower().split()
    return (
        file.is_deleted == (asked.text("deleted") == "true")
        and (ids is None or file.id in ids)
        and (kinds is None or file.media_type in kinds)
        and (tags is None or set(tags) <= set(file.tags))
        and (not folder_id or file.folder_id == folder_id)
        and all(word in " ".join(file.words) for word in words)
    )


@route("GET /user-files/{file_id}")
def get_file(server: FakeServer, asked: Asked, file_id: str) -> Reply:
    file = server.file(file_id)
    return Reply({**server.show(file), "object_key": file.object_key, "original_filename": file.filename, "hash": ""})


@route("PATCH /user-files/{file_id}")
@route("PATCH /documents/{file_id}")
def update_file(server: FakeServer, asked: Asked, file_id: str) -> Reply:
    file = server.file(file_id)
    file.title = asked.json.get("title", file.title)
    file.tags = asked.json.get("tags", file.tags)
    return Reply({"id": file.id, "title": file.title, "tags": file.tags, "updated_at": server.moment})


@route("DELETE /user-files/{file_id}")
def delete_file(server: FakeServer, asked: Asked, file_id: str) -> Reply:
    file = server.file(file_id)
    file.is_deleted = True
    return Reply({"id": file.id, "deleted_at": server.moment, "message": "It can be restored for 30 days."})


@route("DELETE /documents/{file_id}")
def delete_document(server: FakeServer, asked: Asked, file_id: str) -> Reply:
    server.file(file_id, "document").is_deleted = True
    return Reply(status=204, content=b"")


@route("POST /user-files/{file_id}/restore")
def restore_file(server: FakeServer, asked: Asked, file_id: str) -> Reply:
    file = server.files.get(file_id)
    if file is None or not file.is_deleted:
        raise Fault(404, "FILE_NOT_FOUND", "There is no such file.")
    file.is_deleted = False
    return Reply({"id": file.id, "message": "It is back."})


@route("POST /user-files/batch-delete")
@route("POST /documents/batch-delete")
def delete_files(server: FakeServer, asked: Asked) -> Reply:
    fates: dict[str, list[dict[str, Any]]] = {"deleted": [], "skipped": [], "failed": []}
    ids: list[str] = asked.json.get("file_ids") or asked.json.get("document_ids") or []
    for file_id in ids:
        file = server.files.get(file_id)
        if file is None or file.is_deleted:
            fates["failed"].append({"id": file_id, "status": "not_found"})
        else:
            file.is_deleted = True
            fates["deleted"].append({"id": file_id, "status": "deleted", "deleted_at": server.moment})
    return Reply({**fates, "summary": {name: len(fate) for name, fate in fates.items()}})


@route("GET /user-files/{file_id}/download")
@route("GET /documents/{file_id}/download")
def download(server: FakeServer, asked: Asked, file_id: str) -> Reply:
    return Reply(status=302, headers={"location": f"{STORAGE_URL}/{server.file(file_id).id}"}, content=b"")


@route("GET /user-files/{file_id}/variant/{variant_type}")
def variant(server: FakeServer, asked: Asked, file_id: str, variant_type: str) -> Reply:
    return download(server, asked, file_id=file_id)


@route("GET /storage/{file_id}")
def stored_bytes(server: FakeServer, asked: Asked, file_id: str) -> Reply:
    return Reply(content=server.file(file_id).content)


@route("POST /user-files/links")
def create_link(server: FakeServer, asked: Asked) -> Reply:
    url = str(asked.json.get("url", ""))
    is_duplicate = any(one.url == url for one in server.living())
    file = StoredFile(url, b"", "link", asked.json.get("title"), [*(asked.json.get("tags") or [])], url=url)
    file.folder_id = asked.json.get("folder_id")
    server.files[file.id] = file
    return Reply({**server.show(file), "is_duplicate": is_duplicate}, 201)


@route("POST /user-files/{file_id}/recrawl")
def recrawl(server: FakeServer, asked: Asked, file_id: str) -> Reply:
    server.file(file_id, "link").polls = 0
    return Reply({"status": "queued", "link_id": file_id})


def _folder(server: FakeServer, folder: StoredFolder) -> dict[str, Any]:
    return {
        "id": folder.id,
        "name": folder.name,
        "parent_id": folder.parent_id,
        "depth": len(_way(server, folder)) - 1,
        "file_count": sum(file.folder_id == folder.id for file in server.living()),
        "subfolder_count": sum(one.parent_id == folder.id for one in server.folders.values()),
        "created_at": server.moment,
        "updated_at": server.moment,
    }


def _way(server: FakeServer, folder: Optional[StoredFolder]) -> list[StoredFolder]:
    way: list[StoredFolder] = []
    while folder is not None:
        way.insert(0, folder)
        folder = server.folders.get(folder.parent_id or "")
    return way


def _require_free(server: FakeServer, name: str, parent_id: Optional[str]) -> None:
    if any(one.name.lower() == name.lower() and one.parent_id == parent_id for one in server.folders.values()):
        raise Fault(409, "FOLDER_NAME_TAKEN", "There is a folder of that name.")


@route("GET /folders")
def folder_tree(server: FakeServer, asked: Asked) -> Reply:
    return Reply({"folders": [_folder(server, one) for one in server.folders.values()]})


@route("POST /folders")
def create_folder(server: FakeServer, asked: Asked) -> Reply:
    parent_id = asked.json.get("parent_id")
    if parent_id is not None:
        server.folder(parent_id)
    _require_free(server, asked.json["name"], parent_id)
    folder = StoredFolder(asked.json["name"], parent_id)
    server.folders[folder.id] = folder
    return Reply(_folder(server, folder), 201)


@route("GET /folders/{folder_id}")
def get_folder(server: FakeServer, asked: Asked, folder_id: str) -> Reply:
    folder = server.folder(folder_id)
    below = [_folder(server, one) for one in server.folders.values() if one.parent_id == folder_id]
    data = _folder(server, folder)
    crumbs = [_folder(server, one) for one in _way(server, folder)]
    counts = {"total_files": data["file_count"], "has_more_files": False}
    return Reply({"folder": data, "breadcrumbs": crumbs, "subfolders": below, **counts})


@route("GET /folders/{folder_id}/breadcrumbs")
def breadcrumbs(server: FakeServer, asked: Asked, folder_id: str) -> Reply:
    return Reply({"breadcrumbs": [_folder(server, one) for one in _way(server, server.folder(folder_id))]})


@route("PATCH /folders/{folder_id}")
def rename_folder(server: FakeServer, asked: Asked, folder_id: str) -> Reply:
    folder = server.folder(folder_id)
    _require_free(server, asked.json["name"], folder.parent_id)
    folder.name = asked.json["name"]
    return Reply(_folder(server, folder))


@route("POST /folders/{folder_id}/move")
def move_folder(server: FakeServer, asked: Asked, folder_id: str) -> Reply:
    folder, parent_id = server.folder(folder_id), asked.json.get("new_parent_id")
    if parent_id is not None and folder in _way(server, server.folder(parent_id)):
        raise Fault(422, "FOLDER_CYCLE", "A folder cannot be moved into itself.")
    folder.parent_id = parent_id
    return Reply(_folder(server, folder))


@route("DELETE /folders/{folder_id}")
def delete_folder(server: FakeServer, asked: Asked, folder_id: str) -> Reply:
    folder, mode = server.folder(folder_id), asked.text("mode", "move_to_parent")
    below = [one for one in server.folders.values() if folder in _way(server, one) and one is not folder]
    inside = {folder.id, *(one.id for one in below if mode == "delete_all")}
    files = [file for file in server.living() if file.folder_id in inside]
    children = [one for one in below if mode == "delete_all" or one.parent_id == folder.id]
    for file in files:
        file.is_deleted, file.folder_id = mode == "delete_all", folder.parent_id
    for child in children:
        if mode == "delete_all":
            del server.folders[child.id]
        else:
            child.parent_id = folder.parent_id
    del server.folders[folder.id]
    counts = {"files_affected": len(files), "subfolders_affected": len(children)}
    return Reply({"id": folder.id, **counts, "mode": mode})


@route("POST /folders/move-files")
def move_files(server: FakeServer, asked: Asked) -> Reply:
    ids, folder_id = asked.json.get("file_ids", []), asked.json.get("folder_id")
    if folder_id is not None:
        server.folder(folder_id)
    known = [file for file in server.living() if file.id in ids]
    for file in known:
        file.folder_id = folder_id
    return Reply({"moved": len(known), "total_requested": len(ids)})
