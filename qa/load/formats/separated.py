"""CSV and TSV: each row a sentence with the names of its columns."""

from __future__ import annotations

import csv

from qa.load.encodings import decode
from qa.load.formats import Content
from qa.load.formats.composition import Composition
from qa.types import UnreadableDocument

_DELIMITERS = ",;\t|"
_SAMPLE = 20
"""Rows from which the delimiter is told."""


def content(data: bytes) -> Content:
    """The rows, those of the first one the names. The delimiter is the one that cuts all rows into equally many cells."""
    decoded = decode(data)
    composition = Composition()
    if decoded.remark:
        composition.remark(decoded.remark)
    lines = decoded.text.splitlines(keepends=True)
    if lines and lines[0].lower().startswith("sep="):  # Excel's own mark
        delimiter, lines = lines[0].strip()[4:5] or ",", lines[1:]
    else:
        delimiter = max(_DELIMITERS, key=lambda each: _fitness(lines, each))
    csv.field_size_limit(2**24)
    try:
        rows = [
            row for row in csv.reader(lines, delimiter=delimiter, skipinitialspace=True) if any(map(str.strip, row))
        ]
    except csv.Error as error:
        raise UnreadableDocument(f"it is no table ({error})") from error
    _write(composition, rows)
    return composition.content()


def _fitness(lines: list[str], delimiter: str) -> tuple[float, int]:
    """How many of the first rows have as many cells as most have, if these are two or more; and how many cells."""
    try:
        widths = [len(row) for row in csv.reader(lines[:_SAMPLE], delimiter=delimiter, skipinitialspace=True) if row]
    except csv.Error:
        return 0.0, 0
    most = max(set(widths), key=widths.count, default=0)
    return (widths.count(most) / len(widths) if most > 1 else 0.0), most


def _write(composition: Composition, rows: list[list[str]]) -> None:
    """Lines of one cell above the table are its captions; the first full row names the columns."""
    width = max((len(row) for row in rows), default=0)
    first = next((place for place, row in enumerate(rows) if sum(map(bool, row)) * 2 > width), 0)
    for row in rows[:first]:
        composition.paragraph(" ".join(row))
    table = rows[first:]
    # A table without a single word in its first row has no names.
    named = any(any(each.isalpha() for each in cell) for cell in table[0]) if table else False
    composition.table(table, headings=1 if named and len(table) > 1 and width > 1 else 0)
