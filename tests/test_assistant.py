"""The promises, end to end through the public names: real files, a real Chroma, the real encoder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import qa
from qa.assistant import Settings, seeds
from qa.types import Completed, Found, Stated, WrongUse

ANSWERABLE = [
    ("Why was Micron barred?", "serious network security risks"),
    ("When was the ban announced?", "May 21"),
    ("How many Chinese companies has the United States put on lists?", "1,200"),
    ("Who made the remarks about the new cybersecurity package?", "Guo Jiakun"),
    ("Does the review target specific countries?", "does not target"),
    ("What did U.S. authorities think of the measure?", "unfounded"),
]

UNANSWERABLE = [
    "Who is the chief executive of Intel?",
    "Which European countries have phased out Chinese equipment?",
    "How many employees does Micron have?",
    "When did Micron sue China?",
    "What is the capital of Peru?",
]


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[qa.Assistant]:
    with qa.Assistant(store=tmp_path_factory.mktemp("store")) as assistant:
        assistant.sync()
        yield assistant


@pytest.mark.parametrize(("question", "words"), ANSWERABLE)
def test_a_question_that_the_documents_answer_is_answered(assistant: qa.Assistant, question: str, words: str) -> None:
    assert words in assistant.answer(question).text


@pytest.mark.parametrize("question", UNANSWERABLE)
def test_a_question_that_they_do_not_answer_is_refused_with_a_reason(assistant: qa.Assistant, question: str) -> None:
    answer = assistant.answer(question)
    assert answer.abstained
    assert answer.text == ""
    assert answer.reason
    assert answer.hits


@pytest.mark.parametrize("question", [question for question, _ in ANSWERABLE])
def test_every_citation_is_a_span_of_its_file_on_disk(assistant: qa.Assistant, question: str) -> None:
    answer = assistant.answer(question)
    assert answer.citations
    for citation in answer.citations:
        text = (seeds() / citation.file).read_bytes().decode("utf-8")
        assert text[citation.start : citation.end] == citation.quote
        assert text.count("\n", 0, citation.start) + 1 == citation.line


def test_every_statement_shown_is_supported_and_has_a_citation(assistant: qa.Assistant) -> None:
    for question, _ in ANSWERABLE:
        for statement in assistant.answer(question).statements:
            assert statement.verdict == "supported"
            assert statement.citations


def test_the_text_numbers_the_citations_in_order_of_first_use(assistant: qa.Assistant) -> None:
    answer = assistant.answer("Why was Micron barred?")
    assert answer.text.index("[1]") > 0
    assert len(answer.citations) == len(set(answer.citations))


def test_a_plain_fact_is_one_sentence(assistant: qa.Assistant) -> None:
    assert len(assistant.answer("When was the ban on Micron products announced?").statements) == 1


def test_of_two_questions_in_one_the_answerable_one_is_answered_and_the_other_named(assistant: qa.Assistant) -> None:
    answer = assistant.answer("When was the Micron ban announced, and how much was Micron fined?")
    assert "May 21" in answer.text
    assert answer.note
    assert "how much was Micron fined" in answer.note


def test_sources_that_disagree_are_both_shown(folder: Path, tmp_path: Path) -> None:
    (folder / "guide.txt").write_text("The Ashlow bridge opened in 1932. It is red.", "utf-8")
    (folder / "leaflet.txt").write_text("The Ashlow bridge opened in 1934. It has two towers.", "utf-8")
    with qa.Assistant(folder, store=tmp_path / "store") as assistant:
        answer = assistant.answer("When did the Ashlow bridge open?")
    (conflict,) = answer.conflicts
    assert {side.citations[0].file for side in conflict.sides} == {"guide.txt", "leaflet.txt"}
    assert "1932" in answer.text
    assert "1934" in answer.text


def test_site_furniture_is_never_an_answer(assistant: qa.Assistant) -> None:
    for question in ("What are the search trends?", "How do I connect with you?", "Search Trends", "Connect with us"):
        text = assistant.answer(question).text
        assert "Search Trends" not in text
        assert "Connect with us" not in text


def test_the_receipt_reads_back_as_the_same_answer(assistant: qa.Assistant) -> None:
    for question in ("Why was Micron barred?", "Who is the chief executive of Intel?"):
        answer = assistant.answer(question)
        assert qa.Answer.from_dict(json.loads(json.dumps(answer.to_dict()))) == answer


def test_a_fresh_answer_verifies_as_intact(assistant: qa.Assistant) -> None:
    statuses = qa.verify(assistant.answer("Why was Micron barred?"))
    assert statuses
    assert {each.status for each in statuses} == {"intact"}


def test_a_stream_shows_what_was_found_then_each_statement_then_the_answer(assistant: qa.Assistant) -> None:
    found, *stated, completed = assistant.stream("Why was Micron barred?")
    assert isinstance(found, Found)
    assert isinstance(completed, Completed)
    assert tuple(each.statement for each in stated if isinstance(each, Stated)) == completed.answer.statements


def test_files_restricts_what_is_found(assistant: qa.Assistant) -> None:
    hits = assistant.find("Why was Micron barred?", files=["002_333e49b273a8e5f6.txt"])
    assert {hit.passage.file for hit in hits} == {"002_333e49b273a8e5f6.txt"}
    with pytest.raises(WrongUse, match="no file"):
        assistant.find("Why?", files=["003.txt"])


@pytest.mark.parametrize("question", [None, 5, b"x", ["Why?"]])
def test_a_question_that_is_no_text_is_wrong_use(assistant: qa.Assistant, question: Any) -> None:
    for ask in (qa.answer, assistant.answer, assistant.find):
        with pytest.raises(WrongUse, match="not a text; ask something in words"):
            ask(question)


@pytest.mark.parametrize("history", [5, "Why?", ["Why?"], [("Why?",)], [("Why?", None)], [5], [{"role": "user"}]])
def test_a_history_that_is_no_pairs_of_texts_is_wrong_use(assistant: qa.Assistant, history: Any) -> None:
    with pytest.raises(WrongUse, match="and the text of its answer"):
        assistant.answer("Why was Micron barred?", history)


@pytest.mark.parametrize("files", ["002_333e49b273a8e5f6.txt", 5, b"x", [Path("a.txt")], [None]])
def test_files_that_are_no_list_of_names_are_wrong_use(assistant: qa.Assistant, files: Any) -> None:
    for ask in (qa.answer, assistant.answer, assistant.find):
        with pytest.raises(WrongUse, match=r"give a list of names|name it relative to the folder"):
            ask("Why was Micron barred?", files=files)


@pytest.mark.parametrize("answer", [None, "Why?", {"question": "Why?"}])
def test_verifying_what_is_no_answer_is_wrong_use(answer: Any) -> None:
    with pytest.raises(WrongUse, match=r"read a receipt with Answer\.from_dict"):
        qa.verify(answer)


def test_an_edited_file_answers_with_its_new_text_and_never_with_the_old(folder: Path, tmp_path: Path) -> None:
    file = folder / "bridge.txt"
    file.write_text("The bridge opened in 1932. It is painted red.", "utf-8")
    with qa.Assistant(folder, store=tmp_path / "store") as assistant:
        assert assistant.sync().added == ("bridge.txt",)
        file.write_text("The bridge opened in 1933. It is painted green.", "utf-8")
        assert assistant.sync().changed == ("bridge.txt",)
        assert "1933" in assistant.answer("When did the bridge open?").text
        assert not any("1932" in hit.passage.text for hit in assistant.find("When did the bridge open in 1932?"))


def test_a_removed_file_is_found_no_more(folder: Path, tmp_path: Path) -> None:
    (folder / "bridge.txt").write_text("The bridge opened in 1932.", "utf-8")
    (folder / "tunnel.txt").write_text("The tunnel opened in 1950.", "utf-8")
    with qa.Assistant(folder, store=tmp_path / "store") as assistant:
        assistant.sync()
        (folder / "bridge.txt").unlink()
        assert assistant.sync().removed == ("bridge.txt",)
        assert {hit.passage.file for hit in assistant.find("bridge 1932")} == {"tunnel.txt"}


def test_a_file_edited_after_indexing_is_never_quoted_wrongly(folder: Path, tmp_path: Path) -> None:
    file = folder / "bridge.txt"
    file.write_text("The bridge opened in 1932.", "utf-8")
    with qa.Assistant(folder, store=tmp_path / "store") as assistant:
        assistant.sync()
        file.write_text("The old bridge never opened.", "utf-8")
        answer = assistant.answer("When did the bridge open?")
    assert answer.abstained
    assert any("has changed since it was indexed" in statement.reason for statement in answer.withheld)


def test_the_folder_is_never_written_to(folder: Path, tmp_path: Path) -> None:
    (folder / "bridge.txt").write_text("The bridge opened in 1932.", "utf-8")
    before = {path: path.stat().st_mtime_ns for path in [folder, *folder.rglob("*")]}
    with qa.Assistant(folder, store=tmp_path / "store") as assistant:
        assistant.answer("When did the bridge open?")
    assert {path: path.stat().st_mtime_ns for path in [folder, *folder.rglob("*")]} == before


def test_two_runs_over_two_new_indexes_give_the_same_bytes(tmp_path: Path) -> None:
    program = (
        "import json, sys, qa\n"
        "with qa.Assistant(store=sys.argv[1]) as assistant:\n"
        "    for question in ('Why was Micron barred?', 'Who is the chief executive of Intel?', 'What did Guo say?'):\n"
        "        print(json.dumps(assistant.answer(question).to_dict()))\n"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", program, str(tmp_path / each)], capture_output=True, check=True, timeout=120
        )
        for each in ("one", "two")
    ]
    assert runs[0].stdout == runs[1].stdout
    assert runs[0].stdout.count(b"\n") == 3


def test_no_socket_is_opened(tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "opened = []\n"
        "sys.addaudithook(lambda event, arguments: opened.append(event) if event in\n"
        "    ('socket.connect', 'socket.getaddrinfo', 'socket.bind', 'socket.sendto') else None)\n"
        "import qa\n"
        "with qa.Assistant(store=sys.argv[1]) as assistant:\n"
        "    assistant.answer('Why was Micron barred?')\n"
        "print(opened)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True, timeout=120
    )
    assert run.stdout.strip() == "[]"


def test_a_hostile_dot_env_in_the_working_directory_changes_nothing(folder: Path, tmp_path: Path) -> None:
    (folder / "bridge.txt").write_text("The bridge opened in 1932.", "utf-8")
    (folder / ".env").write_text(
        "CHROMA_API_IMPL=chromadb.api.fastapi.FastAPI\nCHROMA_SERVER_HOST=192.0.2.1\n", "utf-8"
    )
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "qa",
            "ask",
            "When did the bridge open?",
            "--corpus",
            ".",
            "--store",
            str(tmp_path / "store"),
        ],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert "1932" in run.stdout, run.stderr


def test_settings_come_from_the_argument_then_the_environment_then_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Settings.of().corpus == seeds()
    monkeypatch.setenv("QA_CORPUS", str(tmp_path / "a"))
    monkeypatch.setenv("QA_STORE", str(tmp_path / "store"))
    assert Settings.of().corpus == tmp_path / "a"
    assert Settings.of(corpus=tmp_path / "b").corpus == tmp_path / "b"
    assert Settings.of().store == tmp_path / "store"


def test_one_call_answers_from_the_seeds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_STORE", str(tmp_path))
    answer = qa.answer("When was the ban announced?")
    assert "May 21" in answer.text
    assert answer.engine == "extractive"


def test_an_embedding_of_llama_index_takes_the_encoders_place_and_is_never_mixed(folder: Path, tmp_path: Path) -> None:
    (folder / "bridge.txt").write_text("The bridge opened in 1932.", "utf-8")
    with qa.Assistant(folder, store=tmp_path / "store") as assistant:
        assistant.sync()
    model = "openai-like/m@http://127.0.0.1:9/v1"
    with pytest.raises(qa.QAError), qa.Assistant(folder, store=tmp_path / "store", embed=model) as other:
        other.answer("When did the bridge open?")
    with qa.Assistant(folder, store=tmp_path / "store") as assistant:
        assert "1932" in assistant.answer("When did the bridge open?").text
