"""The page's parts without a browser, and the real server over HTTP, asked by Gradio's own client."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from pdf_files import pdf, text_page
from serving import Running, serving

import qa
from qa.app.aside import aside
from qa.app.examples import examples
from qa.app.feedback import Feedback
from qa.app.library import Library
from qa.app.opened import opened
from qa.app.own import MOST_FILES, Visitors
from qa.app.visit import Visit, asked
from qa.load import Limits, Pictures
from qa.markup.conversation import Turn
from qa.markup.frame import header
from qa.types import Document, WrongUse

ROOT = Path(__file__).resolve().parent.parent
QUESTION = "When was the ban on Micron products announced?"
NOTE = "The bridge opened in 1932.\nIt was built by Ann Poole and carries 40 trains a day.\n"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("store")


@pytest.fixture
def library(store: Path) -> Iterator[Library]:
    with qa.Assistant(store=store) as assistant:
        yield Library(assistant, name="seeds")


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the server says on standard error."""
    return tmp_path_factory.mktemp("log") / "server.log"


@pytest.fixture(scope="module")
def server(store: Path, log: Path) -> Iterator[Running]:
    with serving("--mcp", store=store, log=log) as running:
        yield running


def steps(library: Library, question: str, visit: Visit | None = None, *, stop_at: int = -1) -> list[Visit]:
    stop = threading.Event()
    found: list[Visit] = []
    for step in asked(visit or Visit(), question, library, None, is_own=False, stop=stop):
        found += [] if step is None else [step]
        if len(found) == stop_at:
            stop.set()
    return found


def shown_of(turn: Turn | None, library: Library, *, citation: int = 1, hit: int = -1) -> str:
    return [*opened(turn, library, Pictures(), citation=citation, hit=hit, key=1)][-1]


def test_a_visit_goes_from_the_question_over_statements_to_the_whole_answer(library: Library) -> None:
    first, *_, last = steps(library, QUESTION)
    assert first.turns[0].question == QUESTION
    assert not first.turns[0].is_over
    assert last.turns[0].answer is not None
    assert last.shown is last.turns[0]


def test_a_follow_up_is_understood_from_the_turn_before(library: Library) -> None:
    before = steps(library, "When was the ban on Micron products announced?")[-1]
    after = steps(library, "Who announced it?", before)[-1]
    assert after.turns[1].answer is not None
    assert after.turns[1].answer.rewritten is not None
    assert "ban" in after.turns[1].answer.rewritten


def test_a_question_that_can_not_be_asked_is_a_problem_in_words(library: Library) -> None:
    assert "10,000" in str(steps(library, "x" * 10_001)[-1].turns[0].problem)
    assert "empty" in str(steps(library, "?!")[-1].turns[0].problem)


def test_a_visit_keeps_forty_turns(library: Library) -> None:
    visit = Visit()
    for number in range(45):
        visit = steps(library, "?!" * (number + 1), visit)[-1]
    assert len(visit.turns) == 40
    assert visit.turns[-1].question == "?!" * 45


def test_a_stopped_answer_keeps_what_was_proven(library: Library) -> None:
    stopped = steps(library, "Why was Micron barred?", stop_at=3)[-1].turns[0]
    assert len(stopped.statements) == 1
    assert stopped.is_stopped
    assert stopped.is_over
    assert stopped.answer is None


def test_an_answer_is_asked_of_the_folder_as_it_is_now(folder: Path, tmp_path: Path) -> None:
    (folder / "bridge.txt").write_text(NOTE, "utf-8")
    with qa.Assistant(folder, store=tmp_path / "store") as assistant:
        library = Library(assistant, name="documents")
        library.refresh()
        answered = steps(library, "When did the bridge open?")[-1]
        (folder / "bridge.txt").write_text(NOTE.replace("1932", "1933"), "utf-8")
        shown = shown_of(answered.turns[0], library)
        assert "nothing is marked" in shown
        assert "<mark>" not in shown
        library.refresh(at_once=True)
        assert "1933" in str(steps(library, "When did the bridge open?")[-1].turns[0].answer)


