"""The real server in a process of its own, for tests that speak to it over HTTP or with a browser."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Running:
    """A server that has said where it is."""

    url: str
    line: str
    process: int


@contextmanager
def serving(
    *arguments: str | Path, store: Path, settings: Mapping[str, str] | None = None, log: Path | None = None
) -> Iterator[Running]:
    """`qa serve` on a free port for as long as the block lasts; what it says on standard error goes to `log`."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("QA_", "GRADIO_"))}
    with (log or Path(os.devnull)).open("w") as errors:
        server = subprocess.Popen(
            [sys.executable, "-m", "qa", "serve", "--port", "0", *map(str, arguments)],
            env={**inherited, "QA_STORE": str(store), **(settings or {})},
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        with server:
            try:
                assert server.stdout is not None
                line = server.stdout.readline()
                found = re.search(r"http://\S+", line)
                assert found, f"the server did not start: {log.read_text() if log else line!r}"
                yield Running(found.group(), line, server.pid)
            finally:
                server.terminate()
                server.wait(timeout=30)
