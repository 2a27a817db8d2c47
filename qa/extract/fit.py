"""Learns `coefficients.json` and says how good it is on questions that it was not learned from.

    python -m qa.extract.fit CASES.jsonl [--write]

CASES are questions with their passages, as `benchmarks/answer_cases.py` writes them. Two models, both linear: which
sentence of a text answers (conditional logit over the sentences of one question; McFadden, 1974), and whether any does
(logistic regression). Five folds by group for the figures, everything for the weights. Never imported by the product.
"""

from __future__ import annotations

import hashlib
import json
import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from qa.extract.abstain import decision_features
from qa.extract.evidence import Evidence, weigh
from qa.extract.model import learned
from qa.extract.question import Question, understand
from qa.extract.reason import unmentioned
from qa.extract.score import ranked, sentence_features
from qa.text.words import rarity
from qa.types import Passage, Sentence, Span

Array = npt.NDArray[np.float64]

FOLDS = 5

# How much each set counts, shared out among its questions: what people ask of documents most, and what is hard.
SENTENCE_SHARES = {"clapnq": 2.0, "new_wiki": 1.0, "wikiqa": 1.0, "selqa": 0.5, "cast": 0.5, "reddit": 0.2, "amazon_reviews": 0.2}
ANSWERABLE_SHARES = {
    ("clapnq", ""): 2.0,
    ("clapnq", "pool"): 1.0,
    ("new_wiki", ""): 1.0,
    ("new_wiki", "other"): 0.3,
    ("new_wiki", "cut"): 0.2,
    ("new_wiki", "swap"): 0.5,
    ("new_wiki", "pool"): 1.0,
    ("wikiqa", ""): 0.6,
    ("wikiqa", "swap"): 0.5,
    ("twins", ""): 0.4,
    ("selqa", ""): 0.2,
    ("cast", ""): 0.2,
    ("reddit", ""): 0.1,
    ("amazon_reviews", ""): 0.1,
    ("reddit", "cut"): 0.05,
    ("amazon_reviews", "cut"): 0.05,
}
# The features that the decision uses, of all that `decision_features` names.
USED = (
    "similarity",
    "coverage",
    "coverage_passage",
    "coverage_relation",
    "missing_name",
    "missing_number",
    "lacks_quantity",
    "lacks_time",
    "lacks_person",
    "lacks_name",
    "negation",
    "qualifier",
)


@dataclass(frozen=True, slots=True)
class Case:
    """A question of a set, read once; `right` are the flags of its sentences, `features` one row a sentence."""

    set: str
    contrast: str
    fold: int
    answerable: bool
    question: Question
    evidence: Evidence
    right: npt.NDArray[np.bool_]
    features: Array


def main(path: Path, *, write: bool) -> None:
    """Fit, print the figures, and write the weights where asked to."""
    cases = list(cases_of(path))
    print(f"{len(cases)} questions")
    everything = np.ones(len(cases), bool)
    chance = np.zeros(len(cases))
    for fold in range(FOLDS):
        train = np.array([case.fold != fold for case in cases])
        sentence = fit_sentence(cases, train)
        rows = decision_rows(cases, sentence)
        weights, intercept = fit_answerable(cases, rows, train)
        chance[~train] = probabilities(rows[~train] @ weights + intercept)
    report(cases, chance)
    sentence = fit_sentence(cases, everything)
    rows = decision_rows(cases, sentence)
    weights, intercept = fit_answerable(cases, rows, everything)
    found = {
        "sentence": {name: round(value, 3) for name, value in sentence.items()},
        "answerable": dict(zip(USED, (round(float(each), 3) for each in weights), strict=True)),
        "intercept": round(intercept, 3),
        "threshold": best_threshold(cases, chance),
    }
    print(json.dumps(found, indent=2))
    if write:
        Path(__file__).with_name("coefficients.json").write_text(json.dumps(found, indent=2) + "\n", "utf-8")


