"""Passages to the hits of a question: by meaning in Chroma, by words in Tantivy, both kept up to date by `sync`.

    sync.py       the files of a folder -> new passages in the manifest
    publish.py    new passages in the manifest -> an index in which they are found
    manifest.py   what is in the index; the single truth (SQLite)
    database.py   its tables
    view.py       one generation, open for searching
    ranking.py    how near a passage is to a question
    vectors.py    Chroma, only here
    words.py      Tantivy, only here
    folders.py    the folders of the store: seals, copies, removal
    anew.py       an index made anew -> the place of the old one
    texts.py      the texts of documents whose files are no plain text
    lock.py       one writer at a time
    doctor.py     what is wrong with a store
    errors.py     foreign errors to ours

and, where many machines share an index through a Chroma server:

    replica.py    what is published there <-> what a store has of it
    ledger.py     what is published there, as it is read
    release.py    new versions -> the next generation there
    packs.py      a version with all that is kept of it <-> bytes
    remote.py     a Chroma server over HTTP, only here

Knows nothing of how files are read, passages cut or vectors made, and nothing of answers.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from qa.index.anew import delete, remake
from qa.index.doctor import examine
from qa.index.errors import nothing_indexed, other_encoder, translated
from qa.index.lock import writing
from qa.index.manifest import Manifest
from qa.index.publish import compact
from qa.index.release import Overtaken
from qa.index.remote import Address, Unreachable
from qa.index.replica import Replica, discard_published
from qa.index.sync import Publishing, Steps, sync
from qa.index.view import Readers, View
from qa.text.words import rarity_in
from qa.text.words import words as words_of
from qa.types import (
    Document,
    Encoded,
    FileState,
    Hit,
    IndexBusy,
    IndexUnusable,
    Passage,
    Progress,
    Remark,
    Sentence,
    Skipped,
    SyncReport,
)

if TYPE_CHECKING:
    from qa.types import Vector

__all__ = ["Address", "Index", "Overtaken", "Unreachable", "discard", "examine", "open_index", "remake"]


def open_index(store: Path, *, encoder: str, dimensions: int, address: Address | None = None) -> Index:
    """The index in the folder `store`, which `sync` makes where it is missing. Close it, or use it in a `with`.

    With an address the store follows what is published there, and publishes there what `sync` takes in. Raises
    IndexUnusable where the index there is of another encoder, of a newer version of the program, or damaged.
    """
    return Index(store, encoder=encoder, dimensions=dimensions, address=address)


def discard(store: Path, address: Address | None = None) -> None:
    """Delete the index in a folder: what is ours in it, by name, and nothing else. With an address, what is published
    there too, and first. Raises IndexBusy."""
    if address is not None:
        discard_published(address)
    if not store.is_dir():
        return
    with translated(store), writing(store):
        delete(store)


class Index:
    """An open index. Any number of threads and processes may search it while one writes.

    A search sees one generation; the next search sees the newest, whoever wrote it.
    """

    def __init__(self, store: Path, *, encoder: str, dimensions: int, address: Address | None = None) -> None:
        self._store = store
        self._encoder = encoder
        self._dimensions = dimensions
        self._process = os.getpid()
        self._lock = threading.RLock()
        self._manifest: Manifest | None = None
        self._view: View | None = None
        self._held: View | None = None
        self._is_held = False
        self._replica = Replica(store, address, encoder=encoder, dimensions=dimensions) if address else None
        self._readers = Readers(store, self._replica)
        try:
            with self._snapshot():
                pass
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Index:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of everything. A search opens it again."""
        with self._lock:
            self._let_go()
            if self._replica is not None:
                self._replica.close()

    def sync(
        self,
        files: Sequence[FileState],
        *,
        read: Callable[[str], Document],
        split: Callable[[Document], list[Passage]],
        encode: Callable[[Sequence[Passage]], Iterator[Encoded]],
        progress: Callable[[Progress], None] | None = None,
        covers: Callable[[str], bool] = lambda _: True,
        expect: Callable[[Sequence[str]], None] = lambda _: None,
    ) -> SyncReport:
        """Make the index hold exactly these files, of those that it `covers`; others are left as they are.

        A file whose size and time are what they were is not read; one whose bytes are what they were is not encoded;
        and neither is a copy of one, so `encode` may look at a passage's title and text only. Where nothing has
        changed no lock is taken, and neither Chroma nor Tantivy is loaded. A file that `read` refuses with
        UnreadableDocument is reported as skipped, and what was known of it is dropped; one refused with
        UnreadableContent is not read again until it changes. Killed at any moment, the index
        is what it was before, and the next `sync` goes on from there. A damaged folder is made anew.

        `progress` is called for each passage encoded; its total is an estimate until the last file is read. `expect` is
        told the files that will be read, in their order, so that `read` can be ahead. Raises IndexBusy while another process writes, and Overtaken, which is one, where another machine has published
        meanwhile: what was encoded is kept for another attempt. Raises IndexUnusable where the store can not be
        written, or a server that the index is published on can not be reached and there is something to publish.
        """
        self._refuse_fork()
        steps = Steps(read, split, encode, progress, covers, expect)
        if self._replica is None:
            return self._synced(files, steps, Publishing())
        with suppress(IndexBusy, Unreachable):  # both are in the way only where there is something to write
            self._replica.follow(at_once=True)
        return self._synced(files, steps, Publishing(self._replica.take_over, self._replica.publish))

    def published(self) -> SyncReport:
        """What there is to ask without looking at any file, as a report in which nothing has changed.

        Raises IndexUnusable where there is nothing, or a server has it and can not be reached.
        """
        if self._replica is not None:
            self._replica.follow()
        with self._snapshot() as view:
            if view is None:
                raise self._replica.nothing() if self._replica else nothing_indexed(self._store)
            manifest = self._open_manifest()
            return SyncReport(
                unchanged=tuple(manifest.files()),
                skipped=tuple(sorted(Skipped(each.file, why) for each, why in manifest.refusals().items())),
                remarks=tuple(
                    Remark(file, each) for file, remarks in sorted(manifest.remarks().items()) for each in remarks
                ),
            )

    def load(self) -> None:
        """Open everything now, so that the first search does not have to."""
        with self._snapshot() as view:
            if view is not None:
                view.load()

    def compact(self) -> None:
        """Make the folders anew and give back all room, so that nothing of what was removed is left in the store.

        Raises IndexBusy while another process writes.
        """
        self._refuse_fork()
        if self._replica is not None:
            self._replica.compact()
        else:
            compact(self._store)

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
        """The passages whose vectors are nearest to a question's, by cosine, which is the score."""
        with self._snapshot() as view:
            if view is None or limit < 1:
                return []
            return self._hits(view.by_meaning(vector, limit=limit, files=files), limit)

    def by_words(self, question: str, *, limit: int, files: Sequence[str] | None = None) -> list[Hit]:
        """The passages that share words with a question, by BM25. Nothing in a question has a special meaning.

        Words that carry grammar count only where the question has no others.
        """
        asked = words_of(question)
        wanted = list(dict.fromkeys(word.stem for word in [w for w in asked if w.is_content] or asked))
        with self._snapshot() as view:
            if view is None or not wanted or limit < 1:
                return []
            return self._hits(view.by_words(wanted, limit=limit, files=files), limit)

    @contextmanager
    def held(self) -> Iterator[None]:
        """All that is searched in the block is of one generation; other threads wait."""
        with self._snapshot() as view:
            before = self._held, self._is_held
            self._held, self._is_held = view, True
            try:
                yield
            finally:
                self._held, self._is_held = before

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
        if view is None or not view.can_count:
            with self._snapshot() as view:
                if view is None:
                    return rarity_in(form, found=0, passages=0)
                return view.rarity(form)
        return view.rarity(form)

    def _synced(self, files: Sequence[FileState], steps: Steps, publishing: Publishing) -> SyncReport:
        return sync(self._store, files, steps, publishing, encoder=self._encoder, dimensions=self._dimensions)

    def _hits(self, scores: dict[str, float], limit: int) -> list[Hit]:
        found = self._open_manifest().passages(list(scores))
        hits = [Hit(passage, scores[id]) for id, passage in found.items()]
        hits.sort(key=lambda hit: (-hit.score, hit.passage.file, hit.passage.start))
        return hits[:limit]

    @contextmanager
    def _snapshot(self) -> Iterator[View | None]:
        """The newest generation, or the one held, for as long as the block lasts; None where there is no index yet."""
        self._refuse_fork()
        with self._lock:
            if self._is_held:
                yield self._held
                return
        if self._replica is not None:
            self._replica.follow()
        with self._lock, translated(self._store):
            if self._manifest is not None and not self._manifest.is_current:
                self._let_go()
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
                    self._view = View(self._store, state, self._manifest, self._readers)
                yield self._view

    def _let_go(self) -> None:
        self._view = None
        self._readers.close()
        if self._manifest is not None:
            self._manifest.close()
            self._manifest = None

    def _open_manifest(self) -> Manifest:
        assert self._manifest is not None  # noqa: S101 - inside a snapshot there is one
        return self._manifest

    def _refuse_fork(self) -> None:
        if os.getpid() != self._process:
            raise IndexUnusable(
                "This index was opened before the process was forked, and Chroma's engine does not survive that;"
                " open it in each process."
            )
