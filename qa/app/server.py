"""A folder and an address to a running server: the page, its rules, and what it needs beside it.

Whatever is set in the environment for Gradio is dropped: a share link or another folder to be served must not come from
there. Nothing is ever fetched from another origin, by the page or by the server.
"""

from __future__ import annotations

import errno
import os
import signal
import socket
import tempfile
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from qa.app.examples import examples
from qa.app.feedback import FILE, Feedback
from qa.app.guard import REPORT, Credentials, guarded, is_loopback
from qa.app.library import Library
from qa.app.own import Visitors
from qa.app.served import Served
from qa.assistant import Assistant
from qa.load import Pictures
from qa.types import Document, Progress, UnreadableDocument, WrongUse

if TYPE_CHECKING:
    from fastapi import FastAPI

_WAITING = 60
"""Questions that wait for their turn; whoever comes then is told to come back later."""

_VISITS = 200
"""Visitors whose conversations are kept; of more, those that were not seen for longest are forgotten."""

_EXAMPLES = 4
_READ_FOR_EXAMPLES = 12
_HERE = Path(__file__).parent

_NO_REPORT = (
    "<!doctype html><html lang=en><meta charset=utf-8><title>No evaluation</title><style>:root{color-scheme:light dark}"
    "body{font:16px/1.6 system-ui,sans-serif;margin:2rem}</style><p>There is no evaluation yet. "
    "Make one in a checkout: <code>python -m eval run</code>."
)


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen, and who may come in; `port` 0 takes a free one. `names` are further names it is reached by."""

    host: str = "127.0.0.1"
    port: int = 7860
    credentials: Credentials | None = None
    names: tuple[str, ...] = ()


def serve(
    assistant: Assistant,
    address: Address,
    *,
    progress: Callable[[Progress], None] | None = None,
    report: Path | None,
    has_mcp: bool = False,
    started: Callable[[str, int, str], None] = lambda corpus, files, url: None,
) -> None:
    """Index the folder, then serve the page until the process is asked to end, as which the signal comes out.

    `started` is called once it answers, with the folder's name, the number of its files and the URL. `report` is the page of the last evaluation.
    Raises QAError: WrongUse where the address is taken or is none, and what `Assistant.sync` raises.
    """
    import uvicorn

    settings = assistant.settings
    library = Library(assistant, name=settings.corpus.resolve().name or "/")
    # An index may take hours to make; that the address will not do is told before.
    _listening(address).close()
    library.refresh(progress)
    with (
        _listening(address) as listener,
        closing(Visitors(llm=settings.llm, embed=settings.embed)) as visitors,
        tempfile.TemporaryDirectory(prefix="qa-") as uploads,
    ):
        _forget_settings(uploads)
        port = listener.getsockname()[1]
        # Asking the examples also loads all that the first visitor would wait for.
        asked = examples(_documents(library), count=_EXAMPLES, is_answered=library.is_answered)
        feedback = Feedback(settings.store / FILE, corpus=str(settings.corpus.resolve()))
        served = Served(library, visitors, Pictures(), feedback, asked)
        application = guarded(
            _application(served, report=report, has_mcp=has_mcp),
            hosts=_names(address),
            credentials=address.credentials,
        )

        class Server(uvicorn.Server):
            async def startup(self, sockets: list[socket.socket] | None = None) -> None:
                await super().startup(sockets)
                started(library.name, len(library.files()), f"http://{_shown(address.host)}:{port}")

        config = uvicorn.Config(
            application,
            log_level="warning",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=2,
        )
        # uvicorn ends in order and then hands the signal on, which by itself would end the process before visitors'
        # files are deleted.
        if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            signal.signal(signal.SIGTERM, signal.default_int_handler)
        Server(config).run(sockets=[listener])


def _listening(address: Address) -> socket.socket:
    """The socket to be served on. Raises WrongUse, which says whether it is the host or the port that will not do."""
    where = f"{_bracketed(address.host)}:{address.port}"
    try:
        family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
        # `create_server` hides why a name leads nowhere, and takes none at all for every address of the machine.
        socket.getaddrinfo(address.host, None, family)
        return socket.create_server((address.host, address.port), family=family, backlog=256)
    except (socket.gaierror, UnicodeError) as error:
        raise WrongUse(
            f"There is no host {address.host!r}; give --host an address of this machine, such as 127.0.0.1, and"
            " the port as --port."
        ) from error
    except (OSError, OverflowError) as error:
        number = getattr(error, "errno", None)
        if number == errno.EADDRNOTAVAIL:
            raise WrongUse(
                f"The address {address.host} is not one of this machine; give --host one that is, such as 127.0.0.1."
            ) from error
        # What `create_server` says of it names the address once more.
        why = os.strerror(number).lower() if number else str(error)
        raise WrongUse(
            f"The address {where} can not be listened on ({why}); name another --port, or 0 for a free one."
        ) from error


def _forget_settings(uploads: str) -> None:
    for name in [name for name in os.environ if name.startswith("GRADIO_")]:
        del os.environ[name]
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["GRADIO_TEMP_DIR"] = uploads


def _application(served: Served, *, report: Path | None, has_mcp: bool) -> FastAPI:
    import gradio
    from fastapi import FastAPI
    from fastapi.responses import FileResponse, HTMLResponse, Response

    from qa.app.api import misnamed, with_mcp
    from qa.app.page import page

    application = with_mcp(served.library) if has_mcp else FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @application.get("/qa/page.js")
    def script() -> Response:
        return FileResponse(_HERE / "page.js", media_type="text/javascript")

    @application.get("/qa/page.css")
    def style() -> Response:
        return FileResponse(_HERE / "page.css", media_type="text/css")

    @application.get(REPORT)
    def evaluation() -> Response:
        if report is None or not report.is_file():
            return HTMLResponse(_NO_REPORT)
        return FileResponse(report, media_type="text/html")

    blocks = page(served)
    blocks.state_session_capacity = _VISITS
    blocks.queue(max_size=_WAITING, default_concurrency_limit=4)
    mounted: FastAPI = gradio.mount_gradio_app(
        application,
        blocks,
        path="/",
        server_name="127.0.0.1",
        footer_links=[],
        run_history=False,
        app_kwargs={
            "docs_url": None,
            "redoc_url": None,
            "openapi_url": None,
            "exception_handlers": {TypeError: misnamed},
        },
        allowed_paths=[],
        show_error=False,
        max_file_size="10mb",
        ssr_mode=False,
        enable_monitoring=False,
        pwa=False,
        mcp_server=False,
        theme=gradio.themes.Base(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]),
        # Not as `css`, which Gradio rewrites selector by selector.
        head='<link rel="stylesheet" href="/qa/page.css"><script src="/qa/page.js"></script>',
    )
    return mounted


def _documents(library: Library) -> list[Document]:
    found = []
    for file in library.files()[:_READ_FOR_EXAMPLES]:
        with suppress(UnreadableDocument):
            found.append(library.document(file))
    return found


def _names(address: Address) -> tuple[str, ...]:
    """What a `Host` may say: this machine's own names on loopback, else the address, the host's name and those given."""
    own = ("127.0.0.1", "localhost", "::1")
    if is_loopback(address.host):
        return (*own, address.host, *address.names)
    return (*own, address.host, socket.gethostname(), socket.getfqdn(), *address.names)


def _shown(host: str) -> str:
    if host in ("0.0.0.0", "::"):  # noqa: S104 - shown, not bound
        return "127.0.0.1"
    return _bracketed(host)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
