"""Presentations (.pptx): each slide a page under its title, with its texts, tables, charts and notes.

Slides and shapes that are hidden are left out, and so are slide numbers, dates and footers. Read by python-pptx.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pptx
from pptx.enum.shapes import PP_PLACEHOLDER

from qa.load.formats import Content
from qa.load.formats.archive import without_pictures
from qa.load.formats.composition import Composition
from qa.load.formats.styles import SMALLEST, WHITE, Colour, colour, looks_same

if TYPE_CHECKING:
    from pptx.slide import Slide

    Shape = Any

_FRAME = (PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.DATE, PP_PLACEHOLDER.SLIDE_NUMBER, PP_PLACEHOLDER.HEADER)
_FILL = ".//{http://schemas.openxmlformats.org/drawingml/2006/main}srgbClr"
_GROUND = "{http://schemas.openxmlformats.org/presentationml/2006/main}cSld/{http://schemas.openxmlformats.org/presentationml/2006/main}bg"
_NO_TITLES = frozenset({"", "powerpoint presentation", "presentation", "untitled"})


def content(data: bytes) -> Content:
    """The slides in order; the number of a page is that of its slide."""
    presentation = pptx.Presentation(without_pictures(data, kind="pptx"))
    composition = Composition()
    width, height = presentation.slide_width or 0, presentation.slide_height or 0
    for slide in presentation.slides:
        composition.page()
        if slide.element.get("show") == "0":
            composition.left_out()
        else:
            _write_slide(composition, slide, width=int(width), height=int(height))
    title = presentation.core_properties.title or ""
    return composition.content(title="" if title.strip().lower() in _NO_TITLES else title)


def _write_slide(composition: Composition, slide: Slide, *, width: int, height: int) -> None:
    title = slide.shapes.title
    if title is not None and title.has_text_frame:
        composition.heading(title.text_frame.text, level=2)
    ground = _ground(slide)
    for shape in _in_order(slide.shapes):
        if title is not None and shape.shape_id == title.shape_id:
            continue
        if _is_away(shape, width=width, height=height):
            if shape.has_text_frame and shape.text_frame.text.strip():
                composition.left_out()
            continue
        _write_shape(composition, shape, ground)
    if slide.has_notes_slide and (frame := slide.notes_slide.notes_text_frame) is not None and frame.text.strip():
        composition.paragraph(f"Notes: {frame.text}")


def _in_order(shapes: Any) -> Iterator[Shape]:
    """From top to bottom and left to right, those of groups in the place of the group; no frame of the slide."""
    for shape in sorted(shapes, key=lambda each: (each.top or 0, each.left or 0)):
        if hasattr(shape, "shapes"):
            yield from _in_order(shape.shapes)
        elif not (shape.is_placeholder and shape.placeholder_format.type in _FRAME):
            yield shape


def _is_away(shape: Shape, *, width: int, height: int) -> bool:
    """Whether a shape is hidden or lies beside the slide."""
    if shape._element.xpath(".//p:cNvPr[@hidden='1']"):
        return True
    if None in (shape.left, shape.top, shape.width, shape.height):
        return False
    beside = shape.left >= width or shape.left + shape.width <= 0
    return bool(beside or shape.top >= height or shape.top + shape.height <= 0)


def _write_shape(composition: Composition, shape: Shape, ground: Colour | None) -> None:
    if shape.has_text_frame:
        filled = (
            shape._element.find(f"{{*}}spPr/{_FILL[3:]}") is not None or shape._element.find("{*}style") is not None
        )
        for paragraph in shape.text_frame.paragraphs:
            text = _seen(composition, paragraph, None if filled else ground)
            (composition.item if paragraph.level else composition.paragraph)(text)
    elif getattr(shape, "has_table", False):
        rows = [[cell.text_frame.text for cell in row.cells] for row in shape.table.rows]
        composition.table(rows, headings=1 if shape.table.first_row else 0)
    elif getattr(shape, "has_chart", False):
        _write_chart(composition, shape.chart)


def _seen(composition: Composition, paragraph: Any, ground: Colour | None) -> str:
    parts = []
    for run in paragraph.runs:
        size = run.font.size
        written = run._r.find(_FILL)
        same = written is not None and looks_same(colour(written.get("val") or "") or (0.0, 0.0, 0.0), ground)
        if run.text.strip() and (same or (size is not None and size.pt < SMALLEST)):
            composition.left_out()
        else:
            parts.append(run.text)
    return "".join(parts)


def _ground(slide: Slide) -> Colour | None:
    """The colour of a slide's ground: its own, its layout's or its master's; None where that is not plain."""
    for level in (slide, slide.slide_layout, slide.slide_layout.slide_master):
        own = level.element.find(_GROUND)
        if own is not None:
            stated = own.find(_FILL)
            # The first colour of a theme's ground is white unless a designer made it otherwise.
            is_first = own.find(".//{*}schemeClr[@val='bg1']") is not None
            return colour(stated.get("val") or "") if stated is not None else WHITE if is_first else None
    return WHITE


def _write_chart(composition: Composition, chart: Any) -> None:
    """A chart as the table that it shows."""
    if chart.has_title and chart.chart_title.has_text_frame:
        composition.paragraph(chart.chart_title.text_frame.text)
    for plot in chart.plots:
        series = list(plot.series)
        rows = [["", *(each.name or "" for each in series)]]
        for place, category in enumerate(plot.categories):
            values = [each.values[place] if place < len(each.values) else None for each in series]
            rows.append([str(category), *("" if value is None else f"{value:g}" for value in values)])
        composition.table(rows, headings=1)
