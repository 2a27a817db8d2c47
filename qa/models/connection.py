"""The HTTP requests that one reply takes: counted, given the time that is left, limited in size, cut from outside.

`hooks` go into any httpx client; what the responses say (status, retry-after, kind of content) is then here, the same
for every provider. Does not know the providers, nor what is sent.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

MOST_BYTES = 8 * 1024 * 1024
"""Of one response as it is sent: a reply of 64 Ki characters, each in an event of about a hundred bytes."""


class TooLong(Exception):
    """The response has more than MOST_BYTES."""


class Connection:
    """What became of the requests made through `hooks` until `until`, on the clock of `time.monotonic`."""

    def __init__(self, *, until: float) -> None:
        self.requests = 0
        self.status: int | None = None
        self.retry_after: float | None = None
        self.content = ""
        self._until = until
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self._is_cut = False

    @property
    def hooks(self) -> Mapping[str, list[Callable[[Any], None]]]:
        """For the `event_hooks` of an httpx client."""
        return {"request": [self._begin], "response": [self._receive]}

    def cut(self) -> None:
        """End every request at once, also one that is waiting: whoever reads from it gets an error.

        Closing a socket does not wake a thread that waits for it; shutting it down does.
        """
        with self._lock:
            self._is_cut = True
            for each in self._sockets:
                _shut_down(each)

    def close(self) -> None:
        """Give the sockets back. Only for the thread that made the requests, when it is done with them."""
        with self._lock:
            for each in self._sockets:
                each.close()

    def _begin(self, request: httpx.Request) -> None:
        self.requests += 1
        self.status = self.retry_after = None
        left = max(self._until - time.monotonic(), 0.001)
        given = request.extensions.get("timeout") or {}
        request.extensions["timeout"] = {
            each: min(left, given.get(each) or left) for each in ("connect", "read", "write", "pool")
        }
        # https://www.encode.io/httpcore/extensions/#trace
        request.extensions["trace"] = self._trace

    def _trace(self, event: str, details: Mapping[str, Any]) -> None:
        if not event.endswith(("connect_tcp.complete", "start_tls.complete")):
            return
        opened = details["return_value"].get_extra_info("socket")
        with self._lock:
            self._sockets.append(opened)
            if self._is_cut:
                _shut_down(opened)

    def _receive(self, response: httpx.Response) -> None:
        self.status = response.status_code
        self.retry_after = _seconds(response.headers)
        self.content = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if isinstance(response.stream, httpx.SyncByteStream):
            response.stream = _Limited(response.stream, until=lambda: self._is_cut)


class _Limited(httpx.SyncByteStream):
    """A response's bytes, at most MOST_BYTES of them, and none any more once `until` says so."""

    def __init__(self, stream: httpx.SyncByteStream, *, until: Callable[[], bool]) -> None:
        self._stream = stream
        self._until = until

    def __iter__(self) -> Iterator[bytes]:
        received = 0
        for piece in self._stream:
            received += len(piece)
            # A socket that was shut down still gives out what had arrived, and of a fast server's that has no end.
            if self._until():
                raise httpx.ReadError("cut")
            if received > MOST_BYTES:
                raise TooLong
            yield piece

    def close(self) -> None:
        self._stream.close()


def _shut_down(opened: socket.socket) -> None:
    try:
        # Not the method of a TLS socket: that one takes the session away from under the thread that reads.
        socket.socket.shutdown(opened, socket.SHUT_RDWR)
    except OSError:
        return


def _seconds(headers: httpx.Headers) -> float | None:
    """How long the server asks to wait: seconds, or a date. https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3"""
    said = headers.get("retry-after", "")
    try:
        seconds = float(said) if said[:1].isdigit() else parsedate_to_datetime(said).timestamp() - time.time()
    except (ValueError, OverflowError):
        return None
    return max(seconds, 0.0)
