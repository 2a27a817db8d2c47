"""Which sentences make up the answer: as many as needed and no more, nothing said twice.

`chosen(question, evidence, ranked)` goes from the ranked candidates to those to be shown: in reading order within a
file, files in the order of their best sentence. One sentence for a plain fact, up to `LONGEST` characters for a broad
question. Knows nothing of whether there is an answer at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qa.extract.context import refers_back, unit
from qa.extract.evidence import Candidate, Evidence
from qa.extract.question import Kind, Question
from qa.extract.score import Scored

LONGEST = 450
"""Characters of an answer to a broad question. eval/LOG.md: "How long an answer is"."""

_DEAREST = 600
"""Characters that nearly equal sentences may take together. A first one that with what it refers to is longer gives
way."""

_MOST = 3
"""Sentences of an answer, those that others refer to included."""

# Differences of scores, see `score`. How far behind the best sentence others may be, in its passage and elsewhere, for
# a broad question and for another one; how far ahead it must be to answer alone; what is nearly as good.
_BEHIND_BROAD, _BEHIND = (3.0, 1.5), (2.0, 0.5)
_AHEAD, _NEARLY = 2.0, 1.5

_PLAIN: frozenset[Kind] = frozenset({"agent", "time", "count", "amount", "duration", "place", "name", "truth", "thing"})
# From which fit on a sentence has what was asked for, and which share of the question's words makes it stand amid them.
_HELD, _AMID = 0.6, 0.4
# The share of two sentences' words that makes them one, and the share of a sentence's words that makes it old.
_SAME, _TOLD = 0.8, 0.7


@dataclass(frozen=True, slots=True)
class Chosen:
    """A sentence of the answer and all sentences that say it, itself the first."""

    candidate: Candidate
    sources: tuple[Candidate, ...]


def chosen(question: Question, evidence: Evidence, ranked: Sequence[Scored]) -> list[Chosen]:
    """The sentences of the answer in the order to be shown. `ranked` holds at least one."""
    first = _first(evidence, ranked)
    taken = unit(evidence, first.candidate)
    if not is_plain(question, ranked):
        _fill(question, evidence, ranked, first, taken)
    files = list(dict.fromkeys(each.sentence.passage.file for each in [first.candidate, *taken]))
    shown = sorted(taken, key=lambda each: (files.index(each.sentence.passage.file), each.sentence.start))
    return [Chosen(each, (each, *_repetitions(each, evidence, taken))) for each in shown]


def is_plain(question: Question, ranked: Sequence[Scored]) -> bool:
    """Whether the best sentence answers alone: it has what was asked for amid the question's words, or stands out."""
    if question.broad or question.kind not in _PLAIN:
        return False
    best = ranked[0]
    stands_out = len(ranked) == 1 or best.score - ranked[1].score >= _AHEAD
    if question.kind in ("truth", "thing"):
        return stands_out
    return best.candidate.fit.held >= _HELD and (best.candidate.fit.near >= _AMID or stands_out)


def _first(evidence: Evidence, ranked: Sequence[Scored]) -> Scored:
    """The best sentence, unless what it refers to makes it too dear and another one is nearly as good."""
    best = ranked[0]
    for scored in ranked:
        if scored.score < best.score - _NEARLY:
            break
        if _length(unit(evidence, scored.candidate)) <= _DEAREST and not _hangs(evidence, scored.candidate):
            return scored
    return best


def _hangs(evidence: Evidence, candidate: Candidate) -> bool:
    """Whether what a sentence refers to can not be shown."""
    return refers_back(unit(evidence, candidate)[0])


def _fill(
    question: Question, evidence: Evidence, ranked: Sequence[Scored], first: Scored, taken: list[Candidate]
) -> None:
    behinds = _BEHIND_BROAD if question.broad else _BEHIND
    for scored in ranked:
        candidate = scored.candidate
        behind = behinds[candidate.passage != first.candidate.passage]
        if len(taken) >= _MOST:
            break
        if candidate in taken or scored.score < first.score - behind or _hangs(evidence, candidate):
            continue
        new = [each for each in unit(evidence, candidate) if each not in taken]
        as_good = scored.score >= first.score - _NEARLY
        if _length([*taken, *new]) <= (_DEAREST if as_good else LONGEST) and not _is_told(candidate, taken):
            taken.extend(new)


def _is_told(candidate: Candidate, taken: Sequence[Candidate]) -> bool:
    """Whether most of what a sentence says has been said."""
    content = candidate.reading.content
    told = frozenset().union(*(each.reading.content for each in taken))
    return bool(content) and len(content & told) > _TOLD * len(content)


def _repetitions(candidate: Candidate, evidence: Evidence, taken: Sequence[Candidate]) -> list[Candidate]:
    """Sentences elsewhere that say the same in nearly the same words, with the same names and numbers."""
    return [
        other
        for other in evidence.candidates
        if other.usable and other not in taken and other.passage != candidate.passage and _are_same(candidate, other)
    ]


def _are_same(left: Candidate, right: Candidate) -> bool:
    one, other = left.reading.content, right.reading.content
    if not one or len(one & other) < _SAME * len(one | other):
        return False
    return _marked(left) == _marked(right)


def _marked(candidate: Candidate) -> set[str]:
    """The names and numbers of a sentence: with another one of these it says something else."""
    reading = candidate.reading
    return {stem for stem, traits in zip(reading.stems, reading.traits, strict=True) if traits & {"capital", "number"}}


def _length(candidates: Sequence[Candidate]) -> int:
    return sum(len(each.sentence.text) + 1 for each in candidates) - 1
