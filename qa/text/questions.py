"""A question to the questions that are in it: "When was it built, and by whom?" asks two things.

Knows only the words that English questions begin with, and leaves alone what it is not sure of.
"""

from __future__ import annotations

import re

_ASKS = r"(?:who|whom|whose|what|which|when|where|why|how)"
_ASKING = re.compile(rf"\b{_ASKS}\b", re.IGNORECASE)
_BORDER = re.compile(
    rf"\s*(?:[,;?](?:\s+(?:and|but|or))?|\band)\s+(?=(?:(?:in|at|by|for|from|to|with|on) )?{_ASKS}\b)", re.IGNORECASE
)
_FEWEST_WORDS = 2


def parts(question: str) -> list[str]:
    """The questions in a question, each ending with a question mark; the question itself where it is only one.

    A part has a question word and at least two words more. "Who decides when the ban ends" is one question: only a
    comma, a semicolon, a question mark or "and" separates two.
    """
    found = [part.strip(" ,;?") for part in _BORDER.split(question)]
    if len(found) < 2 or not all(_ASKING.search(part) and len(part.split()) > _FEWEST_WORDS for part in found):
        return [question]
    return [f"{part}?" for part in found]
