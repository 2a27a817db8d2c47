"""Words that were read in a page of a PDF file, and the letters of that page in; where they stand out, or nothing.

What is read differs from what the page holds: lines are joined, parted words put together, the heads of pages dropped.
So the words are looked for by their letters alone, white space and hyphens aside, from line to line, over lines that may
have been dropped. A place counts only where the page holds the words as often as its text does; else which of them is
meant can not be told. Pure; knows nothing of pdfium.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from qa.load.formats import Sought
from qa.load.formats.pdf_layout import may_be_dropped
from qa.load.formats.pdf_page import LIGATURES, Cell, Letter, line_of
from qa.load.unseen import seen

_HYPHENS = frozenset("-‐\u00ad\x02")
_HEADING = re.compile(r"^#{1,6} ", re.MULTILINE)
_LONGEST_NAME = 80
"""Characters of the name of a column."""


@dataclass(frozen=True, slots=True)
class Place:
    """A part of a line that holds the words, in points from the lower left corner of the page."""

    left: float
    bottom: float
    right: float
    top: float


@dataclass(frozen=True, slots=True)
class Found:
    """The places on the page, by lines; `goes_on` where more of the words stand on the next page."""

    places: tuple[Place, ...]
    goes_on: bool = False


@dataclass(frozen=True, slots=True)
class _Row:
    """A line: `solid` is what is compared, `owners` has the number of the letter of each of its characters."""

    letters: Sequence[Letter]
    cells: tuple[Cell, ...]
    solid: str
    owners: tuple[int, ...]
    may_be_dropped: bool


_Piece = tuple[int, int, int]
"""The number of a row, and the start and end of the words in its `solid`."""


def found(
    letters: Sequence[Sequence[Letter]],
    sought: Sought,
    *,
    height: float,
    following: Callable[[], tuple[Sequence[Sequence[Letter]], float]],
) -> Found | None:
    """Where the words stand on the page with these letters, line by line; None where that can not be told for sure.

    `height` is the page's in points; `following` gives letters and height of the next page, where words may go on.
    """
    rows = list(_rows(letters, height))
    words = _solid(sought.text[sought.start : sought.end])
    if not words:
        return None
    before, times = _occurrences(sought, words)
    here = _chosen(_matches(rows, words, starts=len(rows)), rows, before=before, times=times)
    if here is not None:
        return Found(tuple(_place(rows[row], start, end) for row, start, end in here))
    if row := _table_row(rows, sought):
        return Found((_place(row, 0, len(row.solid)),))
    both = [*rows, *_rows(*following())]
    across = [each for each in _matches(both, words, starts=len(rows)) if each[-1][0] >= len(rows)]
    if len(across) != 1 or times != 1:
        return None
    return Found(tuple(_place(both[row], start, end) for row, start, end in across[0] if row < len(rows)), goes_on=True)


def _rows(letters: Sequence[Sequence[Letter]], height: float) -> Iterator[_Row]:
    for row in letters:
        line = line_of(row)
        if line is None:
            continue
        solids = [letter for letter in row if not letter.text.isspace()]
        pairs = [(character, number) for number, letter in enumerate(solids) for character in _solid(letter.text)]
        solid, owners = "".join(character for character, _ in pairs), tuple(number for _, number in pairs)
        if solid:
            yield _Row(solids, line.cells, solid, owners, may_be_dropped(line, height))


def _solid(text: str) -> str:
    """What is left of a text when white space, hyphens, the marks of headings and what nobody sees are taken away."""
    plain = _HEADING.sub("", text).translate(LIGATURES)
    return "".join(each for each in plain if not each.isspace() and each not in _HYPHENS and seen(each).strip())


def _occurrences(sought: Sought, words: str) -> tuple[int, int]:
    """How often the words stand in the text before the place that is sought, and how often in all."""
    whole = _solid(sought.text)
    starts = [place for place in range(len(whole)) if whole.startswith(words, place)]
    before = len(_solid(sought.text[: sought.start]))
    return sum(start < before for start in starts), len(starts)


def _matches(rows: Sequence[_Row], words: str, *, starts: int) -> list[list[_Piece]]:
    """All ways to read the words from the rows, in the order of the file; they begin in one of the first `starts`."""
    matches: list[list[_Piece]] = []
    for number, row in enumerate(rows[:starts]):
        for offset in range(len(row.solid)):
            length = min(len(row.solid) - offset, len(words))
            if row.solid.startswith(words[:length], offset):
                piece = (number, offset, offset + length)
                matches += [[piece, *rest] for rest in _rest(rows, number + 1, words[length:])]
    return matches


def _rest(rows: Sequence[_Row], number: int, words: str) -> Iterator[list[_Piece]]:
    """The ways to go on with the words at a row, over rows that may have been dropped."""
    if not words:
        yield []
        return
    for place in range(number, len(rows)):
        solid = rows[place].solid
        length = min(len(solid), len(words))
        if solid.startswith(words[:length]):
            for rest in _rest(rows, place + 1, words[length:]):
                yield [(place, 0, length), *rest]
        if not rows[place].may_be_dropped:
            return


def _chosen(matches: list[list[_Piece]], rows: Sequence[_Row], *, before: int, times: int) -> list[_Piece] | None:
    """The match that is number `before` of `times`, where the page has as many, with or without its margins."""
    kept = [each for each in matches if not rows[each[0][0]].may_be_dropped]
    for those in (matches, kept):
        if len(those) == times and len({each[0] for each in those}) == times:
            return those[before] if before < times else None
    return None


def _table_row(rows: Sequence[_Row], sought: Sought) -> _Row | None:
    """The only row whose cells, each with the name of its column before it, make the words: "Region: North; 2023: 14."."""
    words = sought.text[sought.start : sought.end]
    name = rf"(?:[^;]{{1,{_LONGEST_NAME}}}: )?"
    matching = []
    for row in rows:
        cells = rf"(?:; |: ){name}".join(re.escape(cell.text) for cell in row.cells)
        if len(row.cells) > 1 and re.fullmatch(rf"{name}{cells}[.!?…]?", words):
            matching.append(row)
    return matching[0] if len(matching) == 1 and sought.text.count(words) == 1 else None


def _place(row: _Row, start: int, end: int) -> Place:
    # A hyphen at the end of a line belongs to the words.
    last = row.owners[end - 1] + 1 if end < len(row.solid) else len(row.letters)
    letters = row.letters[row.owners[start] : last]
    return Place(
        left=min(each.left for each in letters),
        bottom=min(each.bottom for each in letters),
        right=max(each.right for each in letters),
        top=max(each.top for each in letters),
    )
