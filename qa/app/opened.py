"""What a visitor asked to see in full -> the document as it is now. Knows nothing of pages."""

from __future__ import annotations

from qa.app.library import Library
from qa.markup.conversation import Turn
from qa.markup.document import Sought, document
from qa.markup.html import Html
from qa.types import UnreadableDocument


def opened(turn: Turn | None, library: Library | None, *, citation: int, hit: int, key: int) -> Html:
    """The document of citation number `citation`, counted from 1, or of hit number `hit`, from 0; nothing if neither is.

    Only what the turn cites or found can be opened, so that no name of a file is ever taken from a browser.
    """
    sought = None if turn is None else _sought(turn, citation, hit)
    if sought is None:
        return Html("")
    if library is None:
        return document(None, sought, reason="it was removed", key=key)
    try:
        return document(library.document(sought.file), sought, key=key)
    except UnreadableDocument as error:
        return document(None, sought, reason=str(error), key=key)


def _sought(turn: Turn, citation: int, hit: int) -> Sought | None:
    if 1 <= citation <= len(turn.cited):
        cited = turn.cited[citation - 1]
        return Sought(cited.file, cited.start, cited.quote, cited.sha256, cited.page)
    if 0 <= hit < len(turn.found):
        passage = turn.found[hit].passage
        return Sought(passage.file, passage.start, passage.text, page=passage.page)
    return None
