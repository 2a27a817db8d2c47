"""A real Chroma server on this machine, for tests that publish to one: started, stopped, frozen and started again."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx


class ChromaServer:
    """`chroma run` on a free port, which it keeps over a restart."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start, and wait until it answers."""
        self._process = subprocess.Popen(
            [Path(sys.executable).with_name("chroma"), "run", "--path", self.folder, "--port", str(self.port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until = time.monotonic() + 60
        while True:
            try:
                httpx.get(f"{self.url}/api/v2/heartbeat", timeout=5, trust_env=False)
            except httpx.TransportError:
                assert self._process.poll() is None, "the Chroma server ended at once"
                assert time.monotonic() < until, "the Chroma server does not start"
                time.sleep(0.02)
            else:
                return

    def stop(self) -> None:
        """End it as an operator would."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def ensure(self) -> None:
        """Have it run, whatever a test has done to it."""
        if self._process is None:
            self.start()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Connections are taken and never answered, for as long as the block lasts."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(30)
            self._process = None


@contextmanager
def chroma_server(folder: Path) -> Iterator[ChromaServer]:
    """A server that keeps its data in `folder`, for as long as the block lasts."""
    server = ChromaServer(folder)
    server.start()
    try:
        yield server
    finally:
        server.kill()


@contextmanager
def silent_server() -> Iterator[str]:
    """The address of something that takes every connection and never says a word."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(16)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


@contextmanager
def answering(answer: bytes, *, pause: float = 0.0, times: int = 1) -> Iterator[str]:
    """The address of something that gives these bytes to whatever it is asked, `times` over with pauses between."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(16)
        done = threading.Event()

        def serve() -> None:
            while not done.is_set():
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(65_536)
                    for _ in range(times):
                        if done.wait(pause):
                            break
                        try:
                            connection.sendall(answer)
                        except OSError:
                            break

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            done.set()
            listening.shutdown(socket.SHUT_RDWR)
            thread.join(10)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
