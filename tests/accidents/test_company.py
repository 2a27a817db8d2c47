"""An index in company: other writers, alive, stopped or dead; readers in threads and processes; a folder with four names."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from program import (
    FILES,
    answered,
    assert_discreet,
    begun,
    environment,
    failed,
    notes,
    question,
    run,
    told,
    versions,
    wait,
    write,
)

import qa

pytestmark = pytest.mark.accident

PATIENCE_SECONDS = 60
"""What waits longer than this waits for ever; where nothing else runs the waits below take less than 10 s."""


@contextmanager
def writer(folder: Path, store: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that has begun to write to the index, and will for minutes."""
    for number in range(1500):
        (folder / f"town-{number}.txt").write_text(f"The town of number {number} has a market. " * 30, "utf-8")
    with begun("index", folder, store=store) as process:
        wait(lambda: bool(notes(store)) or process.poll() is not None)
        assert process.poll() is None
        yield process


def without_towns(folder: Path) -> None:
    for path in folder.glob("town-*"):
        path.unlink()


@pytest.mark.parametrize("stopped", [False, True], ids=["at work", "stopped"])
def test_a_second_writer_is_refused_by_name_and_a_reader_is_not(folder: Path, tmp_path: Path, *, stopped: bool) -> None:
    store = tmp_path / "store"
    write(folder, 1)
    run("index", folder, store=store)
    with qa.Assistant(folder, store=store) as reader:
        reader.sync()
        with writer(folder, store) as process:
            if stopped:
                process.send_signal(signal.SIGSTOP)
            began = time.monotonic()
            failed(run("index", folder, store=store), f"process {process.pid}", "try again")
            failed(run("index", folder, "--rebuild", "--json", store=store), f"process {process.pid}")
            told = answered(question(2), "--corpus", folder, store=store)
            assert "v1x2" in told["text"]
            assert told["note"].startswith("Another process is bringing the index up to date")
            assert [versions(reader, number) for number in range(FILES)] == [{1}] * FILES
            assert time.monotonic() - began < PATIENCE_SECONDS
            without_towns(folder)
            # With the folder as it is in the index there is nothing to write, so nobody is in the way.
            assert "v1x2" in answered(question(2), "--corpus", folder, store=store)["text"]


