"""A question that asks two things is two questions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.text.questions import parts


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("When was it built, and how much did it cost?", ["When was it built?", "how much did it cost?"]),
        ("Who is the mayor? Where was she born?", ["Who is the mayor?", "Where was she born?"]),
        ("What was announced and by whom was it opposed?", ["What was announced?", "by whom was it opposed?"]),
        ("Who decides when the ban ends?", ["Who decides when the ban ends?"]),
        ("Why, and when?", ["Why, and when?"]),
        ("How do supply and demand work?", ["How do supply and demand work?"]),
    ],
)
def test_a_question_is_cut_where_another_one_begins(question: str, expected: list[str]) -> None:
    assert parts(question) == expected


@given(st.text(max_size=200))
def test_any_text_has_at_least_one_part(text: str) -> None:
    assert parts(text)
