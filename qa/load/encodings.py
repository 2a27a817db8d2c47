"""Bytes of a text to characters, and the name of the encoding. Nothing is guessed silently: `Decoded.remark` tells.

UTF-8 is tried first and taken exactly. Then come UTF-16 and UTF-32, by their marks or their zeros; files that mix UTF-8
and windows-1252 line by line; windows-1252, which Latin-1 is a part of; and what charset-normalizer is sure of.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from typing import NamedTuple

from qa.types import UnreadableDocument

# Control characters that no text has; left out are tab, line ends, form feed, and backspace and escape (terminal logs).
_CONTROL = bytes(code for code in (*range(0x20), 0x7F) if code not in b"\t\n\v\f\r\b\x1b")

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LONG_RUN = re.compile(rb"[\x80-\xff]{3,}")
_UNDEFINED = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")

_ENOUGH = 20
"""Bytes beyond ASCII from which statistics can tell an encoding."""


class Decoded(NamedTuple):
    """A text and the encoding it was in."""

    text: str
    encoding: str

    @property
    def remark(self) -> str | None:
        """What there is to know of it; nothing of UTF-8."""
        return None if self.encoding == "utf-8" else f"it is {self.encoding}, not UTF-8"


def decode(data: bytes, *, declared: str | None = None) -> Decoded:
    """The text of a file's bytes; `declared` is what the file itself says its encoding is.

    Raises UnreadableDocument for what is no text, or in an encoding that can not be told.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _wide(data, encoding)
    control = len(data) - len(data.translate(None, _CONTROL))
    if control > 3 + len(data) // 100:
        # Latin letters in UTF-16 are every other byte zero, which is valid UTF-8.
        first, second = data[::2].count(0), data[1::2].count(0)
        if (first + second) * 3 > len(data) and max(first, second) > 9 * min(first, second):
            return _wide(data, "utf-16-le" if second > first else "utf-16-be")
        raise UnreadableDocument("it is binary data, not text")
    try:
        return Decoded(data.decode("utf-8-sig"), "utf-8")
    except UnicodeDecodeError as error:
        line = 1 + data.count(b"\n", 0, error.start)
    return _as_declared(data, declared) or _western(data) or _by_statistics(data, line=line)


def _wide(data: bytes, encoding: str) -> Decoded:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise UnreadableDocument(f"it is damaged {encoding.upper()}; save it as UTF-8") from error
    opening = text[:10_000]
    odd = sum(unicodedata.category(each) in ("Cc", "Cn", "Co") and each not in "\t\n\v\f\r" for each in opening)
    if odd * 50 > len(opening):
        raise UnreadableDocument("it is binary data, not text")
    return Decoded(text, encoding)


def _as_declared(data: bytes, declared: str | None) -> Decoded | None:
    try:
        encoding = codecs.lookup(declared).name if declared else "utf-8"
        # What calls itself Latin-1 is windows-1252: https://encoding.spec.whatwg.org/#names-and-labels
        encoding = "windows-1252" if encoding in ("iso8859-1", "ascii", "cp1252") else encoding
        return None if encoding == "utf-8" else Decoded(data.decode(encoding), encoding)
    except (LookupError, ValueError):
        return None


def _western(data: bytes) -> Decoded | None:
    """Windows-1252, line by line where other lines are UTF-8; None where that would be no text."""
    lines: list[str] = []
    other = 0
    has_utf8 = False
    for number, line in enumerate(data.removeprefix(codecs.BOM_UTF8).splitlines(keepends=True), start=1):
        try:
            lines.append(line.decode("utf-8"))
            has_utf8 = has_utf8 or not line.isascii()
        except UnicodeDecodeError:
            high = len(line) - len(line.translate(None, bytes(range(0x80, 0x100))))
            if _LONG_RUN.search(line) or _UNDEFINED.search(line) or high > 3 + len(line) // 4:
                return None
            lines.append(line.decode("windows-1252"))
            other = other or number
    text = "".join(lines)
    return Decoded(text, f"a mix of UTF-8 and windows-1252 (line {other})" if has_utf8 else "windows-1252")


def _by_statistics(data: bytes, *, line: int) -> Decoded:
    if len(data) - len(data.translate(None, bytes(range(0x80, 0x100)))) >= _ENOUGH:
        from charset_normalizer import from_bytes

        best = from_bytes(data).best()
        if best is not None and best.percent_chaos < 5:
            try:
                return Decoded(data.decode(best.encoding), best.encoding.replace("_", "-"))
            except ValueError:
                pass
    raise UnreadableDocument(f"it is not UTF-8 (line {line}) and its encoding can not be told; save it as UTF-8")
