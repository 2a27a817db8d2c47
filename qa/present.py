"""Answer to what a person reads. Pure: takes only checked nouns, never a draft, and prints nothing.

Text of documents and models is data: what could steer a terminal is made visible. Does not know where it is shown.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from rich.text import Text

from qa.types import Answer, Check, Citation, CitationStatus, Diagnosis, Passage, Statement, SyncReport

_MARKS = {
    "supported": ("✓", "green"),
    "partial": ("~", "yellow"),
    "contradicted": ("✗", "red"),
    "unsupported": ("✗", "red"),
}

_LONGEST_SNIPPET = 160


def answer_text(answer: Answer, *, has_statements: bool = True) -> Text:
    """An answer for the terminal: its text, how it came about, what was withheld, and every citation with its quote.

    Without its statements where these were shown before, as they came.
    """
    lines = []
    if answer.abstained:
        lines.append(Text(f"No answer. {visible(answer.reason or '')}"))
    elif has_statements:
        lines.append(Text(visible(answer.text)))
    lines += [Text(each, style="yellow") for each in _remarks(answer)]
    for statement in answer.withheld:
        lines.append(Text(f"Withheld a statement: {visible(statement.reason)}.", style="dim"))
    if answer.citations:
        lines.append(Text())
        lines += [_citation_line(number, each) for number, each in enumerate(answer.citations, start=1)]
    elif answer.hits:
        lines += [Text(), Text("The nearest passages:")]
        lines += [_passage_line(hit.passage) for hit in answer.hits[:3]]
    return Text("\n").join(lines)


def statement_text(statement: Statement, numbers: dict[Citation, int]) -> Text:
    """A statement with the numbers of its citations. `numbers` are those given so far; new ones are added to them."""
    markers = "".join(f"[{numbers.setdefault(each, len(numbers) + 1)}]" for each in statement.citations)
    return Text(f"{visible(statement.text)} {markers}")


def _remarks(answer: Answer) -> list[str]:
    """How the answer came about: what was searched for, what went wrong, who wrote it at which cost."""
    remarks = [f"Understood as: {visible(answer.rewritten)}"] if answer.rewritten else []
    remarks += ["The documents disagree; each side is shown with its source."] if answer.conflicts else []
    remarks += [visible(answer.note)] if answer.note else []
    if answer.usage:
        tokens = [answer.usage.prompt_tokens, answer.usage.completion_tokens]
        counted = f", {tokens[0]:,} + {tokens[1]:,} tokens" if None not in tokens else ""
        times = "attempt" if answer.usage.attempts == 1 else "attempts"
        remarks.append(
            f"{visible(answer.engine)}: {answer.usage.attempts} {times}, {answer.usage.seconds:.1f} s{counted}"
        )
    return remarks


def check_text(check: Check) -> Text:
    """A check for the terminal: each statement with its verdict and the reason, then the verdict of the whole."""
    lines = [
        _marked(each.verdict, f"{visible(each.text)}\n    {each.verdict}: {visible(each.reason)}")
        for each in check.statements
    ]
    lines.append(Text(f"{check.verdict} ({check.score:.2f})", style="bold"))
    return Text("\n").join(lines)


def receipt_text(statuses: Sequence[CitationStatus], unsupported: Sequence[Statement], *, altered: bool) -> Text:
    """What became of an answer's citations, a line each, its statements that their quotes do not support, and whether its
    text was altered."""
    lines = []
    for number, each in enumerate(statuses, start=1):
        mark, style = ("✓", "green") if each.status == "intact" else ("✗", "red")
        where = f"{visible(each.citation.file)}:{each.citation.line}"
        lines.append(Text(f"{mark} [{number}] {where} {each.status}", style=style))
    if not lines:
        lines.append(Text("The receipt cites nothing, so there is nothing to prove."))
    lines += [Text(f"✗ not supported by its citations: {visible(each.text)}", style="red") for each in unsupported]
    if altered:
        lines.append(Text("✗ the text of the receipt is not that of its statements", style="red"))
    return Text("\n").join(lines)


def sync_text(report: SyncReport) -> Text:
    """What an indexing run did, with what there is to know of files that were read, and every file left out and why."""
    counts = {
        "added": len(report.added),
        "changed": len(report.changed),
        "removed": len(report.removed),
        "unchanged": len(report.unchanged),
        "skipped": len(report.skipped),
    }
    lines = [Text(", ".join(f"{number} {name}" for name, number in counts.items()))]
    lines += [Text(f"Note on {visible(each.file)}: {visible(each.remark)}") for each in report.remarks]
    lines += [Text(f"Skipped {visible(each.file)}: {visible(each.reason)}", style="yellow") for each in report.skipped]
    return Text("\n").join(lines)


def diagnosis_text(diagnosis: Diagnosis) -> Text:
    """What is wrong with an index, a line for each, and whether it has been put right."""
    lines = [Text(f"{each.part}: {visible(each.what)}", style="yellow") for each in diagnosis.faults]
    holds = f"{_counted(diagnosis.files, 'file')} with {_counted(diagnosis.passages, 'passage')}"
    if diagnosis.mended:
        lines.append(Text(f"All of this was put right; the index holds {holds}.", style="green"))
    elif diagnosis.faults:
        lines.append(Text("`qa doctor` without --look puts this right."))
    elif not diagnosis.files:
        lines.append(Text("Nothing of this folder is indexed yet; `qa index` does that."))
    else:
        lines.append(Text(f"The index is sound; it holds {holds}.", style="green"))
    return Text("\n").join(lines)


def visible(text: str) -> str:
    r"""The text with every character that steers a terminal or hides itself written out, as in "\x1b" or "\u202e".

    Line ends and tabs become spaces. What is written out: the categories Cc, Cf, Cs, Co and Cn of Unicode.
    """
    flat = " ".join(text.split())
    return "".join(
        each.encode("unicode_escape").decode("ascii") if unicodedata.category(each)[0] == "C" else each for each in flat
    )


def _counted(number: int, thing: str) -> str:
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def _citation_line(number: int, citation: Citation) -> Text:
    page = f" (page {citation.page})" if citation.page else ""
    line = Text(f"[{number}] ", style="bold")
    line.append(f"{visible(citation.file)}:{citation.line}{page}", style="cyan")
    return line.append(f"\n    > {visible(citation.quote)}", style="italic")


def _passage_line(passage: Passage) -> Text:
    snippet = visible(passage.text)
    if len(snippet) > _LONGEST_SNIPPET:
        snippet = snippet[:_LONGEST_SNIPPET].rsplit(" ", 1)[0] + " …"
    return Text("  ").append(visible(passage.file), style="cyan").append(f"  {snippet}")


def _marked(verdict: str, text: str) -> Text:
    mark, style = _MARKS[verdict]
    return Text(f"{mark} ", style=style).append(text, style="default")
