"""Opposites and alternatives: does the window have, in the place of a word of the statement, one that excludes it?

Goes from a statement aligned with a window to a mismatch or None. Which words exclude each other is the lexicon's; a
negation beside one of two opposites makes them agree again.
"""

from __future__ import annotations

from itertools import pairwise

from qa.check.align import Aligned
from qa.check.lexicon import excluded, opposed, synonyms
from qa.check.mismatch import Mismatch
from qa.check.reading import Reading
from qa.check.roles import converse

_DENIES = frozenset(
    "not no never without n't don't doesn't didn't isn't aren't wasn't weren't won't cannot can't".split()
)


def opposite_mismatch(pair: Aligned) -> Mismatch | None:
    """A word that the window does not have, and its opposite that it has, among the same neighbours."""
    best: Mismatch | None = None
    for index, word in enumerate(pair.statement.words):
        if pair.strengths[index] == 1 or word.form.isdigit() or word.form in _DENIES or len(word.form) < 2:
            continue
        for place, other in enumerate(pair.window.words):
            if not opposed(pair.statement.stems[index], pair.window.stems[place]):
                continue
            if pair.strength_at(place) == 1:
                continue
            if _denied(pair.statement, index) != _denied(pair.window, place) or converse(pair, index, place):
                continue
            strength = _fit(pair, index, place)
            if best is None or strength > best.strength:
                best = _mismatch("opposite", other.text, word.text, strength)
    return best


def alternative_mismatch(pair: Aligned) -> Mismatch | None:
    """A word in the very place of which the window has another of its kind: "red" where the source says "blue"."""
    best: Mismatch | None = None
    for index, word in enumerate(pair.statement.words):
        if not pair.statement.weights[index] or pair.strengths[index] >= 0.5 or pair.statement.number_at(index):
            continue
        slot, sure = pair.slot(index)
        for place in slot:
            if not pair.window.weights[place] or pair.strength_at(place) == 1:
                continue
            if _denied(pair.statement, index) != _denied(pair.window, place):
                continue
            if converse(pair, index, place):
                continue
            strength = 1.0 if sure else 0.5
            kind = excluded(pair.statement.stems[index], pair.window.stems[place])
            if kind and (not best or strength > best.strength):
                best = _mismatch("alternative", pair.window.words[place].text, word.text, strength)
    return best


def changed_word(pair: Aligned) -> Mismatch | None:
    """A word instead of which the window, in the same words otherwise, has another that is not known to mean the same."""
    for index, word in enumerate(pair.statement.words):
        if not pair.statement.weights[index] or pair.statement.number_at(index) or pair.statement.is_named(index):
            continue
        stem = pair.statement.stems[index]
        for place in pair.instead(range(index, index + 1)):
            other = pair.window.words[place]
            if not pair.window.weights[place] or place in pair.taken or pair.window.stems[place] in synonyms(stem):
                continue
            if _denied(pair.statement, index) != _denied(pair.window, place) or converse(pair, index, place):
                continue
            if excluded(stem, pair.window.stems[place]):
                return _mismatch("opposite", other.text, word.text, 1.0)
            if _is_only_one(pair, index):
                said = f"the source says “{other.text}”, the answer “{word.text}”"
                return Mismatch("changed", "partial", 0.6, said)
    return None


def _is_only_one(pair: Aligned, index: int) -> bool:
    """Whether all other content words are the window's own, nearly all of them one after the other."""
    content = [each for each, weight in enumerate(pair.statement.weights) if weight and each != index]
    if len(content) < 4 or any(pair.strengths[each] < 1 for each in content):
        return False
    steps = [(pair.links[right] or 0) - (pair.links[left] or 0) - (right - left) for left, right in pairwise(content)]
    return sum(step == 0 for step in steps) >= 0.8 * len(steps)


def _mismatch(rule: str, said: str, written: str, strength: float) -> Mismatch:
    severe = strength > 0.5
    return Mismatch(
        rule, "contradicted" if severe else "partial", strength, f"the source says “{said}”, the answer “{written}”"
    )


def _fit(pair: Aligned, index: int, place: int) -> float:
    """1 where a neighbour on each side is linked to the neighbourhood, 0.7 where one is, 0.3 elsewhere in the window."""
    sides = 0
    for step in (-1, 1):
        near = index + step
        reach = 3
        while 0 <= near < len(pair.links) and reach:
            linked = pair.links[near]
            if linked is not None and abs(linked - place) <= 3:
                sides += 1
                break
            near, reach = near + step, reach - 1
    return (0.3, 0.7, 1.0)[sides]


def _denied(reading: Reading, index: int) -> bool:
    return any(word.form in _DENIES for word in reading.words[max(0, index - 3) : index])
