"""CSV and TSV: each row a sentence, with the names of its columns where the first row has them."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice

from qa.load.encodings import decode
from qa.load.formats import Content
from qa.load.formats.composition import Composition
from qa.load.formats.naming import names_columns
from qa.types import UnreadableDocument

_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")
_DELIMITERS = ",;\t|"
_SAMPLE = 20
"""Rows from which the delimiter is told."""
_TOP = 1000
"""Rows that the first one is compared with."""


def content(data: bytes) -> Content:
    """The rows, with the names of the columns if the first one has them.

    The delimiter is the one that cuts all rows into equally many cells.
    """
    decoded = decode(data)
    composition = Composition()
    if decoded.remark:
        composition.remark(decoded.remark)
    opening = list(islice(_lines(decoded.text, 0), _SAMPLE))
    if opening and opening[0].lower().startswith("sep="):  # Excel's own mark
        delimiter, start = opening[0].strip()[4:5] or ",", len(opening[0])
    else:
        delimiter, start = max(_DELIMITERS, key=lambda each: _fitness(opening, each)), 0
    csv.field_size_limit(2**24)
    try:
        _write(composition, lambda: _rows(decoded.text, start, delimiter))
    except csv.Error as error:
        raise UnreadableDocument(f"it is no table ({error})") from error
    return composition.content()


def _rows(text: str, start: int, delimiter: str) -> Iterator[list[str]]:
    """The rows that are not empty, one by one: together they would take many times the memory of the text."""
    rows = csv.reader(_lines(text, start), delimiter=delimiter, skipinitialspace=True)
    return (row for row in rows if any(map(str.strip, row)))


def _lines(text: str, start: int) -> Iterator[str]:
    return (match[0] for match in _LINE.finditer(text, start))


def _fitness(lines: Sequence[str], delimiter: str) -> tuple[float, int]:
    """How many of the first rows have as many cells as most have, if these are two or more; and how many cells."""
    try:
        widths = [len(row) for row in csv.reader(lines, delimiter=delimiter, skipinitialspace=True) if row]
    except csv.Error:
        return 0.0, 0
    most = max(set(widths), key=widths.count, default=0)
    return (widths.count(most) / len(widths) if most > 1 else 0.0), most


def _write(composition: Composition, rows: Callable[[], Iterator[list[str]]]) -> None:
    """Lines of one cell above the table are its captions; the first full row names the columns, if it does."""
    width = max(map(len, rows()), default=0)
    below = rows()
    names: list[str] = []
    for row in below:
        if sum(map(bool, row)) * 2 > width:
            names = row
            break
        composition.paragraph(" ".join(row))
    top = list(islice(below, _TOP))
    # A table without a single word in its first row has no names.
    has_words = any(any(each.isalpha() for each in cell) for cell in names)
    named = has_words and bool(top) and width > 1 and names_columns(names, top)
    composition.table(chain([names], top, below), headings=1 if named else 0)
