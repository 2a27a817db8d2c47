"""A version of a file with all that an index keeps of it, to bytes that another machine can take over, and back.

Everything that can not be had from the file at once is in it: passages, vectors, the sentences' vectors, the text of
a file that is not plain text. Knows nothing of where the bytes travel.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Sequence

from qa.index.manifest import Content, Row
from qa.types import FileState, IndexUnusable, Passage, Span

_TOGETHER = 300
"""Passages that are written in one go, on a server or in a store."""


def groups(contents: Iterable[Content]) -> Iterator[list[Content]]:
    """Runs of versions with as many passages as are written in one go, or a few more."""
    group: list[Content] = []
    room = _TOGETHER
    for content in contents:
        group.append(content)
        room -= max(1, len(content.rows))
        if room <= 0:
            yield group
            group, room = [], _TOGETHER
    if group:
        yield group


def packed(content: Content) -> bytes:
    """All of a version in one run of bytes."""
    head = {
        "file": content.state.file,
        "size": content.state.size,
        "modified": content.state.modified,
        "sha256": content.sha256,
        "settled": content.settled,
        "remarks": content.remarks,
        "is_kept": content.kept is not None,
        "passages": [_told(row) for row in content.rows],
    }
    parts = [zlib.compress(json.dumps(head).encode("ascii"), level=6), content.kept or b""]
    parts += [b"".join(row.vector for row in content.rows), b"".join(row.sentences for row in content.rows)]
    return b"".join(len(part).to_bytes(8, "big") + part for part in parts)


def unpacked(data: bytes) -> Content:
    """The version that was packed; the rows' `version` is 0. Raises IndexUnusable where the bytes are not whole."""
    try:
        head, kept, vectors, sentences = _parts(data)
        told = json.loads(zlib.decompress(head))
        file = told["file"]
        passages = told["passages"]
        size = len(vectors) // max(1, len(passages))
        rows, done = [], 0
        for number, (id, start, end, page, title, text, spans, title_stems, stems, length) in enumerate(passages):
            sentence_spans = tuple(map(Span, spans[::2], spans[1::2]))
            passage = Passage(file, start, end, text, title, page, sentence_spans)
            vector = vectors[number * size : (number + 1) * size]
            rows.append(Row(id, 0, passage, title_stems, stems, vector, sentences[done : done + length]))
            done += length
        return Content(
            state=FileState(file, told["size"], told["modified"]),
            sha256=told["sha256"],
            settled=told["settled"],
            rows=tuple(rows),
            remarks=tuple(told["remarks"]),
            kept=kept if told["is_kept"] else None,
        )
    except (zlib.error, ValueError, KeyError, TypeError) as error:
        raise IndexUnusable(
            "What was published of a file is damaged; publish it anew with `qa index --rebuild`."
        ) from error


def _told(row: Row) -> Sequence[object]:
    passage = row.passage
    spans = [each for span in passage.sentences for each in (span.start, span.end)]
    return (
        *(row.id, passage.start, passage.end, passage.page, passage.title, passage.text),
        *(spans, row.title_stems, row.stems, len(row.sentences)),
    )


def _parts(data: bytes) -> list[bytes]:
    parts, at = [], 0
    while at < len(data):
        length = int.from_bytes(data[at : at + 8], "big")
        parts.append(data[at + 8 : at + 8 + length])
        at += 8 + length
    if at != len(data):
        raise ValueError("cut off")
    return parts
