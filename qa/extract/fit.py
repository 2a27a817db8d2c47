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
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from qa.extract.abstain import decision_features, is_answered, log_odds
from qa.extract.evidence import Evidence, weigh
from qa.extract.model import Learned, probability
from qa.extract.question import Question, understand
from qa.extract.reason import unmentioned
from qa.extract.score import ranked, sentence_features
from qa.text.words import rarity
from qa.types import Passage, Sentence, Span

Array = npt.NDArray[np.float64]

FOLDS = 5

# How much each set counts, shared out among its questions: what people ask of documents most, and what is hard.
SENTENCE_SHARES = {
    "clapnq": 2.0,
    "new_wiki": 1.0,
    "wikiqa": 1.0,
    "selqa": 0.5,
    "cast": 0.5,
    "reddit": 0.2,
    "amazon_reviews": 0.2,
}
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
CALIBRATION = ("clapnq", "")
"""The set and contrast whose questions the confidence is calibrated on."""

THRESHOLD = 0.5
"""Even odds. The utility is flat from 0.45 to 0.6 (`utilities`), whatever share of the questions has an answer."""

THRESHOLD_UNRELATED = 0.65
"""Of the plain questions of which names alone were found, with even odds or a little better, half have no answer."""


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


@dataclass(frozen=True, slots=True)
class Outcome:
    """The probability that a case has an answer, whether it is answered, and whether its best sentence is right."""

    chance: float
    log_odds: float
    answered: bool
    right: bool


def main(path: Path, *, write: bool) -> None:
    """Fit, print the figures, and write the weights where asked to."""
    cases = list(cases_of(path))
    print(f"{len(cases)} questions")
    held_out: list[Outcome] = [Outcome(0.0, 0.0, False, False)] * len(cases)
    for fold in range(FOLDS):
        found = fit(cases, [case.fold != fold for case in cases])
        for at, case in enumerate(cases):
            if case.fold == fold:
                held_out[at] = outcome(case, found)
    report(cases, held_out)
    utilities(cases, held_out)
    found = fit(cases, [True] * len(cases))
    slope, intercept = calibrated(cases, held_out)
    plain = {
        "sentence": {name: round(value, 3) for name, value in found.sentence.items()},
        "answerable": {name: round(value, 3) for name, value in found.answerable.items()},
        "intercept": round(found.intercept, 3),
        "threshold": found.threshold,
        "threshold_unrelated": found.threshold_unrelated,
        "calibration": [round(slope, 3), round(intercept, 3)],
    }
    print(json.dumps(plain, indent=2))
    if write:
        Path(__file__).with_name("coefficients.json").write_text(json.dumps(plain, indent=2) + "\n", "utf-8")


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


def fit(cases: Sequence[Case], train: Sequence[bool]) -> Learned:
    """What is learned from those of the cases that are for training."""
    kept = [case for case, flag in zip(cases, train, strict=True) if flag]
    sentence = fit_sentence(kept)
    best = [ranked(case.question, case.evidence, weights=sentence)[0].candidate for case in kept]
    features = [decision_features(case.question, case.evidence, each) for case, each in zip(kept, best, strict=True)]
    names = list(features[0])
    rows = np.array([[each[name] for name in names] for each in features])
    shares = shares_of(kept)
    weights, intercept = fit_answerable(kept, rows, shares)
    answerable = dict(zip(names, (float(each) for each in weights), strict=True))
    return Learned(sentence, answerable, intercept, THRESHOLD, THRESHOLD_UNRELATED)


def fit_sentence(cases: Sequence[Case]) -> dict[str, float]:
    """Weights under which a right sentence is chosen among those of its question, by Newton's method."""
    kept = [
        case
        for case in cases
        if case.answerable and case.right.any() and not case.right.all() and case.set in SENTENCE_SHARES
    ]
    number = Counter(case.set for case in kept)
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


def fit_answerable(cases: Sequence[Case], rows: Array, shares: Array) -> tuple[Array, float]:
    """Weights and intercept of a logistic regression, by Newton's method."""
    labels = np.array([float(case.answerable) for case in cases])
    design = np.column_stack([rows, np.ones(len(rows))])
    weights = np.zeros(design.shape[1])
    penalty = np.diag([1.0] * rows.shape[1] + [0.0])
    for _ in range(50):
        chance = chances(design @ weights)
        gradient = design.T @ (shares * (labels - chance)) - penalty @ weights
        curvature = (design * (shares * chance * (1 - chance))[:, None]).T @ design + penalty
        step = np.linalg.solve(curvature, gradient)
        weights = weights + step
        if np.abs(step).max() < 1e-6:
            break
    return weights[:-1], float(weights[-1])


