"""What a visitor asked to see in full -> the document as it is now, with the page of the cited words. Knows nothing of
pages of Gradio.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator

from qa.app.library import Library
from qa.load import Picture, Pictures, page_number
from qa.markup.conversation import Turn
from qa.markup.document import Sought, document, is_unchanged
from qa.markup.html import Html
from qa.markup.sheet import Sheet, no_sheet, sheet
from qa.types import Document, UnreadableDocument


def opened(
    turn: Turn | None, library: Library | None, pictures: Pictures, *, citation: int, hit: int, key: int
) -> Iterator[Html]:
    """The document of citation number `citation`, counted from 1, or of hit number `hit`, from 0; nothing if neither is.

    Where the cited words have a page that can be drawn, it comes once more, with the picture beside the text.
    Only what the turn cites or found can be opened, so that no name of a file is ever taken from a browser.
    """
    sought = None if turn is None else _sought(turn, citation, hit)
    if sought is None:
        yield Html("")
        return
    if library is None:
        yield document(None, sought, reason="it was removed", key=key)
        return
    try:
        found = library.document(sought.file)
    except UnreadableDocument as error:
        yield document(None, sought, reason=str(error), key=key)
        return
    number = page_number(found, sought.start) if is_unchanged(found, sought) else None
    if number is None:
        yield document(found, sought, key=key)
        return
    yield document(found, sought, beside=no_sheet(f"Page {number} is being drawn …"), key=key)
    yield document(found, sought, beside=_beside(found, sought, library, pictures, number=number), key=key)


def _sought(turn: Turn, citation: int, hit: int) -> Sought | None:
    if 1 <= citation <= len(turn.cited):
        cited = turn.cited[citation - 1]
        return Sought(cited.file, cited.start, cited.quote, cited.sha256, cited.page)
    if 0 <= hit < len(turn.found):
        passage = turn.found[hit].passage
        return Sought(passage.file, passage.start, passage.text, page=passage.page)
    return None


def _beside(found: Document, sought: Sought, library: Library, pictures: Pictures, *, number: int) -> Html:
    try:
        drawn = pictures(library.folder, found, start=sought.start, end=sought.start + len(sought.quote))
    except UnreadableDocument as error:
        return no_sheet(f"Page {number} can not be shown as a picture: {error}.")
    return sheet(_sheet(drawn, sought.file, number=number))


def _sheet(drawn: Picture, file: str, *, number: int) -> Sheet:
    # In the page itself, so that nobody else can ask for it, and nothing is kept to be fetched.
    source = f"data:image/png;base64,{base64.b64encode(drawn.png).decode('ascii')}"
    boxes = tuple((each.left, each.top, each.right, each.bottom) for each in drawn.boxes)
    return Sheet(file, number, source, drawn.width, drawn.height, boxes, goes_on=drawn.goes_on)
