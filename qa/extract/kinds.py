"""Whether a sentence holds the kind of thing that a question asks for, and how near to the question's own words.

`fit(question, reading, text, places=...)` goes from a Question and a sentence to a Fit. A "when" wants a date, a "how
many" a number and the noun it counts, a "who" a name that the question does not hold itself. Knows nothing of meaning.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qa.extract.question import Kind, Question
from qa.extract.reading import Reading

_NEAR = 8
"""Words. What answers a question stands this near to the words that the question shares with the sentence."""

_CUES: dict[Kind, re.Pattern[str]] = {
    "reason": re.compile(
        r"\b(?:because|due to|owing to|since|as a result|in order to|so that|so as to|caused?|causes|therefore|thus|reasons?|"
        r"aim(?:s|ed|ing)? (?:to|at)|intended to|designed to|meant to|in response to|thanks to|on the grounds?|purpose|"
        r"attributed to|result(?:s|ed|ing)? (?:in|from)|led to|leads? to|for fear|pretext|based on|pose[sd]?|risks?|"
        r"to (?:protect|prevent|avoid|ensure|allow|reduce|safeguard|address|help|make|keep|give|provide|improve))\b",
        re.IGNORECASE,
    ),
    "manner": re.compile(
        r"\b(?:by \w+ing|through|using|via|by means of|with the help of|method|process|steps?|first|then|when|if|must|can|"
        r"should|need to|such that|so that|allows?|enables?)\b",
        re.IGNORECASE,
    ),
    "meaning": re.compile(
        r"\b(?:is|are|was|were) (?:an?|the|one|any|used|called|known|defined|considered|located|responsible)\b|"
        r"\b(?:refers? to|referred to|means|known as|called|defined as|consists? of|describes?|stands for|denotes?|includes?)\b",
        re.IGNORECASE,
    ),
    "saying": re.compile(
        r"\b(?:sa(?:id|ys?|ying)|told|tells?|add(?:s|ed|ing)|stat(?:es?|ed|ing)|not(?:es?|ed|ing)|argu(?:es?|ed|ing)|claim(?:s|ed|ing)?|"
        r"according to|explain(?:s|ed)|announc\w+|report(?:s|ed)|warn(?:s|ed|ing)|stress(?:es|ed|ing)|emphasi[sz]\w+|insist\w*|"
        r"believ\w+|thinks?|thought|suggest(?:s|ed)|declar\w+|wrote|writes|repl\w+|respond\w+|remark\w*|describ\w+|vow(?:s|ed)|"
        r"accus\w+|criticis\w+|criticiz\w+|slamm\w+|comment\w*|view\w*|call(?:s|ed|ing))\b|[\"“”]",
        re.IGNORECASE,
    ),
}
_PREPOSITION = frozenset("in at from to near of on through between around across outside inside toward into".split())
_SPACE = re.compile(
    r"\b(?:located|situated|north|south|east|west|northern|southern|eastern|western|city|town|village|county|state|country|"
    r"region|province|coast|island|river|lake|valley|mountains?|street|area|district|headquarter\w*|inside|above|below|found in|"
    r"home|side|center|centre|capital|native to|throughout|between)\b",
    re.IGNORECASE,
)
_SOMEBODY = re.compile(
    r"\b(?:by (?:the|an?) \w+|president|king|queen|minister|author|writer|singer|artist|actor|actress|director|leader|founder|"
    r"officials?|government|company|researchers?|scientists?|people|men|women|team|group|committee|members?|spokes\w+)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Fit:
    """`held` from 0 to 1: whether such a thing is there; `near` from 0 to 1: the share of the words around the best one."""

    held: float
    near: float


def fit(question: Question, reading: Reading, text: str, places: Mapping[str, Sequence[int]], *, total: float) -> Fit:
    """How well the sentence fits the question's kind. `places` are where the question's stems stand in the sentence,
    `total` the weight of all of them."""
    if text.islower() and question.kind in ("agent", "which", "place"):
        # A text without capitals does not show its names.
        return Fit(0.5, 0.0)
    cue = _CUES.get(question.kind)
    if cue is not None:
        return Fit(1.0 if cue.search(text) else 0.0, 0.0)
    found = _found(question, reading, places)
    if not found:
        return Fit(_instead(question.kind, reading, text), 0.0)
    weights = {term.stem: term.weight for term in question.terms}
    near = max(
        sum(weights[stem] for stem, at in places.items() if any(abs(place - each) <= _NEAR for each in at))
        for place in found
    )
    return Fit(1.0, near / total if total else 0.0)


def _found(question: Question, reading: Reading, places: Mapping[str, Sequence[int]]) -> list[int]:
    """Where in the sentence something of the kind stands that the question does not hold itself."""
    own = {place for at in places.values() for place in at}
    kind, traits = question.kind, reading.traits
    spots = [place for place in range(len(traits)) if traits[place] and place not in own]
    match kind:
        case "agent" | "which":
            return [place for place in spots if "capital" in traits[place]]
        case "place":
            return [place for place in spots if "capital" in traits[place] and _follows_preposition(reading, place)]
        case "time":
            return [place for place in spots if "time" in traits[place]]
        case "count":
            return [place for place in spots if _counts(question, reading, place)]
        case "amount" | "duration":
            return [place for place in spots if "number" in traits[place] and "year" not in traits[place]]
        case _:
            return []


def _counts(question: Question, reading: Reading, place: int) -> bool:
    """Whether a number stands at this place and the noun that the question counts in the words after it."""
    if "number" not in reading.traits[place] or "year" in reading.traits[place]:
        return False
    return not question.unit or bool(question.unit & set(reading.stems[place + 1 : place + 6]))


def _follows_preposition(reading: Reading, place: int) -> bool:
    return bool(_PREPOSITION & set(reading.stems[max(0, place - 4) : place]))


def _instead(kind: Kind, reading: Reading, text: str) -> float:
    """What may stand for a thing of the kind that has no sign of its own: "the committee" for a name."""
    match kind:
        case "agent":
            return 0.5 if _SOMEBODY.search(text) else 0.0
        case "place":
            return 0.5 if _SPACE.search(text) else 0.0
        case "count":
            return 0.3 if any("number" in each and "year" not in each for each in reading.traits) else 0.0
        case "truth" | "thing" | "open":
            return 1.0
        case _:
            return 0.0
