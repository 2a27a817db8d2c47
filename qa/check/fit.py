"""Labelled answers in, `coefficients.json` out, with the check's power on answers that it was not fitted on.

    python -m qa.check.fit FILE... [--write]

A row is {"set", "id", "cluster", "evidence": [text], "answer": text, "label": 1 faithful | 0 not}, and for RAGTruth
"spans", the places of the answer that are not supported. A monotone logistic regression: every coefficient keeps the
sign that its feature must have. An answer's log odds are a mix, fitted too, of its worst statement's and of the mean.
Every class of every set counts the same, times the weight below, so that the threshold 0.5 is the balanced one.

Which window a statement is held against depends on the coefficients that are there, so fitting once more moves them a
little: the figures printed by about .005.

Printed: five-fold cross-validation by cluster, then each set by the coefficients fitted on the others. No part of a
check.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy
from numpy.typing import NDArray

from qa.check.features import word_for_word
from qa.check.judge import Judge, verdict_on
from qa.check.score import CONTRADICTED, THRESHOLD
from qa.check.statements import claims

Floats = NDArray[numpy.float64]
Integers = NDArray[numpy.int64]

_RAISES = ("coverage", "order", "coverage above 0.55", "coverage above 0.7", "coverage above 0.85")
"""The features that speak for a statement; all others speak against it."""
_LOWERS = (
    "new", "substituted", "beside", "number", "number absent", "date", "date absent", "name", "name absent",
    "roles", "negation", "denial absent", "opposite", "alternative", "changed", "quantity", "strengthened", "hedge dropped", "quote",
    "speaker", "told as fact", "subject", "exchanged", "contrast", "cell",
)  # fmt: skip
_NAMES = (*_RAISES, *_LOWERS)
_WEIGHTS = {"summedits": 2.0, "begin": 0.5, "ragtruth_summary": 0.5}
"""How much a set counts; 1 if it is not listed. SummEdits is alone in what it asks for, the other two are less like
question answering than the rest."""
_OF_STATEMENTS = 0.4
"""How much the single statements of a set with spans count beside its answers."""
_FOLDS = 5
_STEPS = 2000
_RATE = 0.03
_SHRINKAGE = 1e-3


@dataclass(frozen=True, slots=True)
class Example:
    """An answer, or one statement of it: the features of its statements, one row each, and which are contradicted."""

    set: str
    cluster: str
    label: int
    rows: tuple[tuple[float, ...], ...]
    contradicted: tuple[bool, ...]
    weight: float


@dataclass(frozen=True, slots=True)
class Model:
    """Coefficients in the order of `_NAMES`, the intercept, and the share of the worst statement in an answer."""

    coefficients: Floats
    intercept: float
    worst: float


def main(arguments: Sequence[str]) -> None:
    """Read, fit, print; write the coefficients beside this module if asked to."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--write", action="store_true", help="replace coefficients.json")
    options = parser.parse_args(arguments)
    rows = [json.loads(line) for file in options.files for line in file.read_text("utf-8").splitlines() if line.strip()]
    with ProcessPoolExecutor(2) as pool:
        examples = [example for found in pool.map(_examples, rows, chunksize=20) for example in found]
    sys.stdout.write(_table(examples))
    if options.write:
        _write(_fitted(examples))


def _examples(row: dict[str, Any]) -> list[Example]:
    """The answer and, where its wrong spans are known, each of its statements."""
    judge = Judge(row["evidence"])
    statements = [(claim, *_features(judge, claim)) for claim in claims(row["answer"])]
    if not statements:
        return []
    weight = _WEIGHTS.get(row["set"], 1.0)
    rows, contradicted = tuple(each[1] for each in statements), tuple(each[2] for each in statements)
    found = [Example(row["set"], row["cluster"], row["label"], rows, contradicted, weight)]
    place = 0
    for claim, features, wrong in statements if "spans" in row else ():
        start = row["answer"].find(claim[:40], place)
        if start >= 0:
            place = start
            touched = any(begin < start + len(claim) - 3 and start < end - 3 for begin, end, *_ in row["spans"])
            name = f"{row['set']}, statements"
            found.append(
                Example(name, row["cluster"], int(not touched), (features,), (wrong,), _OF_STATEMENTS * weight)
            )
    return found


