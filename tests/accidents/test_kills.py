"""Killed with SIGKILL at fifty random moments, an index answers from one version or the other of each file, never from
none or from a mix; nothing that a run has acknowledged is lost; and in the end it is what one undisturbed run makes.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest
from program import FILES, answered, forked, kinds, question, run, told, versions, write

import qa

pytestmark = pytest.mark.accident


class Killer:
    """Runs commands that are killed at a random moment of the time that an undisturbed one takes."""

    def __init__(self, store: Path, out: Path, *, seed: int) -> None:
        self.store, self.out = store, out
        self.kills = 0
        self._chance = Random(seed)

    def undisturbed(self, *arguments: str | Path, store: Path) -> float:
        """Run a command to its end; the seconds that it takes."""
        started = time.monotonic()
        self.out.unlink(missing_ok=True)
        process = forked(*arguments, store=store, out=self.out)
        process.join()
        assert process.exitcode == 0, self.out.read_text()
        return time.monotonic() - started

    def strike(self, *arguments: str | Path, seconds: float) -> bool:
        """Kill a command within its first `seconds`; whether it has ended before, and so has acknowledged its work."""
        self.out.unlink(missing_ok=True)
        process = forked(*arguments, store=self.store, out=self.out)
        assert process.pid is not None
        process.join(self._chance.uniform(0, seconds))
        with suppress(ProcessLookupError):  # it may end at this very moment
            if process.is_alive():
                os.kill(process.pid, signal.SIGKILL)
        process.join()
        if process.exitcode == -signal.SIGKILL:
            self.kills += 1
            return False
        assert process.exitcode == 0, self.out.read_text()
        assert "added" in self.out.read_text()
        return True


@pytest.fixture
def killer(tmp_path: Path) -> Killer:
    return Killer(tmp_path / "store", tmp_path / "out.txt", seed=6)


def assert_as_undisturbed(folder: Path, store: Path, calm: Path) -> None:
    """Two indexes tell the same, and of no kind does the one have more files than the other."""
    assert told(folder, store) == told(folder, calm)
    assert kinds(store) == kinds(calm)


def test_killed_17_times_in_a_first_run(folder: Path, tmp_path: Path, killer: Killer) -> None:
    write(folder, 1)
    killer.undisturbed("index", folder, store=tmp_path / "warm")
    seconds = killer.undisturbed("index", folder, store=tmp_path / "calm")
    finish: list[Callable[[Path], object]] = [
        lambda store: run("index", folder, store=store),
        lambda store: answered(question(3), "--corpus", folder, store=store),
    ]
    for attempt in range(40):
        killer.store = tmp_path / f"store-{attempt}"
        while killer.kills < 17 and not killer.strike("index", folder, seconds=seconds):
            pass
        finish[attempt % 2](killer.store)
        assert_as_undisturbed(folder, killer.store, tmp_path / "calm")
        if killer.kills == 17:
            break
    assert killer.kills == 17


def test_killed_17_times_in_runs_over_changed_files(folder: Path, tmp_path: Path, killer: Killer) -> None:
    calm = tmp_path / "calm"
    write(folder, 1)
    for store in (calm, killer.store):
        killer.undisturbed("index", folder, store=store)
    acknowledged = 1
    with qa.Assistant(folder, store=killer.store) as reader:
        reader.sync()
        for version in range(2, 40):
            write(folder, version)
            seconds = killer.undisturbed("index", folder, store=calm)
            for _ in range(3):
                acknowledged = version if killer.strike("index", folder, seconds=seconds) else acknowledged
                for number in range(FILES):
                    found = versions(reader, number)
                    assert found in ({acknowledged}, {version})
            if killer.kills >= 17:
                break
            # Whoever asks now brings the index up to date; then the answer is that of the file as it is.
            receipt = answered(question(version % FILES), "--corpus", folder, store=killer.store)
            assert f"v{version}x{version % FILES}" in receipt["text"]
            acknowledged = version
    assert killer.kills >= 17
    run("index", folder, store=killer.store)
    assert_as_undisturbed(folder, killer.store, calm)


def test_killed_16_times_in_a_rebuild(folder: Path, tmp_path: Path, killer: Killer) -> None:
    calm = tmp_path / "calm"
    write(folder, 1)
    for store in (calm, killer.store):
        killer.undisturbed("index", folder, store=store)
    seconds = killer.undisturbed("index", folder, "--rebuild", store=calm)
    for attempt in range(40):
        killer.strike("index", folder, "--rebuild", seconds=seconds)
        if attempt % 4 == 3:
            receipt = answered(question(attempt % FILES), "--corpus", folder, store=killer.store)
            assert f"v1x{attempt % FILES}" in receipt["text"]
        if killer.kills == 16:
            break
    assert killer.kills == 16
    ended = run("index", folder, "--json", store=killer.store)
    report = json.loads(ended.stdout)
    assert len(report["added"]) + len(report["unchanged"]) == FILES + 1
    assert_as_undisturbed(folder, killer.store, calm)


def test_the_old_index_is_served_until_the_new_one_is_made(folder: Path, killer: Killer) -> None:
    write(folder, 1)
    seconds = killer.undisturbed("index", folder, store=killer.store)
    with qa.Assistant(folder, store=killer.store) as reader:
        reader.sync()
        while killer.kills < 5:
            killer.strike("index", folder, "--rebuild", seconds=seconds)
            assert [versions(reader, number) for number in range(FILES)] == [{1}] * FILES
