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

Trait = Literal["capital", "number", "year", "time"]

_TIMES = frozenset(
    """
    january february march april june july august september october november december monday tuesday wednesday
    thursday friday saturday sunday mondays tuesdays wednesdays thursdays fridays saturdays sundays weekends jan feb mar apr jun jul aug sept oct nov dec ago yesterday today tomorrow tonight
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
_LONGEST_KEPT = 40
"""Characters of a run without spaces that is kept. A language that puts none between its words has no end of runs."""

_YEAR = re.compile(r"(?:1[0-9]{3}|20[0-9]{2})(?:['’]?s)?\Z")


@dataclass(frozen=True, slots=True)
class Reading:
    """The words of a text: `stems[i]` with its `traits[i]`; `content` are the stems that are no stop words."""

    stems: tuple[str, ...]
    traits: tuple[frozenset[Trait], ...]
    content: frozenset[str]


_NO_TRAITS: frozenset[Trait] = frozenset()


def read(text: str) -> Reading:
    """The words of a text as stems with their traits."""
    parts = [
        part for token in text.split() for part in (_kept(token) if len(token) <= _LONGEST_KEPT else _parts(token))
    ]
    traits = [part[1] for part in parts]
    if parts and "capital" in traits[0] and not parts[0][3] and not (len(parts) > 1 and "capital" in traits[1]):
        # The capital of a common word that opens a sentence tells nothing.
        traits[0] = traits[0] - {"capital"}
    return Reading(tuple(part[0] for part in parts), tuple(traits), frozenset(part[0] for part in parts if part[2]))


def stem_of(word: Word) -> str:
    """The stem in which the answerer compares a word: that of the word's family."""
    return head("find" if word.form == "found" else word.stem)


def _parts(token: str) -> tuple[tuple[str, frozenset[Trait], bool, bool], ...]:
    """For each word of a run without spaces: its stem and traits, whether it has content, whether it must be a name."""
    return tuple(
        (
            stem_of(word),
            _traits(word),
            word.is_content,
            rarity(word.form) == 1.0 or (len(word.text) > 1 and word.text.isupper()),
        )
        for word in words(token)
    )


_kept = functools.lru_cache(maxsize=100_000)(_parts)


def _traits(word: Word) -> frozenset[Trait]:
    found: set[Trait] = set()
    if word.form[0].isdigit() or word.form in _NUMBERS:
        found.add("number")
    if _YEAR.match(word.text):
        found |= {"year", "time"}
    if word.form in _TIMES or (word.text == "May"):
        found.add("time")
    elif word.is_content and any(each.isupper() for each in word.text):
        found.add("capital")
    return frozenset(found) if found else _NO_TRAITS