def test_only_what_an_answer_cites_or_found_can_be_opened(library: Library) -> None:
    turn = steps(library, QUESTION)[-1].turns[0]
    assert "<mark>" in shown_of(turn, library)
    assert "<mark>" in shown_of(turn, library, citation=-1, hit=0)
    for citation, hit in ((0, -1), (99, -1), (-1, 99), (-1, -1), (-5, -5)):
        assert shown_of(turn, library, citation=citation, hit=hit) == ""
    assert shown_of(None, library, hit=0) == ""


def test_a_citation_of_a_pdf_opens_with_its_text_at_once_and_then_the_page(folder: Path, tmp_path: Path) -> None:
    (folder / "bridge.pdf").write_bytes(pdf([text_page("The bridge opened in 1932.")]))
    with qa.Assistant(folder, store=tmp_path / "store") as assistant:
        library = Library(assistant, name="documents")
        turn = steps(library, "When did the bridge open?")[-1].turns[0]
        first, then = opened(turn, library, Pictures(), citation=1, hit=-1, key=1)
        assert "Page 1 is being drawn" in first
        assert "<mark>The bridge opened in 1932.</mark>" in first
        assert then.count('class="qa-region"') == 1
        assert 'src="data:image/png;base64,' in then
        assert "the words marked" in then
        refused = [*opened(turn, library, Pictures(limits=Limits(memory_bytes=1)), citation=1, hit=-1, key=1)][-1]
        assert "Page 1 can not be shown as a picture: " in refused
        assert "<mark>The bridge opened in 1932.</mark>" in refused
        (folder / "bridge.pdf").write_bytes(pdf([text_page("The town is old.", "The bridge opened in 1932.")]))
        (changed,) = opened(turn, library, Pictures(), citation=1, hit=-1, key=1)
        assert "This file has changed since." in changed
        assert "<img" not in changed


def test_the_list_of_documents_counts_passages_and_gives_reasons(folder: Path, tmp_path: Path) -> None:
    (folder / "bridge.txt").write_text(NOTE, "utf-8")
    (folder / "picture.xyz").write_bytes(b"\x00")
    with qa.Assistant(folder, store=tmp_path / "store") as assistant:
        library = Library(assistant, name="documents")
        library.refresh()
        read, skipped = library.listed()
    assert (read.file, read.passages, read.size) == ("bridge.txt", 1, len(NOTE))
    assert skipped.file == "picture.xyz"
    assert ".xyz" in str(skipped.reason)


def test_a_folder_of_which_nothing_can_be_read_says_so_with_the_first_reason(folder: Path, tmp_path: Path) -> None:
    (folder / ".hidden.txt").write_text(NOTE, "utf-8")
    (folder / "locked.pdf").write_bytes(pdf([text_page(NOTE)], password="secret"))
    said = (
        "No document here can be read; 2 files were left out (locked.pdf: it is encrypted; save it without a password)."
    )
    with qa.Assistant(folder, store=tmp_path / "store") as assistant:
        library = Library(assistant, name="documents")
        library.refresh()
        assert library.unreadable() == said
        assert said in header("documents", 0, library.unreadable())
        assert steps(library, "When did the bridge open?")[-1].turns[0].problem == said
        (folder / "bridge.txt").write_text(NOTE, "utf-8")
        library.refresh(at_once=True)
        assert library.unreadable() == ""


def test_examples_are_questions_that_the_documents_answer() -> None:
    text = "The mayor announced a ban. Mao Ning said no. Guo Jiakun said yes."
    asked_of: list[str] = []

    def is_answered(question: str, file: str) -> bool:
        asked_of.append(question)
        return "Guo" not in question

    found = examples([Document("a.txt", text, "", "")], count=4, is_answered=is_answered)
    assert found == ("When was the ban announced?", "What did Mao Ning say?")
    assert "What did Guo Jiakun say?" in asked_of
    assert examples([], count=4, is_answered=is_answered) == ()


def test_visitors_have_documents_of_their_own(tmp_path: Path) -> None:
    note = tmp_path / "bridge.txt"
    note.write_text(NOTE, "utf-8")
    visitors = Visitors(llm=None, embed=None)
    one, two = visitors.give(), visitors.give()
    one.add([note])
    assert one.library.files() == ["bridge.txt"]
    assert two.is_empty
    one.remove("../../bridge.txt")
    assert note.exists()
    one.remove("bridge.txt")
    assert one.is_empty
    visitors.close()
    assert not one.root.exists()
    assert not two.root.exists()


