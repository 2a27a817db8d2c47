"""`qa serve` while its index is written, locked, or gone; many visitors at once; and a key that nobody ever sees."""

from __future__ import annotations

import json
import shutil
import signal
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from program import CANARY, FILES, answered, assert_discreet, begun, environment, notes, question, run, wait, write
from scripted_llm import Fault, scripted_llm
from serving import Running, serving

pytestmark = pytest.mark.accident

PATIENCE_SECONDS = 300


class Page:
    """A served folder, asked as a program asks it."""

    def __init__(self, folder: Path, store: Path, server: Running, log: Path) -> None:
        self.folder, self.store, self.server, self.log = folder, store, server, log

    def asked(self, text: str, history: Sequence[Sequence[str]] = ()) -> dict[str, Any] | str:
        """The receipt, or what is said in place of one."""
        body = json.dumps({"data": [text, list(history), None]}).encode()
        url = f"{self.server.url}/gradio_api/call/answer"
        request = urllib.request.Request(url, body, {"content-type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as reply:
                event = json.load(reply)["event_id"]
            with urllib.request.urlopen(f"{url}/{event}", timeout=PATIENCE_SECONDS) as stream:
                kind, value = stream.read().decode().strip().split("\n")[-2:]
        except urllib.error.HTTPError as error:
            with error:
                return f"{error.code}: {error.read().decode()}"
        assert_discreet(value)
        data = json.loads(value.removeprefix("data: "))
        if kind != "event: complete":
            return str(data)
        receipt: dict[str, Any] = data[0]
        return receipt

    def text(self, number: int) -> str:
        receipt = self.asked(question(number))
        assert isinstance(receipt, dict), receipt
        return str(receipt["text"])


@pytest.fixture
def page(folder: Path, tmp_path: Path) -> Iterator[Page]:
    write(folder, 1)
    store, log = tmp_path / "store", tmp_path / "log"
    settings = {name: value for name, value in environment(store).items() if value == CANARY}
    with serving("--corpus", folder, store=store, settings=settings, log=log) as server:
        yield Page(folder, store, server, log)
    assert_discreet(log.read_text("utf-8"))


def test_a_page_outlives_what_happens_to_its_index(page: Page) -> None:
    assert "v1x2" in page.text(2)
    # Another process writes.
    write(page.folder, 2)
    (page.folder / "0.txt").unlink()
    run("index", page.folder, store=page.store)
    assert "v2x2" in page.text(2)
    receipt = page.asked(question(0))
    assert isinstance(receipt, dict)
    assert "0.txt" not in {hit["passage"]["file"] for hit in receipt["hits"]}
    assert all(hit["passage"]["text"].strip() for hit in receipt["hits"])
    # Another process has stopped while it writes.
    (page.folder / "more.txt").write_text("The mill grinds wheat. " * 20_000, "utf-8")
    with begun("index", page.folder, store=page.store) as process:
        wait(lambda: bool(notes(page.store)) or process.poll() is not None)
        process.send_signal(signal.SIGSTOP)
        assert "v2x3" in page.text(3)
    # The index is gone, then all of the store.
    (page.folder / "more.txt").unlink()
    for gone in (next(page.store.glob("documents-*")), page.store):
        shutil.rmtree(gone)
        # A look at the folder counts for two seconds; then the index is made again.
        wait(lambda: "v2x4" in page.text(4))
    # It is damaged.
    for path in page.store.rglob("*"):
        if path.is_file() and "lock" not in path.name:
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    found = page.asked(question(5))
    assert isinstance(found, dict) or "--rebuild" in found, found
    assert run("index", page.folder, "--rebuild", store=page.store).returncode == 0
    wait(lambda: "v2x5" in page.text(5))
    # The documents are gone.
    kept = page.folder.rename(page.folder.with_name("elsewhere"))
    found = page.asked(question(6))
    assert isinstance(found, str) or found["abstained"], found
    kept.rename(page.folder)
    wait(lambda: "v2x6" in page.text(6))


def test_many_ask_at_once_and_each_gets_their_own_answer_or_is_told_to_wait(page: Page) -> None:
    def visit(number: int) -> dict[str, Any] | str:
        """A visitor whose second question can be understood only from their own first."""
        asked = question(number % FILES)
        return page.asked("Where is it?" if number % 2 else asked, [[asked, "At the gate."]] if number % 2 else [])

    with ThreadPoolExecutor(max_workers=100) as visitors:
        replies = list(visitors.map(visit, range(100)))
    served = 0
    for number, reply in enumerate(replies):
        if isinstance(reply, str):
            assert "503" in reply or "full" in reply.lower() or "busy" in reply.lower(), reply
            continue
        served += 1
        if number % 2:
            assert f"house {number % FILES}" in (reply["rewritten"] or "").lower()
        else:
            assert f"v1x{number % FILES}" in reply["text"]
    assert served >= 60
    assert "v1x2" in page.text(2)


# What nobody may see


@pytest.mark.parametrize("kind", ["401", "500", "error in stream", "cut", "redirect"])
def test_whatever_a_model_does_the_key_is_said_by_nobody(folder: Path, tmp_path: Path, kind: str) -> None:
    store = tmp_path / "store"
    write(folder, 1)
    with scripted_llm(Fault(kind)) as server:
        settings = {"QA_LLM": f"openai-like/any@{server.url}/v1", "QA_LLM_TIMEOUT": "20"}
        shown = run("ask", question(2), "--corpus", folder, store=store, settings=settings)
        told = run("ask", question(2), "--corpus", folder, "--llm-only", "--json", store=store, settings=settings)
        assert any(CANARY in value for each in server.requests for value in each.headers.values())
    assert shown.returncode in (0, 3)
    assert isinstance(json.loads(told.stdout), dict)
    assert_keyless(store)


def test_neither_a_page_nor_its_index_nor_its_log_holds_the_key(page: Page, tmp_path: Path) -> None:
    page.asked(question(2))
    for path in ("", "/config", "/gradio_api/info", "/qa/page.js"):
        with urllib.request.urlopen(page.server.url + path, timeout=PATIENCE_SECONDS) as reply:
            assert CANARY not in reply.read().decode()
    assert answered(question(2), "--corpus", page.folder, store=page.store)
    assert_keyless(tmp_path)


def assert_keyless(root: Path) -> None:
    for path in root.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert CANARY.encode() not in content, path
