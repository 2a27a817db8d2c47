"""Of when a sentence and its document are, for questions about now and about a year.

`in_time(question, evidence, ranked)` goes from the ranked candidates to those of the time that is asked for, best
first, and to the documents that were left aside as older. A document's date is read from its title, its file's name or
a sentence such as "In force since 1 February 2025"; a sentence's own from its words. What has no date is of no time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import PurePosixPath

from qa.extract.evidence import Candidate, Evidence, coverage
from qa.extract.question import Question
from qa.extract.score import Scored
from qa.text.values import Date, dates

Moment = tuple[int, ...]
"""A year, its month and the day, as far as they are known."""

_COMPARABLE = 2.0
"""How far the score of a sentence may be behind that of the best one to be about the same thing."""

_AS_MUCH = 0.75
"""The share of what the best sentence and its title hold of the question that such a sentence must hold."""

_DATED = re.compile(
    r"\b(?:adopted|in force|in effect|effective|as of|published|issued|updated|revised|released|dated?|last checked|"
    r"edition of|version of|valid from|approved|amended)\b",
    re.IGNORECASE,
)
_VERSION = re.compile(r"\b(?:version|revision|release|edition|rev\.?|v\.?) ?(\d+(?:\.\d+)*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class InTime:
    """The candidates of the time asked for, best first, and the files left aside for being older than theirs."""

    ranked: list[Scored]
    older: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Time:
    """Of when a sentence is by its own words, in their order, and its document; () where nothing tells. `version` tells
    of two documents of one `name`, the title without its figures, which is the newer."""

    file: str
    own: tuple[Moment, ...]
    document: Moment
    version: Moment
    name: str

    def is_before(self, other: Time) -> bool:
        """Whether it is older: by its own words within a file, by the documents' dates or versions across two."""
        if self.file == other.file:
            return bool(self.own and other.own) and _is_earlier(self.own[0], other.own[0])
        if self.name == other.name and self.version and other.version:
            return self.version < other.version
        return _is_earlier(self.document, other.document)


def in_time(question: Question, evidence: Evidence, ranked: Sequence[Scored]) -> InTime:
    """The candidates as given where the question asks for no time or nothing tells theirs. `ranked` holds at least one."""
    years = {date.year for date in question.dates if date.year}
    if question.current and not years:
        return _newest(question, evidence, ranked)
    if len(years) == 1 and not question.sides:
        return InTime(_of_year(question, evidence, ranked))
    return InTime(list(ranked))


def _newest(question: Question, evidence: Evidence, ranked: Sequence[Scored]) -> InTime:
    """The newest of the sentences that are about the same, first; without what older ones say."""
    declared = _declared(evidence)
    times = {id(each): _time(each.candidate, declared) for each in ranked}
    same = _about_the_same(question, ranked)
    lead = same[0]
    for each in same[1:]:
        if times[id(lead)].is_before(times[id(each)]):
            lead = each
    # Of an older document nothing is kept, of the lead's own only what says the same of an earlier time is left out.
    older = {id(each) for each in ranked if times[id(each)].is_before(times[id(lead)])}
    left = {id(each) for each in ranked if id(each) in older and (_file(each) != _file(lead) or each in same)}
    files = dict.fromkeys(_file(each) for each in same if id(each) in left and _file(each) != _file(lead))
    kept = [each for each in ranked if id(each) not in left and each is not lead]
    return InTime([_raised(lead, ranked[0]), *kept], tuple(files))


def _of_year(question: Question, evidence: Evidence, ranked: Sequence[Scored]) -> list[Scored]:
    """A sentence of the time asked for first, where there is one, and none of another time with it."""
    asked = next(_moment(date) for date in question.dates if date.year)
    declared = _declared(evidence)
    fits = {id(each): _is_of(_time(each.candidate, declared), asked) for each in ranked}
    lead = next((each for each in _about_the_same(question, ranked) if fits[id(each)]), None)
    if lead is None:
        return list(ranked)
    kept = [each for each in ranked if each is not lead and fits[id(each)] is not False]
    return [_raised(lead, ranked[0]), *kept]


def _is_of(time: Time, asked: Moment) -> bool | None:
    """Whether a sentence is of the time asked for; None where nothing tells. A document may tell of an earlier time than
    its own, so that its date counts for the year alone, and only where the sentence has none."""
    if time.own:
        return any(all(one == other for one, other in zip(own, asked, strict=False)) for own in time.own)
    return time.document[0] == asked[0] if time.document else None


def _about_the_same(question: Question, ranked: Sequence[Scored]) -> list[Scored]:
    """The candidates that answer about as well as the best one and hold as much of the question."""
    near = takewhile(lambda each: each.score >= ranked[0].score - _COMPARABLE, ranked)
    share = coverage(question.terms, ranked[0].candidate.held, ranked[0].candidate.titled)
    return [
        each
        for each in near
        if coverage(question.terms, each.candidate.held, each.candidate.titled) >= _AS_MUCH * share
        and each.candidate.fit.held >= _AS_MUCH * ranked[0].candidate.fit.held
    ]


def _raised(lead: Scored, best: Scored) -> Scored:
    """The lead with the best one's score: it is what the others are measured by from here on."""
    return Scored(lead.candidate, max(lead.score, best.score))


def _file(scored: Scored) -> str:
    return scored.candidate.sentence.passage.file


def _time(candidate: Candidate, declared: Mapping[str, Moment]) -> Time:
    passage = candidate.sentence.passage
    named = re.sub(r"_", " ", PurePosixPath(passage.file).stem)
    version = _VERSION.search(passage.title) or _VERSION.search(named)
    return Time(
        file=passage.file,
        own=tuple(_moments(candidate.sentence.text)),
        document=_first(passage.title) or _first(named) or _first(named.replace("-", " ")) or declared[passage.file],
        version=tuple(int(part) for part in version[1].split(".")) if version else (),
        name=re.sub(r"[\d\W_]+", " ", passage.title.partition(". ")[0] or named).strip(),
    )


def _declared(evidence: Evidence) -> dict[str, Moment]:
    """For each file the latest date that one of its sentences gives for the document itself."""
    found: dict[str, Moment] = {}
    for candidate in evidence.candidates:
        text, file = candidate.sentence.text, candidate.sentence.passage.file
        moment = _first(text) if _DATED.search(text) else ()
        found[file] = max(found.get(file, ()), moment)
    return found


def _first(text: str) -> Moment:
    return next(_moments(text), ())


def _moments(text: str) -> Iterator[Moment]:
    """The dates of a text that have a year."""
    if any(each.isdigit() for each in text):
        yield from (_moment(date) for date in dates(text) if date.year and date.years == 1)


def _moment(date: Date) -> Moment:
    return tuple(takewhile(bool, (date.year or 0, date.month or 0, date.day or 0)))


def _is_earlier(one: Moment, other: Moment) -> bool:
    """Whether one is before the other as far as both are known."""
    common = min(len(one), len(other))
    return one[:common] < other[:common]
