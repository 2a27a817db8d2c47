"""A statement and the evidence to the windows of one to three sentences that say most of it, word linked to word.

`windows(statement, sources)` finds the best windows; `link(statement, window)` pairs each word of the statement with
the word of the window that it takes up. Never the whole document: a number that stands anywhere proves nothing.

Does not judge: whether what differs matters is for the rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from qa.check.lexicon import synonyms_of
from qa.check.reading import Reading, read
from qa.text.names import initials
from qa.text.words import STOP_WORDS

LONGEST_WINDOW = 3
"""Sentences."""

_SOFT = 0.8
"""What a word counts that has no equal in the window, but a near spelling, a synonym or its acronym."""


@dataclass(frozen=True, slots=True)
class Source:
    """One text of the evidence, or several that hold one sentence each, joined: `pieces` are (index, start of it)."""

    reading: Reading
    pieces: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Window:
    """Sentences `first` to `last` (excluded) of a source; bit n of `mask` tells that it holds the statement's n-th
    content word; `coverage` is their share by rarity, from 0 to 1."""

    source: Source
    first: int
    last: int
    mask: int
    coverage: float

    @property
    def reading(self) -> Reading:
        """The text of the window."""
        spans = self.source.reading.sentences
        return self.source.reading.within(spans[self.first].start, spans[self.last - 1].end)


# Not slotted: `coverage` is computed when first asked for.
@dataclass(frozen=True)
class Aligned:
    """A statement beside a window: `links[i]` is the index of the window's word that word i takes up, or None;
    `strengths[i]` is 1 for the same word, less for a related one, 0 for none."""

    statement: Reading
    window: Reading
    links: tuple[int | None, ...]
    strengths: tuple[float, ...]

    @cached_property
    def coverage(self) -> float:
        """The share of the statement's content words that are linked, each counted by its rarity; 1 if it has none."""
        weights = self.statement.weights
        total = sum(weights)
        return sum(w * s for w, s in zip(weights, self.strengths, strict=True)) / total if total else 1.0

    @cached_property
    def taken(self) -> dict[int, int]:
        """Each linked word of the window to the word of the statement."""
        return {place: index for index, place in enumerate(self.links) if place is not None}


def sources(evidence: Sequence[str]) -> list[Source]:
    """The evidence, read. Texts in a row that hold one sentence each are taken as one text, cut into sentences."""
    found: list[Source] = []
    run: list[tuple[int, str]] = []
    for index, text in enumerate(evidence):
        reading = read(text)
        if len(reading.sentences) == 1:
            run.append((index, text))
            continue
        found.extend(_joined(run))
        run = []
        if reading.words:
            found.append(Source(reading, ((index, 0),)))
    return found + _joined(run)


def windows(statement: Reading, given: Sequence[Source], *, limit: int) -> list[Window]:
    """The windows that cover most of the statement by themselves, best first, at most one that overlaps another."""
    weights = [weight for weight in statement.weights if weight]
    total = sum(weights) or 1.0
    stems = [word.stem for word, weight in zip(statement.words, statement.weights, strict=True) if weight]
    found = [window for source in given for window in _windows_of(source, stems, weights, total)]
    found.sort(key=lambda window: -(window.coverage - 0.02 * (window.last - window.first)))
    chosen: list[Window] = []
    for window in found:
        if not any(_overlap(window, other) for other in chosen):
            chosen.append(window)
        if len(chosen) == limit:
            break
    return chosen


def link(statement: Reading, window: Reading) -> Aligned:
    """Each word of the statement to its place in the window: the one whose neighbours fit best, then the nearest on."""
    links: list[int | None] = [None] * len(statement.words)
    strengths = [0.0] * len(statement.words)
    last = -1
    for index, word in enumerate(statement.words):
        if not statement.weights[index]:
            continue
        places, strength = window.places.get(word.stem), 1.0
        if not places:
            places, strength = _related(statement, index, window), _SOFT
        if places:
            last = max(places, key=lambda place: (_fit(statement, index, window, place), -abs(place - last - 1)))
            links[index], strengths[index] = last, strength
    _link_grammar(statement, window, links, strengths)
    return Aligned(statement, window, tuple(links), tuple(strengths))


