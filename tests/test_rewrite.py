"""Follow-ups: what a question takes over from the conversation before it, and when it takes nothing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.rewrite import MOST_CARRIED, rewrite
from qa.text.words import words

MICRON = ("Why was Micron barred?", "Micron's products have serious network security risks, the CAC said. [1]")
MAO = (
    "Who spoke about the review of Micron?",
    "Chinese Foreign Ministry spokesperson Mao Ning said that the decision was made based on facts. [1]",
)


@pytest.mark.parametrize(
    "question",
    [
        "When was it announced?",
        "When was the ban announced?",
        "Who announced the decision?",
        "And in Europe?",
        "Why?",
        "How so?",
        "What did they say about Europe?",
        "What did the United States say about that?",
        "Is that legal?",
        "Were there others?",
        "What else was said?",
        "What about Huawei?",
        "Which of the products failed?",
    ],
)
def test_a_question_that_leans_on_the_last_one_takes_its_subject_over(question: str) -> None:
    rewritten = rewrite(question, [MICRON])
    assert rewritten is not None
    assert rewritten.startswith(question)
    assert "Micron" in rewritten


@pytest.mark.parametrize(
    "question",
    [
        "What is the capital of France?",
        "How many Chinese companies are on U.S. lists?",
        "What did Guo Jiakun say about the European Union?",
        "Who is Mao Ning?",
        "How do I reset my password?",
        "Is it true that Huawei was barred?",
        "How long does it take to become a lawyer?",
        "If a company is fined, can it appeal?",
        "Does the Prince of Wales have his own source of income?",
        "What happened in Taiwan this year?",
        "What is an enterprise?",
    ],
)
def test_a_change_of_subject_carries_nothing_over(question: str) -> None:
    assert rewrite(question, [MICRON]) is None


def test_without_a_conversation_nothing_is_rewritten() -> None:
    assert rewrite("When was it announced?", []) is None


def test_the_subject_is_handed_on_through_a_chain_of_short_questions() -> None:
    history = [MICRON, ("When was it announced?", "On May 21. [1]"), ("By whom?", "By the CAC. [1]")]
    assert "Micron" in str(rewrite("And why?", history))


def test_an_old_subject_is_gone_once_another_one_was_taken_up() -> None:
    history = [MICRON, ("What did Guo Jiakun say about the European Commission?", "He called it protectionism. [1]")]
    rewritten = str(rewrite("When did he say it?", history))
    assert "Guo Jiakun" in rewritten
    assert "Micron" not in rewritten


def test_he_and_she_are_who_the_last_answer_speaks_of() -> None:
    assert "Mao Ning" in str(rewrite("What else did she say?", [MAO]))


def test_words_that_the_question_has_itself_are_not_added_again() -> None:
    rewritten = str(rewrite("And what did Micron say about it?", [MICRON]))
    assert rewritten.count("Micron") == 1 or rewritten == "None"


@given(st.text(max_size=60), st.lists(st.tuples(st.text(max_size=60), st.text(max_size=60)), max_size=3))
@settings(max_examples=200, deadline=None)
def test_a_rewritten_question_holds_the_question_and_words_of_the_conversation(
    question: str, history: list[tuple[str, str]]
) -> None:
    rewritten = rewrite(question, history)
    if rewritten is not None:
        spoken = {word.form for turn in history for text in turn for word in words(text)}
        added = [word.form for word in words(rewritten[len(question) :])]
        assert rewritten.startswith(question)
        assert set(added) <= spoken
        assert len(added) <= MOST_CARRIED
