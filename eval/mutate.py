"""Sentences changed on purpose, and what `qa.check` makes of them: the check's power on any corpus.

A mutant says something that its evidence does not; the check should not call it supported. What must not be flagged is
there too: the sentences of the documents as they stand (`originals`), and honest paraphrases of them written by hand
(`paraphrases`). `mutations` makes the mutants; this module only counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from eval.cases import PARAPHRASES, Corpus, WrongCases, folder_of, rows_of
from eval.mutations import mutations
from eval.record import Power
from qa import check
from qa.text.sentences import sentences


class Pair(NamedTuple):
    """A statement and the text that it is held against."""

    statement: str
    evidence: str


def powers(
    corpora: Sequence[Corpus], honest: Sequence[Pair], *, advance: Callable[[str], None] = lambda file: None
) -> dict[str, Power]:
    """What the check flags: of each operator's mutants, then of what says the same as its evidence."""
    mutants: dict[str, list[bool]] = {}
    originals: list[bool] = []
    for corpus in corpora:
        for file, document, other in documents(corpus.texts):
            for sentence in _claims(document):
                originals.append(_is_flagged(Pair(sentence, document)))
                for each in mutations(sentence, document, other):
                    flagged = _is_flagged(Pair(each.statement, each.evidence))
                    mutants.setdefault(each.operator, []).append(flagged)
            advance(file)
    found = {operator: _power(mutants[operator]) for operator in sorted(mutants)}
    found["originals"] = _power(originals)
    if honest:
        found["paraphrases"] = _power([_is_flagged(pair) for pair in honest])
    return found


def documents(texts: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """(file, its text, the text of the next file that is another), each text once and none that is empty."""
    files = {text: file for file, text in sorted(texts.items(), reverse=True) if text.strip()}
    listed = sorted((file, text) for text, file in files.items())
    following = [*listed[1:], *listed[:1]] if len(listed) > 1 else [("", "")]
    return [(file, text, other) for (file, text), (_, other) in zip(listed, following, strict=True)] if listed else []


def paraphrases(corpora: Sequence[Corpus]) -> list[Pair]:
    """The hand-written paraphrases of those corpora that come with the suite, each with its quote.

    Raises WrongCases where a quote is gone.
    """
    # With `--corpus` a case's corpus keeps its name and is another folder, about which no paraphrase was written.
    texts = {corpus.name: corpus.texts for corpus in corpora if corpus.folder == folder_of(corpus.name)}
    pairs = []
    for where, row in rows_of(PARAPHRASES):
        if row.get("corpus") not in texts:
            continue
        if row["quote"] not in texts[row["corpus"]].get(row["file"], ""):
            raise WrongCases(f"{where}: the quote does not occur in {row['file']!r}.")
        pairs.append(Pair(row["paraphrase"], row["quote"]))
    return pairs


def _claims(document: str) -> Iterator[str]:
    """The sentences of a document that claim something."""
    for span in sentences(document):
        sentence = document[span.start : span.end]
        if check(sentence, [sentence]).statements:
            yield sentence


def _is_flagged(pair: Pair) -> bool:
    return check(pair.statement, [pair.evidence]).verdict != "supported"


def _power(flagged: Sequence[bool]) -> Power:
    return Power(sum(flagged), len(flagged))
