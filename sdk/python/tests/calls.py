"""Every plain call of the SDK: what it asks for, an answer to it, and what the caller then has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from aion import BatchImageInput, BatchVerifyInput, CloudFileInput, ColorFamily, MemberRole

MOMENT = "2026-01-02T03:04:05Z"


@dataclass(frozen=True)
class Call:
    """One call; `asks` is `POST /path?query` under the base URL, `gives` are attributes of the result."""

    asks: str
    call: Callable[[Any], Any]
    answer: Any = field(default_factory=dict)
    gives: dict[str, Any] = field(default_factory=dict)
    sends: Any = None
    status: int = 200

    @property
    def method(self) -> str:
        return self.asks.split(" ", 1)[0]

    @property
    def path(self) -> str:
        return self.asks.split(" ", 1)[1].partition("?")[0]

    @property
    def query(self) -> list[tuple[str, str]]:
        return parse_qsl(self.asks.partition("?")[2])


FOLDER = {"id": "d1", "name": "Cars", "parent_id": None, "depth": 0, "file_count": 3, "subfolder_count": 1}
FOLDER = {**FOLDER, "created_at": MOMENT, "updated_at": MOMENT}
CRUMB = {"id": "d1", "name": "Cars", "depth": 0}
FATES = {"deleted": [{"id": "a", "status": "deleted"}], "skipped": [{"id": "b", "status": "processing"}]}
FATES = {**FATES, "failed": [{"id": "c", "status": "not_found"}], "summary": {"deleted": 1, "skipped": 1, "failed": 1}}

FOLDERS = [
    Call(
        "GET /folders",
        lambda client: client.folders.tree(),
        {"folders": [FOLDER]},
        {"folders.0.name": "Cars", "folders.0.created_at.year": 2026},
    ),
    Call(
        "GET /folders/d1?limit=10&offset=5",
        lambda client: client.folders.get("d1", limit=10, offset=5),
        {"folder": FOLDER, "breadcrumbs": [CRUMB], "subfolders": [FOLDER], "total_files": 3, "has_more_files": True},
        {"folder.file_count": 3, "breadcrumbs.0.id": "d1", "subfolders.0.depth": 0, "has_more_files": True},
    ),
    Call(
        "GET /folders/d1/breadcrumbs",
        lambda client: client.folders.get_breadcrumbs("d1"),
        {"breadcrumbs": [CRUMB]},
        {"breadcrumbs.0.name": "Cars"},
    ),
    Call(
        "POST /folders",
        lambda client: client.folders.create("Cars", parent_id="p1"),
        FOLDER,
        {"id": "d1"},
        {"name": "Cars", "parent_id": "p1"},
        201,
    ),
    Call(
        "PATCH /folders/d1",
        lambda client: client.folders.rename("d1", "Boats"),
        {**FOLDER, "name": "Boats"},
        {"name": "Boats"},
        {"name": "Boats"},
    ),
    Call(
        "POST /folders/d1/move",
        lambda client: client.folders.move("d1"),
        FOLDER,
        {"parent_id": None},
        {"new_parent_id": None},
    ),
    Call(
        "DELETE /folders/d1?mode=delete_all",
        lambda client: client.folders.delete("d1", mode="delete_all"),
        {"id": "d1", "files_affected": 2, "subfolders_affected": 1, "mode": "delete_all"},
        {"files_affected": 2, "subfolders_affected": 1},
    ),
    Call(
        "POST /folders/move-files",
        lambda client: client.folders.move_files(["a", "b"], folder_id="d1"),
        {"moved": 1, "total_requested": 2},
        {"moved": 1, "total_requested": 2},
        {"file_ids": ["a", "b"], "folder_id": "d1"},
    ),
]

LINK = {"id": "l1", "source_url": "https://example.org/a", "domain": "example.org", "title": "A page"}
LINK = {**LINK, "crawl_status": "completed", "og_metadata": {"title": "A", "image": "https://example.org/a.png"}}
LINK_FILE = {**LINK, "size_bytes": 0, "created_at": MOMENT, "has_full_description": False, "tags": ["x"]}

PAGE = {
    "visible_text": "All of it.",
    "upload_description": "What it says.",
    "extracted_images": {"images": [{"url": "https://example.org/b.png"}]},
}

LINKS = [
    Call(
        "POST /user-files/links",
        lambda client: client.links.create("https://example.org/a", title="A page", tags=["x"], folder_id="d1"),
        {
            "id": "l1",
            "source_url": "https://example.org/a",
            "domain": "example.org",
            "title": None,
            "crawl_status": "pending",
            "is_duplicate": True,
            "created_at": MOMENT,
        },
        {"url": "https://example.org/a", "is_duplicate": True, "tags": ["x"], "folder_id": "d1", "title": "A page"},
        {"url": "https://example.org/a", "title": "A page", "tags": ["x"], "folder_id": "d1", "auto_crawl": True},
        201,
    ),
    Call(
        "POST /user-files/l1/recrawl",
        lambda client: client.links.recrawl("l1"),
        {"status": "queued", "link_id": "l1"},
        {"id": "l1", "status": "queued"},
    ),
    Call(
        "GET /user-files/l1",
        lambda client: client.links.get("l1"),
        {**LINK_FILE, "object_key": "", "hash": "", "page_title": "A", "crawled_at": MOMENT, **PAGE},
        {
            "visible_text": "All of it.",
            "description": "What it says.",
            "extracted_images": [{"url": "https://example.org/b.png"}],
            "url": "https://example.org/a",
            "is_crawl_complete": True,
            "is_crawling": False,
            "og_metadata.image_url": "https://example.org/a.png",
        },
    ),
    Call(
        "GET /user-files?media_types=link&tags=x&crawl_status=failed&limit=20&offset=0"
        "&sort_by=created_at&sort_order=desc",
        lambda client: client.links.list(tags="x", crawl_status="failed"),
        {"files": [LINK_FILE], "total_count": 1, "has_more": False},
        {"links.0.url": "https://example.org/a", "total_count": 1},
    ),
    Call(
        "PATCH /user-files/l1",
        lambda client: client.links.update("l1", title="B"),
        {"id": "l1", "title": "B", "tags": [], "updated_at": MOMENT},
        {"title": "B"},
        {"title": "B"},
    ),
    Call(
        "DELETE /user-files/l1",
        lambda client: client.links.delete("l1"),
        {"id": "l1", "deleted_at": MOMENT, "message": "Gone."},
        {"message": "Gone.", "deleted_at.year": 2026},
    ),
    Call(
        "POST /user-files/batch-delete",
        lambda client: client.links.batch_delete(["a", "b", "c"]),
        FATES,
        {"deleted.0.id": "a", "skipped.0.id": "b", "failed.0.id": "c"},
        {"file_ids": ["a", "b", "c"]},
    ),
]

COLOR = {"rank": 1, "percentage": 60.5, "rgb": {"r": 65, "g": 105, "b": 225}, "hsl": {"h": 225, "s": 73, "l": 57}}
COLOR = {**COLOR, "lab": {"l": 47.8, "a": 26.3, "b": -65.3}, "hex": "#4169E1", "name": "royal blue", "family": "cool"}
ANALYTICS = {
    "temperature": {"value": "cool", "score": -0.5},
    "brightness": {"average": 50, "category": "medium"},
    "saturation": {"average": 60, "category": "vivid"},
}
PALETTE = {"version": "1.0", "dominant_colors": [COLOR], "analytics": ANALYTICS, "extracted_at": MOMENT}
COLORED = {"image_id": "i1", "status": "completed", "color_analysis": PALETTE, "extracted_at": MOMENT}

COLORS = [
    Call(
        "POST /colors/images/i1/extract?force=true&n_colors=8",
        lambda client: client.colors.extract("i1", force=True, n_colors=8),
        COLORED,
        {"is_completed": True, "color_analysis.dominant_colors.0.family_enum": ColorFamily.COOL},
    ),
    Call(
        "GET /colors/images/i1",
        lambda client: client.colors.get("i1"),
        {"image_id": "i1", "status": "queued", "color_analysis": None},
        {"is_pending": True, "color_analysis": None},
    ),
    Call(
        "POST /colors/search",
        lambda client: client.colors.search(hex_code="#4169E1", color_family="cool", limit=1),
        {
            "results": [{"image_id": "i1", "match_score": 0.9, "color_analysis": PALETTE, "delta_e": 1.5}],
            "total_count": 2,
            "limit": 1,
            "offset": 0,
        },
        {"results.0.match_score": 0.9, "results.0.delta_e": 1.5, "has_more": True},
        {
            "hex_code": "#4169E1",
            "color_family": "cool",
            "delta_e_threshold": 15.0,
            "min_percentage": 5.0,
            "limit": 1,
            "offset": 0,
        },
    ),
    Call(
        "GET /colors/families",
        lambda client: client.colors.list_families(),
        [{"name": "warm", "display_name": "Warm", "description": "Fire", "example_colors": ["#FF6347"]}],
        {"0.family_enum": ColorFamily.WARM},
    ),
    Call(
        "POST /colors/batch/extract",
        lambda client: client.colors.batch_extract(["i1", "i2"]),
        {"queued_count": 2, "message": "Queued."},
        {"queued_count": 2},
        {"image_ids": ["i1", "i2"], "force": False, "n_colors": 16},
    ),
]

EVENT = {"id": "e1", "event_type": "api_key.created", "event_timestamp": MOMENT, "severity": "info", "action": "create"}
EVENT = {**EVENT, "result": "success", "metadata": {"name": "k"}, "ip_address": "127.0.0.1", "request_id": "r1"}
EVENT = {**EVENT, "session_id": "s1", "user_agent": "a program"}

AUDIT = [
    Call(
        "GET /tenant/audit-logs?event_type=api_key.created&severity=info&limit=10&offset=0",
        lambda client: client.audit.list(event_type="api_key.created", severity="info", limit=10),
        {"entries": [EVENT], "total_count": 1, "has_more": False},
        {"entries.0.event_type_enum.name": "API_KEY_CREATED", "entries.0.severity_enum.value": "info"},
    ),
    Call(
        "GET /tenant/audit-logs/e1",
        lambda client: client.audit.get("e1"),
        EVENT,
        {"result_enum.value": "success", "metadata": {"name": "k"}, "request_id": "r1", "session_id": "s1"},
    ),
]

S3 = {"configured": True, "bucket_name": "photos", "region": "eu-west-1", "configured_at": MOMENT, "is_validated": True}
S3 = {**S3, "endpoint_url": None, "prefix": "p"}

OWN_MODEL = {
    "provider": "openai",
    "models": ["gpt-5-mini"],
    "host": "api.openai.com",
    "is_set": True,
    "is_used": True,
    "key_ending": "WXYZ",
    "model": "gpt-5-mini",
    "configured_at": "2026-11-29T08:00:00Z",
    "error": None,
}
SETTINGS = [
    Call(
        "POST /tenant/s3-config",
        lambda client: client.settings.configure_custom_s3("A" * 16, "s" * 20, "photos", "eu-west-1"),
        S3,
        {"configured": True, "bucket_name": "photos"},
        {
            "access_key_id": "A" * 16,
            "secret_access_key": "s" * 20,
            "bucket_name": "photos",
            "region": "eu-west-1",
        },
    ),
    Call(
        "GET /tenant/s3-config",
        lambda client: client.settings.get_custom_s3_status(),
        S3,
        {"is_validated": True, "prefix": "p"},
    ),
    Call(
        "DELETE /tenant/s3-config",
        lambda client: client.settings.remove_custom_s3(),
        {"removed": True, "message": "Forgotten."},
        {"removed": True},
    ),
    Call(
        "POST /tenant/s3-config/validate",
        lambda client: client.settings.validate_custom_s3(),
        {"valid": False, "error": "No such bucket"},
        {"valid": False, "error": "No such bucket"},
    ),
    Call(
        "GET /tenant/provider-keys",
        lambda client: client.settings.list_provider_keys(),
        {"providers": [OWN_MODEL]},
        {"providers.0.models": ["gpt-5-mini"], "providers.0.is_used": True, "providers.0.key_ending": "WXYZ"},
    ),
    Call(
        "PUT /tenant/provider-keys/openai",
        lambda client: client.settings.set_provider_key("openai", "k" * 16, model="gpt-5-mini"),
        OWN_MODEL,
        {"is_set": True, "model": "gpt-5-mini", "error": None},
        {"api_key": "k" * 16, "model": "gpt-5-mini"},
    ),
    Call(
        "POST /tenant/provider-keys/openai/test",
        lambda client: client.settings.test_provider_key("openai"),
        {"valid": False, "provider": "openai", "model": "gpt-5-mini", "error": "its key was refused"},
        {"valid": False, "error": "its key was refused"},
    ),
    Call(
        "DELETE /tenant/provider-keys/openai",
        lambda client: client.settings.remove_provider_key("openai"),
        {"removed": True, "message": "Forgotten."},
        {"removed": True},
    ),
]

MEMBER = {"id": "u1", "email": "kim@example.org", "name": "Kim", "role": "editor", "joined_at": MOMENT}
TENANT_SETTINGS = {
    "id": "t1",
    "name": "Acme",
    "owner_user_id": "u0",
    "created_at": MOMENT,
    "updated_at": MOMENT,
    "is_active": True,
    "webhook_url": None,
    "allowed_vlm_providers": [],
    "allowed_domains": ["example.org"],
    "max_monthly_credits": -1,
    "max_requests_per_minute": 500,
    "custom_config": {"a": 1},
    "subscription_tier": "enterprise",
    "subscription_expires_at": None,
    "current_month_credits": 7,
    "current_month_cost": 0.5,
    "total_credits": 9,
    "total_cost": 0.75,
}

TENANT = [
    Call(
        "GET /tenant/settings",
        lambda client: client.tenant.get_settings(),
        TENANT_SETTINGS,
        {"name": "Acme", "max_monthly_credits": -1, "custom_config": {"a": 1}, "total_cost": 0.75},
    ),
    Call(
        "PATCH /tenant/settings",
        lambda client: client.tenant.update_settings(name="Acme", allowed_domains=["example.org"]),
        TENANT_SETTINGS,
        {"allowed_domains": ["example.org"]},
        {"name": "Acme", "allowed_domains": ["example.org"]},
    ),
    Call(
        "GET /tenant/limits",
        lambda client: client.tenant.get_limits(),
        {"limits": {"monthly_uploads": -1}, "usage": {"monthly_uploads": 3}, "remaining": {"monthly_uploads": -1}},
        {"limits": {"monthly_uploads": -1}, "usage": {"monthly_uploads": 3}},
    ),
    Call("GET /tenant/members", lambda client: client.tenant.list_members(), [MEMBER], {"0.role_enum.value": "editor"}),
    Call(
        "POST /tenant/members/invite",
        lambda client: client.tenant.invite_member("kim@example.org", role="editor"),
        MEMBER,
        {"email": "kim@example.org"},
        {"email": "kim@example.org", "role": "editor"},
    ),
    Call(
        "PATCH /tenant/members/u1/role",
        lambda client: client.tenant.update_member_role("u1", MemberRole.EDITOR),
        MEMBER,
        {"role": "editor"},
        {"role": "editor"},
    ),
    Call(
        "DELETE /tenant/members/u1",
        lambda client: client.tenant.remove_member("u1"),
        {"detail": "Removed."},
        {"detail": "Removed."},
    ),
]

SYNTHESIS = {"success": True, "report": "# R", "summary": "S", "image_count": 1, "document_count": 2}
SYNTHESIS = {
    **SYNTHESIS,
    "saved_document_id": "d9",
    "execution_time_ms": 5,
    "iterations": 1,
    "token_usage": {"input": 3},
}
ANALYSIS = {"success": True, "analysis": "A", "summary": "S", "document_count": 1, "categorization": {"k": 1}}
CHUNK_REF = {"chunk_id": "c1", "document_id": "d1", "document_filename": "a.pdf", "page_numbers": [2, 3]}
ORGANIZED = {"success": True, "summary": "S", "folders_created": 1, "files_moved": 2}
ACTION = {"action": "create", "folder_id": "f1", "folder_name": "Cars", "file_count": 2}

AGENTS = [
    Call(
        "POST /agents/synthesize",
        lambda client: client.agent_operations.synthesize("Sum up", image_ids=["i1"], auto_save=True),
        SYNTHESIS,
        {"report": "# R", "saved_document_id": "d9", "token_usage": {"input": 3}},
        {"intent": "Sum up", "image_ids": ["i1"], "auto_save": True},
    ),
    Call(
        "POST /agents/analyze/documents",
        lambda client: client.agent_operations.analyze_documents("What is due?", ["d1"]),
        {**ANALYSIS, "chunk_references": [CHUNK_REF], "execution_time_ms": 5, "iterations": 1},
        {"chunk_references.0.page_numbers": [2, 3], "categorization": {"k": 1}},
        {"intent": "What is due?", "document_ids": ["d1"]},
    ),
    Call(
        "POST /agents/organize",
        lambda client: client.agent_operations.organize("By make", image_ids=["i1"], parent_folder_id="p1"),
        {**ORGANIZED, "actions": [ACTION], "execution_time_ms": 5, "iterations": 1},
        {"actions.0.folder_name": "Cars", "files_moved": 2},
        {"intent": "By make", "image_ids": ["i1"], "parent_folder_id": "p1"},
    ),
    Call(
        "POST /agents/pipeline",
        lambda client: (
            client.pipeline()
            .with_images(["i1"])
            .search_images("cars")
            .analyze("Which?", depends_on=[0])
            .synthesize("Report")
            .run()
        ),
        {
            "success": True,
            "nodes": [
                {"node_id": "n1", "agent": "image_search", "status": "completed", "outputs": {"count": 1}},
                {"node_id": "n2", "agent": "assistant", "status": "failed", "outputs": {}, "error": "No."},
            ],
            "execution_time_ms": 9,
            "total_waves": 3,
            "errors": ["No."],
            "token_usage": {"input_tokens": 1},
        },
        {"steps.0.outputs": {"count": 1}, "final.error": "No.", "total_waves": 3, "steps.0.node_id": "n1"},
        {
            "steps": [
                {"agent": "image_search", "intent": "cars"},
                {"agent": "analysis", "intent": "Which?", "depends_on": [0]},
                {"agent": "assistant", "intent": "Report"},
            ],
            "image_ids": ["i1"],
        },
    ),
]

SESSION = {
    "id": "s1",
    "title": "Cars",
    "total_messages": 2,
    "total_tokens": 10,
    "remaining_tokens": 90,
    "remaining_messages": 98,
    "is_active": True,
    "use_all_images": False,
    "created_at": MOMENT,
    "updated_at": MOMENT,
    "last_message_at": MOMENT,
    "selected_image_count": 1,
}
MESSAGE = {
    "id": "m1",
    "role": "assistant",
    "content": "Found [[ref:search_1]]: [[img:aaaaaaaa|a.jpg]].",
    "token_count": 5,
    "created_at": MOMENT,
    "image_context": [{"image_id": "aaaaaaaa-0000", "filename": "a.jpg", "confidence": 0.9}],
    "metadata": {"result_refs": {"search_1": {"count": 3, "ids": ["aaaaaaaa-0000"], "id_type": "image"}}},
}
ANSWER = {
    "message_id": "m2",
    "content": "Two cars.",
    "token_count": 3,
    "processing_time_ms": 12,
    "remaining_tokens": 80,
    "remaining_messages": 97,
    "provider": "embedded",
    "model": "facts",
}
PROPOSED = {"plan_id": "p1", "status": "pending", "summary": "Move 2 files", "steps": [{"step": 1}], "outcomes": []}
PLAN = {"success": True, "plan_id": "p1", "message": "Done.", "action_taken": "approve", "results": {"moved": 2}}

CHAT = [
    Call(
        "POST /chat/sessions",
        lambda client: client.chats.create_session(title="Cars", image_ids=["i1"]),
        {"session_id": "s1", "title": "Cars", "created_at": MOMENT},
        {"id": "s1", "title": "Cars", "use_all_images": False},
        {"title": "Cars", "initial_image_ids": ["i1"], "use_all_images": False},
    ),
    Call(
        "POST /chat/sessions/s1/messages",
        lambda client: client.chats.send("How many?", session_id="s1", expected_image_ids=["i1"]),
        ANSWER,
        {
            "content": "Two cars.",
            "session_id": "s1",
            "provider": "embedded",
            "metadata.remaining_tokens": 80,
            "plan": None,
        },
        {"message": "How many?", "force_detailed_analysis": False, "expected_image_ids": ["i1"]},
    ),
    Call(
        "POST /chat/sessions/s1/messages",
        lambda client: client.chat("How many?", session_id="s1"),
        {**ANSWER, "plan": PROPOSED},
        {"message_id": "m2", "plan.plan_id": "p1", "plan.summary": "Move 2 files", "plan.steps.0.step": 1},
        {"message": "How many?", "force_detailed_analysis": False},
    ),
    Call(
        "GET /chat/sessions/s1?include_messages=true&message_limit=5",
        lambda client: client.chats.get_session("s1", message_limit=5),
        {
            "session": SESSION,
            "messages": [MESSAGE],
            "selected_image_ids": ["i1"],
            "selected_video_ids": ["v1"],
            "context_summary": "1 image",
        },
        {
            "session.title": "Cars",
            "messages.0.role.value": "assistant",
            "messages.0.resolved_content": "Found 3: a.jpg.",
            "messages.0.references.images.0.full_id": "aaaaaaaa-0000",
            "selected_video_ids": ["v1"],
        },
    ),
    Call(
        "GET /chat/sessions/s1?include_messages=true",
        lambda client: client.chats.get_messages("s1"),
        {"session": SESSION, "messages": [MESSAGE], "selected_image_ids": []},
        {"0.image_context.0.filename": "a.jpg", "0.result_refs.search_1.count": 3},
    ),
    Call(
        "GET /chat/sessions?limit=5&offset=0&is_active=true",
        lambda client: client.chats.list_sessions(limit=5, active_only=True),
        {"sessions": [SESSION], "total_count": 1, "has_more": False},
        {"items.0.remaining_tokens": 90, "total": 1},
    ),
    Call(
        "PUT /chat/sessions/s1/images",
        lambda client: client.chats.update_images("s1", ["i1"]),
        {"session_id": "s1", "selected_image_ids": ["i1"], "context_summary": None, "estimated_tokens": 9},
        {"selected_image_ids": ["i1"]},
        {"image_ids": ["i1"]},
    ),
    Call(
        "PUT /chat/sessions/s1/documents",
        lambda client: client.chats.update_documents("s1", []),
        {"session_id": "s1", "selected_document_ids": [], "document_count": 0},
        {"document_count": 0},
        {"document_ids": []},
    ),
    Call(
        "PUT /chat/sessions/s1/videos",
        lambda client: client.chats.update_videos("s1", ["v1"]),
        {"session_id": "s1", "selected_video_ids": ["v1"], "video_count": 1},
        {"video_count": 1},
        {"video_ids": ["v1"]},
    ),
    Call(
        "PATCH /chat/sessions/s1/mode",
        lambda client: client.chats.update_mode("s1", True),
        {"session_id": "s1", "use_all_images": True, "selected_image_count": 0, "updated_at": MOMENT},
        {"use_all_images": True},
        {"use_all_images": True},
    ),
    Call(
        "POST /chat/sessions/s1/plans/p1/action",
        lambda client: client.chats.approve_plan("s1", "p1"),
        {**PLAN, "results": None},
        {"status": "accepted", "success": True},
        {"action": "approve"},
        202,
    ),
    Call(
        "POST /chat/sessions/s1/plans/p1/action",
        lambda client: client.chats.cancel_plan("s1", "p1"),
        {**PLAN, "action_taken": "cancel"},
        {"status": None, "action_taken": "cancel", "results": {"moved": 2}},
        {"action": "cancel"},
    ),
    Call(
        "DELETE /chat/sessions/s1",
        lambda client: client.chats.close_session("s1"),
        {"session_id": "s1", "closed_at": MOMENT, "total_messages": 2, "total_tokens": 3},
        {"total_messages": 2},
    ),
    Call(
        "PATCH /chat/sessions/s1/title",
        lambda client: client.chats.rename_session("s1", "Boats"),
        {"session_id": "s1", "title": "Boats", "updated_at": MOMENT},
        {"title": "Boats"},
        {"title": "Boats"},
    ),
    Call(
        "GET /chat/sessions/s1/export?format=json&include_metadata=true",
        lambda client: client.chats.export_session("s1", format="json", include_metadata=True),
        {"title": "Cars"},
        {"decode": b'{"title": "Cars"}'.decode},
    ),
    Call(
        "GET /chat/images/all?limit=1000&offset=0",
        lambda client: client.chats.get_all_images(),
        {"image_ids": ["i1", "i2"], "total_count": 2, "has_more": False},
        {"image_ids": ["i1", "i2"], "as_collection.content_type": "image"},
    ),
    Call(
        "POST /chat/images/search",
        lambda client: client.chats.search_images("red cars"),
        {
            "results": [{"image_id": "i1", "description": "a car", "confidence": 0.8, "relevance_score": 0.7}],
            "total_count": 1,
            "query_interpretation": {},
        },
        {"0.image_id": "i1", "0.confidence": 0.8},
        {"query": "red cars", "limit": 50, "offset": 0},
    ),
]

DOCUMENT = {"id": "d1", "filename": "a.pdf", "content_type": "application/pdf", "size_bytes": 9, "page_count": 2}
DOCUMENT = {**DOCUMENT, "chunk_count": 3, "extraction_status": "completed", "created_at": MOMENT}
DOCUMENT = {**DOCUMENT, "document_type": "pdf", "pages_read": 2, "properties": {"author": "Kim"}}
CHUNK = {"chunk_id": "c1", "document_id": "d1", "document_filename": "a.pdf", "chunk_index": 0, "content": "due"}
CHUNK = {**CHUNK, "page_numbers": [1], "similarity_score": 0.8, "metadata": {"token_count": 7}}
FOUND = {**CHUNK, "metadata": {"token_count": 7, "snippet": "due", "matched_words": ["due"]}}
MATCH = {"document_id": "d1", "document_filename": "a.pdf", "title": None, "score": 0.8, "chunk_ids": ["c1"]}
PRESIGNED = {"upload_url": "https://s.example.org/u", "upload_method": "PUT", "object_key": "k", "expires_at": MOMENT}
CONFIRMATION = {"object_key": "k", "success": True, "file_size": 9}
PLAN_OF_UPLOAD = {"strategy": "parallel", "max_concurrent": 3, "retry_policy": {}, "timeout_per_upload": 60}

DOCUMENTS = [
    Call(
        "POST /document-uploads/request-presigned-url",
        lambda client: client.documents.request_upload("a.pdf", "application/pdf", 9),
        {**PRESIGNED, "upload_headers": {"x": "y"}, "max_size_bytes": 52428800},
        {"upload_url": "https://s.example.org/u", "upload_headers": {"x": "y"}, "max_size_bytes": 52428800},
        {"filename": "a.pdf", "content_type": "application/pdf", "size_bytes": 9, "storage_target": "default"},
    ),
    Call(
        "POST /document-uploads/confirm",
        lambda client: client.documents.confirm_upload("k", 9, "application/pdf", checksum="sha256:0"),
        {
            "document_id": "d1",
            "object_key": "k",
            "filename": "a.pdf",
            "document_type": "pdf",
            "status": "pending",
            "confirmed": True,
            "deduplicated": True,
        },
        {"document_id": "d1", "status": "pending", "deduplicated": True},
        {"object_key": "k", "size_bytes": 9, "content_type": "application/pdf", "checksum": "sha256:0"},
        201,
    ),
    Call(
        "GET /document-uploads/d1/status",
        lambda client: client.documents.get_status("d1"),
        {"document_id": "d1", "filename": "a.pdf", "text_extraction_status": "failed", "created_at": MOMENT},
        {"is_failed": True, "is_processing": False},
    ),
    Call(
        "GET /document-uploads/quota-check?file_count=3",
        lambda client: client.documents.quota_check(3),
        {"can_proceed": True, "requested": 3, "available": 7, "monthly_limit": 10, "current_usage": 3, "message": None},
        {"documents_remaining": 7, "can_proceed": True, "storage_remaining_bytes": 0},
    ),
    Call(
        "GET /documents?page=2&page_size=1&status_filter=completed",
        lambda client: client.documents.list(page=2, page_size=1, status_filter="completed"),
        {"documents": [DOCUMENT], "total_count": 3, "page": 2, "page_size": 1},
        {"documents.0.text_extraction_status": "completed", "documents.0.document_type": "pdf", "has_more": True},
    ),
    Call(
        "GET /documents/d1",
        lambda client: client.documents.get("d1"),
        DOCUMENT,
        {"chunk_count": 3, "text_extraction_status": "completed", "pages_read": 2, "properties": {"author": "Kim"}},
    ),
    Call(
        "GET /documents/d1/text",
        lambda client: client.documents.get_text("d1"),
        {"document_id": "d1", "filename": "a.pdf", "text": "due"},
        {"upper": "due".upper},
    ),
    Call(
        "GET /documents/d1/chunks?include_embeddings=true",
        lambda client: client.documents.get_chunks("d1", include_embeddings=True),
        {"document_id": "d1", "chunks": [CHUNK], "total_chunks": 1},
        {"chunks.0.id": "c1", "chunks.0.token_count": 7, "chunks.0.page_numbers": [1]},
    ),
    Call(
        "POST /documents/search",
        lambda client: client.documents.search("what is due", document_ids=["d1"]),
        {"query": "what is due", "results": [FOUND], "total_count": 1, "search_time_ms": 4, "documents": [MATCH]},
        {
            "results.0.score": 0.8,
            "results.0.chunk_id": "c1",
            "results.0.snippet": "due",
            "results.0.matched_words": ["due"],
            "results.0.metadata.token_count": 7,
            "documents.0.chunk_ids": ["c1"],
            "search_time_ms": 4,
        },
        {"query": "what is due", "limit": 20, "similarity_threshold": 0.3, "document_ids": ["d1"]},
    ),
    Call(
        "PATCH /documents/d1",
        lambda client: client.documents.update("d1", tags=["x"]),
        {"id": "d1", "title": None, "tags": ["x"], "updated_at": MOMENT},
        {"tags": ["x"]},
        {"tags": ["x"]},
    ),
    Call("DELETE /documents/d1", lambda client: client.documents.delete("d1"), None, {}, status=204),
    Call(
        "POST /documents/batch-delete",
        lambda client: client.documents.batch_delete(["a", "b", "c"]),
        FATES,
        {"deleted.0.id": "a", "skipped.0.id": "b", "failed.0.status": "not_found"},
        {"document_ids": ["a", "b", "c"]},
    ),
    Call(
        "POST /document-uploads/batch-prepare",
        lambda client: client.documents.batch_prepare(
            [{"filename": "a.pdf", "size_bytes": 9, "content_type": "application/pdf"}]
        ),
        {
            "batch_id": "b1",
            "upload_plan": PLAN_OF_UPLOAD,
            "presigned_urls": [{**PRESIGNED, "file_index": 0, "filename": "a.pdf", "upload_intent_id": "n1"}],
            "total_size_bytes": 9,
            "estimated_time_seconds": 1,
            "expires_at": MOMENT,
        },
        {"batch_id": "b1", "files.0.object_key": "k", "expires_at.year": 2026},
        {"files": [{"filename": "a.pdf", "size_bytes": 9, "content_type": "application/pdf"}]},
    ),
    Call(
        "POST /document-uploads/batch-confirm",
        lambda client: client.documents.batch_confirm("b1", [CONFIRMATION]),
        {
            "batch_id": "b1",
            "successful_uploads": 1,
            "failed_uploads": 0,
            "processing_status": "queued",
            "message": "",
            "documents": [
                {
                    "document_id": "d1",
                    "object_key": "k",
                    "filename": "a.pdf",
                    "document_type": "pdf",
                    "text_extraction_status": "pending",
                }
            ],
        },
        {"created_count": 1, "documents.0.status": "pending"},
        {"batch_id": "b1", "confirmations": [CONFIRMATION]},
    ),
    Call(
        "GET /document-uploads/batch/b1/status",
        lambda client: client.documents.batch_status("b1"),
        {
            "batch_id": "b1",
            "status": "processing",
            "total_documents": 5,
            "confirmed_documents": 5,
            "processed_documents": 2,
            "failed_documents": 1,
            "created_at": MOMENT,
            "documents": [],
        },
        {"completed_count": 2, "failed_count": 1, "processing_count": 2, "is_complete": False},
    ),
]

CONNECTION = {"id": "c1", "provider": "google_drive", "provider_email": "kim@example.org", "is_active": True}
CONNECTION = {**CONNECTION, "provider_display_name": "Kim", "created_at": MOMENT, "last_used_at": None}
JOB = {"job_id": "j1", "type": "import", "status": "partial", "connection_id": "c1", "provider": "google_drive"}
JOB = {**JOB, "total_files": 4, "completed_files": 2, "failed_files": 1, "created_at": MOMENT, "updated_at": MOMENT}

CLOUD = [
    Call(
        "POST /cloud-storage/auth/google_drive",
        lambda client: client.cloud_storage.initiate_auth("google_drive", redirect_uri="https://example.org/r"),
        {"authorization_url": "https://accounts.example.org", "state": "x", "provider": "google_drive"},
        {"state": "x"},
        {"provider": "google_drive", "redirect_uri": "https://example.org/r"},
    ),
    Call(
        "POST /cloud-storage/auth/google_drive/callback",
        lambda client: client.cloud_storage.complete_auth("google_drive", code="c", state="x"),
        {"connection": CONNECTION, "is_new": True},
        {"connection.provider_email": "kim@example.org", "is_new": True},
        {"code": "c", "state": "x"},
    ),
    Call(
        "GET /cloud-storage/connections?provider=google_drive&active_only=true",
        lambda client: client.cloud_storage.list_connections(provider="google_drive"),
        {"connections": [CONNECTION], "total_count": 1},
        {"connections.0.id": "c1"},
    ),
    Call(
        "DELETE /cloud-storage/connections/c1",
        lambda client: client.cloud_storage.disconnect("c1"),
        {"success": True, "message": "Gone."},
        {"success": True},
    ),
    Call(
        "POST /cloud-storage/import",
        lambda client: client.cloud_storage.start_import(
            "c1", [CloudFileInput("g1", "a.jpg", "image/jpeg"), {"id": "g2", "name": "b.jpg"}], tags=["x"]
        ),
        {"job_id": "j1", "status": "pending", "total_files": 2, "is_async": True, "message": "Started."},
        {"job_id": "j1", "total_files": 2},
        {
            "connection_id": "c1",
            "files": [{"id": "g1", "name": "a.jpg", "mime_type": "image/jpeg"}, {"id": "g2", "name": "b.jpg"}],
            "auto_describe": True,
            "tags": ["x"],
        },
    ),
    Call(
        "POST /cloud-storage/export",
        lambda client: client.cloud_storage.start_export("c1", ["i1"], folder_name="Out"),
        {"job_id": "j2", "job_status": "pending", "is_async": True, "message": "Started."},
        {"job_status": "pending"},
        {"connection_id": "c1", "image_ids": ["i1"], "folder_name": "Out"},
    ),
    Call(
        "GET /cloud-storage/jobs/j1",
        lambda client: client.cloud_storage.get_job("j1"),
        {"job": JOB},
        {"is_terminal": True, "is_successful": True, "progress_percent": 75.0},
    ),
]

BATCH_STATE = {"batch_id": "b1", "status": "processing", "total_items": 4, "processed_items": 2, "successful_items": 1}
BATCH_STATE = {**BATCH_STATE, "failed_items": 1, "success_rate": 0.5, "progress_percentage": 50, "created_at": MOMENT}
ITEM = {"item_id": "n1", "item_index": 0, "status": "success"}
ITEM = {**ITEM, "output_data": {"description": "a car", "confidence_score": 0.9, "is_verified": True}}
BATCH_PAGE = {
    "batch_id": "b1",
    "status": "completed",
    "results": [ITEM, {"item_id": "n2", "item_index": 1, "status": "failed", "error_message": "No."}],
    "pagination": {"offset": 0, "limit": 100, "total": 2, "has_more": False},
    "summary": {
        "total_items": 2,
        "successful_items": 1,
        "failed_items": 1,
        "skipped_items": 0,
        "processing_time_ms": 3,
    },
}

BATCH = [
    Call(
        "GET /batch/b1",
        lambda client: client.batch.get_status("b1"),
        BATCH_STATE,
        {"status.value": "processing", "is_terminal": False, "progress_percentage": 50.0},
    ),
    Call(
        "GET /batch/b1/results?include_failed=true&offset=0&limit=100",
        lambda client: client.batch.get_results("b1"),
        BATCH_PAGE,
        {
            "results.0.description": "a car",
            "results.0.is_verified": True,
            "results.0.confidence_score": 0.9,
            "failed_results.0.error_message": "No.",
            "successful_results.0.item_id": "n1",
            "summary.failed_items": 1,
        },
    ),
    Call("DELETE /batch/b1", lambda client: client.batch.cancel("b1"), None, {}, status=204),
]

STARTED = {"batch_id": "b1", "status": "pending", "total_items": 1, "created_at": MOMENT}

# these warn that they are deprecated
DEPRECATED = [
    Call(
        "POST /batch/describe",
        lambda client: client.batch.submit_describe([BatchImageInput(image_url="https://example.org/a.jpg")]),
        STARTED,
        {"batch_id": "b1", "total_items": 1},
        {
            "images": [{"image_url": "https://example.org/a.jpg"}],
            "verification_level": "standard",
            "max_parallel": 5,
            "timeout_per_item": 30,
        },
        202,
    ),
    Call(
        "POST /batch/verify",
        lambda client: client.batch.submit_verify([BatchVerifyInput(BatchImageInput(object_key="k"), "a car")]),
        STARTED,
        {"status": "pending"},
        {
            "image_text_pairs": [{"image": {"object_key": "k"}, "text": "a car"}],
            "verification_level": "standard",
            "max_parallel": 5,
            "timeout_per_item": 30,
        },
        202,
    ),
]

DESCRIBE = [
    Call(
        "POST /describe/",
        lambda client: client.describe("https://example.org/a.jpg", prompt="Which car?"),
        {
            "operation_id": "o1",
            "description": "a car",
            "tags": ["car"],
            "verification_level": "standard",
            "providers_used": ["a", "b"],
            "consensus_score": 0.75,
            "processing_time_ms": 3,
            "timestamp": MOMENT,
        },
        {"description": "a car", "confidence_score": 0.75, "provider_count": 2},
        {
            "image_url": "https://example.org/a.jpg",
            "verification_level": "standard",
            "prompt": "Which car?",
            "include_metadata": True,
            "include_tags": True,
        },
    ),
    Call(
        "POST /verify/",
        lambda client: client.verify(b"\xff\xd8", "a red car", mode="claim"),
        {
            "operation_id": "o1",
            "is_verified": False,
            "confidence_score": 0.4,
            "risk_level": "high",
            "risk_score": 0.8,
            "explanation": "It is blue.",
            "detected_issues": [{"type": "color", "description": "It is blue.", "severity": "high"}],
            "verification_level": "standard",
            "providers_used": ["a"],
            "consensus_achieved": True,
            "processing_time_ms": 3,
            "timestamp": MOMENT,
        },
        {"is_verified": False, "summary": "It is blue.", "issues.0.severity": "high", "hallucination_probability": 0.8},
        {
            "image_base64": "/9g=",
            "content": "a red car",
            "mode": "claim",
            "verification_level": "standard",
            "use_consensus": True,
        },
    ),
]

VIDEO_CHUNK = {"chunk_number": 1, "size_bytes": 9, "upload_url": "https://s.example.org/1", "expires_at": MOMENT}
VIDEO_SESSION = {
    "media_id": "v1",
    "upload_id": "u1",
    "chunks": [{**VIDEO_CHUNK, "upload_method": "PUT"}],
    "total_chunks": 1,
    "chunk_size_bytes": 9,
    "expires_at": MOMENT,
    "storage_path": "videos/v1.mp4",
    "concurrent_upload_limit": 10,
    "retry_attempts": 5,
}
VIDEO_JOB = {"analysis_job_id": "j1", "media_id": "v1", "status": "uploading_to_vlm", "progress_percent": 10}
VIDEO_JOB = {**VIDEO_JOB, "retry_count": 0, "max_retries": 3}
SCENE = {"scene_id": "s1", "scene_index": 0, "start_time": 0, "end_time": 4.5, "time_range_formatted": "0:00-0:04"}

VIDEOS = [
    Call(
        "POST /video-uploads/initiate",
        lambda client: client.video_uploads.initiate("a.mp4", "video/mp4", 9, tags=["x"]),
        VIDEO_SESSION,
        {"chunks.0.upload_url": "https://s.example.org/1", "concurrent_upload_limit": 10, "total_chunks": 1},
        {"filename": "a.mp4", "content_type": "video/mp4", "size_bytes": 9, "tags": ["x"]},
        201,
    ),
    Call(
        "POST /video-uploads/batch/initiate",
        lambda client: client.video_uploads.batch_initiate(
            [{"filename": "a.mp4", "content_type": "video/mp4", "size_bytes": 9}]
        ),
        {
            "batch_id": "b1",
            "videos": [VIDEO_SESSION],
            "total_videos": 1,
            "total_size_bytes": 9,
            "estimated_time_seconds": 1.5,
            "processing_priority": "normal",
        },
        {"videos.0.media_id": "v1", "estimated_time_seconds": 1.5},
        {
            "videos": [{"filename": "a.mp4", "content_type": "video/mp4", "size_bytes": 9}],
            "auto_process": True,
            "processing_priority": "normal",
        },
        201,
    ),
    Call(
        "POST /video-uploads/chunks/confirm",
        lambda client: client.video_uploads.confirm_chunk("v1", "u1", 1, "etag", 9),
        {"chunk_number": 1, "status": "confirmed", "chunks_completed": 1, "total_chunks": 1, "progress_percent": 100},
        {"progress_percent": 100.0},
        {"media_id": "v1", "upload_id": "u1", "chunk_number": 1, "etag": "etag", "size_bytes": 9},
    ),
    Call(
        "POST /video-uploads/complete",
        lambda client: client.video_uploads.complete("v1", "u1"),
        {
            "media_id": "v1",
            "status": "completed",
            "metadata": {
                "duration_seconds": 4.5,
                "resolution": "640x480",
                "width": 640,
                "height": 480,
                "frame_rate": 25,
                "video_codec": "h264",
                "bitrate_kbps": 900,
                "file_size_bytes": 9,
                "format_name": "mp4",
            },
            "video_url": "https://s.example.org/v",
            "analysis_job_id": "j1",
            "processing_status": "queued",
            "created_at": MOMENT,
        },
        {"is_completed": True, "is_analyzing": True, "metadata.width": 640},
        {
            "media_id": "v1",
            "upload_id": "u1",
            "duration_seconds": 1.0,
            "duration_extraction_failed": True,
            "auto_analyze": True,
            "analysis_type": "full_vlm",
        },
    ),
    Call(
        "POST /video-uploads/abort",
        lambda client: client.video_uploads.abort("v1", "u1", reason="no"),
        {"media_id": "v1", "status": "aborted", "cleaned_up": True, "chunks_removed": 2, "s3_cleanup": True},
        {"chunks_removed": 2},
        {"media_id": "v1", "upload_id": "u1", "reason": "no"},
    ),
    Call(
        "GET /video-uploads/progress/v1",
        lambda client: client.video_uploads.get_progress("v1"),
        {
            "media_id": "v1",
            "upload_id": "u1",
            "status": "uploading",
            "chunks_completed": 1,
            "total_chunks": 2,
            "bytes_uploaded": 5,
            "total_bytes": 9,
            "progress_percent": 50,
            "failed_chunks": [2],
            "last_updated": MOMENT,
        },
        {"failed_chunks": [2], "bytes_uploaded": 5},
    ),
    Call(
        "POST /video-uploads/chunks/retry",
        lambda client: client.video_uploads.retry_chunk("v1", "u1", 2),
        {"chunk_number": 2, "upload_url": "https://s/2", "expires_at": MOMENT, "retry_attempt": 1, "max_retries": 5},
        {"upload_url": "https://s/2", "max_retries": 5},
        {"media_id": "v1", "upload_id": "u1", "chunk_number": 2},
    ),
    Call(
        "GET /video-analysis/jobs/j1",
        lambda client: client.video_analysis.get_status("j1"),
        VIDEO_JOB,
        {"is_pending": True, "is_terminal": False, "progress_percent": 10.0},
    ),
    Call(
        "GET /video-analysis/status/v1",
        lambda client: client.video_analysis.get_status_by_media("v1"),
        {**VIDEO_JOB, "status": "failed", "error_message": "No."},
        {"is_failed": True, "error_message": "No."},
    ),
    Call(
        "POST /video-analysis/jobs/j1/retry",
        lambda client: client.video_analysis.retry("j1", "v1", reason="again"),
        {**VIDEO_JOB, "status": "pending", "retry_count": 1, "message": "Started."},
        {"retry_count": 1},
        {"media_id": "v1", "reason": "again"},
        202,
    ),
    Call(
        "POST /video-analysis/queue",
        lambda client: client.video_analysis.queue("v1", priority="high"),
        {"analysis_job_id": "j1", "media_id": "v1", "queue_position": 0, "message": "Queued."},
        {"queue_position": 0},
        {"media_id": "v1", "analysis_type": "full_vlm", "priority": "high"},
        202,
    ),
    Call(
        "GET /videos/v1/scenes",
        lambda client: client.video_scenes.list("v1"),
        [SCENE],
        {"scenes.0.end_time": 4.5, "count": 1, "video_id": "v1"},
    ),
    Call(
        "GET /video-scenes/s1/thumbnail",
        lambda client: client.video_scenes.get_thumbnail("s1"),
        "jpeg",
        {"decode": b'"jpeg"'.decode},
    ),
]

CHECK = {"can_proceed": True, "current_usage": 1, "monthly_limit": -1, "required_credits": 4, "available_credits": -1}
PERIOD = {"start_date": MOMENT, "end_date": MOMENT, "timezone": "UTC"}
CHARGE = {"id": "c1", "kind": "charge", "operation_type": "describe", "timestamp": MOMENT, "credits": 2}
DETAILS_PAGE = {"page": 2, "page_size": 50, "total_count": 51, "total_pages": 2}
TOKENS = {"input_tokens": 3, "output_tokens": 2, "total_tokens": 5, "created_at": MOMENT}

USAGE = [
    Call(
        "POST /usage/check",
        lambda client: client.usage.check(2),
        {**CHECK, "reset_date": MOMENT},
        {"can_proceed": True, "required_credits": 4},
        {"item_count": 2, "verification_level": "standard"},
    ),
    Call(
        "GET /usage/summary?period=month",
        lambda client: client.usage.summary(period="month"),
        {**PERIOD, "tenant_id": "t1", "period": "month", "usage": {"total_credits": 7}, "plan": {"tier": "enterprise"}},
        {"usage.total_credits": 7, "plan.tier": "enterprise", "start_date.year": 2026},
    ),
    Call(
        "GET /usage/details?operation_type=describe&page=2&page_size=50",
        lambda client: client.usage.details(operation_type="describe", page=2),
        {"details": [CHARGE], "pagination": DETAILS_PAGE},
        {"details.0.credits": 2, "pagination.total_pages": 2},
    ),
    Call(
        "GET /usage/by-period?period_type=hour",
        lambda client: client.usage.by_period("hour"),
        {**PERIOD, "period_type": "hour", "data": [{"timestamp": MOMENT, "value": 3, "label": "03:00"}]},
        {"data.0.value": 3},
    ),
    Call(
        "GET /usage/plan?include_projections=true",
        lambda client: client.usage.plan(),
        {"plan_details": {"tier": "free"}, "projections": {"trending": "up"}, "optimization_recommendations": ["x"]},
        {"plan_details.tier": "free", "projections.trending": "up", "optimization_recommendations": ["x"]},
    ),
    Call(
        "GET /usage/top-endpoints?limit=3",
        lambda client: client.usage.top_endpoints(limit=3),
        {**PERIOD, "endpoints": [{"endpoint": "GET /user-files", "call_count": 9, "success_rate": 1}]},
        {"endpoints.0.call_count": 9},
    ),
    Call(
        "GET /usage/breakdown",
        lambda client: client.usage.breakdown(),
        {"current_month": "2026-01", "by_verification_level": {"standard": 4}, "by_operation_type": {"describe": 4}},
        {"by_verification_level.standard": 4, "by_operation_type.describe": 4},
    ),
    Call(
        "GET /usage/tokens/monthly?year=2026&month=1",
        lambda client: client.usage.monthly_tokens(year=2026, month=1),
        {"year": 2026, "month": 1, "total_tokens": 5, "agent_operations": 1},
        {"total_tokens": 5, "agent_operations": 1},
    ),
    Call(
        "GET /usage/tokens/files?limit=50&offset=0",
        lambda client: client.usage.file_tokens(),
        {"files": [{**TOKENS, "image_id": "i1"}], "total_count": 1},
        {"files.0.total_tokens": 5},
    ),
    Call(
        "GET /usage/tokens/conversations?limit=50&offset=0",
        lambda client: client.usage.conversation_tokens(),
        {"conversations": [{**TOKENS, "session_id": "s1"}], "total_count": 1},
        {"conversations.0.session_id": "s1"},
    ),
    Call(
        "GET /usage/dashboard-analytics?period=week",
        lambda client: client.usage.dashboard("week"),
        {"period": "week", "daily_activity": [{"date": "2026-01-02", "files_uploaded": 3, "chat_messages": 1}]},
        {"daily_activity.0.files_uploaded": 3},
    ),
]

API_KEY = {"id": "k1", "name": "CI", "key_prefix": "aion_abcdefg", "created_at": MOMENT, "is_active": True}
API_KEY = {**API_KEY, "scopes": ["read"], "metadata": {}}

API_KEYS = [
    Call(
        "POST /api-keys",
        lambda client: client.api_keys.create("CI", scopes=["read"]),
        {**API_KEY, "api_key": "aion_secret"},
        {"api_key": "aion_secret", "scopes": ["read"]},
        {"name": "CI", "scopes": ["read"]},
        201,
    ),
    Call(
        "GET /api-keys?include_inactive=true",
        lambda client: client.api_keys.list(include_inactive=True),
        {"api_keys": [API_KEY], "total": 1},
        {"api_keys.0.key_prefix": "aion_abcdefg", "total": 1},
    ),
    Call("GET /api-keys/k1", lambda client: client.api_keys.get("k1"), API_KEY, {"name": "CI"}),
    Call(
        "PUT /api-keys/k1",
        lambda client: client.api_keys.update("k1", name="CD"),
        {**API_KEY, "name": "CD"},
        {"name": "CD"},
        {"name": "CD"},
    ),
    Call("DELETE /api-keys/k1?reason=old", lambda client: client.api_keys.delete("k1", reason="old"), status=204),
]

DATASET = {"id": "a1", "name": "Cars", "batch_id": "b1", "status": "ready", "created_at": MOMENT, "updated_at": MOMENT}

DATASETS = [
    Call(
        "POST /datasets",
        lambda client: client.datasets.create("b1", "Cars"),
        DATASET,
        {"status": "ready"},
        {"batch_id": "b1", "name": "Cars"},
        201,
    ),
    Call(
        "GET /datasets?status=ready&limit=100&offset=0",
        lambda client: client.datasets.list(status="ready"),
        {"datasets": [DATASET], "total_count": 1, "limit": 100, "offset": 0, "has_more": False},
        {"datasets.0.name": "Cars"},
    ),
    Call("GET /datasets/a1", lambda client: client.datasets.get("a1"), DATASET, {"batch_id": "b1"}),
    Call(
        "POST /datasets/a1/export",
        lambda client: client.datasets.export("a1", "csv", options={"delimiter": ";"}),
        {"export_id": "e1", "dataset_id": "a1", "format": "csv", "status": "completed", "record_count": 3},
        {"record_count": 3, "content": None},
        {"format": "csv", "include_failed_items": False, "options": {"delimiter": ";"}},
    ),
    Call(
        "GET /datasets/statistics/summary?days=7",
        lambda client: client.datasets.statistics(days=7),
        {"dataset_statistics": {"total_datasets": 1}, "export_statistics": {}, "popular_formats": [], "period": {}},
        {"dataset_statistics": {"total_datasets": 1}},
    ),
]

RULE = {"name": "Plate", "description": "A plate is seen", "rule_type": "object", "config": {"object": "plate"}}
RULE_SET = {"id": "r1", "name": "Cars", "description": "", "rules": [{**RULE, "id": "x1", "enabled": True}]}
RULE_SET = {**RULE_SET, "enabled": True, "created_at": MOMENT, "updated_at": MOMENT}

RULES = [
    Call(
        "POST /rules",
        lambda client: client.rules.create("Cars", "", [RULE]),
        RULE_SET,
        {"rules.0.config": {"object": "plate"}},
        {"name": "Cars", "description": "", "rules": [RULE], "enabled": True},
    ),
    Call(
        "GET /rules?enabled_only=true&page=1&page_size=20",
        lambda client: client.rules.list(enabled_only=True),
        {"rule_sets": [RULE_SET], "total": 1, "page": 1, "page_size": 20},
        {"rule_sets.0.id": "r1"},
    ),
    Call("GET /rules/r1", lambda client: client.rules.get("r1"), RULE_SET, {"name": "Cars"}),
    Call(
        "PUT /rules/r1",
        lambda client: client.rules.update("r1", "Boats", "", enabled=False),
        RULE_SET,
        {"id": "r1"},
        {"name": "Boats", "description": "", "enabled": False},
    ),
    Call("DELETE /rules/r1", lambda client: client.rules.delete("r1"), status=204),
    Call("PATCH /rules/r1/toggle", lambda client: client.rules.toggle("r1", False), sends={"enabled": False}),
    Call(
        "POST /rules/r1/test",
        lambda client: client.rules.test("r1", "https://example.org/a.jpg"),
        {"rule_id": "x1", "rule_name": "Plate", "passed": False, "execution_time_ms": 3},
        {"passed": False},
        {"image_url": "https://example.org/a.jpg"},
    ),
    Call(
        "GET /rules/r1/visual-memory/status",
        lambda client: client.rules.visual_memory_status("r1"),
        {"rule_set_id": "r1", "visual_processing_status": "ready", "visual_memory_available": True},
        {"visual_memory_available": True},
    ),
    Call(
        "POST /rules/r1/visual-memory/reprocess",
        lambda client: client.rules.reprocess_visual_memory("r1"),
        status=202,
    ),
    Call(
        "GET /rules/templates/?category=safety",
        lambda client: client.rules.templates(category="safety"),
        [{"id": "p1", "name": "Helmet", "default_config": {"a": 1}}],
        {"0.default_config": {"a": 1}},
    ),
]

SHARE = {"id": "h1", "ruleset_id": "r1", "shared_by_tenant_id": "t1", "access_level": "edit", "status": "active"}
PERSON = {"user_id": "u1", "tenant_id": "t1", "role": "editor", "user_email": "kim@example.org"}

SHARING = [
    Call(
        "POST /sharing/share",
        lambda client: client.sharing.share("r1", target_email="kim@example.org", access_level="edit"),
        SHARE,
        {"status": "active"},
        {"ruleset_id": "r1", "target_email": "kim@example.org", "access_level": "edit"},
    ),
    Call(
        "POST /sharing/share/public",
        lambda client: client.sharing.share_publicly("r1"),
        {**SHARE, "share_url": "https://example.org/s"},
        {"share_url": "https://example.org/s"},
        {"ruleset_id": "r1", "access_level": "view_only", "expires_in_days": 30},
    ),
    Call(
        "POST /sharing/share/accept",
        lambda client: client.sharing.accept("code"),
        SHARE,
        {"id": "h1"},
        {"invitation_code": "code"},
    ),
    Call("DELETE /sharing/share/h1", lambda client: client.sharing.revoke("h1")),
    Call("GET /sharing/shares/sent", lambda client: client.sharing.sent(), [SHARE], {"0.id": "h1"}),
    Call("GET /sharing/shares/received", lambda client: client.sharing.received(), [SHARE], {"0.ruleset_id": "r1"}),
    Call("GET /sharing/shared/tok", lambda client: client.sharing.get_shared("tok"), {"name": "x"}, {"name": "x"}),
    Call("GET /sharing/members", lambda client: client.sharing.list_members(), [PERSON], {"0.role": "editor"}),
    Call(
        "POST /sharing/members",
        lambda client: client.sharing.add_member("kim@example.org", role="editor"),
        PERSON,
        {"user_id": "u1"},
        {"email": "kim@example.org", "role": "editor"},
    ),
    Call(
        "PATCH /sharing/members/u1/role",
        lambda client: client.sharing.update_member_role("u1", "viewer"),
        PERSON,
        {"user_id": "u1"},
        {"role": "viewer"},
    ),
    Call("DELETE /sharing/members/u1", lambda client: client.sharing.remove_member("u1")),
]

MATERIAL = {"image_id": "i1", "status": "completed", "material_classification": {"materials": [{"type": "oak"}]}}

MATERIALS = [
    Call(
        "POST /materials/images/i1/classify?force=false",
        lambda client: client.materials.classify("i1"),
        MATERIAL,
        {"status": "completed"},
    ),
    Call(
        "GET /materials/images/i1",
        lambda client: client.materials.get("i1"),
        MATERIAL,
        {"material_classification.materials.0.type": "oak"},
    ),
    Call(
        "POST /materials/search",
        lambda client: client.materials.search(material_type="wood"),
        {"results": [{"image_id": "i1", "confidence_score": 0.8}], "total_count": 1, "limit": 50, "offset": 0},
        {"results.0.confidence_score": 0.8},
        {"material_type": "wood", "min_confidence": 0.5, "limit": 50, "offset": 0},
    ),
    Call(
        "GET /materials/types",
        lambda client: client.materials.list_types(),
        [{"type": "wood", "display_name": "Wood", "description": "", "common_finishes": ["matte"]}],
        {"0.common_finishes": ["matte"]},
    ),
    Call(
        "POST /materials/batch/classify",
        lambda client: client.materials.batch_classify(["i1"]),
        {"queued_count": 1, "message": ""},
        {"queued_count": 1},
        {"image_ids": ["i1"], "force": False},
    ),
]

BATCH_OF_FILES = {"session_id": "u1", "total_files": 2, "completed_files": 1, "failed_files": 1, "skipped_files": 0}
BATCH_OF_FILES = {**BATCH_OF_FILES, "progress_percentage": 100.0, "created_at": MOMENT}
BATCH_STATUS = {
    **BATCH_OF_FILES,
    "status": "completed",
    "pending_files": 0,
    "recent_completions": [{"filename": "a.jpg", "image_id": "i1", "status": "completed", "description": "A car."}],
    "recent_errors": [{"filename": "b.bin", "index": 1, "error": "no picture", "retryable": False}],
}
PLACE = {"total_count": 1, "offset": 0, "limit": 5, "has_more": False}
FINISHED = {"image_id": "i1", "filename": "a.jpg", "object_key": "k", "status": "completed", "tags": ["car"]}

UPLOAD_SESSIONS = [
    Call(
        "GET /uploads/sessions?status=completed&upload_method=streaming&limit=5&offset=0",
        lambda client: client.upload_sessions.list(status="completed", upload_method="streaming", limit=5),
        {"sessions": [{**BATCH_OF_FILES, "status": "completed", "upload_method": "streaming"}], **PLACE},
        {"sessions.0.session_id": "u1", "sessions.0.created_at.year": 2026, "total_count": 1, "has_more": False},
    ),
    Call(
        "GET /uploads/sessions/u1/status",
        lambda client: client.upload_sessions.get_status("u1"),
        BATCH_STATUS,
        {
            "is_over": True,
            "progress_percentage": 100.0,
            "recent_completions.0.description": "A car.",
            "recent_errors.0.index": 1,
        },
    ),
    Call(
        "GET /uploads/sessions/u1/results?include_failed=false&limit=5&offset=0",
        lambda client: client.upload_sessions.get_results("u1", include_failed=False, limit=5),
        {"session_id": "u1", "results": [{**FINISHED, "created_at": MOMENT}], **PLACE, "summary": {"completed": 1}},
        {"results.0.tags": ["car"], "results.0.object_key": "k", "summary.completed": 1},
    ),
    Call(
        "POST /uploads/sessions/u1/cancel",
        lambda client: client.upload_sessions.cancel("u1"),
        {**BATCH_STATUS, "status": "cancelled"},
        {"status": "cancelled", "is_over": True},
    ),
    Call(
        "POST /uploads/check-duplicates",
        lambda client: client.uploads.check_duplicates(["a" * 64, "b" * 64]),
        {"duplicates": ["a" * 64], "unique": ["b" * 64]},
        {"duplicates": ["a" * 64], "unique": ["b" * 64]},
        {"hashes": ["a" * 64, "b" * 64]},
    ),
    Call(
        "POST /agents/search/links",
        lambda client: client.agent_search.links("apple trees", limit=3),
        {"results": [{"link_id": "l1", "score": 0.8, "url": "https://example.org/"}], "count": 1, "link_ids": ["l1"]},
        {"results.0.url": "https://example.org/", "link_ids": ["l1"], "as_collection.ids": ["l1"]},
        {"query": "apple trees", "limit": 3},
    ),
]

CALLS = [
    *UPLOAD_SESSIONS,
    *FOLDERS,
    *LINKS,
    *COLORS,
    *AUDIT,
    *SETTINGS,
    *TENANT,
    *AGENTS,
    *CHAT,
    *DOCUMENTS,
    *CLOUD,
    *BATCH,
    *DESCRIBE,
    *VIDEOS,
    *USAGE,
    *API_KEYS,
    *DATASETS,
    *RULES,
    *SHARING,
    *MATERIALS,
]
