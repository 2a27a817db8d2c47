"""How long a piece of work takes, by the clock and by the processors, and how long the slow ones of many take."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds on the clock and of all the processors."""
    began, used = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - began, time.process_time() - used


def p95(times: Sequence[float]) -> float:
    """The time that 95 % keep below."""
    return sorted(times)[int(len(times) * 0.95)]
