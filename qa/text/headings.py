"""A text in, its Markdown headings out: their place, level and title.

A line that only looks like a heading (short, alone) is none: nothing tells "Results" from "Connect with us".
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_FENCE = re.compile(r"\s{0,3}(?:```|~~~)")
_ATX = re.compile(r"\s{0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#*)?\s*\Z", re.DOTALL)
_UNDERLINE = re.compile(r"(?:={3,}|-{3,})\s*\Z")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_EMPHASIS = re.compile(r"(?<!\w)[*_`]+|[*_`]+(?!\w)")


@dataclass(frozen=True, slots=True)
class Heading:
    """The line `text[start:end]` without white space around it; `level` is 1 to 6, `title` what a reader sees of it."""

    start: int
    end: int
    level: int
    title: str


def headings(text: str) -> list[Heading]:
    """The Markdown headings of a text in order: "## Title", or a title underlined with === or ---.

    Lines between code fences are none (https://spec.commonmark.org/0.31.2/#fenced-code-blocks).
    """
    if "#" not in text and "===" not in text and "---" not in text:
        return []
    found: list[Heading] = []
    position = 0
    fenced = False
    before, last = "", ""
    for line in text.splitlines(keepends=True):
        bare = line.rstrip()
        if _FENCE.match(line):
            fenced = not fenced
        elif not fenced and (atx := _ATX.match(bare)):
            start = position + line.index("#")
            found.append(Heading(start, position + len(bare), len(atx[1]), readable(atx[2] or "")))
        elif not fenced and not before.strip() and _is_title(last) and _UNDERLINE.match(line):
            start = position - len(last.lstrip())
            level = 1 if line.startswith("=") else 2
            found.append(Heading(start, position - len(last) + len(last.rstrip()), level, readable(last)))
        before, last = last, line
        position += len(line)
    return found


def readable(markdown: str) -> str:
    """A heading or title as a reader sees it: one line, no emphasis marks, no link targets, no control characters."""
    plain = _EMPHASIS.sub("", _LINK.sub(r"\1", markdown))
    return " ".join("".join(each if each.isprintable() else " " for each in plain).split())


def _is_title(line: str) -> bool:
    return 0 < len(line.strip()) <= 120 and not line.lstrip().startswith(("#", "|", "-", "*", ">", "`"))
