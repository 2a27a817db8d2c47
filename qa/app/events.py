"""How an event is bound and read: private to the page, without a spinner, and nothing that a browser sends is trusted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import gradio as gr

AT_ONCE = 20
"""Questions that are worked on at the same time; more of them wait."""

ASKING = "ask"
"""The events that share this limit."""


def on(
    listener: Callable[..., Any],
    function: Callable[..., Any],
    inputs: Sequence[gr.State | gr.components.Component],
    outputs: Sequence[gr.State | gr.components.Component],
    *,
    waits_at: gr.HTML | None = None,
    progress: Literal["full", "hidden"] = "hidden",
) -> Any:
    """Bind a function to an event of the page. With `waits_at` it shares the limit on questions, and while it waits for
    its turn that component says so; all else is quick."""
    return listener(
        function,
        list(inputs),
        list(outputs),
        show_progress="minimal" if waits_at else progress,
        show_progress_on=waits_at,
        api_visibility="private",
        concurrency_limit=AT_ONCE,
        concurrency_id=ASKING if waits_at else None,
    )


def number(event: gr.EventData, name: str) -> int:
    """A number that the browser sent with an event; -1 where it sent none."""
    value = _sent(event, name)
    return value if isinstance(value, int) and not isinstance(value, bool) else -1


def text(event: gr.EventData, name: str) -> str:
    """A text that the browser sent with an event; "" where it sent none."""
    value = _sent(event, name)
    return value if isinstance(value, str) else ""


def _sent(event: gr.EventData, name: str) -> object:
    data = event._data
    return data.get(name) if isinstance(data, dict) else None
