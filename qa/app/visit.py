"""What one visitor has asked: the turns of a conversation, step by step. Shared with nobody.

A visit is a value: every step makes a new one. Knows nothing of pages and events.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

from qa.app.aside import aside
from qa.app.library import Library
from qa.markup.conversation import Rating, Turn
from qa.types import Completed, Found, QAError, Stated

_MOST_TURNS = 40
"""Turns that are kept, which bounds what a visit takes of the memory."""

_PATIENCE_SECONDS = 0.2

_TURNS_READ = 6
"""Turns before a question that are read to understand it."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A visitor's conversation; the evidence shown is that of turn number `selected`."""

    turns: tuple[Turn, ...] = ()
    selected: int = -1

    @property
    def shown(self) -> Turn | None:
        """The turn whose evidence is shown."""
        return self.at(self.selected)

    def at(self, number: int) -> Turn | None:
        """Turn number `number`, counted from 0; None if there is none."""
        return self.turns[number] if 0 <= number < len(self.turns) else None

    def showing(self, number: int) -> Visit:
        """The visit with the evidence of another turn shown, if there is that turn."""
        return self if self.at(number) is None else replace(self, selected=number)

    def rated(self, number: int, rating: Rating, *, is_explained: bool) -> Visit:
        """The visit with a turn rated, if there is that turn."""
        turn = self.at(number)
        return self if turn is None else self._with(number, replace(turn, rating=rating, is_explained=is_explained))

    def history(self, number: int, *, is_own: bool) -> tuple[tuple[str, str], ...]:
        """Question and answer of the turns before turn `number`, of the same documents, oldest first."""
        before = [turn for turn in self.turns[:number] if turn.is_own == is_own]
        pairs = [(turn.question, turn.answer.text) for turn in before if turn.answer is not None]
        return tuple(pairs[-_TURNS_READ:])

    def _and(self, turn: Turn) -> Visit:
        turns = (*self.turns, turn)[-_MOST_TURNS:]
        return Visit(turns, len(turns) - 1)

    def _with(self, number: int, turn: Turn) -> Visit:
        return replace(self, turns=(*self.turns[:number], turn, *self.turns[number + 1 :]))

    def _with_last(self, turn: Turn) -> Visit:
        return self._with(len(self.turns) - 1, turn)


def asked(
    visit: Visit,
    question: str,
    library: Library,
    files: Sequence[str] | None,
    *,
    is_own: bool,
    stop: threading.Event,
) -> Iterator[Visit | None]:
    """The visit after each step of an answer: the question, each statement, the whole answer or a problem in words.

    None comes while nothing happens, so that whoever has closed the page is noticed. With `stop` set the answer ends
    with what was proven by then. Closing the iterator ends it too.
    """
    history = visit.history(len(visit.turns), is_own=is_own)
    turn = Turn(question=question, is_own=is_own)
    visit = visit._and(turn)
    yield visit
    try:
        with closing(aside(library.stream(question, history, files), patience_seconds=_PATIENCE_SECONDS)) as events:
            for event in events:
                if stop.is_set():
                    turn = replace(turn, is_stopped=True)
                    break
                if event is None:
                    yield None
                elif isinstance(event, Found):
                    turn = replace(turn, hits=event.hits)
                    yield visit._with_last(turn)
                elif isinstance(event, Stated):
                    turn = replace(turn, statements=(*turn.statements, event.statement))
                    yield visit._with_last(turn)
                elif isinstance(event, Completed):
                    turn = replace(turn, answer=event.answer)
    except QAError as error:
        turn = replace(turn, problem=str(error))
    yield visit._with_last(turn)
