"""Answers written by an LLM, end to end over real HTTP: the proof, the stream, the failures and the follow-ups."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from scripted_llm import FAULTS, Fault, Reply, Scripted, scripted_llm, unused_address

import qa
from qa.check import check_statement
from qa.types import Completed, Event, Found, ModelError, Stated, Waiting, WrongUse

QUESTION = "Why was Micron barred?"
TRUE = "The Cyberspace Administration of China announced that Micron's products had failed its network security review."
FALSE = "The United States has put over 9,900 Chinese companies and individuals on various lists, Mao said."
# Not a word of it is in the seeds.
NONSENSE = (
    "Zebras danced tango in Lisbon with Elvis Presley. [1]\nElvis Presley sang to hungry penguins at midnight. [2]\n"
)
UNCITED = "Reuters reported that U.S. authorities viewed the measure as unfounded."


def number_of(words: str, prompt: str) -> str:
    """The number that the sentence with these words has in the prompt."""
    return next(match[1] for match in re.finditer(r"^\[(\d+)\] (.*)$", prompt, re.MULTILINE) if words in match[2])


def true_false_and_uncited(prompt: str) -> str:
    failed, listed = number_of("had failed its network", prompt), number_of("1,200", prompt)
    return (
        f"{TRUE} [{failed}]\n{FALSE} [{listed}]\n{UNCITED}\n[{number_of('serious network security risks', prompt)}]\n"
    )


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("store")
    with qa.Assistant(store=path) as assistant:
        assistant.sync()
    return path


@pytest.fixture(autouse=True)
def _limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_LLM_TIMEOUT", "120")
    monkeypatch.delenv("QA_LLM", raising=False)


def name_at(server: Scripted) -> str:
    return f"openai-like/any@{server.url}/v1"


def asked(
    store: Path, *replies: Reply, question: str = QUESTION, llm_only: bool = False
) -> tuple[list[Event], qa.Answer]:
    with (
        scripted_llm(*replies) as server,
        qa.Assistant(store=store, llm=name_at(server), llm_only=llm_only) as assistant,
    ):
        events = list(assistant.stream(question))
    assert isinstance(events[-1], Completed)
    return events, events[-1].answer


def test_a_true_statement_is_shown_a_false_one_withheld_and_an_uncited_one_is_cited_by_us(store: Path) -> None:
    events, answer = asked(store, true_false_and_uncited)
    assert isinstance(events[0], Found)
    assert [event.statement for event in events[1:-1] if isinstance(event, Stated)] == list(answer.statements)
    shown = [statement.text for statement in answer.statements]
    assert shown[:2] == [TRUE, UNCITED]
    assert "serious network security risks" in shown[2]
    assert [statement.text for statement in answer.withheld] == [FALSE]
    assert "9,900" in answer.withheld[0].reason
    assert all(statement.citations for statement in answer.statements)
    assert answer.usage is not None
    assert (answer.usage.attempts, answer.usage.prompt_tokens) == (1, 100)


def test_a_statement_that_cites_the_wrong_sentence_is_cited_to_the_right_one(store: Path) -> None:
    _, answer = asked(store, lambda prompt: f"{UNCITED} [{number_of('1,200', prompt)}]")
    [statement] = answer.statements
    assert statement.text == UNCITED
    assert "unfounded" in statement.citations[0].quote
    assert check_statement(UNCITED, [each.quote for each in statement.citations]).verdict == "supported"


def test_where_nothing_can_be_proven_there_is_no_answer_but_the_nearest_passages(store: Path) -> None:
    _, answer = asked(store, "Micron was founded by Elvis Presley. [1]\n")
    assert answer.abstained
    assert answer.engine.startswith("openai-like/")
    assert answer.hits
    assert answer.reason


def test_the_model_may_say_that_the_documents_do_not_answer(store: Path) -> None:
    _, answer = asked(store, "NO ANSWER")
    assert answer.abstained
    assert "do not answer" in str(answer.reason)


@pytest.mark.parametrize("kind", FAULTS)
def test_when_the_model_fails_there_is_an_answer_all_the_same_and_a_sentence_about_it(
    store: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-CANARY")
    if kind in ("silent", "slow drip", "endless lines"):
        monkeypatch.setenv("QA_LLM_TIMEOUT", "1")
    _, answer = asked(store, Fault(kind, text=NONSENSE))
    assert "CANARY" not in json.dumps(answer.to_dict())
    assert answer.usage is not None
    assert answer.usage.attempts <= 3
    if kind == "no streams":
        assert answer.note is None
    elif kind == "length":
        assert answer.incomplete
    else:
        assert answer.engine == "extractive"
        assert not answer.abstained
        assert answer.note is not None
        assert answer.note.startswith("The model ")


def test_what_was_proven_before_the_model_failed_stays_and_is_marked_as_incomplete(store: Path) -> None:
    _, answer = asked(store, Fault("cut", text=f"{UNCITED}\n" + "And " * 40))
    assert [statement.text for statement in answer.statements] == [UNCITED]
    assert answer.incomplete
    assert "broke off" in str(answer.note)


def test_with_llm_only_a_failure_is_an_error(store: Path) -> None:
    with (
        pytest.raises(ModelError, match="can not be reached"),
        qa.Assistant(store=store, llm=f"openai-like/any@{unused_address()}/v1", llm_only=True) as assistant,
    ):
        assistant.answer(QUESTION)


def test_closing_the_stream_closes_the_connection(store: Path) -> None:
    with (
        scripted_llm(Fault("endless lines", text=f"{UNCITED}\n")) as server,
        qa.Assistant(store=store, llm=name_at(server)) as assistant,
    ):
        stream = assistant.stream(QUESTION)
        assert isinstance(next(stream), Found)
        assert isinstance(next(event for event in stream if not isinstance(event, Waiting)), Stated)
        stream.close()  # type: ignore[attr-defined]
        assert server.requests[0].was_closed.wait(60)


def test_a_silent_model_can_be_stopped_before_it_says_anything(store: Path) -> None:
    with scripted_llm(Fault("silent")) as server, qa.Assistant(store=store, llm=name_at(server)) as assistant:
        stream = assistant.stream(QUESTION)
        assert isinstance(next(stream), Found)
        assert isinstance(next(stream), Waiting)
        while not server.requests:
            next(stream)
        stream.close()  # type: ignore[attr-defined]
        assert server.requests[0].was_closed.wait(60)


def test_a_statement_is_shown_while_the_model_is_still_writing(store: Path) -> None:
    with (
        scripted_llm(Fault("slow drip", text=f"{UNCITED}\n" + "word " * 50)) as server,
        qa.Assistant(store=store, llm=name_at(server)) as assistant,
    ):
        stream = assistant.stream(QUESTION)
        assert isinstance(next(stream), Found)
        assert isinstance(next(event for event in stream if not isinstance(event, Waiting)), Stated)
        assert not server.requests[0].was_closed.is_set()
        stream.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize("llm", [False, True])
def test_a_follow_up_finds_what_it_refers_to_and_says_how_it_was_understood(store: Path, *, llm: bool) -> None:
    history = [(QUESTION, "Its products had failed the network security review. [1]")]
    with (
        scripted_llm(f"{UNCITED}\n") as server,
        qa.Assistant(store=store, llm=name_at(server) if llm else None) as assistant,
    ):
        answer = assistant.answer("When was it announced?", history=history)
        other = assistant.answer("What did Guo Jiakun say about the European Union?", history=history)
    assert answer.question == "When was it announced?"
    assert answer.rewritten == "When was it announced? (Micron barred)"
    assert "Micron" in answer.hits[0].passage.text
    assert other.rewritten is None
    if llm:
        assert "Question: When was it announced? (Micron barred)" in server.requests[0].prompt


def test_a_time_limit_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for wrong in ("soon", "0", "-1", "nan", "inf"):
        monkeypatch.setenv("QA_LLM_TIMEOUT", wrong)
        with pytest.raises(WrongUse, match="QA_LLM_TIMEOUT"):
            qa.Assistant()


@pytest.fixture
def command(store: Path) -> list[str]:
    return [sys.executable, "-m", "qa", "ask", QUESTION, "--store", str(store)]


def test_the_command_line_asks_the_llm_that_is_named(command: list[str]) -> None:
    with scripted_llm(true_false_and_uncited) as server:
        run = subprocess.run([*command, "--llm", name_at(server), "--json"], capture_output=True, text=True)
    answer = qa.Answer.from_dict(json.loads(run.stdout))
    assert run.returncode == 0
    assert answer.statements[0].text == TRUE


def test_the_command_line_says_what_went_wrong_and_fails_only_if_told_to(command: list[str]) -> None:
    with scripted_llm(Fault("401")) as server:
        fallen_back = subprocess.run([*command, "--llm", name_at(server)], capture_output=True, text=True)
        strict = subprocess.run([*command, "--llm", name_at(server), "--llm-only"], capture_output=True, text=True)
    assert fallen_back.returncode == 0
    assert "refused the key" in fallen_back.stdout
    assert strict.returncode == 1
    assert strict.stderr.startswith("qa: The model ")
    assert "Traceback" not in strict.stderr


def test_a_wrong_name_is_wrong_use(command: list[str]) -> None:
    run = subprocess.run([*command, "--llm", "cohere/command"], capture_output=True, text=True)
    assert run.returncode == 2
    assert "one of anthropic, ollama, openai, openai-like" in run.stderr
