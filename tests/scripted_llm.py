"""A local HTTP server that speaks the protocols of OpenAI, Anthropic and Ollama and answers as a test scripts it.

    with scripted_llm("The ban was announced on May 21. [3]") as server:
        asks(f"openai-like/any@{server.url}/v1")(prompt)

A script is a list of replies, one a request, the last one repeated: texts, `Fault`s, or a function from the request's
prompt to a text. Every request is kept, and so is whether the client closed the connection before the reply's end.
"""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

Protocol = Literal["openai", "anthropic", "ollama"]

FAULTS = (
    "silent",  # takes the request and says nothing
    "slow drip",  # a word, a pause, a word ...
    "endless",  # words for ever, as fast as they go
    "endless lines",  # statements for ever
    "401",  # and a body that repeats the key
    "429",  # with a retry-after of no time at all
    "429 later",  # with a retry-after of an hour
    "500",
    "html",
    "empty",  # an answer without a text
    "nothing",  # 200 and no body
    "null",  # a text that is null
    "length",  # stopped by the length limit, in the middle of a statement
    "cut",  # the connection ends in the middle of the second statement
    "cut at once",  # the connection ends before the reply
    "unfinished",  # the stream ends in order, but without a reason why
    "garbage",  # the second statement is no JSON
    "noise",  # bytes, not even a protocol
    "ten megabytes",  # in one event
    "error in stream",  # an error event after the first statement, with the key in it
    "redirect",  # to somewhere else
    "no streams",  # answers with one JSON value, whatever was asked for
)


@dataclass(frozen=True, slots=True)
class Fault:
    """A reply that goes wrong; `text` is what it would have said."""

    kind: str
    text: str = "The ban was announced on May 21. [1]\nIt was announced by the Cyberspace Administration. [2]\n"


Reply = str | Fault | Callable[[str], str]


@dataclass(slots=True)
class Request:
    """A request as it came in. `was_closed` is set as soon as the client has closed the connection early."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    was_closed: threading.Event = field(default_factory=threading.Event)

    @property
    def prompt(self) -> str:
        """All that the model was told, the system message first."""
        told = [self.body.get("system") or "", *(each["content"] for each in self.body["messages"])]
        return "\n".join(_flat(each) for each in told if each)


@dataclass(slots=True)
class Scripted:
    """The running server: its address and what it was asked."""

    url: str
    requests: list[Request] = field(default_factory=list)
    drip_seconds: float = 0.05
    stop: threading.Event = field(default_factory=threading.Event)


@contextmanager
def scripted_llm(*replies: Reply, drip_seconds: float = 0.05) -> Iterator[Scripted]:
    """A server on a free port of the loopback interface, for as long as the block lasts."""
    scripted = Scripted("", drip_seconds=drip_seconds)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(scripted, replies))
    server.daemon_threads = True
    scripted.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield scripted
    finally:
        scripted.stop.set()
        server.shutdown()
        server.server_close()
        thread.join()


def unused_address() -> str:
    """Where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


