"""One writer at a time: a lock that the operating system releases when its holder dies, and a note of who holds it."""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from qa.types import IndexBusy


@contextmanager
def writing(store: Path) -> Iterator[None]:
    """Hold the store's lock, making the store where it is missing. Raises IndexBusy at once where another holds it."""
    from filelock import FileLock, Timeout

    store.mkdir(parents=True, exist_ok=True)
    lock = FileLock(store / "lock")
    note = store / "lock.holder"
    try:
        lock.acquire(blocking=False)
    except Timeout:
        raise IndexBusy(
            f"The index in {str(store)!r} is being written by {_holder(note)}; try again when that is done."
        ) from None
    try:
        note.write_text(
            json.dumps({"process": os.getpid(), "host": platform.node(), "since": int(time.time())}), "utf-8"
        )
        yield
    finally:
        note.unlink(missing_ok=True)
        lock.release()


def _holder(note: Path) -> str:
    with suppress(OSError, ValueError, KeyError, TypeError):
        found = json.loads(note.read_text("utf-8"))
        since = time.strftime("%H:%M:%S", time.localtime(found["since"]))
        where = "" if found["host"] == platform.node() else f" on {found['host']}"
        return f"process {found['process']}{where} since {since}"
    return "another process"
