"""Visitors' own documents: files that were uploaded in, a library of them out. Kept apart from the folder that is served
and from everybody else's, in a folder that is deleted with the visit. Knows nothing of pages.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from qa.app.library import Library
from qa.assistant import Assistant
from qa.types import Progress, QAError, WrongUse

NAME = "My documents"

MOST_FILES = 50
MOST_BYTES = 50 * 1024 * 1024
"""Of all the files of a visitor."""

_MOST_VISITORS = 40
"""Visitors with documents of their own at a time; each has an index open."""

_IDLE_SECONDS = 30 * 60.0
"""After which a visitor's documents make room for another's. Not every visitor who leaves is noticed."""


@dataclass(frozen=True, slots=True, eq=False)
class OwnDocuments:
    """The folder of one visitor and its library."""

    root: Path
    library: Library

    @property
    def folder(self) -> Path:
        """Where the files are."""
        return self.root / "documents"

    def add(self, uploaded: Sequence[Path], progress: Callable[[Progress], None] | None = None) -> None:
        """Take files in, in place of those of the same name, and index them. Raises QAError, and then takes none."""
        kept = [path for path in self.folder.iterdir() if path.name not in {each.name for each in uploaded}]
        if len(kept) + len(uploaded) > MOST_FILES:
            raise WrongUse(f"These are more than {MOST_FILES} documents; remove some, or serve a folder of them.")
        if sum(path.stat().st_size for path in (*kept, *uploaded)) > MOST_BYTES:
            raise WrongUse(f"These are more than {MOST_BYTES // 2**20} MB; remove some, or serve a folder of them.")
        for path in uploaded:
            shutil.copyfile(path, self.folder / path.name)
        try:
            self.library.refresh(progress, at_once=True)
        except QAError:
            for path in uploaded:
                (self.folder / path.name).unlink(missing_ok=True)
            raise

    def remove(self, file: str) -> None:
        """Take a file out again; what is not there is not removed."""
        if file in {path.name for path in self.folder.iterdir()}:
            (self.folder / file).unlink(missing_ok=True)
        # With the last readable file gone there is nothing to index.
        with suppress(WrongUse):
            self.library.refresh(at_once=True)

    @property
    def is_empty(self) -> bool:
        """Whether no file is left."""
        return not any(self.folder.iterdir())


class Visitors:
    """Gives visitors folders of their own, as long as there are not too many of them. Close it to delete them all."""

    def __init__(self, *, llm: str | None, embed: str | None) -> None:
        self._llm, self._embed = llm, embed
        self._lock = threading.Lock()
        self._given: set[OwnDocuments] = set()

    def give(self) -> OwnDocuments:
        """A new, empty folder. Raises WrongUse while too many visitors have one."""
        if len(self._given) >= _MOST_VISITORS:
            for idle in [each for each in tuple(self._given) if each.library.idle_seconds > _IDLE_SECONDS]:
                self.take_back(idle)
        with self._lock:
            if len(self._given) >= _MOST_VISITORS:
                raise WrongUse("Too many visitors have documents of their own at the moment; come back later.")
            root = Path(tempfile.mkdtemp(prefix="qa-visit-"))
            (root / "documents").mkdir()
            # No server: what a visitor brings is nobody else's.
            assistant = Assistant(root / "documents", llm=self._llm, embed=self._embed, store=root / "store", chroma="")
            own = OwnDocuments(root, Library(assistant, name=NAME))
            self._given.add(own)
            return own

    def take_back(self, own: OwnDocuments | None) -> None:
        """Delete a visitor's folder and index; None is nobody's."""
        if own is None:
            return
        with self._lock:
            self._given.discard(own)
        own.library.close()
        shutil.rmtree(own.root, ignore_errors=True)

    def close(self) -> None:
        """Delete them all."""
        for own in tuple(self._given):
            self.take_back(own)
