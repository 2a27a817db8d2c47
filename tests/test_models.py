"""Models of other people, over real HTTP: the client libraries themselves against a server that follows a script."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import closing

import pytest
from scripted_llm import FAULTS, Fault, Reply, scripted_llm, unused_address

from qa import models
from qa.models import NoReply, asks, providers
from qa.models.connection import Connection
from qa.models.providers import llm_named, load
from qa.text.prompts import Prompt
from qa.types import Usage, WrongUse

GOOD = "The ban was announced on May 21. [1]\nIt was announced by the Cyberspace Administration. [2]\n"
PROMPT = Prompt("Answer from the passages.", "Why was Micron barred?")
NAMES = {"openai": "openai-like/any@{}/v1", "anthropic": "anthropic/claude-any@{}", "ollama": "ollama/any@{}"}
CANARY = "sk-CANARY-0123456789"
PLENTY = 120.0


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "OLLAMA_API_KEY"):
        monkeypatch.setenv(name, CANARY)
    for name in ("OPENAI_BASE_URL", "OPENAI_API_BASE", "ANTHROPIC_BASE_URL", "OLLAMA_HOST", "OPENAI_LIKE_API_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    """The name of a model of each protocol, with a place for the server's address."""
    pytest.importorskip({"anthropic": "anthropic", "ollama": "ollama"}.get(request.param, "openai"))
    return NAMES[request.param]


def heard(pieces: Generator[str, None, tuple[Usage, bool]]) -> tuple[str, Usage, bool]:
    text = ""
    while True:
        try:
            text += next(pieces)
        except StopIteration as end:
            return text, *end.value


def test_a_reply_comes_in_pieces_with_its_tokens_counted(name: str) -> None:
    with scripted_llm(GOOD) as server:
        text, usage, stopped = heard(asks(name.format(server.url), deadline_seconds=PLENTY)(PROMPT))
    assert text == GOOD
    assert not stopped
    assert (usage.attempts, usage.prompt_tokens, usage.completion_tokens) == (1, 100, 20)


def test_the_model_is_told_the_prompt_and_nothing_else(name: str) -> None:
    with scripted_llm(GOOD) as server:
        heard(asks(name.format(server.url), deadline_seconds=PLENTY)(PROMPT))
    assert [request.prompt for request in server.requests] == ["Answer from the passages.\nWhy was Micron barred?"]
    assert "tools" not in server.requests[0].body or not server.requests[0].body["tools"]


# What is said about each fault, and after how many attempts.
EXPECTED = {
    "silent": ("did not answer within the time limit", 1),
    "slow drip": ("did not come to an end within the time limit", 1),
    "endless": ("did not come to an end", 1),
    "endless lines": ("did not come to an end", 1),
    "401": ("refused the key (401)", 1),
    "429": ("is asked too often or has no credit left (429)", 3),
    "429 later": ("is asked too often or has no credit left (429)", 1),
    "500": ("has a failure on its side (500)", 3),
    "html": ("a web page answered", 1),
    "empty": ("answered with nothing", 3),
    "nothing": ("answered with nothing", 3),
    "null": ("answered with nothing", 3),
    "cut": ("broke off the connection in the middle of its answer", 1),
    "cut at once": ("broke off the connection before it had answered", 3),
    "unfinished": ("broke off in the middle of its answer", 1),
    "garbage": ("can not be read", 1),
    "noise": ("broke off the connection before it had answered", 3),
    "ten megabytes": ("did not come to an end and was stopped", 1),
    "error in stream": ("answered with an error", 1),
    "redirect": ("sends its requests elsewhere (307)", 1),
}
ANSWERED_NEVERTHELESS = {"length", "no streams"}


def test_every_fault_of_the_script_is_tried() -> None:
    assert set(EXPECTED) | ANSWERED_NEVERTHELESS == set(FAULTS)


