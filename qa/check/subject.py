"""What it is said of: is the subject of the statement spoken of where the source says the rest?

A half of one sentence and a half of another make a statement that no source makes. Goes from a statement aligned with a
window to a mismatch or None. The subject is what stands before the first word of grammar that a verb may begin with; where
that can not be told, nothing is claimed.
"""

from __future__ import annotations

from qa.check.align import Aligned
from qa.check.mismatch import Mismatch
from qa.check.reading import Reading

_VERBS = frozenset("is are was were has have had will would can could may might must shall should does do did".split())
_ARTICLES = frozenset("the a an this that these those its his her their our my".split())
_FARTHEST = 7
"""Words before the verb."""
_BEFORE = 6
"""Sentences before the window in which the subject may be named, for the window to speak of it as "it"."""


def other_subject(pair: Aligned) -> Mismatch | None:
    """The subject's words, none of which the window or the sentences right before it have; of a table another row's."""
    if pair.is_of_table:
        return _other_row(pair)
    subject = _subject(pair.statement)
    if not subject or any(pair.links[index] is not None for index in subject):
        return None
    near = pair.source.reading.within(_beginning(pair), pair.window.end)
    if any(stem in near.places for index in subject for stem in pair.statement.expansions[index]):
        return None
    written = pair.statement.text[pair.statement.words[subject[0]].start : pair.statement.words[subject[-1]].end]
    return Mismatch("subject", "partial", 0.6, f"the source does not say it of “{' '.join(written.split())}”")


def _other_row(pair: Aligned) -> Mismatch | None:
    """A word that this row of a table and its header do not have and another row has."""
    for index, weight in enumerate(pair.statement.weights):
        places = pair.source.reading.places.get(pair.statement.stems[index], ()) if weight else ()
        if pair.links[index] is None and any(pair.source.rows[pair.source.sentence_of(place)] for place in places):
            word = pair.statement.words[index].text
            return Mismatch("subject", "partial", 1.0, f"another row of the table says “{word}”, this one does not")
    return None


def _beginning(pair: Aligned) -> int:
    """Where the sentences before the window begin that are of the same text of the evidence."""
    begins = max(start for _, start in pair.source.pieces if start <= pair.window.start)
    before = [span.start for span in pair.source.reading.sentences if begins <= span.start <= pair.window.start]
    return before[-_BEFORE - 1 :][0] if before else pair.window.start


def _subject(statement: Reading) -> list[int]:
    for index, word in enumerate(statement.words[: _FARTHEST + 1]):
        if word.form in _VERBS:
            subject = [each for each in range(index) if statement.weights[each]]
            # One common word without an article may be anything: "Whoever breaks it is …".
            firm = len(subject) > 1 or statement.words[0].form in _ARTICLES or any(map(statement.is_named, subject))
            return subject if firm else []
    return []
