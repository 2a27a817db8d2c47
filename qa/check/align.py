"""A statement and the evidence to the windows of one to three sentences that say most of it, word linked to word.

`alignments(statement, sources)` finds the best windows of one text for the statement, lets a clause that stands elsewhere
have a window of its own, and pairs each word with the word of its window that it takes up. Never the whole document:
a number that stands anywhere proves nothing.

Does not judge: whether what differs matters is for the rules.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from qa.check.clauses import clauses
from qa.check.lexicon import opposed
from qa.check.reading import Reading, read
from qa.text.names import initials
from qa.text.quotes import wording
from qa.text.rows import cells, is_record
from qa.text.values import same_quantity
from qa.text.words import STOP_WORDS, Word
from qa.types import Span

LONGEST_WINDOW = 3
"""Sentences."""
MOST_WINDOWS = 3
"""For one statement."""

_SOFT = 0.8
"""What a word counts that has no equal in the window, but a near spelling of it."""
_AROUND = 3
"""Words on each side of one that are compared to tell whether it was put in the place of another."""
_COPIED = 0.75
"""The share of them that must be the window's own."""
_LONGER = 0.02
"""What a window of one more sentence must say more of the statement to be the better one."""
_ELSEWHERE, _OTHER_TEXT = 0.12, 0.25
"""How much more of a clause another window must say than the statement's own: in the same text, in another."""


_RULE = re.compile(r"[|:\s-]+")
"""The line below the header of a table in Markdown."""
_LINE = re.compile(r"^[ \t]*\|[^\n]*", re.MULTILINE)
"""A line of such a table."""


# Not slotted: what only some statements need is made when it is asked for.
@dataclass(frozen=True)
class Source:
    """One text of the evidence, or several that hold one sentence each, joined: `pieces` are (index, start of it)."""

    reading: Reading
    pieces: tuple[tuple[int, int], ...]
    written: tuple[Span, ...] = ()
    """Where each sentence stands in the text itself, if it is the row of a Markdown table put in other words."""

    @cached_property
    def wording(self) -> str:
        """Its words as quotations of them are compared."""
        return wording(self.reading.text)

    @cached_property
    def starts(self) -> list[int]:
        """Where its sentences begin."""
        return [span.start for span in self.reading.sentences]

    @cached_property
    def rows(self) -> list[bool]:
        """Whether each sentence is a row of a table below its header. What two rows say is said of two things."""
        said = [self.reading.text[span.start : span.end] for span in self.reading.sentences]
        return [
            is_record(each) or (each.startswith("|") and not _RULE.fullmatch(each) and not _RULE.fullmatch(after))
            for each, after in zip(said, [*said[1:], ""], strict=True)
        ]

    def sentence_of(self, word: int) -> int:
        """The index of the sentence that holds a word."""
        return bisect_right(self.starts, self.reading.words[word].start) - 1

    def place(self, span: Span) -> tuple[int, Span]:
        """The evidence text that a span begins in, and the span there."""
        if self.written:
            return self.pieces[0][0], self.written[bisect_right(self.starts, span.start) - 1]
        index, start = max((piece for piece in self.pieces if piece[1] <= span.start), key=lambda piece: piece[1])
        following = [piece[1] for piece in self.pieces if piece[1] > span.start]
        end = min(span.end, following[0] - 2) if following else span.end
        return index, Span(span.start - start, end - start)


@dataclass(frozen=True, slots=True)
class Window:
    """Sentences `first` to `last` (excluded) of a source; `said` is how much of what was looked for it says, 0 to 1."""

    source: Source
    first: int
    last: int
    said: float

    @property
    def reading(self) -> Reading:
        """The text of the window."""
        spans = self.source.reading.sentences
        return self.source.reading.within(spans[self.first].start, spans[self.last - 1].end)

    def overlaps(self, other: Window) -> bool:
        """Whether both share a sentence."""
        return self.source is other.source and self.first < other.last and other.first < self.last