def _features(judge: Judge, claim: str) -> tuple[tuple[float, ...], bool]:
    """The features in the order of `_NAMES`, and whether the claim is contradicted."""
    if judge.verbatim(claim):
        found, wrong = word_for_word(), False
    elif examined := judge.examine(claim):
        found, wrong = examined.features, verdict_on(examined)[0] == "contradicted"
    else:
        found, wrong = {"new": 1.0}, False
    return tuple(found.get(name, 0.0) for name in _NAMES), wrong


def _table(examples: Sequence[Example]) -> str:
    """Five-fold cross-validation by cluster and leave-one-set-out, a line a set."""
    folds = numpy.array([_fold(example) for example in examples])
    sets = numpy.array([example.set for example in examples])
    labels = numpy.array([example.label for example in examples])
    scores = _held_out(examples, [folds == fold for fold in range(_FOLDS)])
    lines = [f"{'set':32}{'n':>6}  AUROC  BAcc@0.5  F1 unfaithful   left out: AUROC  BAcc"]
    for name in dict.fromkeys(sets):
        here = sets == name
        alone = _held_out(examples, [numpy.array([each.partition(",")[0] == name.partition(",")[0] for each in sets])])
        numbers = [
            auroc(scores[here], labels[here]),
            balanced(scores[here], labels[here]),
            f1(scores[here], labels[here]),
        ]
        numbers += [auroc(alone[here], labels[here]), balanced(alone[here], labels[here])]
        lines.append(f"{name:32}{here.sum():6}  " + "  ".join(f"{number:.3f}" for number in numbers))
    model = _fitted(examples)
    lines.append(f"worst {model.worst:.2f}, intercept {model.intercept:.2f}")
    lines += [f"  {name:22}{value:7.2f}" for name, value in zip(_NAMES, model.coefficients, strict=True)]
    return "\n".join(lines) + "\n"


def _fold(example: Example) -> int:
    return int(hashlib.md5(example.cluster.encode(), usedforsecurity=False).hexdigest(), 16) % _FOLDS


def _held_out(examples: Sequence[Example], parts: Sequence[NDArray[numpy.bool_]]) -> Floats:
    """Each part's scores by the model that was fitted on all the rest."""
    scores = numpy.zeros(len(examples))
    for part in parts:
        model = _fitted([example for example, inside in zip(examples, part, strict=True) if not inside])
        held = [example for example, inside in zip(examples, part, strict=True) if inside]
        scores[part] = _scores(held, model)
    return scores


def _fitted(examples: Sequence[Example]) -> Model:
    """Gradient descent (Adam, Kingma and Ba, 2015) on the weighted log loss, projected onto the signs."""
    data = _Data.of(examples)
    size = len(_NAMES)
    values, first, second = numpy.zeros(size + 2), numpy.zeros(size + 2), numpy.zeros(size + 2)
    values[-1] = 0.5
    for step in range(1, _STEPS + 1):
        gradient = data.gradient(values)
        gradient[:size] += _SHRINKAGE * values[:size]
        first = 0.9 * first + 0.1 * gradient
        second = 0.999 * second + 0.001 * gradient**2
        values -= _RATE * (first / (1 - 0.9**step)) / (numpy.sqrt(second / (1 - 0.999**step)) + 1e-9)
        values[: len(_RAISES)] = numpy.maximum(values[: len(_RAISES)], 0)
        values[len(_RAISES) : size] = numpy.minimum(values[len(_RAISES) : size], 0)
        values[-1] = min(1.0, max(0.0, values[-1]))
    return Model(values[:size], float(values[-2]), float(values[-1]))


def _scores(examples: Sequence[Example], model: Model) -> Floats:
    data = _Data.of(examples)
    return data.scores(numpy.concatenate([model.coefficients, [model.intercept, model.worst]]))


