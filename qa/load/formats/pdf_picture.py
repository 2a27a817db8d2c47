"""A PDF file and words that were read in a page of it in; the picture of that page out, and where on it the words are.

A picture of a page is bounded in its pixels and its bytes, whatever the size of the page.
"""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Sequence

import pypdfium2 as pdfium

from qa.load.formats import Box, Picture, Sought
from qa.load.formats.pdf import opened, page_at
from qa.load.formats.pdf_page import Letter, seen_letters
from qa.load.formats.pdf_place import Found, Place, found
from qa.types import UnreadableDocument

_WIDEST = 1200
_MOST_PIXELS = 2_400_000
_LARGEST_SCALE = 3.0
"""Pixels a point; a page that is smaller than a card is drawn no larger than that."""

_MOST_BYTES = 2_000_000
"""Of a picture as PNG: a scanned page in colour is drawn smaller."""


def picture(data: bytes, sought: Sought) -> Picture:
    """The page on which the words begin. Raises UnreadableDocument where it can not be drawn."""
    with opened(data) as document:
        number = sought.page - 1
        if not 0 <= number < len(document):
            raise UnreadableDocument(f"it has no page {sought.page}")
        with page_at(document, number) as page:
            if page is None:
                raise UnreadableDocument(f"its page {sought.page} is damaged")
            letters, _ = seen_letters(page)
            width, height = page.get_size()
            place = found(letters, sought, height=height, following=lambda: _following(document, number + 1))
            return _drawn(page, place, width=width, height=height)


def _following(document: pdfium.PdfDocument, number: int) -> tuple[Sequence[Sequence[Letter]], float]:
    if number >= len(document):
        return (), 1.0
    with page_at(document, number) as page:
        return ((), 1.0) if page is None else (seen_letters(page)[0], page.get_height())


def _drawn(page: pdfium.PdfPage, place: Found | None, *, width: float, height: float) -> Picture:
    """The page as large as the bounds allow."""
    most = math.sqrt(_MOST_PIXELS / max(1.0, width * height))
    scale = min(_LARGEST_SCALE, _WIDEST / max(1.0, width), most)
    while True:
        bitmap = page.render(scale=scale, rev_byteorder=True)
        try:
            png = _png(bytes(bitmap.buffer), width=bitmap.width, height=bitmap.height, stride=bitmap.stride)
            if len(png) <= _MOST_BYTES:
                places = place.places if place else ()
                boxes = tuple(_box(each, width=width, height=height) for each in places)
                return Picture(png, bitmap.width, bitmap.height, boxes, goes_on=place is not None and place.goes_on)
        finally:
            bitmap.close()
        scale *= 0.7


def _png(pixels: bytes, *, width: int, height: int, stride: int) -> bytes:
    """Rows of red, green and blue as PNG (https://www.w3.org/TR/png-3/)."""
    rows = b"".join(b"\0" + pixels[row * stride : row * stride + 3 * width] for row in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 6)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def _box(place: Place, *, width: float, height: float) -> Box:
    """A place as shares of the page, from its upper left corner, nothing of it beyond the edges."""

    def share(value: float) -> float:
        return round(min(1.0, max(0.0, value)), 5)

    return Box(
        left=share(place.left / width),
        top=share(1 - place.top / height),
        right=share(place.right / width),
        bottom=share(1 - place.bottom / height),
    )
