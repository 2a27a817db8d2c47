"""Properties of the statistics: against a second way of computing them, and where they are not defined."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval import statistics
from eval.rouge import common_subsequence, rouge_l, rouge_l_precision
from eval.statistics import (
    Measure,
    area_under,
    auroc,
    balanced_accuracy,
    best_threshold,
    calibration,
    estimate,
    f1_unfaithful,
    mean,
    recall_at,
    risk_coverage,
    weights,
)

QUICK = settings(deadline=None, max_examples=50)
ITEMS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 1)), min_size=1, max_size=30)


def on_all(measure: Measure, count: int) -> float:
    return float(measure(np.ones((1, count)))[0])


@QUICK
@given(ITEMS)
def test_auroc_is_the_chance_that_a_faithful_item_scores_above_an_unfaithful_one(items: list[tuple[int, int]]) -> None:
    scores, labels = [score for score, _ in items], [label for _, label in items]
    pairs = [(one, other) for one, label in items if label for other, different in items if not different]
    found = on_all(auroc(scores, labels), len(items))
    if not pairs:
        assert math.isnan(found)
        return
    wins = sum((one > other) + 0.5 * (one == other) for one, other in pairs)
    assert found == pytest.approx(wins / len(pairs))


@QUICK
@given(ITEMS)
def test_an_item_drawn_twice_counts_as_two_items(items: list[tuple[int, int]]) -> None:
    scores, labels = [float(score) for score, _ in items], [label for _, label in items]
    times = weights(range(len(items)), resamples=1)[0].astype(int)
    again = [item for item, count in zip(items, times, strict=True) for _ in range(count)]
    kept = [label for _, label in again]

    def agree(weighted: Measure, written_out: Measure) -> bool:
        one = float(weighted(times[None, :].astype(float))[0])
        return one == pytest.approx(on_all(written_out, len(again)), nan_ok=True)

    assert agree(auroc(scores, labels), auroc([score for score, _ in again], kept))
    called, recalled = [int(score > 3) for score in scores], [int(score > 3) for score, _ in again]
    assert agree(balanced_accuracy(called, labels), balanced_accuracy(recalled, kept))
    assert agree(f1_unfaithful(called, labels), f1_unfaithful(recalled, kept))


@QUICK
@given(ITEMS)
def test_recall_at_false_alarms_flags_at_most_that_share_of_the_faithful(items: list[tuple[int, int]]) -> None:
    faithful = [score for score, label in items if label]
    unfaithful = [score for score, label in items if not label]
    found = on_all(recall_at([s for s, _ in items], [label for _, label in items], false_alarms=0.1), len(items))
    if not faithful or not unfaithful:
        assert math.isnan(found)
        return
    allowed = [at for at in range(8) if sum(score < at for score in faithful) <= 0.1 * len(faithful)]
    assert found == pytest.approx(max(sum(score < at for score in unfaithful) for at in allowed) / len(unfaithful))


@QUICK
@given(st.lists(st.tuples(st.floats(-1, 1), st.integers(0, 4)), min_size=1, max_size=40))
def test_the_interval_of_a_mean_holds_it_or_lies_at_it(items: list[tuple[float, int]]) -> None:
    values, clusters = [value for value, _ in items], [cluster for _, cluster in items]
    found = mean(values, clusters)
    assert found.value == pytest.approx(sum(values) / len(values))
    assert found.low is not None
    assert found.high is not None
    assert min(values) - 1e-9 <= found.low <= found.high <= max(values) + 1e-9


def test_items_of_one_cluster_are_drawn_together() -> None:
    drawn = weights(["a", "b", "a"])
    assert (drawn[:, 0] == drawn[:, 2]).all()
    assert (drawn[:, 0] + drawn[:, 1] == 2).all()


def test_clusters_widen_an_interval() -> None:
    values = [1.0] * 20 + [0.0] * 20
    apart, together = mean(values, range(40)), mean(values, [place // 10 for place in range(40)])
    assert together.high - together.low > apart.high - apart.low  # type: ignore[operator]


def test_the_same_input_gives_the_same_interval() -> None:
    assert mean([0, 1, 1, 0.5], "abcd") == mean([0, 1, 1, 0.5], "abcd")


def test_what_is_not_defined_is_none() -> None:
    assert mean([], []).value is None
    assert estimate(auroc([1, 2], [1, 1]), "ab").value is None
    assert str(mean([], [])) == "–"
    assert area_under(risk_coverage([(None, True)])) is None
    assert calibration([]) is None


def test_balanced_accuracy_and_f1_by_hand() -> None:
    called, labels = [1, 1, 0, 0], [1, 0, 0, 1]
    assert on_all(balanced_accuracy(called, labels), 4) == 0.5
    assert on_all(f1_unfaithful(called, labels), 4) == 0.5
    assert best_threshold([0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1]) == (0.8, 1.0)


def test_risk_falls_on_those_answered_and_coverage_on_all() -> None:
    curve = risk_coverage([(0.9, False), (0.5, True), (0.5, False), (None, True)])
    assert curve == [(0.25, 0.0), (0.75, 1 / 3)]
    assert area_under(curve) == pytest.approx((0.25 * 0 + 0.5 / 3) / 0.75)


@QUICK
@given(st.lists(st.tuples(st.sampled_from([None, 0.1, 0.5]), st.booleans()), max_size=12))
def test_the_risk_curve_does_not_depend_on_the_order(outcomes: list[tuple[float | None, bool]]) -> None:
    assert risk_coverage(outcomes) == risk_coverage(outcomes[::-1])


def test_calibration_by_hand() -> None:
    found = calibration([(1.0, True), (0.95, False), (0.05, False)])
    assert found is not None
    assert [(each.answers, each.accuracy) for each in found.bins] == [(1, 0.0), (2, 0.5)]
    assert found.expected_error == pytest.approx((0.05 + 2 * 0.475) / 3)
    assert found.brier == pytest.approx((0 + 0.95**2 + 0.05**2) / 3)


@QUICK
@given(st.text("abc", max_size=12), st.text("abc", max_size=12))
def test_the_common_subsequence_is_that_of_the_textbook(one: str, other: str) -> None:
    rows = [[0] * (len(other) + 1)]
    for left in one:
        row = [0]
        for place, right in enumerate(other):
            row.append(rows[-1][place] + 1 if left == right else max(row[-1], rows[-1][place + 1]))
        rows.append(row)
    assert common_subsequence(one, other) == rows[-1][-1]


def test_rouge_l_is_the_f_measure_of_the_common_subsequence() -> None:
    assert rouge_l("The cat sat.", "the CAT has sat down") == pytest.approx(2 * 1 * 0.6 / 1.6)
    assert rouge_l_precision("The cat sat.", "the CAT has sat down") == 1
    assert rouge_l("", "x") == rouge_l("x", "") == 0


def test_the_seed_is_fixed() -> None:
    assert weights("abc", resamples=2).tolist() == weights("abc", resamples=2).tolist()
    assert isinstance(statistics.SEED, int)
