"""Which words deny each other and which may stand for each other: the two curated lists beside this module.

`opposed(a, b)` and `alike(a, b)` compare stems. Knows single words only, and neither their sense nor their context.
"""

from __future__ import annotations

import functools
import re
from importlib.resources import files

from qa.text.words import words

_PREFIXES = ("un", "in", "im", "il", "ir", "non", "dis", "mis")


def opposed(one: str, other: str) -> bool:
    """Whether two stems deny each other: by the list, or one is the other with "un-", "in-", "dis-", "non-"."""
    if other in _opposites().get(one, frozenset()):
        return True
    longer, shorter = (one, other) if len(one) > len(other) else (other, one)
    return len(shorter) > 3 and any(longer == prefix + shorter for prefix in _PREFIXES)


def alike(one: str, other: str) -> bool:
    """Whether two stems may stand for each other."""
    return other in _synonyms().get(one, frozenset())


def opposites_of(stem: str) -> frozenset[str]:
    """The stems that deny this one, by the list."""
    return _opposites().get(stem, frozenset())


def synonyms_of(stem: str) -> frozenset[str]:
    """The stems that may stand for this one, by the list."""
    return _synonyms().get(stem, frozenset())


@functools.cache
def _opposites() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for line in _lines("opposites.txt"):
        left, right = (_stems(side) for side in line.split("|"))
        for one, others in [*((each, right) for each in left), *((each, left) for each in right)]:
            found.setdefault(one, set()).update(others)
    return {stem: frozenset(others) - {stem} for stem, others in found.items()}


@functools.cache
def _synonyms() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    groups = [_stems(line) for line in _lines("synonyms.txt")]
    groups += [_stems(side) for line in _lines("opposites.txt") for side in line.split("|")]
    for group in groups:
        for stem in group:
            found.setdefault(stem, set()).update(group - {stem})
    return {stem: frozenset(others) - opposites_of(stem) for stem, others in found.items()}


def _lines(name: str) -> list[str]:
    listed = (files("qa.check") / name).read_text("utf-8").splitlines()
    return [line for line in listed if line.strip() and not line.startswith("#")]


def _stems(listed: str) -> set[str]:
    return {word.stem for each in re.split(r"\s+", listed.strip()) for word in words(each)[:1]}
