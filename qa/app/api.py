"""The named endpoint for `gradio_client`, and the tool for MCP: a question in, the receipt out that Python gives as well.

/answer   the endpoint, always
/mcp      the Model Context Protocol (streamable HTTP), where it is asked for

What a program sends is checked where an answer is made; here values that are left out get their defaults.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import escape
from typing import TYPE_CHECKING, Any

import gradio as gr
from fastapi import Request
from fastapi.responses import JSONResponse
from gradio.events import api

from qa.app.events import ASKING, AT_ONCE
from qa.app.library import Library
from qa.types import QAError, WrongUse

if TYPE_CHECKING:
    from fastapi import FastAPI

MCP = "/mcp"

_NAME = "answer"
_BY_NAME = f"/call/v2/{_NAME}"
"""Where Gradio takes the values by their names, in place of a list."""

_ABOUT = """Answer a question from the documents that are served, with the exact words that prove every statement.

Args:
    question: The question, in words; at most 10,000 characters.
    history: Pairs of a question and the text of its answer before this question, oldest first.
    files: Answer from these files alone, named relative to the folder.

Returns:
    The receipt: text, statements with verdicts, citations with file, line and quote; or why there is no answer.
"""


class Blocks(gr.Blocks):
    """Gradio's, in which values that a program leaves out of a call of `/answer` are None, where Gradio itself fails."""

    async def preprocess_data(
        self, block_fn: Any, inputs: list[Any], state: Any, explicit_call: bool = False
    ) -> list[Any]:
        """The values as the function takes them."""
        left_out = len(block_fn.inputs) - len(inputs) if block_fn.api_name == _NAME else 0
        values: list[Any] = await super().preprocess_data(block_fn, [*inputs, *[None] * left_out], state, explicit_call)
        return values


def endpoint(library: Library) -> None:
    """Offer `/answer`, inside `Blocks`."""

    def answer(question: str, history: list[list[str]] | None = None, files: list[str] | None = None) -> dict[str, Any]:
        try:
            return _receipt(library, question, history, files)
        except QAError as error:
            # A browser would read the message of an error as HTML; a program would read escaped quotes as they are.
            raise gr.Error(escape(str(error), quote=False), print_exception=False) from error

    answer.__doc__ = _ABOUT
    api(answer, api_name=_NAME, concurrency_limit=AT_ONCE, concurrency_id=ASKING)


def misnamed(request: Request, error: Exception) -> JSONResponse:
    """What a call gets whose values Gradio can not tell by their names; any other error goes on."""
    if not request.url.path.rstrip("/").endswith(_BY_NAME):
        raise error
    return JSONResponse({"detail": "Name the question and, if wanted, history and files; nothing else."}, 422)


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


def _receipt(library: Library, question: Any, history: Any, files: Any) -> dict[str, Any]:
    """The receipt for what a program has sent, whatever that is. Raises QAError."""
    return library.answer(question, () if history is None else history, None if files == [] else files).to_dict()
