"""Draft to Answer: every quote is read again from the file on disk, every statement is held against what it cites.

In goes an untrusted draft with the passages it was made from; out comes an Answer, and nowhere else is one made. What
can not be proven is withheld with the reason. Does not know how a draft was written, nor where files are: `read` does.
"""

from __future__ import annotations

import functools
import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal

from qa.check import check_statement
from qa.types import (
    Answer,
    Citation,
    CitationStatus,
    Document,
    Draft,
    DraftStatement,
    Finding,
    Hit,
    Sentence,
    Statement,
    UnreadableDocument,
)

Read = Callable[[str], Document]
"""File, relative to the corpus -> its document as it is on disk now. Raises UnreadableDocument."""

_LINE_END = re.compile(r"\r\n|\r|\n")


def prove(draft: Draft, hits: Sequence[Hit], *, read: Read) -> Answer:
    """The answer that the draft's provable statements make; the others are withheld, each with its reason."""
    document_of = _kept(read)
    statements = [_proven(statement, document_of) for statement in draft.statements]
    shown = tuple(statement for statement in statements if statement.verdict == "supported")
    withheld = tuple(statement for statement in statements if statement.verdict != "supported")
    return Answer(
        question=draft.question,
        engine=draft.engine,
        statements=shown,
        withheld=withheld,
        conflicts=(),
        hits=tuple(hits),
        reason=None if shown else _reason(draft, withheld),
        note=draft.note,
        incomplete=draft.incomplete,
        usage=draft.usage,
    )


def reprove(answer: Answer, *, read: Read) -> tuple[CitationStatus, ...]:
    """What became of each citation of an answer, shown or withheld, in the files as they are now."""
    document_of = _kept(read)
    held = (citation for statement in answer.withheld for citation in statement.citations)
    return tuple(_status(citation, document_of) for citation in dict.fromkeys([*answer.citations, *held]))


def _kept(read: Read) -> Callable[[str], Document | None]:
    """`read`, each file once for one answer; None where the file is gone or can not be read any more."""

    @functools.cache
    def kept(file: str) -> Document | None:
        try:
            return read(file)
        except UnreadableDocument:
            return None

    return kept


def _proven(statement: DraftStatement, document_of: Callable[[str], Document | None]) -> Statement:
    if not statement.sources:
        return _withheld(statement, "it names no source")
    citations = []
    for source in _joined(statement.sources):
        document = document_of(source.passage.file)
        if document is None:
            return _withheld(statement, f"its source {source.passage.file!r} is gone or can not be read any more")
        quote = document.text[source.start : source.end]
        if quote != source.text:
            return _withheld(statement, f"its source {source.passage.file!r} has changed since it was indexed")
        citations.append(_citation(document, source.start, source.end))
    finding = check_statement(statement.text, [citation.quote for citation in citations])
    return _checked(finding, tuple(citations))


def _joined(sources: Sequence[Sentence]) -> list[Sentence]:
    """The sources with neighbours of one passage made one, so that two sentences in a row are one citation."""
    joined: list[Sentence] = []
    for source in sorted(dict.fromkeys(sources), key=lambda each: (each.passage.file, each.start)):
        last = joined[-1] if joined else None
        if last and last.passage == source.passage:
            between = source.passage.text[last.end - source.passage.start : source.start - source.passage.start]
            if not between.strip():
                joined[-1] = replace(last, end=source.end, similarity=max(last.similarity, source.similarity))
                continue
        joined.append(source)
    order = {source.passage.file: position for position, source in reversed(list(enumerate(sources)))}
    return sorted(joined, key=lambda each: (order[each.passage.file], each.start))


def _citation(document: Document, start: int, end: int) -> Citation:
    page = bisect_right([page.start for page in document.pages], start)
    return Citation(
        file=document.file,
        start=start,
        end=end,
        quote=document.text[start:end],
        line=1 + len(_LINE_END.findall(document.text, 0, start)),
        page=page or None,
        sha256=document.sha256,
    )


def _checked(finding: Finding, citations: tuple[Citation, ...]) -> Statement:
    return Statement(finding.text, finding.verdict, finding.score, finding.reason, citations)


def _withheld(statement: DraftStatement, reason: str) -> Statement:
    return Statement(statement.text, "unsupported", 0.0, reason, ())


def _reason(draft: Draft, withheld: tuple[Statement, ...]) -> str:
    if not withheld:
        return draft.reason or "The documents do not answer the question."
    return f"Nothing that was found could be proven: {withheld[0].reason}."


def _status(citation: Citation, document_of: Callable[[str], Document | None]) -> CitationStatus:
    document = document_of(citation.file)
    if document is None:
        return CitationStatus(citation, "gone", None)
    if document.text[citation.start : citation.end] == citation.quote:
        return CitationStatus(citation, "intact", citation.start)
    start = _nearest(document.text, citation.quote, citation.start)
    status: Literal["moved", "changed"] = "changed" if start is None else "moved"
    return CitationStatus(citation, status, start)


def _nearest(text: str, quote: str, start: int) -> int | None:
    """Where the quote stands nearest to its old place."""
    after = text.find(quote, start)
    before = text.rfind(quote, 0, start + len(quote))
    places = [place for place in (before, after) if place >= 0]
    return min(places, key=lambda place: abs(place - start)) if places and quote else None
