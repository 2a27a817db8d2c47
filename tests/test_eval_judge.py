"""The judge of the suite: asked once for each content, read strictly, compared by Cohen's kappa."""

from __future__ import annotations

from pathlib import Path

import pytest
from scripted_llm import Fault, scripted_llm

from eval.checker import Checked, Labelled
from eval.judge import agreements, judged, kappa
from qa.types import ModelError

ITEMS = [
    Labelled("one", "1", "a", ("Micron failed the review.",), "Micron failed.", 1),
    Labelled("one", "2", "a", ("Micron failed the review.",), "Micron won.", 0),
    Labelled("two", "3", "b", ("The ban came in May.",), "The ban came in June.", 0),
]


def test_a_judge_is_asked_once_for_each_content(tmp_path: Path) -> None:
    def strict(prompt: str) -> str:
        return "It is all there.\nFAITHFUL" if "Micron failed.\n" in prompt else "The end is not.\n**UNFAITHFUL**."

    with scripted_llm(strict) as server:
        judge = f"openai-like/any@{server.url}/v1"
        assert judged(ITEMS, judge=judge, kept=tmp_path) == [True, False, False]
        assert judged(ITEMS, judge=judge, kept=tmp_path) == [True, False, False]
        assert len(server.requests) == 3


def test_what_is_no_verdict_is_none(tmp_path: Path) -> None:
    with scripted_llm("FAITHFUL, I think. Or not.") as server:
        assert judged(ITEMS[:1], judge=f"openai-like/any@{server.url}/v1", kept=tmp_path) == [None]


def test_a_judge_that_fails_is_an_error_and_nothing_is_kept(tmp_path: Path) -> None:
    with scripted_llm(Fault("401")) as server, pytest.raises(ModelError):
        judged(ITEMS[:1], judge=f"openai-like/any@{server.url}/v1", kept=tmp_path)
    assert not list(tmp_path.iterdir())


def test_kappa_is_cohens() -> None:
    """The example of Cohen (1960) in the form of https://en.wikipedia.org/wiki/Cohen%27s_kappa: 20, 5, 10, 15."""
    one = [True] * 25 + [False] * 25
    other = [True] * 20 + [False] * 5 + [True] * 10 + [False] * 15
    assert kappa(one, other) == pytest.approx(0.4)
    assert kappa([True, False], [True, False]) == 1
    assert kappa([True, True], [True, True]) is None
    assert kappa([], []) is None


def test_agreement_is_counted_for_each_set() -> None:
    found = [Checked(item, item.label == 1, 0.5) for item in ITEMS]
    one, two = agreements(found, [True, True, None])
    assert (one.count, one.judge_and_labels, one.check_and_labels) == (2, 0.0, 1.0)
    assert (two.without_verdict, two.judge_and_check) == (1, None)
