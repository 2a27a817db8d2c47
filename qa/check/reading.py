"""A text as the check reads it: its words, and its numbers, dates, names and quotations when a rule asks for them.

`read(text)` goes from a text to a `Reading`; `reading.within(start, end)` is the part of it between two places, with
offsets that stay those of the whole text. Knows nothing of what is compared with what.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from qa.check.lexicon import base, is_framing, synonyms
from qa.text.names import Name, names_of
from qa.text.quotes import Attribution, attributions, quotes
from qa.text.sentences import sentences
from qa.text.values import Date, Number, values
from qa.text.words import Word, rarity, words
from qa.types import Span

_LISTED = 0.9
"""How well a listed synonym stands for a word."""
_FRAMING = 0.25
"""How much a word that only frames counts, against one that says something."""

Placed = TypeVar("Placed", Name, Number, Date, Span)


# Not slotted: what only some rules need is made once, when it is asked for.
@dataclass(frozen=True)
class Reading:
    """The words of `text[start:end]`, with offsets in the whole `text`."""

    text: str
    words: tuple[Word, ...]
    start: int
    end: int
    whole: Reading | None = None
    """The text that this is a part of; None if it is the whole itself."""

    def within(self, start: int, end: int) -> Reading:
        """The part between two places of the text."""
        first = bisect_left(self._starts, start)
        last = bisect_left(self._starts, end)
        return Reading(self.text, self.words[first:last], start, end, self.whole or self)

    @property
    def wording(self) -> str:
        """The characters themselves."""
        return self.text[self.start : self.end]

    @cached_property
    def _starts(self) -> list[int]:
        return [word.start for word in self.words]

    def index_of(self, part: Reading) -> int:
        """The index here of the first word of a part."""
        return bisect_left(self._starts, part.start)

    def between(self, index: int) -> str:
        """What stands between a word and the one before it; "" before the first word and after the last."""
        if not 0 < index < len(self.words):
            return ""
        return self.text[self.words[index - 1].end : self.words[index].start]

    def number_at(self, index: int) -> Number | None:
        """The number that a word belongs to."""
        return self._number_of.get(index)

    def is_named(self, index: int) -> bool:
        """Whether a word is part of a proper name."""
        return index in self._named

    @cached_property
    def _named(self) -> frozenset[int]:
        return frozenset(index for name in self.names for index in self.words_in(name))

    @cached_property
    def _number_of(self) -> dict[int, Number]:
        return {index: number for number in self.numbers for index in self.words_in(number)}

    @cached_property
    def dated(self) -> dict[int, Date]:
        """Each word of a date to the date."""
        return {index: date for date in self.dates for index in self.words_in(date)}

    def words_in(self, span: Name | Number | Date | Span) -> range:
        """The indices of the words that begin inside a span."""
        return range(bisect_left(self._starts, span.start), bisect_left(self._starts, span.end))

    @cached_property
    def stems(self) -> tuple[str, ...]:
        """What each word is compared by: its stem, that of the base form where it is irregular."""
        return tuple(base(word.stem) for word in self.words)

    @cached_property
    def places(self) -> dict[str, list[int]]:
        """Each stem to the indices of its words."""
        found: dict[str, list[int]] = {}
        for index, _word in enumerate(self.words):
            found.setdefault(self.stems[index], []).append(index)
        return found

    @cached_property
    def weights(self) -> tuple[float, ...]:
        """How much each word counts: its rarity, and 0 for a word of grammar."""
        return tuple(
            (rarity(word.form) * (_FRAMING if is_framing(stem) else 1.0)) if word.is_content else 0.0
            for word, stem in zip(self.words, self.stems, strict=True)
        )

    @cached_property
    def expansions(self) -> tuple[dict[str, float], ...]:
        """For each word the stems that may take it up, with how well."""
        if self.whole:
            first = self.whole.index_of(self)
            return self.whole.expansions[first : first + len(self.words)]
        return tuple(
            dict.fromkeys(sorted(synonyms(stem)), _LISTED) | {stem: 1.0} if weight else {}
            for stem, weight in zip(self.stems, self.weights, strict=True)
        )

    @cached_property
    def sentences(self) -> list[Span]:
        """The sentences of the whole text."""
        return sentences(self.text)

    @cached_property
    def numbers(self) -> list[Number]:
        """The numbers of this part."""
        return self._part(self.whole.numbers) if self.whole else self._values[0]

    @cached_property
    def dates(self) -> list[Date]:
        """The dates of this part."""
        return self._part(self.whole.dates) if self.whole else self._values[1]

    @cached_property
    def names(self) -> list[Name]:
        """The proper names of this part."""
        return self._part(self.whole.names) if self.whole else names_of(self.text, self.words)

    @cached_property
    def quotes(self) -> list[Span]:
        """What stands in quotation marks in this part, or overlaps with it."""
        if self.whole:
            return [span for span in self.whole.quotes if span.start < self.end and self.start < span.end]
        return quotes(self.text)

    @cached_property
    def attributions(self) -> list[Attribution]:
        """Who is said to have said something, as far as the words that say so stand in this part."""
        if self.whole:
            return [each for each in self.whole.attributions if self.start <= each.speaker.start < self.end]
        return attributions(self.text)

    @cached_property
    def _values(self) -> tuple[list[Number], list[Date]]:
        return values(self.text)

    def _part(self, placed: Sequence[Placed]) -> list[Placed]:
        return [each for each in placed if self.start <= each.start and each.end <= self.end]


def read(text: str) -> Reading:
    """The reading of a whole text."""
    return Reading(text, tuple(words(text)), 0, len(text))
