"""Negation: is what the statement says denied in the window, or the other way round?

Each "not", "no", "never", "without", "fails to" … denies the word that it stands before; that word's counterpart in the
other text must be denied too. Goes from a statement aligned with a window to a mismatch or None. Opposite words are
another module's.
"""

from __future__ import annotations

from dataclasses import dataclass

from qa.check.align import Aligned
from qa.check.mismatch import Mismatch
from qa.check.reading import Reading

_NEGATORS = frozenset(
    """not no never neither nor none nobody nothing nowhere without cannot can't don't doesn't didn't isn't aren't wasn't
    weren't won't wouldn't couldn't shouldn't haven't hasn't hadn't ain't hardly scarcely barely rarely seldom n't t""".split()
)
_FAILING = frozenset("fail fails failed failing refuse refuses refused declined declines unable lack lacks lacked lacking "
                     "absence deny denies denied unlikely".split())  # fmt: skip
_BREAKS = frozenset("but although though because while whereas however if when which who that and or".split())
_SKIPPED = frozenset("be been being have has had do does did to any a an the of from only just even yet ever in by so very "
                     "too really actually necessarily longer such also it is are was were will would".split())  # fmt: skip
_REACH = 6
"""How many words after a negator the word that it denies may come."""


@dataclass(frozen=True, slots=True)
class _Denial:
    negator: int
    head: int
    """The word denied."""
    end: int
    """The first word after the clause."""


def negation_mismatch(pair: Aligned) -> Mismatch | None:
    """A word denied on one side and its counterpart, between the same neighbours, affirmed on the other."""
    mine, theirs = _denials(pair.statement), _denials(pair.window)
    for denial in mine:
        place = pair.links[denial.head]
        if (
            place is not None
            and pair.strengths[denial.head]
            and not _denied(place, theirs)
            and _firm(pair, denial.head)
        ):
            said = _excerpt(pair.window, place, place)
            return _mismatch(f"the source says “{said}”; the answer denies it", pair, denial.head)
    for denial in theirs:
        index = pair.taken.get(denial.head)
        if (
            index is not None
            and not _denied(index, mine)
            and _firm(pair, index)
            and not _near_negator(pair.statement, index)
        ):
            said = _excerpt(pair.window, denial.negator, denial.head)
            return _mismatch(f"the source says “{said}”; the answer says the opposite", pair, index)
    return None


def _mismatch(reason: str, pair: Aligned, index: int) -> Mismatch:
    return Mismatch("negation", "contradicted", 1.0 if pair.strengths[index] == 1 else 0.7, reason)


def _denials(reading: Reading) -> list[_Denial]:
    found = []
    for index, word in enumerate(reading.words):
        if (word.form in _NEGATORS and not _idle(reading, index)) or word.form in _FAILING:
            head = _head(reading, index)
            if head is not None:
                found.append(_Denial(index, head, _clause_end(reading, head)))
    return found


def _idle(reading: Reading, index: int) -> bool:
    """Whether a negator denies nothing: "not only", "no doubt", "No. 5", the "t" that is no clipped "not"."""
    word = reading.words[index]
    following = reading.words[index + 1].form if index + 1 < len(reading.words) else ""
    if word.form == "not":
        return following in ("only", "just", "least", "merely")
    if word.form == "no":
        return following in ("doubt", "matter", "wonder", "one") or following[:1].isdigit()
    return word.form == "t" and not (index and reading.text[word.start - 1 : word.start] in ("'", "’"))


def _head(reading: Reading, negator: int) -> int | None:
    for index in range(negator + 1, min(negator + 1 + _REACH, len(reading.words))):
        if _broken(reading, index - 1, index):
            return None
        word = reading.words[index]
        if reading.weights[index] and word.form not in _SKIPPED and not word.form.endswith("ly"):
            return index
    return None


def _clause_end(reading: Reading, start: int) -> int:
    for index in range(start + 1, len(reading.words)):
        if _broken(reading, index - 1, index) or reading.words[index].form in _BREAKS:
            return index
    return len(reading.words)


def _broken(reading: Reading, left: int, right: int) -> bool:
    between = reading.text[reading.words[left].end : reading.words[right].start]
    return any(mark in between for mark in ".;:!?,()\n")


def _denied(index: int, denials: list[_Denial]) -> bool:
    return any(denial.negator < index < denial.end for denial in denials)


def _near_negator(reading: Reading, index: int) -> bool:
    """Whether a negator stands somewhere before the word in its sentence, so that the parse alone may be at fault."""
    return any(word.form in _NEGATORS or word.form in _FAILING for word in reading.words[max(0, index - 5) : index + 2])


def _firm(pair: Aligned, index: int) -> bool:
    """Whether the link holds: the next content word on at least one side is linked to the neighbourhood too."""
    place = pair.links[index] or 0
    for step in (-1, 1):
        near = index + step
        while 0 <= near < len(pair.links) and not pair.statement.weights[near]:
            near += step
        if 0 <= near < len(pair.links):
            other = pair.links[near]
            if other is not None and abs(other - place) <= 6:
                return True
    return False


def _excerpt(reading: Reading, first: int, last: int) -> str:
    begin = reading.words[max(0, first - 2)].start
    end = reading.words[min(len(reading.words) - 1, last + 3)].end
    return " ".join(reading.text[begin:end].split())
