"""Rows of tables as documents are read, each cell under the name of its column."""

from __future__ import annotations

import re

_RECORD = re.compile(r"[^\s:;][^:;\n]{0,60}: [^;\n]+(?:; [^:;\n]{1,60}: [^;\n]+)+")


def is_record(text: str) -> bool:
    """Whether a sentence is such a row: "Region: North; 2023: 14."."""
    return _RECORD.fullmatch(text) is not None
