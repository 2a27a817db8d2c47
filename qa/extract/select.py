"""Which sentences make up the answer: as many as needed and no more, nothing said twice.

`chosen(question, evidence, ranked)` goes from the ranked candidates to those to be shown: in reading order within a
file, files in the order of their best sentence. One sentence for a plain fact, up to `LONGEST` characters for a broad
question, more for a summary; a list whole where one is announced or asked for; of each document one where several are
asked. Knows nothing of whether there is an answer at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qa.extract.blocks import block, is_of_table, over
from qa.extract.context import refers_back, unit
from qa.extract.evidence import Candidate, Evidence, coverage
from qa.extract.question import Kind, Question
from qa.extract.score import Scored
from qa.extract.voices import introduction

LONGEST = 450
"""Characters of an answer to a broad question. eval/LOG.md: "How long an answer is"."""

_DEAREST = 600
"""Characters that nearly equal sentences may take together. A first one that with what it refers to is longer gives
way."""

_MOST = 3
"""Sentences of an answer, those that others refer to included."""

_LONGEST_SUMMARY, _MOST_OF_SUMMARY = 1200, 7
"""The same for a summary."""

_LONGEST_LIST = 1200
"""Characters of an answer that a list is added to, as many of its items as fit."""

_MOST_SOURCES = 4
"""Documents that an answer takes a sentence from where several are asked."""

# Differences of scores, see `score`. How far behind the best sentence others may be, in its passage and elsewhere, for
# a broad question and for another one; how far ahead it must be to answer alone; what is nearly as good.
_BEHIND_SUMMARY, _BEHIND_BROAD, _BEHIND = (5.0, 2.0), (3.0, 1.5), (2.0, 0.5)
_BEHIND_SIDE = 4.0
_AHEAD, _NEARLY = 2.0, 1.5

_PLAIN: frozenset[Kind] = frozenset({"agent", "time", "count", "amount", "duration", "place", "name", "truth", "thing"})
# The share of what the best sentence and its title hold of the question that one from another document must hold.
_AS_MUCH = 0.7
# From which fit on a sentence has what was asked for, and which share of the question's words makes it stand amid them.
_HELD, _AMID = 0.6, 0.4
# The share of two sentences' words that makes them one, and the share of a sentence's words that makes it old.
_SAME, _TOLD = 0.8, 0.7


@dataclass(frozen=True, slots=True)
class Chosen:
    """A sentence of the answer and all sentences that say it, itself the first."""

    candidate: Candidate
    sources: tuple[Candidate, ...]


def chosen(
    question: Question, evidence: Evidence, ranked: Sequence[Scored], *, also: Sequence[Candidate] = ()
) -> list[Chosen]:
    """The sentences of the answer in the order to be shown. `ranked` holds at least one; `also` are shown in any case,
    and nothing beside them."""
    first = _first(evidence, ranked)
    taken = unit(evidence, first.candidate)
    sides = list(also) or (_sides(question, evidence, ranked, first) if question.sides else [])
    taken += [each for each in sides if each not in taken]
    if not sides and (question.summary or not is_plain(question, ranked)):
        _fill(question, evidence, ranked, first, taken)
    _add_lists(question, evidence, taken)
    introduced = introduction(evidence, first.candidate) if question.kind in ("agent", "saying") else None
    if introduced and introduced not in taken:
        taken.append(introduced)
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
    behinds = _BEHIND_SUMMARY if question.summary else _BEHIND_BROAD if question.broad else _BEHIND
    most = _MOST_OF_SUMMARY if question.summary else _MOST
    longest = (_LONGEST_SUMMARY, _LONGEST_SUMMARY) if question.summary else (LONGEST, _DEAREST)
    for scored in ranked:
        candidate = scored.candidate
        behind = behinds[candidate.passage != first.candidate.passage]
        if len(taken) >= most:
            break
        if candidate in taken or scored.score < first.score - behind or _hangs(evidence, candidate):
            continue
        if _is_row_of_another(question, candidate, first.candidate):
            continue
        new = [each for each in unit(evidence, candidate) if each not in taken]
        as_good = scored.score >= first.score - _NEARLY
        if _length([*taken, *new]) <= longest[as_good] and not _is_told(candidate, taken):
            taken.extend(new)


def _is_row_of_another(question: Question, candidate: Candidate, first: Candidate) -> bool:
    """Whether both are rows of tables, and only the first is of the one that the question names."""
    if not (is_of_table(candidate.sentence.text) and is_of_table(first.sentence.text)):
        return False
    return any(
        term.is_name and first.held.get(term.stem) and not candidate.held.get(term.stem) for term in question.terms
    )


def _sides(question: Question, evidence: Evidence, ranked: Sequence[Scored], first: Scored) -> list[Candidate]:
    """The best sentence of each other document that says as much about what is asked, after what it refers to."""
    found: list[Candidate] = []
    files = {first.candidate.sentence.passage.file}
    asked = _share(question, first.candidate)
    for scored in ranked:
        candidate = scored.candidate
        if len(files) == _MOST_SOURCES or scored.score < first.score - _BEHIND_SIDE:
            break
        if candidate.sentence.passage.file in files or _share(question, candidate) < _AS_MUCH * asked:
            continue
        if _hangs(evidence, candidate) or any(_are_same(candidate, each) for each in [first.candidate, *found]):
            continue
        new = unit(evidence, candidate)
        if _length([first.candidate, *found, *new]) <= _LONGEST_SUMMARY:
            files.add(candidate.sentence.passage.file)
            found += new
    return found


def _share(question: Question, candidate: Candidate) -> float:
    return coverage(question.terms, candidate.held, candidate.titled)


def _add_lists(question: Question, evidence: Evidence, taken: list[Candidate]) -> None:
    """The whole of each list that was announced or, where several things are asked for, of which one was taken; the
    names of the columns to each row of a table."""
    for candidate in list(taken):
        items = block(evidence, candidate)
        after = evidence.after(candidate) if candidate.sentence.text.endswith(":") else None
        announced = block(evidence, after) if after else []
        above = over(evidence, items) if items else None
        if above and above not in taken:
            taken.append(above)
        for item in announced or (items if question.several else []):
            if item not in taken and _length([*taken, item]) <= _LONGEST_LIST:
                taken.append(item)


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
