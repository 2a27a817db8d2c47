"""Numbers and their units: does each of the statement stand in the window, for the same thing?

1.2 million is 1,200,000; a percentage is not a percentage point; "about" may round, nothing else may. Goes from a
statement aligned with a window to a mismatch or None. Dates are another module's.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right

from qa.check.align import Aligned
from qa.check.mismatch import Mismatch
from qa.check.reading import Reading
from qa.text.values import Number, same_quantity

_DENYING = frozenset(["no", "not", "never"])
_HALF_OF_DAY = re.compile(r"\s?([ap])\.?\s?m\b", re.IGNORECASE)
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


def _gravity(mismatch: Mismatch) -> tuple[bool, float]:
    return mismatch.severity == "contradicted", mismatch.strength


def _mismatch(pair: Aligned, number: Number) -> Mismatch | None:
    window = pair.window
    written = _written(pair.statement, number)
    same = [other for other in window.numbers if same_quantity(number, other)]
    instead = set(pair.instead(pair.statement.words_in(number)))
    for other in window.numbers:
        differs = instead & set(window.words_in(other)) and not same_quantity(number, other)
        if differs and not _is_understood(pair, other, same):
            return _differs(_written(window, other), written, 1.0)
    if same:
        return _other_bound(pair, number, same[0])
    for other in window.numbers:
        if math.isclose(number.value, other.value) and number.unit and other.unit:
            return _differs(_written(window, other), written, 1.0)
    if _stands(pair.statement, number, window):
        return None
    rivals = [other for other in window.numbers if _rival(pair, number, other)]
    if rivals:
        return _differs(_written(window, rivals[0]), written, 1.0)
    whole = window.whole or window
    elsewhere = any(same_quantity(number, other) for other in whole.numbers) or _stands(pair.statement, number, whole)
    small = number.value <= _SMALL and not number.unit and not number.ordinal
    strength = 0.3 if (elsewhere or small) and not pair.is_row else 1.0
    return Mismatch("number absent", "partial", strength, f"the source does not say {written}")


def _is_understood(pair: Aligned, other: Number, same: list[Number]) -> bool:
    """Whether the sentence has the statement's number too, beside words left out as understood, and the statement not the
    other one: "in 2018 it employed 410 people, in 2022 275". Whether they were exchanged is told by `bindings`."""
    starts = pair.source.starts
    beside = any(bisect_right(starts, other.start) == bisect_right(starts, each.start) for each in same)
    return beside and not any(same_quantity(mine, other) for mine in pair.statement.numbers)


def _other_bound(pair: Aligned, number: Number, other: Number) -> Mismatch | None:
    mine, theirs = _bound(pair.statement, number), _bound(pair.window, other)
    if {mine, theirs} != {"over", "under"}:
        return None
    return _differs(f"{theirs} {_written(pair.window, other)}", f"{mine} {_written(pair.statement, number)}", 1.0)


def _bound(reading: Reading, number: Number) -> str | None:
    """The number's bound, turned round where it is denied: "never for more than four" is at most four."""
    first = reading.words_in(number).start
    before = {word.form for word in reading.words[max(0, first - 5) : first]}
    return "under" if number.bound == "over" and before & _DENYING else number.bound


def _rival(pair: Aligned, number: Number, other: Number) -> bool:
    """Whether the window has another number for the same thing: the same unit or noun, and the statement not that one."""
    if any(same_quantity(mine, other) for mine in pair.statement.numbers):
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


def _stands(reading: Reading, number: Number, window: Reading) -> bool:
    if any(date.year == number.value for date in window.dates) or _is_told_otherwise(reading, number, window):
        return True
    form = f"{number.value:.10g}"
    return form in window.places


def _is_told_otherwise(reading: Reading, number: Number, window: Reading) -> bool:
    """Whether the number is the hour of a time of day that the window has on the clock of 24 hours, or the other way."""
    half = _HALF_OF_DAY.match(reading.text, number.end)
    hour = int(number.value) % 12 + (12 if half and half[1].lower() == "p" else 0)
    if half:
        return re.search(rf"\b0?{hour}[:.]00\b", window.wording) is not None
    return reading.text[number.end : number.end + 3] in (":00", ".00") and any(
        _HALF_OF_DAY.match(window.text, other.end) and other.value == ((number.value - 1) % 12) + 1
        for other in window.numbers
    )


def _written(reading: Reading, number: Number) -> str:
    return " ".join(reading.text[number.start : number.end].split())


def _differs(said: str, written: str, strength: float) -> Mismatch:
    return Mismatch("number", "contradicted", strength, f"the source says {said}, the answer {written}")
