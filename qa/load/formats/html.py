"""Web pages: their headings, paragraphs, lists and tables, without what only frames them.

Menus, headers and footers of the site, notices on cookies and calls to share are left out, and so is what a reader
does not see. The parser is lxml's, which loads nothing from elsewhere.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from lxml import html

from qa.load.encodings import decode
from qa.load.formats import Content
from qa.load.formats.composition import Composition
from qa.load.formats.frames import is_frame
from qa.load.formats.styles import Look, Sheet
from qa.types import UnreadableDocument

if TYPE_CHECKING:
    Element = Any

_NEVER = frozenset(
    "head script style template noscript svg math iframe object embed canvas audio video select option textarea button"
    " input form map datalist dialog".split()
)
_FOR_LISTENERS = re.compile(
    r"(?:^|\s)(?:sr-only|visually-?hidden|screen-reader-text|visuallyhidden)(?:$|\s)", re.IGNORECASE
)
_BLOCKS = frozenset(
    "address article blockquote body caption center dd details dir div dl dt fieldset figcaption figure h1 h2 h3 h4 h5 h6"
    " header hgroup hr html legend li main ol p pre section summary table tbody td tfoot th thead tr ul".split()
)
_CHARSET = re.compile(
    rb"<meta[^>]+charset\s*=\s*[\"']?\s*([\w.:-]+)|<\?xml[^>]+encoding\s*=\s*[\"']([\w.:-]+)", re.IGNORECASE
)
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_DATE_NAMES = frozenset(
    "article:published_time datepublished date dc.date dc.date.issued dcterms.created dcterms.date pubdate publish-date"
    " publishdate sailthru.date parsely-pub-date citation_publication_date".split()
)
_LONGEST_CELL = 400
"""Characters on average beyond which a table only lays out a page."""


def content(data: bytes) -> Content:
    """The page under its title, with the date that it says it was published on."""
    composition = Composition()
    title = write_html(composition, data, is_page=True)
    return composition.content(title=title)


def write_html(composition: Composition, data: bytes, *, encoding: str | None = None, is_page: bool = False) -> str:
    """Write a page into a composition; its title. `is_page`: with title and date at its head."""
    declared = _CHARSET.search(data[:4096])
    names = [encoding, *(group.decode("ascii") for group in (declared.groups() if declared else ()) if group)]
    decoded = decode(data, declared=next((name for name in names if name), None))
    if decoded.remark and is_page:
        composition.remark(decoded.remark)
    source = decoded.text.replace("\0", "").encode("utf-8", "replace")
    if not source.strip():
        return ""
    try:
        root = html.document_fromstring(source, parser=html.HTMLParser(encoding="utf-8"))
    except (ValueError, AssertionError, SyntaxError) as error:  # lxml's ParserError and XMLSyntaxError are such
        raise UnreadableDocument("it is no web page, or damaged") from error
    main = _main(root)
    title = _title(root, main)
    if is_page:
        composition.heading(title, level=1)
        composition.date(_published(root), name="Published")
    css = "\n".join(style.text or "" for style in root.iter("style"))
    _Page(composition, Sheet.of(css), title=title, length=len(root.text_content())).write(main)
    return title


def _title(root: Element, main: Element) -> str:
    """The one heading of the first level in what the page is about, or what the page says its title is, the name of the
    site left off."""
    first = [" ".join(_without_controls(each).split()) for each in main.iter("h1")]
    if len(first) == 1 and first[0]:
        return first[0]
    stated = next((each.get("content") for each in root.iter("meta") if each.get("property") == "og:title"), None)
    title = " ".join((stated or root.findtext(".//title") or "").split())
    return next((each for each in first if each and each in title), re.split(r"\s+[|–—·»]\s+", title)[0])


def _without_controls(element: Element) -> str:
    """The text of an element but for its buttons and the like."""
    parts = [element.text or ""]
    for child in element:
        if isinstance(child.tag, str) and child.tag not in _NEVER:
            parts.append(_without_controls(child))
        parts.append(child.tail or "")
    return "".join(parts)


def _published(root: Element) -> datetime.date | None:
    """The date in the page's head, in the data for search engines, or in the first <time> of its article."""
    stated = [
        each.get("content") or ""
        for each in root.iter("meta")
        if (each.get("property") or each.get("name") or each.get("itemprop") or "").lower() in _DATE_NAMES
    ]
    for script in root.iter("script"):
        if script.get("type") == "application/ld+json":
            stated += re.findall(r'"datePublished"\s*:\s*"([^"]+)"', script.text or "")
    stated += [each.get("datetime") or "" for article in root.iter("article") for each in article.iter("time")][:1]
    for match in filter(None, map(_DATE.match, stated)):
        try:
            return datetime.date(*map(int, match.groups()))
        except ValueError:
            continue
    return None