def cases_of(path: Path) -> Iterator[Case]:
    """The cases of a file, those left out where nothing could be shown."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            question = understand(row["question"], rarity=rarity)
            evidence = weigh(question, sentences_of(row))
            if not any(each.usable for each in evidence.candidates):
                continue
            features = [list(sentence_features(question, evidence, each).values()) for each in evidence.candidates]
            right = [bool(flag) for passage in row["passages"] for flag in passage["right"]]
            fold = int(hashlib.md5(row["group"].encode(), usedforsecurity=False).hexdigest(), 16) % FOLDS
            yield Case(
                set=row["set"],
                contrast=row["contrast"],
                fold=fold,
                answerable=row["answerable"],
                question=question,
                evidence=evidence,
                right=np.array(right),
                features=np.array(features),
            )


def sentences_of(row: Mapping[str, Any]) -> list[Sentence]:
    """The sentences of a case as `extract` takes them; each passage stands in a file of its own."""
    found: list[Sentence] = []
    for number, each in enumerate(row["passages"]):
        spans = tuple(Span(*span) for span in each["sentences"])
        passage = Passage(f"{number}.txt", 0, len(each["text"]), each["text"], each["title"], None, spans)
        found += [
            Sentence(passage, span.start, span.end, similarity)
            for span, similarity in zip(spans, each["similarities"], strict=True)
        ]
    return found


def fit_sentence(cases: Sequence[Case], train: npt.NDArray[np.bool_]) -> dict[str, float]:
    """Weights under which a right sentence is chosen among those of its question, by Newton's method."""
    kept = [
        case
        for case, kept in zip(cases, train, strict=True)
        if kept and case.answerable and case.right.any() and not case.right.all() and case.set in SENTENCE_SHARES
    ]
    number = {name: sum(case.set == name for case in kept) for name in SENTENCE_SHARES}
    names = list(sentence_features(kept[0].question, kept[0].evidence, kept[0].evidence.candidates[0]))
    weights = np.zeros(len(names))
    for _ in range(30):
        gradient, curvature = -0.02 * weights, 0.02 * np.eye(len(names))
        for case in kept:
            share = SENTENCE_SHARES[case.set] * 1000 / number[case.set]
            scores = case.features @ weights
            odds = np.exp(scores - scores.max())
            among_right = odds * case.right / max(float(odds @ case.right), 1e-12)
            among_all = odds / odds.sum()
            mean = among_all @ case.features
            gradient = gradient + share * (among_right @ case.features - mean)
            spread = (case.features - mean) * among_all[:, None]
            curvature = curvature + share * (spread.T @ (case.features - mean))
        step = np.linalg.solve(curvature, gradient)
        weights = weights + step
        if np.abs(step).max() < 1e-4:
            break
    return dict(zip(names, (float(each) for each in weights), strict=True))


def decision_rows(cases: Sequence[Case], sentence: Mapping[str, float]) -> Array:
    """The decision's features of each case, its best sentence chosen by these weights."""
    rows = []
    for case in cases:
        best = ranked(case.question, case.evidence, weights=sentence)[0].candidate
        features = decision_features(case.question, case.evidence, best)
        rows.append([features[name] for name in USED])
    return np.array(rows)


def fit_answerable(cases: Sequence[Case], rows: Array, train: npt.NDArray[np.bool_]) -> tuple[Array, float]:
    """Logistic regression by Newton's method, each set at its share, its answerable and unanswerable half at half of it."""
    shares = sample_shares(cases) * train
    labels = np.array([float(case.answerable) for case in cases])
    design = np.column_stack([rows, np.ones(len(rows))])
    weights = np.zeros(design.shape[1])
    penalty = np.diag([1.0] * rows.shape[1] + [0.0])
    for _ in range(50):
        chance = probabilities(design @ weights)
        gradient = design.T @ (shares * (labels - chance)) - penalty @ weights
        curvature = (design * (shares * chance * (1 - chance))[:, None]).T @ design + penalty
        step = np.linalg.solve(curvature, gradient)
        weights = weights + step
        if np.abs(step).max() < 1e-6:
            break
    return weights[:-1], float(weights[-1])