def test_documents_that_are_too_many_or_can_not_be_read_are_not_taken(tmp_path: Path) -> None:
    files = [tmp_path / f"{number}.txt" for number in range(MOST_FILES + 1)]
    for file in files:
        file.write_text(NOTE, "utf-8")
    (tmp_path / "picture.xyz").write_bytes(b"\x00")
    visitors = Visitors(llm=None, embed=None)
    own = visitors.give()
    with pytest.raises(WrongUse, match="more than 50"):
        own.add(files)
    with pytest.raises(WrongUse, match=r"picture\.xyz"):
        own.add([tmp_path / "picture.xyz"])
    assert own.is_empty
    visitors.close()


def test_feedback_is_kept_with_the_whole_receipt(library: Library, tmp_path: Path) -> None:
    answer = steps(library, QUESTION)[-1].turns[0].answer
    assert answer is not None
    feedback = Feedback(tmp_path / "deep" / "feedback.jsonl", corpus="seeds")
    assert feedback.keep(answer, "down", "wrong\n day " + "x" * 1000, (("before", "that"),), is_own=False)
    (line,) = (tmp_path / "deep" / "feedback.jsonl").read_text("utf-8").splitlines()
    record = json.loads(line)
    assert qa.Answer.from_dict(record["answer"]) == answer
    assert record["rating"] == "down"
    assert record["why"].startswith("wrong day x")
    assert len(record["why"]) == 500


def test_who_waits_for_a_slow_answer_can_leave_at_once() -> None:
    has_begun, may_go_on, was_closed = threading.Event(), threading.Event(), threading.Event()

    def slow() -> Generator[int, None, None]:
        try:
            yield 1
            has_begun.set()
            may_go_on.wait(30)
            yield 2
        finally:
            was_closed.set()

    items = aside(slow(), patience_seconds=0.01)
    assert next(items) == 1
    assert has_begun.wait(30)
    assert next(items) is None
    items.close()
    assert not was_closed.is_set()
    may_go_on.set()
    assert was_closed.wait(30)


def test_an_error_is_raised_where_the_answer_is_read() -> None:
    def failing() -> Generator[int, None, None]:
        yield 1
        raise WrongUse("This went wrong.")

    items = aside(failing(), patience_seconds=30)
    assert next(items) == 1
    with pytest.raises(WrongUse, match="This went wrong"):
        next(items)


def get(url: str, **headers: str) -> tuple[int, str]:
    request = urllib.request.Request(url, headers={name.replace("_", "-"): value for name, value in headers.items()})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def call(
    running: Running, question: str, history: list[list[str]] | None = None, files: list[str] | None = None
) -> Any:
    """The receipt that the named endpoint gives by HTTP."""
    end, value = called(running, {"data": [question, history, files]})
    assert end == "event: complete", value
    return value[0]


def called(running: Running, body: dict[str, Any], version: str = "") -> tuple[str, Any]:
    """The named endpoint by HTTP: a POST that gives an event, then the stream of what becomes of it."""
    url = f"{running.url}/gradio_api/call"
    kind = {"content-type": "application/json"}
    request = urllib.request.Request(f"{url}{version}/answer", json.dumps(body).encode(), kind)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            event = json.load(answer)["event_id"]
    except urllib.error.HTTPError as error:
        with error:
            return str(error.code), json.load(error)["detail"]
    with urllib.request.urlopen(f"{url}/answer/{event}", timeout=120) as stream:
        end, value = stream.read().decode().strip().split("\n")[-2:]
    return end, json.loads(value.removeprefix("data: "))


def test_the_start_line_says_what_is_served_and_where(server: Running) -> None:
    assert server.line.startswith("qa serves seeds (3 documents) at http://127.0.0.1:")


