"""An index that is shared through a Chroma server: what a store lacks of it is taken over, what it adds is published.

The vectors are searched on the server alone. Everything else that a question needs, the words, the texts, the
sentences' vectors and the documents that are kept, is in a store on each machine: a replica, which takes over what is
new when it is asked. So a question costs one or two requests, and where the server is silent a small index is searched
all the same, by comparing the question with every vector that the replica has.

Knows nothing of files on disk, and nothing of what a ledger looks like on the server.
"""

from __future__ import annotations

import hashlib
import re
import threading
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from dataclasses import replace as changed
from pathlib import Path
from typing import TYPE_CHECKING

from qa.index.database import NAME
from qa.index.errors import other_encoder, translated
from qa.index.ledger import MOST_NEAREST, Generation, Ledger, PackGone, Shared
from qa.index.lock import writing
from qa.index.manifest import Change, Manifest, Version
from qa.index.packs import groups
from qa.index.publish import publish
from qa.index.release import Release, drop, release, tidy
from qa.index.remote import Address, CollectionGone, Server, Unreachable
from qa.types import IndexBusy, IndexUnusable

if TYPE_CHECKING:
    from qa.types import Vector

_LOOK_SECONDS = 1.0
"""How far what a question is answered from may be behind what is published."""

_MOST_COMPARED = 200_000
"""Passages up to which a question is answered without the server; comparing with so many takes a second or two."""

_ATTEMPTS = 4
"""How often it is looked again where something was deleted after it was listed."""


@dataclass(frozen=True, slots=True)
class _Standing:
    """How far a store has come: the ledger that it follows, and the generation of it that it has."""

    ledger: str = ""
    generation: Generation | None = None


