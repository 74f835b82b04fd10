"""Chat over HTTP."""

from typing import Annotated, Any, cast

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from aionserver.domains.chat import plans, service
from aionserver.domains.chat.asking import Asked
from aionserver.domains.chat.conversations import Conversations
from aionserver.domains.chat.errors import ChatSessionNotFound
from aionserver.domains.chat.exporting import MEDIA_TYPES, ExportFormat, disposition, export
from aionserver.domains.chat.image_search import search_images as find_images
from aionserver.domains.chat.queries import SessionFilter
from aionserver.domains.chat.schemas import (
    CloseChatSessionResponse,
    CreateChatSessionRequest,
    CreateChatSessionResponse,
    GetAllUserImagesResponse,
    GetChatSessionResponse,
    ImageSearchRequest,
    ListChatSessionsResponse,
    PlanActionRequest,
    PlanActionResponse,
    RenameChatSessionResponse,
    RenameSessionRequest,
    SearchImagesResponse,
    SendMessageRequest,
    SendMessageResponse,
    UpdateDocumentsRequest,
    UpdateDocumentsResponse,
    UpdateImagesRequest,
    UpdateImagesResponse,
    UpdateSessionModeRequest,
    UpdateSessionModeResponse,
    UpdateVideosRequest,
    UpdateVideosResponse,
)
from aionserver.domains.search.service import embed_query
from aionserver.infra.web.door import Caller, OwnCaller, OwnScope, ReadAccess, ReadCaller, ReadScope
from aionserver.infra.web.event_streams import EVENT_STREAM, EventStream, LastEventId
from aionserver.infra.web.idempotency import IdempotencyKey, answer_once, fingerprint_of, name_of, once, require_key
from aionserver.infra.web.queries import Offset
from aionserver.infra.web.text import Text
from aionserver.kit.ids import parse_id

router = APIRouter(prefix="/api/v2/chat", tags=["Chat"])
Responses = dict[int | str, dict[str, Any]]


@router.post("/sessions")
async def create_chat_session(
    request: Request, caller: OwnCaller, body: CreateChatSessionRequest, key: IdempotencyKey = None
) -> CreateChatSessionResponse:
    """Begin a conversation, about all images or about some."""
    return await answer_once(
        caller, key, request, body, CreateChatSessionResponse, lambda scope: service.create_session(scope, body)
    )


@router.get("/sessions")
async def list_chat_sessions(
    scope: ReadScope,
    is_active: bool | None = None,
    search: Annotated[Text | None, Query(max_length=200, description="In titles and in what was said.")] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    offset: Offset = 0,
    min_messages: Annotated[int | None, Query(ge=0)] = None,
) -> ListChatSessionsResponse:
    """One's own conversations, the latest first."""
    least = min(min_messages, 2**31 - 1) if min_messages is not None else None
    return await service.list_sessions(scope, SessionFilter(is_active, search, least), limit, offset)


@router.get("/sessions/{session_id}")
async def get_chat_session(
    scope: ReadScope,
    session_id: str,
    include_messages: bool = True,
    message_limit: Annotated[int | None, Query(ge=1, le=1000, description="So many of the last ones.")] = None,
) -> GetChatSessionResponse:
    """A conversation with its messages, the oldest first."""
    return await service.read_session(scope, session_id, message_limit if include_messages else 0)


@router.delete("/sessions/{session_id}")
async def close_chat_session(scope: OwnScope, session_id: str) -> CloseChatSessionResponse:
    """Close a conversation: it stays readable, and nothing more can be said in it."""
    return await service.close_session(scope, session_id)


@router.post("/sessions/{session_id}/messages")
async def send_chat_message(
    request: Request, caller: OwnCaller, session_id: str, body: SendMessageRequest, key: IdempotencyKey = None
) -> SendMessageResponse:
    """Ask something, and get the whole answer."""
    asked = _asked(request, caller, session_id, body, key)
    answer, is_replayed = await _conversations(request).answer(caller, asked)
    _note(request, is_replayed)
    return answer


STREAMED: Responses = {
    200: {"content": {EVENT_STREAM: {"schema": {"type": "string"}}}, "description": "The answer's events."}
}


@router.post("/sessions/{session_id}/messages/stream", response_class=Response, responses=STREAMED)
async def send_message_stream(
    request: Request,
    caller: OwnCaller,
    session_id: str,
    body: SendMessageRequest,
    after: LastEventId = None,
    key: IdempotencyKey = None,
    debug_reasoning: Annotated[bool, Query(description="Tell what a language model thinks, where it does.")] = False,
) -> EventStream:
    """Ask something, and get the answer word by word; with `Last-Event-ID`, the rest of one that was cut off."""
    asked = _asked(request, caller, session_id, body, key)
    events, is_old = await _conversations(request).stream(caller, asked, after, with_reasoning=debug_reasoning)
    _note(request, is_old and key is not None)
    return EventStream(events)


