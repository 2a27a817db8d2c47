"""The manifest: what is in an index, in one SQLite file. The single truth; Chroma and Tantivy can be rebuilt from it.

A *version* is a file with the bytes it had; its passages are kept with their text and vectors. Versions that are live
are what readers see. Others are on their way in: they wait, across runs that were killed, until `publish` makes them
live and drops what they replace, in one transaction.

Knows neither Chroma nor Tantivy, nor how a version comes to be.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from array import array
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from qa.index import texts
from qa.index.folders import Seal
from qa.types import Document, FileState, IndexUnusable, Passage, Span

FORMAT = 2
"""Of the store as a whole; another number is another layout."""

NAME = "manifest.sqlite"

_SCHEMA = """
CREATE TABLE state (
    format INTEGER NOT NULL, encoder TEXT NOT NULL, dimensions INTEGER NOT NULL, generation INTEGER NOT NULL,
    vectors TEXT NOT NULL, words TEXT NOT NULL, passages INTEGER NOT NULL, buried INTEGER NOT NULL
);
CREATE TABLE versions (
    version INTEGER PRIMARY KEY, file TEXT NOT NULL, sha256 TEXT NOT NULL, size INTEGER NOT NULL,
    modified INTEGER NOT NULL, settled INTEGER NOT NULL, live INTEGER NOT NULL DEFAULT 0, UNIQUE (file, sha256)
);
CREATE INDEX versions_by_content ON versions (sha256);
CREATE TABLE passages (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL REFERENCES versions, start INTEGER NOT NULL, end INTEGER NOT NULL,
    page INTEGER, title TEXT NOT NULL, text TEXT NOT NULL, spans BLOB NOT NULL, stems TEXT NOT NULL,
    vector BLOB NOT NULL, sentences BLOB NOT NULL
);
CREATE INDEX passages_by_place ON passages (version, start);
CREATE TABLE seals (
    folder TEXT NOT NULL, file TEXT NOT NULL, size INTEGER NOT NULL, modified INTEGER NOT NULL,
    checksum INTEGER NOT NULL
);
"""

# What format 2 has beyond format 1, which is brought up to it when it is opened.
_SCHEMA_2 = """
CREATE TABLE documents (version INTEGER PRIMARY KEY REFERENCES versions, remarks TEXT NOT NULL, kept BLOB);
CREATE TABLE refusals (file TEXT PRIMARY KEY, size INTEGER NOT NULL, modified INTEGER NOT NULL, reason TEXT NOT NULL);
"""

_LIVE = "passages JOIN versions USING (version) WHERE live"


@dataclass(frozen=True, slots=True)
class State:
    """What is published: the folders that hold it ("" before the first), how many passages it has, and how many were
    deleted from the vectors' folder since that was built."""

    encoder: str
    dimensions: int
    generation: int = 0
    vectors: str = ""
    words: str = ""
    passages: int = 0
    buried: int = 0


