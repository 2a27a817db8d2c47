"""The first row of a table and rows below it in; out comes whether it names the columns or is a row like the others.

A name differs from what stands below it: it is a word above numbers or dates. A value looks like its column: "34" above
other numbers, "2024-05-21" above other dates, "Berlin" above rows of which one says "Berlin" again. What speaks for
neither is taken for names, as nearly all tables have them. Knows no format.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

_LONGEST = 40
"""Characters up to which a cell is compared by its form; what is longer is prose."""

_YEAR = re.compile(r"(?:19|20)\d\d")
_NUMBER = re.compile(r"(?<!\w)[-+−]?\d{1,3}(?:[., '’]\d{3})+(?:[.,]\d+)?(?!\d)|(?:(?<!\w)[-+−])?\d+(?:[.,]\d+)?")
_LETTERS = re.compile(r"[^\W\d_]+")
_MISSING = frozenset("- – — ? n/a na nan nil none null unknown".split())


def names_columns(first: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Whether the first row holds names, by how many of its cells look like names and how many like values."""
    is_counting = _counts(first) and not any(map(_counts, below[:1]))
    names = values = 0
    for column, cell in enumerate(first):
        others = [row[column] for row in below if column < len(row) and not _is_missing(row[column]) and row != first]
        form = _form(cell)
        if _is_missing(cell) or not others or (is_counting and form in ("year", "9")):
            continue
        if form:
            values += _are_most(_form(each) == form for each in others)
        else:
            names += _are_most(bool(_form(each)) for each in others)
            values += _recurs(cell, others)
    return values <= names


def _form(cell: str) -> str:
    """How a number, date, code or address is written, as in "9-9-9" for a date; "" for words alone."""
    cell = cell.strip()
    if len(cell) > _LONGEST:
        return ""
    if "@" in cell or "://" in cell:
        return "address"
    if _YEAR.fullmatch(cell):
        return "year"
    return _LETTERS.sub("a", _NUMBER.sub("9", cell)) if any(map(str.isdecimal, cell)) else ""


def _counts(row: Sequence[str]) -> bool:
    """Whether numbers of a row go up by equal steps, as columns are numbered: "Item, 1, 2, 3"."""
    numbers = [int(cell) for cell in row if len(cell) <= _LONGEST and cell.strip().isdecimal()]
    steps = {after - before for before, after in pairwise(numbers)}
    return len(numbers) > 2 and len(steps) == 1 and min(steps) > 0


def _are_most(findings: Iterator[bool]) -> bool:
    found = list(findings)
    return sum(found) * 2 > len(found)


def _recurs(cell: str, others: Sequence[str]) -> bool:
    """Whether a word is one of several that its column holds. Where it is the only one, it is the name of a choice."""
    words = {each.strip().casefold() for each in others}
    return len(words) > 1 and cell.strip().casefold() in words


def _is_missing(cell: str) -> bool:
    return not cell.strip() or cell.strip().casefold() in _MISSING
