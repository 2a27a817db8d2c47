"""Labelled answers in, the power of `qa.check` on each set out.

A row is {"set", "id", "cluster", "evidence": [text], "answer": text, "label": 1 faithful | 0 not}; other fields are
left alone. Nothing is fitted here: the verdict and the threshold are those that the check has. Does not know how the
check works, nor what is printed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from eval.cases import WrongCases, rows_of
from eval.rouge import rouge_l_precision
from eval.statistics import Estimate, auroc, balanced_accuracy, best_threshold, estimate, f1_unfaithful, recall_at
from qa import check
from qa.check import THRESHOLD

FALSE_ALARMS = 0.10


@dataclass(frozen=True, slots=True)
class Labelled:
    """An answer with its evidence, and whether people found it faithful."""

    set: str
    id: str
    cluster: str
    evidence: tuple[str, ...]
    answer: str
    label: int


@dataclass(frozen=True, slots=True)
class Checked:
    """A labelled answer and what the check says of it."""

    item: Labelled
    supported: bool
    score: float


@dataclass(frozen=True, slots=True)
class Report:
    """The power of the check on one set.

    `by_length` and `by_overlap` are the AUROC of two trivial detectors, the shorter answer and RougeL's precision;
    `tuned` is the balanced accuracy of the threshold that is best on this very set, which no honest use can reach.
    """

    set: str
    count: int
    faithful: int
    auroc: Estimate
    balanced_accuracy: Estimate
    by_verdict: Estimate
    f1_unfaithful: Estimate
    recall_at_10: Estimate
    by_length: Estimate
    by_overlap: Estimate
    tuned: float
    tuned_threshold: float

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)


def load(paths: Sequence[Path]) -> list[Labelled]:
    """The rows of labelled files. Raises WrongCases, naming the line."""
    return [_labelled(row, where) for path in paths for where, row in rows_of(path)]


def checked(items: Iterable[Labelled], *, advance: Callable[[str], None] = lambda id: None) -> list[Checked]:
    """Each item held against its evidence."""
    found = []
    for item in items:
        result = check(item.answer, item.evidence)
        found.append(Checked(item, result.verdict == "supported", result.score))
        advance(item.id)
    return found


def reports(found: Sequence[Checked]) -> list[Report]:
    """One report a set, in the order in which the sets first appear."""
    names = dict.fromkeys(each.item.set for each in found)
    return [_report(name, [each for each in found if each.item.set == name]) for name in names]


def _report(name: str, found: Sequence[Checked]) -> Report:
    labels = [each.item.label for each in found]
    clusters = [each.item.cluster for each in found]
    scores = [each.score for each in found]
    called = [int(score >= THRESHOLD) for score in scores]
    by_verdict = [int(each.supported) for each in found]
    lengths = [-float(len(each.item.answer)) for each in found]
    overlaps = [rouge_l_precision(each.item.answer, " ".join(each.item.evidence)) for each in found]
    threshold, tuned = best_threshold(scores, labels)
    return Report(
        set=name,
        count=len(found),
        faithful=sum(labels),
        auroc=estimate(auroc(scores, labels), clusters),
        balanced_accuracy=estimate(balanced_accuracy(called, labels), clusters),
        by_verdict=estimate(balanced_accuracy(by_verdict, labels), clusters),
        f1_unfaithful=estimate(f1_unfaithful(called, labels), clusters),
        recall_at_10=estimate(recall_at(scores, labels, false_alarms=FALSE_ALARMS), clusters),
        by_length=estimate(auroc(lengths, labels), clusters),
        by_overlap=estimate(auroc(overlaps, labels), clusters),
        tuned=tuned,
        tuned_threshold=threshold,
    )


def _labelled(row: dict[str, Any], where: str) -> Labelled:
    try:
        evidence = row["evidence"]
        if not isinstance(evidence, list) or not all(isinstance(each, str) for each in evidence):
            raise ValueError("'evidence' must be a list of texts")
        if not isinstance(row["answer"], str):
            raise ValueError("'answer' must be a text")
        if row["label"] not in (0, 1):
            raise ValueError("'label' must be 1 for faithful or 0 for not")
        return Labelled(
            str(row["set"]), str(row["id"]), str(row["cluster"]), tuple(evidence), row["answer"], int(row["label"])
        )
    except KeyError as error:
        raise WrongCases(f"{where}: the field {error.args[0]!r} of a labelled answer is missing.") from error
    except ValueError as error:
        raise WrongCases(f"{where}: {error}.") from error
