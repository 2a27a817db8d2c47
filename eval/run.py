"""Cases through `qa`: a suite in, one row a case out.

Each corpus is indexed afresh in a folder that is thrown away, so that nothing of an earlier run can show. What goes
wrong with one case is that case's error, never its score, and the others are run. Does not know what is done with the
rows.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from eval import record
from eval.cases import Case, Corpus, Suite
from eval.categories import Observed, missing
from eval.metrics import Score, confidence, scores
from eval.record import Outcome, Power, Record, State
from qa import Answer, Assistant, QAError

DIGITS = 6
"""Of what is written; those behind them depend on the processor."""

Advance = Callable[[str], None]
"""Called with the id of each case that is done."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question led to: an answer, or the error that came instead; and the seconds that it took.

    `refused` where the error is a sentence for the user and not a crash.
    """

    answer: Answer | None
    error: str | None
    refused: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class Row:
    """A case, what became of it, and why: `missing` is what its category's rule did not find."""

    case: Case
    state: State
    missing: tuple[str, ...]
    error: str | None
    answer: Answer | None
    scores: tuple[Score, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Results:
    """All rows in the order of the cases, what they were made with, and the seconds that indexing took by corpus."""

    suite: Suite
    rows: tuple[Row, ...]
    configuration: Mapping[str, Any]
    indexing: Mapping[str, float]

    def record(self, powers: Mapping[str, Power]) -> Record:
        """What is compared with a baseline; `powers` are those of the mutation tests."""
        return Record(
            cases=self.suite.sha256,
            corpus=self.suite.corpora_sha256,
            code=record.code_sha256(),
            configuration=self.configuration,
            outcomes=tuple(_outcome(row) for row in self.rows),
            powers=powers,
        )


def run(suite: Suite, *, llm: str | None = None, advance: Advance = lambda case: None) -> Results:
    """Ask every case of its corpus and judge the answers. Raises QAError where a corpus can not be indexed."""
    asked: dict[str, Asked] = {}
    indexing: dict[str, float] = {}
    configuration: Mapping[str, Any] = {}
    for name, corpus in suite.corpora.items():
        cases = [case for case in suite.cases if case.corpus == name]
        with TemporaryDirectory() as store, Assistant(corpus.folder, llm=llm, store=store) as assistant:
            start = time.perf_counter()
            assistant.sync()
            indexing[name] = time.perf_counter() - start
            configuration = configuration_of(assistant)
            for case in cases:
                asked[case.id] = _ask(assistant, case)
                advance(case.id)
    rows = tuple(_row(case, asked, suite) for case in suite.cases)
    return Results(suite, rows, configuration, indexing)


def configuration_of(assistant: Assistant) -> dict[str, Any]:
    """Every setting that shapes an answer, and the encoder's name; not where things are on this machine."""
    settings = dataclasses.asdict(assistant.settings)
    return {name: value for name, value in settings.items() if not isinstance(value, Path)} | {
        "encoder": assistant.encoder.name
    }


def details(row: Row) -> dict[str, Any]:
    """A row as JSON values: reasons, scores and the receipt, without what depends on the machine."""
    receipt = None
    if row.answer is not None:
        receipt = _rounded({**row.answer.to_dict(), "usage": None})
    return {
        "id": row.case.id,
        "missing": list(row.missing),
        "error": row.error,
        "scores": {score.name: _rounded({"value": score.value, "reason": score.reason}) for score in row.scores},
        "answer": receipt,
    }


def latency(results: Results) -> dict[str, Any]:
    """Seconds: of each question, their median and 95th percentile, and of indexing each corpus."""
    seconds = sorted(row.seconds for row in results.rows)
    return {
        "median": seconds[len(seconds) // 2],
        "p95": seconds[min(len(seconds) - 1, int(0.95 * len(seconds)))],
        "indexing": dict(results.indexing),
        "questions": {row.case.id: row.seconds for row in results.rows},
    }


def _ask(assistant: Assistant, case: Case) -> Asked:
    start = time.perf_counter()
    try:
        answer = assistant.answer(case.question, case.history, case.files)
    except QAError as error:
        return Asked(None, str(error), True, time.perf_counter() - start)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is this case's error and the others are run
        return Asked(None, f"{type(error).__name__}: {error}", False, time.perf_counter() - start)
    return Asked(answer, None, False, time.perf_counter() - start)


def _row(case: Case, asked: Mapping[str, Asked], suite: Suite) -> Row:
    mine = asked[case.id]
    seen = _observed(case, mine, suite.corpora[case.corpus])
    if mine.refused and case.category == "robustness" and case.answerable == "no":
        return Row(case, "passed", (), mine.error, None, (), mine.seconds)
    if seen is None:
        return Row(case, "error", (), mine.error, None, (), mine.seconds)
    twin = next((each for each in suite.cases if each.id == case.twin), None)
    beside = _observed(twin, asked[twin.id], suite.corpora[twin.corpus]) if twin else None
    lack = missing(seen, beside)
    state: State = "failed" if lack else "passed"
    return Row(case, state, lack, None, seen.answer, scores(case, seen.answer, seen.texts), mine.seconds)


def _observed(case: Case, asked: Asked, corpus: Corpus) -> Observed | None:
    return None if asked.answer is None else Observed(case, asked.answer, corpus.texts)


def _outcome(row: Row) -> Outcome:
    values = {score.name: round(score.value, DIGITS) for score in row.scores if score.value is not None}
    if row.answer is not None and (sure := confidence(row.answer)) is not None:
        values["confidence"] = round(sure, DIGITS)
    return Outcome(row.case.id, row.case.category, row.case.cluster, row.case.critical, row.state, values)


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _rounded(each) for name, each in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_rounded(each) for each in value]
    return round(value, DIGITS) if isinstance(value, float) else value
