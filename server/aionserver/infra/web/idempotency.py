"""`Idempotency-Key`: the same request sent twice has one effect and one answer."""

import hashlib
import json
import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from fastapi import Header, Request
from pydantic import BaseModel
from sqlalchemy import text

from aionserver.infra.actors import Actor
from aionserver.infra.errors import Conflict, InvalidInput
from aionserver.infra.scope import Infra, Scope

IdempotencyKey = Annotated[str | None, Header(alias="Idempotency-Key")]
Answer = TypeVar("Answer", bound=BaseModel)
VALID_HOURS = 24
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


@dataclass(frozen=True)
class Once:
    """One request under its key (None: the client sent none, so nothing is remembered)."""

    actor: Actor
    key: str | None
    request: Request

    async def replay(self, infra: Infra, fingerprint: str, kind: type[Answer]) -> Answer | None:
        """The first answer, when this request was answered before; InvalidInput when the key served another request."""
        if self.key is None:
            return None
        async with infra.open_scope(self.actor) as scope:
            row = (await scope.session.execute(_FIND, {"tenant": self.actor.tenant_id, "key": self.key})).one_or_none()
        if row is None:
            return None
        if row.fingerprint != fingerprint:
            raise IdempotencyKeyReused("This Idempotency-Key was used for another request.")
        self.request.state.headers["Idempotent-Replayed"] = "true"
        return kind.model_validate(row.answer)

    async def remember(self, scope: Scope, fingerprint: str, answer: BaseModel) -> None:
        """Keep the answer in the transaction of its effect; Conflict when another process was first."""
        if self.key is None:
            return
        values = {
            "tenant": scope.tenant_id,
            "key": self.key,
            "fingerprint": fingerprint,
            "answer": answer.model_dump_json(),
            "now": scope.now(),
        }
        kept = await scope.session.scalar(_KEEP, values)
        if kept is None:
            raise Conflict("A request with this Idempotency-Key was just answered; send it again.")


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
async def once(infra: Infra, actor: Actor, key: str | None, request: Request) -> AsyncGenerator[Once]:
    """Hold the key while the request runs; Conflict when the same one is running, in any process."""
    if key is None:
        yield Once(actor, None, request)
        return
    if not _ACCEPTED.fullmatch(key):
        raise InvalidInput.field("Idempotency-Key", "must have 1 to 128 printable characters")
    async with infra.locks.hold(f"once:{actor.tenant_id}:{key}") as free:
        if not free:
            raise RequestInProgress("The first request with this Idempotency-Key is still running.")
        yield Once(actor, key, request)


async def forget_old_keys(scope: Scope) -> None:
    """Drop the answers of a tenant that are older than a day."""
    await scope.session.execute(_FORGET, {"tenant": scope.tenant_id})