@dataclass(frozen=True, slots=True)
class _Data:
    """Examples as arrays: the features of all statements under each other, and the example that each belongs to."""

    rows: Floats
    contradicted: NDArray[numpy.bool_]
    owner: Integers
    starts: Integers
    counts: Integers
    labels: Floats
    weights: Floats

    @classmethod
    def of(cls, examples: Sequence[Example]) -> _Data:
        counts = numpy.array([len(example.rows) for example in examples])
        classes = Counter((example.set, example.label) for example in examples)
        return cls(
            rows=numpy.array([row for example in examples for row in example.rows]),
            contradicted=numpy.array([each for example in examples for each in example.contradicted]),
            owner=numpy.repeat(numpy.arange(len(examples)), counts),
            starts=numpy.concatenate([[0], numpy.cumsum(counts)[:-1]]),
            counts=counts,
            labels=numpy.array([float(example.label) for example in examples]),
            weights=numpy.array([each.weight / classes[(each.set, each.label)] for each in examples]),
        )

    def odds(self, values: Floats) -> tuple[Floats, NDArray[numpy.bool_]]:
        """The log odds of each statement, and whether it is held down because it is contradicted."""
        odds = self.rows @ values[:-2] + values[-2]
        most = numpy.log(CONTRADICTED / (1 - CONTRADICTED))
        held = self.contradicted & (odds > most)
        return numpy.where(held, most, odds), held

    def scores(self, values: Floats) -> Floats:
        """The score of each example."""
        odds, _ = self.odds(values)
        mean = numpy.bincount(self.owner, odds, minlength=len(self.counts)) / self.counts
        mixed = values[-1] * numpy.minimum.reduceat(odds, self.starts) + (1 - values[-1]) * mean
        return numpy.asarray(1 / (1 + numpy.exp(-numpy.clip(mixed, -30, 30))), dtype=numpy.float64)

    def gradient(self, values: Floats) -> Floats:
        """The gradient of the weighted log loss in coefficients, intercept and share of the worst."""
        odds, held = self.odds(values)
        least = numpy.minimum.reduceat(odds, self.starts)
        mean = numpy.bincount(self.owner, odds, minlength=len(self.counts)) / self.counts
        error = self.weights * (self.scores(values) - self.labels)
        is_least = odds == least[self.owner]
        shares = is_least / numpy.bincount(self.owner, is_least, minlength=len(self.counts))[self.owner]
        by_row = error[self.owner] * ((1 - values[-1]) / self.counts[self.owner] + values[-1] * shares) * ~held
        return numpy.concatenate([self.rows.T @ by_row, [by_row.sum(), (error * (least - mean)).sum()]])


def auroc(scores: Floats, labels: Integers) -> float:
    """The chance that a faithful answer scores above an unfaithful one, ties counting half."""
    faithful, other = scores[labels == 1], scores[labels == 0]
    if not len(faithful) or not len(other):
        return float("nan")
    above = (faithful[:, None] > other[None, :]).mean() + 0.5 * (faithful[:, None] == other[None, :]).mean()
    return float(above)


def balanced(scores: Floats, labels: Integers) -> float:
    """The mean of the shares of faithful and of unfaithful answers that the threshold tells right."""
    right = (scores >= THRESHOLD) == (labels == 1)
    return float(right[labels == 1].mean() + right[labels == 0].mean()) / 2


def f1(scores: Floats, labels: Integers) -> float:
    """F1 of finding the unfaithful answers."""
    found, wrong = scores < THRESHOLD, labels == 0
    return float(2 * (found & wrong).sum() / max(1, found.sum() + wrong.sum()))


def _write(model: Model) -> None:
    statement = {"intercept": round(model.intercept, 3)}
    statement |= {
        name: round(float(value), 3)
        for name, value in zip(_NAMES, model.coefficients, strict=True)
        if abs(value) >= 0.005
    }
    coefficients = {"statement": statement, "answer": {"worst": round(model.worst, 3)}}
    Path(__file__).with_name("coefficients.json").write_text(json.dumps(coefficients, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
