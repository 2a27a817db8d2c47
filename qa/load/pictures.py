"""A document and words in it in, the picture of the page out on which they stand, with their place on it.

A help for the reader: what proves the words is the text. Made in a child process, of the very bytes that the text was
read in, or not at all. Knows nothing of how a page is drawn.
"""

from __future__ import annotations

import hashlib
import threading
from bisect import bisect_right
from contextlib import closing
from pathlib import Path

from qa.load.child import Child, Limits
from qa.load.files import read_bytes, suffix_of
from qa.load.formats import PICTURED, READERS, Picture, Sought
from qa.types import Document, UnreadableDocument

_QUICK = Limits(seconds=10)
"""Somebody waits for it."""


class Pictures:
    """Makes pictures for any number of threads, `at_once` of them at a time, each in a child process of its own."""

    def __init__(self, *, at_once: int = 2, limits: Limits = _QUICK) -> None:
        self._room = threading.BoundedSemaphore(at_once)
        self._limits = limits

    def __call__(self, corpus: Path, document: Document, *, start: int, end: int) -> Picture:
        """The page of `document.text[start:end]`, where that begins; see `page_number`.

        Raises UnreadableDocument for a file that is not as it was when the document was read, or is too hard to draw.
        """
        number = page_number(document, start)
        if number is None:
            raise UnreadableDocument("it has no pages")
        data = read_bytes(corpus, document.file)
        if hashlib.sha256(data).hexdigest() != document.sha256:
            raise UnreadableDocument("it has changed since it was read")
        page = document.pages[number - 1]
        text = document.text[page.start : max(page.end, end)]
        sought = Sought(number, text, start - page.start, end - page.start)
        with self._room, closing(Child(self._limits)) as child:
            return child.picture(READERS[suffix_of(document.file)], data, sought)


def page_number(document: Document, place: int) -> int | None:
    """The page, counted from 1, on which a place of the text is; None where no picture can be made of it."""
    if READERS.get(suffix_of(document.file)) not in PICTURED:
        return None
    return bisect_right([page.start for page in document.pages], place) or None
