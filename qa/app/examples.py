"""Documents to questions that can be put to them: made of their own sentences, kept if they are answered.

Knows nothing of pages. `is_answered` says whether a question has an answer that rests on a file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice, zip_longest

from qa.text.headings import headings
from qa.text.names import names
from qa.types import Document

_TRIED = 40
_OF_A_DOCUMENT = 12

_SAYING = r"(?:said|says|stated|states|warned|explained|stressed|added|emphasized|told)"
_BEGUN = re.compile(r"\b(announced|opened|founded|signed|published|launched|introduced|adopted) an? (\w+)\b(?! of)")
_NUMBERING = re.compile(r"^(?:\d+(?:\.\d+)*[.)]?|[A-Z][.)]|§ ?\d+)\s+")
_QUESTION = re.compile(
    r"(?:Who|What|When|Where|Why|Which|How (?:much|many|long|often)) (?:is|are|was|were|can|must|may|do|does)\b"
)


def examples(documents: Sequence[Document], *, count: int, is_answered: Callable[[str, str], bool]) -> tuple[str, ...]:
    """At most `count` questions, one of each document in turn."""
    suggested = zip_longest(*(islice(_questions(document), _OF_A_DOCUMENT) for document in documents))
    pairs = [(question, document.file) for row in suggested for question, document in zip(row, documents, strict=True)]
    found: list[str] = []
    for question, file in [(question, file) for question, file in pairs if question][:_TRIED]:
        if len(found) < count and question not in found and is_answered(question, file):
            found.append(question)
    return tuple(found)


def _questions(document: Document) -> Iterator[str]:
    """Questions that the text of a document suggests, the surest first."""
    text = document.text[:20_000]
    for match in _BEGUN.finditer(text):
        yield f"When was the {match[2]} {match[1]}?"
    for name in dict.fromkeys(text[each.start : each.end] for each in names(text) if len(each.parts) in (2, 3)):
        if re.search(
            rf"{re.escape(name)},? {_SAYING}\b|{_SAYING} {re.escape(name)}\b|\bspokes\w+ {re.escape(name)}\b", text
        ):
            yield f"What did {name} say?"
    for heading in headings(text):
        title = _NUMBERING.sub("", heading.title).rstrip(".:?! ")
        if _QUESTION.match(title):
            yield f"{title}?"
        elif heading.level > 1 and title.isascii() and 2 <= len(title.split()) <= 6:
            yield f"What is said about {title[0].lower()}{title[1:]}?"
