"""Sentences changed on purpose, and what `qa.check` makes of them: the check's power on any corpus.

A mutant says something that its evidence does not; the check should not call it supported. What must not be flagged is
there too: the sentences as they stand (`originals`), and honest paraphrases of them written by hand (`paraphrases`).
`mutations` makes the mutants; this module only counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from eval import mutations
from eval.cases import PARAPHRASES, Corpus, WrongCases, rows_of
from eval.record import Power
from qa import check


class Pair(NamedTuple):
    """A statement and the text that it is held against."""

    statement: str
    evidence: str


def powers(corpora: Sequence[Corpus], honest: Sequence[Pair]) -> dict[str, Power]:
    """What the check flags: of each operator's mutants in the operators' order, then of what says the same."""
    texts = [corpus.texts for corpus in corpora]
    found = {name: _power(each) for name, each in _mutants(texts).items()}
    found["originals"] = _power(Pair(*each) for each in _originals(texts))
    if honest:
        found["paraphrases"] = _power(honest)
    return found


def paraphrases(corpora: Sequence[Corpus]) -> list[Pair]:
    """The hand-written paraphrases of these corpora, each with its quote. Raises WrongCases where a quote is gone."""
    texts = {corpus.name: corpus.texts for corpus in corpora}
    pairs = []
    for where, row in rows_of(PARAPHRASES):
        if row["corpus"] not in texts:
            continue
        if row["quote"] not in texts[row["corpus"]].get(row["file"], ""):
            raise WrongCases(f"{where}: the quote does not occur in {row['file']!r}.")
        pairs.append(Pair(row["paraphrase"], row["quote"]))
    return pairs


def _power(pairs: Iterable[Pair]) -> Power:
    flagged = [check(pair.statement, [pair.evidence]).verdict != "supported" for pair in pairs]
    return Power(sum(flagged), len(flagged))
