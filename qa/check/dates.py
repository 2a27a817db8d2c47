"""Dates: does each of the statement follow from one of the window? It may say less than the source, never more.

"May 2023" follows from "May 21, 2023", not the other way round. Goes from a statement aligned with a window to a
mismatch or None. Knows no calendar: which weekday a date was is not looked up.
"""

from __future__ import annotations

import re

from qa.check.align import Aligned
from qa.check.mismatch import Mismatch
from qa.check.reading import Reading
from qa.text.values import Date

_RELATIVE = re.compile(
    r"\b(?:yesterday|tomorrow|tonight|(?:last|next|this) "
    r"(?:night|week|weekend|month|quarter|year|decade|century|spring|summer|autumn|fall|winter))\b",
    re.IGNORECASE,
)
_FIELDS = ("year", "quarter", "month", "day", "weekday")


def date_mismatch(pair: Aligned) -> Mismatch | None:
    """The worst difference between the statement's dates and the window's."""
    found = [mismatch for date in pair.statement.dates if (mismatch := _mismatch(pair, date))]
    found += _unsaid(pair)
    return max(found, key=lambda each: (each.severity == "contradicted", each.strength), default=None)


def follows(date: Date, source: Date) -> bool:
    """Whether a date says nothing that the source's does not: "in the 1990s" follows from "in May 1994"."""
    if date.years > 1:
        return source.year is not None and date.year is not None and date.year <= source.year < date.year + date.years
    if source.years > 1 and date.year is not None:
        return False
    return all(_field(date, name) in (None, _field(source, name)) for name in _FIELDS)


def _unsaid(pair: Aligned) -> list[Mismatch]:
    """What the statement dates from its own day ("last year") and the window does not. A date may mean the same."""
    said = pair.window.wording.lower()
    told = [match[0] for match in _RELATIVE.finditer(pair.statement.wording) if match[0].lower() not in said]
    strength = 0.3 if pair.window.dates or _RELATIVE.search(said) else 1.0
    return [Mismatch("date absent", "partial", strength, f"the source does not say “{each}”") for each in told]


def _mismatch(pair: Aligned, date: Date) -> Mismatch | None:
    window, whole = pair.window, pair.window.whole or pair.window
    written = _written(pair.statement, date)
    if any(follows(date, other) for other in window.dates) or _stands_as_word(window, date):
        return None
    elsewhere = any(follows(date, other) for other in whole.dates) or _stands_as_word(whole, date)
    rivals = [
        other
        for other in window.dates
        if _rival(date, other) and not any(follows(mine, other) for mine in pair.statement.dates)
    ]
    rivals.sort(key=lambda other: -_shared(date, other))
    if rivals and not elsewhere:
        said = _written(window, rivals[0])
        return Mismatch("date", "contradicted", 1.0, f"the source says {said}, the answer {written}")
    if rivals:
        return Mismatch(
            "date absent", "partial", 0.6, f"here the source says {_written(window, rivals[0])}, the answer {written}"
        )
    vaguer = [other for other in whole.dates if follows(other, date)]
    if vaguer and not elsewhere:
        said = _written(whole, vaguer[0])
        return Mismatch("date absent", "partial", 0.8, f"the source says only {said}, the answer {written}")
    return Mismatch("date absent", "partial", 0.3 if elsewhere else 1.0, f"the source does not say {written}")


def _rival(date: Date, other: Date) -> bool:
    """Whether both name the same sort of date and differ."""
    shared = [name for name in _FIELDS if _field(date, name) is not None and _field(other, name) is not None]
    return bool(shared) and any(_field(date, name) != _field(other, name) for name in shared)


def _shared(date: Date, other: Date) -> int:
    """How many fields of both are the same: "May 21" is nearer to "May 22" than "June 22"."""
    return sum(_field(date, name) == _field(other, name) is not None for name in _FIELDS)


def _field(date: Date, name: str) -> int | None:
    value: int | None = getattr(date, name)
    return value


def _stands_as_word(reading: Reading, date: Date) -> bool:
    return date.year is not None and not date.month and str(date.year) in reading.places


def _written(reading: Reading, date: Date) -> str:
    return " ".join(reading.text[date.start : date.end].split())
