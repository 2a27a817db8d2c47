"""Files of a folder, named in the order in which they will be asked for, to their Documents, read before they are asked
for: several at a time, each in a child process of its own.

What comes, and in which order, is what `Reader` gives file by file; only the waiting is shorter. A file that no child
is needed for is read when it is asked for. Knows nothing else of formats.
"""

from __future__ import annotations

import queue
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType

from qa.load.child import Limits
from qa.load.reader import Kept, Reader, is_parsed
from qa.types import Document

_USUAL = Limits()


class ReadAhead:
    """Reads files of a folder, `children` of them at a time; a context manager. Called from one thread.

    >>> with ReadAhead(Path("docs")) as read:  # doctest: +SKIP
    ...     read.expect(["a.pdf", "b.docx"])
    ...     documents = [read("a.pdf"), read("b.docx")]

    Twice as many files as there are children are read or held ready at a time. `kept` is called from other threads.
    """

    def __init__(self, corpus: Path, *, children: int = 2, kept: Kept | None = None, limits: Limits = _USUAL) -> None:
        self._plain = Reader(corpus, kept=kept, limits=limits)
        self._readers = [Reader(corpus, kept=kept, limits=limits) for _ in range(children)]
        self._free: queue.SimpleQueue[Reader] = queue.SimpleQueue()
        for reader in self._readers:
            self._free.put(reader)
        self._pool = ThreadPoolExecutor(children, thread_name_prefix="read")
        self._expected: deque[str] = deque()
        self._begun: deque[tuple[str, Future[Document]]] = deque()

    def __enter__(self) -> ReadAhead:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the child processes; files that are being read are given up."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        for reader in self._readers:
            reader.kill()
        self._pool.shutdown(wait=True)
        for reader in self._readers:
            reader.close()

    def expect(self, files: Sequence[str]) -> None:
        """These files will be asked for, in this order; what was expected before is forgotten."""
        self._forget(len(self._begun))
        self._expected = deque(file for file in files if is_parsed(file))

    def __call__(self, file: str) -> Document:
        """Read one file, or take it as it was read ahead; as `Reader` does. One that was not expected is read now."""
        if not is_parsed(file):
            return self._plain(file)
        begun = [name for name, _ in self._begun]
        if file in begun:
            self._forget(begun.index(file))
        elif file in self._expected:
            self._forget(len(begun))
            while self._expected[0] != file:
                self._expected.popleft()
        else:
            return self._pool.submit(self._read, file).result()
        self._begin()
        _, found = self._begun.popleft()
        self._begin()
        return found.result()

    def _forget(self, count: int) -> None:
        """Files that are not asked for after all."""
        for _ in range(count):
            self._begun.popleft()[1].cancel()

    def _begin(self) -> None:
        while self._expected and len(self._begun) < 2 * len(self._readers):
            file = self._expected.popleft()
            self._begun.append((file, self._pool.submit(self._read, file)))

    def _read(self, file: str) -> Document:
        reader = self._free.get()
        try:
            return reader(file)
        finally:
            self._free.put(reader)
