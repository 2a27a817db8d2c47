"""A document to HTML, with the words that were cited marked; where they are not there any more, it says so.

The text of the `mark` is exactly the quote, wherever it stands now. Never marks words that are not the quote.
"""

from __future__ import annotations

from dataclasses import dataclass

from qa.markup.html import Html, element
from qa.text.visible import visible
from qa.types import Document

_LONGEST = 400_000
"""Characters of a document that are shown; of a longer one, those around the quote."""


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for in a document: a quote, where it stood and, of a citation, the hash of the file it stood in."""

    file: str
    start: int
    quote: str
    sha256: str | None = None
    page: int | None = None


def is_unchanged(found: Document, sought: Sought) -> bool:
    """Whether the document is of the very file that was cited, and the quote where it stood."""
    return sought.sha256 == found.sha256 and _place(found.text, sought) == sought.start


def document(
    found: Document | None, sought: Sought, *, beside: Html | None = None, reason: str = "", key: int = 0
) -> Html:
    """The whole document as a dialog, at the quote. `found` is None where it can not be read, `reason` says why.

    `beside` is shown beside its text; `key` tells one opening from the next.
    """
    if found is None:
        notice = f"This document can not be shown: {visible(reason)}. The quote is what stood in it."
        parts = [_notice(notice), element("div", {"class": "qa-text"}, sought.quote)]
        return _dialog(sought.file, "", parts, key=key)
    start = _place(found.text, sought)
    has_changed = sought.sha256 is not None and sought.sha256 != found.sha256
    if start is None:
        notice = "This file has changed since, and the words are not in it any more, so nothing is marked."
        return _dialog(sought.file, "", [_notice(notice), _text(found.text, 0, 0)], key=key)
    line = f"line {1 + _lines(found.text, start):,}"
    if sought.page is not None:
        line = f"page {sought.page}, {line}"
    notices = []
    if found.encoding is None:
        notices.append(element("p", {"class": "qa-about"}, "This is the text that was read in the file."))
    if start != sought.start:
        notices.append(_notice("This file has changed since. The same words now stand in another place, marked here."))
    elif has_changed:
        notices.append(_notice("This file has changed since. The words marked are still the same."))
    text = [*notices, _text(found.text, start, start + len(sought.quote))]
    if beside is not None:
        text = [element("div", {"class": "qa-leaves"}, beside, element("div", {"class": "qa-leaf"}, *text))]
    return _dialog(sought.file, line, text, key=key)


def _place(text: str, sought: Sought) -> int | None:
    """Where the quote is now, the place nearest to the old one."""
    if text[sought.start : sought.start + len(sought.quote)] == sought.quote:
        return sought.start
    after = text.find(sought.quote, sought.start)
    before = text.rfind(sought.quote, 0, sought.start + len(sought.quote))
    places = [place for place in (before, after) if place >= 0]
    return min(places, key=lambda place: abs(place - sought.start), default=None)


def _lines(text: str, end: int) -> int:
    """Line ends before a place; "\\r\\n" is one."""
    return text.count("\n", 0, end) + text.count("\r", 0, end) - text.count("\r\n", 0, end)


def _dialog(file: str, where: str, parts: list[Html], *, key: int) -> Html:
    return element(
        "dialog",
        {"class": "qa-document", "data-key": key, "aria-labelledby": "qa-document-title"},
        element(
            "header",
            {},
            element("h2", {"id": "qa-document-title"}, visible(file)),
            element("span", {"class": "qa-place"}, where),
            element("button", {"type": "button", "data-action": "close"}, "Close"),
        ),
        *parts,
    )


def _notice(words: str) -> Html:
    return element("p", {"class": "qa-notice", "role": "status"}, words)


def _text(text: str, start: int, end: int) -> Html:
    left, right = max(0, start - _LONGEST // 2), end + _LONGEST // 2
    cut_before = f"… {left:,} characters before this are not shown …\n\n" if left else ""
    cut_after = f"\n\n… {len(text) - right:,} characters after this are not shown …" if right < len(text) else ""
    return element(
        "div",
        {"class": "qa-text", "tabindex": 0, "role": "document", "aria-label": "Text of the document", "dir": "auto"},
        cut_before,
        text[left:start],
        *([element("mark", {}, text[start:end])] if end > start else []),
        text[end:right],
        cut_after,
    )
