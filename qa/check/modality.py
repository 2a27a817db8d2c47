"""How sure and how wide: a hedge of the source that the statement drops, a strong word that it adds, another quantity.

"may be", "plans to" in the window against a plain statement is partial; so is "all", "only", "always" or "must" that the
window does not say, and "most" where it says "some". Goes from a statement aligned with a window to a mismatch or None.
"""

from __future__ import annotations

from qa.check.align import Aligned
from qa.check.mismatch import Mismatch
from qa.check.reading import Reading

_HEDGES = frozenset(
    """may might could possibly perhaps maybe reportedly allegedly apparently presumably probably potentially likely
    plan plans planned planning aims aimed intends intend intended hopes hoped proposes proposed propose alleged suspected
    unconfirmed appears appear appeared seems seem seemed suggests suggest suggested considering""".split()
)
_WEAK = _HEDGES | frozenset(
    "can would should if expects expected estimated believes believed rumored potential possible".split()
)
"""What a statement may say instead of the source's hedge."""
_STRONG = {
    "all": "all every each whole entire any both always no none",
    "every": "all every each any whole no none",
    "only": "only sole solely just exclusively nothing but alone merely limited except unless",
    "solely": "only solely sole exclusively alone",
    "exclusively": "only solely sole exclusively alone",
    "always": "always every all constantly whenever ever never",
    "never": "never not no none without nor",
    "must": "must have has had required requires require need needs needed shall mandatory obliged obligation should to necessary",
    "entirely": "entirely all wholly completely fully entire",
    "none": "none no not never nobody nothing without",
    "most": "most majority mostly mainly largely all every",
}
_COUNTERPARTS = {word: frozenset(listed.split()) for word, listed in _STRONG.items()}
# From nothing to everything. A statement may say less than the source, not more; and not "few" where it says "many".
_QUANTITIES = {
    "few": 1, "some": 2, "several": 2, "certain": 2, "many": 3, "numerous": 3, "most": 4, "all": 5,
    "every": 5, "each": 5, "both": 5,
}  # fmt: skip


def modality_mismatch(pair: Aligned) -> Mismatch | None:
    """A hedge dropped, a strong word added or another quantity, beside words that the statement took up."""
    return _other_quantity(pair) or _added(pair) or _dropped(pair)


def _other_quantity(pair: Aligned) -> Mismatch | None:
    for index, word in enumerate(pair.statement.words):
        mine = _QUANTITIES.get(word.form)
        governed = _governed(pair.statement, index)
        place = pair.links[governed] if mine is not None and governed is not None else None
        if mine is None or place is None:
            continue
        for near in range(max(0, place - 4), place):
            other = pair.window.words[near]
            theirs = _QUANTITIES.get(other.form)
            if theirs is not None and _governed(pair.window, near) in range(near, place + 1) and mine != theirs:
                worse = mine > theirs or mine <= 1 < theirs
                if worse:
                    said = f"the source says “{other.text}”, the answer “{word.text}”"
                    return Mismatch("quantity", "partial", 1.0, said)
    return None


def _added(pair: Aligned) -> Mismatch | None:
    forms = {word.form for word in pair.window.words}
    for word in pair.statement.words:
        counterparts = _COUNTERPARTS.get(word.form)
        if counterparts and not counterparts & forms:
            strength = 0.4 if word.form in ("most", "must") else 1.0
            said = f"the source does not say “{word.text}”, the answer does"
            return Mismatch("strengthened", "partial", strength, said)
    return None


def _dropped(pair: Aligned) -> Mismatch | None:
    own = [index for index, word in enumerate(pair.statement.words) if word.form in _WEAK]
    # A hedge that is the window's too stands for itself, any other for whichever hedge of the window has gone.
    if any(pair.links[index] is None or pair.strengths[index] < 1 for index in own):
        return None
    for place, word in enumerate(pair.window.words):
        is_month = word.text[0].isupper() and place in pair.window.dated
        hedges = word.form in _HEDGES and place not in pair.taken and not is_month
        if hedges and _governed(pair.window, place) in pair.taken:
            said = f"the source says “{word.text}”, the answer states it as a fact"
            return Mismatch("hedge dropped", "partial", 1.0, said)
    return None


def _governed(reading: Reading, place: int) -> int | None:
    """The next content word after a small word, in its clause."""
    for index in range(place + 1, min(place + 5, len(reading.words))):
        if any(mark in reading.between(index) for mark in ",.;:()\n"):
            return None
        if reading.weights[index]:
            return index
    return None
