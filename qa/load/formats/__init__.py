"""Which module reads which kind of file, and what all of them give.

    reading.py      the name of a reader and bytes -> Content
    html.py, pdf.py, word.py, slides.py, sheets.py, separated.py, epub.py, mail.py, notebook.py, records.py
                    a reader each: `content(data: bytes) -> Content`; UnreadableDocument has the reason
    composition.py  what readers write their text into
    rows.py         rows of a table -> sentences
    naming.py       the first row of a table -> whether it names the columns
    frames.py       an element of a web page -> whether it only frames it
    styles.py       colours and sizes -> whether text is seen
    archive.py      zip archives, if they can be opened without harm
    pdf_page.py, pdf_layout.py
                    a page of a PDF -> lines; lines -> headings, paragraphs, tables
    pdf_picture.py, pdf_place.py
                    a page of a PDF -> its picture; words that were read in it -> where they are on the page

Readers are imported in the child process alone (see `qa.load.worker`). They know bytes; nothing of folders, files or
indexes.
"""

from __future__ import annotations

from dataclasses import dataclass

from qa.types import Span

PLAIN = "plain"
"""What is read without a child process and without a library: the text is the file's bytes."""

READERS = {
    ".txt": PLAIN,
    ".text": PLAIN,
    ".md": PLAIN,
    ".markdown": PLAIN,
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".pdf": "pdf",
    ".docx": "word",
    ".pptx": "slides",
    ".xlsx": "sheets",
    ".xlsm": "sheets",
    ".csv": "separated",
    ".tsv": "separated",
    ".epub": "epub",
    ".eml": "mail",
    ".ipynb": "notebook",
    ".json": "records",
    ".jsonl": "records",
    ".ndjson": "records",
}
"""The end of a file's name, in lower case -> the module here that reads it."""

PICTURED = frozenset({"pdf"})
"""The readers whose pages can be shown as pictures: `<reader>_picture.py` has `picture(data, sought) -> Picture`."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a reader makes of a file's bytes; pages, rows, encoding and remarks are as in Document.

    `title` is what the format itself says it is, and `date` in words when it was published, sent or written; "" if
    nothing is.
    """

    text: str
    title: str = ""
    date: str = ""
    pages: tuple[Span, ...] = ()
    rows: tuple[Span, ...] = ()
    encoding: str | None = None
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sought:
    """Words to be found on a page, counted from 1: `text[start:end]`, where `text` is what was read in that page, and
    further to the end of the words where they go on on the next one."""

    page: int
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Box:
    """A part of a picture, in shares of its width and height from its upper left corner."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Picture:
    """A page as PNG, so many pixels wide and high. `boxes` are where the words are, a line each; none where that could
    not be told for sure. `goes_on`: more of the words stand on the next page."""

    png: bytes
    width: int
    height: int
    boxes: tuple[Box, ...] = ()
    goes_on: bool = False
