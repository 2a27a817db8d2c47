"""Negation: what one text denies and the other affirms.

Each "not", "no", "never", "without", "fails to" … denies the words after it in its clause. The first of them that the
other text has too must be denied there as well. Where the other text denies something near, in words that may be read
either way ("banned from", "nothing but"), only a doubt is left. Goes from a statement aligned with a window to a
mismatch or None. Opposite words are another module's.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

from qa.check.align import Aligned
from qa.check.lexicon import opposed
from qa.check.mismatch import Mismatch
from qa.check.reading import Reading

_NEGATORS = frozenset(
    """not no never neither nor none nobody nothing nowhere without cannot can't don't doesn't didn't isn't aren't wasn't
    weren't won't wouldn't couldn't shouldn't haven't hasn't hadn't ain't hardly scarcely barely rarely seldom dont
    doesnt didnt isnt wasnt cant wont""".split()
)
_FAILING = frozenset(
    """fail refus declin unabl lack absenc absent deni deny unlik hinder prevent prevents avoid instead rather except
    minus free ban bar prohibit forbid forbidden exempt exclud stop halt block reject without unless beyond keep""".split()
)
"""Stems of words that deny what follows, or may."""
_SURE = frozenset("fail refus declin unabl lack".split())
"""Those of them that deny as plainly as "not"."""
_ENDS = frozenset("but although though because while whereas however if when who which that unless".split())
_SKIPPED = frozenset(
    """longer such even yet ever necessarily actually really have has had having do does did doing get gets got make makes
    made take takes took go goes went be been being""".split()
)
_VERBS_IN_LY = frozenset("apply supply reply rely imply comply multiply fly".split())
_MORE = frozenset("more less fewer longer later earlier sooner greater higher lower shorter".split())
_REACH = 7
"""How many words after a negator the word that it denies may come."""
_BEFORE = 8
"""How many words before a denied word its negator may stand."""
_AROUND = 12
"""How many words around a place another denial may be the same one in other words."""
_NEAR = 3
"""Content words on each side of one that tell which of its places is meant."""
_UNTIL = frozenset(("until", "before"))
_TURNS = frozenset("but whereas although though".split())
"""Words after which a denial before them no longer holds."""
_JOINS = frozenset("but and while whereas although though however".split())
_CONDITIONS = frozenset(("if", "unless"))
_DOUBT = 0.4


@dataclass(frozen=True, slots=True)
class _Denial:
    negator: int
    words: tuple[int, ...]
    """The content words denied, the nearest first."""


def negation_mismatch(pair: Aligned) -> Mismatch | None:
    """What one side denies and the other affirms, the surest such difference."""
    if condition := _other_condition(pair):
        return condition.mismatch
    found = [*_denied_here(pair), *_denied_there(pair)]
    return max(found, key=lambda each: each.strength, default=None)


def loose_negation(pair: Aligned) -> Mismatch | None:
    """Something that the statement denies, and none of it is denied in the window."""
    for denial in _denials(pair.statement, beside=pair.window):
        if any(_denied_in_window(pair, index, denial) for index in denial.words):
            continue
        word = pair.statement.words[denial.negator].text
        strength = _DOUBT if any(_may_deny(pair.window, place) for place in range(len(pair.window.words))) else 1.0
        return Mismatch("denial absent", "partial", strength, f"the source does not say the “{word}” of the answer")
    return None


def _denied_here(pair: Aligned) -> list[Mismatch]:
    found = []
    for denial in _denials(pair.statement, beside=pair.window):
        index = next((each for each in denial.words if pair.strengths[each] >= 0.5), None)
        place = _place(pair, index) if index is not None else None
        if index is None or place is None or any(_denied_in_window(pair, each, denial) for each in denial.words):
            continue
        said = f"the source says “{_excerpt(pair.window, place, place)}”; the answer denies it"
        found.append(_mismatch(pair, index, place, said, doubtful=_may_deny_near(pair.window, place, pair.taken)))
    return found


def _denied_there(pair: Aligned) -> list[Mismatch]:
    found = []
    taken = {place: index for index in range(len(pair.links)) if (place := _place(pair, index)) is not None}
    for denial in _denials(pair.window, beside=pair.statement):
        place = next(iter(denial.words), None)
        index = taken.get(place) if place is not None else None
        if place is None or index is None or denial.negator in pair.taken or is_denied(pair.statement, index):
            continue
        said = f"the source says “{_excerpt(pair.window, denial.negator, place)}”; the answer says the opposite"
        found.append(_mismatch(pair, index, place, said, doubtful=_may_deny_near(pair.statement, index, _linked(pair))))
    return found


def _place(pair: Aligned, index: int) -> int | None:
    """The place of a word of the statement; of several, the one in whose clause most of what is said around it stands.

    What is done or had counts more than who does or has it, for whom a pronoun may stand.
    """
    place = pair.links[index]
    places = pair.window.places.get(pair.window.stems[place], []) if place is not None else []
    if place is None or len(places) < 2 or not pair.statement.weights[index]:
        return place
    after, before = _content(pair.statement, index, 1)[:_NEAR], _content(pair.statement, index, -1)[:_NEAR]

    is_passive = any(word.form == "by" for word in pair.statement.words[index + 1 : index + 4])
    objects = before if is_passive else after

    def said(other: int) -> float:
        clause = _clause(pair.window, other)
        return sum((pair.links[each] in clause) * (1.0 if each in objects else 0.5) for each in [*after, *before])

    best = max(places, key=said)
    return best if said(best) > said(place) else place


def _clause(reading: Reading, place: int) -> range:
    first = place
    while first and not _broken(reading, first) and reading.words[first].form not in _JOINS:
        first -= 1
    last = place + 1
    while last < len(reading.words) and not _broken(reading, last) and reading.words[last].form not in _JOINS:
        last += 1
    return range(first, last)


@dataclass(frozen=True, slots=True)
class _Condition:
    """That one side says "if" where the other says "unless"; the mismatch is None where a denial makes up for it."""

    mismatch: Mismatch | None


def _other_condition(pair: Aligned) -> _Condition | None:
    for index, word in enumerate(pair.statement.words):
        if word.form not in _CONDITIONS:
            continue
        said = next((each for each in _content(pair.statement, index, 1)[:_NEAR] if pair.links[each] is not None), None)
        place = _place(pair, said) if said is not None else None
        other = _condition_before(pair.window, place) if place is not None else None
        if said is None or other is None or {word.form, pair.window.words[other].form} != {"if", "unless"}:
            continue
        denials = len(_denials(pair.statement, beside=pair.window)) - len(_denials(pair.window, beside=pair.statement))
        if denials % 2:
            return _Condition(None)
        written = f"the source says “{_excerpt(pair.window, other, other)}”, the answer “{word.text}”"
        return _Condition(Mismatch("negation", "contradicted", 1.0, written))
    return None


def _condition_before(reading: Reading, place: int) -> int | None:
    for index in range(place - 1, max(-1, place - 1 - _BEFORE), -1):
        if reading.words[index].form in _CONDITIONS:
            return index
        if _broken(reading, index + 1):
            break
    return None


def _mismatch(pair: Aligned, index: int, place: int, said: str, *, doubtful: bool) -> Mismatch:
    """Contradicted only where the words around the denied one are the same on both sides."""
    agreement = _agreement(pair, index, place)
    if (doubtful and not _is_copied(pair, index, place)) or agreement < 0.5:
        return Mismatch("negation", "partial", _DOUBT * agreement, said)
    return Mismatch("negation", "contradicted", 1.0 if pair.strengths[index] == 1 else 0.7, said)


def _agreement(pair: Aligned, index: int, place: int) -> float:
    """The share of the two content words on each side of a word that are linked to the neighbourhood of its place."""
    near: list[int] = []
    for step in (-1, 1):
        content = [each for each in _content(pair.statement, index, step)][:2]
        near += content
    linked = [each for each in near if (other := pair.links[each]) is not None and abs(other - place) <= 6]
    return len(linked) / len(near) if near else 1.0


def _is_copied(pair: Aligned, index: int, place: int) -> bool:
    """Whether the words around are the window's own, one after the other, so that only the denial was changed."""
    around = [
        each
        for each in range(max(0, index - 4), min(index + 5, len(pair.links)))
        if each != index and not _may_deny(pair.statement, each) and pair.statement.words[each].form not in _SKIPPED
    ]
    same = [
        each for each in around if (other := pair.links[each]) is not None and abs(other - place - each + index) <= 2
    ]
    return len(same) >= 0.8 * len(around)


