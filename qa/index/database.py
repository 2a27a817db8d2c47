"""The SQLite file of the manifest: its tables, how it is opened, and how one of an earlier format is brought up to date.

Knows nothing of what the rows mean to an index.
"""

from __future__ import annotations

import os
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from qa.index.ranking import stems
from qa.types import IndexUnusable

FORMAT = 4
"""Of the store as a whole; another number is another layout."""

NAME = "manifest.sqlite"

_SCHEMA = """
CREATE TABLE state (
    format INTEGER NOT NULL, encoder TEXT NOT NULL, dimensions INTEGER NOT NULL, generation INTEGER NOT NULL,
    vectors TEXT NOT NULL, words TEXT NOT NULL, buried INTEGER NOT NULL,
    live_passages INTEGER NOT NULL, live_words INTEGER NOT NULL, live_title_words INTEGER NOT NULL,
    based_passages INTEGER NOT NULL, based_words INTEGER NOT NULL, based_title_words INTEGER NOT NULL
);
CREATE TABLE versions (
    version INTEGER PRIMARY KEY, file TEXT NOT NULL, sha256 TEXT NOT NULL, size INTEGER NOT NULL,
    modified INTEGER NOT NULL, settled INTEGER NOT NULL, live INTEGER NOT NULL DEFAULT 0,
    based INTEGER NOT NULL DEFAULT 0, UNIQUE (file, sha256)
);
CREATE INDEX versions_by_content ON versions (sha256);
CREATE INDEX versions_unbased ON versions (version) WHERE NOT based;
CREATE TABLE passages (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL REFERENCES versions, start INTEGER NOT NULL, end INTEGER NOT NULL,
    page INTEGER, title TEXT NOT NULL, text TEXT NOT NULL, spans BLOB NOT NULL, title_stems TEXT NOT NULL DEFAULT '',
    stems TEXT NOT NULL, vector BLOB NOT NULL, sentences BLOB NOT NULL
);
CREATE INDEX passages_by_place ON passages (version, start);
CREATE TABLE seals (
    folder TEXT NOT NULL, file TEXT NOT NULL, size INTEGER NOT NULL, modified INTEGER NOT NULL,
    checksum INTEGER NOT NULL
);
"""

# What format 2 has beyond format 1.
_SCHEMA_2 = """
CREATE TABLE documents (version INTEGER PRIMARY KEY REFERENCES versions, remarks TEXT NOT NULL, kept BLOB);
CREATE TABLE refusals (file TEXT PRIMARY KEY, size INTEGER NOT NULL, modified INTEGER NOT NULL, reason TEXT NOT NULL);
"""

# What format 3 has beyond format 2: how what is live differs from what the folders hold.
_SCHEMA_3 = """
CREATE TABLE removed (id TEXT PRIMARY KEY);
CREATE TABLE shifts (stem TEXT PRIMARY KEY, texts INTEGER NOT NULL, titles INTEGER NOT NULL);
"""

# What a store has besides that follows a Chroma server: what it has taken over from there.
SHARED = """
CREATE TABLE IF NOT EXISTS standing (ledger TEXT NOT NULL, generation TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS shared (file TEXT PRIMARY KEY, entry TEXT NOT NULL)
"""

# What format 4 has beyond format 3: when anything of a file was last changed, 0 where that is not known.
_SCHEMA_4 = """
ALTER TABLE versions ADD COLUMN changed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE refusals ADD COLUMN changed INTEGER NOT NULL DEFAULT 0
"""

_TO_3 = """
ALTER TABLE versions ADD COLUMN based INTEGER NOT NULL DEFAULT 0;
CREATE INDEX versions_unbased ON versions (version) WHERE NOT based;
ALTER TABLE passages ADD COLUMN title_stems TEXT NOT NULL DEFAULT '';
"""

_STEMS = "SELECT stems, title_stems FROM passages JOIN versions USING (version) WHERE live"


def connect(path: Path, *, create: bool = False) -> sqlite3.Connection:
    """Open the file, which is there unless `create`."""
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


@contextmanager
def transaction(connection: sqlite3.Connection, begin: str = "BEGIN IMMEDIATE") -> Iterator[None]:
    """Everything inside happens or nothing does, also where it is interrupted."""
    connection.execute(begin)
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def make(connection: sqlite3.Connection, *, encoder: str, dimensions: int) -> None:
    """Make the tables, inside a transaction of the caller's."""
    _run(connection, _SCHEMA + _SCHEMA_2 + _SCHEMA_3 + _SCHEMA_4)
    _set_state(connection, encoder=encoder, dimensions=dimensions, generation=0)


