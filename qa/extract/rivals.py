"""Sentences of other documents that answer as well, so that somebody may see whether they say the same.

`rivals(question, ranked, chosen)` gives them best first. Whether two sentences contradict each other is the check's
business, not this module's.
"""

from __future__ import annotations

from collections.abc import Sequence

from qa.extract.question import Kind, Question
from qa.extract.score import Scored
from qa.extract.select import Chosen

_VALUED: frozenset[Kind] = frozenset({"agent", "time", "count", "amount", "duration", "place", "name", "truth"})
_BEHIND = 2.0
_MOST = 4


def rivals(question: Question, ranked: Sequence[Scored], chosen: Sequence[Chosen]) -> list[Scored]:
    """At most four sentences of files that the answer does not draw on, each nearly as good as the best one.

    Only where one value is asked for can a second one be a contradiction.
    """
    if question.kind not in _VALUED:
        return []
    shown = {each.candidate.sentence.passage.file for each in chosen}
    others = [
        each
        for each in ranked
        if each.candidate.sentence.passage.file not in shown
        and each.score >= ranked[0].score - _BEHIND
        and each.candidate.fit.held >= min(0.6, ranked[0].candidate.fit.held)
    ]
    return others[:_MOST]