def _joined(run: list[tuple[int, str]]) -> list[Source]:
    if not run:
        return []
    pieces, start = [], 0
    for index, text in run:
        pieces.append((index, start))
        start += len(text) + 2
    # An empty line between them: each stays a sentence of its own.
    return [Source(read("\n\n".join(text for _, text in run)), tuple(pieces))]


def _windows_of(source: Source, stems: Sequence[str], weights: Sequence[float], total: float) -> Iterable[Window]:
    reading = source.reading
    masks = [0] * len(reading.sentences)
    starts = [span.start for span in reading.sentences]
    for bit, stem in enumerate(stems):
        for known in (stem, *synonyms_of(stem)):
            for place in reading.places.get(known, ()):
                masks[_sentence_of(starts, reading.words[place].start)] |= 1 << bit
    for first in range(len(masks)):
        mask = 0
        for last in range(first + 1, min(first + LONGEST_WINDOW, len(masks)) + 1):
            if last > first + 1 and not masks[last - 1] & ~mask:
                continue
            mask |= masks[last - 1]
            if mask:
                covered = sum(weight for bit, weight in enumerate(weights) if mask >> bit & 1)
                yield Window(source, first, last, mask, covered / total)


def _sentence_of(starts: list[int], place: int) -> int:
    low, high = 0, len(starts)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if starts[middle] <= place else (low, middle)
    return low


def _overlap(one: Window, other: Window) -> bool:
    return one.source is other.source and one.first < other.last and other.first < one.last


def _related(statement: Reading, index: int, window: Reading) -> list[int] | None:
    word = statement.words[index]
    for stem in synonyms_of(word.stem):
        if stem in window.places:
            return window.places[stem]
    if len(word.form) >= 5 and not word.form[0].isdigit():
        near = [place for stem, places in window.places.items() if _near(word.stem, stem) for place in places]
        if near:
            return near
    if 2 <= len(word.text) <= 6 and word.text.isupper():
        for name in window.names:
            if len(name.parts) > 1 and initials(name.parts) == word.form:
                return [window.words_in(name)[0]]
    return None


def _near(one: str, other: str) -> bool:
    """Whether two stems are one word's: the same beginning, and little left over ("analyst", "analysis")."""
    if one[:4] != other[:4] or other in STOP_WORDS:
        return False
    shorter, longer = sorted((one, other), key=len)
    same = 0
    while same < len(shorter) and shorter[same] == longer[same]:
        same += 1
    return (same >= 5 and same >= 0.7 * len(longer)) or (same == len(shorter) >= 4 and len(longer) - same <= 4)


def _fit(statement: Reading, index: int, window: Reading, place: int) -> int:
    fit = 0
    for offset in (-2, -1, 1, 2):
        near = index + offset
        if 0 <= near < len(statement.words):
            stem = statement.words[near].stem
            around = range(max(0, place + offset - 1), min(len(window.words), place + offset + 2))
            fit += any(window.words[other].stem == stem for other in around)
    return fit


def _link_grammar(statement: Reading, window: Reading, links: list[int | None], strengths: list[float]) -> None:
    """Link a word of grammar where a neighbour's link shows the place: the second "of the" to the second."""
    for index, word in enumerate(statement.words):
        if links[index] is not None or statement.weights[index]:
            continue
        for step in (-1, 1):
            near = index + step
            place = links[near] if 0 <= near < len(links) else None
            if (
                place is not None
                and 0 <= place - step < len(window.words)
                and window.words[place - step].form == word.form
            ):
                links[index], strengths[index] = place - step, 1.0
                break
