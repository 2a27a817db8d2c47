"""Values exchanged: does each number and date of the statement belong to what it belongs to in the source?

A sentence with several values of one kind is cut into stretches with one each: "17 incidents in 2023 | down from 23 in
2022". A value of the statement belongs with the words of its stretch; where the statement puts it beside the words or
the date of another stretch, and beside none of its own, the values were exchanged. So were "from 5 to 7" and "from 7 to
5". What two stretches share, or leave out because the other says it, tells nothing.

Goes from a statement aligned with a window to a mismatch or None. Compares values of one kind and unit only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from qa.check.align import Aligned
from qa.check.dates import follows
from qa.check.mismatch import Mismatch
from qa.check.reading import Reading
from qa.text.values import Date, Number, same_quantity

_JOINS = frozenset("and but while whereas from to until till compared versus then or against instead".split())
_MARKS = frozenset(",;:()\n–—")
_COMPARED = frozenset("than respectively".split())
"""Words of a stretch that binds its value to another one: "5 more than in 2010"."""
_FILLERS = frozenset("about around approximately roughly nearly almost over under just the a an only some".split())
_FARTHEST = 4
"""Words between a verb and the "from" or "to" that belongs to it."""


@dataclass(frozen=True, slots=True)
class _Stretch:
    """The words of a sentence that belong with one value: those before it and those after it."""

    value: Number | Date
    at: range
    before: range
    after: range

    @property
    def words(self) -> list[int]:
        """All words but the value's own."""
        return [*self.before, *self.after]


def exchanged_values(pair: Aligned) -> Mismatch | None:
    """The first value that the statement puts where the source has another one of the same kind."""
    values: list[Number | Date] = [number for number in pair.statement.numbers if _is_value(pair.statement, number)]
    values += pair.statement.dates
    for mine in values:
        here, there = _stretches(pair.statement, mine), _stretches(pair.window, mine)
        own = next((each for each in here if each.value is mine), None)
        found = _turned(pair, own, there) or _misplaced(pair, own, there) if own and len(there) > 1 else None
        if found:
            return found
    return None


def _is_value(reading: Reading, number: Number) -> bool:
    """Whether a number may have been exchanged; "the second edition" names a thing, "on the 25th" is a value."""
    after = reading.words_in(number).stop
    return not (number.ordinal and after < len(reading.words) and reading.weights[after])


def _same(mine: Number | Date, other: Number | Date) -> bool:
    if isinstance(mine, Date) and isinstance(other, Date):
        return follows(mine, other)
    return isinstance(mine, Number) and isinstance(other, Number) and same_quantity(mine, other)


def _comparable(one: Number | Date, other: Number | Date) -> bool:
    """Whether one could stand in the other's place: the same unit, or one leaves it out; dates of the same sort."""
    if isinstance(one, Date) and isinstance(other, Date):
        return all(
            (getattr(one, field) is None) == (getattr(other, field) is None) for field in ("year", "month", "day")
        )
    if isinstance(one, Number) and isinstance(other, Number):
        return one.ordinal == other.ordinal and (one.unit == other.unit or not (one.unit and other.unit))
    return False


def _stretches(reading: Reading, like: Number | Date) -> list[_Stretch]:
    """Each value that can be compared with one, with its words; what lies between the first and the last mark between
    two values belongs to neither."""
    values: Sequence[Number | Date] = reading.dates if isinstance(like, Date) else reading.numbers
    placed = [(value, at) for value in values if _comparable(like, value) and (at := reading.words_in(value))]
    found = []
    for index, (value, at) in enumerate(placed):
        start, stop = _sentence(reading, at)
        if index and placed[index - 1][1].stop > start:
            start = _cuts(reading, placed[index - 1][1].stop, at.start)[1]
        if index + 1 < len(placed) and placed[index + 1][1].start < stop:
            stop = _cuts(reading, at.stop, placed[index + 1][1].start)[0]
        elif index:
            stop = next((each for each in range(at.stop, stop) if _is_strong(reading, each)), stop)
        found.append(_Stretch(value, at, range(start, at.start), range(at.stop, stop)))
    return found