def _asked(request: Request, caller: Caller, text: str, body: SendMessageRequest, key: str | None) -> Asked:
    session_id = parse_id(text)
    if session_id is None:
        raise ChatSessionNotFound("There is no such conversation.")
    if key is None:
        return Asked(session_id, body)
    require_key(key)
    mark = fingerprint_of("chat.message", {"session": str(session_id), "body": body.model_dump()})
    return Asked(session_id, body, name_of(caller.actor, key), mark)


def _conversations(request: Request) -> Conversations:
    return cast(Conversations, request.app.state.conversations)


def _note(request: Request, is_replayed: bool) -> None:
    if is_replayed:
        request.state.headers["Idempotent-Replayed"] = "true"


@router.put("/sessions/{session_id}/images")
async def update_session_images(scope: OwnScope, session_id: str, body: UpdateImagesRequest) -> UpdateImagesResponse:
    """Choose the images that a conversation is about; it is not about all images then."""
    return await service.select_images(scope, session_id, body.image_ids)


@router.put("/sessions/{session_id}/documents")
async def update_session_documents(
    scope: OwnScope, session_id: str, body: UpdateDocumentsRequest
) -> UpdateDocumentsResponse:
    """Choose the documents that a conversation is about; none: all."""
    return await service.select_documents(scope, session_id, body.document_ids)


@router.put("/sessions/{session_id}/videos")
async def update_session_videos(scope: OwnScope, session_id: str, body: UpdateVideosRequest) -> UpdateVideosResponse:
    """Choose the videos that a conversation is about; none: all."""
    return await service.select_videos(scope, session_id, body.video_ids)


@router.patch("/sessions/{session_id}/mode")
async def update_session_mode(
    scope: OwnScope, session_id: str, body: UpdateSessionModeRequest
) -> UpdateSessionModeResponse:
    """Say whether a conversation is about all images or about the chosen ones."""
    return await service.set_mode(scope, session_id, body.use_all_images)


@router.patch("/sessions/{session_id}/title")
async def rename_chat_session(
    scope: OwnScope, session_id: str, body: RenameSessionRequest
) -> RenameChatSessionResponse:
    """Give a conversation another title."""
    return await service.rename_session(scope, session_id, body.title)


ACCEPTED: Responses = {202: {"model": PlanActionResponse, "description": "The plan is running."}}


@router.post("/sessions/{session_id}/plans/{plan_id}/action", responses=ACCEPTED)
async def execute_plan_action(
    request: Request,
    caller: OwnCaller,
    session_id: str,
    plan_id: str,
    body: PlanActionRequest,
    response: Response,
    key: IdempotencyKey = None,
) -> PlanActionResponse:
    """Approve a plan, which is then done in the background, or cancel it; 202 while it is running."""
    infra, actor = caller.infra, caller.actor
    mark = fingerprint_of("chat.plan", {"session": session_id, "plan": plan_id, "action": body.action})
    async with once(infra, actor, key, request) as first:
        if await first.replay(infra, mark, PlanActionResponse) is None:
            async with caller.open_scope() as scope:
                decided = await plans.decide(scope, session_id, plan_id, is_approved=body.action == "approve")
                await first.remember(scope, mark, decided)
    answer = await plans.wait_until_over(infra, actor, session_id, plan_id)
    response.status_code = 202 if answer.status == "accepted" else 200
    return answer


EXPORTED: Responses = {
    200: {"content": {one.split(";")[0]: {} for one in MEDIA_TYPES.values()}, "description": "A file."}
}


@router.get("/sessions/{session_id}/export", response_class=Response, responses=EXPORTED)
async def export_chat_session(
    scope: ReadScope,
    session_id: str,
    form: Annotated[ExportFormat, Query(alias="format")] = "markdown",
    include_metadata: bool = False,
) -> Response:
    """A conversation as a file."""
    found = await service.read_session(scope, session_id, None)
    headers = {"Content-Disposition": disposition(found.session.title, form)}
    text = export(found, form, with_metadata=include_metadata)
    return Response(text, media_type=MEDIA_TYPES[form], headers=headers)


@router.get("/images/all")
async def get_all_user_images(
    reader: ReadAccess, limit: Annotated[int, Query(ge=1, le=5000)] = 5000, offset: Offset = 0
) -> GetAllUserImagesResponse:
    """The ids of all images, the latest first."""
    return await service.list_images(reader, limit, offset)


@router.post("/images/search")
async def search_images(caller: ReadCaller, body: ImageSearchRequest) -> SearchImagesResponse:
    """Find pictures to speak of."""
    vectors = await embed_query(caller.infra, body.query)
    async with caller.open_scope() as scope:
        return await find_images(scope, body, vectors)
