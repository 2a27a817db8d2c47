"""What may be asked of the server, and by whom: an ASGI application in, the same one behind its rules out.

Gradio takes any `Host`, any `Origin` and any size, and its own login leaves some addresses open; so none of this is left
to it. Every rule is a wrapper of its own. Knows nothing of what the application does.
"""

from __future__ import annotations

import base64
import hmac
import ipaddress
import re
import secrets
import time
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

LARGEST_REQUEST = 256 * 1024
"""Bytes: a question of 10,000 characters and the names of some hundred files."""

LARGEST_UPLOAD = 64 * 1024 * 1024
"""Bytes of one request that uploads files."""

UPLOADS = "/gradio_api/upload"
REPORT = "/qa/evaluation"

_WRONG_PASSWORDS = 10
_LOCKED_SECONDS = 60.0

_POLICY = (
    "default-src 'none'",
    # Gradio's HTML component compiles its template, which is a constant of its own, with `Function`; no text of ours is
    # in it. Inline scripts run only with the nonce, and handlers in attributes never.
    "script-src 'self' 'nonce-{nonce}' 'unsafe-eval'",
    # Gradio sets styles on elements.
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "manifest-src 'self'",
    "frame-src 'self'",
    "base-uri 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "object-src 'none'",
)
_REPORT_POLICY = (
    "default-src 'none'",
    "style-src 'unsafe-inline'",
    "script-src 'unsafe-inline'",
    "sandbox allow-scripts",
    "frame-ancestors 'self'",
)


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who may come in. Its `repr` does not show the password."""

    user: str
    password: str

    def __repr__(self) -> str:
        return f"Credentials({self.user!r}, …)"


def guarded(application: Application, *, hosts: Sequence[str], credentials: Credentials | None) -> Application:
    """The application behind all rules; `hosts` are the names and addresses that it is reached by."""
    limited = _limited(application)
    known = _with_credentials(limited, credentials) if credentials else limited
    return _with_headers(_from_known_hosts(known, hosts))


def is_loopback(host: str) -> bool:
    """Whether an address can be reached from this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _with_headers(application: Application) -> Application:
    """Every answer with the headers that tell a browser to trust nothing but this origin; inline scripts of Gradio's
    own page get the nonce."""

    async def run(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await application(scope, receive, send)
            return
        nonce = secrets.token_urlsafe(16)
        page: list[bytes] = []
        held: list[Message] = []

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                kind = _header(message["headers"], b"content-type")
                message = {**message, "headers": [*message["headers"], *_headers(scope["path"], nonce)]}
                if kind.startswith("text/html") and scope["path"] != REPORT:
                    held.append(message)
                    return
            elif held:
                page.append(message.get("body", b""))
                if message.get("more_body"):
                    return
                body = re.sub(rb"<script(?=[\s>])", f'<script nonce="{nonce}"'.encode(), b"".join(page))
                start = held.pop()
                await send({**start, "headers": _with_length(start["headers"], len(body))})
                message = {"type": "http.response.body", "body": body}
            await send(message)

        await application(scope, receive, sent)

    return run


def _headers(path: str, nonce: str) -> list[tuple[bytes, bytes]]:
    policy = _REPORT_POLICY if path == REPORT else _POLICY
    named = {
        "content-security-policy": "; ".join(policy).replace("{nonce}", nonce),
        "x-content-type-options": "nosniff",
        "x-frame-options": "SAMEORIGIN" if path == REPORT else "DENY",
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(), geolocation=(), microphone=()",
    }
    return [(name.encode(), value.encode()) for name, value in named.items()]


def _with_length(headers: list[tuple[bytes, bytes]], length: int) -> list[tuple[bytes, bytes]]:
    others = [(name, value) for name, value in headers if name.lower() != b"content-length"]
    return [*others, (b"content-length", str(length).encode())]


def _from_known_hosts(application: Application, hosts: Sequence[str]) -> Application:
    """Refuses a `Host` that the server does not go by, which is how another site's name is made to lead here, and an
    `Origin` that is not the host's own."""
    known = {host.casefold() for host in hosts}

    async def run(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await application(scope, receive, send)
            return
        host = _header(scope["headers"], b"host")
        origin = _header(scope["headers"], b"origin")
        if _name(host) not in known:
            await _refuse(scope, send, 400, "This server does not go by that name.")
        elif origin and origin.partition("://")[2].casefold() != host.casefold():
            await _refuse(scope, send, 403, "Another site's page may not ask here.")
        elif scope["type"] == "http":
            await application(scope, receive, send)
        else:
            await _refuse(scope, send, 403, "Only HTTP is spoken here.")

    return run


def _name(host: str) -> str:
    """A `Host` without its port: "[::1]:7860" is "::1"."""
    if host.startswith("["):
        return host[1:].partition("]")[0].casefold()
    return host.partition(":")[0].casefold()


def _with_credentials(application: Application, credentials: Credentials) -> Application:
    """Lets in who knows user and password (HTTP Basic). An address that was wrong ten times waits for a minute."""
    expected = f"{credentials.user}:{credentials.password}".encode()
    wrong: dict[str, list[float]] = {}

    async def run(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await application(scope, receive, send)
            return
        address = (scope.get("client") or ("",))[0]
        recent = [at for at in wrong.get(address, []) if time.monotonic() - at < _LOCKED_SECONDS]
        given = _header(scope["headers"], b"authorization")
        if len(recent) >= _WRONG_PASSWORDS:
            await _refuse(scope, send, 429, "Too many wrong passwords; wait a minute.")
        elif hmac.compare_digest(_basic(given), expected):
            wrong.pop(address, None)
            await application(scope, receive, send)
        else:
            if given:
                wrong[address] = [*recent, time.monotonic()]
            challenge = (b"www-authenticate", b'Basic realm="qa", charset="UTF-8"')
            await _refuse(scope, send, 401, "Say who you are.", challenge)

    return run


def _basic(authorization: str) -> bytes:
    scheme, _, value = authorization.partition(" ")
    try:
        return base64.b64decode(value, validate=True) if scheme.casefold() == "basic" else b""
    except ValueError:
        return b""


class _TooLarge(Exception):
    """The body of a request goes on beyond its limit."""


def _limited(application: Application) -> Application:
    """Refuses a body that is too large, whether it says so beforehand or not."""

    async def run(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await application(scope, receive, send)
            return
        limit = LARGEST_UPLOAD if scope["path"] == UPLOADS else LARGEST_REQUEST
        length = _header(scope["headers"], b"content-length")
        read = 0
        has_begun = False

        async def received() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > limit:
                raise _TooLarge
            return message

        async def sent(message: Message) -> None:
            nonlocal has_begun
            # A server above may turn our own exception into an answer of its own.
            if read > limit and not has_begun:
                raise _TooLarge
            has_begun = True
            await send(message)

        if length and (not length.isdecimal() or int(length) > limit):
            await _refuse(scope, send, 413, f"This is too large; at most {limit:,} bytes are taken.")
            return
        try:
            await application(scope, received, sent)
        except _TooLarge:
            if not has_begun:
                await _refuse(scope, send, 413, f"This is too large; at most {limit:,} bytes are taken.")

    return run


async def _refuse(scope: Message, send: Send, status: int, why: str, *headers: tuple[bytes, bytes]) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": why})
        return
    plain = (b"content-type", b"text/plain; charset=utf-8")
    await send({"type": "http.response.start", "status": status, "headers": [plain, *headers]})
    await send({"type": "http.response.body", "body": why.encode()})


def _header(headers: Sequence[tuple[bytes, bytes]], name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in headers if key.lower() == name), "")
