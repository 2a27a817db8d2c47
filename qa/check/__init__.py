"""The faithfulness check: an answer and the evidence to a verdict on each statement, with the reason in words.

`check(answer, evidence)` and `check_statement(statement, evidence)` hold each statement against windows of one to three
sentences of the evidence. How much of it they say is counted by rarity; the rules then look for what they say otherwise:

    statements.py   an answer's text to what it claims
    reading.py      a text, its words, numbers, dates, names, quotations
    clauses.py      a statement to the clauses that may rest on a place each
    align.py        the windows that say most of a statement, word linked to word
    lexicon.py      which words deny each other, which may stand for each other
    numbers.py  dates.py  names.py  negation.py  antonyms.py  modality.py  quotes.py  attribution.py  subject.py
    bindings.py  roles.py  contrast.py  cells.py
                    the rules: a statement beside a window to a Mismatch or None
    features.py     what the windows say of it and what the rules found, in numbers
    score.py        features to a probability
    judge.py        one statement through all of these to its verdict
    fit.py          labelled answers to score.py's coefficients; no part of a check

Pure: no model, no index, no files but the lists beside it. Knows no world: what the evidence says is what is true.
"""

from __future__ import annotations

from collections.abc import Sequence

from qa.check.judge import Judge, Judgement
from qa.check.score import THRESHOLD, together
from qa.check.statements import bare, claims
from qa.types import Check, Finding, Verdict

__all__ = ["THRESHOLD", "check", "check_statement"]

_ORDER: tuple[Verdict, ...] = ("contradicted", "unsupported", "partial", "supported")


def check(answer_text: str, evidence: Sequence[str]) -> Check:
    """The check of an answer: each of its statements, the worst verdict, a score from 0 to 1.

    Citation markers, list markers and sentences that claim nothing are left out; an answer that claims nothing is
    supported, by no statement.
    """
    judge = Judge(evidence)
    findings = tuple(_finding(statement, judge.judge(statement)) for statement in claims(answer_text))
    verdict: Verdict = min((each.verdict for each in findings), key=_ORDER.index, default="supported")
    return Check(verdict, together([each.score for each in findings]), findings)


def check_statement(statement: str, evidence: Sequence[str]) -> Finding:
    """The check of one statement, which may be more than one sentence: then the worst of them decides."""
    judge = Judge(evidence)
    parts = claims(statement) or [bare(statement)]
    whole = [_finding(part, judge.judge(part)) for part in parts]
    worst = min(whole, key=lambda each: (_ORDER.index(each.verdict), each.score))
    score = together([each.score for each in whole]) if len(whole) > 1 else worst.score
    return Finding(statement, worst.verdict, score, worst.reason, worst.evidence, worst.span)


def _finding(statement: str, judgement: Judgement) -> Finding:
    return Finding(statement, judgement.verdict, judgement.score, judgement.reason, judgement.evidence, judgement.span)
