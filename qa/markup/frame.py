"""What stands around a conversation: the page's head, the welcome before the first question, the engine in one line."""

from __future__ import annotations

from collections.abc import Sequence

from qa.markup.html import Html, element, joined
from qa.text.visible import visible
from qa.types import EXTRACTIVE


def header(corpus: str, files: int, unreadable: str = "") -> Html:
    """The page's title and what is asked here; `unreadable` says why there is nothing to ask."""
    documents = "1 document" if files == 1 else f"{files:,} documents"
    return element(
        "header",
        {"class": "qa-header"},
        element("h1", {}, "qa"),
        element("p", {}, element("span", {"class": "qa-file"}, visible(corpus)), f" · {documents}"),
        element("p", {"class": "qa-bad-news", "role": "status", "dir": "auto"}, visible(unreadable))
        if unreadable
        else "",
    )


def welcome(corpus: str, examples: Sequence[str]) -> Html:
    """What stands in place of a conversation that has not begun."""
    buttons = [
        element(
            "li",
            {},
            element("button", {"type": "button", "data-action": "example", "data-example": number}, visible(each)),
        )
        for number, each in enumerate(examples)
    ]
    return element(
        "div",
        {"class": "qa-welcome"},
        element("h2", {}, "Ask the documents. See the proof."),
        element(
            "p",
            {},
            "Every sentence of an answer comes with the words of the documents that prove it. "
            "Where they do not hold the answer, you are told so.",
        ),
        *([element("p", {"class": "qa-try"}, "Try one of these:"), element("ul", {}, *buttons)] if buttons else []),
    )


def engine(name: str) -> Html:
    """Who writes the answers and, where it is nobody, what to set."""
    if name != EXTRACTIVE:
        return element(
            "p",
            {"class": "qa-engine"},
            "Answers are written by ",
            element("strong", {}, visible(name)),
            ", and every statement is checked against the documents.",
        )
    setting = element("code", {}, "QA_LLM=ollama/llama3.2")
    return element(
        "p",
        {"class": "qa-engine"},
        joined(
            [
                "Answers are the documents’ own sentences; no language model is set. To have one write them, start with ",
                setting,
                ".",
            ]
        ),
    )


def section(title: str, words: str) -> Html:
    """The head of a part of the page."""
    return element(
        "div", {"class": "qa-section"}, element("h2", {}, visible(title)), element("p", {"class": "qa-hint"}, words)
    )


def notice(words: str, *, is_problem: bool) -> Html:
    """What became of something that was asked for."""
    kind = "qa-bad-news" if is_problem else "qa-good-news"
    return element("p", {"class": f"qa-news {kind}", "role": "status", "dir": "auto"}, visible(words))


def framed(path: str, title: str) -> Html:
    """Another page of this server inside this one; it can run its scripts and nothing else."""
    return element("iframe", {"src": path, "title": title, "sandbox": "allow-scripts", "loading": "lazy"})
