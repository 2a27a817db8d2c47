"""An index made anew, in a folder aside, to the place of the old one: until it is whole, the old one is what readers see.

Knows nothing of how an index is made: it is given a function.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import ExitStack, closing, suppress
from pathlib import Path

from qa.index import database, folders
from qa.index.database import NAME
from qa.index.errors import translated
from qa.index.lock import writing
from qa.index.manifest import Manifest
from qa.types import QAError, SyncReport


def remake(store: Path, make: Callable[[Path], SyncReport], *, encoder: str, dimensions: int) -> SyncReport:
    """Have `make` build an index in a folder that it is given, and put that into the place of the one in `store`.

    What a run that was killed has left there is gone on with. Raises IndexBusy, and whatever `make` raises: then the
    old index is as it was.
    """
    with ExitStack() as held:
        with translated(store):
            held.enter_context(writing(store))
            aside = store / folders.ASIDE
            if not _is_of(aside, encoder, dimensions):
                folders.remove(aside)
        report = make(aside)
        with translated(store):
            if (aside / NAME).exists():
                _take_the_place(store, aside)
            else:
                delete(store)
    return report


def delete(store: Path) -> None:
    """Delete what is ours in a store, by name, and nothing else. The caller holds its lock."""
    # The manifest first: without it nothing else is read.
    for name in (NAME, f"{NAME}-journal"):
        (store / name).unlink(missing_ok=True)
    for folder in folders.folders(store):
        folders.remove(folder)


def _is_of(aside: Path, encoder: str, dimensions: int) -> bool:
    """Whether there is an index that can be gone on with."""
    with suppress(QAError, sqlite3.Error, OSError):
        manifest = Manifest.open(aside)
        if manifest is not None:
            with closing(manifest):
                state = manifest.state()
                return (state.encoder, state.dimensions) == (encoder, dimensions)
    return False


def _take_the_place(store: Path, aside: Path) -> None:
    """Each step leaves either index whole: the manifest's own move is what makes the new one the one that is read."""
    number = 1 + max((folders.number(each) for each in folders.folders(store)), default=0)
    with closing(database.connect(aside / NAME)) as connection:
        moved = database.renumber(connection, number)
    for old, new in moved.items():
        (aside / old).replace(store / new)
    _undo_what_was_begun(store / NAME)
    (aside / NAME).replace(store / NAME)
    _put_on_the_disk(store)
    for folder in folders.strays(store, published=set(moved.values())):
        folders.remove(folder)


def _undo_what_was_begun(path: Path) -> None:
    """A writer that was killed leaves a journal, which SQLite would apply to whatever file has the manifest's name."""
    if path.exists():
        with suppress(sqlite3.Error), closing(database.connect(path)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    path.with_name(f"{path.name}-journal").unlink(missing_ok=True)


def _put_on_the_disk(store: Path) -> None:
    with suppress(OSError):  # a folder can not be opened on Windows
        opened = os.open(store, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)
