"""One generation of an index as it is open for searching: its folders, and in memory what no folder holds yet.

A question's vector or stems in, ids of passages with their scores out. The folders are opened when they are first
needed. Not for two threads at once, but for `rarity`. Knows nothing of locks, writers or passages' texts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from qa.index import folders
from qa.index.errors import damaged, translated
from qa.index.manifest import Manifest, State
from qa.index.ranking import Bm25, Found, best, cosines, nth
from qa.text.words import rarity_in
from qa.text.words import words as words_of
from qa.types import IndexUnusable

if TYPE_CHECKING:
    from qa.index.replica import Replica
    from qa.index.vectors import Nearest
    from qa.index.words import Matching
    from qa.types import Vector

_SPARE = 14
"""Candidates asked for beyond the limit: an approximate search is surest of its first ones, and ties need room."""

_FEW = 300
"""Passages up to which all are asked for, so that one which is not found is noticed: the search is approximate, and of
indexes of 96 passages on a server that were edited once, 1 in 20 had one that it no longer reached. As many as a server
is asked for at once."""

_MOST = 400
"""Candidates beyond which passages that are as good as the last one are not looked for any more: copies of a text, and in
a large index whole blocks that share the common words of a question. They score alike, so no better one is missed."""

_ROUNDING = 1.00001
"""Tantivy reckons with seven digits, and rounds on the way."""


@dataclass(frozen=True, slots=True)
class _Fresh:
    """A passage that no folder holds yet."""

    id: str
    file: str
    stems: tuple[str, ...]
    title_stems: tuple[str, ...]
    vector: bytes


class Readers:
    """The published folders, open for reading. They outlive a generation that leaves the folders as they are.

    Where there is a `replica` the vectors are in no folder, but on a Chroma server.
    """

    def __init__(self, store: Path, replica: Replica | None) -> None:
        self._store = store
        self.replica = replica
        self._nearest: tuple[str, Nearest] | None = None
        self._matching: tuple[str, Matching] | None = None

    def nearest(self, manifest: Manifest, name: str) -> Nearest | None:
        """Chroma; None where there is no folder, or it can not be opened and every vector has to be looked at."""
        from qa.index.vectors import Nearest

        if self._nearest is not None and self._nearest[0] == name:
            return self._nearest[1]
        self._close_nearest()
        folder = self._store / name
        # A damaged HNSW file is not an exception but the end of the process, so it is not even opened.
        if not name or not folders.is_intact(folder, manifest.seals(name)):
            return None
        try:
            with translated(self._store):
                self._nearest = (name, Nearest(folder))
        except IndexUnusable:
            self.give_up_nearest(name)
            return None
        return self._nearest[1]

    def matching(self, manifest: Manifest, name: str) -> Matching | None:
        """Tantivy; None where there is no folder. Raises IndexUnusable where it is damaged."""
        from qa.index.words import Matching

        if self._matching is not None and self._matching[0] == name:
            return self._matching[1]
        self._close_matching()
        folder = self._store / name
        if not name:
            return None
        if not folders.is_intact(folder, manifest.seals(name)):
            raise damaged(self._store, f"its folder {name} is not as it was written")
        try:
            self._matching = (name, Matching(folder))
        except ValueError as error:
            folders.mark_damaged(folder)
            raise damaged(self._store, str(error)) from error
        return self._matching[1]

    def give_up_nearest(self, name: str) -> None:
        """Have the next `sync` make the folder anew."""
        self._close_nearest()
        folders.mark_damaged(self._store / name)

    def close(self) -> None:
        """Let go of the folders."""
        self._close_nearest()
        self._close_matching()

    def _close_nearest(self) -> None:
        if self._nearest is not None:
            self._nearest[1].close()
            self._nearest = None

    def _close_matching(self) -> None:
        if self._matching is not None:
            self._matching[1].close()
            self._matching = None


class View:
    """A generation, inside a snapshot of the manifest that shows it."""

    def __init__(self, store: Path, state: State, manifest: Manifest, readers: Readers) -> None:
        self.state = state
        self._store = store
        self._manifest = manifest
        self._readers = readers
        self._fresh_passages: list[_Fresh] | None = None
        self._fresh_by_stem: dict[str, list[int]] = {}
        """Places in the list of fresh passages."""
        self._shifts: dict[str, Found] = {}
        self._words: Matching | None = None
        self.can_count = False
        """Whether `rarity` can do without a snapshot: what it needs has been read."""
        self._rarities: dict[str, float] = {}

    def load(self) -> None:
        """Open everything now, so that the first search does not have to."""
        self._matching()
        self._fresh()
        if nearest := self._readers.nearest(self._manifest, self.state.vectors):
            nearest.load(self.state.dimensions)

    def by_meaning(self, vector: Vector, *, limit: int, files: Sequence[str] | None) -> dict[str, float]:
        """The best by cosine, and all that score as the last of them does.

        Among all files by Chroma; among some, or where Chroma's folder can not be opened, by comparing with each.
        """
        room = max(limit + _SPARE, _FEW if self.state.live.passages < _FEW else 0)
        while files is None:
            ids = self._asked(vector, room)
            if ids is None:
                break
            found = cosines(vector, self._manifest.vectors_of(ids))
            scores = found | cosines(vector, [(each.id, each.vector) for each in self._fresh()])
            # Passages as near as the last one are in no order: all of them have to be seen.
            enough = bool(found) and len(scores) >= limit
            seen = enough and (room >= _MOST or nth(scores.values(), limit) > min(found.values()))
            if seen or len(ids) < room:
                return best(scores, limit)
            room *= 2
        return self._by_looking_at_each(vector, limit, files)

    def by_words(self, wanted: Sequence[str], *, limit: int, files: Sequence[str] | None) -> dict[str, float]:
        """The best by BM25 among the passages that have any of these stems, and all that score as the last one does."""
        matching = self._matching()
        based = {stem: matching.found(stem) if matching else _NONE for stem in wanted}
        bm25 = Bm25({stem: found.plus(self._shifts.get(stem, _NONE)) for stem, found in based.items()}, self.state.live)
        scores = self._fresh_by_words(bm25, wanted, files)
        if matching is None:
            return best(scores, limit)
        slack = _ROUNDING * bm25.exceeds(Bm25(based, self.state.based))
        room = limit + _SPARE
        while True:
            found = matching.matching(wanted, limit=room, files=files)
            new = [id for id, _ in found if id not in scores]
            scores |= {
                id: bm25.score(stems.split(), title_stems.split())
                for id, stems, title_stems in self._manifest.stems_of(new)
            }
            # What was not seen is at most as good as the last that was seen, by the folder's own statistics.
            enough = len(scores) >= limit
            if len(found) < room or (enough and (room >= _MOST or nth(scores.values(), limit) > slack * found[-1][1])):
                return best(scores, limit)
            room *= 2

    def rarity(self, form: str) -> float:
        """`qa.text.words.rarity_in`, by the passages that have the word."""
        if form not in self._rarities:
            matching = self._matching()
            counts = [
                self._shifts.get(word.stem, _NONE).texts + (matching.found(word.stem).texts if matching else 0)
                for word in words_of(form)
            ]
            self._rarities[form] = rarity_in(form, found=min(counts, default=0), passages=self.state.live.passages)
        return self._rarities[form]

    def _asked(self, vector: Vector, limit: int) -> list[str] | None:
        """What Chroma answers; None where it fails, or does not find what it has."""
        if self._readers.replica is not None:
            return self._asked_of_server(self._readers.replica, vector, limit)
        nearest = self._readers.nearest(self._manifest, self.state.vectors)
        if nearest is None:
            return None
        try:
            with translated(self._store):
                ids = nearest.nearest(vector, limit=limit)
        except IndexUnusable:
            self._readers.give_up_nearest(self.state.vectors)
            return None
        return ids if len(ids) >= min(limit, self.state.based.passages) else None

    def _asked_of_server(self, replica: Replica, vector: Vector, limit: int) -> list[str] | None:
        ids = replica.nearest(self._manifest, vector, limit=limit)
        if ids is None or len(ids) >= limit:
            return ids
        # These are all that there are; among them may be some that are not live, and all that are live have to be.
        return ids if len(self._manifest.vectors_of(ids)) == self.state.live.passages else None

    def _by_looking_at_each(self, vector: Vector, limit: int, files: Sequence[str] | None) -> dict[str, float]:
        scores: dict[str, float] = {}
        for some in self._manifest.vectors(files):
            scores = best(scores | cosines(vector, some), limit)
        return scores

    def _fresh_by_words(self, bm25: Bm25, wanted: Sequence[str], files: Sequence[str] | None) -> dict[str, float]:
        fresh = self._fresh()
        places = {place for stem in wanted for place in self._fresh_by_stem.get(stem, ())}
        return {
            fresh[place].id: bm25.score(fresh[place].stems, fresh[place].title_stems)
            for place in places
            if files is None or fresh[place].file in files
        }

    def _matching(self) -> Matching | None:
        if not self.can_count:
            self._words = self._readers.matching(self._manifest, self.state.words)
            self._shifts = self._manifest.shifts()
            self.can_count = True
        return self._words

    def _fresh(self) -> list[_Fresh]:
        if self._fresh_passages is None:
            self._fresh_passages = [
                _Fresh(each.id, each.file, tuple(each.stems.split()), tuple(each.title_stems.split()), each.vector)
                for each in self._manifest.fresh()
            ]
            for place, each in enumerate(self._fresh_passages):
                for stem in {*each.stems, *each.title_stems}:
                    self._fresh_by_stem.setdefault(stem, []).append(place)
        return self._fresh_passages


_NONE = Found(0, 0)
