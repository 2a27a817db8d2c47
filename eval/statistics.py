"""Numbers in, estimates with intervals out. Pure, and the same for the same input: the seed is fixed.

Intervals are percentile bootstraps over clusters: whole clusters are drawn with replacement, because cases made from
one document, or answers to one question, are right and wrong together (Field and Welsh, 2007: Bootstrapping clustered
data). Every measure takes weights of shape (resamples, items), so that a resample is a row of weights and a bootstrap
is one call. What can not be computed is None, never NaN.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Measure = Callable[[Floats], Floats]
"""Weights of shape (resamples, items) -> the measure on each resample; NaN where it is not defined."""

RESAMPLES = 2000
SEED = 20250521


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value and the bounds of its 95 % interval; None where it is not defined."""

    value: float | None
    low: float | None
    high: float | None

    def __str__(self) -> str:
        if self.value is None:
            return "–"
        if self.low is None or self.high is None:
            return f"{self.value:.3f}"
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


class Bin(NamedTuple):
    """Answers whose confidence lies in [low, high): how many, their mean confidence, and the share that is right."""

    low: float
    high: float
    answers: int
    confidence: float
    accuracy: float


class Calibration(NamedTuple):
    """The bins that hold anything; the expected calibration error (Guo et al., 2017) and the Brier score (1950)."""

    bins: tuple[Bin, ...]
    expected_error: float
    brier: float


def estimate(measure: Measure, clusters: Sequence[Hashable], *, resamples: int = RESAMPLES) -> Estimate:
    """The measure on all items, each with weight 1, and its 95 % interval over the clusters."""
    if not clusters:
        return Estimate(None, None, None)
    value = float(measure(np.ones((1, len(clusters))))[0])
    drawn = measure(weights(clusters, resamples=resamples))
    defined = drawn[np.isfinite(drawn)]
    if not np.isfinite(value) or not len(defined):
        return Estimate(None, None, None)
    low, high = np.percentile(defined, [2.5, 97.5])
    return Estimate(value, float(low), float(high))


def weights(clusters: Sequence[Hashable], *, resamples: int = RESAMPLES) -> Floats:
    """How often each item is drawn: shape (resamples, items), equal within a cluster."""
    place = {cluster: index for index, cluster in enumerate(dict.fromkeys(clusters))}
    draws = np.random.default_rng(SEED).multinomial(len(place), [1 / len(place)] * len(place), size=resamples)
    return draws[:, [place[cluster] for cluster in clusters]].astype(np.float64)


def mean(values: Sequence[float], clusters: Sequence[Hashable]) -> Estimate:
    """The mean of the values. Of differences between pairs, it is the paired difference of the means."""
    column = np.asarray(values, dtype=np.float64)

    def measure(weight: Floats) -> Floats:
        return _ratio(weight @ column, weight.sum(axis=1))

    return estimate(measure, clusters)


def auroc(scores: Sequence[float], labels: Sequence[int]) -> Measure:
    """The chance that a faithful item (label 1) scores above an unfaithful one, ties counting half (Fawcett, 2006)."""
    ends, order, positive = _grouped(scores, labels)

    def measure(weight: Floats) -> Floats:
        faithful, unfaithful = _cumulated(weight[:, order], positive, ends)
        gained = np.diff(faithful, axis=1, prepend=0)
        below = (unfaithful + np.concatenate([np.zeros((len(weight), 1)), unfaithful[:, :-1]], axis=1)) / 2
        return _ratio((gained * below).sum(axis=1), faithful[:, -1] * unfaithful[:, -1])

    return measure


def recall_at(scores: Sequence[float], labels: Sequence[int], *, false_alarms: float) -> Measure:
    """The share of the unfaithful below the highest threshold that at most this share of the faithful is below."""
    ends, order, positive = _grouped(scores, labels)

    def measure(weight: Floats) -> Floats:
        faithful, unfaithful = _cumulated(weight[:, order], positive, ends)
        allowed = faithful <= false_alarms * faithful[:, -1:] + 1e-9
        caught = np.where(allowed, unfaithful, 0.0).max(axis=1)
        return np.where(faithful[:, -1] > 0, _ratio(caught, unfaithful[:, -1]), np.nan)

    return measure


def balanced_accuracy(called: Sequence[int], labels: Sequence[int]) -> Measure:
    """The mean of the share of the faithful called faithful and the share of the unfaithful called unfaithful."""
    right = np.asarray(called) == np.asarray(labels)
    positive = np.asarray(labels) == 1

    def measure(weight: Floats) -> Floats:
        shares = [_ratio(weight @ (right & side), weight @ side.astype(float)) for side in (positive, ~positive)]
        return (shares[0] + shares[1]) / 2

    return measure


