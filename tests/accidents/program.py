"""The real program in processes of its own, and a folder whose every passage says which version of its file it is of.

`run` and `started` run a command to its end; `forked` and `begun` start one that is to be interrupted. The first of each
pair takes a process that has the libraries loaded already, which saves a second of every start: what is killed fifty
times has to begin fast. All of them find a key in their environment, and nothing that they say may repeat it.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from random import Random
from typing import Any

import pytest

import qa

CANARY = "sk-CANARY-0123456789abcdef"
"""A key that stands in the environment of every process here."""

FILES = 8
PASSAGES = 2
"""Of each file that `write` makes."""

_WORDS = (
    "bridge stone harbour light night salt copper price river tower market winter letter garden road captain window"
    " song paper silver forest clock mountain train bread glass island story engine field king summer village wood"
).split()
_CODE = re.compile(r"carries the code v(\d+)x")
_PATIENCE_SECONDS = 300


def environment(store: Path, settings: Mapping[str, str] | None = None) -> dict[str, str]:
    """Of a process that a user starts: nothing of the developer's, an index's place, and keys."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("QA_", "GRADIO_"))}
    keys = {"OPENAI_API_KEY": CANARY, "OPENAI_LIKE_API_KEY": CANARY, "ANTHROPIC_API_KEY": CANARY}
    return {**inherited, **keys, "QA_STORE": str(store), **(settings or {})}


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "qa", *map(str, arguments)]


