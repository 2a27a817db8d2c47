"""Files to an index that holds them: what is new is read, split and encoded; what has changed or gone is replaced.

In order: a quick look, which is all there is where nothing has changed; then, under the lock, new passages go into the
manifest, batch by batch, where a run that is killed leaves them for the next; then copies of Chroma's and Tantivy's
folders are brought up to date; then one transaction publishes everything. Until then readers see what was before.

Knows nothing of how a file is read, split or encoded: it is given functions.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from qa.index import folders, vectors, words
from qa.index.errors import translated
from qa.index.lock import writing
from qa.index.manifest import Manifest, Row, State, Version, passage_id
from qa.types import (
    Document,
    Encoded,
    FileState,
    IndexBusy,
    IndexUnusable,
    ModelError,
    Passage,
    Progress,
    Skipped,
    SyncReport,
    UnreadableDocument,
)

if TYPE_CHECKING:
    from qa.types import Vectors

_GROUP = 512
"""Passages that are read before they are encoded: enough for batches of like length, and what a killed run may lose."""

_UNSETTLED = 2_000_000_000
"""Nanoseconds. A file written to so shortly before it was read may be written to again with no trace in its time.
The same as git's: https://git-scm.com/docs/racy-git; 2 s is the coarsest clock of a file system in use (FAT)."""

_SMALL = 1_000
"""Passages up to which Chroma's folder is built anew whenever something is deleted: it takes less than half a second."""

_BURIED = 0.2
"""The share of deleted vectors beyond which the folder is built anew: they lead the search astray, and stay on disk."""


@dataclass(frozen=True, slots=True)
class Steps:
    """What `sync` is given: how to read a file, split a document, encode passages, and whom to tell how far it is."""

    read: Callable[[str], Document]
    split: Callable[[Document], list[Passage]]
    encode: Callable[[Sequence[Passage]], Iterator[Encoded]]
    progress: Callable[[Progress], None] | None


@dataclass(frozen=True, slots=True)
class _Look:
    """What a quick look tells: files as they were, files that may have changed, files that are gone."""

    live: dict[str, Version]
    same: tuple[FileState, ...]
    suspect: tuple[FileState, ...]
    gone: tuple[str, ...]
    sound: bool
    """The published folders are intact, and no run was cut off."""


@dataclass(slots=True)
class _Taken:
    """What became of the suspects: their versions, by file; those with the same content as before; those refused."""

    versions: dict[str, int] = field(default_factory=dict)
    same: list[str] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)


def sync(store: Path, files: Sequence[FileState], steps: Steps, *, encoder: str, dimensions: int) -> SyncReport:
    """Bring the index in `store` up to date with `files`. See `Index.sync`."""
    look = _look(store, files)
    if look.sound and not look.gone:
        refused = _all_refused(look, steps.read)
        if refused is not None:
            return _report(look, _Taken(skipped=refused))
    try:
        with translated(store), writing(store):
            return _sync(store, files, steps, encoder=encoder, dimensions=dimensions)
    except IndexBusy:
        # Somebody is at it; where all there is to note are new times of files, that is no reason to fail.
        taken = _only_touched(look, steps.read)
        if taken is None:
            raise
        return _report(look, taken)


def _look(store: Path, files: Sequence[FileState]) -> _Look:
    with translated(store):
        manifest = Manifest.open(store)
        if manifest is None:
            return _Look({}, (), tuple(files), (), not folders.folders(store))
        with closing(manifest), manifest.snapshot() as state:
            live = manifest.live()
            sound = not manifest.has_leftovers() and not _broken(store, manifest, state)
    sound = sound and not folders.strays(store, published={state.vectors, state.words})
    same = tuple(each for each in files if each.file in live and _is_same(live[each.file], each))
    unchanged = {each.file for each in same}
    return _Look(
        live,
        same,
        tuple(each for each in files if each.file not in unchanged),
        tuple(sorted(live.keys() - {each.file for each in files})),
        sound,
    )


def _is_same(version: Version, state: FileState) -> bool:
    return version.settled and version.state == state


def _broken(store: Path, manifest: Manifest, state: State) -> set[str]:
    """The published folders that are not as they were published."""
    published = {each for each in (state.vectors, state.words) if each}
    return {each for each in published if not folders.is_intact(store / each, manifest.seals(each))}


def _all_refused(look: _Look, read: Callable[[str], Document]) -> list[Skipped] | None:
    """The suspects with why they can not be read, if that goes for all, and none is in the index; else None."""
    refused = []
    for state in look.suspect:
        if state.file in look.live:
            return None
        try:
            read(state.file)
        except UnreadableDocument as error:
            refused.append(Skipped(state.file, str(error)))
        else:
            return None
    return refused


def _only_touched(look: _Look, read: Callable[[str], Document]) -> _Taken | None:
    if look.gone or not look.sound:
        return None
    for state in look.suspect:
        try:
            if state.file not in look.live or read(state.file).sha256 != look.live[state.file].sha256:
                return None
        except UnreadableDocument:
            return None
    return _Taken(same=[state.file for state in look.suspect])


def _report(look: _Look, taken: _Taken) -> SyncReport:
    skipped = {each.file for each in taken.skipped}
    return SyncReport(
        added=tuple(sorted(taken.versions.keys() - look.live.keys())),
        changed=tuple(sorted(taken.versions.keys() & look.live.keys())),
        removed=look.gone,
        unchanged=tuple(sorted([*(each.file for each in look.same), *taken.same])),
        skipped=tuple(sorted((each for each in taken.skipped if each.file in skipped), key=lambda each: each.file)),
    )
