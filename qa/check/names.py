"""Proper names and their roles: does each name of the statement stand in the window, and in the same part?

A surname or an acronym may stand for the name. "A sued B" is not "B sued A", but it is "B was sued by A". Goes from a
statement aligned with a window to a mismatch or None. Does not know that two different names may be one thing's.
"""

from __future__ import annotations

import difflib
import itertools

from qa.check.align import Aligned
from qa.check.mismatch import Mismatch
from qa.check.reading import Reading
from qa.check.roles import is_mutual
from qa.text.names import Name, initials

_OPENS = 2
"""Words before which a name is the statement's subject."""


def name_mismatch(pair: Aligned) -> Mismatch | None:
    """The worst name that the window does not have, or has another in the place of."""
    found = [mismatch for name in pair.statement.names if (mismatch := _mismatch(pair, name))]
    return max(found, key=lambda each: (each.severity == "contradicted", each.strength), default=None)


def swapped_roles(pair: Aligned) -> Mismatch | None:
    """Two names that stand around the same words as in the window, but the other way round."""
    placed = [(name, place) for name in pair.statement.names if (place := _place(pair, name)) is not None]
    for (one, first), (other, second) in itertools.pairwise(placed):
        if first <= second or _written(pair.statement, one) == _written(pair.statement, other):
            continue
        between = range(pair.statement.words_in(one).stop, pair.statement.words_in(other).start)
        verbs = [index for index in between if pair.statement.weights[index]]
        linked = [index for index in verbs if second < (pair.links[index] or -1) < first]
        apart = abs((first - second) - len(between)) > 3
        # "Mao Ning, spokesperson of the ministry" says who somebody is, which has no order.
        apposed = pair.statement.text[one.end :].lstrip("’'s ").startswith((",", "("))
        mutual = any(is_mutual(pair.statement.stems[index]) for index in verbs)
        if not verbs or len(linked) < len(verbs) or len(verbs) > 3 or apart or apposed or mutual:
            continue
        if _passive(pair.statement, linked) == _passive(pair.window, [pair.links[index] or 0 for index in linked]):
            words = pair.statement.text[one.start : other.end]
            return Mismatch("roles", "contradicted", 1.0, f"the source has {_written(pair.statement, one)} and "
                            f"{_written(pair.statement, other)} the other way round than the answer's “{words}”")  # fmt: skip
    return None


def _mismatch(pair: Aligned, name: Name) -> Mismatch | None:
    indices = [index for index in pair.statement.words_in(name) if pair.statement.weights[index]]
    missing = [index for index in indices if pair.links[index] is None]
    if _abbreviates(name, pair.window):
        return None
    written = _written(pair.statement, name)
    rival = _in_its_place(pair, name) or _with_another_part(pair, name, missing)
    if rival:
        return Mismatch("name", "contradicted", 1.0, f"the source says {rival}, the answer {written}")
    if not missing:
        return None
    whole = pair.window.whole or pair.window
    elsewhere = all(pair.statement.stems[index] in whole.places for index in missing) or _abbreviates(name, whole)
    share = len(missing) / len(indices)
    strength = share * (0.3 if elsewhere else 1.0)
    return Mismatch("name absent", "partial", strength, f"the source does not mention {written}" if not elsewhere
                    else f"the source mentions {written} elsewhere only")  # fmt: skip


def _abbreviates(name: Name, reading: Reading) -> bool:
    """Whether the name is the acronym of one in the text, or one in the text is its acronym."""
    if len(name.parts) == 1:
        return any(initials(other.parts) == name.parts[0] for other in reading.names if len(other.parts) > 1)
    return initials(name.parts) in reading.places


def _in_its_place(pair: Aligned, name: Name) -> str | None:
    """Another name that stands in the window between the very words that are around this one, and that the statement
    does not take up, or takes up where the window has this one."""
    span = pair.statement.words_in(name)
    instead = set(pair.instead(span))
    is_elsewhere = all(pair.links[index] is not None for index in span)
    for other in pair.window.names:
        places = pair.window.words_in(other)
        is_free = not any(place in pair.taken for place in places)
        if is_elsewhere and span.start < _OPENS and _goes_on(pair.window, places.stop):
            continue
        if (is_free or is_elsewhere) and instead & set(places) and not set(other.parts) & set(name.parts):
            return _written(pair.window, other)
    codes = (pair.window.words[place].text for place in instead if place not in pair.taken)
    return next((code for code in codes if _is_code(code)), None)


def _goes_on(window: Reading, place: int) -> bool:
    """Whether a subject named before may be left out as understood: "born in Tavel and died …"."""
    return place < len(window.words) and window.words[place].form in ("and", "but", "then")


def _is_code(text: str) -> bool:
    """Whether a word names a thing as "R20" or "PF-30" does, which no rule of names takes for a name everywhere."""
    return text[0].isupper() and any(character.isdigit() for character in text)


def _with_another_part(pair: Aligned, name: Name, missing: list[int]) -> str | None:
    """The name of the window that shares a part with this one and has another instead of the rest."""
    span = pair.statement.words_in(name)
    for other in pair.window.names:
        shares = any(pair.links[index] in pair.window.words_in(other) for index in span)
        if shares and len(name.parts) > 1 and len(other.parts) > 1 and 0 < len(missing) < len(span):
            unsaid = [part for part in other.parts if part not in name.parts and not _alike(part, name)]
            if len(unsaid) == len(missing):
                return _written(pair.window, other)
    return None


def _alike(part: str, name: Name) -> bool:
    """Whether a part is one of the name's in another spelling: "defense" and "defence"."""
    return any(difflib.SequenceMatcher(None, part, each).ratio() > 0.8 for each in name.parts)


def _place(pair: Aligned, name: Name) -> int | None:
    places = [pair.links[index] for index in pair.statement.words_in(name) if pair.statement.weights[index]]
    return places[0] if places else None


def _passive(reading: Reading, verbs: list[int]) -> bool:
    return any(word.form == "by" for word in reading.words[min(verbs) + 1 : max(verbs) + 5])


def _written(reading: Reading, name: Name) -> str:
    return " ".join(reading.text[name.start : name.end].split())
