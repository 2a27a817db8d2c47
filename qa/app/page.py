"""The page: its head, its tabs, and the visitor's state. Layout only; each tab has a module of its own."""

from __future__ import annotations

import gradio as gr

from qa.app.api import Blocks, endpoint
from qa.app.ask import ask_events, ask_tab, html
from qa.app.documents import documents_tab
from qa.app.guard import REPORT
from qa.app.served import Served
from qa.markup.frame import framed, header

_FORGOTTEN_SECONDS = 6 * 60 * 60
"""After which a visitor's own documents are deleted if they are not touched."""


def page(served: Served) -> gr.Blocks:
    """The page over what is served."""
    title = f"qa – {served.library.name}"
    blocks = Blocks(title=title, analytics_enabled=False, fill_width=True)
    with blocks:
        own = gr.State(None, time_to_live=_FORGOTTEN_SECONDS, delete_callback=served.visitors.take_back)
        html(header(served.library.name, len(served.library.files()), served.library.unreadable()), "qa-header")
        with gr.Tabs(elem_id="qa-tabs"):
            with gr.Tab("Ask"):
                asking = ask_tab(served, own)
            with gr.Tab("Documents") as shelves:
                documents_tab(served, asking, shelves)
            with gr.Tab("Quality"):
                html(framed(REPORT, "The last evaluation"), "qa-quality")
        ask_events(asking, served)
        endpoint(served.library)
    return blocks
