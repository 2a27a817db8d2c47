"""A sentence that its document supports to sentences that it does not: one change each, with the name of its kind.

`mutations(sentence, document)` applies every operator to a sentence of a document; each is a pure function that returns
none where it does not apply. The changes are made by rules, so some read oddly; what they say is wrong all the same.
Does not check anything, and the words it takes for opposites are its own list, not the check's.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from qa.text.names import Name, names
from qa.text.quotes import attributions, quotes
from qa.text.sentences import sentences
from qa.text.values import Date, Number, dates, numbers


@dataclass(frozen=True, slots=True)
class Mutation:
    """A wrong `statement`, made by `operator`, and the `evidence` that it is to be held against."""

    operator: str
    statement: str
    evidence: str


_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_UNITS = {
    "percent": "percentage points", "%": " percentage points", "million": "billion", "billion": "million",
    "thousand": "million", "kilometers": "miles", "km": "miles", "miles": "kilometers", "meters": "feet",
    "feet": "meters", "dollars": "euros", "$": "€", "€": "$", "£": "$", "kilograms": "pounds", "pounds": "kilograms",
    "days": "weeks", "weeks": "months", "months": "years", "years": "months", "hours": "days", "minutes": "hours",
}  # fmt: skip
_ANTONYMS = {
    "increase": "decrease", "increased": "decreased", "increases": "decreases", "rose": "fell", "rise": "fall",
    "fell": "rose", "higher": "lower", "lower": "higher", "more": "less", "most": "least", "above": "below",
    "before": "after", "after": "before", "first": "last", "failed": "passed", "accept": "reject", "reject": "accept",
    "announced": "denied", "bar": "allow", "barred": "allowed", "ban": "permit", "allow": "forbid", "allowed": "banned",
    "include": "exclude", "includes": "excludes", "including": "excluding", "large": "small", "small": "large",
    "early": "late", "strong": "weak", "serious": "trivial", "high": "low", "enormous": "small", "significant": "trivial",
    "significantly": "barely", "safe": "dangerous", "legal": "illegal", "lawful": "unlawful", "protect": "endanger",
    "safeguard": "endanger", "support": "oppose", "supported": "opposed", "opposes": "supports", "opposed": "supported",
    "continue": "cease", "continues": "ceases", "reduce": "increase", "new": "old", "long": "short", "tighten": "loosen",
    "foreign": "domestic", "international": "domestic", "public": "secret", "positive": "negative", "best": "worst",
    "unacceptable": "acceptable", "unclear": "clear", "possible": "impossible", "common": "rare", "won": "lost",
    "damaged": "improved", "disrupted": "strengthened", "divergent": "identical", "proposed": "withdrew",
    "concerned": "pleased", "started": "ended", "began": "ended", "opened": "closed", "bought": "sold",
}  # fmt: skip
_HEDGES = (
    (r"\bmay have (\w+)", r"have \1"),
    (r"\b(?:may|might|could) be\b", "is"),
    (r"\b(?:may|might|could) (?=[a-z])", "will "),
    (r"\b(?:plans|aims|intends|hopes|wants) to\b", "has begun to"),
    (r"\b(?:planned|aimed|intended|hoped|wanted) to\b", "began to"),
    (r"\bpotential (?=[a-z])", ""),
    (r"\b(?:reportedly|allegedly|possibly|probably|perhaps|likely) ", ""),
    (r"\b(?:appears|seems) to be\b", "is"),
    (r"\b[Ss]ome (?=[a-z])", "all "),
    (r"\bmany (?=[a-z])", "all "),
)
_NEGATED = (
    (r"\bdoes not (\w+)", r"does \1"),
    (r"\bdo not (\w+)", r"do \1"),
    (r"\bdid not (\w+)", r"did \1"),
    (r"\b(is|are|was|were|will|would|can|could|has|have|had|should|must|may|might) not ", r"\1 "),
    (r"\b(is|are|was|were|does|do|did|could|should|would|has|have|had)n['’]t ", r"\1 "),
    (r"\bcannot\b", "can"),
    (r"\bnever ", "always "),
    (r"\bwithout ", "with "),
    (r"\bno (?=[a-z])", "some "),
)
_AFFIRMED = (
    (r"\b(is|are|was|were|will|would|can|could|should|must|may|might) (?!not\b)(?=[a-z])", r"\1 not "),
    (r"\b(has|have|had) (?=[a-z]+(?:ed|en|ne|un|wn|de|ut|ept)\b)", r"\1 not "),
    (r"\b(said|announced|added|reported|noted) ", r"did not \1 "),
)
_OTHERS = ("Elena Petrova", "Marcus Webb", "Harlan Institute", "Norvania")
"""Names that stand in for one of the document's where it has no other."""


