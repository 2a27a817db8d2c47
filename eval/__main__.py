"""The command line of the suite: `python -m eval run | compare | accept | explain | cases | checker | answers | mutate`.

0 fine; 1 a regression, of `run` an error or a broken invariant, of `explain` a case that does not pass; 2 wrong use or
not comparable. Layout and files only: every command is a few lines over the modules beside it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console, RenderableType

from eval import answers, cases, checker, feedback, gate, html, judge, mutate, record, report
from eval.cases import ROOT, Suite
from eval.run import Results, details, latency, run
from qa import QAError, Settings

FINE, REGRESSION, WRONG_USE = 0, 1, 2

BASELINE = ROOT / "eval" / "baseline.json"
OUT = ROOT / "build" / "eval"
FEEDBACK_CASES = ROOT / "eval" / "cases" / "feedback.jsonl"

app = typer.Typer(
    name="python -m eval",
    help="Measures qa: cases by rule, the check on labelled answers, answers on question sets.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)

CaseFiles = Annotated[list[Path] | None, typer.Option("--cases", help="JSON lines of cases. [default: eval/cases]")]
CorpusFolder = Annotated[Path | None, typer.Option("--corpus", help="Ask this folder instead of each case's own.")]
Llm = Annotated[str | None, typer.Option("--llm", help='Let a model answer: "provider/model".')]
Out = Annotated[Path, typer.Option("--out", help="The folder that reports are written to.")]
JudgedBy = Annotated[str | None, typer.Option("--judge", help='Compare with the verdicts of an LLM, "provider/model".')]
Files = Annotated[list[Path], typer.Argument(help="Files of JSON lines.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON value.")]


@app.command("run")
def run_command(files: CaseFiles = None, corpus: CorpusFolder = None, llm: Llm = None, out: Out = OUT) -> int:
    """Ask every case, print what passes, and write results.json, junit.xml, index.html and latency.json."""
    suite = cases.load(files or cases.built_in(), folder=corpus)
    with _progress("Cases", len(suite.cases)) as advance:
        results = run(suite, llm=llm, advance=advance)
    found = results.record(_powers(list(suite.corpora.values())))
    _write(out, found, results)
    _print(report.run_text(found, results.rows))
    broken = gate.broken_invariants(found)
    for sentence in (*broken, *gate.floors_missed(found)):
        sys.stderr.write(f"{report.visible(sentence)}\n")
    sys.stderr.write(f"Written to {out}\n")
    return REGRESSION if broken else FINE


@app.command("compare")
def compare_command(
    results: Annotated[Path, typer.Option("--results", help="What `run` wrote.")] = OUT / "results.json",
    baseline: Annotated[Path, typer.Option("--baseline", help="The record to compare with.")] = BASELINE,
    as_json: AsJson = False,
) -> int:
    """Hold the last run against the baseline: flipped cases first, then the averages."""
    comparison = gate.compare(_baseline(baseline), _current(results))
    _print(report.comparison_json(comparison) if as_json else report.comparison_text(comparison))
    return REGRESSION if comparison.regressions else FINE


@app.command("accept")
def accept_command(
    results: Annotated[Path, typer.Option("--results", help="What `run` wrote.")] = OUT / "results.json",
    baseline: Annotated[Path, typer.Option("--baseline", help="The record to replace.")] = BASELINE,
) -> int:
    """Make the last run the baseline."""
    found = _current(results)
    record.write(baseline, found.to_dict())
    passed = sum(outcome.state == "passed" for outcome in found.outcomes)
    _print(f"The baseline is now this run: {passed} of {len(found.outcomes)} cases pass.")
    return FINE


@app.command("explain")
def explain_command(
    id: Annotated[str, typer.Argument(help="The id of a case.")],
    files: CaseFiles = None,
    corpus: CorpusFolder = None,
    llm: Llm = None,
) -> int:
    """Ask one case again and show it in full: retrieved passages, statements, verdicts, expected against found."""
    suite = cases.load(files or cases.built_in(), folder=corpus)
    row = next(row for row in run(_alone(suite, id), llm=llm).rows if row.case.id == id)
    _print(report.explanation(row))
    return FINE if row.state == "passed" else REGRESSION


@app.command("checker")
def checker_command(files: Files, as_json: AsJson = False, judged_by: JudgedBy = None) -> int:
    """Measure the check on labelled answers: {"set", "id", "cluster", "evidence", "answer", "label"}."""
    items = checker.load(files)
    with _progress("Answers", len(items)) as advance:
        checked = checker.checked(items, advance=advance)
    found = checker.reports(checked)
    _print([each.to_dict() for each in found] if as_json else report.checker_table(found))
    if judged_by:
        with _progress("Judged", len(items)) as advance:
            verdicts = judge.judged(items, judge=judged_by, kept=OUT / "judge", advance=advance)
        _print([each.to_dict() for each in judge.agreements(checked, verdicts)])
    return FINE


@app.command("answers")
def answers_command(
    files: Files,
    everywhere: Annotated[
        bool, typer.Option("--open", help="Ask each question of all passages, not of its own.")
    ] = False,
    titled: Annotated[bool, typer.Option("--titled", help="Name each passage's file by its title.")] = False,
    llm: Llm = None,
    as_json: AsJson = False,
) -> int:
    """Measure the answers on a question set: {"id", "question", "title", "passage", "answerable", "answers"}."""
    questions = answers.load(files)
    with _progress("Questions", len(questions)) as advance:
        given = answers.given(questions, restricted=not everywhere, titled=titled, llm=llm, advance=advance)
    found = answers.report(given)
    _print(found.to_dict() if as_json else report.answers_table(found))
    return FINE


@app.command("mutate")
def mutate_command(corpus: CorpusFolder = None, as_json: AsJson = False) -> int:
    """Show what the check catches of sentences that were changed on purpose, and what it flags of unchanged ones."""
    corpora = [cases.corpus_of(str(corpus), corpus)] if corpus else _own_corpora()
    powers = _powers(corpora)
    rates = {
        name: {"flagged": power.flagged, "count": power.count, "rate": power.rate} for name, power in powers.items()
    }
    _print(rates if as_json else report.powers_table(powers))
    return FINE


@app.command("cases")
def cases_command(
    from_feedback: Annotated[
        bool, typer.Option("--from-feedback", help="Make a case of each thumb down that `qa serve` kept.")
    ] = False,
    file: Annotated[
        Path | None, typer.Option("--feedback", help="The file of feedback. [default: feedback.jsonl in QA_STORE]")
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="The cases are added to this file.")] = FEEDBACK_CASES,
) -> int:
    """Check the cases of the suite, or add those that visitors' feedback makes."""
    if not from_feedback:
        _print(f"{len(cases.load(cases.built_in()).cases)} cases, all of them sound.")
        return FINE
    found = feedback.gathered(file or Settings.of().store / "feedback.jsonl")
    added = feedback.add(found.cases, out)
    _print(
        f"{added} of {len(found.cases)} cases are new and were added to {out}. Say in each what the right answer is."
    )
    for sentence in found.left_out:
        sys.stderr.write(f"Left out: {report.visible(sentence)}\n")
    return FINE


