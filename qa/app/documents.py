"""The tab of the documents: those that are served, and the visitor's own, with upload and removal. Layout and events
only."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from qa.app.ask import MOST_CHOICES, AskTab, html
from qa.app.events import number, on
from qa.app.library import Library
from qa.app.own import MOST_BYTES, MOST_FILES, NAME, OwnDocuments
from qa.app.served import Served
from qa.load import READERS
from qa.markup.documents import documents
from qa.markup.frame import notice, section
from qa.markup.html import Html
from qa.types import Progress, QAError

_FOLDER = "The folder that is served. It is only read, and read again as it changes."
_LIMITS = f"Seen by nobody else, deleted with your visit. At most {MOST_FILES} files, {MOST_BYTES // 2**20} MB: "


@dataclass(frozen=True, slots=True)
class _Shelves:
    """The components that events change: `folder` lists what is served, `mine` what the visitor has."""

    folder: gr.HTML
    upload: gr.File
    status: gr.HTML
    mine: gr.HTML


def documents_tab(served: Served, asking: AskTab, tab: gr.Tab) -> None:
    """Lay the tab out and bind its events; what is uploaded can be asked in `asking`."""
    shelves = _laid_out(served)
    _listing(shelves, served, asking, tab)
    _changing(shelves, served, asking)


def _laid_out(served: Served) -> _Shelves:
    with gr.Row(elem_id="qa-shelves", equal_height=False):
        with gr.Column(scale=6, min_width=320):
            html(section(served.library.name, _FOLDER), "qa-served-head")
            folder = html(Html(""), "qa-served")
        with gr.Column(scale=5, min_width=320):
            html(section(NAME, _LIMITS + ", ".join(sorted(READERS))), "qa-own-head")
            label = "Drop files here, or choose them"
            upload = gr.File(label=label, file_count="multiple", elem_id="qa-upload", height=130)
            return _Shelves(folder, upload, html(Html(""), "qa-status"), html(Html(""), "qa-mine"))


def _listing(shelves: _Shelves, served: Served, asking: AskTab, tab: gr.Tab) -> None:
    def listed(own: OwnDocuments | None) -> tuple[Html, Html]:
        try:
            served.library.refresh()
        except QAError as error:
            return notice(str(error), is_problem=True), _own_list(own)
        return documents(served.library.listed(), total=len(served.library.files())), _own_list(own)

    def choices(where: str, own: OwnDocuments | None) -> Any:
        return _choices(served.meant(where, own))

    on(tab.select, listed, [asking.own], [shelves.folder, shelves.mine])
    on(asking.where.change, choices, [asking.where, asking.own], [asking.within])


def _changing(shelves: _Shelves, served: Served, asking: AskTab) -> None:
    def add(
        files: list[str] | None,
        own: OwnDocuments | None,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - Gradio finds it there
    ) -> tuple[Any, ...]:
        def advance(step: Progress) -> None:
            progress((step.done, step.total), desc=f"Indexing {step.file}", unit="passages")

        given = own
        try:
            given = own or served.visitors.give()
            given.add([Path(file) for file in files or ()], advance)
            unreadable = given.library.unreadable()
            words = notice(unreadable or "Indexed. You can ask them now.", is_problem=bool(unreadable))
        except QAError as error:
            words = notice(str(error), is_problem=True)
        finally:
            # What lies where Gradio has put it can be fetched by whoever knows its content.
            for file in files or ():
                Path(file).unlink(missing_ok=True)
        return (None, words, *_after(served, given))

    def remove(own: OwnDocuments | None, event: gr.EventData) -> tuple[Any, ...]:
        listed = own.library.listed() if own is not None else []
        chosen = number(event, "number")
        if own is not None and 0 <= chosen < len(listed):
            own.remove(listed[chosen].file)
        return (Html(""), *_after(served, own))

    after = [shelves.mine, asking.own, asking.where, asking.within]
    given = [shelves.upload, asking.own]
    on(shelves.upload.upload, add, given, [shelves.upload, shelves.status, *after], progress="full")
    on(shelves.mine.delete, remove, [asking.own], [shelves.status, *after])


def _after(served: Served, own: OwnDocuments | None) -> tuple[Any, ...]:
    """What changes with a visitor's own documents: their list, the state, where to ask and within what."""
    has_any = own is not None and not own.is_empty
    where = NAME if has_any else served.library.name
    return _own_list(own), own, gr.update(visible=has_any, value=where), _choices(served.meant(where, own))


def _choices(library: Library) -> Any:
    return gr.update(choices=library.files()[:MOST_CHOICES], value=[])


def _own_list(own: OwnDocuments | None) -> Html:
    if own is None or own.is_empty:
        return documents([], total=0)
    return documents(own.library.listed(), total=len(own.library.files()), can_remove=True)
