"""Conversations: begun, found, read, named, pointed at some of the library, and closed."""

from collections.abc import Sequence
from uuid import UUID

from aionserver.domains.accounts.events import AccountDeleted
from aionserver.domains.chat import queries
from aionserver.domains.chat.errors import ChatSessionNotFound, ChatSessionNotYours, TooManySelected
from aionserver.domains.chat.interruptions import settle_interrupted
from aionserver.domains.chat.presentation import LIMITS, messages_shown, summary_of
from aionserver.domains.chat.queries import SessionFilter
from aionserver.domains.chat.schemas import (
    ChatSessionSummaryResponse,
    CloseChatSessionResponse,
    CreateChatSessionRequest,
    CreateChatSessionResponse,
    GetAllUserImagesResponse,
    GetChatSessionResponse,
    ListChatSessionsResponse,
    RenameChatSessionResponse,
    UpdateDocumentsResponse,
    UpdateImagesResponse,
    UpdateSessionModeResponse,
    UpdateVideosResponse,
)
from aionserver.domains.chat.tables import ChatSession
from aionserver.domains.chat.turns import shortened
from aionserver.domains.files import service as files
from aionserver.infra.actors import system_actor
from aionserver.infra.auditing import Audited
from aionserver.infra.scope import Reader, Scope
from aionserver.kit.ids import new_id, parse_id, parse_ids
from aionserver.kit.pagination import has_more

UNTITLED = "New conversation"
MOST_IMAGES, MOST_DOCUMENTS, MOST_VIDEOS = 1_000, 100, 100
# What a picture takes of what a language model reads at once.
TOKENS_AN_IMAGE = 1_200
LONGEST_PREVIEW = 200


async def require_session(scope: Scope, text: str, *, locked: bool = False) -> ChatSession:
    """The actor's conversation with this id; ChatSessionNotFound, or ChatSessionNotYours."""
    session_id = parse_id(text)
    found = await queries.find_session(scope, session_id, locked=locked) if session_id else None
    if found is None:
        raise ChatSessionNotFound("There is no such conversation.")
    if found.user_id != scope.actor.user_id:
        raise ChatSessionNotYours("This conversation is another person's.")
    return found


async def create_session(scope: Scope, sent: CreateChatSessionRequest) -> CreateChatSessionResponse:
    """A new conversation of whoever asks."""
    chosen = await _selected(scope, sent.initial_image_ids or (), "image", MOST_IMAGES)
    title = " ".join((sent.title or "").split())
    row = ChatSession(
        id=new_id(),
        tenant_id=scope.tenant_id,
        user_id=scope.actor.user_id,
        api_key_id=scope.actor.key_id,
        title=title or UNTITLED,
        is_titled=bool(title),
        use_all_images=sent.use_all_images and not chosen,
        image_ids=chosen,
        created_at=scope.now(),
        updated_at=scope.now(),
    )
    queries.add(scope, row)
    await scope.publish(Audited("chat_session.created", "create", "chat_session", str(row.id)))
    return CreateChatSessionResponse(session_id=row.id, title=row.title, created_at=row.created_at)


async def list_sessions(scope: Scope, wanted: SessionFilter, limit: int, offset: int) -> ListChatSessionsResponse:
    """A page of the conversations of whoever asks."""
    rows, total = await queries.find_sessions(scope, wanted, limit, offset)
    said = await queries.last_said(scope, [row.id for row in rows])
    shown = list[ChatSessionSummaryResponse]()
    for row in rows:
        answered, asked = said.get((row.id, queries.ASSISTANT)), said.get((row.id, queries.USER))
        one = summary_of(row)
        last = answered if answered is not None else asked
        one.last_message_preview = shortened(last, LONGEST_PREVIEW) if last else None
        one.last_user_message = shortened(asked, LONGEST_PREVIEW) if asked else None
        shown.append(one)
    return ListChatSessionsResponse(sessions=shown, total_count=total, has_more=has_more(offset, len(rows), total))


async def read_session(scope: Scope, text: str, message_limit: int | None) -> GetChatSessionResponse:
    """A conversation with its last messages; None: all of them, 0: none."""
    row = await require_session(scope, text)
    await settle_interrupted(scope, row)
    most = LIMITS.messages + 1 if message_limit is None else message_limit
    messages = await queries.last_messages(scope, row.id, most) if most else []
    return GetChatSessionResponse(
        session=summary_of(row),
        messages=await messages_shown(scope, row.id, messages),
        selected_image_ids=row.image_ids,
        selected_document_ids=row.document_ids,
        selected_video_ids=row.video_ids,
        context_summary=context_of(row),
    )


def context_of(row: ChatSession) -> str:
    """What a conversation is about, in words."""
    images = "all images" if row.use_all_images else _counted(len(row.image_ids), "image")
    others = [
        _counted(len(ids), noun) for ids, noun in ((row.document_ids, "document"), (row.video_ids, "video")) if ids
    ]
    return ", ".join([images, *others])


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'} selected"