def _sentence(reading: Reading, at: range) -> tuple[int, int]:
    """The first and the last word (excluded) of the sentence of a value."""
    whole = reading.whole or reading
    here = reading.words[at.start].start
    for span in whole.sentences:
        if span.start <= here < span.end:
            inside = reading.words_in(span)
            return inside.start, inside.stop
    return 0, len(reading.words)


def _cuts(reading: Reading, start: int, stop: int) -> tuple[int, int]:
    """Between two values, where the words of the first end and where those of the second begin."""
    marked = [index for index in range(start, stop + 1) if _is_cut(reading, index, stop)]
    marked = [index for index in marked if _is_strong(reading, index)] or marked
    return (marked[0], marked[-1]) if marked else (start, stop)


def _is_cut(reading: Reading, index: int, stop: int) -> bool:
    between = reading.between(index)
    return any(mark in between for mark in _MARKS) or (index < stop and reading.words[index].form in _JOINS)


def _is_strong(reading: Reading, index: int) -> bool:
    """Whether a clause begins there, rather than a phrase."""
    return ";" in reading.between(index) or (
        index < len(reading.words) and reading.words[index].form in ("while", "whereas", "but")
    )


def _turned(pair: Aligned, mine: _Stretch, stretches: Sequence[_Stretch]) -> Mismatch | None:
    """ "from 7 to 5" where the source has "from 5 to 7" of the same verb."""
    side, head = _direction(pair.statement, mine)
    if not side or head is None:
        return None
    for own, other in _rivals(mine, stretches):
        (its, its_head), (theirs, their_head) = _direction(pair.window, own), _direction(pair.window, other)
        heads = {its_head, their_head} - {None}
        if {its, theirs} == {"from", "to"} and its != side and pair.links[head] in heads:
            return _mismatch(pair, mine, other)
    return None


def _direction(reading: Reading, stretch: _Stretch) -> tuple[str, int | None]:
    """ "from" or "to" right before a value, and the content word that it belongs to; "" where neither stands there."""
    index = stretch.at.start - 1
    while index >= 0 and reading.words[index].form in _FILLERS:
        index -= 1
    if index < 0 or reading.words[index].form not in ("from", "to"):
        return "", None
    for head in range(index - 1, max(-1, index - 1 - _FARTHEST), -1):
        is_value = reading.number_at(head) or head in reading.dated
        if reading.weights[head] and not is_value:
            return reading.words[index].form, head
    return reading.words[index].form, None


def _rivals(mine: _Stretch, stretches: Sequence[_Stretch]) -> Iterator[tuple[_Stretch, _Stretch]]:
    """The stretch of the statement's value beside each other one of its sentence, if the value stands there once."""
    own = [each for each in stretches if _same(mine.value, each.value)]
    if len(own) != 1:
        return
    for other in stretches:
        # "7-0" and "$400-$500" are one value in two parts.
        one, two = sorted((own[0].at, other.at), key=lambda at: at.start)
        if one.stop < two.start and not _same(mine.value, other.value) and _comparable(own[0].value, other.value):
            yield own[0], other


def _misplaced(pair: Aligned, mine: _Stretch, stretches: Sequence[_Stretch]) -> Mismatch | None:
    for own, other in _rivals(mine, stretches):
        if not _one_sentence(pair.window, own, other) or _is_compared(pair.window, own, other):
            continue
        if _other_key(pair, mine, own, other) or _other_words(pair, mine, own, other):
            return _mismatch(pair, mine, other)
        if _other_subject(pair, mine, own, other, stretches):
            return replace(_mismatch(pair, mine, other), severity="partial", strength=0.6)
    return None


def _one_sentence(window: Reading, own: _Stretch, other: _Stretch) -> bool:
    return _sentence(window, own.at) == _sentence(window, other.at)


