"""Search vectors by the million: made from vectors of real texts, and copied into the product's tables."""

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import cast
from uuid import UUID

import numpy as np
import psycopg
from _served import EVAL
from numpy.typing import NDArray
from psycopg import sql

from aionserver.kit.ids import new_id
from aionserver.models.bundled import QUERY_ROLES, load_bundled
from aionserver.models.image_embedding import ImageEmbedder
from aionserver.models.labels import COCO_BY_NAME

Matrix = NDArray[np.float16]
SHORT_QUERIES = ("dog", "pizza", "man on a wave", "red bus", "kitchen", "birthday cake", "train station", "two cats")
PAIRS, NEIGHBOURS, NOISE = 700, 40, 0.3
PIECE = 20_000
MODEL = b"facts-all-minilm-l6-v2-int8@1-0123456789ab"
COPY_HEAD, COPY_END = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"
TEXTS = """
create temp table texts as
select number::int as text, description, null::tsvector as words
from unnest(%s::text[]) with ordinality as told (description, number)
"""
FILES = """
insert into files (id, tenant_id, media_type, content_type, format, filename, tags, object_key, storage_target,
    upload_method, size_bytes, sha256, variant_status, description_status, description, described_at, created_at, words)
select id, tenant_id, 'image', 'image/jpeg', 'JPEG', 'IMG_' || number || '.jpg', '{}', 'files/' || id, 'default',
    'stream', 100000, md5(number::text), 'completed', 'completed', description, now(), now() - number * interval '1 s',
    array_to_tsvector(array['@' || tenant_id]) || words ||
        setweight(to_tsvector('simple', 'img ' || number || ' jpg'), 'B')
from new_files join texts using (text)
"""


@dataclass(frozen=True)
class World:
    """What real texts look like in each space, the texts, and queries with their vectors."""

    texts: Sequence[str]
    spaces: dict[str, NDArray[np.float32]]
    queries: Sequence[tuple[str, dict[str, NDArray[np.float32]]]]

    def within(self, names: Collection[str]) -> "World":
        """The same with some of the spaces only."""
        queries = [
            (text, {name: one for name, one in vectors.items() if name in names}) for text, vectors in self.queries
        ]
        return World(self.texts, {name: base for name, base in self.spaces.items() if name in names}, queries)


def real_world(query_count: int) -> World:
    """Captions of real photos, alone and in pairs; every fifth is a query. Sentences of labels where there are none."""
    captions = EVAL / "img_captions_coco" / "dev" / "queries.jsonl"
    if captions.exists():
        told = [str(json.loads(line)["text"]) for line in captions.read_text().splitlines()]
    else:
        told = [f"{label.name} with {' and '.join(label.scene)}" for label in COCO_BY_NAME.values()]
    embedder = cast(ImageEmbedder, load_bundled(1, *QUERY_ROLES)[ImageEmbedder])
    kept = [text for number, text in enumerate(told) if number % 5]
    chance = np.random.default_rng(1)
    texts = kept + [f"{kept[one]} {kept[other]}" for one, other in chance.integers(len(kept), size=(PAIRS, 2))]
    vectors = [embedder.embed_query(text) for text in texts]
    spaces = {name: stacked([one.get(name) for one in vectors], size) for name, size in embedder.dimensions.items()}
    asked = [*SHORT_QUERIES, *told[::5]][:query_count]
    return World(texts, spaces, [(text, embedder.embed_query(text)) for text in asked])


def stacked(vectors: Sequence[NDArray[np.float32] | None], dimensions: int) -> NDArray[np.float32]:
    """One row a text; a text that says nothing in a space takes the vector of another."""
    known = [vector for vector in vectors if vector is not None]
    assert known and known[0].shape == (dimensions,)
    return np.stack([vector if vector is not None else known[n % len(known)] for n, vector in enumerate(vectors)])


def noisy(base: NDArray[np.float32], rows: NDArray[np.int64], seed: int, noise: float) -> Matrix:
    """Between a row and one of its nearest, and a random vector of length `noise` added; of length 1 again."""
    chance = np.random.default_rng(seed)
    near = np.argsort(-(base @ base.T), 1)[:, :NEIGHBOURS]
    other = near[rows, chance.integers(min(NEIGHBOURS, len(base)), size=len(rows))]
    share = chance.random((len(rows), 1), dtype=np.float32)
    random = chance.standard_normal((len(rows), base.shape[1]), dtype=np.float32)
    mixed = unit(base[rows] * share + base[other] * (1 - share))
    return unit(mixed + noise * unit(random)).astype(np.float16)


