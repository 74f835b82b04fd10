"""`Idempotency-Key`: the same request sent twice has one effect and one answer."""

import hashlib
import json
import re
from base64 import b64decode, b64encode
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from fastapi import Header, Request
from pydantic import BaseModel
from sqlalchemy import text

from aionserver.infra.actors import Actor
from aionserver.infra.errors import Conflict, InvalidInput
from aionserver.infra.scope import Infra, Scope
from aionserver.infra.sealing import seal, unseal
from aionserver.infra.web.door import Caller, operation_of
from aionserver.kit.signatures import derive_key, sign

IdempotencyKey = Annotated[str | None, Header(alias="Idempotency-Key")]
Answer = TypeVar("Answer", bound=BaseModel)
Work = Callable[[Scope], Awaitable[Answer]]
VALID_HOURS = 24
SEALED = "sealed"
_ACCEPTED = re.compile(r"[\x20-\x7e]{1,128}")


class IdempotencyKeyReused(InvalidInput):
    """The Idempotency-Key was sent before, with another request."""

    code = "IDEMPOTENCY_KEY_REUSED"


class RequestInProgress(Conflict):
    """The first request with this Idempotency-Key has not been answered yet."""

    code = "REQUEST_IN_PROGRESS"


def fingerprint_of(operation: str, content: Mapping[str, Any]) -> str:
    """SHA-256 that two requests share when they ask for the same."""
    canonical = json.dumps([operation, content], sort_keys=True, default=str, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def name_of(actor: Actor, key: str) -> str:
    """An Idempotency-Key with whose it is: an API key's, or a person's in whatever session."""
    return f"{actor.key_id or actor.user_id or 'anyone'}:{key}"


def require_key(key: str) -> None:
    """InvalidInput unless a text can be an Idempotency-Key."""
    if not _ACCEPTED.fullmatch(key):
        raise InvalidInput.field("Idempotency-Key", "must have 1 to 128 printable characters")


@dataclass(frozen=True)
class Once:
    """One request under its key (None: the client sent none, so nothing is remembered)."""

    actor: Actor
    key: str | None
    request: Request
    is_secret: bool = False

    @property
    def _name(self) -> str:
        """The key as it is kept: each caller's own, for an answer may be for nobody else's eyes."""
        return name_of(self.actor, self.key or "")

    async def replay(self, infra: Infra, fingerprint: str, kind: type[Answer]) -> Answer | None:
        """The first answer, when this request was answered before; InvalidInput when the key served another request."""
        if self.key is None:
            return None
        values = {"tenant": self.actor.tenant_id, "key": self._name}
        async with infra.open_scope(self.actor) as scope:
            row = (await scope.session.execute(_FIND, values)).one_or_none()
        if row is None:
            return None
        if row.fingerprint != self._mark(infra, fingerprint):
            raise IdempotencyKeyReused("This Idempotency-Key was used for another request.")
        self.request.state.headers["Idempotent-Replayed"] = "true"
        return kind.model_validate(self._opened(infra, row.answer))

    async def remember(self, scope: Scope, fingerprint: str, answer: BaseModel) -> None:
        """Keep the answer in the transaction of its effect; Conflict when another process was first."""
        if self.key is None:
            return
        values = {
            "tenant": scope.tenant_id,
            "key": self._name,
            "fingerprint": self._mark(scope.infra, fingerprint),
            "answer": self._kept(scope.infra, answer),
            "now": scope.now(),
        }
        kept = await scope.session.scalar(_KEEP, values)
        if kept is None:
            raise Conflict("A request with this Idempotency-Key was just answered; send it again.")

    def _mark(self, infra: Infra, fingerprint: str) -> str:
        """The fingerprint as it is kept: of secrets, such as a password, no digest that could be searched."""
        return sign(derive_key(infra.secret, "idempotency"), [fingerprint]) if self.is_secret else fingerprint

    def _kept(self, infra: Infra, answer: BaseModel) -> str:
        if not self.is_secret:
            return answer.model_dump_json()
        sealed = seal(infra.secret, self._purpose, answer.model_dump_json().encode())
        return json.dumps({SEALED: b64encode(sealed).decode()})

    def _opened(self, infra: Infra, kept: Mapping[str, Any]) -> Any:
        if not self.is_secret:
            return kept
        return json.loads(unseal(infra.secret, self._purpose, b64decode(kept[SEALED])))

    @property
    def _purpose(self) -> str:
        return f"answer:{self.actor.tenant_id}:{self._name}"


_FIND = text(
    f"select fingerprint, answer from idempotency_keys where tenant_id = :tenant and key = :key"
    f" and created_at > now() - interval '{VALID_HOURS} hours'"
)
_KEEP = text(
    "insert into idempotency_keys (tenant_id, key, fingerprint, answer, created_at)"
    " values (:tenant, :key, :fingerprint, cast(:answer as jsonb), :now)"
    " on conflict (tenant_id, key) do update set fingerprint = excluded.fingerprint, answer = excluded.answer,"
    f" created_at = excluded.created_at where idempotency_keys.created_at <= now() - interval '{VALID_HOURS} hours'"
    " returning 1"
)
_FORGET = text(
    f"delete from idempotency_keys where tenant_id = :tenant and created_at < now() - interval '{VALID_HOURS} hours'"
)


@asynccontextmanager
async def once(
    infra: Infra, actor: Actor, key: str | None, request: Request, *, is_secret: bool = False
) -> AsyncGenerator[Once]:
    """Hold the key while the request runs; Conflict when the same one is running, in any process.

    With a secret in the request or its answer, the answer is kept sealed.
    """
    if key is None:
        yield Once(actor, None, request)
        return
    require_key(key)
    async with infra.locks.hold(f"once:{actor.tenant_id}:{name_of(actor, key)}") as free:
        if not free:
            raise RequestInProgress("The first request with this Idempotency-Key is still running.")
        yield Once(actor, key, request, is_secret)


async def answer_once(
    caller: Caller,
    key: str | None,
    request: Request,
    body: BaseModel | None,
    kind: type[Answer],
    work: Work[Answer],
    *,
    is_secret: bool = False,
) -> Answer:
    """What `work` answers in the caller's scope, or what it answered to the same request before."""
    mark = fingerprint_of(operation_of(request), {"path": request.path_params, "body": body and body.model_dump()})
    async with once(caller.infra, caller.actor, key, request, is_secret=is_secret) as first:
        answer = await first.replay(caller.infra, mark, kind)
        if answer is not None:
            return answer
        async with caller.open_scope() as scope:
            answer = await work(scope)
            await first.remember(scope, mark, answer)
            return answer


Remember = Callable[[Scope, BaseModel], Awaitable[None]]


async def answer_once_by(
    caller: Caller,
    key: str | None,
    request: Request,
    body: BaseModel,
    kind: type[Answer],
    work: Callable[[Remember], Awaitable[Answer]],
    *,
    is_secret: bool = False,
) -> Answer:
    """The same for work that opens scopes itself, and has its answer remembered in the one with the effect."""
    mark = fingerprint_of(operation_of(request), {"path": request.path_params, "body": body.model_dump()})
    async with once(caller.infra, caller.actor, key, request, is_secret=is_secret) as first:

        async def remember(scope: Scope, answer: BaseModel) -> None:
            await first.remember(scope, mark, answer)

        answer = await first.replay(caller.infra, mark, kind)
        return await work(remember) if answer is None else answer


async def forget_old_keys(scope: Scope) -> None:
    """Drop the answers of a tenant that are older than a day."""
    await scope.session.execute(_FORGET, {"tenant": scope.tenant_id})
