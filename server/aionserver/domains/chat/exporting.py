"""A conversation as a file to keep: JSON, Markdown or plain text."""

import json
import re
from typing import Literal
from urllib.parse import quote

from aionserver.domains.chat.schemas import ChatMessageResponse, GetChatSessionResponse

ExportFormat = Literal["json", "markdown", "text"]
MEDIA_TYPES: dict[ExportFormat, str] = {
    "json": "application/json",
    "markdown": "text/markdown; charset=utf-8",
    "text": "text/plain; charset=utf-8",
}
ENDINGS: dict[ExportFormat, str] = {"json": "json", "markdown": "md", "text": "txt"}
WHO = {"user": "You", "assistant": "Aionvision"}


def export(found: GetChatSessionResponse, form: ExportFormat, *, with_metadata: bool) -> str:
    """The conversation in a form; what answers took and found comes along where it is wanted."""
    if form == "json":
        return _json(found, with_metadata=with_metadata)
    return _readable(found, form, with_metadata=with_metadata)


def _json(found: GetChatSessionResponse, *, with_metadata: bool) -> str:
    left_out = None if with_metadata else {"messages": {"__all__": {"metadata", "image_context", "processing_time_ms"}}}
    document = found.model_dump(mode="json", exclude=left_out)  # pyright: ignore[reportArgumentType]
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _readable(found: GetChatSessionResponse, form: ExportFormat, *, with_metadata: bool) -> str:
    title = " ".join(found.session.title.split())
    is_markdown = form == "markdown"
    parts = [f"# {title}" if is_markdown else f"{title}\n{'=' * len(title)}"]
    if with_metadata:
        session = found.session
        parts.append(
            f"Begun {session.created_at:%Y-%m-%d %H:%M} UTC. {session.total_messages} messages, "
            f"{session.total_tokens} tokens. About: {found.context_summary}."
        )
    parts += [_said(one, is_markdown=is_markdown, with_metadata=with_metadata) for one in found.messages]
    return "\n\n".join(parts) + "\n"


def _said(message: ChatMessageResponse, *, is_markdown: bool, with_metadata: bool) -> str:
    who = WHO.get(message.role, message.role)
    head = f"## {who}" if is_markdown else f"{who}:"
    words = str((message.metadata or {}).get("resolved_content") or message.content)
    known = f"{message.created_at:%Y-%m-%d %H:%M:%S} UTC, {message.token_count or 0} tokens"
    return "\n\n".join([head, *([f"({known})"] if with_metadata else []), words or "(no answer)"])


def disposition(title: str, form: ExportFormat) -> str:
    """`Content-Disposition` of the file: its name is the title, in ASCII too for old programs."""
    name = " ".join(re.sub(r'[\x00-\x1f\x7f<>:"/\\|?*]', " ", title).split()).strip(" .")[:100] or "conversation"
    plain = re.sub(r"[^\x20-\x7e]+", "_", name).replace("%", "_")
    ending = ENDINGS[form]
    return f"attachment; filename=\"{plain}.{ending}\"; filename*=UTF-8''{quote(f'{name}.{ending}', safe='')}"
