"""A slow iterator to one that never lets its reader wait for long, so that a reader can go away at any moment.

The work goes on in a thread of its own; what it brings is handed over. Knows nothing of answers.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator
from contextlib import closing
from typing import TypeVar

Item = TypeVar("Item")


def aside(items: Generator[Item, None, None], *, patience_seconds: float) -> Generator[Item | None, None, None]:
    """The items as they come, and None whenever nothing has come for so long. Raises what the items raise.

    Closed early, it returns at once, and the items are closed as soon as the one being worked on is done.
    """
    arrived: queue.SimpleQueue[Item | BaseException | None] = queue.SimpleQueue()
    is_left = threading.Event()

    def work() -> None:
        try:
            with closing(items):
                for item in items:
                    arrived.put(item)
                    if is_left.is_set():
                        return
        except BaseException as error:  # noqa: BLE001 - it is raised where it is read
            arrived.put(error)
        else:
            arrived.put(None)

    # A daemon, since a model that says nothing must not keep the server from ending.
    threading.Thread(target=work, name="answer", daemon=True).start()
    try:
        while True:
            try:
                item = arrived.get(timeout=patience_seconds)
            except queue.Empty:
                yield None
                continue
            if item is None:
                return
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        is_left.set()
