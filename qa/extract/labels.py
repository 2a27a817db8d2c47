"""Items and rows that open with what they are about, "E3: …" or "| Battery life | 12 years |", and roles with a name.

`labelled(question, ranked)` puts those first whose label, with the titles over it, has every word of the question;
`meanings(question, ranked)` names what a question may mean where more than one of them, or more than one
person, fits it. Knows nothing of what the labels mean.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from qa.extract.blocks import cells
from qa.extract.evidence import Candidate, coverage
from qa.extract.furniture import is_row
from qa.extract.question import Question
from qa.extract.reading import read
from qa.extract.score import Scored

_FIRST = 3.0
"""What a sentence gains on the scale of `score` whose label is what is asked about."""

_CERTAIN = 0.6
"""From which fit on it has what was asked for, see `kinds`."""

_COMPARABLE, _AS_MUCH = 3.0, 0.75
"""How far behind the best sentence one that answers for somebody else may be, and the share of what that one holds of
the question that it must hold."""

_MOST = 4
"""Meanings that are named."""

_LABEL = re.compile(r"[\W_]*(?P<label>[^\s:|–—,;.!?()]+(?: [^\s:|–—,;.!?()]+){0,3})[*_`]* ?(?::|[–—])[*_`]*\s")
_ROLES = (
    "spokesman spokeswoman spokesperson president minister director mayor chair chairman chairwoman secretary governor "
    "ambassador manager doctor professor judge inspector captain officer"
)
_ROLE = re.compile(
    rf"\b(?P<role>{'|'.join(_ROLES.split())}) (?P<name>(?-i:[A-Z][\w’'-]+(?: [A-Z][\w’'-]+){{0,2}}))",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a question may mean, in the documents' words, and the candidate that answers it so."""

    name: str
    scored: Scored


def labelled(question: Question, ranked: Sequence[Scored]) -> list[Scored]:
    """The candidates, best first, those that are labelled with what is asked about before others nearly as good."""
    scored = [Scored(each.candidate, each.score + _FIRST * is_labelled(question, each.candidate)) for each in ranked]
    return sorted(scored, key=lambda each: -each.score)


def is_labelled(question: Question, candidate: Candidate) -> bool:
    """Whether the label of a row or item has a word of the question, and with the titles over it has all of them."""
    stems = {term.stem for term in question.terms}
    if not stems or (question.strict and candidate.fit.held < _CERTAIN):
        return False
    held = read(_label(candidate)).content & stems
    return bool(held) and all(stem in held or candidate.titled.get(stem) for stem in stems)


def meanings(question: Question, ranked: Sequence[Scored]) -> list[Meaning]:
    """The things that the question may mean, best first; fewer than two where it can mean only one.

    Rows and items of one kind, each labelled with what is asked about, or people of the one role that it names.
    """
    if question.several or question.sides or question.summary:
        return []
    found = _things(question, ranked) or _people(question, ranked)
    return found[:_MOST] if len(found) > 1 else []


def _things(question: Question, ranked: Sequence[Scored]) -> list[Meaning]:
    fitting = [each for each in ranked if is_labelled(question, each.candidate)]
    if not fitting or fitting[0] is not ranked[0]:
        return []
    labels = {_label(each.candidate) for each in fitting}
    titles = {_title(each.candidate) for each in fitting}
    # Rows of one table are told apart by their labels, those of two documents by their titles.
    name_of = _label if len(labels) > 1 else _title if len(titles) > 1 else None
    if name_of is None:
        return []
    found = {name_of(each.candidate): each for each in reversed(fitting)}
    return [Meaning(name, each) for name, each in reversed(found.items())]


def _people(question: Question, ranked: Sequence[Scored]) -> list[Meaning]:
    asked = {term.stem for term in question.terms}
    roles = asked & _roles()
    found: dict[str, Meaning] = {}
    if not roles:
        return []
    least = _AS_MUCH * coverage(question.terms, ranked[0].candidate.held, ranked[0].candidate.titled)
    for each in ranked:
        # Whoever is named where hardly anything else of the question is told is not the one asked about.
        if each.score < ranked[0].score - _COMPARABLE or coverage(question.terms, each.candidate.held) < least:
            continue
        for match in _ROLE.finditer(each.candidate.sentence.text):
            stems = read(match["name"]).content
            if read(match["role"]).content & roles and not stems & asked and not _known(match["name"], found):
                found[match["name"]] = Meaning(match["name"], each)
    return list(found.values())


@functools.cache
def _roles() -> frozenset[str]:
    return read(_ROLES).content


def _known(name: str, found: Sequence[str] | dict[str, Meaning]) -> bool:
    """Whether one name is part of another: "Ning" and "Mao Ning"."""
    return any(set(name.split()) & set(other.split()) for other in found)


def _label(candidate: Candidate) -> str:
    text = candidate.sentence.text
    if is_row(text):
        return cells(text)[0]
    match = _LABEL.match(text) if any(mark in text for mark in ":–—") else None
    return match["label"] if match else ""


def _title(candidate: Candidate) -> str:
    passage = candidate.sentence.passage
    return re.split(r"[.:] ", passage.title)[0] or passage.file