def _handler(scripted: Scripted, replies: Sequence[Reply]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            request = Request(self.path, {key.lower(): value for key, value in self.headers.items()}, body)
            scripted.requests.append(request)
            reply = replies[min(len(scripted.requests), len(replies)) - 1]
            self.close_connection = True
            with suppress(OSError):
                _answer(self, scripted, request, reply)
            if not scripted.stop.is_set() and _is_closed(self.connection):
                request.was_closed.set()

        def do_GET(self) -> None:
            scripted.requests.append(Request(self.path, {}, {"messages": []}))
            self.send_error(404)

        def log_message(self, format: str, *args: object) -> None:
            return

    return Handler


def _answer(handler: BaseHTTPRequestHandler, scripted: Scripted, request: Request, reply: Reply) -> None:
    fault = reply.kind if isinstance(reply, Fault) else ""
    text = reply.text if isinstance(reply, Fault) else reply if isinstance(reply, str) else reply(request.prompt)
    protocol = _protocol(request.path)
    if fault == "silent":
        _wait_until_closed(handler, scripted)
    elif fault in ("401", "429", "429 later", "500", "redirect", "html", "nothing", "noise", "cut at once"):
        _refuse(handler, request, fault)
    elif not request.body.get("stream") or fault == "no streams":
        _whole(handler, protocol, text, fault)
    else:
        _stream(handler, scripted, protocol, text, fault)


def _protocol(path: str) -> Protocol:
    return "ollama" if path.startswith("/api/") else "anthropic" if path.endswith("/messages") else "openai"


def _refuse(handler: BaseHTTPRequestHandler, request: Request, fault: str) -> None:
    key = request.headers.get("authorization") or request.headers.get("x-api-key") or ""
    if fault == "cut at once":
        handler.connection.shutdown(socket.SHUT_RDWR)
    elif fault == "noise":
        handler.wfile.write(bytes(range(128, 256)) * 8 + b"\r\n\r\n")
    elif fault == "nothing":
        _send(handler, 200, b"", "text/event-stream")
    elif fault == "html":
        _send(handler, 200, b"<html><body>Please log in</body></html>", "text/html; charset=utf-8")
    elif fault == "redirect":
        _send(handler, 307, b"", "text/plain", location="http://127.0.0.1:9/elsewhere")
    else:
        later = {"429": "0", "429 later": "3600"}.get(fault)
        error = {"error": {"type": "error", "message": f"the key {key} is not good", "code": fault}}
        more = {"retry-after": later} if later else {}
        _send(handler, int(fault[:3]), json.dumps(error).encode(), "application/json", **more)


def _send(handler: BaseHTTPRequestHandler, status: int, body: bytes, content: str, **headers: str) -> None:
    handler.send_response(status)
    handler.send_header("content-type", content)
    handler.send_header("content-length", str(len(body)))
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


def _whole(handler: BaseHTTPRequestHandler, protocol: Protocol, text: str, fault: str) -> None:
    said: str | None = {"null": None, "empty": "", "length": text[:60]}.get(fault, text)
    if fault == "ten megabytes":
        said = "x" * 10_000_000
    long = fault == "length"
    body: dict[str, Any]
    if protocol == "openai":
        message = {"role": "assistant", "content": said}
        choice = {"index": 0, "message": message, "finish_reason": "length" if long else "stop"}
        body = {"id": "1", "object": "chat.completion", "created": 0, "model": "any", "choices": [choice]}
        body["usage"] = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}
    elif protocol == "anthropic":
        body = {"id": "1", "type": "message", "role": "assistant", "model": "any", "stop_sequence": None}
        body["content"] = [{"type": "text", "text": said}] if said else []
        body["stop_reason"] = "max_tokens" if long else "end_turn"
        body["usage"] = {"input_tokens": 100, "output_tokens": 20}
    else:
        body = {"model": "any", "created_at": "2026-01-01T00:00:00Z", "message": {"role": "assistant", "content": said}}
        body |= {"done": True, "done_reason": "length" if long else "stop", "prompt_eval_count": 100, "eval_count": 20}
    _send(handler, 200, json.dumps(body).encode(), "application/json")


def _stream(handler: BaseHTTPRequestHandler, scripted: Scripted, protocol: Protocol, text: str, fault: str) -> None:
    handler.send_response(200)
    handler.send_header("content-type", "application/x-ndjson" if protocol == "ollama" else "text/event-stream")
    handler.send_header("transfer-encoding", "chunked")
    handler.end_headers()
    _events(handler, protocol, [_BEGIN])
    for number, word in enumerate(_words(text, fault)):
        if fault == "cut" and number == 26:
            handler.connection.shutdown(socket.SHUT_RDWR)
            return
        if fault == "garbage" and number == 26:
            _chunk(handler, {"openai": b"data: {]\n\n", "ollama": b"{]\n"}.get(protocol, _ANTHROPIC_GARBAGE))
        if fault == "error in stream" and number == 20:
            _events(handler, protocol, [_ERROR])
            break
        if fault == "length" and number == 26:
            break
        if fault == "slow drip" and scripted.stop.wait(scripted.drip_seconds):
            return
        _events(handler, protocol, [word])
    if fault not in ("unfinished", "error in stream"):
        _events(handler, protocol, [_LONG if fault == "length" else _END])
    _chunk(handler, b"")


