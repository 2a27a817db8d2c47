"""Whether the documents hold an answer at all.

`probability_of_answer(question, evidence, best, learned=...)` weighs named facts about the best sentence and its passage
in a logistic model. Neither lengths nor places are among them, and none depends on how many passages were found beside
the best one. `decision_features` are those facts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from qa.extract.evidence import Candidate, Evidence, coverage
from qa.extract.model import Learned, probability, weighted
from qa.extract.question import Question, Term

_NEGATION = re.compile(r"\b(?:not|no|never|without|neither|nor|none|cannot|except)\b|n['’]t\b", re.IGNORECASE)
# Words that turn an answer round and that a paraphrase seldom leaves out.
_QUALIFIER = re.compile(
    r"\b(?:most|least|more|less|fewer|fewest|before|after|only|first|last|all|every|both|minimum|maximum|highest|lowest|"
    r"largest|smallest|oldest|youngest|earliest|latest|longest|shortest|biggest|best|worst|increase[sd]?|decrease[sd]?|rise|"
    r"rose|fall|fell|above|below|over|under|former|current|previous|next|new|old|early|late|north|south|east|west|"
    r"northern|southern|eastern|western|male|female|public|private|positive|negative|high|low|large|small|non-?\w+|un\w{4,})\b",
    re.IGNORECASE,
)


def probability_of_answer(question: Question, evidence: Evidence, best: Candidate, *, learned: Learned) -> float:
    """How likely it is, from 0 to 1, that the best sentence answers the question."""
    features = decision_features(question, evidence, best)
    used = {name: features[name] for name in learned.answerable}
    return probability(learned.intercept + weighted(learned.answerable, used))


def decision_features(question: Question, evidence: Evidence, best: Candidate) -> dict[str, float]:
    """What speaks for or against there being an answer, each from 0 to 1 (similarities from -1)."""
    passage = evidence.passages[best.passage]
    window = [best.held, best.titled, *(each.held for each in evidence.neighbours(best))]
    whole = [best.titled, *(each.held for each in passage)]
    others = sorted((each.sentence.similarity for each in passage if each.usable), reverse=True)
    text = best.sentence.text
    names = [term for term in question.terms if term.is_name]
    numbers = [term for term in question.terms if term.is_number]
    # What is asked about the names and the topic: the "founded" of "When was Micron founded?".
    relation = [term for term in question.terms if not term.is_name and not best.titled.get(term.stem)]
    lacks = 1 - best.fit.held
    kind = question.kind
    return {
        "similarity": best.sentence.similarity,
        "similarity_nearest": max(each.sentence.similarity for each in evidence.candidates if each.usable),
        "similarity_second": others[1] if len(others) > 1 else others[0] - 0.1,
        "similarity_passage": sum(others) / len(others),
        "coverage": coverage(question.terms, best.held),
        "coverage_window": coverage(question.terms, *window),
        "coverage_passage": coverage(question.terms, *whole),
        "missing_word": _rarest_missing(question.terms, best.held, best.titled),
        "missing_word_window": _rarest_missing(question.terms, *window),
        "missing_name": 1 - coverage(names, *window),
        "missing_name_passage": 1 - coverage(names, *whole),
        "missing_number": 1 - coverage(numbers, *window),
        "lacks_quantity": lacks if kind in ("count", "amount", "duration") else 0.0,
        "lacks_time": lacks if kind == "time" else 0.0,
        "lacks_name": lacks if kind in ("agent", "place", "which") else 0.0,
        "relation": coverage(relation, best.held),
        "relation_window": coverage(relation, *window),
        "relation_passage": coverage(relation, *whole),
        "no_relation": float(bool(relation) and not any(term.stem in best.held for term in relation)),
        "no_relation_window": float(bool(relation) and not any(term.stem in each for term in relation for each in window)),
        "pairs": best.pairs,
        "near": best.fit.near,
        "negation": float(bool(_NEGATION.search(question.text)) and not _NEGATION.search(text)),
        "negated": float(bool(_NEGATION.search(text)) and not _NEGATION.search(question.text)),
        "qualifier": _missing_qualifiers(question.text, text),
    }


def _rarest_missing(terms: Sequence[Term], *held: Mapping[str, float]) -> float:
    return max((term.weight * (1 - max(each.get(term.stem, 0.0) for each in held)) for term in terms), default=0.0)


def _missing_qualifiers(question: str, text: str) -> float:
    asked = {match.lower() for match in _QUALIFIER.findall(question)}
    if not asked:
        return 0.0
    lower = text.lower()
    return sum(each not in lower for each in asked) / len(asked)