# Not slotted: `coverage` is computed when first asked for.
@dataclass(frozen=True)
class Aligned:
    """A statement, or a part of it, beside a window: `links[i]` is the index of the window's word that word i takes up,
    or None; `strengths[i]` is 1 for the same word, less for a related one, 0 for none."""

    statement: Reading
    window: Reading
    source: Source
    links: tuple[int | None, ...]
    strengths: tuple[float, ...]

    @cached_property
    def coverage(self) -> float:
        """The share of the content words that are linked, each counted by its rarity; 1 if there are none."""
        weights = self.statement.weights
        total = sum(weights)
        return sum(w * s for w, s in zip(weights, self.strengths, strict=True)) / total if total else 1.0

    def slot(self, index: int) -> tuple[range, bool]:
        """Where in the window the word would stand if the window had it: between the nearest words on both sides that
        are in both texts, which is sure, or beside the one there is."""
        left, before = self._anchor(index, -1)
        right, after = self._anchor(index, 1)
        if left is not None and right is not None and left < right <= left + before + after + 3:
            return range(left + 1, right), True
        if left is not None and before <= 2:
            return range(left + 1, min(left + before + 2, len(self.window.words))), False
        if right is not None and after <= 2:
            return range(max(0, right - after - 1), right), False
        return range(0), False

    def _anchor(self, index: int, step: int) -> tuple[int | None, int]:
        """The window's place of the nearest content word on one side that is in both texts, and how far it is."""
        near, distance, passed = index + step, 1, 0
        while 0 <= near < len(self.links) and passed < 3:
            if self.statement.weights[near]:
                if self.strengths[near] == 1:
                    return self.links[near], distance
                passed += 1
            near, distance = near + step, distance + 1
        return None, distance

    @property
    def is_row(self) -> bool:
        """Whether the window is a row of a table, which says what it says of one thing alone."""
        begins = bisect_right(self.source.starts, self.window.start) - 1
        return self.source.rows[begins]

    @property
    def is_of_table(self) -> bool:
        """Whether a row of a table, or the header of one in Markdown, is in the window."""
        rows = zip(self.source.reading.sentences, self.source.rows, strict=True)
        here = [(span, row) for span, row in rows if self.window.start <= span.start < self.window.end]
        return any(row or self.source.reading.text.startswith("|", span.start) for span, row in here)

    def instead(self, span: range) -> range:
        """Where the window has something else instead of these words of the statement: between the counterparts of the
        words on both sides, which must be the window's own in the same order; empty where they are not."""
        left = [index for index in range(span.start - 1, max(-1, span.start - 1 - _AROUND), -1)]
        right = [index for index in range(span.stop, min(span.stop + _AROUND, len(self.links)))]
        start = next((place + span.start - index for index in left if (place := self._same(index)) is not None), None)
        stop = next((place - (index - span.stop) for index in right if (place := self._same(index)) is not None), None)
        if start is None and stop is None:
            return range(0)
        start = start if start is not None else max(0, (stop or 0) - len(span))
        stop = stop if stop is not None else min(start + len(span), len(self.window.words))
        near = [index for index in left if abs((self._same(index) or -9) + span.start - index - start) <= 1]
        near += [index for index in right if abs((self._same(index) or -9) - (index - span.stop) - stop) <= 1]
        copied = len(near) >= _COPIED * (len(left) + len(right)) and start <= stop <= start + len(span) + 3
        if not copied or any(start <= (self.links[index] or -1) < stop for index in span):
            return range(0)
        return range(start, stop)

    def _same(self, index: int) -> int | None:
        """The window's place of a word that is in both texts."""
        return self.links[index] if self.strengths[index] == 1 else None

    def strength_at(self, place: int) -> float:
        """How well the statement takes up a word of the window, 0 if it does not."""
        return self.strengths[self.taken[place]] if place in self.taken else 0.0

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
        found.extend(_table(index, reading))
    return found + _joined(run)


def alignments(statement: Reading, given: Sequence[Source], *, limit: int) -> list[tuple[Aligned, ...]]:
    """The ways in which a statement can rest on the evidence, at most `limit`, the one that says most first.

    Each is the statement's parts side by side, every part beside its window.
    """
    held = [_held(statement, source) for source in given]
    mains = _windows(statement, 0, given, held, limit=limit)
    parts = clauses(statement) if mains else []
    best_of_part = [_windows(part, _offset(statement, part), given, held, limit=6) for part in parts]
    found = []
    for main in mains:
        rows = held[[each is main.source for each in given].index(True)]
        chosen = [
            _window_of(part, _offset(statement, part), main, rows, others)
            for part, others in zip(parts, best_of_part, strict=True)
        ]
        found.append(tuple(link(part, window) for part, window in _merged(statement, parts, _limited(chosen, main))))
    return found


