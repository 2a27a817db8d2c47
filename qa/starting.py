"""Ctrl+C and SIGTERM while the command line loads its modules: the process ends as it does later, without a traceback.

Comes before all other modules and knows none of them. A program of its own that imports the package is left as it is.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import PurePath
from types import FrameType
from typing import NoReturn

ENDED_EARLY = "It was ended before it was done."


@contextmanager
def loading() -> Iterator[None]:
    """While this lasts, a signal ends the command line at once: nothing has begun yet that would have to be ended."""
    is_ours = _is_command() and threading.current_thread() is threading.main_thread()
    numbers = [each for each in (signal.SIGINT, signal.SIGTERM) if signal.getsignal(each) is not signal.SIG_IGN]
    before = {number: signal.signal(number, _end) for number in numbers} if is_ours else {}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _is_command() -> bool:
    """Whether the program that is starting is `qa` or `python -m qa`."""
    return PurePath(*sys.argv[:1]).stem == "qa" or ("-m", "qa") in zip(sys.orig_argv, sys.orig_argv[1:], strict=False)


def _end(number: int, frame: FrameType | None) -> NoReturn:
    if "--json" in sys.argv:
        with suppress(OSError):
            os.write(1, b'{"error": {"message": "%s", "exit_code": %d}}\n' % (ENDED_EARLY.encode(), 128 + number))
    os._exit(128 + number)
