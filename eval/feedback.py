"""Feedback of visitors to cases: the lines that `qa serve` kept in, one JSON case a thumb down out.

A case says what must not happen again; what the right answer would be only a person can add. Where the statement is a
quote of a document, it must not be said again. Where a model wrote it, the quote may be right and the statement wrong:
the statement must not be said again, and the quote is kept as the evidence. Where there was no answer, there must be
one. Knows nothing of how feedback is given.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.cases import ROOT, WrongCases, corpus_of, folder_of, rows_of
from qa import Answer

EXTRACTIVE = "extractive"


@dataclass(frozen=True, slots=True)
class Gathered:
    """Cases as JSON objects, and for each thumb down that can be none, why."""

    cases: tuple[dict[str, Any], ...]
    left_out: tuple[str, ...]


def gathered(path: Path) -> Gathered:
    """The cases of a file of feedback, the last word on each question counting. Raises WrongCases."""
    latest: dict[str, dict[str, Any]] = {}
    for where, row in rows_of(path):
        try:
            latest[_id(row)] = row
        except (KeyError, TypeError) as error:
            raise WrongCases(f"{where}: this is no feedback ({error}); it is what `qa serve` keeps.") from error
    cases, left_out = [], []
    for id, row in latest.items():
        if row.get("rating") != "down":
            continue
        name = _corpus(row["corpus"])
        if name is None:
            question = row["answer"]["question"]
            left_out.append(f"{question!r} was asked of documents that are not a corpus of the suite.")
        else:
            cases.append(_case(id, name, row))
    return Gathered(tuple(cases), tuple(left_out))


def add(found: Sequence[Mapping[str, Any]], path: Path) -> int:
    """Append the cases that a file does not have yet, and count them."""
    known = {row["id"] for _, row in rows_of(path)} if path.exists() else set()
    new = [json.dumps(case, ensure_ascii=False) + "\n" for case in found if case["id"] not in known]
    if new:
        with path.open("a", encoding="utf-8") as file:
            file.writelines(new)
    return len(new)


def _id(row: Mapping[str, Any]) -> str:
    asked = json.dumps([row["corpus"], row["history"], row["answer"]["question"]])
    return f"feedback-{hashlib.sha256(asked.encode()).hexdigest()[:8]}"


def _corpus(folder: str | None) -> str | None:
    """The name that the suite has for a folder, None if it is none of the suite's."""
    if folder is None:
        return None
    named = {folder_of("seeds"): "seeds"} | {each: each.name for each in (ROOT / "eval" / "corpus").iterdir()}
    return next((name for each, name in named.items() if each.is_dir() and each.resolve() == Path(folder)), None)


def _case(id: str, corpus: str, row: Mapping[str, Any]) -> dict[str, Any]:
    answer = Answer.from_dict(row["answer"])
    case: dict[str, Any] = {
        "id": id,
        "category": "underspecified" if answer.abstained else "false_premise",
        "cluster": "feedback",
        "corpus": corpus,
        "question": answer.question,
        "history": row["history"],
        "answerable": "yes",
    }
    if not answer.abstained:
        case["forbidden"] = [statement.text for statement in answer.statements]
    if not answer.abstained and answer.engine != EXTRACTIVE:
        texts = corpus_of(corpus, folder_of(corpus)).texts
        quotes = [{"file": each.file, "quote": each.quote} for each in answer.citations]
        case["evidence"] = [[each for each in quotes if each["quote"] in texts.get(each["file"], "")]]
    return {name: value for name, value in case.items() if value not in ([], [[]])}
