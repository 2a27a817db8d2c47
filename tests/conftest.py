"""What every test stands on: no environment of the developer's, and no socket but to this machine."""

from __future__ import annotations

import os
import signal
import socket
from pathlib import Path

import pytest

for name in [name for name in os.environ if name.startswith("QA_")]:
    del os.environ[name]

# A shell that runs the suite in the background has it ignore Ctrl+C, and with it every process that a test starts.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that reaches for the network fails."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            assert isinstance(address, tuple)
            assert address[0] in ("127.0.0.1", "::1", "localhost"), f"a connection to {address} was tried"
        connect(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder for documents, beside which a test may keep its index."""
    path = tmp_path / "documents"
    path.mkdir()
    return path
