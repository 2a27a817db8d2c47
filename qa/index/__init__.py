"""Passages to the hits of a question: by meaning in Chroma, by words in Tantivy, both kept up to date by `sync`.

    sync.py       the files of a folder -> new passages in the manifest
    publish.py    new passages in the manifest -> an index in which they are found
    manifest.py   what is in the index; the single truth (SQLite)
    vectors.py    Chroma, only here
    words.py      Tantivy, only here
    folders.py    the folders of the store: seals, copies, removal
    texts.py      the texts of documents whose files are no plain text
    lock.py       one writer at a time
    errors.py     foreign errors to ours

Knows nothing of how files are read, passages cut or vectors made, and nothing of answers.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from qa.index import folders
from qa.index.errors import damaged, other_encoder, translated
from qa.index.lock import writing
from qa.index.manifest import NAME, Manifest, State
from qa.index.sync import Steps, sync
from qa.text.words import rarity_in
from qa.text.words import words as words_of
from qa.types import (
    Document,
    Encoded,
    FileState,
    Hit,
    IndexUnusable,
    Passage,
    Progress,
    Sentence,
    SyncReport,
)

if TYPE_CHECKING:
    from qa.index.vectors import Nearest
    from qa.index.words import Matching
    from qa.types import Vector

__all__ = ["Index", "discard", "open_index"]

_SPARE = 14
"""Candidates asked for beyond the limit: an approximate search is surest of its first ones, and ties need room."""


def open_index(store: Path, *, encoder: str, dimensions: int) -> Index:
    """The index in the folder `store`, which `sync` makes where it is missing. Close it, or use it in a `with`.

    Raises IndexUnusable where the index there is of another encoder, of a newer version of the program, or damaged.
    """
    return Index(store, encoder=encoder, dimensions=dimensions)


def discard(store: Path) -> None:
    """Delete the index in a folder: what is ours in it, by name, and nothing else. Raises IndexBusy."""
    if not store.is_dir():
        return
    with translated(store), writing(store):
        # The manifest first: without it nothing else is read.
        for name in (NAME, f"{NAME}-journal"):
            (store / name).unlink(missing_ok=True)
        for folder in folders.folders(store):
            folders.remove(folder)


@dataclass(slots=True)
class _View:
    """A generation as it is open: its readers are opened when they are first needed."""

    state: State
    nearest: Nearest | None = None
    matching: Matching | None = None
    rarities: dict[str, float] = field(default_factory=dict)


class Index:
    """An open index. Any number of threads and processes may search it while one writes.

    A search sees one generation; the next search sees the newest, whoever wrote it.
    """

    def __init__(self, store: Path, *, encoder: str, dimensions: int) -> None:
        self._store = store
        self._encoder = encoder
        self._dimensions = dimensions
        self._process = os.getpid()
        self._lock = threading.RLock()
        self._manifest: Manifest | None = None
        self._view: _View | None = None
        with self._snapshot():
            pass

    def __enter__(self) -> Index:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of everything. A search opens it again."""
        with self._lock:
            self._drop_view()
            if self._manifest is not None:
                self._manifest.close()
                self._manifest = None

    def sync(
        self,
        files: Sequence[FileState],
        *,
        read: Callable[[str], Document],
        split: Callable[[Document], list[Passage]],
        encode: Callable[[Sequence[Passage]], Iterator[Encoded]],
        progress: Callable[[Progress], None] | None = None,
    ) -> SyncReport:
        """Make the index hold exactly these files.

        A file whose size and time are what they were is not read; one whose bytes are what they were is not encoded;
        and neither is a copy of one, so `encode` may look at a passage's title and text only. Where nothing has
        changed no lock is taken, and neither Chroma nor Tantivy is loaded. A file that `read` refuses with
        UnreadableDocument is reported as skipped, and what was known of it is dropped; one refused with
        UnreadableContent is not read again until it changes. Killed at any moment, the index
        is what it was before, and the next `sync` goes on from there. A damaged folder is made anew.

        `progress` is called for each passage encoded; its total is an estimate until the last file is read.
        Raises IndexBusy while another process writes, IndexUnusable where the store can not be written.
        """
        self._refuse_fork()
        steps = Steps(read, split, encode, progress)
        return sync(self._store, files, steps, encoder=self._encoder, dimensions=self._dimensions)

    def load(self) -> None:
        """Open everything now, so that the first search does not have to."""
        with self._snapshot() as view:
            if view is not None:
                self._matching(view)
                if nearest := self._nearest(view):
                    nearest.load(self._dimensions)

    def kept(self, file: str, sha256: str) -> Document | None:
        """What was read in a file of these bytes, if its text is not the bytes themselves and is in the index."""
        with self._snapshot() as view:
            return None if view is None else self._open_manifest().kept(file, sha256)

    def files(self) -> list[str]:
        """The files that can be found, sorted."""
        with self._snapshot() as view:
            return [] if view is None else self._open_manifest().files()

    def counts(self) -> dict[str, int]:
        """How many passages each file has that can be found and has any."""
        with self._snapshot() as view:
            return {} if view is None else self._open_manifest().counts()

    def by_meaning(self, vector: Vector, *, limit: int, files: Sequence[str] | None = None) -> list[Hit]:
        """The passages whose vectors are nearest to a question's, by cosine, which is the score.

        Among all files by Chroma; among some, or where Chroma's folder can not be opened, by comparing with each.
        """
        with self._snapshot() as view:
            if view is None or limit < 1:
                return []
            nearest = self._nearest(view) if files is None else None
            if nearest is None:
                return self._best(_cosines(vector, self._open_manifest().vectors(files)), limit)
            return self._by_chroma(view, nearest, vector, limit)

    def by_words(self, question: str, *, limit: int, files: Sequence[str] | None = None) -> list[Hit]:
        """The passages that share words with a question, by BM25. Nothing in a question has a special meaning.

        Words that carry grammar count only where the question has no others.
        """
        with self._snapshot() as view:
            matching = None if view is None else self._matching(view)
            asked = words_of(question)
            wanted = list(dict.fromkeys(word.stem for word in [w for w in asked if w.is_content] or asked))
            if matching is None or not wanted or limit < 1:
                return []
            room = limit + _SPARE
            while True:
                found = matching.matching(wanted, limit=room, files=files)
                scores = {id: round(score, 4) for id, score in found}
                # As in a search by meaning, all passages with the score of the last one have to be seen.
                if len(found) < room or _nth(scores, limit) > min(scores.values()):
                    return self._best(scores, limit)
                room *= 4

    def sentences(self, hits: Sequence[Hit], vector: Vector) -> list[Sentence]:
        """The sentences of the hits, in the order of the hits and of their text, each with its cosine with `vector`."""
        import numpy

        found: list[Sentence] = []
        with self._snapshot() as view:
            for hit in hits if view is not None else ():
                spans, stored = self._open_manifest().sentences(hit.passage)
                rows = numpy.frombuffer(stored, dtype=numpy.int8).reshape(-1, self._dimensions).astype(numpy.float32)
                cosines = rows @ vector / numpy.maximum(numpy.linalg.norm(rows, axis=1), 1e-12)
                found += [
                    Sentence(hit.passage, span.start, span.end, round(float(cosine), 6))
                    for span, cosine in zip(spans, cosines, strict=True)
                ]
        return found

    def rarity(self, form: str) -> float:
        """`qa.text.words.rarity_in`, by the passages of this index that have the word.

        A question asks it of hundreds of words, so it looks at the generation that was searched last.
        """
        view = self._view
        if view is None or view.matching is None:
            with self._snapshot() as view:
                if view is None or self._matching(view) is None:
                    return rarity_in(form, found=0, passages=0)
        if form not in view.rarities:
            counts = [view.matching.count(word.stem) for word in words_of(form)] if view.matching else []
            view.rarities[form] = rarity_in(form, found=min(counts, default=0), passages=view.state.passages)
        return view.rarities[form]

    def _by_chroma(self, view: _View, nearest: Nearest, vector: Vector, limit: int) -> list[Hit]:
        room = limit + _SPARE
        while True:
            ids = self._asked(view, nearest, vector, room)
            if len(ids) < min(room, view.state.passages):
                return self._best(_cosines(vector, self._open_manifest().vectors(None)), limit)
            found = self._open_manifest().passages(ids)
            scores = _cosines(vector, [(id, stored) for id, (_, stored) in found.items()])
            hits = _ranked(((passage, scores[id]) for id, (passage, _) in found.items()), limit)
            # Passages as near as the last one are in no order: all of them have to be seen.
            if len(ids) < room or not hits or hits[-1].score > min(scores.values()):
                return hits
            room *= 4

    def _asked(self, view: _View, nearest: Nearest, vector: Vector, limit: int) -> list[str]:
        """What Chroma answers; nothing where it fails."""
        try:
            with translated(self._store):
                return nearest.nearest(vector, limit=limit)
        except IndexUnusable:
            self._give_up_vectors(view)
            return []

    def _best(self, scores: dict[str, float], limit: int) -> list[Hit]:
        least = _nth(scores, limit)
        found = self._open_manifest().passages([id for id, score in scores.items() if score >= least])
        return _ranked(((passage, scores[id]) for id, (passage, _) in found.items()), limit)

    @contextmanager
    def _snapshot(self) -> Iterator[_View | None]:
        """The newest generation, for as long as the block lasts; None where there is no index yet."""
        self._refuse_fork()
        with self._lock, translated(self._store):
            if self._manifest is not None and not self._manifest.is_current:
                self.close()
            if self._manifest is None:
                self._manifest = Manifest.open(self._store)
            if self._manifest is None:
                yield None
                return
            with self._manifest.snapshot() as state:
                if not state.generation:
                    yield None
                    return
                if (state.encoder, state.dimensions) != (self._encoder, self._dimensions):
                    raise other_encoder(self._store, built_with=state.encoder, asked_for=self._encoder)
                if self._view is None or self._view.state != state:
                    self._drop_view()
                    self._view = _View(state)
                yield self._view

    def _open_manifest(self) -> Manifest:
        assert self._manifest is not None  # noqa: S101 - inside a snapshot there is one
        return self._manifest

    def _nearest(self, view: _View) -> Nearest | None:
        """Chroma, open; None where it can not be, and every vector has to be looked at."""
        from qa.index.vectors import Nearest

        name = view.state.vectors
        if view.nearest is None and name:
            folder = self._store / name
            # A damaged HNSW file is not an exception but the end of the process, so it is not even opened.
            if not folders.is_intact(folder, self._open_manifest().seals(name)):
                return None
            try:
                with translated(self._store):
                    view.nearest = Nearest(folder)
            except IndexUnusable:
                self._give_up_vectors(view)
        return view.nearest

    def _give_up_vectors(self, view: _View) -> None:
        """Have the next `sync` make the folder anew."""
        if view.nearest is not None:
            view.nearest.close()
            view.nearest = None
        folders.mark_damaged(self._store / view.state.vectors)

    def _matching(self, view: _View) -> Matching | None:
        from qa.index.words import Matching

        name = view.state.words
        if view.matching is None and name:
            folder = self._store / name
            if not folders.is_intact(folder, self._open_manifest().seals(name)):
                raise damaged(self._store, f"its folder {name} is not as it was written")
            try:
                view.matching = Matching(folder)
            except ValueError as error:
                folders.mark_damaged(folder)
                raise damaged(self._store, str(error)) from error
        return view.matching

    def _drop_view(self) -> None:
        for reader in (self._view.nearest, self._view.matching) if self._view is not None else ():
            if reader is not None:
                reader.close()
        self._view = None

    def _refuse_fork(self) -> None:
        if os.getpid() != self._process:
            raise IndexUnusable(
                "This index was opened before the process was forked, and Chroma's engine does not survive that;"
                " open it in each process."
            )


def _nth(scores: dict[str, float], n: int) -> float:
    """The n-th best score, or the last one where there are fewer."""
    ordered = sorted(scores.values(), reverse=True)
    return ordered[min(n, len(ordered)) - 1] if ordered else 0.0


def _ranked(scored: Iterable[tuple[Passage, float]], limit: int) -> list[Hit]:
    hits = [Hit(passage, score) for passage, score in scored]
    hits.sort(key=lambda hit: (-hit.score, hit.passage.file, hit.passage.start))
    return hits[:limit]


def _cosines(vector: Vector, stored: Sequence[tuple[str, bytes]]) -> dict[str, float]:
    """Rounded, so that the order of a sum's parts, which differs between sizes of a matrix, decides nothing."""
    import numpy

    if not stored:
        return {}
    vectors = numpy.frombuffer(b"".join(each for _, each in stored), dtype=numpy.float32).reshape(len(stored), -1)
    scores = numpy.round((vectors @ vector).astype(numpy.float64), 6)
    return dict(zip((id for id, _ in stored), scores.tolist(), strict=True))
