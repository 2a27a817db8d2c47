"""The child process that reads formats: bytes on standard input, their Content on standard output, until that closes.

A request is a line of JSON, {"reader": the module, "bytes": how many follow}, and the bytes; a reply is a line of JSON,
the Content (a span as two numbers), {"reason": why it can not be read} or {"missing": the package that it takes}. A
request with "sought", the words of a page, asks for the Picture of that page. Nothing that a parser prints gets into a
reply. The limits are set here, on the process itself: it writes no file, and what a file takes beyond them ends the
process and costs that file alone. A reply says whether it is the "last" one.
"""

from __future__ import annotations

import base64
import json
import os
import sys
from contextlib import suppress
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, BinaryIO

from qa.load.formats import Sought
from qa.load.formats.reading import content_of, picture_of
from qa.types import Span, UnreadableDocument

_NO_MEMORY = "it takes more memory than a file may"


def main(*, seconds: int, memory_bytes: int) -> None:
    """Serve requests until standard input closes. `seconds` are of processor time, for each file."""
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, sys.stdout.fileno())
    os.dup2(silence, sys.stderr.fileno())
    _limit_memory(memory_bytes)
    requests = sys.stdin.buffer
    is_last = False
    while not is_last and (line := requests.readline()):
        request = json.loads(line)
        data = _exactly(requests, request["bytes"])
        _limit_time(seconds)
        reply = _reply(request, data)
        # What a large file has left behind in memory must not be counted against the next one.
        is_last = reply.get("reason") == _NO_MEMORY or _memory_bytes() > memory_bytes // 2
        replies.write(json.dumps({**reply, "last": is_last}).encode("ascii") + b"\n")
        replies.flush()


def _exactly(stream: BinaryIO, length: int) -> bytes:
    data = stream.read(length)
    if len(data) < length:
        raise EOFError
    return data


def _reply(request: dict[str, Any], data: bytes) -> dict[str, Any]:
    try:
        if "sought" in request:
            picture = asdict(picture_of(request["reader"], data, Sought(**request["sought"])))
            return {**picture, "png": base64.b64encode(picture["png"]).decode("ascii")}
        content = content_of(request["reader"], data)
        return {field.name: _told(getattr(content, field.name)) for field in fields(content)}
    except UnreadableDocument as error:
        return {"reason": str(error)}
    except ModuleNotFoundError as error:
        return {"missing": error.name}
    except MemoryError:
        return {"reason": _NO_MEMORY}


def _told(value: Any) -> Any:
    """Spans as their starts and ends, one after the other: of rows there may be a million."""
    if isinstance(value, tuple) and value and isinstance(value[0], Span):
        return [place for span in value for place in (span.start, span.end)]
    return value


def _memory_bytes() -> int:
    """What the process takes now, where Linux tells; else 0."""
    try:
        pages = Path("/proc/self/statm").read_text("ascii").split()[1]
    except OSError:
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def _limit_memory(memory_bytes: int) -> None:
    try:
        import resource
    except ImportError:  # Windows
        return
    for limit, value in (
        (resource.RLIMIT_DATA, memory_bytes),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(limit)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        # macOS refuses some of them; the limit of time holds all the same.
        with suppress(ValueError, OSError):
            resource.setrlimit(limit, (value, value))


def _limit_time(seconds: int) -> None:
    try:
        import resource
    except ImportError:  # Windows
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    allowed = int(used.ru_utime + used.ru_stime) + seconds + 1
    resource.setrlimit(resource.RLIMIT_CPU, (allowed if hard == resource.RLIM_INFINITY else min(allowed, hard), hard))
