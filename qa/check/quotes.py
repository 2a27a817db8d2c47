"""Quotations: does what the statement puts between quotation marks stand in the source word for word?

Typography and the case of letters do not count; an ellipsis may leave something out, in order. Words put together from
different places are no quotation. Goes from a statement and the texts of the evidence to a mismatch or None.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.check.mismatch import Mismatch
from qa.check.reading import Reading
from qa.text.quotes import wording

_ELLIPSIS = re.compile(r"\s*(?:\[?\.\.\.\]?|\[?…\]?)\s*")
_EDGES = " \t\n,.;:!?-'\""


def quote_mismatch(statement: Reading, texts: Sequence[str]) -> Mismatch | None:
    """The first quotation that stands in none of the texts."""
    spans = [span for span in statement.quotes if statement.text[span.start : span.end].strip(_EDGES)]
    if not spans:
        return None
    wordings = [wording(text) for text in texts]
    for span in spans:
        quoted = statement.text[span.start : span.end]
        if not any(_stands(quoted, each) for each in wordings):
            words = len(quoted.split())
            # One or two words in quotation marks may be irony or a title; more are somebody's words.
            strength, severity = (1.0, "contradicted") if words > 2 else (0.5, "partial")
            reason = f"the quotation “{' '.join(quoted.split())}” is not in the source word for word"
            return Mismatch("quote", "contradicted" if severity == "contradicted" else "partial", strength, reason)
    return None


def _stands(quoted: str, text: str) -> bool:
    place = 0
    for part in _ELLIPSIS.split(quoted):
        wanted = wording(re.sub(r"\[(\w)\]", r"\1", part)).strip(_EDGES)
        match = re.compile(r"(?<!\w)" + re.escape(wanted) + r"(?!\w)").search(text, place) if wanted else None
        if wanted and not match:
            return False
        place = match.end() if match else place
    return True