@pytest.mark.parametrize("kind", EXPECTED)
def test_what_goes_wrong_becomes_one_sentence_without_the_key(name: str, kind: str) -> None:
    why, attempts = EXPECTED[kind]
    deadline = 0.6 if kind in ("silent", "slow drip", "endless lines") else PLENTY
    with scripted_llm(Fault(kind)) as server:
        load(llm_named(name.format(server.url)))
        with pytest.raises(NoReply) as caught:
            heard(asks(name.format(server.url), deadline_seconds=deadline, pause_seconds=0.01)(PROMPT))
        made = len(server.requests)
    assert why in str(caught.value) or (deadline < PLENTY and "within the time limit" in str(caught.value))
    assert "CANARY" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.usage.attempts == attempts == made


def test_where_nobody_listens_the_model_can_not_be_reached(name: str) -> None:
    with pytest.raises(NoReply, match="can not be reached") as caught:
        heard(asks(name.format(unused_address()), deadline_seconds=PLENTY, pause_seconds=0.01)(PROMPT))
    assert caught.value.usage.attempts == 3


def test_a_reply_cut_by_its_length_limit_is_marked(name: str) -> None:
    with scripted_llm(Fault("length")) as server:
        text, _, stopped = heard(asks(name.format(server.url), deadline_seconds=PLENTY)(PROMPT))
    assert stopped
    assert GOOD.startswith(text)


def test_a_server_without_streams_is_asked_without(name: str) -> None:
    with scripted_llm(Fault("no streams")) as server:
        text, _, stopped = heard(asks(name.format(server.url), deadline_seconds=PLENTY, pause_seconds=0.01)(PROMPT))
    assert (text, stopped) == (Fault("").text, False)


@pytest.mark.parametrize("first", ["429", "500", "empty", "cut at once", "null"])
def test_a_failure_that_passes_is_tried_again(name: str, first: str) -> None:
    script: list[Reply] = [Fault(first), GOOD]
    with scripted_llm(*script) as server:
        text, usage, _ = heard(asks(name.format(server.url), deadline_seconds=PLENTY, pause_seconds=0.01)(PROMPT))
    assert text == GOOD
    assert usage.attempts == 2


def test_once_something_was_said_nothing_is_tried_again(name: str) -> None:
    with scripted_llm(Fault("cut"), GOOD) as server:
        pieces = asks(name.format(server.url), deadline_seconds=PLENTY, pause_seconds=0.01)(PROMPT)
        with pytest.raises(NoReply):
            heard(pieces)
        assert len(server.requests) == 1


def test_closing_the_iterator_closes_the_connection(name: str) -> None:
    with scripted_llm(Fault("endless lines")) as server:
        pieces = asks(name.format(server.url), deadline_seconds=PLENTY)(PROMPT)
        assert next(piece for piece in pieces if piece)
        pieces.close()
        assert server.requests[0].was_closed.wait(60)


def test_a_silent_server_can_be_left_at_any_time(name: str) -> None:
    with scripted_llm(Fault("silent")) as server:
        pieces = asks(name.format(server.url), deadline_seconds=PLENTY)(PROMPT)
        while not server.requests:
            assert next(pieces) == ""
        pieces.close()
        assert server.requests[0].was_closed.wait(60)


def test_at_the_deadline_the_connection_is_closed(name: str) -> None:
    with scripted_llm(Fault("silent")) as server:
        load(llm_named(name.format(server.url)))
        with pytest.raises(NoReply):
            heard(asks(name.format(server.url), deadline_seconds=1.5)(PROMPT))
        assert all(request.was_closed.wait(60) for request in server.requests)


