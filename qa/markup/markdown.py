"""An answer to Markdown, for pasting somewhere else: its text with its markers, then each citation with its quote.

What could be read as markup in a document's or a model's text is escaped, so that it says the same wherever it is pasted.
"""

from __future__ import annotations

import re

from qa.text.visible import visible
from qa.types import Answer

_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~!&])")


def markdown(answer: Answer) -> str:
    """The question as a heading, the answer or why there is none, and the citations as footnotes with their quotes."""
    lines = [f"**{_plain(answer.question)}**", ""]
    if answer.abstained:
        lines.append(f"No answer. {_plain(answer.reason or '')}")
    numbers = {citation: number for number, citation in enumerate(answer.citations, start=1)}
    for statement in answer.statements:
        markers = "".join(f"[{numbers[each]}]" for each in statement.citations)
        lines += [f"{_plain(statement.text)} {markers}", ""]
    if answer.note:
        lines += [_plain(answer.note), ""]
    for citation, number in numbers.items():
        page = f", page {citation.page}" if citation.page else ""
        lines += [f"[{number}] {_plain(citation.file)}, line {citation.line}{page}", f"> {_plain(citation.quote)}", ""]
    return "\n".join(lines).strip() + "\n"


def _plain(text: str) -> str:
    return _MARKUP.sub(r"\\\1", visible(text))
