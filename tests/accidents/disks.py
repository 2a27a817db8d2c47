"""What `test_damage.py` does on a disk of its own, in a process that may mount one: `disks.py full|read-only ROOT`.

ROOT/documents is the folder, ROOT/disk the disk.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from program import FILES, answered, failed, question, run, told, versions, write

import qa


class Ballast:
    """A file that leaves just so much of a disk free."""

    def __init__(self, disk: Path) -> None:
        self._file, self._spare = disk / "ballast", disk / "spare"

    def leave(self, kilobytes: int) -> None:
        self.drop()
        self._spare.write_bytes(bytes(1024 * kilobytes))
        with self._file.open("wb", buffering=0) as stream:
            for block in (65_536, 1024):
                try:
                    while stream.write(bytes(block)) == block:
                        pass
                except OSError:
                    continue
        self._spare.unlink()

    def drop(self) -> None:
        self._file.unlink(missing_ok=True)
        self._spare.unlink(missing_ok=True)


def full(folder: Path, disk: Path) -> None:
    """First nothing fits, then ever more of a change."""
    store, ballast = disk / "store", Ballast(disk)
    write(folder, 1)
    ballast.leave(kilobytes=0)
    failed(run("index", folder, store=store), "free the disk")
    failed(run("ask", question(2), "--corpus", folder, "--json", store=store), "free the disk")
    ballast.drop()
    _indexed(folder, store)
    outcomes = set()
    with qa.Assistant(folder, store=store) as reader:
        reader.sync()
        for spare in (0, 16, 64, 128, 256, 1024):
            ballast.leave(kilobytes=spare)
            # What is in the index is found, also by a process that opens it now.
            assert "v1x2" in answered(question(2), "--corpus", folder, store=store)["text"]
            write(folder, 2)
            ended = run("index", folder, "--json", store=store)
            outcomes.add(ended.returncode)
            if ended.returncode:
                failed(ended, "free the disk")
            seen = [versions(reader, number) for number in range(FILES)]
            assert seen == [{1 if ended.returncode else 2}] * FILES, spare
            ballast.drop()
            write(folder, 1)
            _indexed(folder, store)
    assert outcomes == {0, 1}
    assert run("index", folder, store=folder.parent / "calm").returncode == 0
    assert told(folder, store) == told(folder, folder.parent / "calm")


def read_only(folder: Path, disk: Path) -> None:
    """The disk is made read-only, and then not."""
    store = disk / "store"
    write(folder, 1)
    _indexed(folder, store)
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    assert "v1x2" in answered(question(2), "--corpus", folder, store=store)["text"]
    write(folder, 2)
    failed(run("index", folder, store=store), "writable")
    failed(run("ask", question(2), "--corpus", folder, "--json", store=store), "writable")
    failed(run("index", folder, "--rebuild", store=store), "writable")
    subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
    assert "v2x2" in answered(question(2), "--corpus", folder, store=store)["text"]


def _indexed(folder: Path, store: Path) -> None:
    """Index the folder until there is nothing left to note: a file is looked at again that was only just written."""
    for path in folder.iterdir():
        os.utime(path, (1_700_000_000, 1_700_000_000 + path.stat().st_size % 2))
    assert run("index", folder, store=store).returncode == 0
    assert run("index", folder, store=store).returncode == 0


if __name__ == "__main__":
    root = Path(sys.argv[2])
    {"full": full, "read-only": read_only}[sys.argv[1]](root / "documents", root / "disk")