def link(statement: Reading, window: Window) -> Aligned:
    """Each word of the statement to its place in the window: the one whose neighbours fit best, then the nearest on."""
    reading = window.reading
    links: list[int | None] = [None] * len(statement.words)
    strengths = [0.0] * len(statement.words)
    last = -1
    for index in range(len(statement.words)):
        if not statement.weights[index]:
            continue
        places, strength = _candidates(statement, index, reading)
        if places:
            last = max(places, key=lambda place: (_fit(statement, index, reading, place), -abs(place - last - 1)))
            links[index], strengths[index] = last, strength
    _link_grammar(statement, reading, links, strengths)
    return Aligned(statement, reading, window.source, tuple(links), tuple(strengths))


def _joined(run: list[tuple[int, str]]) -> list[Source]:
    if not run:
        return []
    pieces, start = [], 0
    for index, text in run:
        pieces.append((index, start))
        start += len(text) + 2
    # An empty line between them: each stays a sentence of its own.
    return [Source(read("\n\n".join(text for _, text in run)), tuple(pieces))]


def _table(index: int, reading: Reading) -> Iterator[Source]:
    """The rows of Markdown tables, each with the names of its columns: a header alone says nothing of any row."""
    records: list[str] = []
    written: list[Span] = []
    lines = [Span(match.start(), match.end()) for match in _LINE.finditer(reading.text)]
    names: list[str] = []
    for line, after in pairwise([*lines, Span(0, 0)]):
        row = cells(reading.text[line.start : line.end])
        if _RULE.fullmatch(reading.text, after.start, after.end):
            names = row
        elif len(names) == len(row) > 1 and not _RULE.fullmatch(reading.text, line.start, line.end):
            records.append("; ".join(f"{name}: {cell}" for name, cell in zip(names, row, strict=True) if cell) + ".")
            written.append(line)
    rows = read("\n".join(records))
    # Where a cell ends in what looks like the end of a sentence, the rows could not be told apart.
    if records and len(rows.sentences) == len(records):
        yield Source(rows, ((index, 0),), tuple(written))


Held = list[dict[int, float]]
"""For each sentence of a source, the indices of the statement's words that it holds, with how well."""


def _held(statement: Reading, source: Source) -> Held:
    found: Held = [{} for _ in source.starts]
    places = source.reading.places
    for index, expansion in enumerate(statement.expansions):
        for stem, strength in expansion.items():
            for place in places.get(stem, ()):
                row = found[source.sentence_of(place)]
                if strength > row.get(index, 0.0):
                    row[index] = strength
    return found


def _offset(statement: Reading, part: Reading) -> int:
    return 0 if part is statement else statement.index_of(part)


def _windows(part: Reading, offset: int, given: Sequence[Source], held: Sequence[Held], *, limit: int) -> list[Window]:
    """The windows that say most of a part, best first, no two of which overlap."""
    found: list[Window] = []
    for source, rows in zip(given, held, strict=True):
        found.extend(_windows_of(part, offset, source, rows))
    found.sort(key=lambda window: -(window.said - _LONGER * (window.last - window.first)))
    chosen: list[Window] = []
    for window in found:
        if not any(window.overlaps(other) for other in chosen):
            chosen.append(window)
        if len(chosen) == limit:
            break
    return chosen


def _windows_of(part: Reading, offset: int, source: Source, held: Held) -> list[Window]:
    weights = {offset + index: weight for index, weight in enumerate(part.weights) if weight}
    total = sum(weights.values()) or 1.0
    rows = [{index: strength for index, strength in row.items() if index in weights} for row in held]
    found = []
    for first, row in enumerate(rows):
        if not row:
            continue
        together = dict(row)
        found.append(Window(source, first, first + 1, _said(together, weights) / total))
        for last in range(first + 2, min(first + LONGEST_WINDOW, len(rows)) + 1):
            if source.rows[last - 1] and any(source.rows[first : last - 1]):
                break
            more = {i: s for i, s in rows[last - 1].items() if s > together.get(i, 0.0)}
            if more:
                together.update(more)
                found.append(Window(source, first, last, _said(together, weights) / total))
    return found


