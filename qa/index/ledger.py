"""What is published of a folder of documents on a Chroma server, for readers and writers on any number of machines.

    NAME              records that say what there is:
      generation-<n>    what was published n-th, by which run, and where it lies; written once and never changed
      head              the number of the newest, for those who are far behind
      run-<run>         a run that is writing on top of generation `base`
    NAME.packs        all that a replica keeps: a version of a file in a pack, a pack in one record or more; and the
                      lists of the generations
    NAME.<run>        the vectors that are searched, each under "<passage id>.<run>"

Publishing is adding the record of the next generation (`qa.index.release`). Here it is read. Knows nothing of where a
replica keeps what it has, and nothing of HTTP.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from qa.index.manifest import Content
from qa.index.packs import unpacked
from qa.index.remote import BATCH, Collection, CollectionGone, Record, Server
from qa.types import FileState, IndexUnusable

FORMAT = 1
"""Of all this; another number is another layout."""

WHOLE = 32
"""Every so many generations the list of all versions is published, so that a new replica replays no more than that."""

# Records that are never searched need a vector all the same: two numbers, the cheapest there is.
_LOOKED_UP = {"space": "l2", "ef_construction": 8, "max_neighbors": 4, "ef_search": 4}

_VALUE = 4_040
"""Characters in a value: Chroma Cloud takes 4,096 bytes, and this fills a page of SQLite, where other servers keep it.
As a document the same bytes would take four times the room, since Chroma indexes the trigrams of documents."""

_VALUES = 16
"""Values in a record; Chroma Cloud takes 32."""

_RECORDS = 64
"""Of packs, in a request."""

MOST_NEAREST = BATCH
"""Passages that can be asked for; Chroma Cloud gives no more."""


@dataclass(frozen=True, slots=True)
class Generation:
    """What was published n-th."""

    number: int
    run: str
    encoder: str
    dimensions: int
    vectors: str
    """The collection that is searched."""
    buried: int
    """How many vectors were deleted from it."""
    delta: str
    """The pack of the list of what it has changed."""
    whole: str
    """The pack of the list of everything; "" in most."""

    def as_text(self) -> str:
        """For a replica to keep."""
        return json.dumps(asdict(self))

    @classmethod
    def of_text(cls, text: str) -> Generation:
        """What `as_text` made."""
        return cls(**json.loads(text))


@dataclass(frozen=True, slots=True)
class Shared:
    """A version as it is published."""

    state: FileState
    sha256: str
    settled: bool
    passages: int
    pack: str
    """"<name>/<number of records>/<hash>"."""

    @property
    def key(self) -> tuple[str, str]:
        """What makes a version: the file and the hash of its bytes."""
        return self.state.file, self.sha256

    def as_text(self) -> str:
        """For a replica to keep."""
        return json.dumps(_told(self))

    @classmethod
    def of_text(cls, text: str) -> Shared:
        """What `as_text` made."""
        return _shared(json.loads(text))


@dataclass(frozen=True, slots=True)
class Listed:
    """A list of a generation: the versions added, the files gone, and what nobody needs from then on: the names of
    packs, and the collection of vectors that was given up, if one was."""

    added: tuple[Shared, ...]
    gone: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    vectors: str = ""


class PackGone(IndexUnusable):
    """Something was deleted since its place was read: a newer generation does without it."""


class Ledger:
    """What is published under a name: `records` and `packs` are its collections."""

    def __init__(self, server: Server, records: Collection, packs: Collection) -> None:
        self.server = server
        self.records = records
        self.packs = packs
        self._vectors: Collection | None = None

    @classmethod
    def find(cls, server: Server, name: str) -> Ledger | None:
        """The ledger of this name; None where nothing was ever written under it."""
        records, packs = server.collection(name), server.collection(f"{name}.packs")
        return cls(server, records, packs) if records and packs else None

    @classmethod
    def make(cls, server: Server, name: str) -> Ledger:
        """The ledger of this name, made where there is none."""
        packs = server.create(f"{name}.packs", hnsw=_LOOKED_UP)
        return cls(server, server.create(name, hnsw=_LOOKED_UP), packs)

    @property
    def name(self) -> str:
        """The name that it was found under."""
        return self.records.name

    @property
    def identity(self) -> str:
        """Of this ledger; one that was deleted and made anew under the same name has another."""
        return self.records.id

    def newest(self, *, known: Generation | None) -> tuple[Generation | None, bool]:
        """The newest generation, None where there is none yet, and whether `known` is among those before it or is it.

        One request where nothing is new. `known` is not among them where the server was given back an older state, as
        from a backup. Raises IndexUnusable where another version of the program has published it.
        """
        at = known.number if known else 0
        found = self.records.get(["head", _id(at), _id(at + 1)])
        number = max([0, *(int(each["generation"]) for each in found.values())])
        while number > at and (ahead := self.records.get([_id(number + 1)])):
            found |= ahead
            number += 1
        if not number:
            return None, known is None
        if _id(number) not in found:
            found |= self.records.get([_id(number)])
        is_past = known is None or number > at + WHOLE or found.get(_id(at), {}).get("run") == known.run
        return self._generation(number, found), number >= at and is_past

    def generation(self, number: int) -> Generation | None:
        """The generation of this number; None where there is none, yet or any more."""
        found = self.records.get([_id(number)])
        return self._generation(number, found) if found else None

    def entries(self, newest: Generation, *, known: int, entries: Mapping[str, Shared]) -> dict[str, Shared]:
        """What `newest` has published, by file; `entries` are those of generation `known`, 0 for none.

        Raises PackGone where a later generation was published meanwhile and the lists are gone.
        """
        start = newest.number - (newest.number - 1) % WHOLE
        from_whole = known < start - WHOLE
        numbers = range(start if from_whole else known + 1, newest.number + 1)
        found = self.records.get([_id(number) for number in numbers])
        current = {} if from_whole else dict(entries)
        for number in numbers:
            generation = self._generation(number, found)
            listed = self.listed(generation.whole if from_whole and number == start else generation.delta)
            for file in listed.gone:
                current.pop(file, None)
            current |= {each.state.file: each for each in listed.added}
        return current

    def contents(self, wanted: Iterable[Shared]) -> Iterator[Content]:
        """All that was published of these versions, in order. Raises PackGone for one that is no longer there."""
        return (unpacked(data) for data in self._read([each.pack for each in wanted]))

    def listed(self, pack: str) -> Listed:
        """The list in a pack."""
        (data,) = self._read([pack])
        added, gone, dropped, vectors = json.loads(zlib.decompress(data))
        return Listed(tuple(map(_shared, added)), tuple(gone), tuple(dropped), vectors)

    def nearest(self, generation: Generation, vector: Sequence[float], *, limit: int) -> list[str]:
        """The ids of the passages nearest by cosine, nearest first; fewer than `limit` where there are no more.

        Among them may be some that another generation than this one has.
        """
        vectors = self._searched(generation)
        room = limit
        while True:
            found = vectors.nearest(vector, limit=room)
            # A passage that was removed and came back may be there twice, for as long as a generation lasts.
            ids = list(dict.fromkeys(each.partition(".")[0] for each in found))
            if len(ids) >= limit or len(found) < room or room == MOST_NEAREST:
                return ids[:limit]
            room = min(2 * room, MOST_NEAREST)

    def count(self, generation: Generation) -> int:
        """How many vectors there are to be searched; 0 where they are gone."""
        try:
            return self._searched(generation).count()
        except CollectionGone:
            self._vectors = None
            return 0

    def _searched(self, generation: Generation) -> Collection:
        vectors = self._vectors
        if vectors is None or vectors.name != generation.vectors:
            vectors = self._vectors = self.server.collection(generation.vectors)
        if vectors is None:
            raise CollectionGone(f"The vectors of {self.name} are no longer on {self.server.address.url}; ask again.")
        return vectors

    def _generation(self, number: int, found: Mapping[str, Mapping[str, Any]]) -> Generation:
        told = found.get(_id(number))
        if told is None:
            raise PackGone(f"A generation of {self.name} is no longer on {self.server.address.url}; ask again.")
        if told["format"] != FORMAT:
            raise IndexUnusable(
                f"What is published on {self.server.address.url} was written by another version of this program;"
                " use the same version everywhere, or publish it anew with `qa index --rebuild`."
            )
        return Generation(
            number=number,
            run=told["run"],
            encoder=told["encoder"],
            dimensions=told["dimensions"],
            vectors=told["vectors"],
            buried=told["buried"],
            delta=told["delta"],
            whole=told["whole"],
        )

    def _read(self, packs: Sequence[str]) -> Iterator[bytes]:
        """The bytes of these packs, in order, many in a request."""
        group: list[str] = []
        room = _RECORDS
        for pack in packs:
            if group and room <= 0:
                yield from self._read_together(group)
                group, room = [], _RECORDS
            group.append(pack)
            room -= int(pack.split("/")[1])
        if group:
            yield from self._read_together(group)

    def _read_together(self, packs: Sequence[str]) -> Iterator[bytes]:
        places = {pack: _places(pack) for pack in packs}
        found = self.packs.get([id for ids in places.values() for id in ids])
        for pack, ids in places.items():
            if any(id not in found for id in ids):
                raise PackGone(f"A pack of {self.name} is no longer on {self.server.address.url}; ask again.")
            text = "".join(found[id][str(number)] for id in ids for number in range(found[id]["values"]))
            data = base64.b64decode(text)
            if digest(data) != pack.split("/")[2]:
                raise IndexUnusable(
                    f"What is published on {self.server.address.url} is damaged; publish it anew with"
                    " `qa index --rebuild`."
                )
            yield data


def generation_record(generation: Generation) -> Record:
    """The record that publishes a generation."""
    return note(
        _id(generation.number),
        {
            "generation": generation.number,
            "format": FORMAT,
            "run": generation.run,
            "encoder": generation.encoder,
            "dimensions": generation.dimensions,
            "vectors": generation.vectors,
            "buried": generation.buried,
            "delta": generation.delta,
            "whole": generation.whole,
        },
    )


def note(id: str, metadata: Mapping[str, str | int]) -> Record:
    """A record that is looked up by its id."""
    spread = hashlib.sha256(id.encode()).digest()
    return Record(id, (spread[0] / 256, spread[1] / 256), metadata)


def pack_records(name: str, data: bytes, *, run: str) -> tuple[str, list[Record]]:
    """Where a pack is to be found, and the records that hold it."""
    text = base64.b64encode(data).decode("ascii")
    values = [text[at : at + _VALUE] for at in range(0, len(text), _VALUE)]
    held = [values[at : at + _VALUES] for at in range(0, len(values), _VALUES)]
    pack = f"{name}/{len(held)}/{digest(data)}"
    records = [
        note(id, {"run": run, "pack": name, "values": len(each), **{str(n): value for n, value in enumerate(each)}})
        for id, each in zip(_places(pack), held, strict=True)
    ]
    return pack, records


def list_data(listed: Listed) -> bytes:
    """A list as the bytes of a pack."""
    told = [[_told(each) for each in listed.added], listed.gone, listed.dropped, listed.vectors]
    return zlib.compress(json.dumps(told).encode("ascii"), level=6)


def digest(data: bytes) -> str:
    """Tells whether bytes are what was written."""
    return hashlib.sha256(data).hexdigest()[:32]


def _told(shared: Shared) -> list[object]:
    state = shared.state
    return [state.file, state.size, state.modified, shared.sha256, shared.settled, shared.passages, shared.pack]


def _shared(told: Sequence[Any]) -> Shared:
    file, size, modified, sha256, settled, passages, pack = told
    return Shared(FileState(file, size, modified), sha256, settled, passages, pack)


def _id(number: int) -> str:
    return f"generation-{number}"


def _places(pack: str) -> list[str]:
    name, records, _ = pack.split("/")
    return [f"{name}.{number}" for number in range(int(records))]
