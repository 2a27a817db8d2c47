"""The suite from its command line, on a small folder with the real product."""

from __future__ import annotations

import ast
import json
import sys
from pathlib import Path
from typing import Any

import pytest

import qa
from eval import __main__ as command
from eval import answers, cases, checker, mutate
from eval.cases import WrongCases
from eval.record import Power
from eval.run import run

TEXT = "The Ashlow tower is 120 metres high.\n\nMayor Irene Pell opened the Ashlow tower in 1931.\n"


@pytest.fixture
def suite(folder: Path, tmp_path: Path) -> Path:
    (folder / "tower.txt").write_text(TEXT, "utf-8")
    rows: list[dict[str, Any]] = [
        {
            "id": "height",
            "category": "single_fact",
            "cluster": "tower",
            "question": "How high is the Ashlow tower?",
            "points": [{"number": 120, "unit": "metres"}],
            "evidence": [[{"file": "tower.txt", "quote": "The Ashlow tower is 120 metres high."}]],
        },
        {
            "id": "height of another",
            "category": "near_miss",
            "cluster": "tower",
            "question": "How high is the Kelmscott tower?",
            "answerable": "no",
            "twin": "height",
        },
        {
            "id": "empty",
            "category": "robustness",
            "cluster": "empty",
            "question": " ",
            "answerable": "no",
        },
        {
            "id": "wrong on purpose",
            "category": "typed_fact",
            "cluster": "pell",
            "question": "Who opened the Ashlow tower?",
            "points": [{"any_of": ["Nobody Atall"]}],
        },
    ]
    path = tmp_path / "cases.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows), "utf-8")
    return path


def call(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["eval", *map(str, arguments)])
    with pytest.raises(SystemExit) as end:
        command.main()
    assert isinstance(end.value.code, int)
    return end.value.code