def run(
    *arguments: str | Path, store: Path, settings: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `qa` to its end, in a process that has its libraries loaded. Whatever becomes of it, it is discreet."""
    with tempfile.TemporaryDirectory() as streams:
        process = forked(*arguments, store=store, settings=settings, out=Path(streams, "out"), err=Path(streams, "err"))
        process.join(_PATIENCE_SECONDS)
        assert process.exitcode is not None
        said = [Path(streams, name).read_text("utf-8") for name in ("out", "err")]
    assert_discreet("".join(said))
    return subprocess.CompletedProcess([*map(str, arguments)], process.exitcode, *said)


def started(
    *arguments: str | Path, store: Path, settings: Mapping[str, str] | None = None, **more: Any
) -> subprocess.CompletedProcess[str]:
    """`run` in a process of its own from the first line on: where it matters what the program finds when it starts."""
    ended = subprocess.run(
        command(*arguments),
        env=environment(store, settings),
        capture_output=True,
        text=True,
        timeout=_PATIENCE_SECONDS,
        **more,
    )
    assert_discreet(ended.stdout + ended.stderr)
    return ended


def answered(*arguments: str | Path, store: Path, settings: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The receipt of `qa ask ARGUMENTS --json`, which has to end well."""
    ended = run("ask", *arguments, "--json", store=store, settings=settings)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    receipt: dict[str, Any] = json.loads(ended.stdout)
    return receipt


def failed(ended: subprocess.CompletedProcess[str], *words: str, code: int = 1) -> str:
    """The one sentence of a run that failed, with `--json` or without."""
    assert ended.returncode == code, ended.stdout + ended.stderr
    if ended.stdout:
        message = str(json.loads(ended.stdout)["error"]["message"])
        assert ended.stderr == ""
    else:
        assert ended.stderr.startswith("qa: "), ended.stderr
        assert ended.stderr.count("\n") == 1, ended.stderr
        message = ended.stderr[4:-1]
    assert all(word in message for word in words), message
    return message


def assert_discreet(said: str) -> None:
    assert CANARY not in said
    assert "Traceback" not in said, said


@contextmanager
def begun(
    *arguments: str | Path, store: Path, settings: Mapping[str, str] | None = None, **more: Any
) -> Iterator[subprocess.Popen[str]]:
    """Start `qa`; what is still running when the block is left is killed."""
    streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(
        command(*arguments), env=environment(store, settings), text=True, **{**streams, **more}
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def forked(
    *arguments: str | Path, store: Path, out: Path, err: Path | None = None, settings: Mapping[str, str] | None = None
) -> ForkServerProcess:
    """Start `qa` in a process that has its libraries loaded; what it says goes to the files."""
    processes = multiprocessing.get_context("forkserver")
    libraries = ["chromadb", "filelock", "numpy", "onnxruntime", "qa.cli", "rich.console", "tantivy", "tokenizers"]
    processes.set_forkserver_preload(libraries)
    given = ([*map(str, arguments)], environment(store, settings), str(out), str(err or out))
    process = processes.Process(target=_main, args=given)
    process.start()
    return process


def _main(arguments: list[str], settings: dict[str, str], out: str, err: str) -> None:
    for number, path in ((1, out), (2, err)):
        stream = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(stream, number)
    os.environ.clear()
    os.environ.update(settings)
    sys.argv = ["qa", *arguments]
    from qa.cli import main

    main()


def needs(*attempt: str, reason: str) -> None:
    """Skip the test where a command can not be run."""
    if shutil.which(attempt[0]) is None or subprocess.run(attempt, capture_output=True, check=False).returncode:
        pytest.skip(reason)


def notes(store: Path) -> list[Path]:
    """Who holds which lock of a store, as a writer has left it."""
    return list(store.rglob("lock.holder")) if store.is_dir() else []


def wait(condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    until = time.monotonic() + _PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < until, "what was waited for does not come"
        time.sleep(0.01)


def write(folder: Path, version: int) -> None:
    """Make the folder one of this version: every file changed, one new, and the one that was new before gone."""
    for number in range(FILES):
        (folder / f"{number}.txt").write_text(_text(number, version), "utf-8")
    (folder / f"new-{version}.txt").write_text(_text(FILES, version), "utf-8")
    (folder / f"new-{version - 1}.txt").unlink(missing_ok=True)


def _text(number: int, version: int) -> str:
    """Two passages, each of which says once which version it is of."""
    chance = Random(number)
    halves = []
    for half in ("north", "south"):
        filling = [" ".join(chance.choices(_WORDS, k=9)).capitalize() + "." for _ in range(9)]
        halves.append(f"The {half} gate of house {number} carries the code v{version}x{number}. " + " ".join(filling))
    return f"# House {number}\n\n## The north\n\n{halves[0]}\n\n## The south\n\n{halves[1]}\n"


def question(number: int) -> str:
    return f"Which code does the north gate of house {number} carry?"


QUESTIONS = [
    *(question(number) for number in range(FILES)),
    "Which code does the south gate of house 3 carry, and which the north gate of house 5?",
    "copper bridge at night",
    "Who is the chief executive of Intel?",
]


def versions(reader: qa.Assistant, number: int) -> set[int]:
    """The versions that an open reader finds of a file, which is whole: both passages, and each once."""
    hits = reader.find(question(number), files=[f"{number}.txt"], limit=20)
    found = [version for hit in hits for version in _CODE.findall(hit.passage.text)]
    assert len(hits) == len(found) == PASSAGES, hits
    return {int(each) for each in found}


def told(corpus: Path, store: Path) -> list[str]:
    """All that can be known of an index: its passages, and for some questions all hits and the answer, as JSON."""
    with qa.Assistant(corpus, store=store) as assistant:
        report = assistant.sync()
        assert (report.added, report.changed, report.removed) == ((), (), ())
        lines: list[object] = [assistant.passages(), report.skipped]
        for asked in QUESTIONS:
            lines.append([asdict(hit) for hit in assistant.find(asked, limit=1000)])
            lines.append(assistant.answer(asked).to_dict())
    return [json.dumps(line) for line in lines]


def kinds(store: Path) -> list[str]:
    """The files of a store, without the numbers and hashes in their names."""
    return sorted(re.sub(r"[0-9a-f-]{8,}|\d+", "#", str(path.relative_to(store))) for path in store.rglob("*"))
