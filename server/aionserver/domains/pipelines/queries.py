"""What is asked of the table of pipelines."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, text

from aionserver.domains.pipelines.tables import Pipeline
from aionserver.infra.scope import Scope

RUNNING, COMPLETED = "running", "completed"


def add(scope: Scope, row: Pipeline) -> None:
    """Insert a pipeline when the scope's changes are written."""
    scope.session.add(row)


async def find(scope: Scope, pipeline_id: UUID) -> Pipeline | None:
    """A pipeline by its id."""
    return await scope.session.scalar(scope.rows(Pipeline).where(Pipeline.id == pipeline_id))


async def find_by_key(scope: Scope, key: str, since: datetime) -> Pipeline | None:
    """The newest pipeline that was asked for with a key since a moment."""
    query = scope.rows(Pipeline).where(Pipeline.request_key == key, Pipeline.created_at > since)
    return await scope.session.scalar(query.order_by(Pipeline.created_at.desc()).limit(1))


_KEEP = text(
    "update pipelines set nodes = nodes || jsonb_build_object(cast(:position as text), cast(:node as jsonb))"
    " where tenant_id = :tenant_id and id = :id and not jsonb_exists(nodes, :position) returning 1"
)


async def keep_node(scope: Scope, pipeline_id: UUID, position: int, node: Mapping[str, Any]) -> bool:
    """Write down what came of a step; whether nobody had written that down before."""
    values = {"tenant_id": scope.tenant_id, "id": pipeline_id, "position": str(position), "node": json.dumps(node)}
    return await scope.session.scalar(_KEEP, values) is not None


_COMPLETE = text(
    "update pipelines set status = 'completed', completed_at = :now where tenant_id = :tenant_id and id = :id"
)


async def complete(scope: Scope, pipeline_id: UUID) -> None:
    """Mark a pipeline as over."""
    await scope.session.execute(_COMPLETE, {"tenant_id": scope.tenant_id, "id": pipeline_id, "now": scope.now()})


async def find_running(scope: Scope, before: datetime, limit: int) -> list[UUID]:
    """The oldest of the pipelines that were begun before a moment and are not over."""
    query = scope.rows(Pipeline).where(Pipeline.status == RUNNING, Pipeline.created_at < before)
    oldest = query.order_by(Pipeline.created_at).limit(limit)
    return list(await scope.session.scalars(oldest.with_only_columns(Pipeline.id)))


async def forget(scope: Scope, before: datetime) -> None:
    """Drop the pipelines that were over, or begun in vain, before a moment."""
    await scope.session.execute(
        delete(Pipeline).where(Pipeline.tenant_id == scope.tenant_id, Pipeline.created_at < before)
    )
