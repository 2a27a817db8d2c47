"""New passages in the manifest to an index that finds them: folders for Chroma and Tantivy, then one transaction.

Nothing that readers see changes before that transaction, and a folder that does not hold what it should is never
published. Knows nothing of files on disk: which versions are wanted, it is told.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from qa.index import folders, vectors, words
from qa.index.errors import translated
from qa.index.manifest import Manifest, State
from qa.types import IndexUnusable

_SMALL = 1_000
"""Passages up to which Chroma's folder is built anew whenever something is deleted: it takes a fraction of a second."""

_BURIED = 0.2
"""The share of deleted vectors beyond which it is built anew at any size: they lead the search astray, and they stay on
the disk. 0.2 is Chroma's own threshold, which it does not act upon (chroma-core/chroma#2594)."""


@dataclass(frozen=True, slots=True)
class _Change:
    """What is to be published: versions with `total` passages, `new` of them not live yet; the ids `removed` are not
    among them."""

    store: Path
    manifest: Manifest
    versions: Sequence[int]
    total: int
    new: int
    removed: Sequence[str]
    damaged: set[str]

    def leaves(self, folder: str) -> bool:
        """Whether a published folder may stay as it is."""
        return bool(folder) and folder not in self.damaged and not self.new and not self.removed


def publish(store: Path, manifest: Manifest, versions: Sequence[int]) -> None:
    """Make these versions, and no others, what readers see. The caller holds the store's lock."""
    state = manifest.state()
    _tidy(store, state)
    total, new = manifest.extent(versions)
    damaged = broken(store, manifest, state)
    change = _Change(store, manifest, versions, total, new, manifest.ids_but(versions), damaged)
    after = state
    try:
        if new or change.removed or damaged:
            after = replace(state, generation=state.generation + 1, passages=total)
            after = _with_words(change, _with_vectors(change, after))
        named = [name for name in (after.vectors, after.words) if name]
        manifest.publish(versions, after, {name: folders.seal(store / name) for name in named})
    finally:
        _tidy(store, manifest.state())


def broken(store: Path, manifest: Manifest, state: State) -> set[str]:
    """The published folders that are not as they were published."""
    published = {name for name in (state.vectors, state.words) if name}
    return {name for name in published if not folders.is_intact(store / name, manifest.seals(name))}


def _tidy(store: Path, state: State) -> None:
    for stray in folders.strays(store, published={state.vectors, state.words}):
        folders.remove(stray)


def _with_vectors(change: _Change, state: State) -> State:
    if not change.total:
        return replace(state, vectors="", buried=0)
    if change.leaves(state.vectors):
        return state
    folder = change.store / f"vectors-{state.generation}"
    buried = state.buried + len(change.removed)
    crowded = buried > _BURIED * (change.total + buried) or (change.removed and change.total <= _SMALL)
    build = partial(vectors.build, folder, dimensions=state.dimensions, total=change.total)
    add = partial(change.manifest.entries, change.versions)
    if not crowded and _on_a_copy(
        change, state.vectors, folder, lambda: build(added=add(live=False), removed=change.removed)
    ):
        return replace(state, vectors=folder.name, buried=buried)
    build(added=add(), removed=())
    return replace(state, vectors=folder.name, buried=0)


def _with_words(change: _Change, state: State) -> State:
    if not change.total:
        return replace(state, words="")
    if change.leaves(state.words):
        return state
    folder = change.store / f"words-{state.generation}"
    add = partial(change.manifest.entries, change.versions)
    if change.removed or not _on_a_copy(
        change, state.words, folder, lambda: words.build(folder, added=add(live=False))
    ):
        words.build(folder, added=add())
    return replace(state, words=folder.name)


def _on_a_copy(change: _Change, base: str, folder: Path, write: Callable[[], None]) -> bool:
    """Whether the folder could be made by writing to a copy of the published one; if not, nothing of it is left."""
    if not base or base in change.damaged:
        return False
    try:
        with translated(change.store):
            folders.copy(change.store / base, folder)
            write()
    except (IndexUnusable, ValueError):  # Tantivy raises ValueError for whatever it can not read
        folders.remove(folder)
        return False
    return True
