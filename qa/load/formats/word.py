"""Word documents (.docx): headings, paragraphs, lists, tables and footnotes, as they stand after all changes.

Headers and footers of pages and the table of contents are left out, as is text that is marked as hidden or deleted, or
that nobody can read for its colour or size. The package and its styles are opened by python-docx; the text is walked
here, since python-docx passes over links, fields, text boxes and tracked changes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import docx
from docx.oxml.ns import qn
from lxml import etree

from qa.load.formats import Content
from qa.load.formats.archive import without_pictures
from qa.load.formats.composition import Composition
from qa.load.formats.styles import Look, colour

if TYPE_CHECKING:
    Element = Any

_LONGEST_CELL = 400
"""Characters on average beyond which a table only lays out a page."""

_NO_TITLES = frozenset({"", "word document", "document", "untitled", "title"})

_CONTENTS = re.compile(r"toc ?\d")
"""The styles of entries of a table of contents."""

_T, _TAB, _BREAK, _HYPHEN = qn("w:t"), qn("w:tab"), (qn("w:br"), qn("w:cr")), qn("w:noBreakHyphen")
_PARAGRAPH, _TABLE, _RUN = qn("w:p"), qn("w:tbl"), qn("w:r")
_AROUND = frozenset(map(qn, ("w:hyperlink", "w:ins", "w:moveTo", "w:smartTag", "w:fldSimple", "w:sdt", "w:sdtContent")))
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"


def content(data: bytes) -> Content:
    """The body of a document, then its footnotes."""
    document = docx.Document(without_pictures(data, kind="docx"))
    composition = Composition()
    _Walk(composition, document.styles.element).blocks(document.element.body, Look())
    for relation in document.part.rels.values():
        if relation.reltype.endswith(("/footnotes", "/endnotes")):
            notes = etree.fromstring(relation.target_part.blob, etree.XMLParser(resolve_entities=False))
            for note in notes:
                _Walk(composition, document.styles.element).blocks(note, Look())
    title = document.core_properties.title or ""
    return composition.content(title="" if title.strip().lower() in _NO_TITLES else title)


class _Walk:
    """A walk through a document, from which blocks are written. `styles` is the root of its style sheet."""

    def __init__(self, composition: Composition, styles: Element) -> None:
        self._composition = composition
        self._styles = {style.get(qn("w:styleId")): style for style in styles.iter(qn("w:style"))}

    def blocks(self, parent: Element, look: Look) -> None:
        """Write the paragraphs and tables in an element."""
        for child in parent:
            if child.tag == _PARAGRAPH:
                self._paragraph(child, look)
            elif child.tag == _TABLE:
                self._table(child, look)
            elif child.tag in _AROUND:
                self.blocks(child, look)

    def _paragraph(self, paragraph: Element, look: Look) -> None:
        style = _value(paragraph, "w:pPr/w:pStyle")
        chain = self._chain(style)
        names = [(style or "").lower(), *((_value(each, "w:name") or "").lower() for each in chain)]
        if any(_CONTENTS.fullmatch(name) for name in names):
            return
        text = self._text(paragraph, look)
        level = self._level(paragraph, chain, names)
        if level:
            self._composition.heading(text, level=level)
        elif _is_item(paragraph, chain):
            self._composition.item(text)
        else:
            self._composition.paragraph(text)
        for box in _boxes(paragraph):
            self.blocks(box, look)

    def _text(self, paragraph: Element, look: Look) -> str:
        """What is seen of a paragraph."""
        for style in self._chain(_value(paragraph, "w:pPr/w:pStyle")):
            look = _styled(look, style.find(qn("w:rPr")), style.find(qn("w:pPr")))
        look = _styled(look, None, paragraph.find(qn("w:pPr")))
        parts: list[str] = []
        for run in _runs(paragraph):
            properties = run.find(qn("w:rPr"))
            inside = look
            for style in self._chain(_value(run, "w:rPr/w:rStyle")):
                inside = _styled(inside, style.find(qn("w:rPr")), None)
            inside = _styled(inside, properties, None)
            text = "".join(_characters(run))
            if inside.is_seen or not text.strip():
                parts.append(text)
            else:
                self._composition.left_out()
        return "".join(parts)

    def _level(self, paragraph: Element, chain: Sequence[Element], names: Sequence[str]) -> int:
        """The level of a heading; 0 for other paragraphs."""
        if "title" in names:
            return 1
        outline = _value(paragraph, "w:pPr/w:outlineLvl")
        for style in reversed(chain):
            outline = outline or _value(style, "w:pPr/w:outlineLvl")
        return int(outline) + 1 if outline and outline.isdigit() and int(outline) < 6 else 0

    def _table(self, table: Element, look: Look) -> None:
        rows = [[*self._cells(row, look)] for row in table.iter(qn("w:tr")) if _owner(row, _TABLE) is table]
        for row, above in zip(rows[1:], rows, strict=False):
            for place, cell in enumerate(row):
                if cell is None:  # it goes on from the cell above
                    row[place] = above[place] if place < len(above) else ""
        cells = [[cell or "" for cell in row] for row in rows]
        filled = [cell for row in cells for cell in row if cell]
        nested = any(_owner(each, _TABLE) is not None for each in table.iterdescendants(_TABLE))
        if nested or max(map(len, cells), default=0) < 2 or sum(map(len, filled)) > _LONGEST_CELL * len(filled):
            for cell in table.iter(qn("w:tc")):
                if _owner(cell, _TABLE) is table:
                    self.blocks(cell, look)
            return
        named = sum(
            1 for row in table.iterchildren(qn("w:tr")) if row.find(f"{qn('w:trPr')}/{qn('w:tblHeader')}") is not None
        )
        self._composition.table(cells, headings=named or None)

    def _cells(self, row: Element, look: Look) -> Iterator[str | None]:
        """The cells of a row; None for one that goes on from above, "" for what a wide one takes beyond its place."""
        for cell in row.iterchildren(qn("w:tc")):
            shade = cell.find(f"{qn('w:tcPr')}/{qn('w:shd')}")
            inside = _shaded(look, shade)
            merge = cell.find(f"{qn('w:tcPr')}/{qn('w:vMerge')}")
            text = " ".join(self._text(each, inside) for each in cell.iter(_PARAGRAPH))
            yield None if merge is not None and merge.get(qn("w:val")) != "restart" else " ".join(text.split())
            for _ in range(int(_value(cell, "w:tcPr/w:gridSpan") or 1) - 1):
                yield ""

    def _chain(self, identity: str | None) -> list[Element]:
        """A style and those that it is based on, the most general first."""
        chain: list[Element] = []
        while identity in self._styles and len(chain) < 20:
            style = self._styles[identity]
            chain.insert(0, style)
            identity = _value(style, "w:basedOn")
        return chain


def _runs(parent: Element) -> Iterator[Element]:
    for child in parent:
        if child.tag == _RUN:
            yield child
        elif child.tag in _AROUND:
            yield from _runs(child)


def _characters(run: Element) -> Iterator[str]:
    for child in run:
        if child.tag == _T:
            yield child.text or ""
        elif child.tag == _TAB or child.tag in _BREAK:
            yield " "
        elif child.tag == _HYPHEN:
            yield "-"


def _boxes(paragraph: Element) -> Iterator[Element]:
    """The text boxes that hang on a paragraph; each is there twice, for old programs and for new ones."""
    for box in paragraph.iter(qn("w:txbxContent")):
        if not any(above.tag == _FALLBACK for above in box.iterancestors()):
            yield box


def _owner(element: Element, tag: str) -> Element | None:
    return next(element.iterancestors(tag), None)


def _is_item(paragraph: Element, chain: Sequence[Element]) -> bool:
    path = f"{qn('w:pPr')}/{qn('w:numPr')}"
    return any(each.find(path) is not None for each in (paragraph, *chain))


def _value(element: Element, path: str) -> str | None:
    found = element.find("/".join(map(qn, path.split("/"))))
    value = None if found is None else found.get(qn("w:val"))
    return None if value is None else str(value)


def _styled(look: Look, run: Element | None, paragraph: Element | None) -> Look:
    """The look under these properties of a run and of a paragraph."""
    if paragraph is not None:
        look = _shaded(look, paragraph.find(qn("w:shd")))
    if run is None:
        return look
    vanish = run.find(qn("w:vanish"))
    if vanish is not None:
        look = replace(look, hidden=vanish.get(qn("w:val")) not in ("0", "false", "off"))
    written = run.find(qn("w:color"))
    if written is not None:
        look = replace(look, colour=colour(written.get(qn("w:val")) or "") or (0.0, 0.0, 0.0))
    size = run.find(qn("w:sz"))
    if size is not None and (size.get(qn("w:val")) or "").isdigit():
        look = replace(look, points=int(size.get(qn("w:val"))) / 2)
    if run.find(qn("w:highlight")) is not None:
        look = replace(look, ground=None)
    return _shaded(look, run.find(qn("w:shd")))


def _shaded(look: Look, shade: Element | None) -> Look:
    fill = None if shade is None else shade.get(qn("w:fill"))
    return look if fill in (None, "auto") else replace(look, ground=colour(fill))
