"""Vectors to the ids of the nearest, in Chroma, and nowhere else in the product.

Writing goes through chromadb's PersistentClient. Reading goes to the engine that this client wraps, in Chroma's own
extension module: the same files by the same code, but a process that only asks starts 0.8 s sooner, which is what
`import chromadb` takes for its telemetry, its server and its embedding functions. The version is pinned for that.

Vectors, ids and file names only: Chroma is given no text, and never asked for an embedding function, which would
download a model.
"""

from __future__ import annotations

import itertools
import math
import os
import sqlite3
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa.index.manifest import Entry
from qa.index.ranking import apart
from qa.types import IndexUnusable

if TYPE_CHECKING:
    from chromadb.api.models.Collection import Collection

    from qa.types import Vector

_COLLECTION = "passages"

# Above Chroma's defaults, since it costs little beside encoding: of 4,000 clustered vectors all the 50 nearest are
# found, against 96 % with the defaults.
_HNSW = {"space": "cosine", "ef_construction": 200, "max_neighbors": 32, "ef_search": 400, "batch_size": 2}

_AT_ONCE = 2
"""The least threshold of Chroma's: each call ends on the disk."""

_BATCH = 5_400
"""Vectors in a call, at most; Chroma takes 5,461."""

_ROUND = 50_000
"""Vectors that are put onto the disk together when a folder is made: every time Chroma writes a list of all it has.
eval/LOG.md: "A million passages"."""


