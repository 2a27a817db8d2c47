"""The tab where questions are asked: the talk on the left, its proof beside it. Layout and events only."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr

from qa.app.events import number, on, text
from qa.app.opened import opened
from qa.app.own import NAME, OwnDocuments
from qa.app.served import Served
from qa.app.visit import Visit, asked
from qa.markup.conversation import Rating, conversation
from qa.markup.evidence import evidence
from qa.markup.frame import engine, welcome
from qa.markup.html import Html

MOST_CHOICES = 500
"""Files that can be chosen from; a browser chokes on more."""

# A click on a button of ours becomes an event of the component that it stands in; `page.js` does everything else.
_ON_LOAD = "window.qa.connect(element, trigger)"


@dataclass(frozen=True, slots=True)
class AskTab:
    """The components that events change. `own` are the visitor's own documents; `running` stops the answer that is on
    its way."""

    visit: gr.State
    running: gr.State
    own: gr.State
    conversation: gr.HTML
    evidence: gr.HTML
    opened: gr.HTML
    question: gr.Textbox
    queue: gr.HTML
    where: gr.Radio
    within: gr.Dropdown
    new: gr.Button


def ask_tab(served: Served, own: gr.State) -> AskTab:
    """Lay the tab out, inside a `gr.Tab`."""
    visit = gr.State(Visit())
    with gr.Row(elem_id="qa-ask", equal_height=False):
        with gr.Column(elem_id="qa-talk", scale=6, min_width=320):
            talk = html(welcome(served.library.name, served.examples), "qa-conversation")
            question = gr.Textbox(
                label="Your question",
                placeholder="Ask the documents",
                lines=1,
                max_lines=6,
                submit_btn="Ask",
                stop_btn="Stop",
                elem_id="qa-question",
            )
            queue = html(Html(""), "qa-queue")
            where = gr.Radio(
                [served.library.name, NAME], value=served.library.name, label="Ask", visible=False, elem_id="qa-where"
            )
            with gr.Row(elem_id="qa-below"):
                new = gr.Button("New chat", elem_id="qa-new", min_width=80, scale=0)
                with gr.Accordion("Ask within chosen documents", open=False, elem_id="qa-within"):
                    within = gr.Dropdown(
                        served.library.files()[:MOST_CHOICES],
                        multiselect=True,
                        label="Documents to ask; none chosen means all",
                    )
            html(engine(served.library.engine), "qa-engine")
        with gr.Column(elem_id="qa-proof", scale=5, min_width=320):
            proof = html(evidence(None, number=-1), "qa-evidence")
    return AskTab(
        visit, gr.State(None), own, talk, proof, html(Html(""), "qa-opened"), question, queue, where, within, new
    )


def html(value: Html, name: str) -> gr.HTML:
    """A component that shows HTML of ours, and whose buttons are events."""
    return gr.HTML(value, elem_id=name, js_on_load=_ON_LOAD, apply_default_css=False)


def ask_events(tab: AskTab, served: Served) -> None:
    """Bind what happens in the tab."""
    _asking(tab, served)
    _looking(tab, served)
    _rating(tab, served)


def _asking(tab: AskTab, served: Served) -> None:
    def ask(
        question: str, where: str, files: list[str], visit: Visit, own: OwnDocuments | None
    ) -> Iterator[tuple[Any, ...]]:
        stop = threading.Event()
        if not question.strip():
            yield (*_shown(visit, served), stop)
            return
        library = served.meant(where, own)
        is_own = library is not served.library
        for each in asked(visit, question, library, files or None, is_own=is_own, stop=stop):
            yield (gr.skip(),) * 5 if each is None else (*_shown(each, served), stop)

    def ask_example(visit: Visit, event: gr.EventData) -> Iterator[tuple[Any, ...]]:
        chosen = number(event, "example")
        question = served.examples[chosen] if 0 <= chosen < len(served.examples) else ""
        yield from ask(question, served.library.name, [], visit, None)

    def stop(running: threading.Event | None) -> None:
        if running is not None:
            running.set()

    def restart() -> tuple[Any, ...]:
        return _shown(Visit(), served)

    shown = [tab.conversation, tab.evidence, tab.question, tab.visit]
    given = [tab.question, tab.where, tab.within, tab.visit, tab.own]
    on(tab.question.submit, ask, given, [*shown, tab.running], waits_at=tab.queue)
    on(tab.conversation.submit, ask_example, [tab.visit], [*shown, tab.running], waits_at=tab.queue)
    # Not by Gradio's `cancels`: what it had on its way would come after, and show the answer as if it went on.
    on(tab.question.stop, stop, [tab.running], [])
    on(on(tab.new.click, stop, [tab.running], []).then, restart, [], shown)


def _looking(tab: AskTab, served: Served) -> None:
    def select(visit: Visit, event: gr.EventData) -> tuple[Html, Html, Visit]:
        talk, proof, _, selected = _shown(visit.showing(number(event, "turn")), served)
        return talk, proof, selected

    def show_document(visit: Visit, own: OwnDocuments | None, event: gr.EventData) -> Iterator[Html]:
        turn = visit.at(number(event, "turn"))
        library = None if turn is None else served.of_turn(is_own=turn.is_own, own=own)
        chosen, found = number(event, "citation"), number(event, "hit")
        yield from opened(turn, library, served.pictures, citation=chosen, hit=found, key=time.monotonic_ns())

    for panel in (tab.conversation, tab.evidence):
        on(panel.select, select, [tab.visit], [tab.conversation, tab.evidence, tab.visit])
        on(panel.expand, show_document, [tab.visit, tab.own], [tab.opened])


def _rating(tab: AskTab, served: Served) -> None:
    def keep(visit: Visit, turn_number: int, rating: Rating, why: str) -> tuple[Html, Visit]:
        turn = visit.at(turn_number)
        if turn is not None and turn.answer is not None:
            history = visit.history(turn_number, is_own=turn.is_own)
            served.feedback.keep(turn.answer, rating, why, history, is_own=turn.is_own)
            visit = visit.rated(turn_number, rating, is_explained=bool(why))
        return conversation(visit.turns, selected=visit.selected), visit

    def rate(visit: Visit, event: gr.EventData) -> tuple[Html, Visit]:
        return keep(visit, number(event, "turn"), "up" if text(event, "rating") == "up" else "down", "")

    def explain(visit: Visit, event: gr.EventData) -> tuple[Html, Visit]:
        turn = visit.at(number(event, "turn"))
        rating = turn.rating if turn is not None else None
        return keep(visit, number(event, "turn"), rating or "down", text(event, "why") or "-")

    on(tab.conversation.like, rate, [tab.visit], [tab.conversation, tab.visit])
    on(tab.conversation.input, explain, [tab.visit], [tab.conversation, tab.visit])


def _shown(visit: Visit, served: Served) -> tuple[Html, Html, str, Visit]:
    """A visit as the tab shows it: conversation, evidence, an empty box, and the visit itself."""
    if not visit.turns:
        return welcome(served.library.name, served.examples), evidence(None, number=-1), "", visit
    talk = conversation(visit.turns, selected=visit.selected)
    return talk, evidence(visit.shown, number=visit.selected), "", visit
