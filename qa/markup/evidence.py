"""The evidence of a turn to HTML: each cited passage with its quote marked, then what was found and not used.

Takes checked nouns only. The text of a `mark` is exactly the quote. Does not know whether a file has changed since:
`document` is told.
"""

from __future__ import annotations

from collections.abc import Sequence

from qa.markup.conversation import Turn, place
from qa.markup.html import Html, element, joined
from qa.text.visible import visible
from qa.types import Citation, Hit, Passage

_AROUND = 160
"""Characters of its passage that are shown on either side of a quote."""


def evidence(turn: Turn | None, *, number: int) -> Html:
    """The panel beside the answer of turn `number`; None before the first question."""
    if turn is None:
        return _panel(number, "Evidence", [element("p", {"class": "qa-hint"}, _HINT)])
    places = list(enumerate(turn.found))
    if turn.answer is not None and turn.answer.abstained:
        about = element("p", {"class": "qa-hint"}, "None of these answers the question; they are what comes nearest.")
        nearest = [_passage(index, hit) for index, hit in places[:3]]
        return _panel(number, "Nearest passages", [about, *nearest, _below("Found but not used", places[3:])])
    cards = [_card(index, each, turn) for index, each in enumerate(turn.cited, start=1)]
    unused = [(index, hit) for index, hit in places if not any(_holds(hit.passage, each) for each in turn.cited)]
    title = "Found but not used" if turn.is_over else "Found"
    return _panel(number, "Evidence", [element("ol", {}, *cards) if cards else "", _below(title, unused)])


_HINT = "Here the passages appear that prove an answer, each with the words that it rests on."


def _panel(number: int, title: str, parts: Sequence[str]) -> Html:
    return element(
        "section",
        {"class": "qa-evidence", "data-turn": number, "aria-label": title},
        element("h2", {}, title),
        *parts,
    )


def _card(number: int, citation: Citation, turn: Turn) -> Html:
    before, after = _around(citation, turn.found)
    proves = [each for each in turn.stated if citation in each.citations]
    return element(
        "li",
        {"class": "qa-card", "data-citation": number, "tabindex": -1, "aria-label": f"Evidence {number}"},
        _source(f"[{number}]", citation.file, place(citation)),
        element(
            "blockquote",
            {"dir": "auto"},
            *([element("span", {"class": "qa-around"}, before)] if before else []),
            element("mark", {}, citation.quote),
            *([element("span", {"class": "qa-around"}, after)] if after else []),
        ),
        *(element("p", {"class": "qa-why"}, f"Why it counts: {visible(each.reason)}.") for each in proves[:1]),
        element(
            "div",
            {"class": "qa-actions"},
            element("button", {"type": "button", "data-action": "open", "data-citation": number}, "Open in document"),
            element("button", {"type": "button", "data-action": "back"}, "Back to the answer"),
        ),
    )


def _source(label: str, file: str, where: str) -> Html:
    return element(
        "p",
        {"class": "qa-source"},
        element("span", {"class": "qa-number"}, label) if label else "",
        element("span", {"class": "qa-file"}, visible(file)),
        element("span", {"class": "qa-place"}, where),
    )


def _passage(index: int, hit: Hit) -> Html:
    passage = hit.passage
    where = f"page {passage.page}" if passage.page else ""
    return element(
        "div",
        {"class": "qa-card", "tabindex": -1, "data-hit": index},
        _source("", passage.file, where),
        element("blockquote", {"dir": "auto", "class": "qa-clamped"}, passage.text),
        element(
            "div",
            {"class": "qa-actions"},
            element("button", {"type": "button", "data-action": "open", "data-hit": index}, "Open in document"),
        ),
    )


def _below(title: str, hits: Sequence[tuple[int, Hit]]) -> Html:
    if not hits:
        return joined([])
    cards = [_passage(index, hit) for index, hit in hits]
    return element("details", {"class": "qa-unused"}, element("summary", {}, f"{title} ({len(hits)})"), *cards)


def _holds(passage: Passage, citation: Citation) -> bool:
    return passage.file == citation.file and passage.start < citation.end and citation.start < passage.end


def _around(citation: Citation, hits: Sequence[Hit]) -> tuple[str, str]:
    """What stands before and after the quote in the passage that it was found in."""
    for hit in hits:
        passage = hit.passage
        start, end = citation.start - passage.start, citation.end - passage.start
        if passage.file == citation.file and start >= 0 and passage.text[start:end] == citation.quote:
            return _tail(passage.text[:start]), _head(passage.text[end:])
    return "", ""


def _tail(text: str) -> str:
    return text if len(text) <= _AROUND else "… " + text[-_AROUND:].partition(" ")[2]


def _head(text: str) -> str:
    return text if len(text) <= _AROUND else text[:_AROUND].rpartition(" ")[0] + " …"
