"""PDF files: their headings, paragraphs, lists and tables, page by page.

Text is taken as pdfium gives it, pages without text are reported, and the title is what the file says or its first
large heading.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from qa.load.formats import Content
from qa.load.formats.composition import Composition
from qa.load.formats.pdf_layout import Block, blocks_of
from qa.load.formats.pdf_page import Page, page_of
from qa.text.sentences import sentences
from qa.types import UnreadableDocument

_MOST_PAGES = 20_000
_NO_TITLE = re.compile(
    r"microsoft |untitled|document ?\d*\Z|.*\.(?:docx?|pdf|indd|tex|pptx?|xlsx?|rtf|odt)\Z|\W*\Z", re.IGNORECASE
)
_ENDS = re.compile(r"[.!?…:;。！？][\"'”’»)\]]*\Z")
_REASONS = {
    raw.FPDF_ERR_PASSWORD: "it is encrypted; save it without a password",
    raw.FPDF_ERR_SECURITY: "it is encrypted in a way that can not be read; save it without a password",
}


def content(data: bytes) -> Content:
    """The pages in order. Raises UnreadableDocument for a file that is encrypted, damaged or holds pictures alone."""
    with opened(data) as document:
        if len(document) > _MOST_PAGES:
            raise UnreadableDocument(f"it has {len(document):,} pages; at most {_MOST_PAGES:,} are read, so split it")
        pages = [_page(document, number) for number in range(len(document))]
        title = document.get_metadata_dict().get("Title", "")
    return _composed(pages, title="" if _NO_TITLE.match(title) else title)


@contextmanager
def opened(data: bytes) -> Iterator[pdfium.PdfDocument]:
    """An open file. Raises UnreadableDocument for one that is encrypted or damaged."""
    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        reason = _REASONS.get(getattr(error, "err_code", None) or 0, "it is damaged, or no PDF")
        raise UnreadableDocument(reason) from error
    try:
        if document.get_formtype():
            document.init_forms()
        yield document
    finally:
        document.close()


@contextmanager
def page_at(document: pdfium.PdfDocument, number: int) -> Iterator[pdfium.PdfPage | None]:
    """An open page, counted from 0, what was filled into its forms being part of it; None where it is damaged."""
    try:
        page = document[number]
    except pdfium.PdfiumError:
        yield None
        return
    try:
        if document.formenv and raw.FPDFPage_Flatten(page, raw.FLAT_NORMALDISPLAY) == raw.FLATTEN_SUCCESS:
            page.close()
            page = document[number]
        yield page
    finally:
        page.close()


def _page(document: pdfium.PdfDocument, number: int) -> Page:
    with page_at(document, number) as page:
        return Page((), 1.0, has_unseen=False, has_pictures=True) if page is None else page_of(page)


def _composed(pages: Sequence[Page], *, title: str) -> Content:
    if not any(page.lines for page in pages):
        raise UnreadableDocument("it has no text, only pictures of it; run a text recognition such as ocrmypdf on it")
    composition = Composition()
    if any(page.has_unseen for page in pages):
        composition.left_out()
    bare = [number for number, page in enumerate(pages, start=1) if page.has_pictures and not page.lines]
    if bare:
        composition.remark(f"these pages hold only pictures, which were not read: {', '.join(map(str, bare))}")
    by_page = blocks_of(pages)
    headings = [block for blocks in by_page[:1] for block in blocks if block.kind == "heading"]
    largest = min((block.level for block in headings), default=0)
    open_page = 0
    for number, blocks in enumerate(by_page):
        if open_page <= number:
            composition.page()
            open_page = number + 1
        for place, block in enumerate(blocks):
            following = by_page[number + 1][:1] if number + 1 < len(by_page) else []
            if place == len(blocks) - 1 and following and _goes_on(block, following[0]):
                _write_over_the_end(composition, block.text, by_page[number + 1].pop(0).text)
                open_page = number + 2
            else:
                _write(composition, block)
    stated = next((block.text for block in headings if block.level == largest), "")
    return composition.content(title=title or stated)


def _write(composition: Composition, block: Block) -> None:
    if block.kind == "heading":
        composition.heading(block.text, level=block.level)
    elif block.kind == "item":
        composition.item(block.text)
    elif block.kind == "table":
        composition.table(block.cells)
    else:
        composition.paragraph(block.text)


def _goes_on(block: Block, following: Block) -> bool:
    """Whether the last paragraph of a page goes on at the top of the next one."""
    unfinished = block.kind == following.kind == "paragraph" and not _ENDS.search(block.text)
    return unfinished and following.text[:1].islower()


def _write_over_the_end(composition: Composition, above: str, below: str) -> None:
    """A paragraph over the end of a page. A sentence counts for the page on which it begins."""
    text = f"{above} {below}"
    rest = next((span.start for span in sentences(text) if span.start > len(above)), len(text))
    composition.paragraph(text, page_at=rest)
