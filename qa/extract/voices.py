"""Who speaks in a sentence, for questions about what somebody said and about who said it.

`in_voice(question, evidence, ranked)` goes from the ranked candidates to those in which the person asked about speaks,
before those in which somebody else does; `has_quoted(question, candidate)` tells whether a sentence has the words that
the question quotes, `introduction(evidence, candidate)` finds the sentence that names the "he" who speaks. Knows who is
named, not who is meant: "he" is who was named last before him.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from qa.extract.evidence import Candidate, Evidence
from qa.extract.question import Question
from qa.extract.reading import read
from qa.extract.score import Scored
from qa.text.names import names
from qa.text.quotes import attributions, wording

_OTHER = 3.0
"""What a sentence loses on the scale of `score` where somebody else speaks in it than the one asked about."""

_QUOTED = 10.0
"""What a sentence gains that has the very words which the question quotes."""

_FARTHEST = 4
"""Sentences from a pronoun back to the one that names who it is."""

_GAP = 4
"""Characters between one sentence and the next, line ends for the most part; beyond it something was left out."""

_STAMP = re.compile(r"\A\W*\[?\d{1,2}[:.]\d{2}\]?\s+")
_PRONOUN = re.compile(
    r"(?:he|she|they|i|we|(?:the|a) (?:spokes(?:man|woman|person)|official|minister|ministry|president|mayor|director|"
    r"author|expert|analyst|statement|report|company|agency))\Z",
    re.IGNORECASE,
)


def in_voice(question: Question, evidence: Evidence, ranked: Sequence[Scored]) -> list[Scored]:
    """The candidates, best first: those with a quotation of the question first, and where it is asked what somebody said,
    those in which others speak later."""
    if question.quoted and any(has_quoted(question, each.candidate) for each in ranked):
        return _sorted(
            Scored(each.candidate, each.score + _QUOTED * has_quoted(question, each.candidate)) for each in ranked
        )
    asked = read(question.speaker).content
    if not asked:
        return list(ranked)
    near = [each for each in ranked if each.score >= ranked[0].score - 2 * _OTHER]
    speakers = [speaker(evidence, each.candidate) for each in near]
    if not any(each & asked for each in speakers):
        return list(ranked)
    weighed = (
        Scored(each.candidate, each.score - _OTHER * bool(who and not who & asked))
        for each, who in zip(near, speakers, strict=True)
    )
    return _sorted([*weighed, *ranked[len(near) :]])


def has_quoted(question: Question, candidate: Candidate) -> bool:
    """Whether the sentence has a quotation of the question word for word."""
    if not question.quoted:
        return False
    text = wording(candidate.sentence.text)
    return any(each in text for each in question.quoted)


def speaker(evidence: Evidence, candidate: Candidate) -> frozenset[str]:
    """The stems of the name of whoever speaks in the sentence, empty where nobody does.

    For a pronoun that is whoever spoke or was named as a speaker last in the sentences before it.
    """
    own = evidence.passages[candidate.passage]
    for back in range(min(candidate.place, _FARTHEST) + 1):
        found = _speakers(own[candidate.place - back])
        named = [each for each in found if not _PRONOUN.match(each)]
        if named:
            return frozenset().union(*(read(each).content for each in named))
        if not found and not back:
            return frozenset()
    return frozenset()


def introduction(evidence: Evidence, candidate: Candidate) -> Candidate | None:
    """The nearest sentence before that names the "he" or "the spokesman" who speaks in this one; None where somebody is
    named in it, nobody speaks, or it can not be shown."""
    found = _speakers(candidate)
    if not found or not all(_PRONOUN.match(each) for each in found):
        return None
    for before in _before(evidence, candidate):
        if any(not _PRONOUN.match(each) for each in _speakers(before)) or _opens_with_name(before):
            return before if before.usable else None
    return None


def _before(evidence: Evidence, candidate: Candidate) -> list[Candidate]:
    """The sentences before it, the nearest first, from the passage before as well where that was found."""
    file = candidate.sentence.passage.file
    earlier = [
        each
        for each in evidence.candidates
        if each.sentence.passage.file == file and each.sentence.end <= candidate.sentence.start
    ]
    found: list[Candidate] = []
    for each in sorted(earlier, key=lambda each: -each.sentence.start)[:_FARTHEST]:
        last = (found or [candidate])[-1]
        if last.sentence.start - each.sentence.end > _GAP:
            break
        found.append(each)
    return found


def _speakers(candidate: Candidate) -> list[str]:
    text = _STAMP.sub("", candidate.sentence.text)
    return [text[each.speaker.start : each.speaker.end] for each in attributions(text)]


def _opens_with_name(candidate: Candidate) -> bool:
    """Whether the first words are a name of at least two: "Ann Poole, the mayor, …"."""
    found = names(candidate.sentence.text)
    return bool(found) and found[0].start == 0 and len(found[0].parts) > 1


def _sorted(scored: Iterable[Scored]) -> list[Scored]:
    return sorted(scored, key=lambda each: -each.score)
