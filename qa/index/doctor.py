"""A store in, what is wrong with it out. Everything in it is read, nothing is changed.

Chroma's files are opened in a process of their own, since a damaged one takes its process down. Knows nothing of files
outside the store, and mends nothing: each fault says what would.
"""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, suppress
from pathlib import Path

from qa.index import folders
from qa.index.errors import translated
from qa.index.lock import writing
from qa.index.manifest import Entry, Manifest, State
from qa.index.ranking import Extent, apart
from qa.types import Fault, IndexUnusable

_SAMPLE = 200
"""Passages whose vectors Chroma has to find."""

_SECONDS = 600.0
"""For Chroma to load and find them; a million vectors take 10 s."""


def examine(store: Path, *, encoder: str, dimensions: int) -> tuple[Fault, ...]:
    """What is wrong with the index in a folder; nothing where it is sound, or where there is none.

    Raises IndexUnusable for an index that is not damaged but of another encoder or of a newer version, IndexBusy while
    another process writes it: what that one has half done is no damage.
    """
    with ExitStack() as held:
        if store.is_dir():
            with suppress(IndexUnusable), translated(store):  # a store that can not be written is examined without it
                held.enter_context(writing(store))
        return _examined(store, encoder, dimensions)


def _examined(store: Path, encoder: str, dimensions: int) -> tuple[Fault, ...]:
    try:
        with translated(store):
            manifest = Manifest.open(store)
    except IndexUnusable as error:
        if "damaged" not in str(error):
            raise
        return (Fault("manifest", str(error.__cause__ or error), "read anew"),)
    if manifest is None:
        strays = [each.name for each in folders.folders(store)]
        return (Fault("manifest", f"it is missing beside {', '.join(strays)}", "read anew"),) if strays else ()
    with closing(manifest):
        state = manifest.state()
        if state.generation and (state.encoder, state.dimensions) != (encoder, dimensions):
            raise IndexUnusable(
                f"The index was built with {state.encoder!r}, not with {encoder!r}; examine it with the same QA_EMBED,"
                " or rebuild it with `qa index --rebuild`."
            )
        try:
            wrong = tuple(_in_manifest(manifest, state))
        except sqlite3.DatabaseError as error:
            wrong = (Fault("manifest", str(error), "read anew"),)
        return wrong or (*_in_vectors(store, manifest, state), *_in_words(store, manifest, state), *_in(store, state))


def _in_manifest(manifest: Manifest, state: State) -> Iterator[Fault]:
    if (said := manifest.integrity()) != "ok":
        yield Fault("manifest", said, "read anew")
        return
    if live := manifest.live():
        counted = manifest.extent_of([each.version for each in live.values()])
        if counted != state.live:
            yield Fault("manifest", f"it holds {_passages(counted)}, not {_passages(state.live)}", "read anew")
    elif state.live != Extent():
        yield Fault("manifest", f"it holds no passages, not {_passages(state.live)}", "read anew")
    if misshapen := manifest.misshapen():
        yield Fault("manifest", f"{misshapen:,} passages have no proper vectors", "read anew")
    if manifest.has_leftovers():
        yield Fault("manifest", "a run was cut off before it was done", "go on")


def _in_vectors(store: Path, manifest: Manifest, state: State) -> Iterator[Fault]:
    if not state.vectors:
        is_on_server, _ = manifest.standing()
        if state.live.passages and not is_on_server:
            yield Fault("vectors", "there is no folder of Chroma's", "make anew")
        return
    folder = store / state.vectors
    if wrong := folders.difference(folder, manifest.seals(state.vectors)):
        yield Fault("vectors", wrong, "make anew")
        return
    sample = manifest.sample(_SAMPLE)
    found = _found_by_chroma(folder, sample)
    if found is None:
        yield Fault("vectors", f"Chroma's engine breaks down on {state.vectors}", "make anew")
    elif 2 * found < len(sample):  # the search is approximate
        yield Fault("vectors", f"Chroma finds {found} of {len(sample)} passages", "make anew")


def _found_by_chroma(folder: Path, sample: Sequence[Entry]) -> int | None:
    """How many of the passages are the nearest to their own vectors; None where the process ends or takes too long."""

    program = f"import sys; sys.path[:] = {sys.path!r}\nfrom qa.index.doctor import find_in_child\nfind_in_child()"
    vectors = [apart(each.id, each.vector).tolist() for each in sample]
    try:
        run = subprocess.run(  # noqa: S603 - our own program, in this Python
            [sys.executable, "-B", "-X", "utf8", "-c", program],
            input=json.dumps({"folder": str(folder), "ids": [each.id for each in sample], "vectors": vectors}),
            capture_output=True,
            text=True,
            timeout=_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return None
    return int(run.stdout) if run.returncode == 0 and run.stdout.strip().isdigit() else None


def find_in_child() -> None:
    """Run in the child: print how many of the passages on standard input Chroma finds by their vectors."""
    import numpy

    from qa.index.vectors import Nearest

    asked = json.loads(sys.stdin.read())
    nearest = Nearest(Path(asked["folder"]))
    found = 0
    for id, numbers in zip(asked["ids"], asked["vectors"], strict=True):
        found += id in nearest.nearest(numpy.array(numbers, dtype=numpy.float32), limit=5)
    sys.stdout.write(f"{found}\n")


def _in_words(store: Path, manifest: Manifest, state: State) -> Iterator[Fault]:
    from qa.index.words import Matching

    if not state.words:
        if state.live.passages:
            yield Fault("words", "there is no folder of Tantivy's", "make anew")
        return
    folder = store / state.words
    if wrong := folders.difference(folder, manifest.seals(state.words)):
        yield Fault("words", wrong, "make anew")
        return
    try:
        with closing(Matching(folder)) as matching:
            if len(matching) != state.based.passages:
                held = f"{len(matching):,} passages where {state.based.passages:,} were stored"
                yield Fault("words", f"Tantivy holds {held}", "make anew")
    except ValueError as error:
        yield Fault("words", str(error), "make anew")


def _in(store: Path, state: State) -> Iterator[Fault]:
    for stray in folders.strays(store, published={state.vectors, state.words}):
        yield Fault("store", f"a run that was cut off has left its folder {stray.name!r}", "go on")


def _passages(extent: Extent) -> str:
    return f"{extent.passages:,} passages of {extent.words:,} words"