def is_made(connection: sqlite3.Connection, path: Path) -> bool:
    """Whether the file has its tables: its first writer may have been killed. Brings an earlier format up to date.

    Raises IndexUnusable for a format that is not known, sqlite3.DatabaseError for a file that is not whole.
    """
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    (size,) = connection.execute("PRAGMA page_size").fetchone()
    if path.stat().st_size < pages * size:
        raise sqlite3.DatabaseError("it is shorter than it says it is")
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not tables:
        return False
    if "state" not in tables:
        raise sqlite3.DatabaseError("it has no state")
    (found,) = connection.execute("SELECT format FROM state").fetchone()
    if found in (1, 2, 3):
        _upgrade(connection)
    elif found != FORMAT:
        age = "a newer" if found > FORMAT else "an older"
        raise IndexUnusable(
            f"The index in {str(path.parent)!r} was made by {age} version of this program;"
            " rebuild it with `qa index --rebuild`, or set QA_STORE to another folder."
        )
    return True


def renumber(connection: sqlite3.Connection, generation: int) -> dict[str, str]:
    """Make what is published the generation of this number, and give the new name of each of its folders.

    Nothing happens where nothing is published.
    """
    with transaction(connection):
        found, *names = connection.execute("SELECT generation, vectors, words FROM state").fetchone()
        if found:
            connection.execute("UPDATE state SET generation = ?", (generation,))
        moved = {name: f"{name.split('-')[0]}-{generation}" for name in names if name}
        for old, new in moved.items():
            connection.execute("UPDATE seals SET folder = ? WHERE folder = ?", (new, old))
        connection.execute("UPDATE state SET vectors = ?, words = ?", [moved.get(name, "") for name in names])
    return moved


def shifted(rows: Iterable[tuple[str, str]], *, sign: int) -> dict[str, tuple[int, int]]:
    """For each stem, by how much the passages with these stems in text and title change the number that have it."""
    texts: Counter[str] = Counter()
    titles: Counter[str] = Counter()
    for in_text, in_title in rows:
        texts.update(set(in_text.split()))
        titles.update(set(in_title.split()))
    return {stem: (sign * texts[stem], sign * titles[stem]) for stem in texts | titles}


def inode(path: Path) -> tuple[int, int] | None:
    """Which file it is, whatever its name; None where there is none."""
    try:
        found = os.stat(path)  # noqa: PTH116
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _upgrade(connection: sqlite3.Connection) -> None:
    """Keep the passages and their vectors; where the layout of the folders was another, have the next `sync` make them
    anew."""
    with transaction(connection):
        (found,) = connection.execute("SELECT format FROM state").fetchone()
        if found < 3:
            _upgrade_to_3(connection, found)
        if found < FORMAT:
            _run(connection, _SCHEMA_4)
            connection.execute("UPDATE state SET format = ?", (FORMAT,))


def _upgrade_to_3(connection: sqlite3.Connection, found: int) -> None:
    encoder, dimensions, generation = connection.execute("SELECT encoder, dimensions, generation FROM state").fetchone()
    _run(connection, (_SCHEMA_2 if found == 1 else "") + _TO_3 + _SCHEMA_3)
    titles = connection.execute("SELECT DISTINCT title FROM passages").fetchall()
    connection.executemany(
        "UPDATE passages SET title_stems = ? WHERE title = ?", ((stems(title), title) for (title,) in titles)
    )
    shifts = shifted(connection.execute(_STEMS), sign=1)
    connection.executemany("INSERT INTO shifts VALUES (?, ?, ?)", ((stem, *by) for stem, by in shifts.items()))
    connection.execute("DROP TABLE state")
    _run(connection, _SCHEMA.split(";")[0])
    _set_state(connection, encoder=encoder, dimensions=dimensions, generation=generation)
    connection.execute("DELETE FROM seals")


def _set_state(connection: sqlite3.Connection, *, encoder: str, dimensions: int, generation: int) -> None:
    (passages, words, title_words) = connection.execute(
        f"SELECT count(*), {counted('stems')}, {counted('title_stems')} FROM passages JOIN versions USING (version)"  # noqa: S608
        " WHERE live"
    ).fetchone()
    connection.execute(
        "INSERT INTO state VALUES (?, ?, ?, ?, '', '', 0, ?, ?, ?, 0, 0, 0)",
        (FORMAT, encoder, dimensions, generation, passages, words, title_words),
    )


def counted(column: str) -> str:
    """The SQL that counts the words in all rows of a column of stems, which are joined by spaces."""
    return f"coalesce(sum((length({column}) > 0) + length({column}) - length(replace({column}, ' ', ''))), 0)"


def _run(connection: sqlite3.Connection, statements: str) -> None:
    for statement in statements.split(";"):
        connection.execute(statement)
