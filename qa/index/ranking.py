"""How near a passage is to a question, by meaning and by words, computed from what the manifest keeps of it. Pure.

Chroma and Tantivy say which passages come into question; how good each is is reckoned here, the same way for those and
for passages that no folder holds yet. So an index that grew in steps gives the scores of one that was built at once.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qa.text.words import words

if TYPE_CHECKING:
    from qa.types import Vector

TITLE = 0.25
"""What a word in the title counts, against 1 in the text. eval/LOG.md: "Fusion by z-score"."""

_K1, _B = 1.2, 0.75

_APART = 0.001
"""Of each number of a vector; of 384 together it is 0.02 of its length."""


@dataclass(frozen=True, slots=True)
class Extent:
    """How much a set of passages is: how many, and how many words are in their texts and in their titles."""

    passages: int = 0
    words: int = 0
    title_words: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """The number of passages that have a stem in their text, and in their title."""

    texts: int
    titles: int

    def plus(self, other: Found) -> Found:
        """Both together."""
        return Found(self.texts + other.texts, self.titles + other.titles)


def stems(text: str) -> str:
    """The stems of a text's words, joined by spaces: a question can hold no query syntax then."""
    return " ".join(word.stem for word in words(text))


class Bm25:
    """BM25 (Robertson et al., 1994) with k1 = 1.2 and b = 0.75, over the text and, less, over the title.

    Lengths are rounded down as Lucene and Tantivy round them, so that these scores are theirs but for the last digits.
    """

    def __init__(self, wanted: Mapping[str, Found], extent: Extent) -> None:
        self._text = {stem: rarity(found.texts, extent.passages) for stem, found in wanted.items()}
        self._title = {stem: TITLE * rarity(found.titles, extent.passages) for stem, found in wanted.items()}
        self._mean = extent.words / max(1, extent.passages)
        self._title_mean = extent.title_words / max(1, extent.passages)

    def score(self, text: Sequence[str], title: Sequence[str]) -> float:
        """The score of a passage by the stems of its text and of its title; 0 where it has none of those wanted."""
        return round(_part(self._text, text, self._mean) + _part(self._title, title, self._title_mean), 4)

    def exceeds(self, other: Bm25) -> float:
        """By what factor a score can at most be above that of the same passage by other statistics."""
        weights = [
            ours[stem] / theirs[stem]
            for ours, theirs in ((self._text, other._text), (self._title, other._title))
            for stem in ours
            if theirs[stem] > 0
        ]
        means = [
            ours / theirs
            for ours, theirs in ((self._mean, other._mean), (self._title_mean, other._title_mean))
            if theirs > 0
        ]
        return max(weights, default=1.0) * max([1.0, *means])


def rarity(found: int, passages: int) -> float:
    """The inverse document frequency of BM25; `found` of the passages have the stem."""
    return math.log(1 + (max(passages, found) - found + 0.5) / (found + 0.5))


def cosines(vector: Vector, stored: Sequence[tuple[str, bytes]]) -> dict[str, float]:
    """The cosines of vectors, float32 at unit length, with one; by id.

    Each is reckoned by itself: a product of matrices adds up in an order that depends on how many rows there are, and a
    passage's score would depend on its company.
    """
    import numpy

    if not stored:
        return {}
    vectors = numpy.frombuffer(b"".join(each for _, each in stored), dtype=numpy.float32).reshape(len(stored), -1)
    scores = numpy.round(numpy.einsum("ij,j->i", vectors, vector).astype(numpy.float64), 6)
    return dict(zip((id for id, _ in stored), scores.tolist(), strict=True))


def apart(id: str, vector: bytes) -> Vector:
    """A passage's vector, moved a little in a direction of its own, as Chroma is given it.

    Copies of a text have one vector. A few hundred of them fill the lists of neighbours in Chroma's graph with one
    another, and what came after them is not found. Scores are reckoned from the vectors as they are.
    eval/LOG.md: "A million passages".
    """
    import numpy

    exact = numpy.frombuffer(vector, dtype=numpy.float32)
    moved = exact + numpy.random.default_rng(int(id[:16], 16)).normal(0, _APART, exact.shape)
    return numpy.asarray(moved, dtype=numpy.float32)


def nth(scores: Iterable[float], n: int) -> float:
    """The n-th best score, or the last one where there are fewer."""
    ordered = sorted(scores, reverse=True)
    return ordered[min(n, len(ordered)) - 1] if ordered else 0.0


def best(scores: Mapping[str, float], limit: int) -> dict[str, float]:
    """Those that are among the `limit` best, and all that score as the last of them does."""
    least = nth(scores.values(), limit)
    return {id: score for id, score in scores.items() if score >= least}


def _part(weights: Mapping[str, float], stems: Sequence[str], mean: float) -> float:
    score = 0.0
    length = None
    for stem, weight in weights.items():
        if count := stems.count(stem):
            if length is None:
                length = _LENGTHS[bisect_right(_LENGTHS, len(stems)) - 1]
            score += weight * (1 + _K1) * count / (count + _K1 * (1 - _B + _B * length / mean))
    return score


def _length(code: int) -> int:
    """The length that a byte stands for: 24 small ones as they are, then four bits and a shift (Lucene's SmallFloat)."""
    if code < 24:
        return code
    bits, shift = (code - 24) & 7, (code - 24) >> 3
    return 24 + (bits if shift == 0 else (bits | 8) << (shift - 1))


_LENGTHS = [_length(code) for code in range(256)]