def _linked(pair: Aligned) -> set[int]:
    return {index for index, place in enumerate(pair.links) if place is not None}


def _content(reading: Reading, index: int, step: int) -> list[int]:
    end = len(reading.words) if step > 0 else -1
    return [each for each in range(index + step, end, step) if reading.weights[each]]


def _denied_in_window(pair: Aligned, index: int, denial: _Denial) -> bool:
    """Whether what a word of the statement stands for is denied in the window, or its opposite is said there.

    A denial of the window that answers another one of the statement does not count: "not … without".
    """
    place = _place(pair, index)
    answered = {
        other
        for other, mine in pair.taken.items()
        if mine != denial.negator and _denies(pair.window, other) and _denies(pair.statement, mine)
    }
    stem = pair.statement.stems[index]
    # Which of two in the statement is which of two in the window is not always told by the words around them.
    places = [] if place is None else [place]
    if len(pair.statement.places[stem]) > 1:
        places = pair.window.places.get(stem, places)
    if any(is_denied(pair.window, each, answered) for each in places):
        return True
    return pair.strengths[index] < 1 and any(opposed(stem, other) for other in pair.window.stems)


def _denials(reading: Reading, *, beside: Reading) -> list[_Denial]:
    """What a text denies; "not until May" is no denial, but where the other text says "until May" without a "not"."""
    until = {word.form for word in beside.words} & _UNTIL
    until -= {form for index in range(len(beside.words)) for form in _until(beside, index)}
    return [
        _Denial(index, _scope(reading, index))
        for index in range(len(reading.words))
        if _denies(reading, index) or _until(reading, index) & until
    ]