def _said(held: dict[int, float], weights: dict[int, float]) -> float:
    return sum(weights[index] * strength for index, strength in held.items())


def _window_of(part: Reading, offset: int, main: Window, rows: Held, others: Sequence[Window]) -> Window:
    """The window of a clause: the statement's, unless another says clearly more of it."""
    weights = {offset + index: weight for index, weight in enumerate(part.weights) if weight}
    here: dict[int, float] = {}
    for row in rows[main.first : main.last]:
        for index, strength in row.items():
            if index in weights:
                here[index] = max(here.get(index, 0.0), strength)
    said = _said(here, weights) / (sum(weights.values()) or 1.0)
    for other in others:
        if other.said > said + (_ELSEWHERE if other.source is main.source else _OTHER_TEXT):
            return other
    return main


def _limited(windows: list[Window], main: Window) -> list[Window]:
    kept: list[Window] = [main]
    for window in windows:
        if window not in kept and len(kept) < MOST_WINDOWS:
            kept.append(window)
    return [window if window in kept else main for window in windows]


def _merged(statement: Reading, parts: Sequence[Reading], windows: Sequence[Window]) -> list[tuple[Reading, Window]]:
    """Neighbouring parts with one window made one part again."""
    found: list[tuple[Reading, Window]] = []
    for part, window in zip(parts, windows, strict=True):
        if found and found[-1][1] == window:
            found[-1] = (statement.within(found[-1][0].start, part.end), window)
        else:
            found.append((part, window))
    return found


def _candidates(statement: Reading, index: int, window: Reading) -> tuple[list[int], float]:
    word = statement.words[index]
    number = statement.number_at(index)
    if index in statement.dated and word.form.isdigit():
        return _same_day(statement, index, window), 1.0
    if number:
        places = [
            window.words_in(other)[0]
            for other in window.numbers
            if window.words_in(other) and same_quantity(number, other)
        ]
        return (places, 1.0) if places else (window.places.get(statement.stems[index], []), 1.0)
    best: tuple[list[int], float] = ([], 0.0)
    for stem, strength in statement.expansions[index].items():
        if strength > best[1] and stem in window.places:
            best = (window.places[stem], strength)
    if best[1] >= _SOFT:
        return best
    if len(word.form) >= 5 and not word.form[0].isdigit():
        named = statement.is_named(index)
        near = [
            place
            for stem, places in window.places.items()
            if _near(statement.stems[index], stem, named=named)
            for place in places
        ]
        if near:
            return near, _SOFT
    if (place := _named_in_full(word, window)) is not None:
        return [place], 1.0
    return best


def _named_in_full(word: Word, window: Reading) -> int | None:
    """The place of the name that an acronym stands for."""
    if 2 <= len(word.text) <= 6 and word.text.isupper():
        for name in window.names:
            if len(name.parts) > 1 and initials(name.parts) == word.form:
                return window.words_in(name)[0]
    return None


def _same_day(statement: Reading, index: int, window: Reading) -> list[int]:
    """The places of a day or a year. It is no word by itself: "May 22" takes up nothing of "2026-01-22"."""
    month = statement.dated[index].month
    places = window.places.get(statement.stems[index], [])
    return [
        each for each in places if each not in window.dated or window.dated[each].month in (None, month) or not month
    ]


def _near(one: str, other: str, *, named: bool) -> bool:
    """Whether two stems are one word's: the same beginning, and little left over ("analyst", "analysis")."""
    if one[:4] != other[:4] or other in STOP_WORDS or opposed(one, other):
        return False
    shorter, longer = sorted((one, other), key=len)
    same = 0
    while same < len(shorter) and shorter[same] == longer[same]:
        same += 1
    if named:
        return same == len(shorter) >= 4 and len(longer) - same <= 3
    return (same >= 5 and same >= 0.7 * len(longer)) or (same == len(shorter) >= 4 and len(longer) - same <= 4)


def _fit(statement: Reading, index: int, window: Reading, place: int) -> int:
    fit = 0
    for offset in (-2, -1, 1, 2):
        near = index + offset
        if 0 <= near < len(statement.words):
            stem = statement.stems[near]
            around = range(max(0, place + offset - 1), min(len(window.words), place + offset + 2))
            fit += any(window.stems[other] == stem for other in around)
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