def sample_shares(cases: Sequence[Case]) -> Array:
    """The weight of each case: contrasts share the answerable questions of their set, as much as they weigh together."""
    keys = [(case.set, case.contrast, case.answerable) for case in cases]
    number = {key: keys.count(key) for key in set(keys)}
    total: dict[tuple[str, bool], float] = {}
    for name, contrast, answerable in number:
        key = (name, answerable)
        total[key] = total.get(key, 0.0) + ANSWERABLE_SHARES.get((name, contrast), 0.0)
    found = []
    for name, contrast, answerable in keys:
        share = ANSWERABLE_SHARES.get((name, contrast), 0.0)
        # The answerable side of a set weighs as much as its unanswerable side, whatever contrasts that is made of.
        even = sum(value for (other, c), value in ANSWERABLE_SHARES.items() if other == name) / max(total[name, answerable], 1e-9)
        found.append(300 * share * even / number[name, contrast, answerable])
    return np.array(found)


def probabilities(logits: Array) -> Array:
    """1 / (1 + e^-logit), of each."""
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -30, 30))), float)


def report(cases: Sequence[Case], chance: Array) -> None:
    """For each set: how often a right sentence is the best, the area under the ROC curve, and what thresholds would do."""
    hard = np.array([bool(unmentioned(case.question, case.evidence)) for case in cases])
    thresholds = (0.4, 0.45, 0.5, 0.55, 0.6)
    print("set, contrast: n answerable/unanswerable, AUROC, then answered/caught at", *thresholds, "| names not mentioned")
    kinds = sorted({(case.set, case.contrast) for case in cases})
    answerable = np.array([case.answerable for case in cases])
    for name, contrast in kinds:
        positive = np.array([case.set == name and case.answerable and (case.contrast in (contrast, "") ) for case in cases])
        if contrast == "pool":
            positive = np.array([case.set == name and case.answerable and case.contrast == "pool" for case in cases])
        negative = np.array([(case.set, case.contrast) == (name, contrast) for case in cases]) & ~answerable
        points = " ".join(
            f"{np.mean(chance[positive] >= each) if positive.any() else math.nan:.2f}/"
            f"{np.mean(chance[negative] < each) if negative.any() else math.nan:.2f}"
            for each in thresholds
        )
        area = roc(chance[positive], chance[negative]) if positive.any() and negative.any() else math.nan
        rule = f"{hard[positive].mean() if positive.any() else 0:.3f}/{hard[negative].mean() if negative.any() else 0:.3f}"
        print(f"{name} {contrast or '-'}: {positive.sum()}/{negative.sum()} {area:.3f} {points} | {rule}")


def roc(positive: Array, negative: Array) -> float:
    """The share of pairs in which the answerable question has the higher probability, ties half."""
    order = np.sort(negative)
    below = np.searchsorted(order, positive, "left")
    ties = np.searchsorted(order, positive, "right") - below
    return float((below + ties / 2).mean() / len(negative))


def best_threshold(cases: Sequence[Case], chance: Array) -> float:
    """The threshold with the highest utility: an answer where there is one +1, where there is none -1, abstaining 0 and +1.

    Three of five questions that people ask of their documents are taken to have an answer.
    """
    shares = sample_shares(cases) * np.array([0.6 if case.answerable else 0.4 for case in cases])
    labels = np.array([case.answerable for case in cases])

    def utility(threshold: float) -> float:
        given = chance >= threshold
        worth = np.where(labels, given.astype(float), np.where(given, -1.0, 1.0))
        return float(worth @ shares)

    return round(max(np.arange(0.3, 0.71, 0.01), key=utility), 2)


if __name__ == "__main__":
    learned.cache_clear()
    main(Path(sys.argv[1]), write="--write" in sys.argv[2:])