class Replica:
    """A store that follows what is published at an address. Any number of threads may ask it."""

    def __init__(self, store: Path, address: Address, *, encoder: str, dimensions: int) -> None:
        self._store = store
        self._encoder = encoder
        self._dimensions = dimensions
        self._server = Server(address)
        self._name = collection_name(address.name)
        self._ledger: Ledger | None = None
        self._known: _Standing | None = None
        self._looking = threading.Lock()
        self._looked = float("-inf")

    def close(self) -> None:
        """Let go of the connections."""
        self._server.close()

    def follow(self, *, at_once: bool = False) -> None:
        """Take over what is new, unless that was looked for within the last second.

        Where the server can not be reached, or somebody else is at it, what the store has must do; that is an error
        where it has nothing, and where it is wanted `at_once`.
        """
        if not at_once and time.monotonic() - self._looked < _LOOK_SECONDS:
            return
        if not self._looking.acquire(blocking=at_once or self._known is None):
            return
        try:
            if not self._is_current():
                with translated(self._store), writing(self._store):
                    self.take_over()
        except (IndexBusy, Unreachable):
            if at_once or not (self._store / NAME).is_file():
                raise
        finally:
            self._looked = time.monotonic()
            self._looking.release()

    def take_over(self) -> None:
        """Take over what is new. The caller holds the store's lock."""
        for attempts_left in reversed(range(_ATTEMPTS)):
            try:
                ledger = self._found()
                if ledger is not None:
                    self._take(ledger)
                return
            except (PackGone, CollectionGone):  # published, or made anew, meanwhile
                self._ledger = None
                if not attempts_left:
                    raise

    def publish(self, store: Path, manifest: Manifest, change: Change) -> None:
        """Publish a change on the server, then in the store. The caller holds the store's lock.

        Raises Overtaken where another machine has published since `take_over`.
        """
        before = _entries(manifest)
        standing, now = self._released(manifest, change, before)
        publish(store, manifest, change, has_vectors=False)
        self._note(manifest, standing, before, now)

    def compact(self) -> None:
        """Write the vectors anew and delete all that nobody needs, on the server and in the store."""
        with translated(self._store), writing(self._store):
            self.take_over()
            with closing(self._manifest()) as manifest:
                before = _entries(manifest)
                standing, now = self._released(manifest, Change(), before, afresh=True)
                publish(self._store, manifest, Change(), anew=True, has_vectors=False)
                self._note(manifest, standing, before, now)
                manifest.shrink()
            if self._ledger is not None and standing.generation is not None:
                tidy(self._ledger, standing.generation, now, grace=0)

    def nearest(self, manifest: Manifest, vector: Vector, *, limit: int) -> list[str] | None:
        """The ids of the nearest passages, among them some that are not live; None where each has to be looked at.

        Raises IndexUnusable where the server does not answer and they are too many for that.
        """
        generation = _standing_of(manifest).generation
        if limit > MOST_NEAREST or generation is None:
            return None
        try:
            ledger = self._found()
            return None if ledger is None else ledger.nearest(generation, vector.tolist(), limit=limit)
        except CollectionGone:  # made anew a moment ago; it is followed with the next question
            self._ledger = None
            return None
        except IndexUnusable:
            if manifest.state().live.passages > _MOST_COMPARED:
                raise
            return None

    def nothing(self) -> IndexUnusable:
        """The error where there is nothing to ask."""
        address = self._server.address
        return IndexUnusable(
            f"Nothing is published on {address.url} as {address.name!r}; run `qa index` on the folder of documents with"
            " the same QA_CHROMA."
        )

    def _is_current(self) -> bool:
        """Whether there is nothing to take over, by one request."""
        if self._known is None:
            with translated(self._store):
                self._known = _standing(self._store)
        try:
            ledger = self._found()
            if ledger is None:
                return True
            newest, continues = ledger.newest(known=self._known.generation)
        except CollectionGone:
            self._ledger = None
            return False
        is_same = ledger.identity == self._known.ledger and continues
        return newest is None or (is_same and newest == self._known.generation)

    def _found(self) -> Ledger | None:
        if self._ledger is None:
            self._ledger = Ledger.find(self._server, self._name)
        return self._ledger

    def _manifest(self) -> Manifest:
        manifest = Manifest.open(self._store)
        if manifest is None:
            manifest = Manifest.create(self._store, encoder=self._encoder, dimensions=self._dimensions)
        state = manifest.state()
        if (state.encoder, state.dimensions) != (self._encoder, self._dimensions):
            manifest.close()
            raise other_encoder(self._store, built_with=state.encoder, asked_for=self._encoder)
        manifest.share()
        return manifest

    def _take(self, ledger: Ledger) -> None:
        standing = _standing_with(ledger, _standing(self._store))
        newest, continues = ledger.newest(known=standing.generation)
        if newest is None or (newest == standing.generation and continues):
            self._known = standing
            return
        if (newest.encoder, newest.dimensions) != (self._encoder, self._dimensions):
            raise self._other_encoder(newest)
        known = standing.generation.number if standing.generation and continues else 0
        with closing(self._manifest()) as manifest:
            before = _entries(manifest)
            now = ledger.entries(newest, known=known, entries=before if known else {})
            change = self._taken(ledger, manifest, now)
            if change.added or change.dropped or not manifest.state().generation:
                publish(self._store, manifest, change, has_vectors=False)
            self._note(manifest, _Standing(ledger.identity, newest), before, now)

    def _taken(self, ledger: Ledger, manifest: Manifest, entries: Mapping[str, Shared]) -> Change:
        """The change that makes the store hold these versions; what it lacks of them is put into the manifest."""
        live = manifest.live()
        wanted = [each for file, each in entries.items() if file not in live or live[file].sha256 != each.sha256]
        lacking = [each for each in wanted if not manifest.has_whole(each.state.file, each.sha256, each.passages)]
        for group in groups(ledger.contents(lacking)):
            with manifest.transaction():
                versions = list(map(manifest.admit, group))
            manifest.put(
                changed(row, version=version)
                for version, content in zip(versions, group, strict=True)
                for row in content.rows
            )
        with manifest.transaction():
            added = [manifest.version(each.state, each.sha256, settled=each.settled) for each in wanted]
        dropped = [each.version for file, each in live.items() if _is_other(each, entries.get(file))]
        return Change(tuple(added), tuple(dropped), keeps_waiting=True)

    def _released(
        self, manifest: Manifest, change: Change, before: Mapping[str, Shared], *, afresh: bool = False
    ) -> tuple[_Standing, Mapping[str, Shared]]:
        """What the server publishes after a change; nothing is done there if that is what it does already."""
        manifest.share()
        ledger = self._found()
        if ledger is None:
            ledger = self._ledger = Ledger.make(self._server, self._name)
        standing = _standing_with(ledger, _standing_of(manifest))
        entries = before if standing.generation else {}
        after = manifest.after(change)
        added = [each for file, each in after.items() if _is_other(each, entries.get(file))]
        dropped = [each for file, each in entries.items() if _is_gone(each, after.get(file))]
        if standing.generation is not None:
            # It may have been given back an older state, or have lost some.
            afresh = afresh or ledger.count(standing.generation) < sum(each.passages for each in entries.values())
            if not (added or dropped or afresh):
                return standing, entries
        wanted = Release(
            base=standing.generation,
            entries=entries,
            added=map(manifest.content, added),
            dropped=dropped,
            rows=lambda shared: manifest.content(after[shared.state.file]).rows,
            encoder=self._encoder,
            dimensions=self._dimensions,
            afresh=afresh,
        )
        generation, entries = release(ledger, wanted)
        return _Standing(ledger.identity, generation), entries

    def _note(
        self, manifest: Manifest, standing: _Standing, before: Mapping[str, Shared], now: Mapping[str, Shared]
    ) -> None:
        manifest.note_standing(
            standing.ledger,
            standing.generation.as_text() if standing.generation else "",
            {file: each.as_text() for file, each in now.items() if before.get(file) != each},
            gone=before.keys() - now.keys(),
        )
        self._known = standing

    def _other_encoder(self, newest: Generation) -> IndexUnusable:
        return IndexUnusable(
            f"What is published on {self._server.address.url} was built with {newest.encoder!r}, not with"
            f" {self._encoder!r}; use the same QA_EMBED everywhere, or publish it anew with `qa index --rebuild`."
        )


def discard_published(address: Address) -> None:
    """Delete all that is published under a name."""
    server = Server(address)
    try:
        ledger = Ledger.find(server, collection_name(address.name))
        if ledger is not None:
            drop(ledger)
    finally:
        server.close()


def collection_name(name: str) -> str:
    """What the collections of documents of this name are called: letters, digits and hyphens are all that may be."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:32]
    return f"qa-{plain or 'documents'}-{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"


def _is_other(version: Version, shared: Shared | None) -> bool:
    return shared is None or shared.sha256 != version.sha256


def _is_gone(shared: Shared, version: Version | None) -> bool:
    return version is None or version.sha256 != shared.sha256


def _standing(store: Path) -> _Standing:
    manifest = Manifest.open(store)
    if manifest is None:
        return _Standing()
    with closing(manifest):
        return _standing_of(manifest)


def _standing_of(manifest: Manifest) -> _Standing:
    ledger, generation = manifest.standing()
    return _Standing(ledger, Generation.of_text(generation) if generation else None)


def _standing_with(ledger: Ledger, standing: _Standing) -> _Standing:
    """What was taken over from this ledger, and not from one of before."""
    return standing if standing.ledger == ledger.identity else _Standing(ledger.identity)


def _entries(manifest: Manifest) -> dict[str, Shared]:
    return {file: Shared.of_text(text) for file, text in manifest.shared().items()}
