"""The named endpoint for `gradio_client`, and the tool for MCP: a question in, the receipt out that Python gives as well.

/answer   the endpoint, always
/mcp      the Model Context Protocol (streamable HTTP), where it is asked for
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import gradio as gr
from gradio.events import api

from qa.app.events import ASKING, AT_ONCE
from qa.app.library import Library
from qa.markup.html import escaped
from qa.types import QAError, WrongUse

if TYPE_CHECKING:
    from fastapi import FastAPI

MCP = "/mcp"

_ABOUT = """Answer a question from the documents that are served, with the exact words that prove every statement.

Args:
    question: The question, in words; at most 10,000 characters.
    history: Pairs of a question and the text of its answer before this question, oldest first.
    files: Answer from these files alone, named relative to the folder.

Returns:
    The receipt: text, statements with verdicts, citations with file, line and quote; or why there is no answer.
"""


def endpoint(library: Library) -> None:
    """Offer `/answer`, inside a `gr.Blocks`."""

    def answer(question: str, history: list[list[str]] | None = None, files: list[str] | None = None) -> dict[str, Any]:
        try:
            return _receipt(library, question, history, files)
        except QAError as error:
            # A browser would read the message of an error as HTML.
            raise gr.Error(escaped(str(error)), print_exception=False) from error

    answer.__doc__ = _ABOUT
    api(answer, api_name="answer", concurrency_limit=AT_ONCE, concurrency_id=ASKING)


def with_mcp(library: Library) -> FastAPI:
    """An application that offers the tool `answer` at `/mcp`. Raises WrongUse where the extra is not installed."""
    from fastapi import FastAPI

    try:
        from mcp.server.fastmcp import FastMCP
        from mcp.server.transport_security import TransportSecuritySettings
    except ImportError as error:
        raise WrongUse("The Model Context Protocol needs one more package: pip install 'qa[mcp]'.") from error

    # Hosts are checked by `guard`, for every address alike.
    unchecked = TransportSecuritySettings(enable_dns_rebinding_protection=False)
    server = FastMCP(
        "qa", stateless_http=True, json_response=True, streamable_http_path=MCP, transport_security=unchecked
    )

    @server.tool(description=_ABOUT)
    async def answer(
        question: str, history: list[list[str]] | None = None, files: list[str] | None = None
    ) -> dict[str, Any]:
        return await asyncio.to_thread(_receipt, library, question, history, files)

    routes = server.streamable_http_app().routes

    @asynccontextmanager
    async def running(application: FastAPI) -> AsyncIterator[None]:
        async with server.session_manager.run():
            yield

    application = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=running)
    application.router.routes.extend(routes)
    return application


def _receipt(
    library: Library, question: str, history: Sequence[Sequence[str]] | None, files: Sequence[str] | None
) -> dict[str, Any]:
    pairs = [(str(each[0]), str(each[1])) for each in history or () if len(each) == 2]
    return library.answer(str(question), pairs, files or None).to_dict()