def test_gradios_client_gets_the_receipt_that_python_gives(server: Running, store: Path) -> None:
    program = (
        "import json, sys\n"
        "from gradio_client import Client\n"
        f"client = Client({server.url!r}, verbose=False, analytics_enabled=False)\n"
        f"print(json.dumps(client.predict({QUESTION!r}, api_name='/answer')))\n"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr
    with qa.Assistant(store=store) as assistant:
        assert json.loads(run.stdout) == assistant.answer(QUESTION).to_dict()


def test_an_mcp_client_gets_the_receipt_that_python_gives(server: Running, store: Path) -> None:
    program = (
        "import asyncio, json\n"
        "from mcp import ClientSession\n"
        "from mcp.client.streamable_http import streamable_http_client\n"
        "async def main():\n"
        f"    async with streamable_http_client({server.url + '/mcp'!r}) as (read, write, _):\n"
        "        async with ClientSession(read, write) as session:\n"
        "            await session.initialize()\n"
        "            tools = await session.list_tools()\n"
        f"            asked = await session.call_tool('answer', {{'question': {QUESTION!r}}})\n"
        "            wrong = await session.call_tool('answer', {'question': '?'})\n"
        "            print(json.dumps({'tools': [each.name for each in tools.tools],\n"
        "                'text': json.loads(asked.content[0].text), 'structured': asked.structuredContent,\n"
        "                'wrong': [wrong.isError, wrong.content[0].text]}))\n"
        "asyncio.run(main())\n"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout)
    with qa.Assistant(store=store) as assistant:
        receipt = assistant.answer(QUESTION).to_dict()
    assert found["tools"] == ["answer"]
    assert found["text"] == receipt
    assert found["structured"] == receipt
    assert found["wrong"][0] is True
    assert "ask something in words" in found["wrong"][1]


def test_the_endpoint_takes_history_and_files(server: Running) -> None:
    file = "001_5dadbd3c16b493a3.txt"
    receipt = call(server, "Who announced it?", [["When was the ban announced?", "On Sunday."]], [file])
    assert {hit["passage"]["file"] for hit in receipt["hits"]} == {file}
    assert receipt["rewritten"]


def test_a_program_may_leave_out_history_and_files(server: Running) -> None:
    whole = call(server, QUESTION)
    assert called(server, {"data": [QUESTION]}) == ("event: complete", [whole])
    assert called(server, {"data": [QUESTION, None]}) == ("event: complete", [whole])
    assert called(server, {"data": [QUESTION, [], []]}) == ("event: complete", [whole])
    assert called(server, {"question": QUESTION}, "/v2") == ("event: complete", [whole])


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([], "The question is None, not a text; ask something in words."),
        ([5], "The question is 5, not a text; ask something in words."),
        ([QUESTION, 5], "The history is 5; give pairs of a question and the text of its answer."),
        ([QUESTION, ["x"]], "A turn of the history is 'x'; give a question and the text of its answer."),
        ([QUESTION, [["x", 1]]], "A turn of the history is ['x', 1]; give a question and the text of its answer."),
        ([QUESTION, None, "a.txt"], "The files are 'a.txt'; give a list of names, even of one."),
        ([QUESTION, None, [5]], "One of the files is 5, not a text; name it relative to the folder."),
    ],
)
def test_a_program_that_sends_something_else_gets_one_sentence_and_the_log_no_traceback(
    server: Running, log: Path, values: list[Any], said: str
) -> None:
    end, value = called(server, {"data": values})
    assert (end, value["error"]) == ("event: error", said)
    assert "Traceback" not in log.read_text()


def test_a_program_that_misnames_a_value_gets_one_sentence_and_the_log_no_traceback(server: Running, log: Path) -> None:
    said = "Name the question and, if wanted, history and files; nothing else."
    assert called(server, {}, "/v2") == ("422", said)
    assert called(server, {"question": QUESTION, "file": "a.txt"}, "/v2") == ("422", said)
    assert "Traceback" not in log.read_text()


def test_the_answer_is_the_only_endpoint_that_is_offered(server: Running) -> None:
    _, info = get(f"{server.url}/gradio_api/info")
    assert list(json.loads(info)["named_endpoints"]) == ["/answer"]
    assert json.loads(info)["unnamed_endpoints"] == {}


