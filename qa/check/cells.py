"""Rows of tables: does the statement say of a cell what the row says in it?

"Support is included" is not what "Plan: Basic; Support: no; Backups: included" says, though each of its words is there: a
cell is named by the words of its column, and only its own value belongs to them. Goes from a statement aligned with a
window to a mismatch or None. Reads "Name: value; Name: value" and rows of Markdown tables, whose names stand in the header.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from qa.check.align import Aligned
from qa.check.mismatch import Mismatch
from qa.check.negation import is_denied
from qa.check.reading import Reading, read
from qa.text.rows import cells, is_record
from qa.types import Span

_NO = frozenset("no none not never false unavailable excluded without nil n/a na - – — x ✗ ✘".split())
_YES = frozenset("yes included available true allowed y ✓ ✔".split())
_NEAR = 3
"""Words between the name of a cell and what the statement says of it."""


@dataclass(frozen=True, slots=True)
class _Cell:
    """A column's name, and the value as the window has it at `span`."""

    name: Reading
    written: str
    span: Span


def other_cell(pair: Aligned) -> Mismatch | None:
    """The first cell that the statement names and of which it says something else than the row does."""
    return next((found for cell in _cells(pair) if (found := _mismatch(pair, cell))), None)


def _mismatch(pair: Aligned, cell: _Cell) -> Mismatch | None:
    named = _indices_of(pair.statement, cell.name)
    places = pair.window.words_in(cell.span)
    taken = [pair.taken[place] for place in places if place in pair.taken and pair.window.weights[place]]
    first = cell.written.lower().partition(" ")[0].strip(".,")
    denied = any(is_denied(pair.statement, index) for index in [*named, *taken])
    said = f"the table says “{cell.name.wording.strip()}: {cell.written}”"
    if first in _NO:
        affirmed = named and not denied
        return Mismatch("cell", "contradicted", 1.0, f"{said}, the answer that it is so") if affirmed else None
    if denied and (named if first in _YES else any(is_denied(pair.statement, index) for index in taken)):
        return Mismatch("cell", "contradicted", 1.0, f"{said}, the answer denies it")
    if named and not taken and first not in _YES and _says_something_else(pair, named):
        return Mismatch("cell", "partial", 0.6, f"{said}, the answer something else")
    return None


def _indices_of(statement: Reading, name: Reading) -> list[int]:
    """Where the statement has the words of a column's name; empty if it lacks one of them."""
    found = []
    for stem, weight in zip(name.stems, name.weights, strict=True):
        places = [index for index, expansion in enumerate(statement.expansions) if stem in expansion]
        if weight and not places:
            return []
        found.extend(places)
    return found


def _says_something_else(pair: Aligned, named: list[int]) -> bool:
    """Whether near the column's name the statement has a word or a number that is nowhere in the row."""
    return any(
        weight and pair.links[index] is None and any(0 < abs(index - each) <= _NEAR for each in named)
        for index, weight in enumerate(pair.statement.weights)
    )


def _cells(pair: Aligned) -> Iterator[_Cell]:
    """The cells of the rows in the window but the first of each, which says what the row is about."""
    source = pair.source
    for number, (span, is_row) in enumerate(zip(source.reading.sentences, source.rows, strict=True)):
        if is_row and pair.window.start <= span.start and span.end <= pair.window.end:
            text = source.reading.text[span.start : span.end]
            yield from _of_record(text, span.start) if is_record(text) else _of_markdown(pair, number)


def _of_record(text: str, start: int) -> Iterator[_Cell]:
    place = start
    for index, part in enumerate(text.split(";")):
        name, _, value = part.partition(":")
        begin = place + len(name) + 1
        if index and value.strip():
            yield _Cell(read(name), value.strip().rstrip("."), Span(begin, place + len(part)))
        place += len(part) + 1


def _of_markdown(pair: Aligned, number: int) -> Iterator[_Cell]:
    source = pair.source
    spans = source.reading.sentences[: number + 1]
    lines = [source.reading.text[span.start : span.end] for span in spans]
    above = zip(reversed(lines), reversed(source.rows[: number + 1]), strict=True)
    header = next((line for line, is_row in above if not is_row and line.strip("|-: \n")), "")
    names = cells(header)
    place = spans[-1].start + 1
    for index, part in enumerate(lines[-1].strip().strip("|").split("|")):
        if 0 < index < len(names) and part.strip():
            yield _Cell(read(names[index]), part.strip(), Span(place, place + len(part)))
        place += len(part) + 1
