"""A text in, what a reader sees of it out: on one line, without characters that hide, steer or reorder it."""

from __future__ import annotations

import unicodedata

# They show nothing, and yet are no control or format characters: joiners and variation selectors (which can carry any
# hidden text, a byte each), fillers of Hangul, the blank of Braille. https://www.unicode.org/reports/tr36/
_BLANK = (
    {0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0}
    | {*range(0x180B, 0x1810)}
    | {*range(0xFE00, 0xFE10)}
    | {*range(0xE0100, 0xE01F0)}
)


def visible(text: str) -> str:
    """The text with every run of white space one space, and nothing in it that is not seen.

    Left out are the categories Cc, Cf (which hold the bidirectional marks and the "tags"), Cs, Co and Cn of Unicode.
    """
    line = " ".join(text.split())
    return line if line.isascii() and line.isprintable() else "".join(filter(_is_seen, line))


def _is_seen(character: str) -> bool:
    return unicodedata.category(character)[0] != "C" and ord(character) not in _BLANK
