"""Sentences changed on purpose, and what `qa.check` makes of them: the check's power on any corpus.

A mutant says something that its evidence does not; the check should not call it supported. What must not be flagged is
there too: the statements of the documents as they stand (`originals`), and honest paraphrases of them written by hand
(`paraphrases`). The mutants are made by `eval/mutations.py`, whose one public function is

    mutants(texts: Mapping[str, str]) -> Iterator[Mutant]

the texts of a corpus by file in, each mutant with the name of its operator out. This module only counts.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

from eval.cases import PARAPHRASES, Corpus, WrongCases, rows_of
from eval.record import Power
from qa import check


class Mutant(Protocol):
    """A statement that `evidence` does not support, made by `operator`: "number", "role swap", "other speaker"."""

    @property
    def operator(self) -> str: ...  # noqa: D102
    @property
    def text(self) -> str: ...  # noqa: D102
    @property
    def evidence(self) -> Sequence[str]: ...  # noqa: D102


class Pair(NamedTuple):
    """A statement and the texts that it is held against."""

    statement: str
    evidence: Sequence[str]


def powers(corpora: Sequence[Corpus], honest: Sequence[Pair]) -> dict[str, Power]:
    """What the check flags: of each operator's mutants, in the order of their names, then of what says the same."""
    pairs: dict[str, list[Pair]] = {}
    for corpus in corpora:
        for mutant in _mutants(corpus.texts):
            pairs.setdefault(mutant.operator, []).append(Pair(mutant.text, mutant.evidence))
    found = {name: _power(pairs[name]) for name in sorted(pairs)}
    found["originals"] = _originals(corpora)
    if honest:
        found["paraphrases"] = _power(honest)
    return found


def paraphrases(corpora: Sequence[Corpus]) -> list[Pair]:
    """The hand-written paraphrases of these corpora, each with its quote. Raises WrongCases where a quote is gone."""
    texts = {corpus.name: corpus.texts for corpus in corpora}
    pairs = []
    for where, row in rows_of(PARAPHRASES):
        if row.get("corpus") not in texts:
            continue
        if row["quote"] not in texts[row["corpus"]].get(row["file"], ""):
            raise WrongCases(f"{where}: the quote does not occur in {row['file']!r}.")
        pairs.append(Pair(row["paraphrase"], [row["quote"]]))
    return pairs


def _mutants(texts: Mapping[str, str]) -> Iterator[Mutant]:
    if importlib.util.find_spec("eval.mutations") is None:
        return
    make: Callable[[Mapping[str, str]], Iterator[Mutant]] = importlib.import_module("eval.mutations").mutants
    yield from make(texts)


def _power(pairs: Iterable[Pair]) -> Power:
    flagged = [check(pair.statement, pair.evidence).verdict != "supported" for pair in pairs]
    return Power(sum(flagged), len(flagged))


def _originals(corpora: Sequence[Corpus]) -> Power:
    """Every document held against itself, statement by statement."""
    verdicts = [
        finding.verdict
        for corpus in corpora
        for text in corpus.texts.values()
        for finding in check(text, [text]).statements
    ]
    return Power(sum(verdict != "supported" for verdict in verdicts), len(verdicts))