def test_two_runs_give_the_same_bytes(
    suite: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = []
    for name in ("one", "two"):
        assert call(monkeypatch, "run", "--cases", suite, "--corpus", folder, "--out", tmp_path / name) == command.FINE
        shown.append(capsys.readouterr().out)
    assert shown[0] == shown[1]
    for name in ("results.json", "junit.xml", "index.html"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    assert set(json.loads((tmp_path / "one" / "latency.json").read_bytes())["questions"]) >= {"height", "empty"}


def test_accept_then_compare_is_fine_and_a_flip_of_a_critical_case_is_not(
    suite: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    results, baseline = tmp_path / "out" / "results.json", tmp_path / "baseline.json"
    files = ("--results", results, "--baseline", baseline)
    call(monkeypatch, "run", "--cases", suite, "--corpus", folder, "--out", results.parent)
    assert call(monkeypatch, "compare", *files) == command.WRONG_USE
    assert call(monkeypatch, "accept", *files) == command.FINE
    assert call(monkeypatch, "compare", *files) == command.FINE
    record = json.loads(baseline.read_bytes())
    broken = next(each for each in record["outcomes"] if each["id"] == "wrong on purpose")
    broken.update(state="passed", critical=True)
    baseline.write_text(json.dumps(record), "utf-8")
    capsys.readouterr()
    assert call(monkeypatch, "compare", *files) == command.REGRESSION
    assert capsys.readouterr().out.startswith("✗ newly failing: wrong on purpose")
    baseline.write_text(json.dumps({**record, "cases": "others"}), "utf-8")
    assert call(monkeypatch, "compare", *files) == command.WRONG_USE
    assert "can not be compared: the cases differ" in capsys.readouterr().err


def test_results_of_other_code_are_not_compared(
    suite: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    results = tmp_path / "results.json"
    call(monkeypatch, "run", "--cases", suite, "--corpus", folder, "--out", tmp_path)
    results.write_text(results.read_text("utf-8").replace('"code": "', '"code": "x'), "utf-8")
    assert call(monkeypatch, "accept", "--results", results, "--baseline", tmp_path / "b.json") == command.WRONG_USE
    assert "other code" in capsys.readouterr().err


def test_explain_shows_one_case_and_tells_by_its_code_whether_it_passes(
    suite: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ("--cases", suite, "--corpus", folder)
    assert call(monkeypatch, "explain", "height", *options) == command.FINE
    assert "The Ashlow tower is 120 metres high." in capsys.readouterr().out
    assert call(monkeypatch, "explain", "wrong on purpose", *options) == command.REGRESSION
    assert "not said: “Nobody Atall”" in capsys.readouterr().out
    assert call(monkeypatch, "explain", "none", *options) == command.WRONG_USE


def test_a_wrong_command_line_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, "run", "--cases", tmp_path / "none.jsonl") == command.WRONG_USE
    assert call(monkeypatch, "fly") == command.WRONG_USE
    assert len(capsys.readouterr().err.splitlines()) == 2


def test_a_case_that_crashes_is_an_error_and_the_others_are_run(
    suite: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qa import Assistant

    answer = Assistant.answer

    def failing(self: Assistant, question: str, *rest: Any) -> Any:
        if "opened" in question:
            raise ZeroDivisionError("on purpose")
        return answer(self, question, *rest)

    monkeypatch.setattr(Assistant, "answer", failing)
    rows = {row.case.id: row for row in run(cases.load([suite], folder=folder)).rows}
    assert rows["wrong on purpose"].state == "error"
    assert rows["wrong on purpose"].scores == ()
    assert rows["wrong on purpose"].error == "ZeroDivisionError: on purpose"
    assert rows["height"].state == "passed"
    assert rows["empty"].state == "passed"


def test_the_check_is_measured_by_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "labelled.jsonl"
    pairs = [("The Ashlow tower is 120 metres high.", 1), ("The Ashlow tower is 990 metres high.", 0)]
    rows = [
        {"set": "towers", "id": str(n), "cluster": str(n // 2), "evidence": [TEXT], "answer": text, "label": label}
        for n, (text, label) in enumerate(pairs * 3)
    ]
    path.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    assert call(monkeypatch, "checker", path, "--json") == command.FINE
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["set"], found["count"], found["auroc"]["value"]) == ("towers", 6, 1)
    assert found["balanced_accuracy"] == {"value": 1, "low": 1, "high": 1}


def test_a_labelled_answer_without_its_label_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "labelled.jsonl"
    path.write_text('{"set": "s", "id": "1", "cluster": "c", "evidence": [], "answer": "x"}', "utf-8")
    with pytest.raises(WrongCases, match=r"labelled\.jsonl:1: the field 'label'"):
        checker.load([path])


QUESTIONS = [
    {
        "id": "1",
        "question": "How high is the Ashlow tower?",
        "title": "Ashlow",
        "passage": TEXT,
        "answerable": True,
        "answers": ["The Ashlow tower is 120 metres high."],
    },
    {"id": "2", "question": "Who invented the telephone?", "title": "Pell", "passage": TEXT, "answerable": False},
]


@pytest.mark.parametrize("option", ["--json", "--open"])
def test_answers_are_measured_on_a_question_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], option: str
) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_text("\n".join(map(json.dumps, QUESTIONS)), "utf-8")
    assert call(monkeypatch, "answers", path, "--json", option) == command.FINE
    found = json.loads(capsys.readouterr().out)
    assert (found["count"], found["answerable"]) == (2, 1)
    assert found["answered"]["value"] == 1
    assert found["abstained"]["value"] == 1
    assert found["rouge_l_answered"]["value"] > 0.5


def test_an_answerable_question_needs_a_reference(tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_text(json.dumps({**QUESTIONS[0], "answers": []}), "utf-8")
    with pytest.raises(WrongCases, match="needs 'answers'"):
        answers.load([path])


def test_what_the_check_flags_is_counted_by_operator(folder: Path) -> None:
    (folder / "tower.txt").write_text(TEXT, "utf-8")
    honest = [mutate.Pair("The tower at Ashlow is 120 metres high.", TEXT)]
    found = mutate.powers([cases.corpus_of("towers", folder)], honest)
    assert found["number"] == Power(1, 1)
    assert found["originals"] == Power(0, 2)
    assert found["paraphrases"] == Power(0, 1)
    assert {"antonym", "neighbour", "name"} <= found.keys()


def test_every_hand_written_paraphrase_has_its_quote() -> None:
    corpora = list(cases.load(cases.built_in()).corpora.values())
    assert len(mutate.paraphrases(corpora)) >= 60
    assert mutate.paraphrases([]) == []


def test_mutate_prints_a_rate_for_each_operator(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "tower.txt").write_text(TEXT, "utf-8")
    assert call(monkeypatch, "mutate", "--corpus", folder, "--json") == command.FINE
    assert json.loads(capsys.readouterr().out)["originals"] == {"flagged": 0, "count": 2, "rate": 0.0}


SUITE = Path(command.__file__).parent


@pytest.mark.parametrize("path", sorted(SUITE.glob("*.py")), ids=lambda path: path.name)
def test_the_suite_stands_on_public_names_and_on_what_a_text_is_made_of(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "qa":
            public = node.module == "qa" and {alias.name for alias in node.names} <= set(qa.__all__)
            # The judge asks an LLM, which the product itself knows how to do.
            asks = path.name == "judge.py" and node.module in ("qa.models", "qa.types")
            # The threshold is the check's own, frozen with it.
            measures = path.name == "checker.py" and [alias.name for alias in node.names] == ["THRESHOLD"]
            assert public or asks or measures or node.module.startswith("qa.text.")