def main() -> None:
    """Run the command line and leave with its exit code; no traceback reaches the user."""
    try:
        code = app(standalone_mode=False)
    except QAError as error:
        code = _fail(str(error))
    except typer.TyperException as error:
        code = _fail(error.format_message())
    except typer.Abort:
        code = 130
    sys.exit(code)


def _fail(message: str) -> int:
    sys.stderr.write(f"eval: {report.visible(message)}\n")
    return WRONG_USE


def _powers(corpora: list[cases.Corpus]) -> dict[str, record.Power]:
    files = sum(len(mutate.documents(corpus.texts)) for corpus in corpora)
    with _progress("Mutation tests", files) as advance:
        return mutate.powers(corpora, mutate.paraphrases(corpora), advance=advance)


def _own_corpora() -> list[cases.Corpus]:
    return list(cases.load(cases.built_in()).corpora.values())


def _alone(suite: Suite, id: str) -> Suite:
    """The case and its twin."""
    case = next((case for case in suite.cases if case.id == id), None)
    if case is None:
        raise cases.WrongCases(f"There is no case {id!r}; see the ids in eval/cases or in the last run's report.")
    kept = tuple(each for each in suite.cases if each.id in (case.id, case.twin))
    return replace(suite, cases=kept, corpora={each.corpus: suite.corpora[each.corpus] for each in kept})


def _current(path: Path) -> record.Record:
    found = record.Record.from_dict(record.read(path, instead="make it with `python -m eval run`"))
    if found.code != record.code_sha256():
        raise record.WrongRecord("The last run is of other code than the present; make it again: `python -m eval run`.")
    return found


def _baseline(path: Path) -> record.Record:
    return record.Record.from_dict(record.read(path, instead="make the last run the baseline: `python -m eval accept`"))


def _write(out: Path, found: record.Record, results: Results) -> None:
    record.write(out / "results.json", {**found.to_dict(), "details": [details(row) for row in results.rows]})
    record.write(out / "latency.json", latency(results))
    (out / "junit.xml").write_text(report.junit(results.rows), encoding="utf-8")
    baseline: record.Record | None
    comparison: gate.Comparison | None
    try:
        baseline = _baseline(BASELINE)
        comparison = gate.compare(baseline, found)
    except record.WrongRecord:
        baseline, comparison = None, None
    (out / "index.html").write_text(html.page(found, results.rows, baseline, comparison), encoding="utf-8")


@contextmanager
def _progress(what: str, total: int) -> Iterator[Callable[[str], None]]:
    """A progress bar on standard error, if that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = [
        TextColumn(what),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.description}", markup=False),
    ]
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total)
        yield lambda id: bar.update(task, advance=1, description=report.visible(id))


def _print(value: RenderableType | dict[str, Any] | list[Any]) -> None:
    if isinstance(value, (dict, list)):
        sys.stdout.write(json.dumps(value, ensure_ascii=False, allow_nan=False) + "\n")
        return
    # Off a terminal nothing is folded, so that a line can be searched and pasted.
    width = None if sys.stdout.isatty() else 10_000
    Console(highlight=False, emoji=False, width=width).print(value)


if __name__ == "__main__":
    main()
