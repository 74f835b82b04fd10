"""Objects put to local storage by signed URLs: one method, key, type, size and time, and no other permission asked."""

from typing import Annotated
from urllib.parse import quote, quote_plus

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from aionserver.infra.errors import InvalidInput, TooLarge
from aionserver.infra.scope import Infra, Reader
from aionserver.infra.storage import ObjectWriter, StoredObject
from aionserver.infra.web.admission import announced_bytes
from aionserver.infra.web.door import infra_of
from aionserver.infra.web.objects import PATH, ExpiredUrl, InvalidSignature
from aionserver.infra.web.slots import upload_slots
from aionserver.kit.signatures import derive_key, matches, sign

router = APIRouter(include_in_schema=False)
PURPOSE = f"put:{PATH}"
ANY_PAGE = "Access-Control-Allow-Origin"


def put_url(reader: Reader, key: str, content_type: str, size_bytes: int, expires: int) -> str:
    """A URL that takes one object of exactly this type and size, by PUT, until `expires` (Unix seconds)."""
    fields = _fields(key, content_type, size_bytes, expires)
    signature = sign(derive_key(reader.infra.secret, PURPOSE), fields)
    named = f"type={quote_plus(content_type)}&size={size_bytes}&expires={expires}&signature={signature}"
    return f"{reader.origin}{PATH}{quote(key)}?{named}"


def _fields(key: str, content_type: str, size_bytes: int, expires: int) -> list[str]:
    return ["PUT", key, content_type, str(size_bytes), str(expires)]


@router.options(PATH + "{key:path}")
async def allow_put(request: Request, key: str) -> Response:
    """Pages of other sites may put: what is permitted is in the URL, and no cookie is looked at."""
    headers = {ANY_PAGE: "*", "Access-Control-Allow-Methods": "PUT", "Access-Control-Allow-Headers": "Content-Type"}
    return Response(status_code=204, headers={**headers, "Access-Control-Max-Age": "600"})


@router.put(PATH + "{key:path}")
async def put_object(
    request: Request,
    key: str,
    content_type: Annotated[str, Query(alias="type")] = "",
    size_bytes: Annotated[int, Query(alias="size")] = 0,
    expires: int = 0,
    signature: str = "",
) -> Response:
    """Store the body as the object that the signed URL names."""
    request.state.headers[ANY_PAGE] = "*"
    infra = infra_of(request)
    fields = _fields(key, content_type, size_bytes, expires)
    if infra.storage.local is None or not matches(derive_key(infra.secret, PURPOSE), fields, signature):
        raise InvalidSignature("This URL is not signed by the server.")
    if expires < infra.clock().timestamp():
        raise ExpiredUrl("This URL has expired; ask for a new one.")
    if request.headers.get("content-type", "") != content_type:
        raise InvalidSignature(f"This URL is for the Content-Type {content_type} only.")
    await infra.pressure.require_room(announced_bytes(request))
    async with upload_slots(request).one():
        stored = await _store(request, infra, key, content_type, size_bytes)
    return Response(headers={"ETag": f'"{stored.sha256}"', "Access-Control-Expose-Headers": "ETag"})


async def _store(request: Request, infra: Infra, key: str, content_type: str, size_bytes: int) -> StoredObject:
    """The body as an object, visible once it is whole; nothing is left of one that is not."""
    if announced_bytes(request) > size_bytes:
        raise _too_large(size_bytes)
    request.state.body_limit.most_bytes = None  # it is bounded by what is signed
    writer = infra.storage.open_writer(key, content_type)
    try:
        await _copy(request, writer, size_bytes)
        return await writer.close()
    except BaseException:
        await writer.abandon()
        raise


async def _copy(request: Request, writer: ObjectWriter, size_bytes: int) -> None:
    async for piece in request.stream():
        if writer.size_bytes + len(piece) > size_bytes:
            raise _too_large(size_bytes)
        await writer.write(piece)
    if writer.size_bytes < size_bytes:
        raise InvalidInput.field("body", f"has {writer.size_bytes} bytes, and the URL is for {size_bytes}")


def _too_large(size_bytes: int) -> TooLarge:
    return TooLarge(f"This URL takes {size_bytes} bytes, and the body has more.")
