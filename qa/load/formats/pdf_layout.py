"""The lines of all pages in, by their places; headings, paragraphs, list items and tables out, in reading order.

What stands at the head or foot of page after page is left out, and so are the numbers of pages and the entries of a
table of contents. Lines of a paragraph
are joined; a word that was parted at the end of a line is put together again. Pure; knows nothing of pdfium.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

from qa.load.formats.pdf_page import Cell, Line, Page
from qa.load.formats.rows import is_number
from qa.text.words import rarity

_MARGIN = 0.12
"""The share of a page's height, above and below, in which heads and feet stand."""

_LARGER = 1.12
"""How much larger than the text a heading is."""

_LONGEST_HEADING = 160
_LONGEST_CELL = 45
_LEVELS = 4

_PAGE_NUMBER = re.compile(
    r"(?:page|p\.|seite|-|–|\[)?\s*\d{1,4}\s*(?:(?:of|/|von)\s*\d{1,4})?\s*[-–\]]?|[ivxlc]{1,6}", re.IGNORECASE
)
# An entry of a table of contents, with dots that lead to the number of a page.
_LEADER = re.compile(r"(?:\s?\.){5,}\s*(?:\d{1,4}|[ivxlc]{1,6})?\s*\Z")
_BULLET = re.compile(r"(?:[•‣◦▪●○·–—*-]|\(?[a-z0-9]{1,3}[.)])\s+(?=\S)")
_ENDS = re.compile(r"[.!?…:;。！？][\"'”’»)\]]*\Z")
_HYPHENS = "-‐\u00ad"
_WORDS = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")


@dataclass(slots=True)
class Block:
    """A block of a page: `text`, or the `cells` of a table by row. `level` is that of a heading."""

    kind: Literal["heading", "paragraph", "item", "table"]
    text: str = ""
    level: int = 0
    cells: list[list[str]] = field(default_factory=list)


def blocks_of(pages: Sequence[Page]) -> list[list[Block]]:
    """The blocks of each page."""
    bodies = _without_frames(pages)
    join = _joiner([line.text for lines in bodies for line in lines])
    size = _size([line for lines in bodies for line in lines])
    heights = sorted(
        {round(line.height) for lines in bodies for line in lines if line.height > size * _LARGER}, reverse=True
    )
    levels = {height: min(place, _LEVELS) for place, height in enumerate(heights, start=1)}
    return [list(_blocks(lines, join, size=size, levels=levels)) for lines in bodies]


def may_be_dropped(line: Line, height: float) -> bool:
    """Whether a line of a page of this height may be the head or foot of a page, or is of a table of contents."""
    return _is_in_margin(line, height) or _LEADER.search(line.text) is not None