def build(folder: Path, *, added: Iterable[Entry], removed: Sequence[str], total: int) -> None:
    """Remove and add vectors in a folder that nobody reads yet, new or a copy, and see that all `total` are there.

    In a new folder as many have to be added. Raises IndexUnusable where they are not there: the folder must not be
    published then.
    """
    is_new = not folder.exists()
    rounds = max(1, math.ceil(total / _ROUND)) if is_new else 1
    with _collection(folder, threshold=max(_AT_ONCE, total // rounds) if is_new else _AT_ONCE) as collection:
        # First of all, since a file that is as it once was brings ids back, and Chroma ignores an id that it has.
        for start in range(0, len(removed), _BATCH):
            collection.delete(ids=list(removed[start : start + _BATCH]))
        sample: list[Entry] = []
        for batch in _batches(iter(added), rounds=rounds, total=total):
            _add(collection, batch)
            sample += batch[:: max(1, len(batch) // 8)]
            if total == 1:
                # One alone stays below the threshold: then whoever reads would put it onto the disk.
                collection.update(ids=[batch[0].id], embeddings=_matrix(batch))
        if is_new:
            _end_each_call_on_the_disk(collection)
        _verify(collection, sample, total=total)
    _give_room_back(folder)


def _add(collection: Collection, batch: Sequence[Entry]) -> None:
    collection.add(
        ids=[each.id for each in batch],
        embeddings=_matrix(batch),
        metadatas=[{"file": each.file} for each in batch],
    )


def _batches(entries: Iterator[Entry], *, rounds: int, total: int) -> Iterator[list[Entry]]:
    """Batches the last of which ends a round, since Chroma puts nothing onto the disk before its threshold is reached.

    The last round takes the few that are left over, and so does its last batch.
    """
    for number in range(rounds):
        size = total // rounds + (total % rounds if number == rounds - 1 else 0)
        parts = max(1, math.ceil(size / _BATCH))
        for part in range(parts):
            if batch := list(itertools.islice(entries, size * (part + 1) // parts - size * part // parts)):
                yield batch


def _end_each_call_on_the_disk(collection: Collection) -> None:
    """For whoever changes a copy of the folder."""
    with warnings.catch_warnings():
        # Chroma calls its own note that a collection has no embedding function a legacy one.
        warnings.simplefilter("ignore", DeprecationWarning)
        collection.modify(configuration={"hnsw": {"sync_threshold": _AT_ONCE}})


def _give_room_back(folder: Path) -> None:
    """What is on its way to the graph passes through Chroma's SQLite file, which keeps the room: 2 KB a vector."""
    with closing(sqlite3.connect(folder / "chroma.sqlite3", timeout=10)) as connection:
        connection.execute("VACUUM")


class Nearest:
    """An open folder, for reading."""

    def __init__(self, folder: Path) -> None:
        import chromadb_rust_bindings as engine

        # As chromadb.api.rust.RustBindingsAPI.start does it. The engine would make a folder that is not there.
        where = os.path.realpath(folder)
        if not folder.is_dir():
            raise FileNotFoundError(where)
        self._bindings = engine.Bindings(
            allow_reset=False,
            sqlite_db_config=engine.SqliteDBConfig(
                hash_type=engine.MigrationHash.MD5,
                migration_mode=engine.MigrationMode.Validate,
                url=f"{where}/chroma.sqlite3",
            ),
            persist_path=where,
            hnsw_cache_size=16,
        )
        self._collection = str(self._bindings.get_collection(_COLLECTION, *_TENANT).id)
        self._is_loaded = False

    def nearest(self, vector: Vector, *, limit: int) -> list[str]:
        """The ids of the nearest by cosine, nearest first."""
        found = self._bindings.query(self._collection, None, [vector.tolist()], limit, None, None, [], *_TENANT)
        self._is_loaded = True
        return list(found.ids[0])

    def load(self, dimensions: int) -> None:
        """Read the vectors now, which the engine puts off until it is first asked."""
        import numpy

        if not self._is_loaded:
            self.nearest(numpy.ones(dimensions, dtype=numpy.float32), limit=1)

    def close(self) -> None:
        """Let go of the files and of the engine's threads."""
        del self._bindings


_TENANT = ("default_tenant", "default_database")


@contextmanager
def _collection(folder: Path, *, threshold: int) -> Iterator[Collection]:
    folder.mkdir(exist_ok=True)
    chromadb, settings = _chromadb()
    client = chromadb.PersistentClient(os.path.realpath(folder), settings=settings)
    try:
        configuration = {"hnsw": {**_HNSW, "sync_threshold": threshold}}
        yield client.get_or_create_collection(_COLLECTION, embedding_function=None, configuration=configuration)
    finally:
        client.close()


def _chromadb() -> tuple[Any, Any]:
    # Without `_env_file=None` Chroma takes settings from a .env in the working directory, which may be anybody's;
    # while it is being imported it reads that file whatever one does.
    try:
        import chromadb
        from chromadb.config import Settings

        settings = Settings(
            _env_file=None,  # type: ignore[call-arg]
            chroma_api_impl="chromadb.api.rust.RustBindingsAPI",
            chroma_otel_collection_endpoint="",
            anonymized_telemetry=False,
            allow_reset=False,
            migrations="apply",
            migrations_hash_algorithm="md5",
        )
    except ValueError as error:
        raise IndexUnusable(
            "Chroma does not start with the settings in the file .env of the working directory or in the environment"
            f" ({str(error).splitlines()[0]}); run the program from another folder, or correct them."
        ) from error
    return chromadb, settings


def _matrix(entries: Sequence[Entry]) -> Any:
    import numpy

    return numpy.stack([apart(each.id, each.vector) for each in entries])


def _verify(collection: Collection, sample: Sequence[Entry], *, total: int) -> None:
    """Chroma's own count says nothing of its vectors, so some of those that were added are asked for by themselves."""
    if collection.count() != total:
        raise IndexUnusable(f"Chroma holds {collection.count()} passages where {total} were stored; index again.")
    found = 0
    for each in sample:
        nearest = collection.query(query_embeddings=_matrix([each]), n_results=1, include=["distances"])["distances"]
        found += bool(nearest and nearest[0] and nearest[0][0] < 1e-3)
    # The search is approximate: of passages that are nearly alike a third may not be found first.
    if 2 * found < len(sample):
        raise IndexUnusable(f"Chroma finds {found} of {len(sample)} vectors that were stored; index again.")