def _is_compared(window: Reading, own: _Stretch, other: _Stretch) -> bool:
    return any(window.words[index].form in _COMPARED for index in [*own.words, *other.words])


def _other_key(pair: Aligned, mine: _Stretch, own: _Stretch, other: _Stretch) -> bool:
    """Whether the statement gives the value the date of the other stretch, and its own stretch has another date."""
    if isinstance(mine.value, Date):
        return False
    said = _dates_in(pair.statement, mine)
    here, there = _dates_in(pair.window, own), _dates_in(pair.window, other)
    return (
        bool(said and here and there)
        and not any(_same(date, each) for date in said for each in here)
        and any(_same(date, each) for date in said for each in there)
    )


def _dates_in(reading: Reading, stretch: _Stretch) -> list[Date]:
    indices = set(stretch.words)
    return [date for date in reading.dates if indices & set(reading.words_in(date))]


def _other_words(pair: Aligned, mine: _Stretch, own: _Stretch, other: _Stretch) -> bool:
    """Whether the statement says of the value what only the other stretch says, and nothing of what only its own does."""
    said = _content(pair.statement, mine.words)
    if not said or any(pair.strengths[index] < 0.5 for index in said):
        return False
    stems = _taken_up(pair, said)
    first = min(own.at.start, other.at.start)
    contrast = False
    for part in (_before, _after):
        here, there = _stems(pair.window, part(own)), _stems(pair.window, part(other))
        if not here or not there:
            continue
        mine_only, theirs_only = set(here) - set(there), set(there) - set(here)
        # What opens the sentence may be the subject of both stretches; its last word before the value is the verb.
        shared = set(here[:-1]) if part is _before and own.at.start == first else set()
        if (stems & mine_only) - shared:
            return False
        taken = {pair.window.stems[place] for index in said if (place := pair.links[index]) in part(other) and place}
        contrast = contrast or bool(taken & theirs_only and mine_only - stems)
    return contrast


def _other_subject(
    pair: Aligned, mine: _Stretch, own: _Stretch, other: _Stretch, stretches: Sequence[_Stretch]
) -> bool:
    """Whether all that the statement says of the value is in the other stretch, and nothing of it in its own."""
    said = _content(pair.statement, mine.words)
    stems = _taken_up(pair, said)
    here, there = set(_stems(pair.window, own.words)), set(_stems(pair.window, other.words))
    previous = stretches[stretches.index(own) - 1] if own in stretches[1:] else None
    if previous and previous is not other and not _stems(pair.window, own.before):
        here |= set(_stems(pair.window, previous.before))
    whole = bool(stems) and all(pair.strengths[index] >= 0.5 for index in said)
    return whole and bool(here) and not stems & here and stems <= there


def _before(stretch: _Stretch) -> range:
    return stretch.before


def _after(stretch: _Stretch) -> range:
    return stretch.after


def _content(reading: Reading, indices: Sequence[int]) -> list[int]:
    return [
        index
        for index in indices
        if reading.weights[index] and not _is_figure(reading, index) and index not in reading.dated
    ]


def _is_figure(reading: Reading, index: int) -> bool:
    number = reading.number_at(index)
    return number is not None and not number.ordinal


def _stems(reading: Reading, indices: Sequence[int]) -> list[str]:
    return [reading.stems[index] for index in _content(reading, indices)]


def _taken_up(pair: Aligned, indices: Sequence[int]) -> set[str]:
    """The window's stems that these words of the statement stand for."""
    return {pair.window.stems[place] for index in indices if (place := pair.links[index]) is not None}


def _mismatch(pair: Aligned, mine: _Stretch, other: _Stretch) -> Mismatch:
    said = " ".join(pair.window.text[other.value.start : other.value.end].split())
    written = " ".join(pair.statement.text[mine.value.start : mine.value.end].split())
    return Mismatch("exchanged", "contradicted", 1.0, f"where the answer says {written}, the source says {said}")