def _without_frames(pages: Sequence[Page]) -> list[list[Line]]:
    """The lines of each page without those that come again at the same place of other pages, and without numbers."""
    found = Counter(key for page in pages for key in {_frame_key(page, line) for line in page.lines})
    often = max(2, min(3, len(pages) // 2))
    kept = []
    for page in pages:
        lines = []
        for line in page.lines:
            key = _frame_key(page, line)
            is_number = key is not None and _PAGE_NUMBER.fullmatch(line.text.strip()) is not None
            comes_again = key is not None and found[key] >= often and any(each.isalpha() for each in key[0])
            if not (is_number or comes_again or _LEADER.search(line.text)):
                lines.append(line)
        kept.append(lines)
    return kept


def _frame_key(page: Page, line: Line) -> tuple[str, int] | None:
    """The same for the heads of two pages; None for lines that stand in neither margin."""
    if not _is_in_margin(line, page.height):
        return None
    return re.sub(r"\d+", "#", line.text.lower()), round(line.bottom / max(1.0, page.height) * 50)


def _is_in_margin(line: Line, height: float) -> bool:
    return not _MARGIN < line.bottom / max(1.0, height) < 1 - _MARGIN


def _size(lines: Sequence[Line]) -> float:
    """The height that most of the text has."""
    counts: Counter[float] = Counter()
    for line in lines:
        counts[round(line.height, 1)] += len(line.text)
    return max(counts, key=lambda height: counts[height], default=1.0)


def _blocks(
    lines: Sequence[Line], join: Callable[[str, str], str], *, size: float, levels: dict[int, int]
) -> Iterator[Block]:
    leading = _leading(lines)
    place = 0
    while place < len(lines):
        if (end := _table_end(lines, place)) > place:
            yield Block("table", cells=_grid(lines[place:end]))
            place = end
            continue
        line, end = lines[place], place + 1
        level = _level(line, lines[end : end + 1], size=size, levels=levels)
        bullet = _BULLET.match(line.text)
        text = line.text[bullet.end() :] if bullet and not level else line.text
        while end < len(lines) and _table_end(lines, end) == end and _goes_on(lines[end - 1], lines[end], leading):
            if bool(_level(lines[end], lines[end + 1 : end + 2], size=size, levels=levels)) != bool(level):
                break
            text = join(text, lines[end].text)
            end += 1
        if level and len(text) > _LONGEST_HEADING:
            level = 0
        kind: Literal["heading", "item", "paragraph"] = "heading" if level else "item" if bullet else "paragraph"
        yield Block(kind, text, level)
        place = end


def _leading(lines: Sequence[Line]) -> float:
    """The usual distance of two lines of a paragraph, in heights of letters."""
    distances = sorted(
        (above.bottom - below.bottom) / max(1.0, above.height)
        for above, below in pairwise(lines)
        if 0.7 * above.height < above.bottom - below.bottom < 2.2 * above.height
    )
    return distances[len(distances) // 3] if distances else 1.2


def _level(line: Line, following: Sequence[Line], *, size: float, levels: dict[int, int]) -> int:
    """The level of a heading, by its size or by its bold letters over others; 0 for text."""
    if len(line.text) > _LONGEST_HEADING or not any(each.isalpha() for each in line.text):
        return 0
    if line.height > size * _LARGER:
        return levels.get(round(line.height), _LEVELS)
    is_alone = line.is_bold and not _ENDS.search(line.text) and len(line.text) < _LONGEST_HEADING // 2
    return (
        min(len(levels) + 1, _LEVELS)
        if is_alone and len(line.cells) == 1 and following and not following[0].is_bold
        else 0
    )


def _goes_on(above: Line, below: Line, leading: float) -> bool:
    """Whether a line belongs to the paragraph of the line before it."""
    distance = (above.bottom - below.bottom) / max(1.0, above.height)
    if abs(above.height - below.height) > 0.15 * above.height:
        return False
    if above.is_bold != below.is_bold and _is_short(above, below):
        return False
    if above.text[-1] in _HYPHENS and below.text[:1].islower():
        return True
    if distance <= 0:  # at the top of the next column
        return not _ENDS.search(above.text) and below.text[:1].islower()
    if distance > leading * 1.3 or _BULLET.match(below.text):
        return False
    indented = below.left > above.left + above.height
    return not (_ENDS.search(above.text) and (indented or _is_short(above, below)))


def _is_short(above: Line, below: Line) -> bool:
    """Whether the next line's first word would have had room at the end of the line before it."""
    first = below.text.split(" ", 1)[0]
    letters = max(1, len(below.text))
    return above.right + (len(first) + 2) * (below.right - below.left) / letters < max(above.right, below.right)


def _table_end(lines: Sequence[Line], start: int) -> int:
    """The end of the table that begins with this line; `start` where there is none."""
    end = start
    while end < len(lines) and len(lines[end].cells) > 1 and _is_near(lines, start, end):
        end += 1
    rows = lines[start:end]
    cells = [cell for row in rows for cell in row.cells]
    if len(rows) < 2 or sum(len(cell.text) for cell in cells) > _LONGEST_CELL * len(cells):
        return start
    columns = _columns(rows)
    numbers = sum(is_number(cell.text) for cell in cells)
    return end if len(columns) > 1 and (len(columns) > 2 or numbers * 4 >= len(cells)) else start


def _is_near(lines: Sequence[Line], start: int, end: int) -> bool:
    return end == start or 0 < lines[end - 1].bottom - lines[end].bottom < 4 * lines[end].height


def _columns(rows: Sequence[Line]) -> list[tuple[float, float]]:
    """The left and right ends of the columns: cells of different rows that overlap are in one."""
    columns: list[tuple[float, float]] = []
    for cell in sorted((cell for row in rows for cell in row.cells), key=lambda cell: cell.left):
        if columns and cell.left < columns[-1][1]:
            columns[-1] = (columns[-1][0], max(columns[-1][1], cell.right))
        else:
            columns.append((cell.left, cell.right))
    return columns


def _grid(rows: Sequence[Line]) -> list[list[str]]:
    columns = _columns(rows)

    def at(cell: Cell) -> int:
        return next(place for place, (left, right) in enumerate(columns) if left <= cell.left <= right)

    grid = []
    for row in rows:
        cells = [""] * len(columns)
        for cell in row.cells:
            cells[at(cell)] = f"{cells[at(cell)]} {cell.text}".strip()
        grid.append(cells)
    return grid


def joined(above: str, below: str, known: Callable[[str], bool]) -> str:
    """Two lines as one. A hyphen at the end of the first goes, unless the word is written with it."""
    if not (above and above[-1] in _HYPHENS):
        return f"{above} {below}"
    before = re.search(r"[^\W\d_]+\Z", above[:-1])
    after = re.match(r"[^\W\d_]+", below)
    if before is None or after is None:
        return f"{above[:-1]}-{below}"
    whole, parted = f"{before[0]}{after[0]}".lower(), f"{before[0]}-{after[0]}".lower()
    is_compound = not known(whole) and (known(parted) or (known(before[0].lower()) and known(after[0].lower())))
    keeps = is_compound or len(before[0]) == 1 or not after[0][0].islower()
    return f"{above[:-1]}{'-' if keeps else ''}{below}"


def _joiner(texts: Sequence[str]) -> Callable[[str, str], str]:
    """`joined`, by the words of this document and of English."""
    inside: set[str] = set()
    for text in texts:
        words = [word.lower() for word in _WORDS.findall(text)]
        inside.update(words[1:-1])  # the first and the last of a line may be parts

    def known(word: str) -> bool:
        return word in inside or rarity(word) < 1

    return lambda above, below: joined(above, below, known)
