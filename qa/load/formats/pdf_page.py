"""One page of a PDF file in, as pdfium has it; its lines out, with their places, without the words that nobody sees.

Places are in points, from the lower left corner of the page as it is shown: turned and cropped as the file says.
Whether a word is seen is looked up in a picture of the page: where that is even, there is nothing to read. So text in
the colour of its ground, under a black bar or in no colour at all is left out, and the invisible text that a scanner's
program lays over the picture of a page is kept.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from qa.load.formats.styles import SMALLEST

_HYPHEN = "\x02"
"""What pdfium gives for a hyphen at the end of a line, in place of the line's end."""

_SCALE = 2.0
"""Pixels a point: thin letters are then as dark as they are meant to be."""

_LARGEST_PICTURE = 4_000_000
"""Pixels. A larger page is drawn smaller; a page with pictures of more than this is not drawn, since that takes long."""

_THIN, _SHORT = 2.5, 6.0
"""Points. What is drawn no wider and no shorter than this is a rule, as stands between the columns of a table."""

_MOST_RULES = 5_000
"""On a page with more of them they are a drawing."""

_LEAST_CONTRAST = 6
"""Of 255, between the darkest and the lightest point of a word. White on white has 0, yellow on white 18."""

_GAP = 1.0
"""The width of a gap between the cells of a table, in heights of its letters; a space has about a quarter."""

LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"})


