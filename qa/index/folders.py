"""The folders of a store: which there are, whether they are as they were published, copies of them, their removal.

    manifest.sqlite     what is in the index
    vectors-<n>/        Chroma, as of generation n
    words-<n>/          Tantivy, as of generation n
    anew/               all of this once more, while the index is made anew
    lock, lock.holder   who is writing

A published folder is never changed: a writer copies it, changes the copy and publishes that. So a reader always has
one whole version before it, and a writer that is killed leaves nothing behind but a folder that nobody knows.
Knows nothing of what the folders hold, but that Chroma's own SQLite file changes a little whenever it is opened.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import zlib
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

ASIDE = "anew"
"""The folder in a store in which an index is made that will take the place of the one there."""

_OURS = re.compile(rf"(vectors|words)-(\d+)|{ASIDE}")
_LIVING = "chroma.sqlite3"
_DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class Seal:
    """A file of a published folder as it was then: its size, time (nanoseconds) and CRC-32."""

    file: str
    size: int
    modified: int
    checksum: int


def seal(folder: Path) -> list[Seal]:
    """Put the folder's files onto the disk for good, and take down what they are."""
    seals = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock"):
        name = path.relative_to(folder).as_posix()
        with path.open("rb+") as stream:
            os.fsync(stream.fileno())
        found = path.stat()
        if name == _LIVING:
            seals.append(Seal(name, 0, 0, 0))
        elif not name.startswith(_LIVING):
            seals.append(Seal(name, found.st_size, found.st_mtime_ns, _checksum(path)))
    return seals


def is_intact(folder: Path, seals: list[Seal]) -> bool:
    """Whether the folder is as it was sealed. Its files are read only where their time has changed.

    Chroma's HNSW files must not be loaded when this says no: a damaged one takes the process down (SIGSEGV).
    """
    return (
        bool(seals) and not (folder / _DAMAGED).exists() and all(_is_sealed(folder / each.file, each) for each in seals)
    )


def difference(folder: Path, seals: list[Seal]) -> str:
    """How the folder differs from what was sealed, in words; "" where it does not. All its files are read."""
    if not folder.is_dir() or not seals:
        return f"its folder {folder.name} is missing"
    if (folder / _DAMAGED).exists():
        return f"its folder {folder.name} could not be opened"
    for each in seals:
        path = folder / each.file
        try:
            is_sound = _is_sealed(path, each) and (each.file == _LIVING or _checksum(path) == each.checksum)
        except OSError as error:
            return f"{folder.name}/{each.file} can not be read ({error.strerror})"
        if not is_sound:
            return f"{folder.name}/{each.file} is not as it was written"
    return ""


def mark_damaged(folder: Path) -> None:
    """Have `is_intact` say no from now on, where the folder can be written: it could not be opened."""
    with suppress(OSError):
        (folder / _DAMAGED).touch()


def strays(store: Path, *, published: set[str]) -> list[Path]:
    """The folders that a killed writer has left in the store."""
    return [path for path in folders(store) if path.name not in published]


def folders(store: Path) -> list[Path]:
    """The folders of the store that are ours by their name."""
    return sorted(path for path in store.iterdir() if _OURS.fullmatch(path.name)) if store.is_dir() else []


def number(folder: Path) -> int:
    """The generation in the name of a folder that is ours; 0 where there is none."""
    found = _OURS.fullmatch(folder.name)
    return int(found[2] or 0) if found else 0


def copy(folder: Path, to: Path) -> None:
    """Copy a published folder, also while others are reading it."""
    shutil.copytree(folder, to, ignore=shutil.ignore_patterns(f"{_LIVING}*", "*.lock"))
    source = folder / _LIVING
    if source.exists():
        # A reader may be writing its note of having opened it; SQLite's own copy sees a whole state.
        with closing(sqlite3.connect(source, timeout=10)) as old, closing(sqlite3.connect(to / _LIVING)) as new:
            old.backup(new)


def remove(folder: Path) -> None:
    """Remove a folder that is ours; what another process holds open goes at the next attempt."""
    shutil.rmtree(folder, ignore_errors=True)


def _is_sealed(path: Path, seal: Seal) -> bool:
    try:
        found = path.stat()
        if seal.file == _LIVING:
            return _is_whole(path)
        if found.st_size != seal.size:
            return False
        return found.st_mtime_ns == seal.modified or _checksum(path) == seal.checksum
    except OSError:
        return False


def _is_whole(database: Path) -> bool:
    """Whether a SQLite file is as long as its header says (https://www.sqlite.org/fileformat2.html, section 1.3)."""
    with database.open("rb") as stream:
        header = stream.read(100)
    if len(header) < 100 or not header.startswith(b"SQLite format 3\0"):
        return False
    page = int.from_bytes(header[16:18], "big")
    pages = int.from_bytes(header[28:32], "big")
    return database.stat().st_size >= pages * (65536 if page == 1 else page)


def _checksum(path: Path) -> int:
    checksum = 0
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            checksum = zlib.crc32(block, checksum)
    return checksum
