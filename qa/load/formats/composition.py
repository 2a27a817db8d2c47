"""Blocks of a document in, in reading order; its Content out: the text, with headings as in Markdown, and where its
pages and rows are.

Offsets are counted while the text is written, never searched for. White space is made even and what is not seen is
left out before a block is written. Knows no format.
"""

from __future__ import annotations

import datetime
import io
from array import array
from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import pairwise

from qa.load.formats import Content
from qa.load.formats.rows import in_words
from qa.load.unseen import CONCEALED, LEFT_OUT, conceals, seen
from qa.text.values import dates
from qa.types import Span, UnreadableDocument

LONGEST_TEXT = 64 * 1024 * 1024
"""Characters, as many as a plain file may have bytes."""

_LONGEST_HEADING = 300

_HEAD, _LINES_OF_HEAD, _LONGEST_DATELINE = 2_000, 6, 45
"""Characters, blocks and characters: where a date stands that goes for a whole document."""


class Composition:
    """A text that is being put together. `content` gives what there is."""

    def __init__(self) -> None:
        # Neither holds an object for each block or row: of a large table there are a million.
        self._text = io.StringIO()
        self._rows = array("q")
        self._length = 0
        self._ends_with_item = False
        self._page_starts: list[int] = []
        self._remarks: dict[str, None] = {}
        self._date = ""

    def heading(self, text: str, *, level: int) -> None:
        """A heading of level 1 to 6; a paragraph, where it is too long for one."""
        line = _line(text)
        if 0 < len(line) <= _LONGEST_HEADING:
            self._block(f"{'#' * min(max(level, 1), 6)} {line}", text)
        else:
            self.paragraph(text)

    def paragraph(self, text: str, *, page_at: int | None = None) -> None:
        """A paragraph; its line ends are white space. A new page begins `page_at` characters into it, if given."""
        start = self._block(_line(text), text)
        if page_at is not None:
            self._page_starts.append(min(start + page_at, self._length))

    def item(self, text: str) -> None:
        """An item of a list."""
        line = _line(text)
        self._block(f"- {line}" if line else "", text, apart="\n" if self._ends_with_item else "\n\n")

    def verbatim(self, text: str) -> None:
        """Text whose line ends say something: Markdown, a letter, code."""
        lines = [seen(line).rstrip() for line in text.splitlines()]
        self._block("\n".join(lines).strip("\n"), text)

    def table(self, cells: Iterable[Sequence[str]], *, headings: int | None = None) -> None:
        """A table by rows, each as a sentence; `headings` are the rows at its top that name columns, None if unknown."""
        for sentence in in_words((self._cells(row) for row in cells), headings=headings):
            start = self._block(sentence)
            self._rows.extend((start, self._length))

    def include(self, content: Content) -> None:
        """Another document as a part of this one: what is attached to a mail."""
        start = self._block(content.text)
        for row in content.rows:
            self._rows.extend((start + row.start, start + row.end))
        for remark in content.remarks:
            self.remark(remark)

    def page(self) -> None:
        """A new page begins."""
        self._page_starts.append(self._length)

    def date(self, date: datetime.date | None, *, name: str) -> None:
        """What the format says of when the document was published or sent; `name` is the word for it."""
        if date is not None and not self._date:
            self._date = _in_words(date)
            self.paragraph(f"{name}: {self._date}.")

    def left_out(self) -> None:
        """Something that a reader can not see was left out."""
        self.remark(LEFT_OUT)

    def remark(self, remark: str) -> None:
        """Something that whoever makes the index should know."""
        self._remarks[remark] = None

    def content(self, *, title: str = "") -> Content:
        """The whole. Where the format states no date, it is the one that stands on a line of its own at the head."""
        text = self._text.getvalue()
        return Content(
            text=text,
            title=_line(title),
            date=self._date or _date_at_head(text),
            pages=tuple(_spans(self._page_starts, self._length)),
            rows=tuple(map(Span, self._rows[::2], self._rows[1::2])),
            remarks=tuple(self._remarks),
        )

    def _cells(self, row: Sequence[str]) -> list[str]:
        if any(map(conceals, row)):
            self.remark(CONCEALED)
        return list(map(_line, row))

    def _block(self, block: str, source: str = "", *, apart: str = "\n\n") -> int:
        """Write a block, apart from the one before it; where it starts."""
        if conceals(source):
            self.remark(CONCEALED)
        if not block:
            return self._length
        if self._length:
            self._text.write(apart)
            self._length += len(apart)
            # A page begins with its first block, not with the space before it.
            for index in range(len(self._page_starts) - 1, -1, -1):
                if self._page_starts[index] < self._length - len(apart):
                    break
                self._page_starts[index] = self._length
        start = self._length
        self._text.write(block)
        self._ends_with_item = block.startswith("- ")
        self._length += len(block)
        if self._length > LONGEST_TEXT:
            raise UnreadableDocument(f"it has more than {LONGEST_TEXT // 2**20} million characters; split it")
        return start


def _date_at_head(text: str) -> str:
    """The date of a line near the beginning that holds little else: "Basel, 5 March 2024", "Date: March 5, 2024"."""
    for line in text[:_HEAD].split("\n\n")[:_LINES_OF_HEAD]:
        found = dates(line) if len(line) <= _LONGEST_DATELINE else []
        if len(found) == 1 and found[0].year and found[0].month and found[0].day:
            with suppress(ValueError):
                return _in_words(datetime.date(found[0].year, found[0].month, found[0].day))
    return ""


def _in_words(date: datetime.date) -> str:
    return f"{date.day} {date:%B %Y}"


def _line(text: str) -> str:
    return " ".join(seen(text).split())


def _spans(starts: Sequence[int], end: int) -> Iterable[Span]:
    return (Span(start, following) for start, following in pairwise([*starts, end]))
