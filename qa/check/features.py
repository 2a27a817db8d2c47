"""A statement beside its windows to the numbers that its score is made of, by name.

How much of it the windows say (coverage, by rarity), how much in the same order, what is nowhere in the text, what
stands in the place of something else; then, for each rule, how strong a mismatch it found. None of them tells a length or
a position. Does not weigh them: that is `score.py`'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from qa.check.align import Aligned
from qa.check.lexicon import synonyms
from qa.check.mismatch import Mismatch

_STEPS = (0.55, 0.7, 0.85)
"""From these coverages on, more of it counts anew, so that its effect need not be linear."""
_COVERED = 0.5
"""A word with at least this strength is taken as said."""


def features(way: Sequence[Aligned], mismatches: Sequence[Mismatch]) -> dict[str, float]:
    """The features of a statement whose parts stand beside their windows; those that are 0 may be left out."""
    found = _said(coverage(way), order(way)) | _uncovered(way)
    for mismatch in mismatches:
        found[mismatch.rule] = max(found.get(mismatch.rule, 0.0), mismatch.strength)
    return found


def word_for_word() -> dict[str, float]:
    """The features of a statement that stands in the evidence as it is."""
    return _said(1.0, 1.0)


def coverage(way: Sequence[Aligned]) -> float:
    """The share of the statement's content words that its windows say, each counted by its rarity; 1 if it has none."""
    weights = [sum(pair.statement.weights) for pair in way]
    total = sum(weights)
    return sum(w * pair.coverage for w, pair in zip(weights, way, strict=True)) / total if total else 1.0


def order(way: Sequence[Aligned]) -> float:
    """The share of neighbouring content words whose links are neighbours too, in the same order."""
    near = most = 0
    for pair in way:
        content = [index for index, weight in enumerate(pair.statement.weights) if weight]
        most += max(0, len(content) - 1)
        for left, right in pairwise(content):
            one, other = pair.links[left], pair.links[right]
            near += one is not None and other is not None and 0 < other - one <= right - left + 2
    return near / most if most else coverage(way)


def _said(covered: float, ordered: float) -> dict[str, float]:
    above = {f"coverage above {step}": covered - step for step in _STEPS if covered > step}
    return {"coverage": covered, "order": ordered} | above


def _uncovered(way: Sequence[Aligned]) -> dict[str, float]:
    """What becomes of the words that are not covered: `new`, in the text nowhere; `substituted`, where between the same
    neighbours the window has another word; `beside`, where it has another word on one side."""
    total = sum(sum(pair.statement.weights) for pair in way) or 1.0
    found = {"new": 0.0, "substituted": 0.0, "beside": 0.0}
    for pair in way:
        for index, (weight, strength) in enumerate(zip(pair.statement.weights, pair.strengths, strict=True)):
            if not weight or strength >= _COVERED or pair.statement.number_at(index):
                continue
            if _is_new(pair, index):
                found["new"] += weight / total
            kind = _kind(pair, index)
            if kind:
                found[kind] += weight / 2
    return {name: min(1.0, value) for name, value in found.items()}


def _is_new(pair: Aligned, index: int) -> bool:
    places = (pair.window.whole or pair.window).places
    return not any(stem in places and how >= _COVERED for stem, how in pair.statement.expansions[index].items())


def _kind(pair: Aligned, index: int) -> str | None:
    slot, sure = pair.slot(index)
    free = [place for place in slot if pair.window.weights[place] and pair.strength_at(place) < 1]
    if not free:
        return None
    stem = pair.statement.stems[index]
    if any(pair.window.stems[place] in synonyms(stem) for place in free):
        return None
    return "substituted" if sure else "beside"
