"""Asked to end, by Ctrl+C or SIGTERM, the program ends at once, in order and without a word; the next run goes on."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from program import FILES, answered, assert_discreet, begun, question, run, write

pytestmark = pytest.mark.accident

SIGNALS = [pytest.param(signal.SIGINT, 130, id="Ctrl+C"), pytest.param(signal.SIGTERM, 143, id="SIGTERM")]

LONG_SECONDS = 60
"""An end that takes longer than this is none; one on a machine with nothing else to do takes less than 1 s."""


@pytest.fixture
def large(folder: Path) -> Path:
    """A folder that takes minutes to index, and whose first files are those of `write`."""
    write(folder, 1)
    for number in range(1500):
        text = "".join(f"The town of number {number} has {each} houses, and a market. " for each in range(20))
        (folder / f"town-{number}.txt").write_text(text, "utf-8")
    return folder


class Terminal:
    """What a process shows on a terminal of its own."""

    def __init__(self) -> None:
        self._ours, self.theirs = pty.openpty()
        self.shown = b""
        self._grows = threading.Condition()
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def wait_for(self, words: bytes) -> None:
        with self._grows:
            assert self._grows.wait_for(lambda: words in self.shown, LONG_SECONDS * 5), self.shown

    def close(self) -> None:
        os.close(self.theirs)
        self._thread.join()
        os.close(self._ours)

    def _listen(self) -> None:
        # On Linux a terminal that its last writer has left is an error to read.
        with suppress(OSError):
            while piece := os.read(self._ours, 65_536):
                with self._grows:
                    self.shown += piece
                    self._grows.notify_all()


@contextmanager
def terminal() -> Iterator[Terminal]:
    opened = Terminal()
    try:
        yield opened
    finally:
        opened.close()


def ended(process: subprocess.Popen[str], number: int) -> tuple[int, str, str]:
    """Send a signal; the exit code, and what the process has said since."""
    began = time.monotonic()
    process.send_signal(number)
    out, errors = process.communicate(timeout=LONG_SECONDS)
    print(f"ended after {time.monotonic() - began:.2f} s")  # noqa: T201 - shown with -s, and where a test fails
    assert_discreet(f"{out}{errors}")
    return process.returncode, out, errors or ""


def assert_goes_on(large: Path, store: Path) -> None:
    """The lock is free, and what was done before is sound."""
    for path in large.glob("town-*"):
        path.unlink()
    receipt = answered(question(3), "--corpus", large, store=store)
    assert "v1x3" in receipt["text"]
    report = json.loads(run("index", large, "--json", store=store).stdout)
    assert len(report["unchanged"]) == FILES + 1


@pytest.mark.parametrize(("number", "code"), SIGNALS)
@pytest.mark.parametrize("arguments", [["index"], ["index", "--json"], ["serve", "--port", "0", "--corpus"]])
def test_ended_while_it_indexes(large: Path, tmp_path: Path, arguments: list[str], number: int, code: int) -> None:
    store = tmp_path / "store"
    with terminal() as shown, begun(*arguments, large, store=store, stderr=shown.theirs) as process:
        shown.wait_for(b"Indexing")
        left, out, _ = ended(process, number)
    assert left == code
    assert b"Traceback" not in shown.shown
    assert shown.shown.rstrip().endswith(b"\x1b[2K"), "the progress bar is still there"
    assert shown.shown.rfind(b"\x1b[?25h") > shown.shown.rfind(b"\x1b[?25l"), "the cursor is still hidden"
    if "--json" in arguments:
        assert json.loads(out)["error"]["exit_code"] == code
    else:
        assert out == ""
    assert_goes_on(large, store)


@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_ended_while_it_watches(folder: Path, tmp_path: Path, number: int, code: int) -> None:
    write(folder, 1)
    with begun("index", folder, "--watch", store=tmp_path / "store") as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith(f"{FILES + 1} added")
        assert ended(process, number) == (code, "", "")
    assert "v1x2" in answered(question(2), "--corpus", folder, store=tmp_path / "store")["text"]


@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_ended_while_it_serves(folder: Path, tmp_path: Path, number: int, code: int) -> None:
    write(folder, 1)
    own = tmp_path / "tmp"
    own.mkdir()
    settings = {"TMPDIR": str(own)}
    with begun("serve", "--port", "0", "--corpus", folder, store=tmp_path / "store", settings=settings) as process:
        assert process.stdout is not None
        assert "http://127.0.0.1:" in process.stdout.readline()
        left, out, errors = ended(process, number)
    assert (left, out, errors) == (code, "", "")
    assert list(own.iterdir()) == []
    write(folder, 2)
    assert "v2x2" in answered(question(2), "--corpus", folder, store=tmp_path / "store")["text"]
