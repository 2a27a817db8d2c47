"""The fusion of searches: pure, so its promises are properties."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.retrieve import fused, retrieve
from qa.types import Hit, Passage


def passage(number: int) -> Passage:
    return Passage(f"{number // 3}.txt", number % 3 * 10, number % 3 * 10 + 5, "Text.")


def hits(*scores: tuple[int, float]) -> list[Hit]:
    return [Hit(passage(number), score) for number, score in scores]


def numbers(found: Sequence[Hit]) -> list[int]:
    places = {passage(number): number for number in range(60)}
    return [places[hit.passage] for hit in found]


LISTS = st.lists(
    st.dictionaries(st.integers(0, 20), st.floats(-100, 100).map(lambda score: round(score, 3)), max_size=12),
    max_size=3,
).map(lambda found: [(sorted(hits(*each.items()), key=lambda hit: -hit.score), 0.5) for each in found])


def test_each_search_is_asked_the_same_and_for_more_than_is_wanted() -> None:
    asked = []

    def search(question: str, limit: int, files: Sequence[str] | None) -> list[Hit]:
        asked.append((question, limit, files))
        return hits((1, 1.0), (2, 0.5))

    found = retrieve("Why?", [(search, 0.5), (search, 0.5)], limit=1, files=["0.txt"], candidates=30)
    assert asked == [("Why?", 30, ["0.txt"])] * 2
    assert numbers(found) == [1]


def test_a_passage_that_both_searches_find_comes_before_those_that_one_finds() -> None:
    meaning = hits((1, 0.9), (2, 0.8), (3, 0.2))
    words = hits((4, 12.0), (2, 11.0), (5, 3.0))
    assert numbers(fused([(meaning, 0.5), (words, 0.5)], limit=9))[0] == 2


def test_a_score_counts_by_how_far_it_stands_out_not_by_its_size() -> None:
    meaning = hits((1, 0.51), (2, 0.50), (3, 0.49))
    words = hits((2, 300.0), (1, 200.0), (3, 100.0))
    assert numbers(fused([(meaning, 0.7), (words, 0.3)], limit=3)) == [1, 2, 3]
    assert numbers(fused([(meaning, 0.3), (words, 0.7)], limit=3)) == [2, 1, 3]


def test_with_the_whole_weight_on_one_search_the_order_is_its_own() -> None:
    meaning = hits((5, 0.9), (2, 0.8), (7, 0.1))
    words = hits((7, 3.0), (1, 1.0))
    assert numbers(fused([(meaning, 1.0), (words, 0.0)], limit=3))[:2] == [5, 2]
    assert numbers(fused([(meaning, 1.0)], limit=9)) == [5, 2, 7]


@pytest.mark.parametrize("words", [[], hits((2, 7.0))], ids=["none", "one"])
def test_a_search_that_finds_little_or_nothing_leaves_the_other_as_it_is_or_lifts_what_it_found(
    words: list[Hit],
) -> None:
    meaning = hits((1, 0.9), (2, 0.85), (3, 0.1))
    found = numbers(fused([(meaning, 0.7), (words, 0.3)], limit=3))
    assert found == ([2, 1, 3] if words else [1, 2, 3])


def test_nothing_found_is_nothing() -> None:
    assert fused([([], 0.7), ([], 0.3)], limit=8) == fused([], limit=8) == []


def test_equal_scores_are_ordered_by_file_and_place() -> None:
    alike = hits((9, 1.0), (4, 1.0), (0, 1.0), (1, 1.0))
    assert numbers(fused([(alike, 1.0)], limit=9)) == [0, 1, 4, 9]


@settings(deadline=None, max_examples=60)
@given(LISTS, st.integers(1, 9))
def test_the_hits_are_the_best_of_all_that_were_found_each_once(
    found: list[tuple[list[Hit], float]], limit: int
) -> None:
    everything = fused(found, limit=100)
    assert {hit.passage for hit in everything} == {hit.passage for hits, _ in found for hit in hits}
    assert len({hit.passage for hit in everything}) == len(everything)
    assert [hit.score for hit in everything] == sorted((hit.score for hit in everything), reverse=True)
    assert fused(found, limit=limit) == everything[:limit]


@settings(deadline=None, max_examples=60)
@given(LISTS)
def test_the_order_in_which_hits_and_searches_come_changes_nothing(found: list[tuple[list[Hit], float]]) -> None:
    shuffled = [(hits[::-1], weight) for hits, weight in found[::-1]]
    assert fused(shuffled, limit=100) == fused(found, limit=100)


@settings(deadline=None, max_examples=60)
@given(LISTS, st.floats(0.1, 50), st.floats(-10, 10))
def test_a_search_whose_scores_are_scaled_or_shifted_counts_the_same(
    found: list[tuple[list[Hit], float]], factor: float, shift: float
) -> None:
    other = [([Hit(hit.passage, hit.score * factor + shift) for hit in hits], weight) for hits, weight in found]
    before = {hit.passage: hit.score for hit in fused(found, limit=100)}
    for hit in fused(other, limit=100):
        assert hit.score == pytest.approx(before[hit.passage], abs=1e-4)
