"""Who does it to whom: two parties of the statement that have each other's part in the source.

"A sued B" is neither "B sued A" nor "A was sued by B", and it is "B was sued by A". Around each word that both texts have,
its parts are read off: who stands right before it, what follows it, after which preposition, in the passive or not. Goes
from a statement aligned with a window to a mismatch or None. Knows no grammar beyond that: a part that can not be told is
left open, and of relations that hold both ways ("married", "borders") nothing is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qa.check.align import Aligned
from qa.check.lexicon import base, opposed
from qa.check.mismatch import Mismatch
from qa.check.reading import Reading
from qa.text.words import words

_BE = frozenset("is are was were be been being gets got".split())
_AUXILIARY = _BE | frozenset(
    """am has have had will would shall should can could may might must do does did not also then later never always still
    only already soon often usually""".split()
)
_RELATIVE = frozenset("who which that".split())
_ARTICLES = frozenset("the a an this that these those its his her their our my your each every some any no".split())
_PREPOSITIONS = frozenset(
    "to from with for against by of than over on under into onto after before above below".split()
)
_PLACES = frozenset(("in", "at"))
_MUTUAL = frozenset(
    base(words(each)[0].stem)
    for each in """marry meet border adjoin neighbour neighbor equal resemble match join merge tie draw differ
    agree cooperate collaborate partner compete face rival similar same identical different relate relative cousin sibling
    friend colleague correspond connect link touch parallel versus share between equivalent near close
    sister brother""".split()
)
"""Stems of words whose two sides may be exchanged."""
_LISTING = frozenset("and or nor".split())
_BETWEEN = 6
"""Content words between two that may have been exchanged."""
_FARTHEST = 14
"""Words after the verb in which its parts are looked for."""

Parts = dict[str, frozenset[str]]
"""The part ("subject", "object", a preposition) to the stems of those who have it."""


@dataclass(frozen=True, slots=True)
class _Frame:
    place: int
    parts: Parts


def exchanged_parties(pair: Aligned) -> Mismatch | None:
    """Two parties around one word that have exchanged their parts."""
    for index, weight in enumerate(pair.statement.weights):
        place = pair.links[index]
        if not weight or place is None or is_mutual(pair.statement.stems[index]) or pair.statement.number_at(index):
            continue
        mine = _frame(pair.statement, index)
        others = [
            frame
            for other in pair.window.places.get(pair.window.stems[place], [])
            if (frame := _frame(pair.window, other))
        ]
        is_noun = len(pair.statement.places[pair.statement.stems[index]]) > 1
        if not mine or is_noun or any(_agrees(mine, other) for other in others):
            continue
        for other in others:
            parties = _exchanged(mine, other)
            if parties and not _is_converse(pair):
                return _mismatch(pair, other.place, parties)
    return None


def is_mutual(stem: str) -> bool:
    """Whether the two sides of a word may be exchanged: "married", "borders"."""
    return stem in _MUTUAL


def _is_converse(pair: Aligned) -> bool:
    """Whether the statement tells it from the other end, by an opposite: "north of", "south of"."""
    unsaid = [index for index, weight in enumerate(pair.statement.weights) if weight and pair.strengths[index] < 1]
    return any(opposed(pair.statement.stems[index], stem) for index in unsaid for stem in pair.window.places)


def exchanged_words(pair: Aligned) -> Mismatch | None:
    """Two words that stand in each other's place, everything around them and between them as in the window."""
    content = [index for index, weight in enumerate(pair.statement.weights) if weight]
    places = [pair.links[index] if pair.strengths[index] == 1 else None for index in content]
    for first in range(len(content)):
        for last in range(first + 2, min(first + 2 + _BETWEEN, len(content))):
            if _stand_exchanged(content, places, first, last) and _are_parties(pair, content[first], content[last]):
                one, two = (pair.statement.words[content[each]].text for each in (first, last))
                said = f"the source has “{one}” and “{two}” in each other's place"
                return Mismatch("roles", "contradicted", 1.0, said)
    return None


def _stand_exchanged(content: Sequence[int], places: Sequence[int | None], first: int, last: int) -> bool:
    """Whether the places would run on as the words do if the first and the last were exchanged."""
    around = range(max(0, first - 1), min(last + 2, len(content)))
    ordered = {each: places[each] for each in around} | {first: places[last], last: places[first]}
    steps = [
        (ordered[each + 1] or 0) - (ordered[each] or 0) - (content[each + 1] - content[each]) for each in around[:-1]
    ]
    return None not in ordered.values() and all(abs(step) <= 1 for step in steps) and len(around) > 3


