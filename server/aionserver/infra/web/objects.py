"""Objects over HTTP: signed URLs of local storage, byte ranges, entity tags, safe headers."""

import re
from typing import Annotated
from urllib.parse import quote, quote_plus

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response, StreamingResponse

from aionserver.infra.errors import AionError, NotAllowed
from aionserver.infra.scope import Infra, Reader
from aionserver.infra.web.conditions import Version
from aionserver.infra.web.door import infra_of
from aionserver.kit.signatures import derive_key, matches, sign

router = APIRouter(include_in_schema=False)
PATH = "/api/v2/objects/"
INLINE_TYPES = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif", "image/avif"})
ROUNDING_SECONDS = 300


class RangeNotSatisfiable(AionError):
    """The range asked for lies outside of the object."""

    status = 416
    code = "RANGE_NOT_SATISFIABLE"


class PreconditionFailed(AionError):
    """The object is in another state than the request is for."""

    status = 412
    code = "PRECONDITION_FAILED"


class InvalidSignature(NotAllowed):
    """The URL was not made by the server, or was changed."""

    code = "INVALID_SIGNATURE"


class ExpiredUrl(NotAllowed):
    """The signed URL's time is over."""

    code = "EXPIRED_URL"


def object_url(reader: Reader, key: str, content_type: str, filename: str) -> str:
    """A URL that reads one object for an hour (a setting) without further permission."""
    infra = reader.infra
    if infra.storage.local is None:
        return infra.storage.signed_url(key, infra.settings.signed_url_seconds)
    return signed_link(reader, PATH, key, content_type, filename)


def signed_link(reader: Reader, path: str, key: str, content_type: str, filename: str) -> str:
    """A URL of the route at `path`, which answers `require_signed` ones only; no link to another route fits."""
    # Rounded, so that a browser may keep what it loaded.
    now = int(reader.now().timestamp())
    expires = (now // ROUNDING_SECONDS + 1) * ROUNDING_SECONDS + reader.infra.settings.signed_url_seconds
    signature = sign(derive_key(reader.infra.secret, path), ["GET", key, content_type, filename, str(expires)])
    named = f"type={quote_plus(content_type)}&name={quote_plus(filename)}"
    return f"{reader.origin}{path}{quote(key)}?{named}&expires={expires}&signature={signature}"


def require_signed(
    infra: Infra, path: str, key: str, content_type: str, filename: str, expires: int, signature: str
) -> None:
    """Raise unless these are the parts of a `signed_link` that is still valid."""
    if not matches(derive_key(infra.secret, path), ["GET", key, content_type, filename, str(expires)], signature):
        raise InvalidSignature("This URL is not signed by the server.")
    if expires < infra.clock().timestamp():
        raise ExpiredUrl("This URL has expired; ask for a new one.")


def redirect_to(url: str) -> RedirectResponse:
    """A redirect that is not cached longer than the URL lives."""
    return RedirectResponse(url, status_code=302, headers={"Cache-Control": "private, max-age=300"})


@router.get(PATH + "{key:path}")
@router.head(PATH + "{key:path}")
async def read_object(
    request: Request,
    key: str,
    content_type: Annotated[str, Query(alias="type")] = "",
    filename: Annotated[str, Query(alias="name")] = "",
    expires: int = 0,
    signature: str = "",
) -> Response:
    """The object a signed URL names."""
    infra = infra_of(request)
    if infra.storage.local is None:
        raise InvalidSignature("This URL is not signed by the server.")
    require_signed(infra, PATH, key, content_type, filename, expires, signature)
    return await send_object(request, infra, key, content_type, filename)


async def send_object(request: Request, infra: Infra, key: str, content_type: str, filename: str) -> Response:
    """The object's bytes, or the range of them that is asked for; 304 when the client has it, 412 as it demands."""
    info = await infra.storage.head(key)
    version = Version(f'"{(info.etag or key).strip(chr(34))}"', info.modified_at)
    cached = {**version.headers, "Cache-Control": "private, max-age=3600"}
    if version.fails(request.headers):
        raise PreconditionFailed("The object is in another state than the request is for.")
    if version.is_known(request.headers):
        return Response(status_code=304, headers=cached)
    headers = {
        **cached,
        "Accept-Ranges": "bytes",
        "Content-Type": content_type or "application/octet-stream",
        "Content-Disposition": disposition(content_type, filename),
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    wanted = request.headers.get("range") if version.is_continued(request.headers) else None
    start, end = byte_range(wanted, info.size_bytes)
    headers["Content-Length"] = str(end - start)
    status = 200
    if wanted and (start, end) != (0, info.size_bytes):
        status, headers["Content-Range"] = 206, f"bytes {start}-{end - 1}/{info.size_bytes}"
    if request.method == "HEAD" or start == end:
        return Response(status_code=status, headers=headers)
    return StreamingResponse(infra.storage.stream(key, start, end), status_code=status, headers=headers)


def byte_range(header: str | None, size: int) -> tuple[int, int]:
    """Start and exclusive end of a single range; the whole for none or for several; 416 when it is outside."""
    found = re.fullmatch(r"bytes=(\d{0,18})-(\d{0,18})", header or "")
    if found is None or found.groups() == ("", ""):
        return 0, size
    first, last = found.groups()
    start = int(first) if first else max(0, size - int(last))
    end = min(size, int(last) + 1) if first and last else size
    if start >= size or start >= end:
        raise RangeNotSatisfiable("The range lies outside of the file.", headers={"Content-Range": f"bytes */{size}"})
    return start, end


def disposition(content_type: str, filename: str) -> str:
    """`inline` for plain pictures, `attachment` for all else, with a name that no client misreads."""
    kind = "inline" if content_type in INLINE_TYPES else "attachment"
    ascii_name = re.sub(r"[^A-Za-z0-9._ -]", "_", filename)[:150] or "file"
    return f"{kind}; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(filename[:150] or 'file', safe='')}"
