"""A text as the answerer reads it: the stems of its words in order, and what each word can be an answer to.

`read(text)` goes from a text to a Reading. A word that was met before costs a look-up: an answer is chosen from some
fifty sentences, most of whose words are the same few thousand. Knows nothing of the question.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import Literal

from qa.extract.families import head
from qa.text.words import Word, rarity, words

Trait = Literal["capital", "number", "year", "time", "measure"]

_TIMES = frozenset(
    """
    january february march april june july august september october november december monday tuesday wednesday
    thursday friday saturday sunday jan feb mar apr jun jul aug sept oct nov dec ago yesterday today tomorrow tonight
    century centuries spring summer autumn winter decade currently annually daily weekly monthly yearly midnight noon
    """.split()
)
_NUMBERS = frozenset(
    """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred hundreds thousand thousands million
    millions billion billions trillion dozen dozens twice half quarter double triple several no
    """.split()
)
_MEASURES = frozenset(
    """
    percent percentage dollar dollars euro euros pound pounds yuan yen rupees usd eur gbp cents km kilometres kilometers
    kilometre kilometer miles mile metres meters metre meter feet foot ft inch inches cm mm kg kilograms grams tonnes tons
    acres hectares litres liters gallons degrees mph second seconds minute minutes hour hours day days week weeks month
    months year years decades
    """.split()
)
_YEAR = re.compile(r"(?:1[0-9]{3}|20[0-9]{2})(?:['’]?s)?\Z")
_SIGN_OF_MEASURE = re.compile(r"[$€£¥₹%°]")


@dataclass(frozen=True, slots=True)
class Reading:
    """The words of a text: `stems[i]` with its `traits[i]`; `content` are the stems that are no stop words."""

    stems: tuple[str, ...]
    traits: tuple[frozenset[Trait], ...]
    content: frozenset[str]


_NO_TRAITS: frozenset[Trait] = frozenset()


def read(text: str) -> Reading:
    """The words of a text as stems with their traits."""
    parts = [part for token in text.split() for part in _parts(token)]
    traits = [part[1] for part in parts]
    if parts and "capital" in traits[0] and not parts[0][3] and not (len(parts) > 1 and "capital" in traits[1]):
        # The capital of a common word that opens a sentence tells nothing.
        traits[0] = traits[0] - {"capital"}
    return Reading(tuple(part[0] for part in parts), tuple(traits), frozenset(part[0] for part in parts if part[2]))


def stem_of(word: Word) -> str:
    """The stem in which the answerer compares a word: that of the word's family."""
    return head("find" if word.form == "found" else word.stem)


@functools.lru_cache(maxsize=100_000)
def _parts(token: str) -> tuple[tuple[str, frozenset[Trait], bool, bool], ...]:
    """For each word of a run without spaces: its stem, its traits, whether it has content, whether it is no common word."""
    return tuple(
        (
            stem_of(word),
            _traits(word, token),
            word.is_content,
            rarity(word.form) == 1.0 or (len(word.text) > 1 and word.text.isupper()),
        )
        for word in words(token)
    )


def _traits(word: Word, token: str) -> frozenset[Trait]:
    found: set[Trait] = set()
    if word.form[0].isdigit() or word.form in _NUMBERS:
        found.add("number")
    if _YEAR.match(word.text):
        found |= {"year", "time"}
    if word.form in _TIMES or (word.text == "May"):
        found.add("time")
    elif word.is_content and any(each.isupper() for each in word.text):
        found.add("capital")
    if word.form in _MEASURES or ("number" in found and _SIGN_OF_MEASURE.search(token)):
        found.add("measure")
    return frozenset(found) if found else _NO_TRAITS
