"""A run as one HTML page that opens offline: figures, flips, and each case side by side with what was found.

Styles, script and drawings are inside the page, its policy forbids it to load anything, and every text of a case or a
document is escaped. Holds no time, so that the same run is the same page. Knows layout only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from importlib.resources import files

from eval import charts
from eval.cases import Case
from eval.gate import UNCHANGED, Comparison, Flip, estimate_of, measures_of
from eval.metrics import confidence, shown
from eval.record import Outcome, Power, Record
from eval.report import expected_lines
from eval.run import Row
from eval.statistics import Estimate, area_under, calibration, risk_coverage
from qa import Answer, Hit, Statement

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"


def page(record: Record, rows: Sequence[Row], baseline: Record | None, comparison: Comparison | None) -> str:
    """The page. Without a comparable baseline it says so, and leaves out what would need one."""
    body = [
        _head(record, rows, comparison),
        '<section class="charts">',
        _categories(record, baseline),
        _powers(record.powers, comparison),
        _scatter(comparison),
        _risk(rows),
        _calibration(rows),
        "</section>",
        _flips(comparison),
        _measures(record),
        _cases(rows),
    ]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><title>Evaluation of qa</title>'
        f"<style>{_file('page.css')}</style></head><body>\n{''.join(body)}\n<script>{_file('page.js')}</script></body></html>\n"
    )


def _file(name: str) -> str:
    return (files("eval") / name).read_text("utf-8")


def _head(record: Record, rows: Sequence[Row], comparison: Comparison | None) -> str:
    states = [row.state for row in rows]
    tiles = [_tile(name, str(states.count(name)), name) for name in ("passed", "failed", "error") if name in states]
    for measure in ("correct", "faithfulness", "citation_validity", "unanswerable_accuracy", "answered"):
        value, count = estimate_of(record.outcomes, measure)
        if value.value is not None:
            tiles.append(_tile(f"{measure.replace('_', ' ')} ({count})", f"{value.value:.3f}", ""))
    settings = ", ".join(
        f"{escape(name)} {escape(str(value))}" for name, value in record.configuration.items() if value is not None
    )
    hashes = f"cases {record.cases[:12]}, documents {record.corpus[:12]}, code {record.code[:12]}"
    return (
        f"<h1>Evaluation of qa: {len(rows)} cases</h1>"
        f'<p class="soft">{settings}<br>{escape(hashes)}</p><div class="tiles">{"".join(tiles)}</div>'
        f"{_verdict(comparison)}"
    )


def _verdict(comparison: Comparison | None) -> str:
    if comparison is None:
        return '<p class="soft">There is no baseline that this run could be compared with.</p>'
    if not comparison.regressions:
        return '<p class="passed">No regression against the baseline.</p>'
    return "".join(f'<p class="failed">Regression: {escape(each)}.</p>' for each in comparison.regressions)


def _tile(name: str, value: str, kind: str) -> str:
    return f'<div class="tile {kind}"><b>{escape(value)}</b>{escape(name)}</div>'


def _figure(title: str, note: str, drawing: str) -> str:
    return f"<figure><figcaption>{escape(title)}<small>{escape(note)}</small></figcaption>{drawing}</figure>"


def _categories(record: Record, baseline: Record | None) -> str:
    rows = []
    for category in [*sorted({outcome.category for outcome in record.outcomes}), None]:
        inside = _of(record.outcomes, category)
        before = estimate_of(_of(baseline.outcomes, category), "passed")[0].value if baseline else None
        passed = sum(outcome.state == "passed" for outcome in inside)
        share = estimate_of(inside, "passed")[0]
        rows.append(charts.Bar(category or "all", share, before, f"{passed} of {len(inside)}"))
    note = "The share of cases that pass, with 95 % intervals over clusters; a red line is the baseline."
    return _figure("Categories", note, charts.bars("The share of cases that pass, by category", rows))


def _of(outcomes: Sequence[Outcome], category: str | None) -> list[Outcome]:
    return [outcome for outcome in outcomes if category in (None, outcome.category)]


def _scatter(comparison: Comparison | None) -> str:
    if comparison is None:
        return ""
    places: dict[tuple[float, float], list[str]] = {}
    for each in comparison.categories:
        places.setdefault((each.before, each.after), []).append(each.measure)
    dots = [
        charts.Dot(x, y, f"{', '.join(names)}: {x:.2f} → {y:.2f}", len(names))
        for (x, y), names in sorted(places.items())
    ]
    drawing = charts.square("Baseline and now", across="baseline", up="now", dots=dots, diagonal=True)
    return _figure(
        "Against the baseline", "A dot is a category, or several at one place; below the line it sank.", drawing
    )


def _risk(rows: Sequence[Row]) -> str:
    curve = risk_coverage([(confidence(row.answer), row.state != "passed") for row in rows if row.answer])
    area = area_under(curve)
    if area is None:
        return ""
    dots = [charts.Dot(*curve[-1], f"all that was answered: coverage {curve[-1][0]:.2f}, risk {curve[-1][1]:.2f}")]
    drawing = charts.square(
        "Risk against coverage", across="coverage", up="risk", dots=dots, line=curve, diagonal=False
    )
    note = f"The share of wrong answers among the surest; the mean of the curve is {area:.3f}."
    return _figure("Risk against coverage", note, drawing)


def _calibration(rows: Sequence[Row]) -> str:
    told = [
        (sure, row.state == "passed") for row in rows if row.answer and (sure := confidence(row.answer)) is not None
    ]
    found = calibration(told)
    if found is None:
        return ""
    dots = [
        charts.Dot(each.confidence, each.accuracy, f"{each.answers} answers: {each.accuracy:.2f} right", each.answers)
        for each in found.bins
    ]
    drawing = charts.square("Calibration", across="confidence", up="share right", dots=dots, diagonal=True)
    note = f"Expected error {found.expected_error:.3f}, Brier score {found.brier:.3f}, over {len(told)} answers."
    return _figure("Calibration", note, drawing)


def _powers(powers: Mapping[str, Power], comparison: Comparison | None) -> str:
    if not powers:
        return ""
    before = {each.name: each.before for each in comparison.powers} if comparison else {}
    rows = []
    for name, power in powers.items():
        label = f"{name} (false alarms)" if name in UNCHANGED else name
        share = Estimate(power.rate, None, None)
        rows.append(charts.Bar(label, share, before.get(name), f"{power.flagged} of {power.count}"))
    note = "What the check flags: mutants of sentences, by operator, then sentences that say what the document says."
    return _figure("Mutation tests", note, charts.bars("The share that the check flags, by operator", rows))


def _flips(comparison: Comparison | None) -> str:
    if comparison is None:
        return ""
    flips = [*comparison.failing, *comparison.passing]
    lines = "".join(_flip(flip) for flip in flips) or "<p>No case flipped.</p>"
    return f"<h2>Flipped cases</h2>{lines}"


def _flip(flip: Flip) -> str:
    name = escape(flip.id, quote=True)
    critical = " (critical)" if flip.critical else ""
    return (
        f'<p class="{flip.after}"><a href="#{name}">{name}</a>{critical} '
        f'<span class="soft">{escape(flip.category)}</span> '
        f"{escape(flip.before)} → {escape(flip.after)}</p>"
    )


def _measures(record: Record) -> str:
    lines = []
    for measure in measures_of(record.outcomes):
        value, count = estimate_of(record.outcomes, measure)
        lines.append(f"<tr><td>{escape(measure.replace('_', ' '))}</td><td>{count}</td><td>{value}</td></tr>")
    return f"<h2>Measures</h2><table><tr><th>measure</th><th>cases</th><th>mean, 95 %</th></tr>{''.join(lines)}</table>"


def _cases(rows: Sequence[Row]) -> str:
    ticks = "".join(
        f'<label><input type="checkbox" name="state" value="{state}" checked> {state}</label>'
        for state in ("passed", "failed", "error")
    )
    tools = (
        '<div class="tools"><input type="search" id="filter" placeholder="Filter: words of a case, its id or category" '
        f'aria-label="Filter">{ticks}<span id="count" class="soft"></span></div>'
    )
    order = {"error": 0, "failed": 1, "passed": 2}
    cards = "".join(_card(row) for row in sorted(rows, key=lambda row: order[row.state]))
    return f"<h2>Cases</h2>{tools}{cards}"


def _card(row: Row) -> str:
    case = row.case
    why = row.error or "; ".join(row.missing)
    reason = f'<span class="why {row.state}">{escape(why)}</span>' if why else ""
    critical = " <b>critical</b>" if case.critical else ""
    found = _found(row.answer) if row.answer else f'<p class="error">{escape(row.error or "")}</p>'
    retrieved = _retrieved(row.answer, case) if row.answer else ""
    return (
        f'<details class="case" id="{escape(case.id, quote=True)}" data-state="{row.state}"><summary>'
        f'<span class="state {row.state}">{row.state}</span><code>{escape(case.id)}</code>'
        f'<span class="soft">{escape(case.category)}{critical}</span>'
        f"<span>{escape(case.question)}</span>{reason}</summary>"
        f'<div class="sides"><div><h3>Expected</h3>{_expected(case)}</div><div><h3>Found</h3>{found}</div></div>'
        f"{_scores(row)}{retrieved}</details>\n"
    )


def _expected(case: Case) -> str:
    lines = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in expected_lines(case))
    return f"<dl>{lines}</dl>"


def _found(answer: Answer) -> str:
    parts = [f"<p>No answer. {escape(answer.reason or '')}</p>"] if answer.abstained else []
    for name, text in (("Searched for", answer.rewritten), ("Note", answer.note)):
        parts += [f'<p class="soft">{name}: {escape(text)}</p>'] if text else []
    parts += [_statement(statement) for statement in shown(answer)]
    if answer.withheld:
        parts.append("<h3>Withheld</h3>")
    parts += [_statement(statement) for statement in answer.withheld]
    return "".join(parts)


def _statement(statement: Statement) -> str:
    quotes = "".join(
        f"<blockquote>{escape(each.quote)}<br><code>{escape(each.file)}:{each.line}</code></blockquote>"
        for each in statement.citations
    )
    verdict = f'<span class="{statement.verdict}">{statement.verdict} ({statement.score:.2f})</span>'
    return f'<p>{escape(statement.text)}<br>{verdict} <span class="soft">{escape(statement.reason)}</span></p>{quotes}'


def _scores(row: Row) -> str:
    lines = "".join(
        f"<tr><td>{escape(score.name.replace('_', ' '))}</td><td>{score.value:.3f}</td>"
        f'<td class="soft">{escape(score.reason)}</td></tr>'
        for score in row.scores
        if score.value is not None
    )
    return f"<details><summary>Measures</summary><table>{lines}</table></details>" if lines else ""


def _retrieved(answer: Answer, case: Case) -> str:
    gold = {quote for alternative in case.evidence for quote in alternative}
    passages = "".join(
        _passage(rank, hit, [quote.quote for quote in gold if quote.file == hit.passage.file])
        for rank, hit in enumerate(answer.hits, start=1)
    )
    return f"<details><summary>Retrieved passages ({len(answer.hits)})</summary>{passages}</details>"


def _passage(rank: int, hit: Hit, gold: Sequence[str]) -> str:
    """A passage with the gold quotes in it marked."""
    text = hit.passage.text
    marked = {place for quote in gold if (start := text.find(quote)) >= 0 for place in range(start, start + len(quote))}
    parts = []
    for place, letter in enumerate(text):
        if place in marked and place - 1 not in marked:
            parts.append("<mark>")
        parts.append(escape(letter))
        if place in marked and place + 1 not in marked:
            parts.append("</mark>")
    where = f"{rank}. {hit.passage.file} {hit.passage.start}–{hit.passage.end} ({hit.score:.3f})"
    return f'<p class="passage"><code>{escape(where)}</code>\n{"".join(parts)}</p>'
