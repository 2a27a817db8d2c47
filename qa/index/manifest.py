"""The manifest: what is in an index, in one SQLite file. The single truth; Chroma and Tantivy can be rebuilt from it.

A *version* is a file with the bytes it had; its passages are kept with their text and vectors. Versions that are live
are what readers see. Others are on their way in: they wait, across runs that were killed, until `publish` makes them
live and drops what they replace, in one transaction.

The folders of Chroma and Tantivy hold the passages of some of the live versions, the *based* ones, and passages that
have been removed since. What is live and not based is *fresh*; a passage that was removed and came back is both.
`shifts` says how the number of passages that have a stem differs between what is live and what Tantivy's folder holds.

Knows neither Chroma nor Tantivy, nor how a version comes to be.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from qa.index import database, texts
from qa.index.database import NAME
from qa.index.folders import Seal
from qa.index.ranking import Extent, Found
from qa.types import Document, FileState, Passage, Span

_LIVE = "passages JOIN versions USING (version) WHERE live"

_AFTER = "(live AND version NOT IN (SELECT value FROM json_each(?2)) OR version IN (SELECT value FROM json_each(?1)))"
"""Of versions: those that are live after a change."""

_CHUNK = 500
"""Versions whose passages are sorted at a time."""


@dataclass(frozen=True, slots=True)
class State:
    """What is published: the folders ("" where there are none) and how many passages were deleted from the vectors'
    folder since that was built; how much is live, and how much of the folders' content was live when they were made."""

    encoder: str
    dimensions: int
    generation: int
    vectors: str
    words: str
    buried: int
    live: Extent
    based: Extent