def f1_unfaithful(called: Sequence[int], labels: Sequence[int]) -> Measure:
    """2 tp / (2 tp + fp + fn), where tp are the unfaithful that are called so."""
    said, is_so = np.asarray(called) == 0, np.asarray(labels) == 0

    def measure(weight: Floats) -> Floats:
        return _ratio(2 * (weight @ (said & is_so)), weight @ said.astype(float) + weight @ is_so.astype(float))

    return measure


def best_threshold(scores: Sequence[float], labels: Sequence[int]) -> tuple[float, float]:
    """The threshold with the best balanced accuracy on these very items, and that accuracy: an optimistic figure."""
    candidates = sorted(set(scores))
    calls = [
        ([int(score >= threshold) for score in scores], threshold) for threshold in candidates[:: _step(candidates)]
    ]
    one = np.ones((1, len(labels)))
    accuracy, threshold = max((float(balanced_accuracy(called, labels)(one)[0]), at) for called, at in calls)
    return threshold, accuracy


def risk_coverage(outcomes: Sequence[tuple[float | None, bool]]) -> list[tuple[float, float]]:
    """(coverage, risk) as the confidence that is asked for sinks (El-Yaniv and Wiener, 2010).

    An outcome is a confidence, None for an abstention, and whether the answer is wrong. Coverage is the share of all
    outcomes that are answered with at least that confidence, risk the share of these that is wrong. Equal confidences
    make one point, so the order of the outcomes does not matter.
    """
    told = sorted(((sure, wrong) for sure, wrong in outcomes if sure is not None), key=lambda each: -each[0])
    curve = []
    mistakes = 0
    for number, (sure, wrong) in enumerate(told, start=1):
        mistakes += wrong
        if number == len(told) or told[number][0] != sure:
            curve.append((number / len(outcomes), mistakes / number))
    return curve


def area_under(curve: Sequence[tuple[float, float]]) -> float | None:
    """The mean risk over the coverage reached, each risk holding from the point before it."""
    if not curve:
        return None
    before = [0.0, *(coverage for coverage, _ in curve[:-1])]
    held = sum((coverage - start) * risk for start, (coverage, risk) in zip(before, curve, strict=True))
    return held / curve[-1][0]


def calibration(outcomes: Sequence[tuple[float, bool]], *, bins: int = 10) -> Calibration | None:
    """How well confidences (0 to 1) foretell being right; None without outcomes.

    Expected error: the sum over the bins of |mean confidence - share right| weighted by their share of the outcomes.
    Brier: the mean of (confidence - right) squared.
    """
    if not outcomes:
        return None
    filled = []
    for number in range(bins):
        inside = [each for each in outcomes if min(int(each[0] * bins), bins - 1) == number]
        if inside:
            sure = sum(each[0] for each in inside) / len(inside)
            right = sum(each[1] for each in inside) / len(inside)
            filled.append(Bin(number / bins, (number + 1) / bins, len(inside), sure, right))
    error = sum(each.answers * abs(each.confidence - each.accuracy) for each in filled) / len(outcomes)
    brier = sum((sure - right) ** 2 for sure, right in outcomes) / len(outcomes)
    return Calibration(tuple(filled), error, brier)


def _grouped(scores: Sequence[float], labels: Sequence[int]) -> tuple[NDArray[np.intp], NDArray[np.intp], Floats]:
    """Where each run of equal scores ends in the ascending order, that order, and 1.0 for each faithful item in it."""
    values = np.asarray(scores, dtype=np.float64)
    order = np.argsort(values, kind="stable")
    ends = np.flatnonzero(np.append(np.diff(values[order]) > 0, True))
    return ends, order, (np.asarray(labels)[order] == 1).astype(np.float64)


def _cumulated(weight: Floats, positive: Floats, ends: NDArray[np.intp]) -> tuple[Floats, Floats]:
    """The weight of the faithful and of the unfaithful up to the end of each group: two of (resamples, groups)."""
    return np.cumsum(weight * positive, axis=1)[:, ends], np.cumsum(weight * (1 - positive), axis=1)[:, ends]


def _ratio(upper: Floats, lower: Floats) -> Floats:
    ratio: Floats = np.divide(upper, lower, out=np.full(len(upper), np.nan), where=lower > 0)
    return ratio


def _step(candidates: Sequence[float]) -> int:
    """So that no more than about 200 thresholds are tried."""
    return max(1, len(candidates) // 200)