def test_the_lock_of_a_dead_process_holds_nobody(folder: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    write(folder, 1)
    with writer(folder, store) as process:
        process.kill()
        process.wait()
    assert notes(store)
    without_towns(folder)
    assert json.loads(run("index", folder, "--json", store=store).stdout)["added"]
    assert not notes(store)


_HOLDER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute(sys.argv[2])
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def held(database: Path, how: str) -> Iterator[None]:
    """A foreign process holds a transaction on a database of the index."""
    command = [sys.executable, "-c", _HOLDER, str(database), how]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield
        finally:
            process.communicate()


@pytest.mark.parametrize("how", ["BEGIN IMMEDIATE", "BEGIN EXCLUSIVE"])
def test_a_foreign_transaction_on_the_index_is_waited_for_and_then_named(
    folder: Path, tmp_path: Path, how: str
) -> None:
    store = tmp_path / "store"
    write(folder, 1)
    run("index", folder, store=store)
    (database,) = store.rglob("manifest.sqlite")
    with held(database, how):
        began = time.monotonic()
        asked = run("ask", question(2), "--corpus", folder, "--json", store=store)
        if asked.returncode:
            failed(asked, "in use by another process")
        else:
            assert "v1x2" in asked.stdout
        write(folder, 2)
        failed(run("index", folder, store=store), "in use by another process")
        assert time.monotonic() - began < PATIENCE_SECONDS
    assert "v2x2" in answered(question(2), "--corpus", folder, store=store)["text"]


def test_a_folder_and_a_store_have_one_index_whatever_they_are_called(folder: Path, tmp_path: Path) -> None:
    write(folder, 1)
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "folder").symlink_to(folder)
    (tmp_path / "there" / "store").symlink_to(tmp_path / "store")
    names = [
        (folder, tmp_path / "store"),
        ("./documents", "./store"),
        (f"{folder}/", f"{tmp_path}/store/"),
        ("there/folder", "there/store"),
        (tmp_path / "there" / ".." / "documents", tmp_path / "there" / ".." / "store"),
    ]
    (tmp_path / "store").mkdir()
    program = (
        "import json, qa, sys\n"
        "from contextlib import ExitStack\n"
        "from pathlib import Path\n"
        "with ExitStack() as opened:\n"
        "    for number, (folder, store) in enumerate(json.loads(sys.argv[1])):\n"
        "        assistant = opened.enter_context(qa.Assistant(folder, store=store))\n"
        "        Path('documents', f'more-{number}.txt').write_text(f'The mill number {number} grinds wheat.')\n"
        "        report = assistant.sync()\n"
        "        print(len(report.added), len(report.unchanged), len(assistant.find('Which mill grinds wheat?')))\n"
    )
    given = json.dumps([[str(one), str(other)] for one, other in names])
    ended = subprocess.run(
        [sys.executable, "-c", program, given],
        cwd=tmp_path,
        env={**environment(tmp_path / "store"), "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    lines = [[int(each) for each in line.split()] for line in ended.stdout.splitlines()]
    known = [FILES + 1 + number for number in range(len(names))]
    assert [line[:2] for line in lines] == [[known[0] + 1, 0], *([1, each] for each in known[1:])], ended.stderr
    assert len(list((tmp_path / "store").iterdir())) == 1
    run("index", folder, store=tmp_path / "calm")
    assert told(folder, tmp_path / "store") == told(folder, tmp_path / "calm")


def test_eight_threads_ask_while_another_process_writes(folder: Path, tmp_path: Path) -> None:
    """What one question finds is of one version of the index, of which no passage is empty."""
    store = tmp_path / "store"
    write(folder, 1)
    run("index", folder, store=store)
    faults: list[object] = []
    asked = [0] * 8
    done = threading.Event()

    def ask(reader: qa.Assistant, thread: int) -> None:
        try:
            while not done.is_set():
                hits = reader.find(question(thread), limit=50)
                found = {each for hit in hits for each in hit.passage.text.partition("code v")[2].split("x")[:1]}
                if len(found) != 1 or not all(hit.passage.text for hit in hits):
                    faults.append((found, len(hits)))
                asked[thread] += 1
        except BaseException as error:  # noqa: BLE001 - told below
            faults.append(error)

    with qa.Assistant(folder, store=store) as reader:
        reader.sync()
        threads = [threading.Thread(target=ask, args=(reader, number)) for number in range(8)]
        for thread in threads:
            thread.start()
        try:
            for version in range(2, 6):
                before = list(asked)
                write(folder, version)
                run("index", folder, store=store)
                while not faults and any(now <= then for now, then in zip(asked, before, strict=True)):
                    time.sleep(0.02)
        finally:
            done.set()
            for thread in threads:
                thread.join()
        assert faults == []
        # The reader that was open all the time sees the last version.
        assert [versions(reader, number) for number in range(FILES)] == [{5}] * FILES


def test_an_open_reader_follows_what_the_command_line_adds_edits_and_deletes(folder: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    write(folder, 1)
    run("index", folder, store=store)
    with qa.Assistant(folder, store=store) as reader:
        reader.sync()
        for version in (2, 3):
            write(folder, version)
            (folder / "0.txt").unlink()
            run("index", folder, store=store)
            assert [versions(reader, number) for number in range(1, FILES)] == [{version}] * (FILES - 1)
            found = {hit.passage.file for hit in reader.find("Which code does the gate carry?", limit=100)}
            assert found == {*(f"{number}.txt" for number in range(1, FILES)), f"new-{version}.txt"}
            assert all(hit.passage.text.strip() for hit in reader.find("Which code does the gate carry?", limit=100))


_WORKERS = """
import multiprocessing, sys
import qa

def asked(folder, store):
    with qa.Assistant(folder, store=store) as assistant:
        return assistant.answer("Which code does the north gate of house 2 carry?").text

def carried(assistant, connection):
    try:
        connection.send(assistant.answer("Which code does the north gate of house 2 carry?").text)
    except qa.QAError as error:
        connection.send(str(error))

if __name__ == "__main__":
    with qa.Assistant(sys.argv[1], store=sys.argv[2]) as assistant:
        assistant.answer("Which code does the north gate of house 2 carry?")
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            print(pool.apply(asked, sys.argv[1:3]))
        ours, theirs = multiprocessing.Pipe()
        process = multiprocessing.get_context("fork").Process(target=carried, args=(assistant, theirs))
        process.start()
        print(ours.recv() if ours.poll(120) else "it hangs")
        process.kill()
        process.join()
"""


def test_a_worker_that_is_spawned_asks_and_one_that_is_forked_is_told_why_not(folder: Path, tmp_path: Path) -> None:
    write(folder, 1)
    (tmp_path / "workers.py").write_text(_WORKERS, "utf-8")
    ended = subprocess.run(
        [sys.executable, str(tmp_path / "workers.py"), str(folder), str(tmp_path / "store")],
        env={**environment(tmp_path / "store"), "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert_discreet(ended.stdout)
    spawned, forked = ended.stdout.splitlines()
    assert "v1x2" in spawned
    assert "before the process was forked" in forked
