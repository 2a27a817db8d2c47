"""A folder of documents that many visitors ask at once, while its files may change.

In goes an assistant; out come its events, its files as a person wants them listed, and a document's text. Knows nothing
of pages.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Sequence
from pathlib import Path, PurePosixPath

from qa import load
from qa.assistant import Assistant
from qa.markup.documents import Listed
from qa.types import EXTRACTIVE, Answer, Document, Event, IndexBusy, Progress, QAError, SyncReport, WrongUse

_FRESH_SECONDS = 2.0
"""How long what is known of the folder counts as the present; a look at many files takes time."""

_MOST_LISTED = 200


class Library:
    """A folder that can be asked from any number of threads. Close it to let go of the index."""

    def __init__(self, assistant: Assistant, *, name: str) -> None:
        self.name = name
        self._assistant = assistant
        self._lock = threading.Lock()
        self._looked = float("-inf")
        self._report = SyncReport()

    @property
    def engine(self) -> str:
        """Who writes the answers: "extractive", or the name of an LLM."""
        return self._assistant.settings.llm or EXTRACTIVE

    @property
    def folder(self) -> Path:
        """Where the files are."""
        return self._assistant.settings.corpus

    @property
    def idle_seconds(self) -> float:
        """How long nobody has asked."""
        return time.monotonic() - self._looked

    def close(self) -> None:
        """Let go of the index."""
        self._assistant.close()

    def refresh(self, progress: Callable[[Progress], None] | None = None, *, at_once: bool = False) -> None:
        """Bring the index up to date, unless that was done a moment ago.

        While another process writes to the index, what is in it answers. Raises QAError.
        """
        with self._lock:
            if not at_once and time.monotonic() - self._looked < _FRESH_SECONDS:
                return
            try:
                self._report = self._assistant.sync(progress)
            except IndexBusy:
                if self._looked < 0:
                    raise
            self._looked = time.monotonic()

    def stream(
        self, question: str, history: Sequence[tuple[str, str]], files: Sequence[str] | None
    ) -> Generator[Event, None, None]:
        """`Assistant.stream` over the folder as it is now. Raises QAError; close it to end the request."""
        self._refresh_to_ask()
        yield from self._assistant.stream(question, history, files)

    def answer(self, question: str, history: Sequence[tuple[str, str]], files: Sequence[str] | None) -> Answer:
        """`Assistant.answer` over the folder as it is now. Raises QAError."""
        self._refresh_to_ask()
        return self._assistant.answer(question, history, files)

    def is_answered(self, question: str, file: str) -> bool:
        """Whether the question leads to the file: it is cited or, where an LLM would have to be paid to write the
        answer, it is found first."""
        try:
            if self.engine != EXTRACTIVE:
                return [hit.passage.file for hit in self._assistant.find(question, limit=1)] == [file]
            return file in {each.file for each in self._assistant.answer(question).citations}
        except QAError:
            return False

    def files(self) -> list[str]:
        """The files that can be asked, sorted."""
        report = self._report
        return sorted({*report.added, *report.changed, *report.unchanged})

    def unreadable(self) -> str:
        """Why there is nothing to ask, as a sentence with the first reason; "" where there is something."""
        skipped = self._report.skipped
        if not skipped or self.files():
            return ""
        # That a hidden file is left out surprises nobody.
        first = next((each for each in skipped if not PurePosixPath(each.file).name.startswith(".")), skipped[0])
        files = "1 file was" if len(skipped) == 1 else f"{len(skipped):,} files were"
        return f"No document here can be read; {files} left out ({first.file}: {first.reason})."

    def document(self, file: str) -> Document:
        """A file as it is now. Raises UnreadableDocument."""
        return self._assistant.read(file)

    def listed(self) -> list[Listed]:
        """The first 200 files with their size and passages, then those that are left out."""
        known = set(self.files())
        found = [state for state in load.scan(self.folder).files if state.file in known]
        remarks = dict(self._report.remarks)
        passages = self._assistant.passages()
        read = [
            Listed(each.file, each.size, passages.get(each.file, 0), remark=remarks.get(each.file, ""))
            for each in found[:_MOST_LISTED]
        ]
        return read + [Listed(each.file, reason=each.reason) for each in self._report.skipped[:_MOST_LISTED]]

    def _refresh_to_ask(self) -> None:
        self.refresh()
        if why := self.unreadable():
            raise WrongUse(why)
