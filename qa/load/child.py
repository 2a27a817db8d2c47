"""Bytes and the name of a reader in, their Content out, made in a child process that a broken file can not leave.

The picture of a page is made there as well.

One child reads many files. One that dies, or takes too long, costs the file that it was reading; the next file gets a
new child. Not for two threads at once. Knows nothing of formats: `qa.load.worker` runs in the child.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import IO, Any

from qa.load.formats import Box, Content, Picture, Sought
from qa.types import Span, UnreadableDocument

_FILES_A_CHILD = 500
"""Files after which a child is replaced, for what its libraries may leak."""

_SECONDS_TO_END = 5.0

_ENVIRONMENT = ("PATH", "PYTHONHOME", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "LANG", "LC_ALL", "TMPDIR")
"""What a child gets to know of the environment: no keys, since files from anywhere are parsed there."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading one file may take: seconds of processor time, and bytes of memory of the whole child.

    The memory is what the process writes to, programs and libraries aside, which are some 30 MB more.
    """

    seconds: int = 120
    memory_bytes: int = 440 * 1024 * 1024

    @property
    def patience_seconds(self) -> float:
        """After so long a child is ended whatever it does: on a machine that is busy, time passes without work."""
        return 30.0 + 2 * self.seconds


class MissingPackage(UnreadableDocument):
    """The library that reads the format is not installed; that may change without the file changing."""


class Child:
    """A process that reads files, started when the first one comes. Close it."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._process: subprocess.Popen[bytes] | None = None
        self._files = 0
        self._is_killed = False

    def content(self, reader: str, data: bytes) -> Content:
        """What the reader makes of a file's bytes. Raises UnreadableDocument with the reason."""
        return _content(self._reply({"reader": reader}, data))

    def picture(self, reader: str, data: bytes, sought: Sought) -> Picture:
        """The page that the words are on. Raises UnreadableDocument with the reason."""
        return _picture(self._reply({"reader": reader, "sought": asdict(sought)}, data))

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._end(self._process)

    def kill(self) -> None:
        """End the process whatever it does, for good; from another thread as well. What is being read is refused."""
        self._is_killed = True
        if (process := self._process) is not None:
            process.kill()

    def _reply(self, request: dict[str, Any], data: bytes) -> dict[str, Any]:
        if self._files >= _FILES_A_CHILD:
            self.close()
        process = self._process = self._process or self._started()
        self._files += 1
        if self._is_killed:  # while it was being started
            process.kill()
        line, is_late = self._asked(process, request, data)
        if not line.endswith(b"\n"):
            code = self._end(process)
            if is_late or _is_out_of_time(code):
                raise UnreadableDocument(f"it takes longer to read than {self._limits.seconds} s")
            raise UnreadableDocument("the program that reads it breaks down on it (it is damaged, or far too large)")
        reply: dict[str, Any] = json.loads(line)
        if reply["last"]:
            self._end(process)
        if "missing" in reply:
            raise MissingPackage(f"it takes the package {reply['missing']!r}, which is missing; install qa again")
        if "reason" in reply:
            raise UnreadableDocument(reply["reason"])
        return reply

    def _started(self) -> subprocess.Popen[bytes]:
        program = (
            f"import sys; sys.path[:] = {sys.path!r}\n"
            "from qa.load.worker import main\n"
            f"main(seconds={self._limits.seconds}, memory_bytes={self._limits.memory_bytes})"
        )
        command = [sys.executable, "-B", "-X", "utf8", "-c", program]
        self._files = 0
        return subprocess.Popen(  # noqa: S603 - our own program, in this Python
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
        )

    def _asked(self, process: subprocess.Popen[bytes], request: dict[str, Any], data: bytes) -> tuple[bytes, bool]:
        """The line of the reply, and whether there is none for the time that it took."""
        late = threading.Event()

        def end() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(self._limits.patience_seconds, end)
        timer.start()
        try:
            requests = self._stream(process.stdin)
            requests.write(json.dumps({**request, "bytes": len(data)}).encode("ascii") + b"\n")
            requests.write(data)
            requests.flush()
            line = self._stream(process.stdout).readline()
        except OSError:  # it is gone
            line = b""
        finally:
            timer.cancel()
            timer.join()
        return line, late.is_set()

    def _end(self, process: subprocess.Popen[bytes]) -> int:
        """Wait for the process to end, and make it end if it does not; its exit code."""
        self._process = None
        for stream in (process.stdin, process.stdout):
            # What was left to be written has no reader any more.
            with suppress(OSError):
                self._stream(stream).close()
        try:
            return process.wait(_SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()

    @staticmethod
    def _stream(stream: IO[bytes] | None) -> IO[bytes]:
        assert stream is not None  # noqa: S101 - all are pipes
        return stream


def _is_out_of_time(code: int) -> bool:
    import signal

    return hasattr(signal, "SIGXCPU") and code == -signal.SIGXCPU


def _content(reply: dict[str, Any]) -> Content:
    return Content(
        text=reply["text"],
        title=reply["title"],
        date=reply["date"],
        pages=_spans(reply["pages"]),
        rows=_spans(reply["rows"]),
        encoding=reply["encoding"],
        remarks=tuple(reply["remarks"]),
    )


def _spans(places: list[int]) -> tuple[Span, ...]:
    return tuple(map(Span, places[::2], places[1::2]))


def _picture(reply: dict[str, Any]) -> Picture:
    return Picture(
        png=base64.b64decode(reply["png"]),
        width=reply["width"],
        height=reply["height"],
        boxes=tuple(Box(**each) for each in reply["boxes"]),
        goes_on=reply["goes_on"],
    )
