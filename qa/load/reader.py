"""A file of the corpus to its Document.

The text of a plain file is exactly what `bytes.decode("utf-8")` gives, a byte order mark dropped and line ends
untouched, so that anybody can check a citation's offsets. Any other text comes from a child process, or from where it
was kept when the same bytes were read before.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from types import TracebackType

from qa.load.child import Child, Limits, MissingPackage
from qa.load.encodings import decode
from qa.load.files import read_bytes, suffix_of, unknown
from qa.load.formats import PLAIN, READERS, Content
from qa.load.titles import short, title_of
from qa.load.unseen import CONCEALED, conceals
from qa.types import Document, UnreadableContent, UnreadableDocument

Kept = Callable[[str, str], Document | None]
"""(file, SHA-256 of its bytes) -> what was made of them before, if that was kept."""

_USUAL = Limits()


class Reader:
    """Reads files of a folder; a context manager. For any number of threads; formats are read one file at a time."""

    def __init__(self, corpus: Path, *, kept: Kept | None = None, limits: Limits = _USUAL) -> None:
        self._corpus = corpus
        self._kept = kept
        self._child = Child(limits)
        self._lock = threading.Lock()

    def __enter__(self) -> Reader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the child process, if one was started. Reading starts a new one."""
        with self._lock:
            self._child.close()

    def kill(self) -> None:
        """End the child process whatever it does, for good, from any thread; a file that is being read is refused."""
        self._child.kill()

    def __call__(self, file: str) -> Document:
        """Read one file, named relative to the corpus with forward slashes.

        Raises UnreadableDocument, whose text is a reason as `Skipped` has it.
        """
        suffix = suffix_of(file)
        if suffix not in READERS:
            raise UnreadableDocument(unknown(file))
        data = read_bytes(self._corpus, file)
        sha256 = hashlib.sha256(data).hexdigest()
        is_plain = READERS[suffix] == PLAIN
        known = self._kept(file, sha256) if self._kept and not (is_plain and _is_utf8(data)) else None
        if known is not None:
            return known
        try:
            content = _plain(data) if is_plain else self._extracted(READERS[suffix], data)
            if not content.text.strip():
                raise UnreadableDocument("it has no text")
        except MissingPackage:
            raise
        except UnreadableDocument as error:
            raise UnreadableContent(str(error)) from error
        return _document(file, content, sha256)

    def _extracted(self, reader: str, data: bytes) -> Content:
        with self._lock:
            return self._child.content(reader, data)


def read(corpus: Path, file: str, *, kept: Kept | None = None) -> Document:
    """Read one file; see `Reader`, which is faster for many."""
    with Reader(corpus, kept=kept) as reader:
        return reader(file)


def is_parsed(file: str) -> bool:
    """Whether a file is read in a child process, by its name."""
    return READERS.get(suffix_of(file), PLAIN) != PLAIN


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _plain(data: bytes) -> Content:
    decoded = decode(data)
    remarks = [decoded.remark, CONCEALED if conceals(decoded.text) else None]
    return Content(decoded.text, encoding=decoded.encoding, remarks=tuple(each for each in remarks if each))


def _document(file: str, content: Content, sha256: str) -> Document:
    name = PurePosixPath(file)
    is_markdown = suffix_of(file) in (".md", ".markdown", ".ipynb")
    title = short(content.title) or title_of(content.text, name, is_markdown=is_markdown)
    return Document(
        file=file,
        text=content.text,
        # As a part of the title a date is context of every passage.
        title=f"{title} ({content.date})" if title and content.date and content.date not in title else title,
        sha256=sha256,
        pages=content.pages,
        rows=content.rows,
        encoding=content.encoding,
        remarks=content.remarks,
    )
