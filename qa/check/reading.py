"""A text as the check reads it: its words, and its numbers, dates, names and quotations when a rule asks for them.

`read(text)` goes from a text to a `Reading`; `reading.within(start, end)` is the part of it between two places, with
offsets that stay those of the whole text. Knows nothing of what is compared with what.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from qa.text.names import Name, names_of
from qa.text.quotes import Attribution, attributions, quotes
from qa.text.sentences import sentences
from qa.text.values import Date, Number, values
from qa.text.words import Word, rarity, words
from qa.types import Span

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

    def word_at(self, place: int) -> int:
        """The index of the word that a place of the text lies in or, if in none, of the next."""
        return max(0, bisect_right(self._starts, place) - 1)

    def words_in(self, span: Name | Number | Date | Span) -> range:
        """The indices of the words that begin inside a span."""
        return range(bisect_left(self._starts, span.start), bisect_left(self._starts, span.end))

    @cached_property
    def places(self) -> dict[str, list[int]]:
        """Each stem to the indices of its words."""
        found: dict[str, list[int]] = {}
        for index, word in enumerate(self.words):
            found.setdefault(word.stem, []).append(index)
        return found

    @cached_property
    def weights(self) -> tuple[float, ...]:
        """How much each word counts: its rarity, and 0 for a word of grammar."""
        return tuple(rarity(word.form) if word.is_content else 0.0 for word in self.words)

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