def test_limits_hold_on_the_server(server: Running) -> None:
    with pytest.raises(AssertionError, match="10,000"):
        call(server, "x" * 10_001)
    with pytest.raises(AssertionError, match="no file"):
        call(server, "What?", None, ["../../etc/passwd"])


def test_twenty_at_a_time_are_all_answered(server: Running) -> None:
    with ThreadPoolExecutor(max_workers=20) as pool:
        receipts = list(pool.map(lambda _: call(server, "Why was Micron barred?"), range(20)))
    assert len(receipts) == 20
    assert all(receipt["citations"] for receipt in receipts)


def test_another_hosts_name_and_another_sites_page_are_refused(server: Running) -> None:
    assert get(server.url, Host="evil.example")[0] == 400
    assert get(server.url, Origin="https://evil.example")[0] == 403


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/file=/etc/passwd",
        "/gradio_api/file=qa/cli.py",
        "/docs",
        "/openapi.json",
        "/monitoring",
        "/gradio_api/mcp/sse",
        "/gradio_api/runs",
        "/gradio_api/mcp/",
    ],
)
def test_nothing_is_served_but_the_page(server: Running, path: str) -> None:
    status, body = get(server.url + path)
    assert status in (403, 404, 405), body[:200]
    assert "root:" not in body


def test_the_environment_opens_nothing_and_a_password_closes_all(store: Path) -> None:
    hostile = {
        "GRADIO_ALLOWED_PATHS": "/",
        "GRADIO_SHARE": "True",
        "GRADIO_MCP_SERVER": "True",
        "GRADIO_SERVER_NAME": "0.0.0.0",
        "QA_AUTH": "ann:secret",
    }
    with serving(store=store, settings=hostile) as running:
        assert "127.0.0.1" in running.line
        assert get(running.url)[0] == 401
        assert get(f"{running.url}/config")[0] == 401
        known = "Basic YW5uOnNlY3JldA=="
        assert get(running.url, Authorization=known)[0] == 200
        assert get(f"{running.url}/gradio_api/file=/etc/passwd", Authorization=known)[0] == 403


def test_a_server_that_is_ended_leaves_nothing_behind(store: Path, tmp_path: Path) -> None:
    with serving(store=store, settings={"TMPDIR": str(tmp_path)}):
        assert list(tmp_path.glob("qa-*"))
    assert list(tmp_path.glob("qa-*")) == []


def refused(*arguments: str, store: Path) -> str:
    run = subprocess.run(
        [sys.executable, "-m", "qa", "serve", "--store", str(store), *arguments],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 2, run.stdout
    assert run.stderr.count("\n") == 1
    return run.stderr


def test_another_address_than_loopback_demands_a_password_or_a_clear_no(store: Path) -> None:
    assert "--auth user:password" in refused("--host", "0.0.0.0", store=store)
    assert "--auth user:password" in refused("--host", "192.0.2.1", store=store)
    assert "user and a password" in refused("--auth", "ann", store=store)


def test_a_port_that_is_taken_is_named(store: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        said = refused("--port", port, store=store)
    assert said == (
        f"qa: The address 127.0.0.1:{port} can not be listened on (address already in use); name another --port, or 0"
        " for a free one.\n"
    )


@pytest.mark.parametrize("host", ["bad name", "http://127.0.0.1", "127.0.0.1:80", ""])
def test_a_host_that_is_none_is_named(store: Path, host: str) -> None:
    said = refused("--host", host, "--no-auth", store=store)
    assert said == (
        f"qa: There is no host {host!r}; give --host an address of this machine, such as 127.0.0.1, and"
        " the port as --port.\n"
    )


def test_a_host_of_another_machine_is_named_before_anything_is_indexed(tmp_path: Path) -> None:
    said = refused("--host", "192.0.2.1", "--no-auth", store=tmp_path / "store")
    assert said.startswith("qa: The address 192.0.2.1 is not one of this machine; ")
    assert not (tmp_path / "store").exists()


def test_importing_the_command_line_loads_no_gradio() -> None:
    program = "import sys, qa.cli; print([name for name in ('gradio', 'fastapi', 'uvicorn') if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert run.stdout.strip() == "[]"