async def rename_session(scope: Scope, text: str, title: str) -> RenameChatSessionResponse:
    """The conversation under another title."""
    row = await require_session(scope, text, locked=True)
    await _tell(scope, row, "chat_session.renamed", "rename")
    row.title, row.is_titled, row.updated_at = title, True, scope.now()
    return RenameChatSessionResponse(session_id=row.id, title=title, updated_at=row.updated_at)


async def close_session(scope: Scope, text: str) -> CloseChatSessionResponse:
    """The conversation, over now or since it was closed before."""
    row = await require_session(scope, text, locked=True)
    if row.closed_at is None:
        row.is_active, row.closed_at, row.updated_at = False, scope.now(), scope.now()
    await _tell(scope, row, "chat_session.closed", "close")
    return CloseChatSessionResponse(
        session_id=row.id,
        closed_at=row.closed_at,
        total_messages=row.total_messages,
        total_tokens=row.total_tokens,
    )


async def _tell(scope: Scope, row: ChatSession, event: str, action: str) -> None:
    await scope.publish(Audited(event, action, "chat_session", str(row.id)))


async def _selected(scope: Scope, texts: Sequence[str], kind: str, most: int) -> list[UUID]:
    """The files of a kind among these ids; TooManySelected for more than there may be."""
    ids = parse_ids(texts)[0]
    if len(ids) > most:
        noun = f"{kind}s"
        raise TooManySelected(f"A conversation can be about at most {most} {noun}.", details={"limit": most})
    there = await files.find_many(scope, ids) if ids else {}
    return [one for one in ids if one in there and there[one].media_type == kind]


async def select_images(scope: Scope, text: str, texts: Sequence[str]) -> UpdateImagesResponse:
    """The conversation, about these images and no others from here on."""
    row = await require_session(scope, text, locked=True)
    await choose_images(scope, row, texts)
    await _tell(scope, row, "chat_session.selected", "select")
    return UpdateImagesResponse(
        session_id=row.id,
        selected_image_ids=row.image_ids,
        selected_video_ids=row.video_ids,
        context_summary=context_of(row),
        estimated_tokens=len(row.image_ids) * TOKENS_AN_IMAGE,
    )


async def choose_images(scope: Scope, row: ChatSession, texts: Sequence[str]) -> None:
    """Point a conversation at these images."""
    row.image_ids = await _selected(scope, texts, "image", MOST_IMAGES)
    row.use_all_images, row.updated_at = False, scope.now()


async def select_documents(scope: Scope, text: str, texts: Sequence[str]) -> UpdateDocumentsResponse:
    """The conversation, about these documents from here on; about all with none."""
    row = await require_session(scope, text, locked=True)
    row.document_ids, row.updated_at = await _selected(scope, texts, "document", MOST_DOCUMENTS), scope.now()
    await _tell(scope, row, "chat_session.selected", "select")
    return UpdateDocumentsResponse(
        session_id=row.id, selected_document_ids=row.document_ids, document_count=len(row.document_ids)
    )


async def select_videos(scope: Scope, text: str, texts: Sequence[str]) -> UpdateVideosResponse:
    """The conversation, about these videos from here on; about all with none."""
    row = await require_session(scope, text, locked=True)
    row.video_ids, row.updated_at = await _selected(scope, texts, "video", MOST_VIDEOS), scope.now()
    await _tell(scope, row, "chat_session.selected", "select")
    return UpdateVideosResponse(session_id=row.id, selected_video_ids=row.video_ids, video_count=len(row.video_ids))


async def set_mode(scope: Scope, text: str, use_all_images: bool) -> UpdateSessionModeResponse:
    """The conversation, about all images or about the selected ones."""
    row = await require_session(scope, text, locked=True)
    row.use_all_images, row.updated_at = use_all_images, scope.now()
    await _tell(scope, row, "chat_session.selected", "select")
    return UpdateSessionModeResponse(
        session_id=row.id,
        use_all_images=use_all_images,
        selected_image_count=len(row.image_ids),
        updated_at=row.updated_at,
    )


async def list_images(reader: Reader, limit: int, offset: int) -> GetAllUserImagesResponse:
    """A page of the ids of all images."""
    ids, total = await files.image_ids(reader, limit, offset)
    return GetAllUserImagesResponse(image_ids=ids, total_count=total, has_more=has_more(offset, len(ids), total))


async def forget_person(scope: Scope, event: object) -> None:
    """Delete the conversations of who has deleted their account, in every tenant they worked in."""
    assert isinstance(event, AccountDeleted)
    for tenant_id in event.tenant_ids:
        there = await scope.acting_as(system_actor(tenant_id))
        await queries.remove_sessions_of(there, event.user_id)
    await scope.enter()
