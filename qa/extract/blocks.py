"""Lists and tables: which sentences are the items or rows of one, and what stands over them.

`block(evidence, candidate)` goes from an item of a list or a row of a table to all that belong to it in its passage,
`over(evidence, block)` to the line that announces them or names their columns. Knows Markdown's marks of items and the
bars and tabs of tables; judges no content.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from qa.extract.evidence import Candidate, Evidence
from qa.extract.furniture import is_header, is_row
from qa.text import rows

_ITEM = re.compile(r"(?:[-*+•‣◦▪●○·–]|\(?[a-zA-Z\d]{1,3}[.)])\s")
_MANY = 3
"""Columns. The cells of a table with fewer of them can be told apart without the names of its columns."""


def is_item(text: str) -> bool:
    """Whether a sentence opens as an item of a list does."""
    return bool(_ITEM.match(text))


def is_of_table(text: str) -> bool:
    """Whether a sentence is a row of a table, in its own form or with each cell under the name of its column."""
    return is_row(text) or rows.is_record(text)


def block(evidence: Evidence, candidate: Candidate) -> list[Candidate]:
    """The items or rows of the list or table that the candidate is part of, in reading order; empty where it is of none.

    What stands on the line of an item belongs to it.
    """
    own = evidence.passages[candidate.passage]
    lines = _lines(own)
    at = next(at for at, line in enumerate(lines) if candidate in line)
    test = next((test for test in (is_item, is_row) if test(lines[at][0].sentence.text)), None)
    if test is None:
        return []
    first = last = at
    while first and _belongs(lines[first - 1], test):
        first -= 1
    while last + 1 < len(lines) and _belongs(lines[last + 1], test):
        last += 1
    return [each for line in lines[first : last + 1] for each in line if each.usable]


def over(evidence: Evidence, items: Sequence[Candidate]) -> Candidate | None:
    """The sentence that announces a list, or the row that names a table's columns; None where there is none.

    Two columns need no names.
    """
    own = evidence.passages[items[0].passage]
    if is_row(items[0].sentence.text):
        header = next((own[at] for at in range(items[0].place - 1, -1, -1) if is_header(own[at].sentence)), None)
        between = own[header.place + 1 : items[0].place] if header else ()
        if header is None or not all(is_row(each.sentence.text) for each in between):
            return None
        return header if len(cells(header.sentence.text)) >= _MANY else None
    before = evidence.before(items[0])
    if before is None or not before.usable or is_item(before.sentence.text):
        return None
    return before if before.sentence.text.endswith(":") else None


def cells(text: str) -> list[str]:
    """What stands in the cells of a row."""
    return rows.cells(text, mark="\t" if "\t" in text.strip() else "|")


def _lines(own: Sequence[Candidate]) -> list[list[Candidate]]:
    lines: list[list[Candidate]] = []
    for each in own:
        passage, start = each.sentence.passage, each.sentence.start - each.sentence.passage.start
        before = passage.text[:start].rstrip(" \t")
        if lines and before and before[-1] not in "\r\n":
            lines[-1].append(each)
        else:
            lines.append([each])
    return lines


def _belongs(line: Sequence[Candidate], test: Callable[[str], bool]) -> bool:
    return test(line[0].sentence.text) and not is_header(line[0].sentence)
