"""What a run found, for a terminal and for a build server. Knows layout only; every figure is computed elsewhere.

Text of cases and documents is data: nothing of it is read as markup, and what could steer a terminal is written out.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any
from xml.etree import ElementTree

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from eval import answers, checker
from eval.cases import Case
from eval.gate import UNCHANGED, Comparison, Difference, Flip, estimate_of, measures_of
from eval.metrics import shown
from eval.record import Outcome, Power, Record
from eval.run import Row
from eval.statistics import Estimate
from qa import Answer, Statement

_MARKS = {"passed": ("✓", "green"), "failed": ("✗", "red"), "error": ("!", "bold red")}
_VERDICTS = {"supported": "green", "partial": "yellow", "contradicted": "red", "unsupported": "red"}


def run_text(record: Record, rows: Sequence[Row]) -> RenderableType:
    """The table by category, the measures, the power of the check, and the cases that did not pass."""
    lines: list[RenderableType] = [categories_table(record.outcomes), measures_table(record.outcomes)]
    if record.powers:
        lines.append(powers_table(record.powers))
    lines += [_row_line(row) for row in rows if row.state != "passed"]
    counts = {state: sum(row.state == state for row in rows) for state in ("passed", "failed", "error")}
    lines.append(Text(f"{counts['passed']} passed, {counts['failed']} failed, {counts['error']} errors", style="bold"))
    return Group(*lines)


def categories_table(outcomes: Sequence[Outcome]) -> Table:
    """The share of cases that pass, by category and over all."""
    table = _table("category", "cases", "passed", "failed", "errors", "share that passes, 95 % interval")
    for category in sorted({outcome.category for outcome in outcomes}):
        _category_row(table, category, [outcome for outcome in outcomes if outcome.category == category])
    table.add_section()
    _category_row(table, "all", outcomes)
    return table


def measures_table(outcomes: Sequence[Outcome]) -> Table:
    """The mean of each measure over the cases that it applies to."""
    table = _table("measure", "cases", "mean, 95 % interval")
    for measure in measures_of(outcomes):
        value, count = estimate_of(outcomes, measure)
        table.add_row(measure.replace("_", " "), str(count), str(value))
    return table


def powers_table(powers: Mapping[str, Power]) -> Table:
    """What the check catches of each mutation operator, and what it flags of unchanged sentences."""
    table = _table("operator", "mutants", "flagged", "share")
    for name, power in powers.items():
        label = f"{name} (false alarms)" if name in UNCHANGED else name
        table.add_row(label, str(power.count), str(power.flagged), "–" if power.rate is None else f"{power.rate:.3f}")
    return table


def comparison_text(comparison: Comparison) -> RenderableType:
    """Flips first, then the averages, then the regressions."""
    lines: list[RenderableType] = []
    lines += [_flip_line("✗ newly failing", flip, "red") for flip in comparison.failing]
    lines += [_flip_line("✓ newly passing", flip, "green") for flip in comparison.passing]
    if not lines:
        lines.append(Text("No case flipped."))
    lines += [_differences_table("measure", comparison.overall), _differences_table("category", comparison.categories)]
    if comparison.powers:
        lines.append(_power_changes_table(comparison))
    lines += [Text(f"Regression: {visible(each)}", style="bold red") for each in comparison.regressions]
    if not comparison.regressions:
        lines.append(Text("No regression.", style="bold green"))
    return Group(*lines)


def comparison_json(comparison: Comparison) -> dict[str, Any]:
    """The comparison as plain JSON values."""
    return asdict(comparison)


def explanation(row: Row) -> RenderableType:
    """One case in full: what was asked and expected, what was found, and why it passes or not."""
    mark, style = _MARKS[row.state]
    lines: list[RenderableType] = [
        Text(f"{mark} {visible(row.case.id)}  {row.case.category}  {row.state}", style=f"bold {style}"),
        *(Text(f"  {visible(each)}", style=style) for each in row.missing),
        *_expected(row.case),
    ]
    if row.error is not None:
        lines.append(Text(f"Error: {visible(row.error)}", style="bold red"))
    if row.answer is not None:
        lines += _found(row.answer)
        table = _table("measure", "value", "reason")
        for score in row.scores:
            table.add_row(score.name, "–" if score.value is None else f"{score.value:.3f}", Text(visible(score.reason)))
        lines.append(table)
    return Group(*lines)


def checker_table(reports: Sequence[checker.Report]) -> Table:
    """The power of the check by set. The last three columns are for comparison alone."""
    table = _table(
        "set",
        "answers",
        "faithful",
        "AUROC",
        "balanced accuracy",
        "F1 (unfaithful)",
        "recall at 10 % false alarms",
        "AUROC of length",
        "AUROC of overlap",
        "tuned on this set",
    )
    for each in reports:
        estimates = (each.auroc, each.balanced_accuracy, each.f1_unfaithful, each.recall_at_10)
        trivial = (_plain(each.by_length), _plain(each.by_overlap), f"{each.tuned:.3f}")
        table.add_row(each.set, str(each.count), str(each.faithful), *(str(value) for value in estimates), *trivial)
    return table


def answers_table(report: answers.Report) -> Table:
    """What the answers to a question set are worth."""
    table = _table("measure", "value, 95 % interval")
    table.add_row("questions", f"{report.count}, {report.answerable} of them answerable")
    table.add_row("RougeL, answerable, an abstention counts 0", str(report.rouge_l))
    table.add_row("RougeL, answerable and answered", str(report.rouge_l_answered))
    characters = report.characters
    table.add_row("characters, answerable and answered", "–" if characters.value is None else f"{characters.value:.0f}")
    table.add_row("answered, of the answerable", str(report.answered))
    table.add_row("abstained, of the unanswerable", str(report.abstained))
    table.add_row("risk over the coverage reached", "–" if report.risk is None else f"{report.risk:.3f}")
    return table


def junit(rows: Sequence[Row]) -> str:
    """The rows as JUnit XML: a suite a category, a failure or an error with its reasons. Without times."""
    root = ElementTree.Element("testsuites", {"name": "eval", **_counts(rows)})
    for category in sorted({row.case.category for row in rows}):
        inside = [row for row in rows if row.case.category == category]
        suite = ElementTree.SubElement(root, "testsuite", {"name": category, **_counts(inside)})
        for row in inside:
            case = ElementTree.SubElement(suite, "testcase", name=visible(row.case.id), classname=f"eval.{category}")
            if row.state == "failed":
                ElementTree.SubElement(case, "failure", message=visible("; ".join(row.missing)))
            elif row.state == "error":
                ElementTree.SubElement(case, "error", message=visible(row.error or ""))
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def visible(text: str) -> str:
    """The text on one line, with every character that steers a terminal or hides itself written out as an escape."""
    flat = " ".join(text.split())
    return "".join(
        each.encode("unicode_escape").decode("ascii") if unicodedata.category(each)[0] == "C" else each for each in flat
    )


def expected_lines(case: Case) -> list[tuple[str, str]]:
    """What a case asks and wants, as (label, text); only what it has."""
    pairs = [("question", case.question)]
    pairs += [("before that", f"{question} — {answer}") for question, answer in case.history]
    pairs.append(("answerable", case.answerable))
    pairs += [("must say", str(point)) for point in case.points]
    pairs += [("must not say", each) for each in case.forbidden]
    pairs += [("speaker", case.speaker)] if case.speaker else []
    pairs += [("must cite", file) for file in case.must_cite_files]
    pairs += [("restricted to", file) for file in case.files or ()]
    pairs += [("at most", f"{case.max_characters} characters")] if case.max_characters else []
    pairs += [("twin", case.twin)] if case.twin else []
    for number, alternative in enumerate(case.evidence, start=1):
        label = "evidence" if len(case.evidence) == 1 else f"evidence, way {number}"
        pairs += [(label, f"{quote.file}: {quote.quote}") for quote in alternative]
    return pairs


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for number, column in enumerate(columns):
        table.add_column(column, justify="left" if number == 0 else "right", overflow="fold")
    if columns[-1] == "reason":
        table.columns[-1].justify = "left"
    return table


def _category_row(table: Table, name: str, outcomes: Sequence[Outcome]) -> None:
    states = [outcome.state for outcome in outcomes]
    counts = [str(states.count(state)) for state in ("passed", "failed", "error")]
    table.add_row(name, str(len(outcomes)), *counts, str(estimate_of(outcomes, "passed")[0]))


def _differences_table(kind: str, differences: Sequence[Difference]) -> Table:
    table = _table(kind, "cases", "baseline", "now", "difference, 95 % interval")
    for each in differences:
        change = each.by.value or 0.0
        style = "" if abs(change) < 1e-9 else "bold"
        cells = (str(each.count), f"{each.before:.3f}", f"{each.after:.3f}", _signed(each.by))
        table.add_row(each.measure.replace("_", " ") if kind == "measure" else each.measure, *cells, style=style)
    return table


def _power_changes_table(comparison: Comparison) -> Table:
    table = _table("operator", "baseline", "now")
    for each in comparison.powers:
        name = f"{each.name} (false alarms)" if each.name in UNCHANGED else each.name
        style = "" if each.before == each.after else "bold"
        table.add_row(name, f"{each.before:.3f}", f"{each.after:.3f}", style=style)
    return table


def _signed(estimate: Estimate) -> str:
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return "–"
    return f"{estimate.value:+.3f} [{estimate.low:+.3f}, {estimate.high:+.3f}]"


def _plain(estimate: Estimate) -> str:
    return "–" if estimate.value is None else f"{estimate.value:.3f}"


def _row_line(row: Row) -> Text:
    mark, style = _MARKS[row.state]
    why = row.error or "; ".join(row.missing)
    critical = " (critical)" if row.case.critical else ""
    line = Text(f"{mark} {visible(row.case.id)}{critical}  ", style=style)
    return line.append(visible(why), style="default")


def _flip_line(what: str, flip: Flip, style: str) -> Text:
    critical = " (critical)" if flip.critical else ""
    return Text(f"{what}: {visible(flip.id)}{critical}  {flip.category}  {flip.before} → {flip.after}", style=style)


def _expected(case: Case) -> list[RenderableType]:
    return [
        Text("Expected", style="bold"),
        *(Text(f"  {name}: {visible(text)}") for name, text in expected_lines(case)),
    ]


def _found(answer: Answer) -> list[RenderableType]:
    lines: list[RenderableType] = [Text("Found", style="bold")]
    if answer.abstained:
        lines.append(Text(f"  no answer: {visible(answer.reason or '')}"))
    for name, text in (("searched for", answer.rewritten), ("note", answer.note)):
        lines += [Text(f"  {name}: {visible(text)}")] if text else []
    for statement in shown(answer):
        lines += _statement_lines(statement)
    if answer.withheld:
        lines.append(Text("Withheld", style="bold"))
    for statement in answer.withheld:
        lines += _statement_lines(statement)
    lines.append(Text("Retrieved", style="bold"))
    for rank, hit in enumerate(answer.hits, start=1):
        passage = hit.passage
        place = f"  {rank}. {visible(passage.file)} {passage.start}–{passage.end}  ({hit.score:.3f})  "
        lines.append(Text(place, style="cyan").append(visible(passage.text), style="default"))
    return lines


def _statement_lines(statement: Statement) -> list[RenderableType]:
    lines: list[RenderableType] = [
        Text(f"  {visible(statement.text)}"),
        Text(
            f"    {statement.verdict} ({statement.score:.2f}): {visible(statement.reason)}",
            style=_VERDICTS[statement.verdict],
        ),
    ]
    for each in statement.citations:
        lines.append(Text(f"    {visible(each.file)}:{each.line}  > {visible(each.quote)}", style="italic"))
    return lines


def _counts(rows: Sequence[Row]) -> dict[str, str]:
    return {
        "tests": str(len(rows)),
        "failures": str(sum(row.state == "failed" for row in rows)),
        "errors": str(sum(row.state == "error" for row in rows)),
    }
