"""Workbooks (.xlsx): each row of each visible sheet a sentence, its values as the sheet shows them.

Of formulas the value that was last stored is read; how many have none, as programs leave them that only write, is
remarked. Hidden sheets, rows and columns are left out, and cells in the colour of their ground. Read by openpyxl.
"""

from __future__ import annotations

import datetime
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import openpyxl
from openpyxl.utils import get_column_letter

from qa.load.formats import Content
from qa.load.formats.archive import entry, without_pictures
from qa.load.formats.composition import Composition
from qa.load.formats.styles import WHITE, colour, looks_same

if TYPE_CHECKING:
    Cell = Any
    Worksheet = Any

_DECIMALS = re.compile(r"0\.(0+)")
_CURRENCY = re.compile(r"[$€£¥]")
_NOT_STORED = re.compile(rb"<f\b[^>]*(?:/>|>[^<]*</f>)\s*(?:<v\s*/>|<v></v>)?\s*</c>")
"""A cell with a formula and no value (ECMA-376, part 1, section 18.3.1.4)."""
_PLAIN_NAME = re.compile(r"(?:sheet|tabelle|feuil|hoja|foglio|blatt)\s?\d*", re.IGNORECASE)


def content(data: bytes) -> Content:
    """The sheets in order, under their names."""
    stream = without_pictures(data, kind="xlsx")
    composition = Composition()
    if number := _not_stored(stream):
        composition.remark(
            f"formulas without a stored value are left out ({number:,}); open it in a spreadsheet program and save it"
        )
    workbook = openpyxl.load_workbook(stream, data_only=True, keep_links=False)
    for sheet in workbook.worksheets:
        if sheet.sheet_state != "visible":
            composition.left_out()
            continue
        if not _PLAIN_NAME.fullmatch(sheet.title.strip()):
            composition.heading(sheet.title, level=2)
        for block in _blocks(_rows(composition, sheet)):
            _write_block(composition, block)
    return composition.content(title=workbook.properties.title or "")


def _not_stored(stream: io.BytesIO) -> int:
    """The number of formulas without a value in all sheets. Raises UnreadableDocument for an archive that is damaged."""
    with zipfile.ZipFile(stream) as archive:
        sheets = [name for name in archive.namelist() if name.startswith("xl/worksheets/") and name.endswith(".xml")]
        return sum(len(_NOT_STORED.findall(entry(archive, name, kind="xlsx"))) for name in sheets)


def _rows(composition: Composition, sheet: Worksheet) -> Iterator[list[str]]:
    """The rows as they are seen, an empty list for empty ones. What merged cells hold goes for each row of theirs."""
    hidden, last = _hidden_columns(sheet), 0
    merged = {
        (row, column): (area.min_row, area.min_col)
        for area in sheet.merged_cells.ranges
        if area.size["rows"] * area.size["columns"] <= 10_000
        for row in range(area.min_row, area.max_row + 1)
        for column in range(area.min_col, area.min_col + 1)
    }
    # Not `iter_rows`, which makes a cell wherever there is none: one stray cell at the end of a sheet costs gigabytes.
    for number, places in groupby(sorted({*sheet._cells, *merged}), key=itemgetter(0)):
        is_hidden = number in sheet.row_dimensions and sheet.row_dimensions[number].hidden
        cells: list[str] = []
        if number != last + 1:
            yield []
        last = number
        for _, column in places:
            source = sheet._cells.get(merged.get((number, column), (number, column)))
            if source is None or source.value is None:
                continue
            text = _shown(source.value, source.number_format)
            if text and (is_hidden or column in hidden or not _is_seen(source)):
                composition.left_out()
                text = ""
            if text:
                cells += [""] * (column - 1 - len(cells)) + [text]
        yield cells


def _hidden_columns(sheet: Worksheet) -> frozenset[int]:
    return frozenset(
        column
        for letter, dimension in sheet.column_dimensions.items()
        if dimension.hidden
        for column in range(dimension.min or 0, (dimension.max or 0) + 1)
        if letter == get_column_letter(dimension.min or 1)
    )


def _blocks(rows: Iterator[list[str]]) -> Iterator[list[list[str]]]:
    """The rows between empty ones."""
    block: list[list[str]] = []
    for row in rows:
        if row:
            block.append(row)
        elif block:
            yield block
            block = []
    if block:
        yield block


def _write_block(composition: Composition, block: Sequence[Sequence[str]]) -> None:
    """Rows of one cell above a table are its captions; columns that are empty throughout are none."""
    first = next((place for place, row in enumerate(block) if sum(map(bool, row)) > 1), len(block))
    for row in block[:first]:
        composition.paragraph(" ".join(filter(None, row)))
    table = block[first:]
    used = sorted({column for row in table for column, cell in enumerate(row) if cell})
    composition.table([row[column] if column < len(row) else "" for column in used] for row in table)


def _is_seen(cell: Cell) -> bool:
    if not cell.has_style:
        return True
    if cell.number_format == ";;;":
        return False
    written = cell.font.color
    if written is None:
        return True
    is_white = written.type == "theme" and written.theme == 0 and not written.tint
    stated = colour(written.rgb[2:]) if written.type == "rgb" and isinstance(written.rgb, str) else None
    if not is_white and stated is None:
        return True
    return cell.fill.fill_type is not None or not looks_same(WHITE if is_white else stated or WHITE, WHITE)


def _shown(value: Any, number_format: str) -> str:
    """A value as the sheet shows it, dates in words."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime.datetime):
        time = f" {value:%H:%M}" if value.time() != datetime.time() else ""
        return f"{value.day} {value:%B %Y}{time}"
    if isinstance(value, datetime.date):
        return f"{value.day} {value:%B %Y}"
    if isinstance(value, (int, float)):
        return _number(value, number_format)
    return str(value)


def _number(value: float, number_format: str) -> str:
    written = number_format.split(";")[0]
    decimals = _DECIMALS.search(written)
    places = len(decimals[1]) if decimals else 0
    if "%" in written:
        return f"{value * 100:.{places}f}%"
    if written == "General" or not re.search(r"[0#]", written):
        return str(value) if isinstance(value, int) else f"{value:.10g}"
    text = f"{value:,.{places}f}" if "," in written else f"{value:.{places}f}"
    currency = _CURRENCY.search(written)
    if currency is None:
        return text
    # The symbol stands where the format has it: "$#,##0" and "#,##0 €".
    return f"{currency[0]}{text}" if currency.start() < written.find("0") else f"{text} {currency[0]}"
