"""The rules of the server, each asked over ASGI with nothing between."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import MutableMapping
from typing import Any

import pytest

from qa.app.guard import LARGEST_REQUEST, REPORT, UPLOADS, Credentials, guarded, is_loopback

Message = MutableMapping[str, Any]
HTML = (
    b"<html><script>inline()</script><script type=module src=a.js></script><p>a script, and &lt;script&gt;</p></html>"
)


async def page(scope: Message, receive: Any, send: Any) -> None:
    """An application that reads the body whole and answers with HTML in two pieces."""
    while (await receive()).get("more_body"):
        pass
    await send(
        {
            "type": "http.response.start",
            "status": 200,
            "headers": [(b"content-type", b"text/html"), (b"content-length", str(len(HTML)).encode())],
        }
    )
    await send({"type": "http.response.body", "body": HTML[:10], "more_body": True})
    await send({"type": "http.response.body", "body": HTML[10:]})


def asked(
    path: str = "/",
    *,
    headers: dict[str, str] | None = None,
    pieces: tuple[bytes, ...] = (b"",),
    credentials: Credentials | None = None,
    application: Any = None,
) -> tuple[int, dict[str, str], bytes]:
    given = {"host": "127.0.0.1:7860", **(headers or {})}
    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "client": ("10.0.0.9", 1),
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in given.items()],
    }
    waiting = [{"type": "http.request", "body": each, "more_body": True} for each in pieces]
    waiting[-1]["more_body"] = False
    sent: list[Message] = []

    async def receive() -> Message:
        return waiting.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    rules = application or guarded(page, hosts=("127.0.0.1", "localhost", "::1"), credentials=credentials)
    asyncio.run(rules(scope, receive, send))
    answered = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], answered, b"".join(each.get("body", b"") for each in sent[1:])


@pytest.mark.parametrize("host", ["127.0.0.1:7860", "localhost", "LOCALHOST:1", "[::1]:7860"])
def test_the_servers_own_names_are_answered(host: str) -> None:
    assert asked(headers={"host": host})[0] == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:7860", "127.0.0.1.evil.example", "", "[::2]", "169.254.169.254"]
)
def test_another_name_is_refused(host: str) -> None:
    status, _, body = asked(headers={"host": host})
    assert status == 400
    assert b"<html" not in body


def test_another_sites_page_may_not_ask() -> None:
    assert asked(headers={"origin": "http://127.0.0.1:7860"})[0] == 200
    assert asked(headers={"origin": "https://evil.example"})[0] == 403
    assert asked(headers={"origin": "http://127.0.0.1:9999"})[0] == 403
    assert asked(headers={"origin": "null"})[0] == 403


def test_a_body_that_says_it_is_too_large_is_refused_unread() -> None:
    assert asked(headers={"content-length": str(LARGEST_REQUEST + 1)})[0] == 413
    assert asked(headers={"content-length": "-1"})[0] == 413
    assert asked(headers={"content-length": "many"})[0] == 413


def test_a_body_that_turns_out_too_large_is_refused() -> None:
    assert asked(pieces=(b"x" * LARGEST_REQUEST,))[0] == 200
    assert asked(pieces=(b"x" * LARGEST_REQUEST, b"x"))[0] == 413


def test_an_upload_may_be_larger() -> None:
    assert asked(UPLOADS, pieces=(b"x" * LARGEST_REQUEST, b"x"))[0] == 200


def test_every_answer_carries_the_headers_that_trust_nothing_but_this_origin() -> None:
    for status, headers, _ in (asked(), asked(headers={"host": "evil.example"})):
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy, status
        assert "connect-src 'self'" in policy
        assert "script-src 'self' 'nonce-" in policy
        assert "'unsafe-inline'" not in policy.split("style-src")[0]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"


def test_the_pages_own_scripts_get_a_nonce_that_is_new_every_time() -> None:
    _, headers, body = asked()
    nonce = headers["content-security-policy"].split("'nonce-")[1].split("'")[0]
    assert body.count(f'<script nonce="{nonce}"'.encode()) == 2
    assert b"&lt;script&gt;" in body
    assert int(headers["content-length"]) == len(body)
    assert nonce not in asked()[1]["content-security-policy"]


def test_the_report_may_stand_in_the_page_and_do_nothing_else() -> None:
    _, headers, body = asked(REPORT)
    assert "sandbox allow-scripts" in headers["content-security-policy"]
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "nonce" not in headers["content-security-policy"]
    assert body == HTML


def basic(user: str, password: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


KEEPER = Credentials("ann", "pässword:1")


def test_only_who_knows_the_password_comes_in() -> None:
    assert asked(credentials=KEEPER, headers=basic("ann", "pässword:1"))[0] == 200
    status, headers, body = asked(credentials=KEEPER)
    assert status == 401
    assert headers["www-authenticate"].startswith("Basic ")
    assert b"<html" not in body
    for wrong in (
        basic("ann", "wrong"),
        basic("eve", "pässword:1"),
        {"authorization": "Basic %%%"},
        {"authorization": "Bearer x"},
    ):
        assert asked(credentials=KEEPER, headers=wrong)[0] == 401


@pytest.mark.parametrize(
    "path", ["/", "/config", "/gradio_api/info", "/gradio_api/queue/join", "/theme.css", "/qa/page.js", REPORT]
)
def test_no_address_is_open_without_the_password(path: str) -> None:
    assert asked(path, credentials=KEEPER)[0] == 401


def test_whoever_guesses_has_to_wait() -> None:
    rules = guarded(page, hosts=("127.0.0.1",), credentials=KEEPER)
    for _ in range(10):
        assert asked(application=rules, headers=basic("ann", "wrong"))[0] == 401
    assert asked(application=rules, headers=basic("ann", "pässword:1"))[0] == 429


def test_the_password_is_in_no_repr() -> None:
    assert "pässword" not in repr(KEEPER)


def test_a_websocket_is_closed() -> None:
    sent: list[Message] = []

    async def run() -> None:
        async def send(message: Message) -> None:
            sent.append(message)

        rules = guarded(page, hosts=("127.0.0.1",), credentials=None)
        await rules({"type": "websocket", "path": "/", "headers": [(b"host", b"127.0.0.1")]}, None, send)  # type: ignore[arg-type]

    asyncio.run(run())
    assert [each["type"] for each in sent] == ["websocket.close"]


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("127.0.0.1", True),
        ("localhost", True),
        ("::1", True),
        ("127.8.8.8", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.0.2", False),
        ("example.org", False),
    ],
)
def test_loopback_is_what_this_machine_alone_can_reach(host: str, own: bool) -> None:
    assert is_loopback(host) is own
