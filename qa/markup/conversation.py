"""A conversation to HTML: questions, the statements of their answers with chips and verdicts, and what else a reader
must know of an answer. Takes checked nouns only. Knows nothing of events; a button says in `data-action` what it asks
for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from qa.markup.html import Html, element, joined
from qa.markup.markdown import markdown
from qa.text.visible import visible
from qa.types import Answer, Citation, Conflict, Hit, Statement, Verdict

Rating = Literal["up", "down"]

VERDICTS: dict[Verdict, tuple[str, str]] = {
    "supported": ("✓", "supported"),
    "partial": ("~", "supported in part"),
    "contradicted": ("✗", "contradicted"),
    "unsupported": ("✗", "not supported"),
}
"""A verdict as a mark and in words, so that no reader depends on a colour."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and what has come of it so far: nothing yet, statements, the whole answer, or a problem in words."""

    question: str
    is_own: bool = False
    """Whether the visitor's own documents were asked, and not the folder that is served."""
    statements: tuple[Statement, ...] = ()
    hits: tuple[Hit, ...] = ()
    answer: Answer | None = None
    problem: str | None = None
    is_stopped: bool = False
    rating: Rating | None = None
    is_explained: bool = False
    """Whether the reason for the rating was given."""

    @property
    def stated(self) -> tuple[Statement, ...]:
        """The statements shown so far."""
        return self.statements if self.answer is None else self.answer.statements

    @property
    def cited(self) -> tuple[Citation, ...]:
        """The citations so far; [1] is the first of them."""
        if self.answer is not None:
            return self.answer.citations
        return tuple(dict.fromkeys(citation for each in self.statements for citation in each.citations))

    @property
    def found(self) -> tuple[Hit, ...]:
        """The passages that were retrieved."""
        return self.hits if self.answer is None else self.answer.hits

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come."""
        return self.answer is not None or self.problem is not None or self.is_stopped


def conversation(turns: Sequence[Turn], *, selected: int) -> Html:
    """All turns, oldest first; the evidence of turn number `selected` stands beside them."""
    return element(
        "div",
        {"class": "qa-turns", "role": "log", "aria-label": "Conversation", "aria-live": "polite"},
        *(_turn(number, turn, is_selected=number == selected) for number, turn in enumerate(turns)),
    )


def _turn(number: int, turn: Turn, *, is_selected: bool) -> Html:
    state = " qa-selected" if is_selected else ""
    return element(
        "article",
        {"class": f"qa-turn{state}", "data-turn": number},
        element("h2", {"class": "qa-question", "dir": "auto"}, visible(turn.question)),
        _body(turn),
        _actions(turn, turn.answer) if turn.answer is not None else "",
    )


def _body(turn: Turn) -> Html:
    if turn.problem is not None:
        words = element("p", {"dir": "auto"}, visible(turn.problem))
        return element("div", {"class": "qa-problem", "role": "alert"}, _label("!", "This did not work"), words)
    if turn.answer is not None and turn.answer.abstained:
        return _abstention(turn.answer)
    numbers: dict[Citation, int] = {}
    parts = [_statement(each, numbers) for each in turn.stated]
    if turn.is_stopped:
        parts.append(element("p", {"class": "qa-remark"}, "Stopped. What was proven by then stands."))
    elif turn.answer is None:
        parts.append(_pending(has_statements=bool(turn.stated)))
    else:
        parts += [*_conflicts(turn.answer, numbers), *_remarks(turn.answer), *_withheld(turn.answer)]
    return element("div", {"class": "qa-answer"}, *parts)


def _statement(statement: Statement, numbers: dict[Citation, int]) -> Html:
    return element(
        "p",
        {"class": "qa-statement"},
        element("span", {"dir": "auto", "class": "qa-words"}, visible(statement.text)),
        " ",
        element("span", {"class": "qa-marks"}, *_chips(statement, numbers), " ", verdict(statement)),
    )


def _chips(statement: Statement, numbers: dict[Citation, int]) -> list[Html]:
    chips = []
    for citation in statement.citations:
        number = numbers.setdefault(citation, len(numbers) + 1)
        label = f"Evidence {number}: {visible(citation.file)}, {place(citation)}"
        chips.append(
            element(
                "button",
                {
                    "type": "button",
                    "class": "qa-chip",
                    "data-action": "evidence",
                    "data-citation": number,
                    "aria-label": label,
                    "title": label,
                },
                f"[{number}]",
            )
        )
    return chips


def verdict(statement: Statement) -> Html:
    """The mark of a verdict with its name; the reason is its title."""
    mark, name = VERDICTS[statement.verdict]
    return element(
        "span",
        {"class": f"qa-verdict qa-{statement.verdict}", "title": visible(statement.reason)},
        element("span", {"aria-hidden": "true"}, mark),
        f" {name}",
    )


def place(citation: Citation) -> str:
    """Where a citation stands in its file: "line 7", or "page 3, line 90" where the file has pages."""
    line = f"line {citation.line:,}"
    return f"page {citation.page}, {line}" if citation.page else line


def _abstention(answer: Answer) -> Html:
    looked_for = answer.rewritten or answer.question
    return element(
        "div",
        {"class": "qa-abstention"},
        _label("∅", "No answer in these documents"),
        element("p", {"class": "qa-reason", "dir": "auto"}, visible(answer.reason or "")),
        element(
            "dl",
            {},
            element("dt", {}, "Looked for"),
            element("dd", {"dir": "auto"}, visible(looked_for)),
            element("dt", {}, "Nearest passages"),
            element("dd", {}, _nearest(answer)),
        ),
        *_remarks(answer),
        *_withheld(answer),
    )


def _nearest(answer: Answer) -> Html:
    if not answer.hits:
        return joined(["none"])
    files = dict.fromkeys(visible(hit.passage.file) for hit in answer.hits[:3])
    show = element("button", {"type": "button", "class": "qa-link", "data-action": "evidence"}, "show them")
    return joined([f"{min(3, len(answer.hits))}, in {', '.join(files)} — ", show])


def _conflicts(answer: Answer, numbers: dict[Citation, int]) -> list[Html]:
    return [_conflict(each, numbers) for each in answer.conflicts]


def _conflict(conflict: Conflict, numbers: dict[Citation, int]) -> Html:
    sides = [
        element(
            "li",
            {},
            element("span", {"dir": "auto"}, visible(side.text)),
            " ",
            *_chips(side, numbers),
            element("span", {"class": "qa-file"}, " ", visible(side.citations[0].file) if side.citations else ""),
        )
        for side in conflict.sides
    ]
    return element(
        "div",
        {"class": "qa-conflict"},
        _label("≠", "The documents disagree"),
        element("p", {}, "Both are in the documents; which one is right they do not say."),
        element("ul", {}, *sides),
    )


def _withheld(answer: Answer) -> list[Html]:
    if not answer.withheld:
        return []
    count = len(answer.withheld)
    title = "1 statement was withheld: the documents do not prove it"
    if count > 1:
        title = f"{count} statements were withheld: the documents do not prove them"
    listed = [
        element(
            "li",
            {},
            element("span", {"class": "qa-words", "dir": "auto"}, visible(each.text)),
            " ",
            verdict(each),
            element("p", {"class": "qa-why", "dir": "auto"}, f"Why: {visible(each.reason)}."),
        )
        for each in answer.withheld
    ]
    return [element("details", {"class": "qa-withheld"}, element("summary", {}, title), element("ul", {}, *listed))]


def _remarks(answer: Answer) -> list[Html]:
    remarks = []
    if answer.rewritten and not answer.abstained:
        remarks.append(f"Understood as: {visible(answer.rewritten)}")
    if answer.note:
        remarks.append(visible(answer.note))
    if answer.usage and answer.usage.prompt_tokens is not None and answer.usage.completion_tokens is not None:
        tokens = answer.usage.prompt_tokens + answer.usage.completion_tokens
        remarks.append(f"Written by {visible(answer.engine)} in {answer.usage.seconds:.1f} s, {tokens:,} tokens.")
    return [element("p", {"class": "qa-remark", "dir": "auto"}, each) for each in remarks]


def _pending(*, has_statements: bool) -> Html:
    words = "Reading on …" if has_statements else "Searching the documents …"
    return element("p", {"class": "qa-pending", "role": "status"}, words)


def _label(mark: str, words: str) -> Html:
    return element("p", {"class": "qa-label"}, element("span", {"aria-hidden": "true"}, mark), f" {words}")


def _actions(turn: Turn, answer: Answer) -> Html:
    proof = "Nearest passages" if answer.abstained else "Evidence"
    return element(
        "div",
        {"class": "qa-actions"},
        _button("evidence", proof),
        _button("copy", "Copy", text=markdown(answer)),
        *_rating(turn),
    )


def _rating(turn: Turn) -> list[Html]:
    up = _button("up", "Helpful", is_pressed=turn.rating == "up")
    down = _button("down", "Not helpful", is_pressed=turn.rating == "down")
    if turn.rating is None:
        return [up, down]
    if turn.is_explained:
        return [up, down, element("span", {"class": "qa-thanks", "role": "status"}, "Thank you, it is kept.")]
    form = element(
        "form",
        {"class": "qa-why-form", "data-action": "why"},
        element(
            "label", {}, "In a word, why? ", element("input", {"name": "why", "maxlength": 500, "autocomplete": "off"})
        ),
        element("button", {"type": "submit"}, "Send"),
    )
    return [up, down, form]


def _button(action: str, words: str, *, text: str = "", is_pressed: bool | None = None) -> Html:
    pressed = {} if is_pressed is None else {"aria-pressed": "true" if is_pressed else "false"}
    return element("button", {"type": "button", "data-action": action, "data-text": text, **pressed}, words)