def test_twenty_replies_at_once_are_not_mixed_up(name: str) -> None:
    def echo(prompt: str) -> str:
        return prompt.splitlines()[-1]

    answers: dict[int, str] = {}
    with scripted_llm(echo) as server:
        ask = asks(name.format(server.url), deadline_seconds=PLENTY)

        def one(number: int) -> None:
            answers[number] = heard(ask(Prompt("Repeat.", f"number {number}")))[0]

        threads = [threading.Thread(target=one, args=(number,)) for number in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert answers == {number: f"number {number}" for number in range(20)}


def test_a_key_is_in_no_repr_no_dump_and_no_log(name: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), scripted_llm(Fault("401"), GOOD) as server:
        made = models.llm(name.format(server.url))
        with pytest.raises(NoReply):
            heard(asks(name.format(server.url), deadline_seconds=PLENTY)(PROMPT))
        assert any(CANARY in value for value in server.requests[0].headers.values())
    # The server repeats the key in the body of its 401.
    shown = [repr(made), str(made), str(made.to_dict()), made.model_dump_json(), str(made.to_payload()), caplog.text]
    assert not [text for text in shown if CANARY in text]


def test_an_llm_tries_nothing_twice_by_itself(name: str) -> None:
    with scripted_llm(Fault("500")) as server:
        connection = Connection(until=time.monotonic() + PLENTY)
        made = models.llm(name.format(server.url), hooks=connection.hooks)
        with (
            closing(connection),
            pytest.raises(Exception) as caught,  # noqa: PT011 - of another kind with each library
        ):
            made.complete("Why?")
        assert "500" in str(caught.value) + repr(caught.value)
        assert len(server.requests) == 1


def test_a_model_newer_than_the_libraries_can_be_asked(name: str) -> None:
    with scripted_llm(GOOD) as server:
        newer = name.replace("any", "of-next-year-9").format(server.url)
        assert heard(asks(newer, deadline_seconds=PLENTY)(PROMPT))[0] == GOOD
        assert server.requests[0].body["model"].endswith("of-next-year-9")


def test_the_providers_own_variables_name_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    with scripted_llm(GOOD) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
        assert heard(asks("openai/gpt-4o", deadline_seconds=PLENTY)(PROMPT))[0] == GOOD
    assert server.requests[0].headers["authorization"] == f"Bearer {CANARY}"


def test_ollama_is_asked_for_a_context_that_holds_the_prompt() -> None:
    pytest.importorskip("ollama")
    with scripted_llm(GOOD) as server:
        heard(asks(f"ollama/any@{server.url}", deadline_seconds=PLENTY)(PROMPT))
    assert server.requests[0].body["options"]["num_ctx"] == 8192


@pytest.mark.parametrize("wrong", ["", "gpt-4o", "openai/", "opena/gpt-4o", CANARY, "cohere/command"])
def test_a_wrong_name_is_answered_with_the_right_ones_and_not_repeated(wrong: str) -> None:
    with pytest.raises(WrongUse, match="one of anthropic, ollama, openai, openai-like") as caught:
        asks(wrong)
    assert CANARY not in str(caught.value)
    with pytest.raises(WrongUse, match="one of huggingface, ollama, openai, openai-like"):
        models.embedding(wrong)


@pytest.mark.parametrize(
    "address", ["", "@http://", "@http://me:pass@host/v1", "@http://host/v1?key=1", "@http://h:x/"]
)
def test_an_address_that_is_none_or_holds_a_secret_is_refused(address: str) -> None:
    with pytest.raises(WrongUse) as caught:
        asks(f"openai-like/any{address}")
    assert "pass" not in str(caught.value)
    assert "key=1" not in str(caught.value)


def test_a_missing_key_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(WrongUse, match="set OPENAI_API_KEY"):
        asks("openai/gpt-4o")


def test_a_missing_package_is_answered_with_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, extra in (("anthropic", "anthropic"), ("ollama", "ollama")):
        monkeypatch.setitem(sys.modules, f"llama_index.llms.{module}", None)
        with pytest.raises(WrongUse, match=rf"pip install 'qa\[{extra}\]'"):
            asks(f"{module}/any")


def test_a_package_that_can_not_be_imported_is_a_failure_like_any_other(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = asks(name.format(unused_address()))
    module = providers._LLMS[name.partition("/")[0]].module
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(NoReply, match="can not be set up"):
        heard(ask(PROMPT))


def test_naming_a_model_imports_no_library() -> None:
    import subprocess

    program = (
        "import os, sys; os.environ['OPENAI_API_KEY'] = 'k'\n"
        "from qa.models import asks; asks('openai/gpt-4o')\n"
        "print([name for name in ('llama_index', 'openai', 'httpx') if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.strip() in ("[]", "['llama_index']")


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    """The threads that read replies end when their connection does."""
    before = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - before:
        thread.join(60)
        assert not thread.is_alive(), thread
