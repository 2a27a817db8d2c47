"""An encoder with synthetic vectors: as fast as reading, and near one another where two texts share rare words.

Takes the part of `qa.types.Encoder`, for benchmarks of what comes after encoding. Knows nothing of meaning.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from qa.text.words import words
from qa.types import Encoded, Passage

if TYPE_CHECKING:
    from qa.types import Vector

_DIMENSIONS = 384
_PLACES = 8
"""Numbers of a vector that a word is added to or taken from (Weinberger et al., "Feature Hashing", 2009)."""

_WORD = re.compile(r"\w+")


class Hashed:
    """A text's vector is the sum of its words' vectors, each counted by the square of its rarity."""

    name = "hashed-words/1"
    dimensions = _DIMENSIONS

    def __init__(self) -> None:
        self._rows: dict[str, int] = {}
        self._places = np.empty((1024, _PLACES), np.int64)
        self._amounts = np.empty((1024, _PLACES))

    def fits(self, title: str, text: str) -> bool:
        """True: it reads texts of any length."""
        return True

    def passages(self, passages: Sequence[Passage]) -> Iterator[Encoded]:
        """The vectors of each passage and of its sentences."""
        for passage in passages:
            spans = [(each.start - passage.start, each.end - passage.start) for each in passage.sentences]
            sentences = np.array([self._sum(passage.text[start:end]) for start, end in spans])
            yield Encoded(_unit(sentences.sum(axis=0)), _unit(sentences))

    def question(self, text: str) -> Vector:
        """The vector of a question."""
        vector: Vector = _unit(self._sum(text))
        return vector

    def _sum(self, text: str) -> Any:
        rows = [self._row(word) for word in _WORD.findall(text)]
        return np.bincount(self._places[rows].ravel(), self._amounts[rows].ravel(), minlength=_DIMENSIONS)

    def _row(self, written: str) -> int:
        """Where the word's places and amounts are; they are reckoned when it first comes."""
        row = self._rows.get(written)
        if row is None:
            row = self._rows[written] = len(self._rows)
            if row == len(self._places):
                self._places = np.vstack([self._places, self._places])
                self._amounts = np.vstack([self._amounts, self._amounts])
            self._places[row], self._amounts[row] = _hashed(written)
        return row


def _hashed(written: str) -> tuple[Sequence[int], Sequence[float]]:
    found = words(written)
    stem, weight = (found[0].stem, found[0].rarity ** 2 * found[0].is_content) if found else ("", 0.0)
    digest = hashlib.blake2b(stem.encode("utf-8", "replace"), digest_size=2 * _PLACES).digest()
    numbers = [int.from_bytes(digest[at : at + 2], "little") for at in range(0, len(digest), 2)]
    return [number % _DIMENSIONS for number in numbers], [weight if number & 1024 else -weight for number in numbers]


def _unit(vectors: Any) -> Any:
    """At length 1; what has no words points nowhere in particular, but somewhere."""
    vectors = vectors + 1e-6
    return (vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)).astype(np.float32)
