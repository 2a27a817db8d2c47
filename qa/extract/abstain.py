"""Whether the documents hold an answer at all.

`is_answered(question, evidence, ranked, learned=...)` weighs named facts about the best sentence and its passage in a
logistic model, after two rules. Neither lengths nor places are among them, and none depends on how many passages were
found beside the best one. `decision_features` are those facts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from qa.extract.evidence import Candidate, Evidence, coverage
from qa.extract.model import Learned, probability, weighted
from qa.extract.question import Question, Term
from qa.extract.score import Scored

# A sentence has a thing of the kind asked for from this fit on, see `kinds`; sentences whose scores differ by no more
# than this are looked at for it.
_SOME, _COMPARABLE = 0.3, 3.0

_LEAST_OF_SUMMARY = 0.3
"""From which probability on a summary is given: it asks for what there is, and its words for that ("objections",
"developments") need not stand in the text."""

_NEGATION = re.compile(r"\b(?:not|no|never|without|neither|nor|none|cannot|except)\b|n['’]t\b", re.IGNORECASE)
_NEGATION_IN_EFFECT = re.compile(
    r"\b(?:fail\w*|refus\w+|den(?:y|ies|ied|ying)|reject\w*|ban(?:s|ned|ning)?|bar(?:s|red|ring)?|prevent\w*|prohibit\w*|"
    r"forb\w+|exclud\w+|lack(?:s|ed|ing)?|unable|un(?!der|it|iv|ion|til|less|iq)\w{5,}|instead|only|rather than|stop(?:s|ped)?)\b",
    re.IGNORECASE,
)
# Words that turn an answer round and that a paraphrase seldom leaves out.
_QUALIFIER = re.compile(
    r"\b(?:most|least|more|less|fewer|fewest|before|after|only|first|last|all|every|both|minimum|maximum|highest|lowest|"
    r"largest|smallest|oldest|youngest|earliest|latest|longest|shortest|biggest|best|worst|increase[sd]?|decrease[sd]?|rise|"
    r"rose|fall|fell|above|below|over|under|former|current|previous|next|new|old|early|late|north|south|east|west|"
    r"northern|southern|eastern|western|male|female|public|private|positive|negative|high|low|large|small|non-?\w+|un(?!der|it|iv|ion|til|less|iq)\w{4,})\b",
    re.IGNORECASE,
)


def is_answered(question: Question, evidence: Evidence, ranked: Sequence[Scored], *, learned: Learned) -> bool:
    """Whether the best sentences answer the question. `ranked` holds at least one.

    Two rules stand before the model: a question for a date, a number or a name is not answered by sentences none of
    which has one, and a plain question not by its names alone unless the model is rather sure.
    """
    best = ranked[0]
    if question.strict and not any(
        each.candidate.fit.held >= _SOME for each in ranked if each.score >= best.score - _COMPARABLE
    ):
        return False
    chance = probability_of_answer(question, evidence, best.candidate, learned=learned)
    if question.summary:
        return chance >= _LEAST_OF_SUMMARY
    return chance >= (
        learned.threshold_unrelated if is_unrelated(question, evidence, best.candidate) else learned.threshold
    )


def probability_of_answer(question: Question, evidence: Evidence, best: Candidate, *, learned: Learned) -> float:
    """How likely it is, from 0 to 1, that the best sentence answers the question, where half of all questions have an
    answer."""
    return probability(log_odds(question, evidence, best, learned=learned))


def confidence(question: Question, evidence: Evidence, best: Candidate, *, learned: Learned) -> float:
    """`probability_of_answer` as it was borne out by the questions that people ask (CLAPnq), of three decimals."""
    slope, intercept = learned.calibration
    return round(probability(slope * log_odds(question, evidence, best, learned=learned) + intercept), 3)


def log_odds(question: Question, evidence: Evidence, best: Candidate, *, learned: Learned) -> float:
    """The model's log odds that the best sentence answers the question."""
    features = decision_features(question, evidence, best)
    used = {name: features[name] for name in learned.answerable}
    return learned.intercept + weighted(learned.answerable, used)


def is_unrelated(question: Question, evidence: Evidence, best: Candidate) -> bool:
    """Whether a plain question's names were found, but near the best sentence not one word of what is asked of them."""
    relation = _relation(question, best)
    if question.broad or not relation or not any(term.is_name for term in question.terms):
        return False
    return not coverage(relation, *_window(evidence, best))


def decision_features(question: Question, evidence: Evidence, best: Candidate) -> dict[str, float]:
    """What speaks for or against there being an answer, each from 0 to 1 (`similarity` from -1)."""
    window = _window(evidence, best)
    passage = [best.titled, *(each.held for each in evidence.passages[best.passage])]
    text = best.sentence.text
    lacks, kind = 1 - best.fit.held, question.kind
    return {
        "similarity": best.sentence.similarity,
        "coverage": coverage(question.terms, best.held),
        "coverage_passage": coverage(question.terms, *passage),
        "coverage_relation": coverage(_relation(question, best), *window),
        "missing_name": 1 - coverage([term for term in question.terms if term.is_name], *passage),
        "missing_number": 1 - coverage([term for term in question.terms if term.is_number], *window),
        "lacks_quantity": lacks if kind in ("count", "amount", "duration") else 0.0,
        "lacks_time": lacks if kind == "time" else 0.0,
        "lacks_person": lacks if kind == "agent" else 0.0,
        "lacks_name": lacks if kind == "name" else 0.0,
        "negation": float(bool(_NEGATION.search(question.text)) and not _is_negated(text)),
        "qualifier": _missing_qualifiers(question.text, text),
    }


def _window(evidence: Evidence, best: Candidate) -> list[Mapping[str, float]]:
    """What the best sentence, its title and its neighbours hold."""
    return [best.held, best.titled, *(each.held for each in evidence.neighbours(best))]


def _relation(question: Question, best: Candidate) -> list[Term]:
    """What is asked about the names and the topic: the "founded" of "When was Micron founded?"."""
    return [term for term in question.terms if not (term.is_name or term.is_asked or best.titled.get(term.stem))]


def _is_negated(text: str) -> bool:
    return bool(_NEGATION.search(text) or _NEGATION_IN_EFFECT.search(text))


def _missing_qualifiers(question: str, text: str) -> float:
    asked = {match.lower() for match in _QUALIFIER.findall(question)}
    if not asked:
        return 0.0
    lower = text.lower()
    return sum(each not in lower for each in asked) / len(asked)
