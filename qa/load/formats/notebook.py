"""Jupyter notebooks: their Markdown as it is, code and what it printed between fences."""

from __future__ import annotations

import json
from typing import Any

from qa.load.encodings import decode
from qa.load.formats import Content
from qa.load.formats.composition import Composition
from qa.types import UnreadableDocument

_LONGEST_OUTPUT = 20_000
"""Characters of what a cell printed; more is a log."""


def content(data: bytes) -> Content:
    """The cells in order. https://nbformat.readthedocs.io/en/latest/format_description.html"""
    try:
        notebook = json.loads(decode(data).text)
        cells = notebook["cells"] if "cells" in notebook else notebook["worksheets"][0]["cells"]
    except (ValueError, LookupError, TypeError) as error:
        raise UnreadableDocument("it is no notebook, or damaged") from error
    language = str(notebook.get("metadata", {}).get("kernelspec", {}).get("language", ""))
    composition = Composition()
    for cell in cells:
        source = _joined(cell.get("source", cell.get("input", "")))
        if cell.get("cell_type") == "code":
            _write_fenced(composition, source, language)
            for output in cell.get("outputs", ()):
                _write_fenced(composition, _printed(output)[:_LONGEST_OUTPUT], "")
        else:
            composition.verbatim(source)
    return composition.content(title=str(notebook.get("metadata", {}).get("title", "")))


def _write_fenced(composition: Composition, text: str, language: str) -> None:
    if text.strip():
        # A fence in the text would end ours.
        composition.verbatim(f"```{language}\n{text.replace('```', '` ` `')}\n```")


def _printed(output: dict[str, Any]) -> str:
    if "text" in output:
        return _joined(output["text"])
    data = output.get("data", {})
    return _joined(data.get("text/markdown", data.get("text/plain", "")))


def _joined(source: Any) -> str:
    return "".join(map(str, source)) if isinstance(source, list) else str(source)
