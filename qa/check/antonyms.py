"""Opposites and comparatives: does the window have the opposite of a word of the statement in its place?

Goes from a statement aligned with a window to a mismatch or None. Which words are opposed is the lexicon's; a negation
beside one of the two makes them agree again.
"""

from __future__ import annotations

from qa.check.align import Aligned
from qa.check.lexicon import opposed
from qa.check.mismatch import Mismatch
from qa.check.reading import Reading

_DENIES = frozenset(
    "not no never without n't don't doesn't didn't isn't aren't wasn't weren't won't cannot can't".split()
)


def opposite_mismatch(pair: Aligned) -> Mismatch | None:
    """A word that the window does not have, and its opposite that it has, among the same neighbours."""
    best: Mismatch | None = None
    for index, word in enumerate(pair.statement.words):
        if pair.strengths[index] == 1 or word.form.isdigit() or len(word.form) < 2:
            continue
        for place, other in enumerate(pair.window.words):
            if not opposed(word.stem, other.stem) or (place in pair.taken and pair.strengths[pair.taken[place]] == 1):
                continue
            if _denied(pair.statement, index) != _denied(pair.window, place):
                continue
            strength = _fit(pair, index, place)
            if strength and (best is None or strength > best.strength):
                said = f"the source says “{other.text}”, the answer “{word.text}”"
                best = Mismatch("opposite", "contradicted" if strength > 0.5 else "partial", strength, said)
    return best


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
