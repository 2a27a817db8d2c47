"""A thumb down becomes a case of the suite."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import qa
from eval import cases, feedback
from eval.cases import WrongCases
from eval.run import run
from qa.app.feedback import Feedback
from qa.assistant import seeds

QUESTION = "When was the ban announced?"


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, qa.Answer]:
    with qa.Assistant(store=tmp_path_factory.mktemp("store")) as assistant:
        asked = (QUESTION, "Who is the chief executive of Intel?", "Why was Micron barred?")
        return {question: assistant.answer(question) for question in asked}


@pytest.fixture
def kept(tmp_path: Path, answers: dict[str, qa.Answer]) -> Path:
    path = tmp_path / "feedback.jsonl"
    box = Feedback(path, corpus=str(seeds().resolve()))
    answered, abstained, liked = answers.values()
    box.keep(answered, "down", "", (), is_own=False)
    box.keep(answered, "down", "not a date", (), is_own=False)
    box.keep(abstained, "down", "it is known", (), is_own=False)
    box.keep(liked, "up", "", (), is_own=False)
    box.keep(liked, "down", "", (("Before?", "Yes."),), is_own=True)
    return path


def test_a_thumb_down_is_one_case_however_often_it_was_given(kept: Path) -> None:
    found = feedback.gathered(kept)
    assert [case["question"] for case in found.cases] == [QUESTION, "Who is the chief executive of Intel?"]
    assert len(found.left_out) == 1
    assert "not a corpus of the suite" in found.left_out[0]


def test_the_quote_that_was_disliked_must_not_be_said_again(kept: Path, answers: dict[str, qa.Answer]) -> None:
    (case, _) = feedback.gathered(kept).cases
    assert case["forbidden"] == [answers[QUESTION].citations[0].quote]


def test_of_a_model_the_statement_must_not_be_said_again_and_the_quote_is_the_evidence(
    tmp_path: Path, answers: dict[str, qa.Answer]
) -> None:
    path = tmp_path / "feedback.jsonl"
    written = replace(answers[QUESTION], engine="ollama/llama3.2")
    Feedback(path, corpus=str(seeds().resolve())).keep(written, "down", "", (), is_own=False)
    (case,) = feedback.gathered(path).cases
    citation = written.citations[0]
    assert case["evidence"] == [[{"file": citation.file, "quote": citation.quote}]]


def test_the_cases_are_sound_and_fail_as_long_as_nothing_has_changed(kept: Path, tmp_path: Path) -> None:
    out = tmp_path / "cases.jsonl"
    assert feedback.add(feedback.gathered(kept).cases, out) == 2
    rows = run(cases.load([out])).rows
    assert [row.state for row in rows] == ["failed", "failed"]
    assert "forbidden, but said" in rows[0].missing[0]
    assert rows[1].missing == ("it abstains",)


def test_one_command_adds_them_and_adds_none_twice(kept: Path, tmp_path: Path) -> None:
    out = tmp_path / "cases.jsonl"
    command = [sys.executable, "-m", "eval", "cases", "--from-feedback", "--feedback", str(kept), "--out", str(out)]
    for said in ("2 of 2", "0 of 2"):
        run = subprocess.run(command, capture_output=True, text=True, timeout=120)
        assert run.returncode == 0, run.stderr
        assert said in run.stdout
        assert "Left out: " in run.stderr
    assert len(out.read_text("utf-8").splitlines()) == 2


def test_what_is_no_feedback_is_refused_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "feedback.jsonl"
    path.write_text(json.dumps({"question": "x"}) + "\n", "utf-8")
    with pytest.raises(WrongCases, match=r"feedback\.jsonl:1"):
        feedback.gathered(path)
    with pytest.raises(WrongCases, match="can not be read"):
        feedback.gathered(tmp_path / "none.jsonl")