def _main(root: Element) -> Element:
    """The element that holds what the page is about, if it marks one that holds a good part of it; else all."""
    body = root.find("body") if root.find("body") is not None else root
    length = len(body.text_content())
    candidates = [*root.iter("main"), *(each for each in root.iter() if each.get("role") == "main")]
    articles = list(root.iter("article"))
    candidates += articles if len(articles) == 1 else []
    return next((each for each in candidates if len(each.text_content()) * 4 > length), body)


class _Page:
    """A walk through a page, from which blocks are written; `length` is of all its text."""

    def __init__(self, composition: Composition, sheet: Sheet, *, title: str, length: int) -> None:
        self._composition = composition
        self._sheet = sheet
        self._title = title
        self._length = length
        self._line: list[str] = []
        self._in_item = False

    def write(self, root: Element) -> None:
        """Write everything in an element."""
        look = Look()
        for above in reversed(list(root.iterancestors())):
            look = self._look(above, look)
        self._element(root, look)
        self._end_block()

    def _element(self, element: Element, look: Look) -> None:
        tag = element.tag
        if tag in _NEVER or is_frame(element, length=self._length):
            return
        look = self._look(element, look)
        if look.hidden:
            if element.text_content().strip() and not _FOR_LISTENERS.search(element.get("class") or ""):
                self._composition.left_out()
            return
        if tag in _BLOCKS:
            self._end_block()
            self._block(element, look)
            self._end_block()
        elif tag == "br":
            self._line.append("\n")
        else:
            self._inside(element, look)

    def _inside(self, element: Element, look: Look) -> None:
        self._text(element.text, look)
        for child in element:
            if isinstance(child.tag, str):
                self._element(child, look)
            self._text(child.tail, look)

    def _block(self, element: Element, look: Look) -> None:
        tag = element.tag
        if tag == "table" and (cells := self._cells(element, look)):
            self._composition.table(cells, headings=_heading_rows(element))
        elif tag in ("h1", "h2", "h3", "h4", "h5", "h6"):
            text = self._inline(element, look)
            if " ".join(text.split()) != self._title:
                self._composition.heading(text, level=int(tag[1]))
        elif tag == "pre":
            text = self._inline(element, look)
            # Code is fenced, so that its comments are no headings; a letter or a poem is not.
            is_code = element.find(".//code") is not None and "```" not in text
            self._composition.verbatim(f"```\n{text.strip()}\n```" if is_code and text.strip() else text)
        elif tag == "dl":
            self._definitions(element, look)
        elif tag == "li" and element.find(".//li") is None and element.find(".//table") is None:
            self._composition.item(self._inline(element, look))
        elif tag == "li":
            outer, self._in_item = self._in_item, True
            self._inside(element, look)
            self._end_block()
            self._in_item = outer
        else:
            self._inside(element, look)

    def _text(self, text: str | None, look: Look) -> None:
        if not text:
            return
        if look.is_seen or not text.strip():
            self._line.append(text)
        else:
            self._composition.left_out()

    def _inline(self, element: Element, look: Look) -> str:
        """The text in an element, its blocks on lines of their own."""
        outer, self._line = self._line, []
        self._flat(element, look)
        text, self._line = "".join(self._line), outer
        return text

    def _flat(self, element: Element, look: Look) -> None:
        self._text(element.text, look)
        for child in element:
            if isinstance(child.tag, str) and child.tag not in _NEVER and not is_frame(child, length=self._length):
                apart = ["\n"] if child.tag in _BLOCKS or child.tag == "br" else []
                self._line += apart
                self._flat(child, self._look(child, look))
                self._line += apart
            self._text(child.tail, look)

    def _end_block(self) -> None:
        text, self._line = "".join(self._line), []
        # Two breaks make a paragraph; white space of the source does not.
        for paragraph in re.split(r"\n[ \t]*\n(?=\S)", text) if text.strip() else ():
            (self._composition.item if self._in_item else self._composition.paragraph)(paragraph)

    def _look(self, element: Element, look: Look) -> Look:
        own = self._sheet.declarations(element.tag, element.get("class") or "", element.get("id") or "")
        if element.get("bgcolor"):
            own += f";background:{element.get('bgcolor')}"
        if element.tag == "font" and element.get("color"):
            own += f";color:{element.get('color')}"
        if element.get("hidden") is not None:
            own += ";display:none"
        if _FOR_LISTENERS.search(element.get("class") or ""):
            own += ";display:none"
        style = element.get("style")
        return look.styled(f"{own};{style}" if style else own) if own or style else look

    def _definitions(self, element: Element, look: Look) -> None:
        """Terms and what they mean, each pair as a row."""
        term = ""
        for child in element.iter("dt", "dd"):
            text = " ".join(self._inline(child, self._look(child, look)).split())
            if child.tag == "dt":
                term = text
            else:
                self._composition.table([[term, text]], headings=0)

    def _cells(self, table: Element, look: Look) -> list[list[str]]:
        """The cells by row, those that span several repeated; nothing for a table that only lays out the page."""
        rows: list[list[str]] = []
        below: dict[tuple[int, int], str] = {}
        if table.find(".//table") is not None or table.get("role") == "presentation":
            return []
        for row in table.iter("tr"):
            look_of_row = self._look(row, look)
            cells: list[str] = []
            for cell in row.iterchildren("td", "th"):
                while (len(rows), len(cells)) in below:
                    cells.append(below[len(rows), len(cells)])
                text = " ".join(self._inline(cell, self._look(cell, look_of_row)).split())
                for down in range(1, _span(cell, "rowspan")):
                    below[len(rows) + down, len(cells)] = text
                # In a row of names, one that spans several columns goes for each of them.
                cells += [text, *[text if cell.tag == "th" else ""] * (_span(cell, "colspan") - 1)]
            while (len(rows), len(cells)) in below:
                cells.append(below[len(rows), len(cells)])
            rows.append(cells)
        filled = [cell for cells in rows for cell in cells if cell]
        is_layout = max(map(len, rows), default=0) < 2 or sum(map(len, filled)) > _LONGEST_CELL * len(filled)
        return [] if is_layout else rows


def _heading_rows(table: Element) -> int | None:
    """How many rows at the top name the columns; None where the page does not say."""
    rows = list(table.iter("tr"))
    if table.find(".//th") is None:
        return None
    return sum(1 for _ in _leading(rows))


def _leading(rows: Sequence[Element]) -> Iterator[Element]:
    for row in rows:
        in_head = row.getparent() is not None and row.getparent().tag == "thead"
        cells = list(row.iterchildren("td", "th"))
        if not (in_head or (len(cells) > 1 and all(cell.tag == "th" for cell in cells))):
            return
        yield row


def _span(cell: Element, name: str) -> int:
    value = cell.get(name) or "1"
    return min(int(value), 50) if value.isdigit() else 1
