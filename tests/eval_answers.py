"""Answers made by hand, for the tests of the suite."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from eval.cases import Case
from qa import Answer, Citation, Conflict, Hit, Passage, Statement

TEXT = "The tower is 120 metres high. Mao said: “It may fall.”\nThe bridge is not open. It is 30 metres long."
TEXTS = {"tower.txt": TEXT, "note.txt": "The tower is 130 metres high."}


def case_of(**fields: Any) -> Case:
    return Case(**{"id": "a", "category": "single_fact", "cluster": "c", "question": "How high is it?", **fields})


def cited(quote: str, file: str = "tower.txt", texts: Mapping[str, str] = TEXTS) -> Citation:
    start = texts[file].index(quote)
    return Citation(file, start, start + len(quote), quote, 1 + texts[file].count("\n", 0, start), None, "0" * 64)


def said(text: str, *citations: Citation, score: float = 0.9) -> Statement:
    return Statement(text, "supported", score, "the words are there", citations)


def verbatim(quote: str, file: str = "tower.txt") -> Statement:
    return said(quote, cited(quote, file))


def hit(quote: str, file: str = "tower.txt") -> Hit:
    start = TEXTS[file].index(quote)
    return Hit(Passage(file, start, start + len(quote), quote), 1.0)


def answer_of(
    *statements: Statement,
    hits: Sequence[Hit] = (),
    reason: str | None = None,
    note: str | None = None,
    conflicts: Sequence[Conflict] = (),
    withheld: Sequence[Statement] = (),
) -> Answer:
    reason = reason if statements else reason or "The documents do not say."
    return Answer("?", "extractive", statements, tuple(withheld), tuple(conflicts), tuple(hits), reason, note=note)


ABSTENTION = answer_of()