def mutations(sentence: str, document: str, other: str = "") -> list[Mutation]:
    """Every operator's changes to a sentence of a document, in the order of OPERATORS; `other` is a second document,
    for the operators that mix two."""
    found: list[Mutation] = []
    for name, operator in OPERATORS.items():
        found.extend(
            Mutation(name, changed, document) for changed in operator(sentence, document) if changed != sentence
        )
    found.extend(Mutation("splice", changed, f"{document}\n\n{other}") for changed in splice(sentence, other) if other)
    found.extend(Mutation("neighbour", sentence, evidence) for evidence in neighbours(sentence, document))
    return found


def other_number(sentence: str, document: str) -> list[str]:
    """Each figure made another one: "1,200" to "9,900"."""
    changed = []
    for number in _figures(sentence):
        digits = re.search(r"\d[\d,.]*\d|\d", sentence[number.start : number.end])
        if digits:
            written = "".join(str(9 - int(each)) if each.isdigit() else each for each in digits.group())
            changed.append(_replaced(sentence, number.start + digits.start(), number.start + digits.end(), written))
    return changed


def other_date(sentence: str, document: str) -> list[str]:
    """Each date made another one: the day, month, weekday or year one on."""
    return [new for date in dates(sentence) if (new := _later(sentence, date))]


def other_unit(sentence: str, document: str) -> list[str]:
    """The unit or magnitude of each figure exchanged: "million" for "billion", "percent" for "percentage points"."""
    changed = []
    for number in _figures(sentence):
        span = sentence[number.start : number.end]
        for unit, instead in _UNITS.items():
            place = re.search(rf"(?<![A-Za-z]){re.escape(unit)}(?![A-Za-z])", span)
            if place:
                changed.append(_replaced(sentence, number.start + place.start(), number.start + place.end(), instead))
                break
    return changed


def other_name(sentence: str, document: str) -> list[str]:
    """Each name replaced by another of the document that is not in the sentence, or by one from nowhere."""
    here = names(sentence)
    said = {part for name in here for part in name.parts}
    known = [_written(document, name) for name in names(document) if not said & set(name.parts)]
    changed = []
    for place, name in enumerate(here):
        instead = next((each for each in known if each.split()[0].lower() not in said), _OTHERS[place % len(_OTHERS)])
        changed.append(_replaced(sentence, name.start, name.end, instead))
    return changed


def swapped_names(sentence: str, document: str) -> list[str]:
    """Two names that follow each other in the sentence in each other's place: "A sued B" to "B sued A"."""
    changed = []
    here = names(sentence)
    for one, two in itertools.pairwise(here):
        between = sentence[one.end : two.start]
        # "A and B" says the same the other way round; so does a name inside the other's.
        if set(one.parts) & set(two.parts) or re.fullmatch(r"\W*(?:and|or|with|,|&)?\W*(?:the\s+)?", between.strip()):
            continue
        swapped = sentence[: one.start] + _written(sentence, two) + between + _written(sentence, one)
        changed.append(swapped + sentence[two.end :])
    return changed


def toggled_negation(sentence: str, document: str) -> list[str]:
    """The first negation taken away; where there is none, one put in."""
    for pattern, instead in _NEGATED:
        if re.search(pattern, sentence):
            return [re.sub(pattern, instead, sentence, count=1)]
    for pattern, instead in _AFFIRMED:
        if re.search(pattern, sentence):
            made = re.sub(pattern, instead, sentence, count=1)
            return [re.sub(r"did not (\w+)", lambda match: f"did not {_infinitive(match[1])}", made)]
    return []


def opposite_word(sentence: str, document: str) -> list[str]:
    """Each word that has an opposite replaced by it, outside of quotation marks."""
    inside = quotes(sentence)
    changed = []
    for match in re.finditer(r"[A-Za-z]+", sentence):
        instead = _ANTONYMS.get(match.group().lower())
        if instead and not any(span.start <= match.start() < span.end for span in inside):
            instead = instead.capitalize() if match.group()[0].isupper() else instead
            changed.append(_replaced(sentence, match.start(), match.end(), instead))
    return changed


