"""A document whose text is not its file's bytes, to what the index keeps of it, and back.

So a citation of a PDF has a text to be held against, without the PDF being read anew for every question. Knows nothing
of where it is kept.
"""

from __future__ import annotations

import json
import zlib

from qa.types import Document, Span


def is_kept(document: Document) -> bool:
    """Whether the text has to be kept: that of UTF-8 files is on the disk already."""
    return document.encoding != "utf-8"


def packed(document: Document) -> bytes:
    """All of a document but the name and the hash of its file."""
    parts = {
        "text": document.text,
        "title": document.title,
        "pages": [[span.start, span.end] for span in document.pages],
        "rows": [[span.start, span.end] for span in document.rows],
        "encoding": document.encoding,
        "remarks": document.remarks,
    }
    return zlib.compress(json.dumps(parts).encode("ascii"), level=6)


def unpacked(kept: bytes, *, file: str, sha256: str) -> Document:
    """The document that was packed."""
    parts = json.loads(zlib.decompress(kept))
    return Document(
        file=file,
        text=parts["text"],
        title=parts["title"],
        sha256=sha256,
        pages=tuple(Span(*each) for each in parts["pages"]),
        rows=tuple(Span(*each) for each in parts["rows"]),
        encoding=parts["encoding"],
        remarks=tuple(parts["remarks"]),
    )