@dataclass(frozen=True, slots=True)
class Cell:
    """A part of a line between wide gaps, with its left and right end in points."""

    text: str
    left: float
    right: float


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page. `bottom` is measured from the lower edge of the page, `height` is that of its letters."""

    cells: tuple[Cell, ...]
    bottom: float
    height: float
    is_bold: bool

    @property
    def text(self) -> str:
        """The whole line."""
        return " ".join(cell.text for cell in self.cells)

    @property
    def left(self) -> float:
        """Where it begins."""
        return self.cells[0].left

    @property
    def right(self) -> float:
        """Where it ends."""
        return self.cells[-1].right


@dataclass(frozen=True, slots=True)
class Page:
    """The lines of a page in the order of the file; `has_unseen`: words were left out; `has_pictures`: there are some."""

    lines: tuple[Line, ...]
    height: float
    has_unseen: bool
    has_pictures: bool


@dataclass(frozen=True, slots=True)
class Letter:
    """A character of a page with its place; `text` is as pdfium gives it."""

    text: str
    left: float
    bottom: float
    right: float
    top: float
    is_bold: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """An upright line that is drawn on a page: where it stands, and its lower and upper end."""

    place: float
    bottom: float
    top: float


def page_of(page: pdfium.PdfPage) -> Page:
    """The lines of a page of an open file."""
    rows, has_unseen = seen_letters(page)
    rules = _rules(page)
    lines = [line for row in rows if (line := line_of(row, rules))]
    return Page(tuple(lines), page.get_height(), has_unseen, has_pictures=_pictured(page) > 0)


def seen_letters(page: pdfium.PdfPage) -> tuple[list[list[Letter]], bool]:
    """The letters that a reader sees, line by line in the order of the file, and whether words were left out."""
    text = page.get_textpage()
    try:
        rows = list(_rows(text, _upright(page)))
    finally:
        text.close()
    picture = _Picture.of(page) if rows and _pictured(page) <= _LARGEST_PICTURE else None
    lines: list[list[Letter]] = []
    has_unseen = False
    for row in rows:
        seen: list[Letter] = []
        for word in _words(row):
            if word[0].text.isspace() or _is_seen(word, page, picture):
                seen += word
            else:
                has_unseen = True
        lines.append(seen)
    return lines, has_unseen


def _upright(page: pdfium.PdfPage) -> Callable[[raw.FS_RECTF], tuple[float, float, float, float]]:
    """From a place as the file has it to left, bottom, right and top on the page as it is shown."""
    left, bottom, right, top = page.get_bbox()
    turned = page.get_rotation()
    if turned == 90:
        return lambda box: (box.bottom - bottom, right - box.right, box.top - bottom, right - box.left)
    if turned == 180:
        return lambda box: (right - box.right, top - box.top, right - box.left, top - box.bottom)
    if turned == 270:
        return lambda box: (top - box.top, box.left - left, top - box.bottom, box.right - left)
    return lambda box: (box.left - left, box.bottom - bottom, box.right - left, box.top - bottom)


def _rows(
    text: pdfium.PdfTextPage, upright: Callable[[raw.FS_RECTF], tuple[float, float, float, float]]
) -> Iterator[list[Letter]]:
    """The letters of each line."""
    box = raw.FS_RECTF()
    row: list[Letter] = []
    weights: dict[int, bool] = {}
    for index in range(text.count_chars()):
        code = raw.FPDFText_GetUnicode(text, index)
        if code in (10, 13):
            if row:
                yield row
                row = []
            continue
        raw.FPDFText_GetLooseCharBox(text, index, box)
        owner = raw.FPDFText_GetTextObject(text, index)
        key = ctypes.addressof(owner.contents) if owner else 0
        if key not in weights:
            weights[key] = _is_bold(text, index)
        letter = chr(code) if 0 < code < 0x110000 else "\ufffd"
        row.append(Letter(letter, *upright(box), weights[key]))
        if letter == _HYPHEN:
            yield row
            row = []
    if row:
        yield row


def _is_bold(text: pdfium.PdfTextPage, index: int) -> bool:
    name = ctypes.create_string_buffer(128)
    raw.FPDFText_GetFontInfo(text, index, name, 128, ctypes.c_int())
    return b"bold" in name.value.lower() or b"black" in name.value.lower()


def _words(row: Sequence[Letter]) -> Iterator[list[Letter]]:
    word: list[Letter] = []
    for letter in row:
        if word and letter.text.isspace() != word[0].text.isspace():
            yield word
            word = []
        word.append(letter)
    if word:
        yield word


def _is_seen(word: Sequence[Letter], page: pdfium.PdfPage, picture: _Picture | None) -> bool:
    left, right = min(each.left for each in word), max(each.right for each in word)
    bottom, top = min(each.bottom for each in word), max(each.top for each in word)
    if top <= bottom or right <= left:
        return True
    width, height = page.get_size()
    size = max(max(each.top - each.bottom, each.right - each.left) for each in word)
    if size < SMALLEST or right <= 0 or left >= width or top <= 0 or bottom >= height:
        return False
    return picture is None or picture.shows(left, bottom, right, top)


def line_of(letters: Sequence[Letter], rules: Sequence[Rule] = ()) -> Line | None:
    """The letters as a line, cut into cells at wide gaps and at rules; None where there is none but spaces."""
    solid = [each for each in letters if not each.text.isspace()]
    if not solid:
        return None
    heights = sorted(each.top - each.bottom for each in solid)
    height = heights[len(heights) // 2]
    middle = solid[0].bottom + height / 2
    cuts = [rule.place for rule in rules if rule.bottom <= middle <= rule.top]
    cells: list[Cell] = []
    text, left, right = "", solid[0].left, solid[0].left
    for letter in letters:
        if letter.text.isspace():
            text += " "
            continue
        is_apart = letter.left - right > _GAP * height or any(right <= cut <= letter.left for cut in cuts)
        if text.strip() and is_apart:
            cells.append(Cell(_plain(text), left, right))
            text, left = "", letter.left
        text += letter.text
        right = letter.right
    cells.append(Cell(_plain(text), left, right))
    bold = sum(each.is_bold for each in solid) * 10 > 9 * len(solid)
    return Line(tuple(cells), solid[0].bottom, height, bold)


def _rules(page: pdfium.PdfPage) -> list[Rule]:
    upright = _upright(page)
    rules: list[Rule] = []
    for each in page.get_objects(filter=[raw.FPDF_PAGEOBJ_PATH], max_depth=3):
        try:
            left, bottom, right, top = each.get_bounds()
        except pdfium.PdfiumError:
            continue
        left, bottom, right, top = upright(raw.FS_RECTF(left, top, right, bottom))
        if right - left <= _THIN and top - bottom >= _SHORT:
            rules.append(Rule((left + right) / 2, bottom, top))
            if len(rules) > _MOST_RULES:
                return []
    return rules


def _plain(text: str) -> str:
    return " ".join(text.replace(_HYPHEN, "-").translate(LIGATURES).split())


def _pictured(page: pdfium.PdfPage) -> int:
    """How many pixels the pictures on a page have."""
    pixels = 0
    width, height = ctypes.c_uint(), ctypes.c_uint()
    for each in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=3):
        raw.FPDFImageObj_GetImagePixelSize(each, width, height)
        pixels += max(1, width.value * height.value)
    return pixels


class _Picture:
    """A page as it is drawn, in shades of grey."""

    def __init__(self, grey: bytes, *, stride: int, width: int, height: int, scale: float) -> None:
        self._grey = grey
        self._stride = stride
        self._width = width
        self._height = height
        self._scale = scale

    @classmethod
    def of(cls, page: pdfium.PdfPage) -> _Picture:
        """Draw a page."""
        width, height = page.get_size()
        scale = min(_SCALE, math.sqrt(_LARGEST_PICTURE / max(1.0, width * height)))
        bitmap = page.render(scale=scale, grayscale=True)
        try:
            grey = bytes(bitmap.buffer)
            return cls(grey, stride=bitmap.stride, width=bitmap.width, height=bitmap.height, scale=scale)
        finally:
            bitmap.close()

    def shows(self, left: float, bottom: float, right: float, top: float) -> bool:
        """Whether there is anything to be seen in a box, which is given in points from below."""
        first, last = max(0, int(left * self._scale)), min(self._width, math.ceil(right * self._scale))
        upper = max(0, self._height - math.ceil(top * self._scale))
        lower = min(self._height, self._height - int(bottom * self._scale))
        darkest, lightest = 255, 0
        middle = (upper + lower) // 2
        # From the middle, where letters are; one row is mostly enough.
        for row in (*range(middle, lower), *range(upper, middle)):
            points = self._grey[row * self._stride + first : row * self._stride + last]
            if points:
                darkest, lightest = min(darkest, min(points)), max(lightest, max(points))
                if lightest - darkest >= _LEAST_CONTRAST:
                    return True
        return False
