"""A text and the name of its file in, its title out; "" where neither tells."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from qa.text.headings import headings, readable
from qa.text.words import content_words

_LONGEST_TITLE = 120
# Names that people and cameras give without saying what is in a file.
_GENERIC = frozenset("copy doc document draft file image img index new notes page readme scan text untitled".split())


def title_of(text: str, file: PurePosixPath, *, is_markdown: bool) -> str:
    """The first heading, a first line that is a title, or the file's name if it has words; else ""."""
    opening = text[:20_000]
    for heading in headings(opening):
        if heading.title and (is_markdown or not opening[: heading.start].strip()):
            return short(heading.title)
    return _first_line(opening) or _title_of_name(file.stem)


def short(title: str) -> str:
    """A title, cut between words where it is too long."""
    if len(title) <= _LONGEST_TITLE:
        return title
    return f"{title[:_LONGEST_TITLE].rsplit(' ', 1)[0]}…"


def _first_line(opening: str) -> str:
    """The first line where it stands apart from the text below and speaks of the same things, else ""."""
    lines = opening.strip().splitlines()
    first, below = lines[0].strip() if lines else "", [line.strip() for line in lines[1:]]
    if not any(below) or len(first) > _LONGEST_TITLE or re.search(r"[.!?…。！？,;:][\"'”’)\]]*\Z", first):
        return ""
    # Text that starts right in the next line is under a title only if a line break was no mere end of the line's room.
    if below[0] and (len(below[0]) < 80 or len(first) > 0.75 * len(below[0])):
        return ""
    # A title's words come again below; those of "Connect with us" do not.
    rest = opening.split(lines[0], 1)[1].casefold()
    beginnings = [word.form[: max(3, len(word.form) - 2)] for word in content_words(first)]
    recurring = sum(beginning in rest for beginning in beginnings)
    return readable(first) if recurring * 3 >= max(1, len(beginnings)) else ""


def _title_of_name(stem: str) -> str:
    """ "2026-annual_report" as "2026 annual report"; "" for names without a word, such as hashes and numbers."""
    # An identifier is long and has digits: "29ec39afe49c0f64", "1218875241352839456".
    parts = [
        part for part in re.split(r"[\s_\-.,+()\[\]]+", stem) if not re.fullmatch(r"(?=.*\d)\w{9,}", part, re.ASCII)
    ]
    return short(readable(" ".join(parts))) if any(_tells(part) for part in parts) else ""


def _tells(part: str) -> bool:
    """Whether a part of a file's name is a word, and not an "IMG", a "scan" or a number."""
    if part.isascii():
        return (
            part.isalpha()
            and len(part) > 2
            and bool(re.search("[aeiouy]", part.lower()))
            and part.lower() not in _GENERIC
        )
    return any(each.isalpha() for each in part)
