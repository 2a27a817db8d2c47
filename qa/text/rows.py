"""Rows of tables: their cells, and whether each stands under the name of its column, as documents are read."""

from __future__ import annotations

import re

_RECORD = re.compile(r"[^\s:;][^:;\n]{0,60}: [^;\n]+(?:; [^:;\n]{1,60}: [^;\n]+)+")


def cells(text: str, *, mark: str = "|") -> list[str]:
    """What stands in the cells of a row, between marks."""
    return [cell.strip() for cell in text.strip().strip("|").split(mark)]


def is_record(text: str) -> bool:
    """Whether a sentence is a row with the names of its columns: "Region: North; 2023: 14."."""
    return _RECORD.fullmatch(text) is not None
