"""Characters that a reader does not see: left out of extracted text, and reported where they conceal something.

One rule for all formats. What belongs to a script or to an emoji stays: the joiners of Persian and Hindi, the selectors
behind a symbol. Knows characters only; colours and sizes are known to the formats.
"""

from __future__ import annotations

import re

LEFT_OUT = "it holds text that a reader can not see (hidden, tiny, or in the colour of its ground), which was left out"
"""The remark on a file of whose formatted text something was left out."""

CONCEALED = "it holds characters that a reader can not see and that may conceal text"
"""The remark on a file with runs of invisible characters, or with some that reorder what is read."""

# Tab and line ends are white space, and stay. All else of Cc, Cf and Co shows nothing or steers a terminal.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\ud800-\udfff\ue000-\uf8ff"
    "\U000e0000-\U000e0fff\U000f0000-\U0010ffff]+"
)
# Tags and selectors can carry any text; overrides make it read backwards. No writing needs a long run of zero width.
_CONCEALING = re.compile(
    "(?<![\U0001f3f4\U000e0000-\U000e007f])[\U000e0000-\U000e007f]{2,}|[\U000e0000-\U000e007f]{8,}|[\ufe00-\ufe0f\U000e0100-\U000e01ef]{3,}|[\u202d\u202e]"
    "|[\u200b-\u200f\u2060-\u2064\ufeff]{8,}|(?:\\w[\u200b-\u200d\u2060\ufeff]){8,}"
)
_JOINERS = "\u200c\u200d"
_SELECTORS = "\ufe0e\ufe0f"


def seen(text: str) -> str:
    """The text without what is not seen."""
    return text if text.isascii() and text.isprintable() else _UNSEEN.sub(_kept, text)


def conceals(text: str) -> bool:
    """Whether characters that are not seen may conceal something, be it words or their order."""
    return not text.isascii() and _CONCEALING.search(text) is not None


def _kept(match: re.Match[str]) -> str:
    """A joiner between letters that are no Latin ones or between emoji, and the selector of a symbol."""
    run, text = match[0], match.string
    before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
    if run in _JOINERS and before > "\u0590" and after > "\u0590":
        return run
    if run[0] in _SELECTORS and before and not before.isalnum() and run[1:] in ("", "\u200d"):
        return run
    # A private character stands for a bullet or a symbol of a font; what was apart stays apart.
    return " " if any("\ue000" <= each <= "\uf8ff" or each >= "\U000f0000" for each in run) else ""
