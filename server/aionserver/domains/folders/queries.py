"""What is asked of the folders' table, and how many files lie in a folder."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, Uuid, delete, exists, func, literal, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import aliased

from aionserver.domains.folders.tables import Folder
from aionserver.infra.reading import Query, Rows
from aionserver.infra.scope import Reader, Scope
from aionserver.kit.folder_names import LONGEST_NAME

# Depths are 0 to 9. Queries that climb stop there, whatever they find.
LEVELS = 10
_COLUMNS = "f.id, f.name, f.parent_id, f.created_at, f.updated_at"
# As it is written elsewhere in answers.
MOMENT = 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'
# Its counts are grouped once over all, which for a large tree is several times as fast as for each folder alone. It
# comes as JSON: to make that here of a hundred thousand rows would keep all other requests waiting for two seconds.
TREE_TEXT = f"""
    with recursive tree as (
        select id, 0 as depth from folders where tenant_id = :tenant_id and parent_id is null
        union all
        select f.id, tree.depth + 1 from tree join folders f on f.tenant_id = :tenant_id and f.parent_id = tree.id
        where tree.depth < {LEVELS}
    ),
    subfolders as (
        select parent_id, count(*) from folders where tenant_id = :tenant_id and parent_id is not null group by 1
    ),
    contents as (
        select folder_id, count(*) from files
        where tenant_id = :tenant_id and folder_id is not null and deleted_at is null group by 1
    )
    select json_build_object('folders', coalesce(json_agg(json_build_object(
        'id', f.id, 'name', f.name, 'parent_id', f.parent_id, 'depth', tree.depth,
        'file_count', coalesce(contents.count, 0), 'subfolder_count', coalesce(subfolders.count, 0),
        'created_at', to_char(f.created_at at time zone 'UTC', :moment),
        'updated_at', to_char(f.updated_at at time zone 'UTC', :moment)
    ) order by tree.depth, lower(f.name), f.id), '[]'))::text as answer
    from tree join folders f on f.id = tree.id
    left join subfolders on subfolders.parent_id = f.id left join contents on contents.folder_id = f.id
"""
TREE = Query(text(TREE_TEXT))
BREADCRUMBS = Query(
    text(f"""
    with recursive way as (
        select id, parent_id, name, 0 as steps from folders where tenant_id = :tenant_id and id = :folder_id
        union all
        select f.id, f.parent_id, f.name, way.steps + 1
        from way join folders f on f.tenant_id = :tenant_id and f.id = way.parent_id where way.steps < {LEVELS}
    )
    select id, name, max(steps) over () - steps as depth from way order by steps desc
    """),
    kept=True,
)
_COUNTED = f"""
    select {_COLUMNS},
        (select count(*) from folders c where c.tenant_id = :tenant_id and c.parent_id = f.id) as subfolder_count,
        (select count(*) from files where files.tenant_id = :tenant_id and files.folder_id = f.id
            and files.deleted_at is null) as file_count
    from folders f where f.tenant_id = :tenant_id
"""
ITSELF = Query(text(f"{_COUNTED} and f.id = :folder_id"), kept=True)
SUBFOLDERS = Query(text(f"{_COUNTED} and f.parent_id = :folder_id order by lower(f.name), f.id"), kept=True)
_SUBTREE = Query(
    text(f"""
    with recursive tree as (
        select id, 0 as depth from folders where tenant_id = :tenant_id and id = :folder_id
        union all
        select f.id, tree.depth + 1 from tree join folders f on f.tenant_id = :tenant_id and f.parent_id = tree.id
        where tree.depth < {LEVELS}
    )
    select id, depth from tree
    """)
)
_LOCK = text("select pg_advisory_xact_lock(hashtextextended('folders:' || :tenant, 0))")


_NAMED = Query(text("select id from folders where tenant_id = :tenant_id and lower(name) = lower(:name) order by id"))


async def find_named(reader: Reader, name: str) -> list[UUID]:
    """The folders with a name, anywhere in the tree."""
    (rows,) = await reader.fetch([_NAMED], name=name)
    return [row.id for row in rows]


async def lock_tree(scope: Scope) -> None:
    """Wait until nobody else changes the tenant's folders; from here on nobody does until this scope ends."""
    await scope.session.execute(_LOCK, {"tenant": str(scope.tenant_id)})


async def find_tree(reader: Reader) -> str:
    """Every folder with its depth and counts, each after the one it lies in, as JSON."""
    ((row,),) = await reader.fetch([TREE], moment=MOMENT)
    return row.answer


async def find_way(reader: Reader, folder_id: UUID) -> Rows:
    """The folders from the root to this one, which is the last; none where there is no such folder."""
    (rows,) = await reader.fetch([BREADCRUMBS], folder_id=folder_id)
    return rows


async def find_counted(reader: Reader, folder_id: UUID) -> tuple[Rows, Any]:
    """The way to a folder, and the folder with its counts; None where there is none."""
    way, found = await reader.fetch([BREADCRUMBS, ITSELF], folder_id=folder_id)
    return way, next(iter(found), None)


