"""The rows of a table in, a sentence for each out, in which a value stands with its column: "Region: North; 2023: 14."

A sentence is short enough to be cited; a row that is longer makes several, each of which begins with the row's first
cell. Knows no format.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice

_LONGEST = 500
"""Characters of a sentence, unless one cell is longer than that."""

_TOP = 1000
"""Rows from which it is told how many of them name the columns."""

_NUMBER = re.compile(r"[\s(<>~≈±+-]*[$€£¥]?\s?-?\d[\d.,\s]*(?:[%‰]|[a-zA-Z]{1,3}\.?|[kKmMbB]n?)?[\s)*]*")
_YEAR = re.compile(r"(?:FY|CY|Q[1-4])?\s?(?:19|20)\d\d(?:[-/–]\d{2,4})?\s?[a-zA-Z*]?")
_ENDS = re.compile(r"[.!?…。！？][\"'”’»)\]]*\Z")


def in_words(cells: Iterable[Sequence[str]], *, headings: int | None = None) -> Iterator[str]:
    """The sentences of a table, given by its rows; cells are one line each, "" if empty.

    `headings` is how many rows at the top name the columns; None if nobody knows, and then the rows at the top tell.
    Rows of one cell stand for themselves. The rows are taken one by one: there may be a million.
    """
    rows = (row for row in cells if any(row))
    top = list(islice(rows, _TOP))
    named = _headings(top) if headings is None else min(headings, len(top) - 1)
    names = _names(top[:named])
    for row in chain(top[named:], rows):
        yield from _sentences(row, names)


def is_number(cell: str) -> bool:
    """Whether a cell holds a quantity: "14", "€ 1,200", "12 %", but no year."""
    return bool(cell) and _NUMBER.fullmatch(cell) is not None and _YEAR.fullmatch(cell) is None


def _headings(rows: Sequence[Sequence[str]]) -> int:
    """How many rows name the columns, by what they hold: words or years above, at least one column of numbers below."""
    if len(rows) < 2 or any(is_number(cell) for cell in rows[0]) or sum(map(bool, rows[0])) < 2:
        return 0
    below = rows[1:]
    has_numbers = any(
        sum(is_number(row[column]) for row in below if column < len(row)) * 2 > len(below)
        for column in range(1, len(rows[0]))
    )
    # Two columns of words are mostly names and what they stand for: "Founded | in Basel", "Seat | Bern".
    if has_numbers or max(map(len, rows)) > 2:
        return 2 if _is_second_heading(rows) else 1
    return 0


def _is_second_heading(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row's names span columns that the second row names: "2023, , 2024," above "Q1, Q2, Q1, Q2"."""
    if len(rows) < 3 or any(is_number(cell) for cell in rows[1]) or rows[0][-1]:
        return False
    return any(is_number(cell) for row in rows[2:] for cell in row)


def _names(headings: Sequence[Sequence[str]]) -> list[str]:
    """One name for each column; one that spans several goes before the names below it."""
    width = max((len(row) for row in headings), default=0)
    filled = []
    for place, row in enumerate(headings):
        padded = [*row, *[""] * (width - len(row))]
        last = ""
        if place < len(headings) - 1:
            for column, cell in enumerate(padded):
                last = cell or last
                padded[column] = last
        filled.append(padded)
    return [" ".join(dict.fromkeys(name for name in names if name)) for names in zip(*filled, strict=True)]


def _sentences(row: Sequence[str], names: Sequence[str]) -> Iterator[str]:
    told = [_told(cell, names[column] if column < len(names) else "") for column, cell in enumerate(row) if cell]
    if not names and len(told) == 2:
        told = [": ".join(told)]
    sentence = ""
    for part in told:
        if sentence and len(sentence) + len(part) > _LONGEST:
            yield _ended(sentence)
            sentence = told[0] if len(told[0]) < _LONGEST // 4 else ""
        sentence = f"{sentence}; {part}" if sentence else part
    yield _ended(sentence)


def _told(cell: str, name: str) -> str:
    name = name.rstrip(":; ")
    return f"{name}: {cell}" if name and name != cell else cell


def _ended(sentence: str) -> str:
    return sentence if _ENDS.search(sentence) else f"{sentence}."
