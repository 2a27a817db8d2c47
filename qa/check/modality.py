"""How sure and how wide: a hedge of the source that the statement drops, a strong word that it adds.

"may be", "plans to", "some" in the window against a plain statement is partial; so is "all", "only", "always" or "must"
that the window does not say. Goes from a statement aligned with a window to a mismatch or None.
"""

from __future__ import annotations

from qa.check.align import Aligned
from qa.check.mismatch import Mismatch
from qa.check.reading import Reading

_HEDGES = frozenset(
    """may might could possibly perhaps maybe reportedly allegedly apparently presumably likely probably potentially
    plan plans planned planning aims aim aimed intends intend intended seeks seek hopes hope hoped proposes proposed
    propose proposal expects expected expect appears appear appeared seems seem seemed suggests suggest suggested
    would should if unless alleged suspected potential possible considering consider considers can future going
    estimated estimate believe believes believed think thinks thought""".split()
)
_STRONG = {
    "all": "all every each whole entire any both always",
    "every": "all every each any whole",
    "only": "only sole solely just exclusively nothing but alone merely limited",
    "always": "always every all constantly whenever ever",
    "never": "never not no none without",
    "must": "must have required requires require need needs needed shall mandatory obliged obligation should to necessary",
    "entirely": "entirely all wholly completely fully entire",
    "solely": "only solely sole exclusively",
    "exclusively": "only solely sole exclusively",
    "none": "none no not never nobody nothing",
    "most": "most majority mostly mainly largely",
}
_COUNTERPARTS = {word: frozenset(listed.split()) for word, listed in _STRONG.items()}


def modality_mismatch(pair: Aligned) -> Mismatch | None:
    """A hedge dropped or a strong word added, beside words that the statement took up."""
    return _added(pair) or _dropped(pair)


def _added(pair: Aligned) -> Mismatch | None:
    forms = {word.form for word in pair.window.words}
    for word in pair.statement.words:
        counterparts = _COUNTERPARTS.get(word.form)
        if counterparts and not counterparts & forms:
            strength = 0.4 if word.form in ("most", "must") else 1.0
            return Mismatch(
                "strengthened", "partial", strength, f"the source does not say “{word.text}”, the answer does"
            )
    return None


def _dropped(pair: Aligned) -> Mismatch | None:
    if any(word.form in _HEDGES for word in pair.statement.words):
        return None
    for place, word in enumerate(pair.window.words):
        if word.form in _HEDGES and _governs(pair, place):
            return Mismatch(
                "hedge dropped", "partial", 1.0, f"the source says “{word.text}”, the answer states it as a fact"
            )
    return None


def _governs(pair: Aligned, place: int) -> bool:
    """Whether the next content word after the hedge, in its clause, is one that the statement took up."""
    return (governed := _governed(pair.window, place)) is not None and governed in pair.taken


def _governed(window: Reading, place: int) -> int | None:
    for index in range(place + 1, min(place + 5, len(window.words))):
        between = window.text[window.words[index - 1].end : window.words[index].start]
        if any(mark in between for mark in ",.;:()\n"):
            return None
        if window.weights[index]:
            return index
    return None
