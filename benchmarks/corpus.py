"""Generated folders of documents: the seeds' sentences in random order, or random prose with planted facts.

Out come files, the same for the same numbers, and questions with the words that their answers must hold. Knows nothing
of what is measured with them.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from qa.assistant import seeds
from qa.text.sentences import sentences

_SENTENCES = 8
_WORDS = (11, 18)
"""Words of a sentence, at least and at most: 8 of them are about 120 words, and two paragraphs never make one passage."""

_TOPIC = 50
"""Paragraphs that are about one thing: they share a third of their words, so their vectors are near one another."""

_TOPIC_WORDS = 40
EVERY = 50
"""One paragraph in so many holds a fact."""

_FOLDER = 100
"""Files in a folder."""

_SYLLABLES = [first + vowel for first in "bdfgklmnprstvz" for vowel in "aeiou"]
_FACTS = (
    ("The harbour master of {place} is {name}.", "Who is the harbour master of {place}?", "{name}"),
    ("The stone bridge of {place} was opened in {year}.", "When was the stone bridge of {place} opened?", "{year}"),
    (
        "The public library of {place} holds {number} printed books.",
        "How many printed books does the public library of {place} hold?",
        "{number}",
    ),
    (
        "The north gate of {place} was built by the architect {name}.",
        "Who built the north gate of {place}?",
        "{name}",
    ),
)


@dataclass(frozen=True, slots=True)
class Fact:
    """A sentence that stands in paragraph `number` and nowhere else, a question for it, and what must be answered."""

    number: int
    sentence: str
    question: str
    answer: str


def of_seeds(folder: Path, *, files: int) -> Path:
    """A new folder of files, each of 25 of the seeds' sentences: about six passages."""
    folder.mkdir()
    pool = [
        text[span.start : span.end]
        for text in (path.read_text("utf-8") for path in sorted(seeds().glob("*.txt")))
        for span in sentences(text)
    ]
    chance = random.Random(0)
    for number in range(files):
        (folder / f"{number:05}.txt").write_text(" ".join(chance.choices(pool, k=25)), "utf-8")
    return folder


def planted(folder: Path, *, passages: int, files: int) -> Path:
    """A new folder with so many paragraphs, each long enough to be a passage of its own, in so many files.

    Words are drawn from the product's list of English words by Zipf's law, a third from those of the topic.
    """
    for number in range(files):
        path = folder / f"{number // _FOLDER:05}" / f"{number:07}.txt"
        if number % _FOLDER == 0:
            path.parent.mkdir(parents=True)
        of_file = range(number * passages // files, (number + 1) * passages // files)
        path.write_text("\n\n".join(paragraph(each) for each in of_file) + "\n", "utf-8")
    return folder


def paragraph(number: int) -> str:
    """The prose of one passage, with its fact, if it has one."""
    written = _prose(number)
    if number % EVERY == 0:
        written.insert(number // EVERY % _SENTENCES, fact(number).sentence)
    return " ".join(written)


def facts(*, passages: int, count: int) -> Iterator[Fact]:
    """So many of the facts, spread evenly over all paragraphs."""
    held = -(-passages // EVERY)
    return (fact(index * held // count * EVERY) for index in range(min(count, held)))


def fact(number: int) -> Fact:
    """The fact of a paragraph."""
    chance = random.Random(f"fact {number}")
    about = {
        "place": f"{_name(chance, syllables=3)} {_name(chance, syllables=2)}",
        "name": f"{_name(chance, syllables=2)} {_name(chance, syllables=3)}",
        "year": str(chance.randrange(1700, 2020)),
        "number": str(chance.randrange(10_000, 100_000)),
    }
    return Fact(number, *(part.format(**about) for part in _FACTS[number // EVERY % len(_FACTS)]))


def _prose(number: int) -> list[str]:
    """The sentences of a paragraph."""
    words, shares = _vocabulary()
    chance = np.random.default_rng(number)
    lengths = chance.integers(*_WORDS, size=_SENTENCES, endpoint=True)
    ranks = np.searchsorted(shares, chance.random(lengths.sum()))
    # A topic's words are spread over the list by factors that share no divisor with its length.
    of_topic = chance.integers(_TOPIC_WORDS, size=len(ranks[1::3]))
    ranks[1::3] = (number // _TOPIC % len(words) * 7_919 + of_topic * 104_729) % len(words)
    drawn = words[ranks].tolist()
    ends = np.cumsum(lengths).tolist()
    return [
        f"{' '.join(drawn[end - length : end]).capitalize()}."
        for end, length in zip(ends, lengths.tolist(), strict=True)
    ]


@cache
def _vocabulary() -> tuple[Any, Any]:
    """The words, the most frequent ones first, and the share of all text that each has together with those before."""
    words = np.array((resources.files("qa.text") / "english.txt").read_text("utf-8").split())
    shares = np.cumsum(1 / np.arange(1, len(words) + 1))
    return words, shares / shares[-1]


def _name(chance: random.Random, *, syllables: int) -> str:
    return "".join(chance.choices(_SYLLABLES, k=syllables)).capitalize()