def unit(vectors: NDArray[np.floating]) -> NDArray[np.float32]:
    """The same directions, of length 1."""
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


@dataclass(frozen=True)
class Rows:
    """Files in the order in which they came, tenants mixed: whose each is, its id and the text it looks like."""

    tenants: NDArray[np.void]
    ids: NDArray[np.void]
    texts: NDArray[np.int64]

    @classmethod
    def of(cls, sizes: dict[UUID, int], text_count: int) -> "Rows":
        """Rows for tenants by how many files each has."""
        chance = np.random.default_rng(2)
        owners = np.repeat(np.arange(len(sizes)), list(sizes.values()))
        chance.shuffle(owners)
        tenants = np.array([tenant.bytes for tenant in sizes], dtype="V16")[owners]
        ids = np.frombuffer(b"".join(new_id().bytes for _ in owners), dtype="V16")
        return cls(tenants, ids, chance.integers(text_count, size=len(owners)))

    def pieces(self) -> Iterator["Rows"]:
        """Parts that fit into memory."""
        for start in range(0, len(self.ids), PIECE):
            part = slice(start, start + PIECE)
            yield Rows(self.tenants[part], self.ids[part], self.texts[part])


def fill(owner: psycopg.Connection, world: World, rows: Rows, noise: float = NOISE) -> None:
    """Files and their vectors; triggers and foreign keys are passed over, since all that they make is made here."""
    owner.execute("set session_replication_role = replica")
    owner.execute(TEXTS, (list(world.texts),))
    owner.execute("update texts set text = text - 1, words = setweight(stems_and_words(description), 'C')")
    owner.execute("create temp table new_files (number serial, id uuid, tenant_id uuid, text int)")
    copy(owner, "new_files (id, tenant_id, text)", (file_bytes(piece) for piece in rows.pieces()))
    owner.execute(FILES)
    pieces = enumerate(rows.pieces())
    copy(
        owner,
        "search_vectors (file_id, name, model, vector, tenant_id)",
        (
            vector_bytes(piece, name, noisy(base, piece.texts, seed, noise))
            for seed, piece in pieces
            for name, base in world.spaces.items()
        ),
    )
    owner.execute("reset session_replication_role")


def copy(connection: psycopg.Connection, table: str, pieces: Iterator[bytes]) -> None:
    """Copy binary rows into a table."""
    statement = sql.SQL(f"copy {table} from stdin (format binary)")  # pyright: ignore[reportArgumentType]
    with connection.cursor().copy(statement) as stream:
        stream.write(COPY_HEAD)
        for piece in pieces:
            stream.write(piece)
        stream.write(COPY_END)


def file_bytes(rows: Rows) -> bytes:
    """Rows of id, tenant and text, as COPY reads them: a count of fields, then each after its length."""
    kind = [("n", ">i2"), ("a", ">i4"), ("id", "V16"), ("b", ">i4"), ("tenant", "V16"), ("c", ">i4"), ("text", ">i4")]
    made = np.zeros(len(rows.ids), np.dtype(kind))
    made["n"], made["a"], made["b"], made["c"] = 3, 16, 16, 4
    made["id"], made["tenant"], made["text"] = rows.ids, rows.tenants, rows.texts
    return made.tobytes()


def vector_bytes(rows: Rows, name: str, vectors: Matrix) -> bytes:
    """Rows of search_vectors, the same way; a halfvec is its dimensions, two empty bytes and its numbers."""
    size, label = vectors.shape[1], name.encode()
    kind = [("n", ">i2"), ("a", ">i4"), ("id", "V16"), ("b", ">i4"), ("name", f"S{len(label)}"), ("c", ">i4")]
    kind += [("model", f"S{len(MODEL)}"), ("d", ">i4"), ("size", ">i2"), ("empty", ">i2")]
    made = np.zeros(len(rows.ids), np.dtype([*kind, ("vector", ">u2", (size,)), ("e", ">i4"), ("tenant", "V16")]))
    made["n"], made["a"], made["b"], made["c"], made["d"], made["e"] = 5, 16, len(label), len(MODEL), 4 + 2 * size, 16
    made["id"], made["name"], made["model"], made["tenant"] = rows.ids, label, MODEL, rows.tenants
    made["size"], made["vector"] = size, vectors.view(np.uint16)
    return made.tobytes()
