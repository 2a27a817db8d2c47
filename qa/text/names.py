"""Text to the proper names in it, each with its place.

`names(text)` goes from a text to runs of capitalised words: "Mao Ning", "Cyberspace Administration of China", "CAC",
"HTC One". A capital at the start of a sentence is one only if the word is no common English word or a name follows on.

Knows neither who a name stands for nor whether it is a person, a place or a company.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from qa.text.words import STOP_WORDS, Word, rarity, words

# Words that join the parts of one name: "Bank of America", "Ludwig van Beethoven".
_JOINTS = frozenset("of the de la le du del der den van von da di al bin ibn and & for y".split())
_TITLES = frozenset("mr mrs ms dr prof sir dame lord lady president".split())
_TIMES = frozenset(
    """january february march april may june july august september october november december
    monday tuesday wednesday thursday friday saturday sunday i fahrenheit celsius""".split()
)
_SENTENCE_END = re.compile(r"(?:[.!?:;•\n\r]|^)[\s\"“”'‘’»«)\]*#>|–—-]*$")


@dataclass(frozen=True, slots=True)
class Name:
    """A name at `text[start:end]`; `parts` are the forms of its words without those that only join them."""

    start: int
    end: int
    parts: tuple[str, ...]


def names(text: str) -> list[Name]:
    """The proper names of a text in order. Nothing of a text without capitals, or of a line written all in capitals."""
    return names_of(text, words(text))


def names_of(text: str, listed: Sequence[Word]) -> list[Name]:
    """`names` of a text whose words are known already."""
    found: list[Name] = []
    run: list[Word] = []
    for word in listed:
        if run and not _continues(text, run[-1], word):
            _close(text, run, found)
            run = []
        if (_is_capital(word) and word.form not in _TIMES) or (run and word.text in _JOINTS):
            run.append(word)
        elif run:
            _close(text, run, found)
            run = []
    _close(text, run, found)
    return found


def initials(parts: Sequence[str]) -> str:
    """The acronym that a name's parts would have: "cac" of ("cyberspace", "administration", "china")."""
    return "".join(part[0] for part in parts if part)


def _is_capital(word: Word) -> bool:
    return word.text[0].isupper() or (any(each.isupper() for each in word.text) and word.text[0].isalnum())


def _continues(text: str, left: Word, right: Word) -> bool:
    between = text[left.end : right.start]
    if between in ("'s ", "’s "):
        return False
    return between in (" ", "-", ". ", "\xa0", "–", " & ", "/") and (
        between != ". " or len(left.text) == 1 or left.form in _TITLES
    )


def _close(text: str, run: list[Word], found: list[Name]) -> None:
    while run and run[-1].text in _JOINTS:
        run = run[:-1]
    if run and _opens_sentence(text, run[0]) and not _is_name(run):
        run = run[1:]
        while run and run[0].text in _JOINTS:
            run = run[1:]
    parts = tuple(word.form for word in run if word.text not in _JOINTS and word.form not in _TITLES)
    if parts and not all(part in STOP_WORDS for part in parts):
        found.append(Name(run[0].start, run[-1].end, parts))


def _opens_sentence(text: str, word: Word) -> bool:
    return bool(_SENTENCE_END.search(text, max(0, word.start - 6), word.start)) or word.start == 0


def _is_name(run: list[Word]) -> bool:
    """Whether the first word of a sentence belongs to a name: it is rare, an acronym, or more of the name follows."""
    first = run[0]
    if first.form in STOP_WORDS:
        return False
    if rarity(first.form) == 1.0 or (len(first.text) > 1 and first.text.isupper()):
        return True
    return len(run) > 1 and run[1].text not in _JOINTS
