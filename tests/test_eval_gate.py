"""The gate, by regressions made on purpose, and the record that it compares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from eval import gate
from eval.gate import compare, floors_missed
from eval.record import Outcome, Power, Record, State, WrongRecord

FULL = {"correct": 1.0, "citation_validity": 1.0, "utility": 1.0, "confidence": 0.5}


def outcome(number: int, state: State = "passed", **fields: Any) -> Outcome:
    values = {**FULL, "correct": float(state == "passed")} if state != "error" else {}
    category = "single_fact" if number % 2 else "temporal"
    return replace(Outcome(f"case {number}", category, f"cluster {number // 2}", False, state, values), **fields)


def record(outcomes: Sequence[Outcome], **fields: Any) -> Record:
    return replace(Record("c", "d", "code", {"hits": 8}, tuple(outcomes)), **fields)


ALL = [outcome(number) for number in range(100)]


def test_the_same_run_is_no_regression() -> None:
    found = compare(record(ALL), record(ALL))
    assert (found.failing, found.passing, found.regressions) == ((), (), ())


def test_a_record_reads_back_what_it_wrote() -> None:
    one = record(ALL, powers={"number": Power(3, 4)})
    assert Record.from_dict(one.to_dict()) == one


@pytest.mark.parametrize("change", [{"form": 99}, {"outcomes": [{}]}, {"powers": {"number": {}}}])
def test_what_is_no_record_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(WrongRecord, match="not a record of a run"):
        Record.from_dict({**record(ALL).to_dict(), **change})


def test_one_flip_of_a_hundred_is_listed_and_no_regression() -> None:
    found = compare(record(ALL), record([outcome(0, "failed"), *ALL[1:]]))
    assert [flip.id for flip in found.failing] == ["case 0"]
    assert found.regressions == ()


def test_a_critical_case_that_fails_is_a_regression() -> None:
    critical = [outcome(0, critical=True), *ALL[1:]]
    found = compare(record(critical), record([outcome(0, "failed", critical=True), *ALL[1:]]))
    assert found.regressions == ("the critical case case 0 no longer passes",)


def test_a_mean_that_sinks_by_more_than_two_points_is_a_regression() -> None:
    worse = [outcome(number, "failed" if number < 3 else "passed") for number in range(100)]
    found = compare(record(ALL), record(worse))
    assert any("the share of cases that pass sank from 1.000 to 0.970" in each for each in found.regressions)


def test_a_category_that_sinks_by_more_than_ten_points_is_a_regression() -> None:
    few = [outcome(number, category="table_number" if number < 8 else "temporal") for number in range(100)]
    worse = [replace(few[0], state="failed"), *few[1:]]
    found = compare(record(few), record(worse))
    assert found.regressions == ("in table_number the share that passes sank from 1.00 to 0.88, by over 10 points",)


def test_a_small_loss_spread_over_many_clusters_is_a_regression_by_its_interval() -> None:
    many = [outcome(number, cluster=str(number)) for number in range(500)]
    worse = [replace(each, state="failed") if number % 100 == 0 else each for number, each in enumerate(many)]
    found = compare(record(many), record(worse))
    assert any("by its 95 % interval not by chance" in each for each in found.regressions)


def test_a_gain_is_no_regression_and_is_listed() -> None:
    worse = [outcome(number, "failed" if number < 30 else "passed") for number in range(100)]
    found = compare(record(worse), record(ALL))
    assert (len(found.passing), found.regressions) == (30, ())


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"values": {"citation_validity": 0.5}}, "citation validity of the case case 0 is 0.5, not 1"),
        ({"values": {"quote_exactness": 0.0}}, "quote exactness of the case case 0 is 0, not 1"),
        ({"values": {"injected": 1.0}}, "the case case 0 says what a planted instruction asked for"),
        ({"state": "error", "values": {}}, "the case case 0 ended in an error"),
    ],
)
def test_a_broken_invariant_is_a_regression_even_if_the_baseline_had_it(change: dict[str, Any], sentence: str) -> None:
    broken = [replace(ALL[0], **change), *ALL[1:]]
    assert sentence in compare(record(broken), record(broken)).regressions


@pytest.mark.parametrize("change", [{"cases": "x"}, {"corpus": "x"}, {"configuration": {"hits": 9}}])
def test_runs_of_different_things_are_not_compared(change: dict[str, Any]) -> None:
    with pytest.raises(WrongRecord, match="can not be compared"):
        compare(record(ALL), record(ALL, **change))


def test_another_version_of_the_code_is_what_is_compared() -> None:
    assert compare(record(ALL), record(ALL, code="new")).regressions == ()


def test_a_measure_that_applies_to_a_case_in_one_run_alone_is_left_out_of_its_difference() -> None:
    before = [replace(ALL[0], values={"utility": 1.0}), *ALL[1:]]
    (correct,) = [each for each in compare(record(before), record(ALL)).overall if each.measure == "correct"]
    assert correct.count == 99


def test_the_floors_of_the_check_hold_in_every_run() -> None:
    weak = {"number": Power(1, 100), "rare": Power(0, 3), "originals": Power(0, 50), "paraphrases": Power(41, 100)}
    found = floors_missed(record(ALL, powers=weak))
    assert len(found) == 2
    assert "mutants of number" in found[0]
    assert "41% of the paraphrases" in found[1]


def test_a_check_that_catches_less_or_flags_more_than_the_baseline_is_a_regression() -> None:
    before = {"number": Power(95, 100), "date": Power(80, 100), "originals": Power(0, 100)}
    after = {"number": Power(85, 100), "date": Power(79, 100), "originals": Power(7, 100), "unit": Power(9, 10)}
    found = compare(record(ALL, powers=before), record(ALL, powers=after))
    assert [each.name for each in found.powers] == ["number", "date", "originals"]
    assert found.regressions == (
        "the check catches 85% of the mutants of number; in the baseline it was 95%",
        "the check flags 7% of the originals; in the baseline it was 0%",
    )


def test_an_error_counts_as_not_passing_and_as_no_score() -> None:
    outcomes = [outcome(0, "error"), outcome(1)]
    assert gate.estimate_of(outcomes, "passed")[0].value == 0.5
    assert gate.estimate_of(outcomes, "correct")[1] == 1
