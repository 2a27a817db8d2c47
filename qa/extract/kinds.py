"""Whether a sentence holds the kind of thing that a question asks for, and how near to the question's own words.

`fit(question, reading, text, places=...)` goes from a Question and a sentence to a Fit. A "when" wants a date, a "how
many" a number and the noun it counts, a "who" a name that the question does not hold itself. Knows nothing of meaning.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from qa.extract.families import head
from qa.extract.question import Kind, Question
from qa.extract.reading import Reading, stem_of
from qa.text.quotes import SPEECH
from qa.text.words import words

_NEAR = 8
"""Words. What answers a question stands this near to the words that the question shares with the sentence."""

# Stems that tell of a cause or an aim, and what may follow "to" where it opens an aim.
_REASON = frozenset(
    """
    becaus due owe sinc result caus therefor thus reason aim intend design respons thank ground purpos attribut lead
    pretext base pose risk fear
    """.split()
)
_AIM = frozenset("protect prevent avoid ensur allow reduc safeguard address help make keep give provid improv".split())
_MANNER = re.compile(
    r"\b(?:by \w+ing|through|using|via|by means|with the help|method|process|steps?|first|then|when|if|must|can|should|"
    r"need to|such that|so that|allows?|enables?)\b",
    re.IGNORECASE,
)
_MEANING = re.compile(
    r"\b(?:(?:is|are|was|were) (?:an?|the|one|any|used|called|known|defined|considered|located|responsible)|"
    r"refer(?:s|red)? to|means|known as|called|defined as|consists? of|describes?|stands for|denotes?|includes?)\b",
    re.IGNORECASE,
)
_DEFINED = re.compile(r"[\W_]*(?P<term>[^\s:|–—,;.!?()]+(?: [^\s:|–—,;.!?()]+){0,3})[*_`]* ?(?::|\||[–—])[*_`]*\s")
_SPEECH = frozenset(head(word.stem) for word in words(" ".join(SPEECH))) | frozenset(
    head(word.stem) for word in words("according view call slam accuse criticise criticize condemn praise urge")
)
_QUOTE = re.compile(r"[\"“”]|``")
_PREPOSITION = frozenset("in at from to near of on through between around across outside inside toward into".split())
_SPACE = re.compile(
    r"\b(?:located|situated|north|south|east|west|northern|southern|eastern|western|city|town|village|county|state|"
    r"country|region|province|coast|island|river|lake|valley|mountains?|street|area|district|headquarter\w*|inside|above|"
    r"below|found in|home|side|center|centre|capital|native to|throughout|between)\b",
    re.IGNORECASE,
)
_SOMEBODY = re.compile(
    r"\b(?:by (?:the|an?) \w+|president|king|queen|minister|author|writer|singer|artist|actor|actress|director|leader|"
    r"founder|officials?|government|company|researchers?|scientists?|people|men|women|team|group|committee|members?|"
    r"spokes\w+)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Fit:
    """`held` from 0 to 1: whether such a thing is there; `near`: the share of the question's words around it."""

    held: float
    near: float


def fit(question: Question, reading: Reading, text: str, places: Mapping[str, Sequence[int]]) -> Fit:
    """How well the sentence fits the question's kind. `places` are where the question's stems stand in the sentence."""
    if text.islower() and question.kind in ("agent", "name", "place"):
        # A text without capitals does not show its names.
        return Fit(0.5, 0.0)
    if question.kind in ("reason", "manner", "meaning", "saying"):
        return Fit(float(_tells(question.kind, reading, text) or _is_defined(question, text)), 0.0)
    if question.kind in ("truth", "thing", "open"):
        return Fit(1.0, 0.0)
    found = _found(question, reading, places)
    if not found:
        return Fit(_instead(question.kind, reading, text), 0.0)
    weights = {term.stem: term.weight for term in question.terms}
    total = sum(weights.values())
    near = max(
        sum(weights[stem] for stem, at in places.items() if any(abs(place - each) <= _NEAR for each in at))
        for place in found
    )
    held = max(_counts(question, reading, place) for place in found) if question.kind == "count" else 1.0
    # "Said on Wednesday" is no date of what the rest of the sentence is about.
    return Fit(held if near or not total else held / 2, near / total if total else 0.0)


def _tells(kind: Kind, reading: Reading, text: str) -> bool:
    """Whether the sentence has the wording of a cause, a way, a definition or a report of speech."""
    match kind:
        case "reason":
            aims = any(one == "to" and other in _AIM for one, other in pairwise(reading.stems))
            return aims or not _REASON.isdisjoint(reading.stems)
        case "manner":
            return bool(_MANNER.search(text))
        case "meaning":
            return bool(_MEANING.search(text))
        case _:
            return not _SPEECH.isdisjoint(reading.stems) or bool(_QUOTE.search(text))


def _is_defined(question: Question, text: str) -> bool:
    """Whether the text opens with a word of the question as a glossary does: "E3: …", "| Warranty | …"."""
    match = _DEFINED.match(text) if question.kind == "meaning" else None
    stems = {stem_of(word) for word in words(match["term"]) if word.is_content} if match else set()
    return bool(stems) and stems <= {term.stem for term in question.terms}


def _found(question: Question, reading: Reading, places: Mapping[str, Sequence[int]]) -> list[int]:
    """Where in the sentence something of the kind stands that the question does not hold itself."""
    own = {place for at in places.values() for place in at}
    kind, traits = question.kind, reading.traits
    spots = [place for place in range(len(traits)) if traits[place] and place not in own]
    match kind:
        case "agent" | "name":
            return [place for place in spots if "capital" in traits[place]]
        case "place":
            return [place for place in spots if "capital" in traits[place] and _follows_preposition(reading, place)]
        case "time":
            return [place for place in spots if "time" in traits[place]]
        case _:
            return [place for place in spots if _is_quantity(reading, place)]


def _is_quantity(reading: Reading, place: int) -> bool:
    """Whether a number stands here that is no year and no day of a month."""
    if "number" not in reading.traits[place] or "year" in reading.traits[place]:
        return False
    return not any("time" in traits for traits in reading.traits[max(0, place - 1) : place + 2])


def _counts(question: Question, reading: Reading, place: int) -> float:
    """The share of the nouns that the question counts among the words after this number; a number of something else has
    little to say."""
    if not question.unit:
        return 1.0
    return max(0.3, len(question.unit.intersection(reading.stems[place + 1 : place + 6])) / len(question.unit))


def _follows_preposition(reading: Reading, place: int) -> bool:
    return bool(_PREPOSITION & set(reading.stems[max(0, place - 4) : place]))


def _instead(kind: Kind, reading: Reading, text: str) -> float:
    """What may stand for a thing of the kind that has no sign of its own: "the committee" for a name."""
    match kind:
        case "agent":
            return 0.5 if _SOMEBODY.search(text) else 0.0
        case "place":
            return 0.5 if _SPACE.search(text) else 0.0
        case _:
            return 0.0
