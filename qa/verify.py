"""Draft to Answer: every quote is read again from the file on disk, every statement is held against what it cites.

In goes an untrusted draft with the passages it was made from; out comes an Answer, and nowhere else is one made. What
can not be proven is withheld with the reason. Does not know how a draft was written, nor where files are: `read` does.
"""

from __future__ import annotations

import functools
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Literal

from qa.check import check_statement
from qa.types import (
    Answer,
    Citation,
    CitationStatus,
    Conflict,
    Document,
    Draft,
    DraftStatement,
    Finding,
    Hit,
    Passage,
    Sentence,
    Statement,
    UnreadableDocument,
    WrongUse,
)

Read = Callable[[str], Document]
"""File, relative to the corpus -> its document as it is on disk now. Raises UnreadableDocument."""

_LINE_END = re.compile(r"\r\n|\r|\n")


def prove(draft: Draft, hits: Sequence[Hit], *, read: Read, others: Sequence[Sentence] = ()) -> Answer:
    """The answer that the draft's provable statements make; the others are withheld, each with its reason.

    `others` are the sentences that were found: a statement that its own sources do not support may rest on these.
    """
    proven = prover(read=read, others=others)
    statements = [proven(statement) for statement in draft.statements]
    return assembled(draft, statements, hits, rivals=[proven(rival) for rival in draft.rivals])


def prover(*, read: Read, others: Sequence[Sentence] = ()) -> Callable[[DraftStatement], Statement]:
    """`prove` for one statement after the other, as they come; a file is read once for all of them."""
    document_of = _kept(read)

    def proven(statement: DraftStatement) -> Statement:
        cited = _cited(statement, document_of)
        if cited.verdict == "supported":
            return cited
        elsewhere = _elsewhere(statement, others, document_of)
        if elsewhere is not None and (elsewhere.verdict == "supported" or not statement.sources):
            return elsewhere
        return cited

    return proven


def assembled(
    draft: Draft, statements: Sequence[Statement], hits: Sequence[Hit], *, rivals: Sequence[Statement] = ()
) -> Answer:
    """The answer from a draft's statements and rivals, once they are proven or withheld.

    Where one source contradicts another both are shown, each with its citation: which is right no check can say.
    """
    shown = tuple(statement for statement in statements if statement.verdict == "supported")
    conflicts = tuple(_conflicts(draft.question, shown, [each for each in rivals if each.verdict == "supported"]))
    shown += tuple(side for conflict in conflicts for side in conflict.sides if side not in shown)
    withheld = tuple(statement for statement in statements if statement.verdict != "supported")
    return Answer(
        question=draft.question,
        engine=draft.engine,
        statements=shown,
        withheld=withheld,
        conflicts=conflicts,
        hits=tuple(hits),
        reason=None if shown else _reason(draft, withheld),
        note=draft.note,
        incomplete=draft.incomplete,
        usage=draft.usage,
        confidence=draft.confidence,
    )


def together(question: str, answers: Sequence[Answer]) -> Answer:
    """The answers to the parts of a question as one; `note` names the parts that have none. At least two."""
    unanswered = [each for each in answers if each.abstained]
    sure = [each.confidence for each in answers if each.confidence is not None and not each.abstained]
    missing = " ".join(f"Not answered: {each.question} {each.reason}" for each in unanswered)
    hits = {hit.passage: hit for each in reversed(answers) for hit in each.hits}
    return Answer(
        question=question,
        engine=answers[0].engine,
        statements=tuple(dict.fromkeys(statement for each in answers for statement in each.statements)),
        withheld=tuple(dict.fromkeys(statement for each in answers for statement in each.withheld)),
        conflicts=tuple(conflict for each in answers for conflict in each.conflicts),
        hits=tuple(sorted(hits.values(), key=lambda hit: -hit.score)),
        reason=missing if len(unanswered) == len(answers) else None,
        note=missing if 0 < len(unanswered) < len(answers) else None,
        confidence=min(sure, default=None),
    )


def reprove(answer: Answer, *, read: Read) -> tuple[CitationStatus, ...]:
    """What became of each citation of an answer, shown or withheld, in the files as they are now.

    One whose line or page is not that of its words is `moved`. Raises WrongUse for one that no answer has, as a receipt
    may that was written by hand.
    """
    document_of = _kept(read)
    sides = (side for conflict in answer.conflicts for side in conflict.sides)
    for statement in (*answer.statements, *sides, *answer.withheld):
        for citation in statement.citations:
            _look_at(citation)
    held = (citation for statement in answer.withheld for citation in statement.citations)
    return tuple(_status(citation, document_of) for citation in dict.fromkeys([*answer.citations, *held]))


