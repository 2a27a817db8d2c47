"""Numbers and their units: does each of the statement stand in the window, for the same thing?

1.2 million is 1,200,000; a percentage is not a percentage point; "about" may round, nothing else may. Goes from a
statement aligned with a window to a mismatch or None. Dates are another module's.
"""

from __future__ import annotations

import math

from qa.check.align import Aligned
from qa.check.mismatch import Mismatch
from qa.check.reading import Reading
from qa.text.values import Number

_SMALL = 10
"""Counts up to this are often the writer's own ("three steps"), so their absence tells less."""


def number_mismatch(pair: Aligned) -> Mismatch | None:
    """The worst difference between the statement's numbers and the window's."""
    worst: Mismatch | None = None
    for number in pair.statement.numbers:
        found = _mismatch(pair, number)
        if found and (worst is None or _gravity(found) > _gravity(worst)):
            worst = found
    return worst


def same_number(one: Number, other: Number) -> bool:
    """Whether both name one quantity: the same value, up to rounding where "about" is said, and no other unit."""
    if one.unit and other.unit and one.unit != other.unit:
        return False
    if math.isclose(one.value, other.value, rel_tol=1e-9):
        return True
    return "about" in (one.bound, other.bound) and math.isclose(one.value, other.value, rel_tol=0.06)


def _gravity(mismatch: Mismatch) -> tuple[bool, float]:
    return mismatch.severity == "contradicted", mismatch.strength


def _mismatch(pair: Aligned, number: Number) -> Mismatch | None:
    window = pair.window
    written = _written(pair.statement, number)
    same = [other for other in window.numbers if same_number(number, other)]
    if same:
        return _other_bound(number, same[0], written, _written(window, same[0]))
    for other in window.numbers:
        if math.isclose(number.value, other.value) and number.unit and other.unit:
            return _differs(_written(window, other), written, 1.0)
    if _stands_as_word(window, number):
        return None
    rivals = [other for other in window.numbers if _rival(pair, number, other)]
    if rivals:
        return _differs(_written(window, rivals[0]), written, 1.0)
    whole = window.whole or window
    elsewhere = any(same_number(number, other) for other in whole.numbers) or _stands_as_word(whole, number)
    small = number.value <= _SMALL and not number.unit and not number.ordinal
    strength = 0.3 if elsewhere or small else 1.0
    return Mismatch("number absent", "partial", strength, f"the source does not say {written}")


def _other_bound(number: Number, other: Number, written: str, said: str) -> Mismatch | None:
    if {number.bound, other.bound} == {"over", "under"}:
        return _differs(f"{other.bound} {said}", f"{number.bound} {written}", 1.0)
    return None


def _rival(pair: Aligned, number: Number, other: Number) -> bool:
    """Whether the window has another number for the same thing: the same unit or noun, and the statement not that one."""
    if any(same_number(mine, other) for mine in pair.statement.numbers):
        return False
    if number.unit != other.unit or number.ordinal != other.ordinal:
        return False
    if number.unit or (number.counts and number.counts == other.counts):
        return True
    after = pair.statement.words_in(number).stop
    follows = pair.window.words_in(other).stop
    return any(
        pair.links[index] is not None and 0 <= (pair.links[index] or 0) - follows <= 2
        for index in range(after, min(after + 3, len(pair.links)))
        if pair.statement.weights[index]
    )


def _stands_as_word(window: Reading, number: Number) -> bool:
    if any(date.year == number.value for date in window.dates):
        return True
    form = f"{number.value:.10g}"
    return any(
        word.form.strip("abcdefghijklmnopqrstuvwxyz") == form
        for word in window.words
        if word.form[-1].isdigit() or word.form[0].isdigit()
    )


def _written(reading: Reading, number: Number) -> str:
    return " ".join(reading.text[number.start : number.end].split())


def _differs(said: str, written: str, strength: float) -> Mismatch:
    return Mismatch("number", "contradicted", strength, f"the source says {said}, the answer {written}")
