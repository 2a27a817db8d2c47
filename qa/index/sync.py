"""Files to an index that holds them: what is new is read, split and encoded; what has changed or gone is replaced.

First a quick look, which is all there is where nothing has changed. Then, under the lock, new passages go into the
manifest group by group, where a run that is killed leaves them for the next one. Then everything is published at once.

Knows nothing of how a file is read, split or encoded: it is given functions.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from qa.index import folders
from qa.index.database import NAME
from qa.index.errors import other_encoder, translated
from qa.index.lock import writing
from qa.index.manifest import Change, Manifest, Row, Version, passage_id
from qa.index.publish import broken, is_due, publish
from qa.index.ranking import stems
from qa.types import (
    Document,
    Encoded,
    FileState,
    IndexBusy,
    IndexUnusable,
    ModelError,
    Passage,
    Progress,
    Remark,
    Skipped,
    SyncReport,
    UnreadableContent,
    UnreadableDocument,
)

if TYPE_CHECKING:
    from qa.types import Vectors

_GROUP = 512
"""Passages that are read before they are encoded."""

_PART = 128
"""Passages that are encoded before they are put into the manifest: a killed run loses no more."""

_UNSETTLED = 2_000_000_000
"""Nanoseconds. A file written to so shortly before it is read may be written to again with no trace in its time
(https://git-scm.com/docs/racy-git); 2 s is the coarsest clock of a file system in use, FAT's."""

_BYTES_A_PASSAGE = 1_000
"""For the first reckoning of how much there is to do."""


@dataclass(frozen=True, slots=True)
class Steps:
    """What `sync` is given: how to read a file, split a document, encode passages, and whom to tell how far it is."""

    read: Callable[[str], Document]
    split: Callable[[Document], list[Passage]]
    encode: Callable[[Sequence[Passage]], Iterator[Encoded]]
    progress: Callable[[Progress], None] | None
    covers: Callable[[str], bool] = lambda _: True
    """Which files are in question at all; what there is of others is left as it is."""
    expect: Callable[[Sequence[str]], None] = lambda _: None
    """Told which files will be read, in their order."""


@dataclass(frozen=True, slots=True)
class Publishing:
    """How what was taken in is published: what is to be done when the store's lock is held and nothing is read yet, and
    a function that publishes. In the store alone, by default."""

    begin: Callable[[], None] = lambda: None
    publish: Callable[[Path, Manifest, Change], None] = publish


@dataclass(frozen=True, slots=True)
class _Look:
    """What a quick look tells: files as they were, files that may have changed, files that are gone."""

    generation: int
    live: dict[str, Version]
    same: tuple[FileState, ...]
    suspect: tuple[FileState, ...]
    gone: tuple[str, ...]
    refused: dict[FileState, str]
    """Files that could not be read as they are now, and were not read again."""
    remarks: dict[str, tuple[str, ...]]
    sound: bool
    """The published folders are intact and hold enough of what is live, and no run was cut off."""


@dataclass(frozen=True, slots=True)
class _Incoming:
    """A file that was read, with new content or a new time."""

    state: FileState
    sha256: str
    settled: bool
    document: Document | None = None
    passages: tuple[Passage, ...] = ()


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A passage that has to be encoded."""

    id: str
    version: int
    passage: Passage


@dataclass(slots=True)
class _Taken:
    """What became of the suspects: the versions of those with new content and the remarks on them, those with no more
    than a new time, and those that can not be read; `refused` are such that will not be read until they change."""

    versions: dict[str, int] = field(default_factory=dict)
    remarks: dict[str, tuple[str, ...]] = field(default_factory=dict)
    touched: list[_Incoming] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    refused: dict[FileState, str] = field(default_factory=dict)

    def refuse(self, state: FileState, error: UnreadableDocument, *, settled: bool) -> None:
        """A file can not be read."""
        self.skipped.append(Skipped(state.file, str(error)))
        if isinstance(error, UnreadableContent) and settled:
            self.refused[state] = str(error)


def sync(
    store: Path,
    files: Sequence[FileState],
    steps: Steps,
    publishing: Publishing,
    *,
    encoder: str,
    dimensions: int,
) -> SyncReport:
    """Bring the index in `store` up to date with `files`. See `Index.sync`."""
    look = _look(store, files, steps.covers)
    if look.sound and not look.gone:
        known: dict[str, Document | UnreadableDocument] = {}
        refused = _all_refused(look, partial(_read_and_remember, steps.read, known))
        if refused is not None:
            _note_if_possible(store, look, refused)
            return _report(look, refused)
        steps = replace(
            steps,
            read=partial(_recall_or_read, steps.read, known),
            expect=partial(_expect_others, steps.expect, known),
        )
    with ExitStack() as held:
        try:
            with translated(store):
                held.enter_context(writing(store))
        except IndexBusy:
            # Somebody is at it. Where all there is to do is to note new times of files, or to clear away what a killed
            # run has left, that is no reason to fail.
            touched = _all_touched(look, steps.read)
            if touched is None:
                raise
            return _report(look, _Taken(touched=touched))
        with translated(store):
            publishing.begin()
        return _write(store, look, files, steps, publishing, encoder=encoder, dimensions=dimensions)


def _look(store: Path, files: Sequence[FileState], covers: Callable[[str], bool]) -> _Look:
    with translated(store):
        manifest = Manifest.open(store)
        if manifest is None:
            return _Look(0, {}, (), tuple(files), (), {}, {}, sound=not folders.folders(store))
        with closing(manifest), manifest.snapshot() as state:
            settled = manifest.settled()
            seen = _as_noted(files, settled)
            live = manifest.live_of(file for file, *_ in settled.difference(seen))
            refusals = manifest.refusals()
            remarks = manifest.remarks()
            sound = not (manifest.has_leftovers() or broken(store, manifest, state) or is_due(manifest, state))
        sound = sound and not folders.strays(store, published={state.vectors, state.words})
    same: list[FileState] = []
    others: list[FileState] = []
    for each, noted in zip(files, seen, strict=True):
        (same if noted in settled else others).append(each)
    refused = {each: refusals[each] for each in others if each in refusals and each.file not in live}
    return _Look(
        generation=state.generation,
        live=live,
        same=tuple(same),
        suspect=tuple(each for each in others if each not in refused),
        gone=tuple(sorted(file for file in live.keys() - {each.file for each in others} if covers(file))),
        refused=refused,
        remarks=remarks,
        sound=sound,
    )


def _as_noted(files: Sequence[FileState], settled: set[tuple[str, int, int, int]]) -> Sequence[FileState]:
    """The files without the time of their last change where none is noted: what came from another machine, which has
    another, and from an earlier format."""
    unknown = {file for file, _, _, changed in settled if not changed}
    if not unknown:
        return files
    return [each._replace(changed=0) if each.file in unknown else each for each in files]


def _read_and_remember(
    read: Callable[[str], Document], known: dict[str, Document | UnreadableDocument], file: str
) -> Document:
    try:
        document = read(file)
    except UnreadableDocument as error:
        known[file] = error
        raise
    known[file] = document
    return document


def _recall_or_read(
    read: Callable[[str], Document], known: dict[str, Document | UnreadableDocument], file: str
) -> Document:
    """What was read a moment ago, once; a large file takes long."""
    if file not in known:
        return read(file)
    found = known.pop(file)
    if isinstance(found, UnreadableDocument):
        raise found
    return found


def _expect_others(
    expect: Callable[[Sequence[str]], None], known: dict[str, Document | UnreadableDocument], files: Sequence[str]
) -> None:
    expect([file for file in files if file not in known])


def _is_settled(state: FileState) -> bool:
    return time.time_ns() - state.modified > _UNSETTLED


def _all_refused(look: _Look, read: Callable[[str], Document]) -> _Taken | None:
    """The suspects with why they can not be read, if that goes for all and none is in the index; else None."""
    taken = _Taken()
    for state in look.suspect:
        if state.file in look.live:
            return None
        settled = _is_settled(state)
        try:
            read(state.file)
        except UnreadableDocument as error:
            taken.refuse(state, error, settled=settled)
        else:
            return None
    return taken


def _note_if_possible(store: Path, look: _Look, taken: _Taken) -> None:
    """Note what was refused, so that it is not read again; that is no reason to fail or to wait."""
    if not taken.refused:
        return
    with suppress(IndexBusy, IndexUnusable), translated(store), writing(store):
        manifest = Manifest.open(store)
        if manifest is not None:
            with closing(manifest):
                manifest.note_refusals(look.refused | taken.refused)


def _all_touched(look: _Look, read: Callable[[str], Document]) -> list[_Incoming] | None:
    """The suspects, if their content is what it was and there is nothing else to do; else None."""
    if look.gone:
        return None
    touched = []
    for state in look.suspect:
        live = look.live.get(state.file)
        if live is None:
            return None
        try:
            sha256 = read(state.file).sha256
        except UnreadableDocument:
            return None
        if sha256 != live.sha256:
            return None
        touched.append(_Incoming(state, sha256, settled=False))
    return touched


def _write(
    store: Path,
    look: _Look,
    files: Sequence[FileState],
    steps: Steps,
    publishing: Publishing,
    *,
    encoder: str,
    dimensions: int,
) -> SyncReport:
    with translated(store):
        manifest = _manifest(store, encoder=encoder, dimensions=dimensions)
    with closing(manifest):
        if not (look.sound and look.generation == manifest.state().generation and not manifest.has_leftovers()):
            look = _look(store, files, steps.covers)
        taken = _take(store, manifest, look, steps, dimensions=dimensions)
        with translated(store):
            change = _settled(manifest, look, taken)
            if change is not None:
                publishing.publish(store, manifest, change)
    return _report(look, taken)


def _manifest(store: Path, *, encoder: str, dimensions: int) -> Manifest:
    manifest = Manifest.open(store)
    if manifest is not None:
        state = manifest.state()
        if (state.encoder, state.dimensions) == (encoder, dimensions):
            return manifest
        manifest.close()
        if state.generation:
            raise other_encoder(store, built_with=state.encoder, asked_for=encoder)
        (store / NAME).unlink()
    return Manifest.create(store, encoder=encoder, dimensions=dimensions)


def _take(store: Path, manifest: Manifest, look: _Look, steps: Steps, *, dimensions: int) -> _Taken:
    """Read the suspects and put what is new into the manifest, group by group."""
    taken = _Taken()
    meter = _Meter(steps.progress, look.suspect)
    for group in _groups(look, steps, taken, meter):
        with translated(store), manifest.transaction():
            wanted = [each for incoming in group for each in _admit(manifest, incoming, taken)]
        meter.spared(sum(len(incoming.passages) for incoming in group) - len(wanted))
        encoded = steps.encode([each.passage for each in wanted]) if wanted else iter(())
        rows = []
        for each, vectors_of in zip(wanted, encoded, strict=True):
            rows.append(_row(each, vectors_of, dimensions=dimensions))
            meter.encoded(each.passage.file)
            if len(rows) == _PART:
                with translated(store):
                    manifest.put(rows)
                rows = []
        with translated(store):
            manifest.put(rows)
    return taken


def _groups(look: _Look, steps: Steps, taken: _Taken, meter: _Meter) -> Iterator[list[_Incoming]]:
    """The suspects with new content, in runs of files that make a group of passages or more."""
    group: list[_Incoming] = []
    room = _GROUP
    settled_by_now = {state for state in look.suspect if _is_settled(state)}  # they may be read at any time from now on
    steps.expect([state.file for state in look.suspect])
    for state in look.suspect:
        settled = state in settled_by_now
        meter.read(state)
        try:
            document = steps.read(state.file)
        except UnreadableDocument as error:
            taken.refuse(state, error, settled=settled)
            continue
        live = look.live.get(state.file)
        if live is not None and live.sha256 == document.sha256:
            taken.touched.append(_Incoming(state, document.sha256, settled))
            continue
        passages = tuple(steps.split(document))
        meter.split(passages)
        group.append(_Incoming(state, document.sha256, settled, document, passages))
        room -= max(1, len(passages))
        if room <= 0:
            yield group
            group, room = [], _GROUP
    if group:
        yield group


def _admit(manifest: Manifest, incoming: _Incoming, taken: _Taken) -> Iterator[_Wanted]:
    """Enter the version, and give those of its passages that have no vectors from a run before or from a copy."""
    version = manifest.version(incoming.state, incoming.sha256, settled=incoming.settled)
    taken.versions[incoming.state.file] = version
    if incoming.document is not None:
        manifest.keep(version, incoming.document)
        taken.remarks[incoming.state.file] = incoming.document.remarks
    passages = {passage_id(passage, incoming.sha256): passage for passage in incoming.passages}
    missing = manifest.missing(version, list(passages))
    for id, passage in passages.items():
        if id in missing and not manifest.adopt(version, incoming.sha256, passage, id):
            yield _Wanted(id, version, passage)


def _row(wanted: _Wanted, encoded: Encoded, *, dimensions: int) -> Row:
    import numpy

    vector = numpy.asarray(encoded.passage, dtype=numpy.float32)
    sentences = numpy.asarray(encoded.sentences, dtype=numpy.float32)
    if vector.shape != (dimensions,) or sentences.shape != (len(wanted.passage.sentences), dimensions):
        raise ModelError(f"The embedding gave vectors of shape {vector.shape}, not of {dimensions} numbers.")
    if not (numpy.isfinite(vector).all() and numpy.isfinite(sentences).all()):
        raise ModelError("The embedding gave a vector with numbers that are not finite.")
    return Row(
        wanted.id,
        wanted.version,
        wanted.passage,
        stems(wanted.passage.title),
        stems(wanted.passage.text),
        vector.tobytes(),
        _quantised(sentences),
    )


def _quantised(sentences: Vectors) -> bytes:
    """Each row scaled to the full range of int8; the scale is not kept, since a cosine does not need it."""
    import numpy

    largest = numpy.abs(sentences).max(axis=1, keepdims=True, initial=1e-12)
    return bytes(numpy.rint(sentences * (127 / largest)).astype(numpy.int8).data)


def _settled(manifest: Manifest, look: _Look, taken: _Taken) -> Change | None:
    """Note new times, and give what there is to publish."""
    known = [(each, look.live[each.state.file]) for each in taken.touched]
    stale = [each for each, live in known if (each.state, each.settled) != (live.state, live.settled)]
    if stale:
        with manifest.transaction():
            for each in stale:
                manifest.version(each.state, each.sha256, settled=each.settled)
    refused = look.refused | taken.refused
    if refused != manifest.refusals():
        manifest.note_refusals(refused)
    replaced = [*look.gone, *taken.versions, *(each.file for each in taken.skipped)]
    dropped = tuple(look.live[file].version for file in replaced if file in look.live)
    if taken.versions or dropped or not look.sound:
        return Change(tuple(taken.versions.values()), dropped)
    return None


def _report(look: _Look, taken: _Taken) -> SyncReport:
    unchanged = [*(each.file for each in look.same), *(each.state.file for each in taken.touched)]
    remarks = {file: look.remarks[file] for file in look.remarks.keys() & set(unchanged)} | taken.remarks
    refused = [Skipped(state.file, reason) for state, reason in look.refused.items()]
    unreadable = [each.file for each in taken.skipped if each.file in look.live]
    return SyncReport(
        added=tuple(sorted(taken.versions.keys() - look.live.keys())),
        changed=tuple(sorted(taken.versions.keys() & look.live.keys())),
        removed=tuple(sorted([*look.gone, *unreadable])),
        unchanged=tuple(sorted(unchanged)),
        skipped=tuple(sorted([*refused, *taken.skipped], key=lambda each: each.file)),
        remarks=tuple(Remark(file, remark) for file in sorted(remarks) for remark in remarks[file]),
    )


class _Meter:
    """How far the encoding is. How many passages there will be is reckoned from the bytes read so far."""

    def __init__(self, progress: Callable[[Progress], None] | None, files: Sequence[FileState]) -> None:
        self._progress = progress
        self._bytes = sum(each.size for each in files)
        self._bytes_read = self._passages_read = self._done = 0
        if progress is not None and files:
            progress(Progress(0, max(1, self._bytes // _BYTES_A_PASSAGE), files[0].file))

    def read(self, state: FileState) -> None:
        """A file was read."""
        self._bytes_read += state.size

    def split(self, passages: Sequence[Passage]) -> None:
        """It was split."""
        self._passages_read += len(passages)

    def spared(self, passages: int) -> None:
        """So many have their vectors already."""
        self._done += passages

    def encoded(self, file: str) -> None:
        """One more passage, of this file, has its vectors."""
        self._done += 1
        if self._progress is not None:
            reckoned = self._passages_read * self._bytes // max(1, self._bytes_read)
            self._progress(Progress(self._done, max(reckoned, self._passages_read), file))