async def find_contents(reader: Reader, folder_id: UUID) -> tuple[Rows, Any, Rows]:
    """The way to a folder, the folder with its counts, and the folders that lie in it with theirs."""
    way, found, subfolders = await reader.fetch([BREADCRUMBS, ITSELF, SUBFOLDERS], folder_id=folder_id)
    return way, next(iter(found), None), subfolders


async def find_subtree(scope: Scope, folder_id: UUID) -> dict[UUID, int]:
    """The ids of a folder and of all that lie in it, each with its depth below the folder."""
    (rows,) = await scope.fetch([_SUBTREE], folder_id=folder_id)
    return {row.id: row.depth for row in rows}


async def find_folder(scope: Scope, folder_id: UUID) -> Folder | None:
    """A folder by its id."""
    return await scope.session.scalar(scope.rows(Folder).where(Folder.id == folder_id))


async def hold_folder(scope: Scope, folder_id: UUID) -> bool:
    """Whether the tenant has this folder, which then can't be deleted before the scope ends."""
    query = select(Folder.id).where(Folder.tenant_id == scope.tenant_id, Folder.id == folder_id)
    return await scope.session.scalar(query.with_for_update(key_share=True, read=True)) is not None


async def hold_for_deletion(scope: Scope, ids: Sequence[UUID]) -> None:
    """Wait for those who put files into these folders; from here on nobody does."""
    query = select(Folder.id).where(*_among(scope, ids)).order_by(Folder.id)
    await scope.session.execute(query.with_for_update())


def _among(scope: Scope, ids: Sequence[UUID]) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """The condition of the folders with these ids, as one value however many they are."""
    return Folder.tenant_id == scope.tenant_id, Folder.id == func.any(literal(list(ids), ARRAY(Uuid)))


def _in(scope: Scope, parent_id: UUID | None, table: Any = Folder) -> ColumnElement[bool]:
    """The condition of the folders that lie directly in a folder, or at the root: in the form an index serves."""
    here = table.parent_id.is_(None) if parent_id is None else table.parent_id == parent_id
    return (table.tenant_id == scope.tenant_id) & here


async def name_is_taken(scope: Scope, parent_id: UUID | None, name: str, but: UUID | None = None) -> bool:
    """Whether another folder than `but` has the name in this place, in whatever case."""
    taken = select(Folder.id).where(_in(scope, parent_id), func.lower(Folder.name) == func.lower(name))
    query = taken if but is None else taken.where(Folder.id != but)
    return bool(await scope.session.scalar(select(exists(query))))


async def find_child(scope: Scope, parent_id: UUID | None, name: str) -> UUID | None:
    """The folder that has the name in this place, in whatever case."""
    query = select(Folder.id).where(_in(scope, parent_id), func.lower(Folder.name) == func.lower(name))
    return await scope.session.scalar(query)


async def add_folder(scope: Scope, folder: Folder) -> None:
    """Insert a folder."""
    scope.session.add(folder)
    await scope.session.flush()


async def change_folder(scope: Scope, folder_id: UUID, values: Mapping[str, Any]) -> None:
    """Set columns of a folder."""
    mine = (Folder.tenant_id == scope.tenant_id, Folder.id == folder_id)
    await scope.session.execute(update(Folder).where(*mine).values(**values))


async def lift_subfolders(scope: Scope, folder_id: UUID, parent_id: UUID | None) -> None:
    """Move those folders of a folder up whose names are free there."""
    there = aliased(Folder)
    taken = select(there.id).where(_in(scope, parent_id, there), func.lower(there.name) == func.lower(Folder.name))
    lifted = update(Folder).where(_in(scope, folder_id), ~exists(taken))
    await scope.session.execute(lifted.values(parent_id=parent_id, updated_at=scope.now()))


async def find_subfolders(scope: Scope, folder_id: UUID) -> Sequence[Folder]:
    """The folders that lie directly in a folder."""
    return (await scope.session.scalars(scope.rows(Folder).where(_in(scope, folder_id)).order_by(Folder.id))).all()


async def free_name(scope: Scope, parent_id: UUID | None, name: str) -> str:
    """The name with the first number from 2 on that is free in a place, such as `Trip (2)`."""
    # In the database, for what is the same name in another case is for its rules to say.
    # Of one number more than there are names, at least one is free.
    there = select(func.count()).select_from(Folder).where(_in(scope, parent_id)).scalar_subquery()
    number = func.generate_series(2, there + 2, type_=Integer).column_valued("number")
    ending = func.concat(" (", number, ")")
    numbered = func.concat(func.left(name, LONGEST_NAME - func.length(ending)), ending)
    taken = select(Folder.id).where(_in(scope, parent_id), func.lower(Folder.name) == func.lower(numbered))
    query = select(numbered).where(~exists(taken)).order_by(number).limit(1)
    return str(await scope.session.scalar(query))


async def remove_folders(scope: Scope, ids: Sequence[UUID]) -> None:
    """Delete folders; files that are still in them come to the root."""
    await scope.session.execute(delete(Folder).where(*_among(scope, ids)))