@dataclass(frozen=True, slots=True)
class Version:
    """A file as it was read; `settled` when it had not been written to for a while, so that its time can be trusted."""

    version: int
    state: FileState
    sha256: str
    settled: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A passage on its way in. `vector` is float32, `sentences` int8 rows, `stems` its words joined by spaces."""

    id: str
    version: int
    passage: Passage
    stems: str
    vector: bytes
    sentences: bytes


@dataclass(frozen=True, slots=True)
class Entry:
    """What the two indexes hold of a passage."""

    id: str
    file: str
    title: str
    stems: str
    vector: bytes


def passage_id(passage: Passage, sha256: str) -> str:
    """The same for the same span of the same bytes in the same file, and for nothing else."""
    place = f"{passage.file}\0{sha256}\0{passage.start}\0{passage.end}"
    return hashlib.sha256(place.encode("utf-8")).hexdigest()[:32]


class Manifest:
    """An open manifest. Not for two threads at once."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._path = path
        self._connection = connection
        self._inode = _inode(path)

    @classmethod
    def open(cls, store: Path) -> Manifest | None:
        """The manifest of a store; None where there is none. Raises IndexUnusable for one of another format."""
        path = store / NAME
        if not path.is_file():
            return None
        manifest = cls(path, _connect(path))
        try:
            if manifest._examine():
                return manifest
        except BaseException:
            manifest.close()
            raise
        manifest.close()
        return None

    @classmethod
    def create(cls, store: Path, *, encoder: str, dimensions: int) -> Manifest:
        """A new manifest, empty. There is none yet, or a first one was cut off before it was complete."""
        path = store / NAME
        manifest = cls(path, _connect(path, create=True))
        with manifest.transaction():
            manifest._run(_SCHEMA + _SCHEMA_2)
            manifest._connection.execute(
                "INSERT INTO state VALUES (?, ?, ?, 0, '', '', 0, 0)", (FORMAT, encoder, dimensions)
            )
        manifest._inode = _inode(path)
        return manifest

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    @property
    def is_current(self) -> bool:
        """Whether the file that is open is still the one in the store: an index can be deleted and made anew."""
        return _inode(self._path) == self._inode

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside happens or nothing does."""
        with self._between("BEGIN IMMEDIATE"):
            yield

    @contextmanager
    def snapshot(self) -> Iterator[State]:
        """Everything read inside is of one generation: the one whose state is given."""
        with self._between("BEGIN"):
            yield self.state()

    def state(self) -> State:
        """What is published."""
        row = self._connection.execute(
            "SELECT encoder, dimensions, generation, vectors, words, passages, buried FROM state"
        ).fetchone()
        return State(*row)

    def live(self) -> dict[str, Version]:
        """The live version of each file."""
        rows = self._connection.execute(
            "SELECT version, file, size, modified, sha256, settled FROM versions WHERE live ORDER BY file"
        )
        return {
            file: Version(version, FileState(file, size, modified), sha256, bool(settled))
            for version, file, size, modified, sha256, settled in rows
        }

    def files(self) -> list[str]:
        """The files that can be found, sorted."""
        return [file for (file,) in self._connection.execute("SELECT file FROM versions WHERE live ORDER BY file")]

    def counts(self) -> dict[str, int]:
        """How many passages each file has that can be found and has any."""
        return dict(self._connection.execute(f"SELECT file, COUNT(*) FROM {_LIVE} GROUP BY file"))  # noqa: S608

    def keep(self, version: int, document: Document) -> None:
        """Keep the text of a version where the file's bytes are not it, and what there is to remark."""
        if texts.is_kept(document) or document.remarks:
            kept = texts.packed(document) if texts.is_kept(document) else None
            self._connection.execute(
                "INSERT OR REPLACE INTO documents VALUES (?, ?, ?)", (version, json.dumps(document.remarks), kept)
            )

    def kept(self, file: str, sha256: str) -> Document | None:
        """What was read in a file of these bytes; None where it was not kept."""
        row = self._connection.execute(
            "SELECT kept FROM documents JOIN versions USING (version) WHERE file = ? AND sha256 = ?", (file, sha256)
        ).fetchone()
        return texts.unpacked(row[0], file=file, sha256=sha256) if row and row[0] is not None else None

    def remarks(self) -> dict[str, tuple[str, ...]]:
        """The remarks on each live file that has some."""
        rows = self._connection.execute("SELECT file, remarks FROM documents JOIN versions USING (version) WHERE live")
        return {file: tuple(json.loads(remarks)) for file, remarks in rows}

    def refusals(self) -> dict[FileState, str]:
        """The files that could not be read as they were, with the reasons."""
        rows = self._connection.execute("SELECT file, size, modified, reason FROM refusals")
        return {FileState(file, size, modified): reason for file, size, modified, reason in rows}

    def note_refusals(self, refusals: dict[FileState, str]) -> None:
        """Make these the files that could not be read."""
        with self.transaction():
            self._connection.execute("DELETE FROM refusals")
            self._connection.executemany(
                "INSERT INTO refusals VALUES (?, ?, ?, ?)",
                ((state.file, state.size, state.modified, reason) for state, reason in refusals.items()),
            )

    def has_leftovers(self) -> bool:
        """Whether a run was cut off before it published."""
        return self._connection.execute("SELECT 1 FROM versions WHERE NOT live LIMIT 1").fetchone() is not None

    def passages(self, ids: Sequence[str]) -> dict[str, tuple[Passage, bytes]]:
        """The passages with these ids and their vectors; an id that is not live has none."""
        rows = self._connection.execute(
            "SELECT passages.id, file, start, end, text, title, page, spans, vector FROM json_each(?) AS wanted"
            " JOIN passages ON passages.id = wanted.value JOIN versions USING (version) WHERE live",
            (json.dumps(ids),),
        )
        return {
            id: (Passage(file, start, end, text, title, page, _spans(spans)), vector)
            for id, file, start, end, text, title, page, spans, vector in rows
        }

    def vectors(self, files: Sequence[str] | None) -> list[tuple[str, bytes]]:
        """Ids and vectors of all passages, or of those in these files."""
        if files is None:
            return self._connection.execute(f"SELECT id, vector FROM {_LIVE}").fetchall()  # noqa: S608
        return self._connection.execute(
            f"SELECT id, vector FROM {_LIVE} AND file IN (SELECT value FROM json_each(?))",  # noqa: S608
            (json.dumps(files),),
        ).fetchall()

    def sentences(self, passage: Passage) -> tuple[tuple[Span, ...], bytes]:
        """The spans of a passage's sentences and their vectors, int8, one row each; nothing where it is not live."""
        row = self._connection.execute(
            f"SELECT spans, sentences FROM {_LIVE} AND file = ? AND start = ? AND end = ?",  # noqa: S608
            (passage.file, passage.start, passage.end),
        ).fetchone()
        return (_spans(row[0]), row[1]) if row else ((), b"")

    def seals(self, folder: str) -> list[Seal]:
        """The seals of a published folder's files."""
        rows = self._connection.execute("SELECT file, size, modified, checksum FROM seals WHERE folder = ?", (folder,))
        return [Seal(*row) for row in rows]

    def version(self, state: FileState, sha256: str, *, settled: bool) -> int:
        """The version of these bytes in this file, waiting to be published where it is not live."""
        self._connection.execute(
            "INSERT INTO versions (file, sha256, size, modified, settled) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET size = excluded.size, modified = excluded.modified, settled = excluded.settled",
            (state.file, sha256, state.size, state.modified, settled),
        )
        (version,) = self._connection.execute(
            "SELECT version FROM versions WHERE file = ? AND sha256 = ?", (state.file, sha256)
        ).fetchone()
        return int(version)

    def missing(self, version: int, ids: Sequence[str]) -> set[str]:
        """Which of these passages of a version are not there yet. Passages of it with other ids are dropped."""
        wanted = json.dumps(ids)
        self._connection.execute(
            "DELETE FROM passages WHERE version = ? AND id NOT IN (SELECT value FROM json_each(?))", (version, wanted)
        )
        there = self._connection.execute("SELECT id FROM passages WHERE version = ?", (version,))
        return set(ids) - {id for (id,) in there}

    def adopt(self, version: int, sha256: str, passage: Passage, id: str) -> bool:
        """Take over the vectors of the same passage under the same title in another file of the same bytes."""
        cursor = self._connection.execute(
            "INSERT INTO passages SELECT ?, ?, start, end, ?, title, text, spans, stems, vector, sentences"
            " FROM passages JOIN versions USING (version)"
            " WHERE sha256 = ? AND start = ? AND end = ? AND title = ? AND text = ? LIMIT 1",
            (id, version, passage.page, sha256, passage.start, passage.end, passage.title, passage.text),
        )
        return cursor.rowcount == 1

    def put(self, rows: Iterable[Row]) -> None:
        """Store passages of versions that are not live yet."""
        with self.transaction():
            self._connection.executemany(
                "INSERT OR REPLACE INTO passages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    (
                        row.id,
                        row.version,
                        row.passage.start,
                        row.passage.end,
                        row.passage.page,
                        row.passage.title,
                        row.passage.text,
                        _packed(row.passage.sentences),
                        row.stems,
                        row.vector,
                        row.sentences,
                    )
                    for row in rows
                ),
            )

    def entries(self, versions: Iterable[int], *, live: bool | None = None) -> Iterator[Entry]:
        """What the indexes hold of these versions, by file and place; only of those that are live, or are not."""
        rows = self._connection.execute(
            "SELECT id, file, title, stems, vector FROM passages JOIN versions USING (version)"
            " WHERE version IN (SELECT value FROM json_each(?)) AND live IN (?, ?) ORDER BY file, start, end",
            (json.dumps(list(versions)), live is True, live is not False),
        )
        return (Entry(*row) for row in rows)

    def extent(self, versions: Iterable[int]) -> tuple[int, int]:
        """How many passages these versions have, and how many of them are not live."""
        row = self._connection.execute(
            "SELECT count(*), coalesce(sum(NOT live), 0) FROM passages JOIN versions USING (version)"
            " WHERE version IN (SELECT value FROM json_each(?))",
            (json.dumps(list(versions)),),
        ).fetchone()
        return int(row[0]), int(row[1])

    def ids_but(self, versions: Iterable[int]) -> list[str]:
        """The ids of live passages that belong to none of these versions."""
        rows = self._connection.execute(
            f"SELECT id FROM {_LIVE} AND version NOT IN (SELECT value FROM json_each(?)) ORDER BY id",  # noqa: S608
            (json.dumps(list(versions)),),
        )
        return [id for (id,) in rows]

    def publish(self, versions: Iterable[int], state: State, seals: dict[str, Sequence[Seal]]) -> None:
        """Make these versions live and these folders the ones to read; whatever else there was is gone."""
        final = json.dumps(list(versions))
        with self.transaction():
            run = self._connection.execute
            run("DELETE FROM passages WHERE version NOT IN (SELECT value FROM json_each(?))", (final,))
            run("DELETE FROM documents WHERE version NOT IN (SELECT value FROM json_each(?))", (final,))
            run("DELETE FROM versions WHERE version NOT IN (SELECT value FROM json_each(?))", (final,))
            run("UPDATE versions SET live = 1")
            run(
                "UPDATE state SET generation = ?, vectors = ?, words = ?, passages = ?, buried = ?",
                (state.generation, state.vectors, state.words, state.passages, state.buried),
            )
            run("DELETE FROM seals")
            self._connection.executemany(
                "INSERT INTO seals VALUES (?, ?, ?, ?, ?)",
                (
                    (folder, seal.file, seal.size, seal.modified, seal.checksum)
                    for folder, sealed in seals.items()
                    for seal in sealed
                ),
            )

    def _run(self, statements: str) -> None:
        for statement in statements.split(";"):
            self._connection.execute(statement)

    @contextmanager
    def _between(self, begin: str) -> Iterator[None]:
        self._connection.execute(begin)
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    def _examine(self) -> bool:
        """Whether there is anything in it: its first writer may have been killed."""
        (pages,) = self._connection.execute("PRAGMA page_count").fetchone()
        (size,) = self._connection.execute("PRAGMA page_size").fetchone()
        if self._path.stat().st_size < pages * size:
            raise sqlite3.DatabaseError("it is shorter than it says it is")
        tables = {name for (name,) in self._connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if not tables:
            return False
        if "state" not in tables:
            raise sqlite3.DatabaseError("it has no state")
        (found,) = self._connection.execute("SELECT format FROM state").fetchone()
        if found == 1:
            with self.transaction():
                self._run(_SCHEMA_2)
                self._connection.execute("UPDATE state SET format = ?", (FORMAT,))
            return True
        if found != FORMAT:
            age = "a newer" if found > FORMAT else "an older"
            raise IndexUnusable(
                f"The index in {str(self._path.parent)!r} was made by {age} version of this program;"
                " rebuild it with `qa index --rebuild`, or set QA_STORE to another folder."
            )
        return True


def _connect(path: Path, *, create: bool = False) -> sqlite3.Connection:
    # "rw" opens for reading alone where the file can not be written; "ro" could not undo what a killed writer left.
    mode = "rwc" if create else "rw"
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=10, isolation_level=None, check_same_thread=False
    )
    # What is deleted is overwritten: a removed document's text does not stay behind in the file.
    # https://www.sqlite.org/pragma.html#pragma_secure_delete
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("PRAGMA cache_size = -32000")
    return connection


def _inode(path: Path) -> tuple[int, int] | None:
    try:
        found = os.stat(path)  # noqa: PTH116
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _packed(spans: Sequence[Span]) -> bytes:
    return array("i", [each for span in spans for each in (span.start, span.end)]).tobytes()


def _spans(packed: bytes) -> tuple[Span, ...]:
    numbers = array("i")
    numbers.frombytes(packed)
    return tuple(map(Span, numbers[::2], numbers[1::2]))
