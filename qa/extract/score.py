"""How well each sentence answers the question, on a scale of its own.

`ranked(question, evidence, weights=...)` goes from a Question and its Evidence to the candidates with their scores,
best first. The score is a sum of named features, learned as a choice between the sentences of one text (McFadden,
1974): only differences of scores have a meaning, one more is e times the odds. Neither a sentence's length nor its
place is a feature: they tell how a data set was made, not what answers a question.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from qa.extract.context import unit
from qa.extract.evidence import Candidate, Evidence, coverage
from qa.extract.model import weighted
from qa.extract.question import Question


@dataclass(frozen=True, slots=True)
class Scored:
    """A candidate and its score."""

    candidate: Candidate
    score: float


def ranked(question: Question, evidence: Evidence, *, weights: Mapping[str, float]) -> list[Scored]:
    """The candidates that may be shown, best first, equal ones in the order given."""
    scored = [
        Scored(candidate, weighted(weights, sentence_features(question, evidence, candidate)))
        for candidate in evidence.candidates
        if candidate.usable
    ]
    return sorted(scored, key=lambda each: -each.score)


def sentence_features(question: Question, evidence: Evidence, candidate: Candidate) -> dict[str, float]:
    """What speaks for a sentence, each from 0 to 1 (`similarity` from -1)."""
    before = evidence.before(candidate)
    nearby = [candidate.titled, *([before.held] if before else []), *(each.held for each in unit(evidence, candidate))]
    untitled = [term for term in question.terms if not candidate.titled.get(term.stem)]
    return {
        "similarity": candidate.sentence.similarity,
        "coverage": coverage(question.terms, candidate.held),
        "coverage_beyond_title": coverage(untitled, candidate.held) if untitled else 0.5,
        "coverage_in_context": coverage(question.terms, *nearby),
        "kind": candidate.fit.held,
        "kind_strict": candidate.fit.held if question.strict else 0.5,
    }