def _conflicts(question: str, shown: Sequence[Statement], rivals: Sequence[Statement]) -> Iterator[Conflict]:
    """The first rival of each statement that contradicts it."""
    for statement in shown:
        for rival in rivals:
            if _disagree(statement, rival):
                yield Conflict(question, (statement, rival))
                break


def _disagree(statement: Statement, other: Statement) -> bool:
    """Whether one contradicts the other. What one says beyond the other may leave the other direction undecided."""
    there = check_statement(other.text, [statement.text]).verdict
    back = check_statement(statement.text, [other.text]).verdict
    return "contradicted" in (there, back) and "supported" not in (there, back)


def _kept(read: Read) -> Callable[[str], Document | None]:
    """`read`, each file once for one answer; None where the file is gone or can not be read any more."""

    @functools.cache
    def kept(file: str) -> Document | None:
        try:
            return read(file)
        except UnreadableDocument:
            return None

    return kept


def _cited(statement: DraftStatement, document_of: Callable[[str], Document | None]) -> Statement:
    """The statement held against the sources that it names."""
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


def _elsewhere(
    statement: DraftStatement, others: Sequence[Sentence], document_of: Callable[[str], Document | None]
) -> Statement | None:
    """The statement held against every passage found, citing the sentences that decided; None where there are none."""
    passages = [passage for passage in dict.fromkeys(each.passage for each in others) if _stands(passage, document_of)]
    if not passages:
        return None
    finding = check_statement(statement.text, [passage.text for passage in passages])
    if finding.evidence is None or finding.span is None:
        return _withheld(statement, finding.reason)
    passage = passages[finding.evidence]
    start, end = passage.start + finding.span.start, passage.start + finding.span.end
    touched = [each for each in others if each.passage == passage and each.start < end and start < each.end]
    document = document_of(passage.file)
    if not touched or document is None:
        return _withheld(statement, finding.reason)
    # Held against these sentences once more: they are what the reader is shown as the proof. Each is cited by itself
    # where one that is not among `others` stands between them.
    citations = tuple(_citation(document, each.start, each.end) for each in _joined(touched))
    return _checked(check_statement(statement.text, [each.quote for each in citations]), citations)


def _stands(passage: Passage, document_of: Callable[[str], Document | None]) -> bool:
    """Whether the file still has the passage in its place."""
    document = document_of(passage.file)
    return document is not None and document.text[passage.start : passage.end] == passage.text


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


def _look_at(citation: Citation) -> None:
    """Raise WrongUse where a value is not of its kind."""
    texts = {"file": citation.file, "quote": citation.quote, "sha256": citation.sha256}
    numbers = {"start": citation.start, "end": citation.end, "line": citation.line, "page": citation.page or 0}
    wrong = [name for name, value in texts.items() if not isinstance(value, str)]
    wrong += [name for name, value in numbers.items() if type(value) is not int]
    if wrong:
        raise WrongUse(
            f"The {wrong[0]} of a citation is none that `qa` has written; make a receipt with `qa ask --json`."
        )


def _status(citation: Citation, document_of: Callable[[str], Document | None]) -> CitationStatus:
    document = document_of(citation.file)
    if document is None:
        return CitationStatus(citation, "gone", None)
    if citation.start >= 0 and document.text[citation.start : citation.end] == citation.quote:
        now = _citation(document, citation.start, citation.end)
        is_there = (now.line, now.page) == (citation.line, citation.page)
        return CitationStatus(citation, "intact" if is_there else "moved", citation.start)
    start = _nearest(document.text, citation.quote, max(0, citation.start))
    status: Literal["moved", "changed"] = "changed" if start is None else "moved"
    return CitationStatus(citation, status, start)


def _nearest(text: str, quote: str, start: int) -> int | None:
    """Where the quote stands nearest to its old place."""
    after = text.find(quote, start)
    before = text.rfind(quote, 0, start + len(quote))
    places = [place for place in (before, after) if place >= 0]
    return min(places, key=lambda place: abs(place - start)) if places and quote else None
