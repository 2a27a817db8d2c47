"""A statement to its clauses, each of which may rest on a place of the evidence of its own.

`clauses(statement)` goes from a reading to parts of it that lie side by side and together are the whole. It cuts at
commas, semicolons and words that join clauses, never inside quotation marks, and only where something is left on both
sides. No grammar: a list of nouns may be cut too, which does no harm.
"""

from __future__ import annotations

import itertools

from qa.check.reading import Reading

_LEAST = 3
"""Content words of a clause."""
_JOINS = frozenset(
    """and but while whereas although though because since which who whose where when after before until so that if unless
    or nor yet with by""".split()
)
_MARKS = frozenset(",;:—–()\n")


def clauses(statement: Reading) -> list[Reading]:
    """The clauses in order; the statement itself where there is but one."""
    cuts = [0]
    since = 0
    for index in range(1, len(statement.words)):
        since += statement.weights[index - 1] > 0
        if since < _LEAST or not _joins(statement, index):
            continue
        if sum(weight > 0 for weight in statement.weights[index:]) < _LEAST:
            break
        cuts.append(index)
        since = 0
    if len(cuts) == 1:
        return [statement]
    starts = [statement.start, *(statement.words[cut].start for cut in cuts[1:]), statement.end]
    return [statement.within(start, end) for start, end in itertools.pairwise(starts)]


def _joins(statement: Reading, index: int) -> bool:
    word, before = statement.words[index], statement.words[index - 1]
    between = statement.text[before.end : word.start]
    if any(span.start < word.start < span.end for span in statement.quotes):
        return False
    return any(mark in between for mark in _MARKS) or (word.form in _JOINS and word.form not in ("with", "by", "or"))