def altered_quote(sentence: str, document: str) -> list[str]:
    """One long word inside each quotation replaced by another word of it."""
    changed = []
    for span in quotes(sentence):
        listed = list(re.finditer(r"[A-Za-z]{4,}", sentence[span.start : span.end]))
        if len(listed) >= 3:
            middle, instead = listed[len(listed) // 2], listed[0].group().lower()
            start = span.start + middle.start()
            changed.append(_replaced(sentence, start, span.start + middle.end(), instead))
    return changed


def other_speaker(sentence: str, document: str) -> list[str]:
    """The one who is said to have said it replaced by another name of the document, or by one from nowhere."""
    changed = []
    for attribution in attributions(sentence):
        span = attribution.speaker
        here = [name for name in names(sentence) if span.start <= name.start < span.end]
        if here:
            last = here[-1]
            known = (_written(document, name) for name in names(document))
            told = next((each for each in known if _differs(each, last, sentence)), _OTHERS[0])
            changed.append(_replaced(sentence, last.start, last.end, told if " " in told else _OTHERS[0]))
    return changed


def dropped_hedge(sentence: str, document: str) -> list[str]:
    """The first hedge dropped, so that what may be is and what is planned is done."""
    for pattern, instead in _HEDGES:
        if re.search(pattern, sentence):
            made = re.sub(pattern, instead, sentence, count=1)
            return [made[0].upper() + made[1:]]
    return []


def splice(sentence: str, other: str) -> list[str]:
    """The subject's half of the sentence with the second half of one of another document."""
    head = _halves(sentence)
    for span in sentences(other):
        tail = _halves(other[span.start : span.end])
        if head and tail:
            return [f"{head[0]} {tail[1]}"]
    return []


def neighbours(sentence: str, document: str) -> list[str]:
    """The sentence of the document that follows this one, or else the one before it: the wrong thing to cite."""
    spans = [document[span.start : span.end] for span in sentences(document)]
    if sentence not in spans or len(spans) < 2:
        return []
    place = spans.index(sentence)
    return [spans[place + 1] if place + 1 < len(spans) else spans[place - 1]]


OPERATORS: dict[str, Callable[[str, str], list[str]]] = {
    "number": other_number,
    "date": other_date,
    "unit": other_unit,
    "name": other_name,
    "roles": swapped_names,
    "negation": toggled_negation,
    "antonym": opposite_word,
    "quote": altered_quote,
    "speaker": other_speaker,
    "hedge": dropped_hedge,
}
"""Name to operator. The splice and the neighbour need more than a sentence and its document: see `mutations`."""


def _replaced(text: str, start: int, end: int, instead: str) -> str:
    return text[:start] + instead + text[end:]


def _written(text: str, name: Name) -> str:
    return text[name.start : name.end]


def _figures(sentence: str) -> Sequence[Number]:
    return [
        number for number in numbers(sentence) if any(each.isdigit() for each in sentence[number.start : number.end])
    ]


def _later(sentence: str, date: Date) -> str:
    span = sentence[date.start : date.end]
    for listed in (_MONTHS, _WEEKDAYS):
        for place, name in enumerate(listed):
            if name in span:
                return _replaced(sentence, date.start, date.end, span.replace(name, listed[(place + 2) % len(listed)]))
    digits = re.search(r"\d+", span)
    if not digits:
        return ""
    later = str(int(digits.group()) + (10 if date.years > 1 else 1))
    return _replaced(sentence, date.start + digits.start(), date.start + digits.end(), later)


def _infinitive(verb: str) -> str:
    return {"said": "say"}.get(verb, verb.removesuffix("ed") + ("e" if verb.endswith("ced") else ""))


def _differs(written: str, name: Name, sentence: str) -> bool:
    return " " in written and not set(written.lower().split()) & set(name.parts) and written not in sentence


def _halves(sentence: str) -> tuple[str, str] | None:
    """A sentence cut behind its first verb of state or action, where both halves have something to say."""
    for match in re.finditer(r"\b(?:is|are|was|were|has|have|had|will|said|announced|reported|found)\b", sentence):
        head, tail = sentence[: match.end()], sentence[match.end() :].strip()
        if len(head.split()) >= 3 and len(tail.split()) >= 5:
            return head, tail
    return None
