"""New versions to the next generation on a Chroma server, of which all replicas learn.

Publishing is adding the record of the next generation. Chroma ignores an `add` of an id that is there, so of two
writers on the same generation one is first, and the other finds the first one's name on it: no lock is held, and a
writer that dies holds up nobody. Everything else is written before, under ids that name the run and so never meet any
other: what a run that came to nothing has left is deleted by a later one, and so is what a generation has dropped, one
generation later, since somebody may be reading it still.

Knows nothing of where a replica keeps what it has, and nothing of HTTP.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from qa.index.ledger import (
    WHOLE,
    Generation,
    Ledger,
    Listed,
    Shared,
    generation_record,
    list_data,
    note,
    pack_records,
)
from qa.index.manifest import Content, Row
from qa.index.packs import groups, packed
from qa.index.ranking import apart
from qa.index.remote import Collection, CollectionGone, Record
from qa.types import IndexBusy, IndexUnusable

_BURIED = 0.2
"""The share of deleted vectors beyond which all are written anew into a collection of their own, as in
`qa.index.publish`: they lead the search astray."""

_SMALL = 1_000
"""Deleted vectors that are no reason for that."""

_NAMES = 100
"""Packs whose records are looked for in one request."""

# As in `qa.index.vectors`; when to write to its disk, a server decides.
_SEARCHED = {"space": "cosine", "ef_construction": 200, "max_neighbors": 32, "ef_search": 400}


@dataclass(frozen=True, slots=True)
class Release:
    """What is to be published on top of `base` (None for the first), which has published `entries`, by file.

    `rows` gives the passages of a version that stays; `afresh` has all vectors written anew.
    """

    base: Generation | None
    entries: Mapping[str, Shared]
    added: Iterable[Content]
    dropped: Sequence[Shared]
    rows: Callable[[Shared], Iterable[Row]]
    encoder: str
    dimensions: int
    afresh: bool = False


class Overtaken(IndexBusy):
    """Another machine has published meanwhile."""


def release(ledger: Ledger, change: Release) -> tuple[Generation, dict[str, Shared]]:
    """Publish a change: the generation that it made, and all that this has published, by file.

    Raises Overtaken where another writer was first. Then nothing of this one is left on the server, and it may begin
    again on top of what the other has published.
    """
    run = secrets.token_hex(6)
    number = change.base.number + 1 if change.base else 1
    own = f"{ledger.name}.{run}" if change.base is None or change.afresh or _is_crowded(change) else ""
    ledger.records.add(note(f"run-{run}", {"kind": "run", "run": run, "base": number - 1, "own": own}))
    try:
        generation, entries = _written(ledger, change, run=run, number=number, own=own)
    except BaseException:
        with suppress(IndexUnusable):
            _delete_run(ledger, run, own=own, vectors=change.base.vectors if change.base else "")
        raise
    # From here on it may be published, whatever becomes of the connection; only the record tells.
    ledger.records.add(generation_record(generation))
    first = ledger.generation(number)
    if first is None or first.run != run:
        with suppress(IndexUnusable):
            _delete_run(ledger, run, own=own, vectors=generation.vectors)
        raise Overtaken(
            f"Another process has published to {ledger.server.address.url} meanwhile; try again, which takes up what"
            " was done."
        )
    with suppress(IndexUnusable):  # what can not be tidied now will be by the next run
        ledger.records.put([note("head", {"generation": number, "swept": _swept(ledger)})])
        ledger.records.delete([f"run-{run}"])
        tidy(ledger, generation, entries)
    return generation, entries


def tidy(ledger: Ledger, newest: Generation, entries: Mapping[str, Shared], *, grace: int = 1) -> None:
    """Delete what runs have left that came to nothing, and what generations have dropped, except for what only the
    last `grace` of them have."""
    last = newest.number - grace
    alive = {each.pack.partition("-")[0] for each in entries.values()} | {newest.vectors.rpartition(".")[2]}
    for id, told in ledger.records.where("kind", ["run"]).items():
        if told["base"] < last:
            if told["run"] not in alive:
                _delete_run(ledger, told["run"], own=told["own"], vectors=newest.vectors)
            ledger.records.delete([id])
    swept = _swept(ledger)
    for number in range(swept + 1, last + 1):
        generation = ledger.generation(number)
        if generation is not None:
            listed = ledger.listed(generation.delta)
            _delete_packs(ledger, listed.dropped, vectors=newest.vectors)
            if listed.vectors:
                ledger.server.drop(listed.vectors)
            if generation.whole:
                _forget(ledger, before=number - WHOLE)
        ledger.records.put([note("head", {"generation": newest.number, "swept": number})])


def drop(ledger: Ledger) -> None:
    """Delete everything that was published under this name, and everything that was going to be."""
    newest, _ = ledger.newest(known=None)
    names = [newest.vectors] if newest else []
    names += [told["own"] for told in ledger.records.where("kind", ["run"]).values() if told["own"]]
    # The records last: as long as they are there, what was not deleted can be found.
    for name in (*names, ledger.packs.name, ledger.name):
        ledger.server.drop(name)


def _is_crowded(change: Release) -> bool:
    assert change.base is not None  # noqa: S101 - the first generation has nothing to delete
    dropped = sum(each.passages for each in change.dropped)
    buried = change.base.buried + dropped
    left = sum(each.passages for each in change.entries.values()) - dropped
    return buried > _SMALL and buried > _BURIED * (left + buried)


def _written(
    ledger: Ledger, change: Release, *, run: str, number: int, own: str
) -> tuple[Generation, dict[str, Shared]]:
    """Write all that the next generation needs, and say what it will be."""
    dropped = {each.key for each in change.dropped}
    entries = {file: each for file, each in change.entries.items() if each.key not in dropped}
    vectors = _vectors(ledger, change, own)
    if own:
        vectors.put(record for each in entries.values() for record in _searched(change.rows(each), each.pack, run))
    added: dict[str, Shared] = {}
    for group in groups(change.added):
        added |= _put(ledger, vectors, group, run=run, first=len(added))
    entries |= added
    delta = Listed(
        added=tuple(added.values()),
        gone=tuple(each.state.file for each in change.dropped if each.state.file not in entries),
        dropped=tuple(each.pack.partition("/")[0] for each in change.dropped),
        vectors=change.base.vectors if own and change.base else "",
    )
    generation = Generation(
        number=number,
        run=run,
        encoder=change.encoder,
        dimensions=change.dimensions,
        vectors=vectors.name,
        buried=0 if own or not change.base else change.base.buried + sum(each.passages for each in change.dropped),
        delta=_put_list(ledger, delta, name=f"{run}-delta", run=run),
        whole=_put_list(ledger, Listed(tuple(entries.values())), name=f"{run}-whole", run=run)
        if number % WHOLE == 1
        else "",
    )
    return generation, entries


def _vectors(ledger: Ledger, change: Release, own: str) -> Collection:
    if own:
        return ledger.server.create(own, hnsw=_SEARCHED)
    assert change.base is not None  # noqa: S101 - the first generation has vectors of its own
    vectors = ledger.server.collection(change.base.vectors)
    if vectors is None:
        raise CollectionGone(
            f"The vectors of {ledger.name} are no longer on {ledger.server.address.url}; publish them anew with"
            " `qa index --rebuild`."
        )
    return vectors


def _put(ledger: Ledger, vectors: Collection, group: Sequence[Content], *, run: str, first: int) -> dict[str, Shared]:
    shared: dict[str, Shared] = {}
    held: list[Record] = []
    for number, content in enumerate(group, start=first):
        pack, records = pack_records(f"{run}-{number}", packed(content), run=run)
        held += records
        shared[content.state.file] = Shared(content.state, content.sha256, content.settled, len(content.rows), pack)
    ledger.packs.put(held)
    vectors.put(record for content in group for record in _searched(content.rows, shared[content.state.file].pack, run))
    return shared


def _searched(rows: Iterable[Row], pack: str, run: str) -> Iterator[Record]:
    name = pack.partition("/")[0]
    return (Record(f"{row.id}.{run}", apart(row.id, row.vector).tolist(), {"run": run, "pack": name}) for row in rows)


def _put_list(ledger: Ledger, listed: Listed, *, name: str, run: str) -> str:
    pack, records = pack_records(name, list_data(listed), run=run)
    ledger.packs.put(records)
    return pack


def _delete_run(ledger: Ledger, run: str, *, own: str, vectors: str) -> None:
    """Delete all that a run has written which is not going to be published."""
    if own:
        ledger.server.drop(own)
    elif vectors and (searched := ledger.server.collection(vectors)):
        _delete(searched, "run", [run])
    _delete(ledger.packs, "run", [run])
    ledger.records.delete([f"run-{run}"])


def _delete_packs(ledger: Ledger, names: Sequence[str], *, vectors: str) -> None:
    searched = ledger.server.collection(vectors)
    for start in range(0, len(names), _NAMES):
        for collection in (searched, ledger.packs) if searched else (ledger.packs,):
            _delete(collection, "pack", names[start : start + _NAMES])


def _delete(collection: Collection, key: str, values: Sequence[str]) -> None:
    while ids := collection.having(key, values):
        collection.delete(ids)


def _forget(ledger: Ledger, *, before: int) -> None:
    """Delete the generations that nobody starts from any more, and their lists."""
    for number in range(before - 1, 0, -1):
        generation = ledger.generation(number)
        if generation is None:
            return
        lists = [pack.partition("/")[0] for pack in (generation.delta, generation.whole) if pack]
        _delete(ledger.packs, "pack", lists)
        ledger.records.delete([f"generation-{number}"])


def _swept(ledger: Ledger) -> int:
    """The last generation of which all that it dropped is deleted."""
    return int(ledger.records.get(["head"]).get("head", {}).get("swept", 0))