def _are_parties(pair: Aligned, first: int, last: int) -> bool:
    """Whether each stands in the window once, in no list, and the voice is the same."""
    for index in (first, last):
        if pair.statement.words[index].form != pair.window.words[pair.links[index] or 0].form:
            return False
        is_value = pair.statement.number_at(index) or index in pair.statement.dated
        if is_value or len(pair.window.places.get(pair.statement.stems[index], ())) != 1:
            return False
    if any(is_mutual(stem) for stem in pair.statement.stems[first : last + 1]):
        return False
    forms = {word.form for word in pair.statement.words[first : last + 1]}
    theirs = pair.window.words[(pair.links[last] or 0) : (pair.links[first] or 0) + 1]
    if forms & _LISTING or ("by" in forms) != any(word.form == "by" for word in theirs):
        return False
    return not any(_is_broken(pair.statement, each) for each in range(first + 1, last + 1))


def converse(pair: Aligned, index: int, place: int) -> bool:
    """Whether two opposite words tell one thing from both ends: "A is larger than B" and "B is smaller than A"."""
    mine, other = _frame(pair.statement, index), _frame(pair.window, place)
    return bool(mine and other and _exchanged(mine, other) and not _agrees(mine, other))


def _frame(reading: Reading, index: int) -> _Frame | None:
    """The parts around a word, turned round where it is in the passive; None where they can not be told."""
    subject, has_be = _subject(reading, index)
    if not subject or _is_manner(reading, index):
        return None
    parts = _following(reading, index)
    if not _is_participle(reading, index):
        parts.pop("by", None)
        return _Frame(index, {"subject": subject, **parts}) if parts else None
    if "by" in parts and (has_be or "object" not in parts):
        rest = {name: each for name, each in parts.items() if name not in ("by", "object")}
        second = {"second object": parts["object"]} if "object" in parts else {}
        return _Frame(index, {"subject": parts["by"], "object": subject, **rest, **second})
    # "The award presented to her" may be in the passive, "they presented the award" is not.
    parts.pop("by", None)
    return _Frame(index, {"subject": subject, **parts}) if "object" in parts and not has_be else None


def _is_participle(reading: Reading, index: int) -> bool:
    word = reading.words[index]
    return word.form.endswith(("ed", "en")) or word.stem != reading.stems[index]


def _subject(reading: Reading, index: int) -> tuple[frozenset[str], bool]:
    """The words right before a verb and its auxiliaries, none where a preposition governs them; whether there is "be"."""
    last, between = _before_auxiliaries(reading, index)
    is_relative = bool(between & _RELATIVE)
    if last < 0 or (_is_broken(reading, last + 1) and reading.words[last + 1].form not in _RELATIVE):
        return frozenset(), False
    first = _first_of_party(reading, last)
    before = _form(reading, first - 1) if first and not _is_broken(reading, first) else ""
    is_governed = before in _PREPOSITIONS | _PLACES and not is_relative
    if is_governed or _is_bare_chain(reading, first, last):
        return frozenset(), False
    stems = frozenset(reading.stems[each] for each in range(first, last + 1) if _is_told(reading, each))
    return stems, bool(between & _BE)


def _before_auxiliaries(reading: Reading, index: int) -> tuple[int, frozenset[str]]:
    """The last word before a verb and its auxiliaries, -1 if it can not be told, and what lies between."""
    between: set[str] = set()
    for place in range(index - 1, -1, -1):
        form = _form(reading, place)
        if _is_broken(reading, place + 1) or not (
            form in _AUXILIARY | _RELATIVE | _ARTICLES or _is_manner(reading, place)
        ):
            return place, frozenset(between)
        # "A is the founder of B" has a verb before the article, "sued the founder" a party after it.
        if form in _ARTICLES and not (place and _form(reading, place - 1) in _AUXILIARY):
            break
        between.add(form)
    return -1, frozenset(between)


def _first_of_party(reading: Reading, last: int) -> int:
    """The first word of the party that ends with a word: "the city of Velm"."""
    place = last
    while place >= 0:
        form = _form(reading, place)
        after_of = place > 0 and _form(reading, place - 1) == "of"
        inside = _is_told(reading, place) or form == "of" or (form in _ARTICLES and after_of)
        if not inside:
            return place if form in _ARTICLES else place + 1
        if _is_broken(reading, place):
            return place
        place -= 1
    return 0


def _is_bare_chain(reading: Reading, first: int, last: int) -> bool:
    """ "North of Lake Orm lies …" tells a place, not a subject."""
    chained = any(reading.words[each].form == "of" for each in range(first, last))
    return chained and _form(reading, first) not in _ARTICLES and not reading.is_named(first)


def _form(reading: Reading, place: int) -> str:
    """The form of a word; a letter that names a party is no article."""
    return reading.words[place].text if _is_letter(reading, place) else reading.words[place].form