def shares_of(cases: Sequence[Case]) -> Array:
    """How much each case counts: its set at its share, the answerable and the unanswerable of a set alike."""
    keys = [(case.set, case.contrast, case.answerable) for case in cases]
    number = Counter(keys)
    whole = {
        name: sum(share for (other, _), share in ANSWERABLE_SHARES.items() if other == name) for name, _, _ in number
    }
    side: Counter[tuple[str, bool]] = Counter()
    for name, contrast, answerable in number:
        side[name, answerable] += ANSWERABLE_SHARES.get((name, contrast), 0.0)  # type: ignore[assignment]  # of floats
    return np.array(
        [
            300 * ANSWERABLE_SHARES.get((name, contrast), 0.0) * whole[name] / (side[name, answerable] or 1.0)
            / number[name, contrast, answerable]
            for name, contrast, answerable in keys
        ]
    )  # fmt: skip


def chances(logits: Array) -> Array:
    """1 / (1 + e^-logit), of each."""
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -30, 30))), float)


def outcome(case: Case, found: Learned) -> Outcome:
    """What the answerer would do with a case."""
    order = ranked(case.question, case.evidence, weights=found.sentence)
    best = order[0].candidate
    given = not unmentioned(case.question, case.evidence) and is_answered(
        case.question, case.evidence, order, learned=found
    )
    at = next(at for at, each in enumerate(case.evidence.candidates) if each is best)
    odds = log_odds(case.question, case.evidence, best, learned=found)
    return Outcome(probability(odds), odds, given, bool(case.right[at]))


def calibrated(cases: Sequence[Case], outcomes: Sequence[Outcome]) -> tuple[float, float]:
    """Slope and intercept of a logistic regression of "has an answer" on the log odds, held out, of the questions as
    CLAPnq has them: the one set in which both kinds were asked by people who did not know the text (Platt, 1999)."""
    pairs = [pair for pair in zip(cases, outcomes, strict=True) if (pair[0].set, pair[0].contrast) == CALIBRATION]
    weights, intercept = fit_answerable(
        [case for case, _ in pairs], np.array([[each.log_odds] for _, each in pairs]), np.ones(len(pairs))
    )
    told = chances(np.array([each.log_odds for _, each in pairs]) * weights[0] + intercept)
    labels = np.array([float(case.answerable) for case, _ in pairs])
    bins = np.digitize(told, np.arange(0.1, 1.0, 0.1))
    error = sum(abs(float((told - labels)[bins == each].sum())) for each in range(10)) / len(pairs)
    print(f"calibration on {len(pairs)}: expected error {error:.3f}, Brier {float(((told - labels) ** 2).mean()):.3f}")
    return float(weights[0]), intercept


def report(cases: Sequence[Case], outcomes: Sequence[Outcome]) -> None:
    """For each set and way in which its unanswerable questions came about: how they fare, each held out."""
    print("set, contrast: answerable/unanswerable, best sentence right, AUROC, answered, noticed")
    pairs = list(zip(cases, outcomes, strict=True))
    for name, contrast in sorted({(case.set, case.contrast) for case in cases}):
        own = "pool" if contrast == "pool" else ""
        positive = [each for case, each in pairs if case.set == name and case.answerable and case.contrast == own]
        negative = [
            each for case, each in pairs if (case.set, case.contrast) == (name, contrast) and not case.answerable
        ]
        right = mean([each.right for each in positive])
        area = roc([each.chance for each in positive], [each.chance for each in negative])
        answered, noticed = mean([each.answered for each in positive]), mean([not each.answered for each in negative])
        figures = ", ".join(f"{each:.3f}" for each in (right, area, answered, noticed))
        print(f"{name} {contrast or '-'}: {len(positive)}/{len(negative)}, {figures}")


def utilities(cases: Sequence[Case], outcomes: Sequence[Outcome]) -> None:
    """What thresholds are worth: an answer where there is one counts 1, where there is none -1, abstaining 0 and 1."""
    shares = shares_of(cases)
    labels = np.array([case.answerable for case in cases])
    chance = np.array([each.chance for each in outcomes])
    thresholds = [step / 20 for step in range(7, 15)]
    print("share of questions that have an answer: utility at", *thresholds)
    for share in (0.5, 0.6, 0.7):
        counts = shares * np.where(labels, share, 1 - share)
        worth = [
            float(counts @ np.where(labels, chance >= each, np.where(chance >= each, -1.0, 1.0)) / counts.sum())
            for each in thresholds
        ]
        print(f"{share}:", *(f"{each:.3f}" for each in worth))


def mean(values: Sequence[bool]) -> float:
    """Their share of True; not a number where there are none."""
    return sum(values) / len(values) if values else math.nan


def roc(positive: Sequence[float], negative: Sequence[float]) -> float:
    """The share of pairs in which the first is higher, ties half; not a number where a side is empty."""
    if not positive or not negative:
        return math.nan
    order = np.sort(negative)
    below = np.searchsorted(order, positive, "left")
    ties = np.searchsorted(order, positive, "right") - below
    return float((below + ties / 2).mean() / len(negative))


if __name__ == "__main__":
    main(Path(sys.argv[1]), write="--write" in sys.argv[2:])
