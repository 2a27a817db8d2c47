"""Sentences of other documents that answer as well, so that somebody may see whether they say the same.

`rivals(question, ranked, chosen)` gives them best first. Whether two sentences contradict each other is the check's
business, not this module's.
"""

from __future__ import annotations

from collections.abc import Sequence

from qa.extract.evidence import Candidate, coverage
from qa.extract.question import Kind, Question
from qa.extract.reading import Trait, stem_of
from qa.extract.score import Scored
from qa.extract.select import Chosen
from qa.text.words import words


def _stems(listed: str) -> frozenset[str]:
    return frozenset(stem_of(word) for word in words(listed))


_VALUED: frozenset[Kind] = frozenset({"agent", "time", "count", "amount", "duration", "place", "name", "truth"})
_MAGNITUDES = frozenset({"hundr", "hundred", "thousand", "million", "billion", "trillion", "dozen"})
_CALENDAR = {
    "month": _stems("january february march april may june july august september october november december"),
    "weekday": _stems("monday tuesday wednesday thursday friday saturday sunday"),
}
_BEHIND = 3.0
_MOST = 4

_AS_MUCH = 0.75
"""The share of the question's names, of those that the best sentence or its title holds, that a rival must hold."""


def rivals(question: Question, ranked: Sequence[Scored], chosen: Sequence[Chosen]) -> list[Scored]:
    """At most four sentences of files that the answer does not draw on, each nearly as good as the best one and about
    the same names.

    Only where one value is asked for can a second one be a contradiction, and not where both sentences hold it: that
    "Ann Poole, its builder" and "built by Ann Poole" are about one person tells the name which they share.
    """
    if question.kind not in _VALUED:
        return []
    shown = {each.candidate.sentence.passage.file for each in chosen}
    asked = {term.stem for term in question.terms}
    values = _values(question.kind, ranked[0].candidate) - asked
    others = [
        each
        for each in ranked
        if each.candidate.sentence.passage.file not in shown
        and each.score >= ranked[0].score - _BEHIND
        and each.candidate.fit.held >= min(0.6, ranked[0].candidate.fit.held)
        and _names_held(question, each.candidate) >= _AS_MUCH * _names_held(question, ranked[0].candidate)
        and not values & _values(question.kind, each.candidate)
        and (question.kind != "time" or _precisions(ranked[0].candidate) & _precisions(each.candidate))
    ]
    return others[:_MOST]


def _names_held(question: Question, candidate: Candidate) -> float:
    """The share of the question's names that a sentence and its title hold: what is said of another thing is no rival."""
    return coverage([term for term in question.terms if term.is_name], candidate.held, candidate.titled)


def _precisions(candidate: Candidate) -> set[str]:
    """In what a sentence tells a time: "May 21" and "Sunday" may well be the same day."""
    reading = candidate.reading
    found = {"year" for traits in reading.traits if "year" in traits}
    return found | {name for name, stems in _CALENDAR.items() if stems & set(reading.stems)}


def _values(kind: Kind, candidate: Candidate) -> set[str]:
    """The words of a sentence that may be what is asked for: names, or numbers and dates."""
    if kind == "truth":
        return set()
    wanted: set[Trait] = {"capital"} if kind in ("agent", "place", "name") else {"number", "time"}
    reading = candidate.reading
    found = {stem for stem, traits in zip(reading.stems, reading.traits, strict=True) if traits & wanted}
    return found - _MAGNITUDES
