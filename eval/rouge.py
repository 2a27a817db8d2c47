"""RougeL: how much of a reference a text says in the same order. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence


def rouge_l(text: str, reference: str) -> float:
    """The F-measure of the longest common subsequence L of their tokens (Lin, 2004): 2 P R / (P + R).

    P = L / |text|, R = L / |reference|. Tokens are runs of a-z and 0-9 in lower case, without stemming.
    """
    said, wanted = tokens(text), tokens(reference)
    if not said or not wanted:
        return 0.0
    return 2 * common_subsequence(said, wanted) / (len(said) + len(wanted))


def rouge_l_precision(text: str, reference: str) -> float:
    """P of `rouge_l`: the share of the text that stands in the reference in that order; 0 for an empty text."""
    said = tokens(text)
    return common_subsequence(said, tokens(reference)) / len(said) if said else 0.0


def tokens(text: str) -> list[str]:
    """The runs of a-z and 0-9 in the text in lower case."""
    return re.findall(r"[a-z0-9]+", text.lower())


def common_subsequence(one: Sequence[str], other: Sequence[str]) -> int:
    """The length of the longest common subsequence, a bit for each place of `one` (Hyyrö, 2004)."""
    places: dict[str, int] = {}
    for place, token in enumerate(one):
        places[token] = places.get(token, 0) | 1 << place
    whole = (1 << len(one)) - 1
    row = whole
    for token in other:
        matched = row & places.get(token, 0)
        row = ((row + matched) | (row - matched)) & whole
    return len(one) - row.bit_count()