def _is_told(reading: Reading, place: int) -> bool:
    return reading.weights[place] > 0 or _is_letter(reading, place)


def _is_letter(reading: Reading, place: int) -> bool:
    """Whether a word is a capital letter that names somebody: "party A", and "A" beside a "B"."""
    text = reading.words[place].text
    if len(text) > 1 or not text.isupper() or text == "I":
        return False
    return not _is_broken(reading, place) or "B" in {word.text for word in reading.words}


def _is_manner(reading: Reading, place: int) -> bool:
    form = reading.words[place].form
    return form.endswith("ly") and len(form) > 4 and not reading.is_named(place)


def _following(reading: Reading, index: int) -> Parts:
    """What follows a verb up to the end of the clause, by preposition."""
    found: dict[str, set[str]] = {}
    part, opened = "object", True
    for place in range(index + 1, min(index + 1 + _FARTHEST, len(reading.words))):
        if _is_broken(reading, place):
            break
        form = _form(reading, place)
        if form in _PREPOSITIONS:
            # "the director of Kell" is one party; "north of Kell" too.
            part = part if form == "of" and found.get(part) else form
            opened = True
            if form == "by" and _is_gerund(reading, place + 1):
                break
        elif _is_told(reading, place) and not reading.number_at(place) and place not in reading.dated:
            if not opened and part == "object" and _after_article(reading, place):
                part = "second object"
            found.setdefault(part, set()).add(reading.stems[place])
            opened = False
        elif form not in _ARTICLES and not reading.number_at(place):
            break
        elif reading.number_at(place) and found.get("object"):
            part = "second object"
    return {name: frozenset(each) for name, each in found.items()}


def _is_gerund(reading: Reading, place: int) -> bool:
    """Whether a way of doing it follows, not one who does it: "by taking"."""
    return place < len(reading.words) and reading.words[place].text.endswith("ing") and not reading.is_named(place)


def _after_article(reading: Reading, place: int) -> bool:
    return place > 0 and reading.words[place - 1].form in _ARTICLES


def _is_broken(reading: Reading, place: int) -> bool:
    """Whether a clause may end right before the word."""
    if not 0 < place < len(reading.words):
        return True
    between = reading.between(place)
    return any(mark in between for mark in ",.;:!?()\n–—'’-") and not between.startswith(("'s", "’s"))


def _exchanged(mine: _Frame, other: _Frame) -> tuple[frozenset[str], frozenset[str]] | None:
    """The two parties that have each other's part, told by the words that only one of them has."""
    names = sorted(mine.parts)
    for first, one in enumerate(names):
        for two in names[first + 1 :]:
            left, right = mine.parts[one] - mine.parts[two], mine.parts[two] - mine.parts[one]
            for here, there in _counterparts(one, two, other.parts):
                its_left, its_right = other.parts[here] - other.parts[there], other.parts[there] - other.parts[here]
                crossed = left & its_right, right & its_left
                straight = left & its_left, right & its_right
                # "A lies north of B": "north" stays where it is.
                if all(crossed) and sum(map(len, straight)) < sum(map(len, crossed)):
                    return crossed
    return None


def _counterparts(one: str, two: str, parts: Parts) -> list[tuple[str, str]]:
    """The parts that two of the statement may be held against: a subject and any other, else the same two."""
    if "subject" in (one, two):
        others = [name for name in parts if name != "subject"] if "subject" in parts else []
        return [("subject", name) if one == "subject" else (name, "subject") for name in others]
    return [(one, two)] if one in parts and two in parts else []


def _agrees(mine: _Frame, other: _Frame) -> bool:
    """Whether both have the subject in common, and one who has another part, if the statement has another."""
    own, its = _only_subject(mine.parts), _only_subject(other.parts)
    rest, others = _others(mine.parts), _others(other.parts)
    return bool(own & its) and (not rest or bool(rest & others)) and not _exchanged(mine, other)


def _only_subject(parts: Parts) -> frozenset[str]:
    return parts.get("subject", frozenset()) - _others(parts)


def _others(parts: Parts) -> frozenset[str]:
    return frozenset(stem for name, stems in parts.items() if name != "subject" for stem in stems)


def _mismatch(pair: Aligned, place: int, parties: Sequence[frozenset[str]]) -> Mismatch:
    one, two = (_written(pair.statement, each) for each in parties)
    verb = pair.window.words[place].text
    reason = f"the source has “{one}” and “{two}” the other way round beside “{verb}”"
    return Mismatch("roles", "contradicted", 1.0, reason)


def _written(reading: Reading, stems: frozenset[str]) -> str:
    """The first mention of a party."""
    found = dict.fromkeys(word.text for word, stem in zip(reading.words, reading.stems, strict=True) if stem in stems)
    return " ".join(found)
