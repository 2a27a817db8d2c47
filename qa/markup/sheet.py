"""A page of a document as a picture to HTML, the cited words marked on it; or why there is none.

A help for the eyes: the words themselves are in the text beside it. Knows nothing of how the picture came about.
"""

from __future__ import annotations

from dataclasses import dataclass

from qa.markup.html import Html, element
from qa.text.visible import visible


@dataclass(frozen=True, slots=True)
class Sheet:
    """Page `number` of a file: `source` is the address of its picture, which is so many pixels wide and high.

    `boxes` are where the words are, in shares of the picture from its upper left corner: left, top, right, bottom.
    `goes_on`: more of the words are on the next page.
    """

    file: str
    number: int
    source: str
    width: int
    height: int
    boxes: tuple[tuple[float, float, float, float], ...]
    goes_on: bool = False


def sheet(shown: Sheet) -> Html:
    """The picture with the places marked, in a frame that scrolls; a button makes it larger."""
    marks = [element("span", {"class": "qa-region", "style": _style(*box)}) for box in shown.boxes]
    size: dict[str, str | int] = {"width": shown.width, "height": shown.height}
    image = element("img", {"src": shown.source, "alt": _said(shown), **size})
    frame: dict[str, str | int] = {
        "class": "qa-frame",
        "tabindex": 0,
        "role": "region",
        "aria-label": f"Page {shown.number} as a picture",
    }
    return element(
        "figure",
        {"class": "qa-sheet"},
        element(
            "figcaption",
            {"class": "qa-about"},
            element("span", {}, _caption(shown)),
            element("button", {"type": "button", "data-action": "zoom", "aria-pressed": "false"}, "Larger"),
        ),
        element("div", frame, element("div", {"class": "qa-paper"}, image, *marks)),
    )


def no_sheet(words: str) -> Html:
    """What is said where the picture would be: that it is on its way, or why there is none."""
    return element(
        "div",
        {"class": "qa-sheet"},
        element("p", {"class": "qa-about", "role": "status", "dir": "auto"}, visible(words)),
    )


def _said(shown: Sheet) -> str:
    marked = ", the cited words marked" if shown.boxes else ""
    return f"Page {shown.number} of {visible(shown.file)}{marked}"


def _caption(shown: Sheet) -> str:
    if not shown.boxes:
        return f"Page {shown.number} as it looks. Where the words are on it can not be told for sure, so nothing is marked."
    more = " They go on on the next page." if shown.goes_on else ""
    return f"Page {shown.number} as it looks, the words marked.{more}"


def _style(left: float, top: float, right: float, bottom: float) -> str:
    return f"left:{left:.3%};top:{top:.3%};width:{right - left:.3%};height:{bottom - top:.3%}"