def _until(reading: Reading, index: int) -> set[str]:
    """The "until" or "before" that a "not" goes with."""
    found = set()
    if reading.words[index].form in ("not", "never"):
        for place in range(index + 1, min(index + 7, len(reading.words))):
            if "," in reading.between(place) or _broken(reading, place):
                break
            found.add(reading.words[place].form)
    return found & _UNTIL


def _denies(reading: Reading, index: int) -> bool:
    """Whether a word denies what follows: not "not only", "no doubt", "no later than", "not … until"."""
    word = reading.words[index]
    if word.stem in _SURE:
        return True
    if word.form not in _NEGATORS:
        return False
    following = [each.form for each in reading.words[index + 1 : index + 8]] + ["", ""]
    if (following[0] in _MORE and "than" in following[1:4]) or _until(reading, index):
        return False
    if word.form == "not":
        return following[0] not in ("only", "just", "least", "merely")
    if word.form == "never":
        return following[:2] != ["for", "more"]
    if word.form == "no":
        return (
            following[0] not in ("doubt", "matter", "wonder", "one", "cost", "extra") and not following[0][:1].isdigit()
        )
    return True


def _may_deny(reading: Reading, index: int) -> bool:
    """Whether a word may be read as a denial of some kind."""
    word = reading.words[index]
    if word.form in _NEGATORS or word.stem in _FAILING or word.form in ("dry", "zero"):
        return True
    before = {each.form for each in reading.words[max(0, index - 3) : index]}
    return word.form == "but" and bool(before & {"every", "all", "any", "anything", "nothing", "no"})


def _may_deny_near(reading: Reading, index: int, matched: Container[int]) -> bool:
    """Whether something near may be a denial that has no counterpart in the other text."""
    around = range(max(0, index - _AROUND), min(index + _AROUND, len(reading.words)))
    return any(_may_deny(reading, each) for each in around if each not in matched)


def _scope(reading: Reading, negator: int) -> tuple[int, ...]:
    found: list[int] = []
    for index in range(negator + 1, min(negator + 1 + _REACH, len(reading.words))):
        word = reading.words[index]
        if _broken(reading, index) or (word.form in _ENDS and found):
            break
        if reading.weights[index] and word.form not in _SKIPPED and not _is_adverb(word.form):
            found.append(index)
    return tuple(found)


def _is_adverb(form: str) -> bool:
    return form.endswith("ly") and form not in _VERBS_IN_LY


def is_denied(reading: Reading, place: int, answered: Container[int] = ()) -> bool:
    """Whether a negator stands before the word in its clause, or right after it ("data are lacking")."""
    for index in range(place, max(-1, place - 1 - _BEFORE), -1):
        if index < place and index not in answered and _denies(reading, index):
            return True
        if _broken(reading, index) or reading.words[index].form in _TURNS:
            break
    for index in range(place, min(place + 3, len(reading.words))):
        ends = index > place and any(mark in reading.between(index) for mark in ".;!?\n")
        if ends or reading.words[index].form in _JOINS:
            break
        # "Valid without a stamp" denies the stamp, "data are lacking" the data.
        if index not in answered and reading.words[index].form != "without" and _denies(reading, index):
            return True
    return False


def _broken(reading: Reading, index: int) -> bool:
    """Whether a clause ends right before the word."""
    if not index:
        return True
    return any(mark in reading.between(index) for mark in ".;:!?\n")


def _excerpt(reading: Reading, first: int, last: int) -> str:
    begin = reading.words[max(0, first - 2)].start
    end = reading.words[min(len(reading.words) - 1, last + 3)].end
    return " ".join(reading.text[begin:end].split())
