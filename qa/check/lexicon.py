"""Which words are one word's forms, which may stand for each other and which exclude each other.

Five curated lists lie beside this module: irregular forms, synonyms, opposites, alternatives, framing words. All of it
compares stems, knows single words only, and neither their sense nor their context.
"""

from __future__ import annotations

import functools
from importlib.resources import files

from qa.text.words import words

_PREFIXES = ("un", "in", "im", "il", "ir", "non", "dis", "mis", "anti")


def base(stem: str) -> str:
    """The stem that stands for all forms of an irregular word: "went" is "go"."""
    return _irregular().get(stem, stem)


def is_framing(stem: str) -> bool:
    """Whether a word only tells that something is said, or how it is arranged: "discuss", "various", "finally"."""
    return stem in _framing()


def synonyms(stem: str) -> frozenset[str]:
    """The stems that may stand for this one."""
    return _synonyms().get(stem, frozenset())


def opposed(one: str, other: str) -> bool:
    """Whether two stems deny each other: by the list, or one is the other with "un-", "in-", "dis-", "non-"."""
    if other in _opposites().get(one, frozenset()):
        return True
    longer, shorter = (one, other) if len(one) > len(other) else (other, one)
    return len(shorter) > 3 and any(longer == prefix + shorter for prefix in _PREFIXES)


def excluded(one: str, other: str) -> bool:
    """Whether only one of two stems can be true in one place: opposites, or two of a kind like "red" and "blue"."""
    return opposed(one, other) or other in _alternatives().get(one, frozenset())


@functools.cache
def _irregular() -> dict[str, str]:
    found: dict[str, str] = {}
    for line in _lines("irregular.txt"):
        first, *forms = line.split()
        for form in forms:
            found[_stem(form)] = _stem(first)
    return found


@functools.cache
def _framing() -> frozenset[str]:
    return frozenset(stem for line in _lines("framing.txt") for stem in _stems(line))


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
    groups = [_stems(line) for line in _lines("synonyms.txt")]
    groups += [_stems(side) for line in _lines("opposites.txt") for side in line.split("|")]
    return {stem: others - _opposites().get(stem, frozenset()) for stem, others in _neighbours(groups).items()}


@functools.cache
def _alternatives() -> dict[str, frozenset[str]]:
    groups = [_stems(line) for line in _lines("alternatives.txt")]
    return {stem: others - synonyms(stem) for stem, others in _neighbours(groups).items()}


def _neighbours(groups: list[set[str]]) -> dict[str, frozenset[str]]:
    """Each stem to all that share a group with it."""
    found: dict[str, set[str]] = {}
    for group in groups:
        for stem in group:
            found.setdefault(stem, set()).update(group)
    return {stem: frozenset(others - {stem}) for stem, others in found.items()}


def _lines(name: str) -> list[str]:
    listed = (files("qa.check") / name).read_text("utf-8").splitlines()
    return [line for line in listed if line.strip() and not line.startswith("#")]


def _stem(form: str) -> str:
    return words(form)[0].stem


def _stems(listed: str) -> set[str]:
    return {base(_stem(each)) for each in listed.split()}
