"""Versions in the manifest to an index in which they are found: one transaction, and new folders only now and then.

A small change is published without touching the folders of Chroma and Tantivy: what is fresh is searched in memory,
what was removed is left out of what the folders find. When that has become too much the folders are *folded*: made so
that they hold what is live and nothing else. Nothing that readers see changes before the transaction, and a folder
that does not hold what it should is never published.

Knows nothing of files on disk: which versions are wanted, it is told.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from qa.index import folders, vectors, words
from qa.index.errors import translated
from qa.index.lock import writing
from qa.index.manifest import Change, Folded, Manifest, State
from qa.types import IndexUnusable

_FRESH = 1_000
"""Passages that may be fresh in an index of any size. A new process reads them all for its first question: 20 ms."""

_FRESH_SHARE = 0.005
"""Of the passages in the folders, that may be fresh: the larger these are, the longer it takes to make them."""

_SMALL = 1_000
"""Passages up to which the folders are made anew whenever something is removed: it takes a fraction of a second."""

_BURIED = 0.2
"""The share of removed passages beyond which they are made anew at any size: they lead the search astray, and they stay
on the disk. 0.2 is Chroma's own threshold, which it does not act upon (chroma-core/chroma#2594)."""


@dataclass(frozen=True, slots=True)
class _Fold:
    """What folders are made from: the published ones, those of them that are damaged, and what is to be in the new."""

    store: Path
    manifest: Manifest
    state: State
    damaged: set[str]
    versions: Sequence[int]
    fresh: Sequence[int]
    removed: Sequence[str]
    total: int
    has_vectors: bool

    def leaves(self, folder: str) -> bool:
        """Whether a published folder may stay as it is."""
        return bool(folder) and folder not in self.damaged and not self.fresh and not self.removed


def publish(store: Path, manifest: Manifest, change: Change, *, anew: bool = False, has_vectors: bool = True) -> None:
    """Make a change what readers see; with folders made from nothing if `anew`. The caller holds the store's lock.

    Where it `has_vectors` not, they are searched elsewhere.
    """
    state = manifest.state()
    _tidy(store, state)
    damaged = broken(store, manifest, state)
    try:
        total = manifest.extent_after(change).passages
        fresh = manifest.versions_after(change, fresh=True)
        removed = manifest.removed_after(change)
        folded = None
        if anew or damaged or _is_due(manifest, state, fresh=fresh, removed=len(removed), total=total):
            versions = manifest.versions_after(change)
            fold = _Fold(store, manifest, state, damaged, versions, fresh, removed, total, has_vectors)
            folded = _folded(fold, anew=anew)
        manifest.publish(change, folded)
    finally:
        _tidy(store, manifest.state())


def compact(store: Path) -> None:
    """Make the folders anew and give back all room, so that nothing of what was removed is left in the store."""
    with translated(store), writing(store):
        manifest = Manifest.open(store)
        if manifest is not None:
            with closing(manifest):
                publish(store, manifest, Change(), anew=True)
                manifest.shrink()


def is_due(manifest: Manifest, state: State) -> bool:
    """Whether the folders ought to be folded although nothing changes: an earlier format knew no fresh passages."""
    return _is_due(
        manifest,
        state,
        fresh=manifest.versions_after(Change(), fresh=True),
        removed=len(manifest.removed_after(Change())),
        total=state.live.passages,
    )


def broken(store: Path, manifest: Manifest, state: State) -> set[str]:
    """The published folders that are not as they were published."""
    published = {name for name in (state.vectors, state.words) if name}
    return {name for name in published if not folders.is_intact(store / name, manifest.seals(name))}


def _is_due(manifest: Manifest, state: State, *, fresh: Sequence[int], removed: int, total: int) -> bool:
    if bool(total) != bool(state.words):
        return True
    if removed and (total <= _SMALL or removed > _BURIED * state.based.passages):
        return True
    most = max(_FRESH, int(_FRESH_SHARE * state.based.passages))
    return bool(fresh) and manifest.extent_of(fresh).passages > most


def _folded(fold: _Fold, *, anew: bool) -> Folded:
    if not fold.total:
        return Folded()
    at_vectors, buried = _vectors(fold, anew=anew) if fold.has_vectors else (None, 0)
    at_words = _words(fold, anew=anew)
    seals = {folder.name: folders.seal(folder) for folder in (at_vectors, at_words) if folder is not None}
    return Folded(at_vectors.name if at_vectors else "", at_words.name, buried, seals)


def _vectors(fold: _Fold, *, anew: bool) -> tuple[Path, int]:
    """Chroma's folder, and how many are deleted in it."""
    if not anew and fold.leaves(fold.state.vectors):
        return fold.store / fold.state.vectors, fold.state.buried
    folder = fold.store / f"vectors-{fold.state.generation + 1}"
    build = partial(vectors.build, folder, total=fold.total)
    entries = fold.manifest.entries
    buried = fold.state.buried + len(fold.removed)
    crowded = buried > _BURIED * (fold.total + buried) or (fold.removed and fold.total <= _SMALL)
    if not (anew or crowded) and _on_a_copy(
        fold, fold.state.vectors, folder, lambda: build(added=entries(fold.fresh), removed=fold.removed)
    ):
        return folder, buried
    build(added=entries(fold.versions), removed=())
    return folder, 0


def _words(fold: _Fold, *, anew: bool) -> Path:
    """Tantivy's folder."""
    if not anew and fold.leaves(fold.state.words):
        return fold.store / fold.state.words
    folder = fold.store / f"words-{fold.state.generation + 1}"
    entries = fold.manifest.entries
    if (
        anew
        or fold.removed
        or not _on_a_copy(fold, fold.state.words, folder, lambda: words.build(folder, added=entries(fold.fresh)))
    ):
        words.build(folder, added=entries(fold.versions))
    return folder


def _on_a_copy(fold: _Fold, base: str, folder: Path, write: Callable[[], None]) -> bool:
    """Whether the folder could be made by writing to a copy of the published one; if not, nothing of it is left."""
    if not base or base in fold.damaged:
        return False
    try:
        with translated(fold.store):
            folders.copy(fold.store / base, folder)
            write()
    except (IndexUnusable, ValueError):  # Tantivy raises ValueError for whatever it can not read
        folders.remove(folder)
        return False
    return True


def _tidy(store: Path, state: State) -> None:
    for stray in folders.strays(store, published={state.vectors, state.words}):
        folders.remove(stray)