_ANTHROPIC_GARBAGE = b"event: content_block_delta\ndata: {]\n\n"
_BEGIN, _END, _LONG, _ERROR = object(), object(), object(), object()


def _words(text: str, fault: str) -> Iterator[str | None]:
    if fault == "empty":
        return
    if fault == "null":
        yield None
        return
    if fault == "ten megabytes":
        yield "x" * 10_000_000
    while True:
        for line in text.splitlines(keepends=True):
            # A piece may end between the bracket and the number; what never ends has no line ends either.
            yield from [line.strip() * 20] if fault == "endless" else re.findall(r"\w+|\W", line)
        if fault not in ("endless", "endless lines", "slow drip"):
            return


def _events(handler: BaseHTTPRequestHandler, protocol: Protocol, things: Sequence[object]) -> None:
    make = {"openai": _openai_event, "anthropic": _anthropic_event, "ollama": _ollama_event}[protocol]
    for thing in things:
        if data := make(thing):
            _chunk(handler, data)


def _openai_event(thing: object) -> bytes:
    frame: dict[str, Any] = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "any"}
    if thing is _BEGIN:
        choices: list[Any] = [{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}]
    elif thing is _ERROR:
        return b'data: {"error": {"message": "sk-CANARY is overloaded", "type": "server_error"}}\n\n'
    elif thing in (_END, _LONG):
        reason = "length" if thing is _LONG else "stop"
        last = frame | {"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}
        usage = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}
        counted = frame | {"choices": [], "usage": usage}
        return b"".join(_sse(each) for each in (last, counted)) + b"data: [DONE]\n\n"
    else:
        choices = [{"index": 0, "delta": {"content": thing}, "finish_reason": None}]
    return _sse(frame | {"choices": choices})


def _anthropic_event(thing: object) -> bytes:
    def named(kind: str, **body: object) -> bytes:
        return f"event: {kind}\n".encode() + _sse({"type": kind, **body})

    if thing is _BEGIN:
        message = {"id": "1", "type": "message", "role": "assistant", "model": "any", "content": []}
        message |= {"stop_reason": None, "stop_sequence": None, "usage": {"input_tokens": 100, "output_tokens": 1}}
        return named("message_start", message=message) + named(
            "content_block_start", index=0, content_block={"type": "text", "text": ""}
        )
    if thing is _ERROR:
        return named("error", error={"type": "overloaded_error", "message": "sk-CANARY is overloaded"})
    if thing in (_END, _LONG):
        reason = "max_tokens" if thing is _LONG else "end_turn"
        delta = {"stop_reason": reason, "stop_sequence": None}
        return (
            named("content_block_stop", index=0)
            + named("message_delta", delta=delta, usage={"output_tokens": 20})
            + named("message_stop")
        )
    return named("content_block_delta", index=0, delta={"type": "text_delta", "text": thing})


def _ollama_event(thing: object) -> bytes:
    if thing is _BEGIN:
        return b""
    if thing is _ERROR:
        return b'{"error": "sk-CANARY is overloaded"}\n'
    frame: dict[str, Any] = {"model": "any", "created_at": "2026-01-01T00:00:00Z", "done": False}
    if thing in (_END, _LONG):
        frame |= {"done": True, "done_reason": "length" if thing is _LONG else "stop"}
        frame |= {"prompt_eval_count": 100, "eval_count": 20}
        thing = ""
    return json.dumps(frame | {"message": {"role": "assistant", "content": thing}}).encode() + b"\n"


def _sse(body: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(body).encode() + b"\n\n"


def _chunk(handler: BaseHTTPRequestHandler, data: bytes) -> None:
    handler.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")


def _wait_until_closed(handler: BaseHTTPRequestHandler, scripted: Scripted) -> None:
    while not scripted.stop.is_set() and not _is_closed(handler.connection):
        time.sleep(0.01)


def _is_closed(connection: socket.socket) -> bool:
    """Whether the other side has closed its end: there is something to read, and it is nothing."""
    try:
        return connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def _flat(content: Any) -> str:
    return content if isinstance(content, str) else "\n".join(part.get("text", "") for part in content)