@dataclass(frozen=True, slots=True)
class Version:
    """A file as it was read; `settled` when it had not been written to for a while, so that its time can be trusted."""

    version: int
    state: FileState
    sha256: str
    settled: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A passage on its way in. `vector` is float32, `sentences` int8 rows, the stems are joined by spaces."""

    id: str
    version: int
    passage: Passage
    title_stems: str
    stems: str
    vector: bytes
    sentences: bytes


@dataclass(frozen=True, slots=True)
class Content:
    """All that is kept of a version: its rows, the remarks on it, and `kept` as in `qa.index.texts`."""

    state: FileState
    sha256: str
    settled: bool
    rows: tuple[Row, ...]
    remarks: tuple[str, ...] = ()
    kept: bytes | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """What a search needs of a passage."""

    id: str
    file: str
    title_stems: str
    stems: str
    vector: bytes


@dataclass(frozen=True, slots=True)
class Change:
    """Versions that become live, and live ones that go; whatever else there is and not live goes too, unless it
    `keeps_waiting`."""

    added: tuple[int, ...] = ()
    dropped: tuple[int, ...] = ()
    keeps_waiting: bool = False

    @property
    def lists(self) -> tuple[str, str]:
        """Both as SQL takes them."""
        return json.dumps(self.added), json.dumps(self.dropped)


@dataclass(frozen=True, slots=True)
class Folded:
    """New folders that hold all that is live after a change; "" where that is nothing."""

    vectors: str = ""
    words: str = ""
    buried: int = 0
    seals: Mapping[str, Sequence[Seal]] = field(default_factory=dict)


def passage_id(passage: Passage, sha256: str) -> str:
    """The same for the same span of the same bytes in the same file, and for nothing else."""
    place = f"{passage.file}\0{sha256}\0{passage.start}\0{passage.end}"
    return hashlib.sha256(place.encode("utf-8")).hexdigest()[:32]


class Manifest:
    """An open manifest. Not for two threads at once."""

    def __init__(self, path: Path, connection: sqlite3.Connection, inode: tuple[int, int] | None) -> None:
        self._path = path
        self._connection = connection
        self._inode = inode

    @classmethod
    def open(cls, store: Path) -> Manifest | None:
        """The manifest of a store; None where there is none. Raises IndexUnusable for one of another format."""
        path = store / NAME
        if not path.is_file():
            return None
        inode = database.inode(path)  # before it is opened: one that takes its place meanwhile is seen to be another
        manifest = cls(path, database.connect(path), inode)
        try:
            if database.is_made(manifest._connection, path):
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
        manifest = cls(path, database.connect(path, create=True), None)
        with manifest.transaction():
            database.make(manifest._connection, encoder=encoder, dimensions=dimensions)
        manifest._inode = database.inode(path)
        return manifest

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    @property
    def is_current(self) -> bool:
        """Whether the file that is open is still the one in the store: an index can be deleted and made anew."""
        return database.inode(self._path) == self._inode

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside happens or nothing does."""
        with database.transaction(self._connection):
            yield

    @contextmanager
    def snapshot(self) -> Iterator[State]:
        """Everything read inside is of one generation: the one whose state is given."""
        with database.transaction(self._connection, "BEGIN"):
            yield self.state()

    def state(self) -> State:
        """What is published."""
        row = self._connection.execute(
            "SELECT encoder, dimensions, generation, vectors, words, buried, live_passages, live_words,"
            " live_title_words, based_passages, based_words, based_title_words FROM state"
        ).fetchone()
        encoder, dimensions, generation, vectors, words, buried, *extents = row
        return State(
            encoder, dimensions, generation, vectors, words, buried, Extent(*extents[:3]), Extent(*extents[3:])
        )

    # What is live

    def settled(self) -> set[tuple[str, int, int, int]]:
        """The files that are live, as they were when they were read, where that can be trusted; as FileState has it."""
        return set(
            self._connection.execute("SELECT file, size, modified, changed FROM versions WHERE live AND settled")
        )

    def live(self) -> dict[str, Version]:
        """The live version of each file."""
        rows = self._connection.execute(
            "SELECT version, file, size, modified, changed, sha256, settled FROM versions WHERE live ORDER BY file"
        )
        return {row[1]: _version(*row) for row in rows}

    def live_of(self, files: Iterable[str]) -> dict[str, Version]:
        """The live versions of these files, and of all that are not settled."""
        rows = self._connection.execute(
            "SELECT version, file, size, modified, changed, sha256, settled FROM versions"
            " WHERE live AND (NOT settled OR file IN (SELECT value FROM json_each(?)))",
            (json.dumps(list(files)),),
        )
        return {row[1]: _version(*row) for row in rows}

    def files(self) -> list[str]:
        """The files that can be found, sorted."""
        return [file for (file,) in self._connection.execute("SELECT file FROM versions WHERE live ORDER BY file")]

    def counts(self) -> dict[str, int]:
        """How many passages each file has that can be found and has any."""
        return dict(self._connection.execute(f"SELECT file, COUNT(*) FROM {_LIVE} GROUP BY file"))  # noqa: S608

    def passages(self, ids: Sequence[str]) -> dict[str, Passage]:
        """The passages with these ids; an id that is not live has none."""
        rows = self._of(ids, "file, start, end, text, title, page, spans")
        return {
            id: Passage(file, start, end, text, title, page, _spans(spans))
            for id, file, start, end, text, title, page, spans in rows
        }

    def vectors_of(self, ids: Sequence[str]) -> list[tuple[str, bytes]]:
        """The vectors of the passages with these ids that are live."""
        return list(self._of(ids, "vector"))

    def stems_of(self, ids: Sequence[str]) -> list[tuple[str, str, str]]:
        """The stems in the text, and in the title, of the passages with these ids that are live."""
        return list(self._of(ids, "stems, title_stems"))

    def vectors(self, files: Sequence[str] | None) -> Iterator[list[tuple[str, bytes]]]:
        """Ids and vectors of all passages, or of those in these files, some thousands at a time."""
        if files is None:
            rows = self._connection.execute(f"SELECT id, vector FROM {_LIVE}")  # noqa: S608
        else:
            rows = self._connection.execute(
                f"SELECT id, vector FROM {_LIVE} AND file IN (SELECT value FROM json_each(?))",  # noqa: S608
                (json.dumps(files),),
            )
        while some := rows.fetchmany(4096):
            yield some

    def fresh(self) -> list[Entry]:
        """The passages that are live and not in the folders, by file and place."""
        versions = self._connection.execute("SELECT version FROM versions WHERE NOT based AND live ORDER BY file")
        return list(self.entries([version for (version,) in versions]))

    def shifts(self) -> dict[str, Found]:
        """How many more passages that are live have a stem than of those in the folders, where it is not as many."""
        rows = self._connection.execute("SELECT stem, texts, titles FROM shifts")
        return {stem: Found(texts, titles) for stem, texts, titles in rows}

    def sentences(self, passage: Passage) -> tuple[tuple[Span, ...], bytes]:
        """The spans of a passage's sentences and their vectors, int8, one row each; nothing where it is not live."""
        row = self._connection.execute(
            f"SELECT spans, sentences FROM {_LIVE} AND file = ? AND start = ? AND end = ?",  # noqa: S608
            (passage.file, passage.start, passage.end),
        ).fetchone()
        return (_spans(row[0]), row[1]) if row else ((), b"")

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
        rows = self._connection.execute("SELECT file, size, modified, changed, reason FROM refusals")
        return {FileState(*state): reason for *state, reason in rows}

    def seals(self, folder: str) -> list[Seal]:
        """The seals of a published folder's files."""
        rows = self._connection.execute("SELECT file, size, modified, checksum FROM seals WHERE folder = ?", (folder,))
        return [Seal(*row) for row in rows]

    # For the doctor

    def integrity(self) -> str:
        """What SQLite finds when it reads the whole file: "ok", or the first thing that is wrong."""
        (said,) = self._connection.execute("PRAGMA integrity_check(1)").fetchone()
        return str(said)

    def misshapen(self) -> int:
        """The number of live passages whose vectors do not fit their sentences and the encoder."""
        (number,) = self._connection.execute(
            f"SELECT count(*) FROM {_LIVE} AND NOT (length(vector) = 4 * ?1 AND 8 * length(sentences) = ?1 * length(spans))",  # noqa: S608
            (self.state().dimensions,),
        ).fetchone()
        return int(number)

    def sample(self, size: int) -> list[Entry]:
        """About so many of the passages in the folders, from all parts of them."""
        versions = [
            row[0] for row in self._connection.execute("SELECT version FROM versions WHERE based ORDER BY file")
        ]
        step = max(1, len(versions) // size)
        entries = list(self.entries(versions[::step][:size]))
        return entries[:: max(1, len(entries) // size)][:size]

    # What is on its way in

    def has_leftovers(self) -> bool:
        """Whether a run was cut off before it published."""
        found = self._connection.execute("SELECT 1 FROM versions WHERE NOT based AND NOT live LIMIT 1").fetchone()
        return found is not None

    def version(self, state: FileState, sha256: str, *, settled: bool) -> int:
        """The version of these bytes in this file, waiting to be published where it is not live."""
        self._connection.execute(
            "INSERT INTO versions (file, sha256, size, modified, changed, settled) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET size = excluded.size, modified = excluded.modified,"
            " changed = iif(excluded.changed OR excluded.modified <> modified, excluded.changed, changed),"
            " settled = excluded.settled",
            (state.file, sha256, state.size, state.modified, state.changed, settled),
        )
        (version,) = self._connection.execute(
            "SELECT version FROM versions WHERE file = ? AND sha256 = ?", (state.file, sha256)
        ).fetchone()
        return int(version)

    def keep(self, version: int, document: Document) -> None:
        """Keep the text of a version where the file's bytes are not it, and what there is to remark."""
        if texts.is_kept(document) or document.remarks:
            kept = texts.packed(document) if texts.is_kept(document) else None
            self._connection.execute(
                "INSERT OR REPLACE INTO documents VALUES (?, ?, ?)", (version, json.dumps(document.remarks), kept)
            )

    def note_refusals(self, refusals: dict[FileState, str]) -> None:
        """Make these the files that could not be read."""
        with self.transaction():
            self._connection.execute("DELETE FROM refusals")
            self._connection.executemany(
                "INSERT INTO refusals (file, size, modified, changed, reason) VALUES (?, ?, ?, ?, ?)",
                ((*state, reason) for state, reason in refusals.items()),
            )

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
        columns = "start, end, title, text, spans, title_stems, stems, vector, sentences"
        cursor = self._connection.execute(
            f"INSERT INTO passages (id, version, page, {columns}) SELECT ?, ?, ?, {columns}"  # noqa: S608
            " FROM passages JOIN versions USING (version)"
            " WHERE sha256 = ? AND start = ? AND end = ? AND title = ? AND text = ? LIMIT 1",
            (id, version, passage.page, sha256, passage.start, passage.end, passage.title, passage.text),
        )
        return cursor.rowcount == 1

    def put(self, rows: Iterable[Row]) -> None:
        """Store passages of versions that are not live yet."""
        with self.transaction():
            self._connection.executemany(
                "INSERT OR REPLACE INTO passages (id, version, start, end, page, title, text, spans, title_stems, stems,"
                " vector, sentences) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                map(_columns, rows),
            )

    # Publishing

    def extent_of(self, versions: Sequence[int]) -> Extent:
        """How much the passages of these versions are."""
        row = self._connection.execute(
            f"SELECT count(*), {database.counted('stems')}, {database.counted('title_stems')} FROM passages"  # noqa: S608
            " WHERE version IN (SELECT value FROM json_each(?))",
            (json.dumps(versions),),
        ).fetchone()
        return Extent(*row)

    def extent_after(self, change: Change) -> Extent:
        """How much is live after a change."""
        live, more, less = self.state().live, self.extent_of(change.added), self.extent_of(change.dropped)
        return Extent(
            live.passages + more.passages - less.passages,
            live.words + more.words - less.words,
            live.title_words + more.title_words - less.title_words,
        )

    def versions_after(self, change: Change, *, fresh: bool = False) -> list[int]:
        """The versions that are live after a change, by file; of them only what is not in the folders, if `fresh`."""
        among = "NOT based AND" if fresh else ""
        rows = self._connection.execute(
            f"SELECT version FROM versions WHERE {among} {_AFTER} ORDER BY file",  # noqa: S608
            change.lists,
        )
        return [version for (version,) in rows]

    def removed_after(self, change: Change) -> list[str]:
        """The ids in the folders that are not live after a change, sorted."""
        rows = self._connection.execute(
            "SELECT id FROM removed UNION SELECT id FROM passages JOIN versions USING (version)"
            " WHERE based AND version IN (SELECT value FROM json_each(?)) ORDER BY id",
            (json.dumps(change.dropped),),
        )
        return [id for (id,) in rows]

    def entries(self, versions: Sequence[int]) -> Iterator[Entry]:
        """The passages of these versions, which come by file, by place."""
        for start in range(0, len(versions), _CHUNK):
            rows = self._connection.execute(
                "SELECT id, file, title_stems, stems, vector FROM passages JOIN versions USING (version)"
                " WHERE version IN (SELECT value FROM json_each(?)) ORDER BY file, start, end",
                (json.dumps(versions[start : start + _CHUNK]),),
            )
            yield from (Entry(*row) for row in rows)

    def publish(self, change: Change, folded: Folded | None) -> None:
        """Make a change; with the folders that hold it, or without, so that what it adds is fresh."""
        with self.transaction():
            run = self._connection.execute
            live = self.extent_after(change)
            if folded is None:
                self._shift(change)
            run(f"UPDATE versions SET live = {_AFTER} WHERE live IS NOT {_AFTER}", change.lists)  # noqa: S608
            going = "NOT live AND (version IN (SELECT value FROM json_each(?)) OR NOT ?)"
            which = (json.dumps(change.dropped), change.keeps_waiting)
            for table in ("passages", "documents"):
                run(f"DELETE FROM {table} WHERE version IN (SELECT version FROM versions WHERE {going})", which)  # noqa: S608
            run(f"DELETE FROM versions WHERE {going}", which)  # noqa: S608
            run(
                "UPDATE state SET generation = generation + 1, live_passages = ?, live_words = ?, live_title_words = ?",
                (live.passages, live.words, live.title_words),
            )
            if folded is not None:
                self._switch(folded)

    def _shift(self, change: Change) -> None:
        """Reckon what a change means to what Tantivy's folder says, before it is made."""
        for versions, sign in ((change.added, 1), (change.dropped, -1)):
            stems = ((entry.stems, entry.title_stems) for entry in self.entries(versions))
            self._connection.executemany(
                "INSERT INTO shifts VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET"
                " texts = texts + excluded.texts, titles = titles + excluded.titles",
                ((stem, *by) for stem, by in database.shifted(stems, sign=sign).items()),
            )
        self._connection.execute("DELETE FROM shifts WHERE texts = 0 AND titles = 0")
        self._connection.executemany(
            "INSERT OR IGNORE INTO removed VALUES (?)", ((id,) for id in self.removed_after(change))
        )

    def _switch(self, folded: Folded) -> None:
        run = self._connection.execute
        run("UPDATE versions SET based = 1 WHERE NOT based")
        run("DELETE FROM removed")
        run("DELETE FROM shifts")
        run(
            "UPDATE state SET vectors = ?, words = ?, buried = ?, based_passages = live_passages,"
            " based_words = live_words, based_title_words = live_title_words",
            (folded.vectors, folded.words, folded.buried),
        )
        run("DELETE FROM seals")
        self._connection.executemany(
            "INSERT INTO seals VALUES (?, ?, ?, ?, ?)",
            (
                (folder, seal.file, seal.size, seal.modified, seal.checksum)
                for folder, sealed in folded.seals.items()
                for seal in sealed
            ),
        )

    # What is shared through a Chroma server

    def share(self) -> None:
        """Make room to note what is published there, where there is none yet."""
        for statement in database.SHARED.split(";"):
            self._connection.execute(statement)

    def standing(self) -> tuple[str, str]:
        """The ledger and the generation that were taken over from there, as `note_standing` was given them."""
        if not self._is_shared():
            return "", ""
        row = self._connection.execute("SELECT ledger, generation FROM standing").fetchone()
        return row or ("", "")

    def shared(self) -> dict[str, str]:
        """What is published there of each file, as `note_standing` was given it."""
        return dict(self._connection.execute("SELECT file, entry FROM shared")) if self._is_shared() else {}

    def note_standing(self, ledger: str, generation: str, put: Mapping[str, str], *, gone: Iterable[str]) -> None:
        """Note what was taken over: of each file that is new there or another, and which are gone."""
        with self.transaction():
            self._connection.execute("DELETE FROM standing")
            self._connection.execute("INSERT INTO standing VALUES (?, ?)", (ledger, generation))
            self._connection.executemany("DELETE FROM shared WHERE file = ?", ((file,) for file in gone))
            self._connection.executemany("INSERT OR REPLACE INTO shared VALUES (?, ?)", put.items())

    def after(self, change: Change) -> dict[str, Version]:
        """The version of each file that is live after a change."""
        columns = "version, file, size, modified, changed, sha256, settled"
        rows = self._connection.execute(f"SELECT {columns} FROM versions WHERE {_AFTER} ORDER BY file", change.lists)  # noqa: S608
        return {row[1]: _version(*row) for row in rows}

    def content(self, version: Version) -> Content:
        """All that is kept of a version."""
        rows = self._connection.execute(
            "SELECT id, start, end, page, title, text, spans, title_stems, stems, vector, sentences FROM passages"
            " WHERE version = ? ORDER BY start, end",
            (version.version,),
        )
        remarks, kept = self._connection.execute(
            "SELECT remarks, kept FROM documents WHERE version = ?", (version.version,)
        ).fetchone() or ("[]", None)
        passages = tuple(
            Row(
                id,
                version.version,
                Passage(version.state.file, start, end, text, title, page, _spans(spans)),
                *of_it,
            )
            for id, start, end, page, title, text, spans, *of_it in rows
        )
        return Content(version.state, version.sha256, version.settled, passages, tuple(json.loads(remarks)), kept)

    def has_whole(self, file: str, sha256: str, passages: int) -> bool:
        """Whether all passages of a version are there, live or waiting; one without any is never said to be."""
        (there,) = self._connection.execute(
            "SELECT count(*) FROM passages JOIN versions USING (version) WHERE file = ? AND sha256 = ?", (file, sha256)
        ).fetchone()
        return bool(passages) and there == passages

    def admit(self, content: Content) -> int:
        """The version of a content, with what is kept of it besides its passages."""
        version = self.version(content.state, content.sha256, settled=content.settled)
        if content.remarks or content.kept is not None:
            self._connection.execute(
                "INSERT OR REPLACE INTO documents VALUES (?, ?, ?)",
                (version, json.dumps(content.remarks), content.kept),
            )
        return version

    def _is_shared(self) -> bool:
        found = self._connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'shared'")
        return found.fetchone() is not None

    def shrink(self) -> None:
        """Give the room of what was deleted back to the disk."""
        self._connection.execute("VACUUM")

    def _of(self, ids: Sequence[str], columns: str) -> Iterator[tuple[Any, ...]]:
        """Columns of the passages with these ids that are live, the id first."""
        return self._connection.execute(
            f"SELECT passages.id, {columns} FROM json_each(?) AS wanted"  # noqa: S608
            " JOIN passages ON passages.id = wanted.value JOIN versions USING (version) WHERE live",
            (json.dumps(ids),),
        )


def _version(version: int, file: str, size: int, modified: int, changed: int, sha256: str, settled: int) -> Version:
    return Version(version, FileState(file, size, modified, changed), sha256, bool(settled))


def _columns(row: Row) -> tuple[object, ...]:
    passage = row.passage
    return (
        row.id,
        row.version,
        passage.start,
        passage.end,
        passage.page,
        passage.title,
        passage.text,
        _packed(passage.sentences),
        row.title_stems,
        row.stems,
        row.vector,
        row.sentences,
    )


def _packed(spans: Sequence[Span]) -> bytes:
    return array("i", [each for span in spans for each in (span.start, span.end)]).tobytes()


def _spans(packed: bytes) -> tuple[Span, ...]:
    numbers = array("i")
    numbers.frombytes(packed)
    return tuple(map(Span, numbers[::2], numbers[1::2]))
