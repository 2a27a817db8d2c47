"""A question and the sentences that were found in, a Draft out: statements that an LLM wrote and their sources.

    orders.py   sentences -> those that state something; a document's orders to whoever answers are left out
    layout.py   sentences -> the numbered passages of the prompt; nothing in a document can forge a number or a boundary
    reply.py    the model's text -> statements, each with the sentences that it names

The model may only name numbers of sentences; what it quotes is copied here. Nothing of this is checked: a Draft is
untrusted. Does not know which model answers, nor how it is reached.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import closing

from qa.generate.layout import laid_out
from qa.generate.orders import stating
from qa.generate.reply import Reply
from qa.text.prompts import Ask, filled
from qa.types import Draft, DraftStatement, Sentence, WrongUse

__all__ = ["generate", "stating"]


def generate(
    question: str,
    sentences: Sequence[Sentence],
    *,
    ask: Ask,
    engine: str,
    budget_tokens: int,
    count_tokens: Callable[[str], int],
) -> Generator[DraftStatement | None, None, Draft]:
    """Each statement as soon as the model has ended its line, None while nothing comes, and in the end the Draft.

    `sentences` are those of the passages found, the best passage first; of these, as many whole passages as have
    `budget_tokens` in all are shown to the model. Raises what `ask` raises, and WrongUse where not one passage fits.
    """
    layout = laid_out(sentences, budget_tokens=budget_tokens, count_tokens=count_tokens)
    if sentences and not layout.numbered:
        raise WrongUse(f"Not one of the passages fits into {budget_tokens:,} tokens; allow more of them.")
    reply = Reply(layout.numbered)
    prompt = filled("answer", {"boundary": layout.boundary, "passages": layout.text, "question": question})
    statements: list[DraftStatement] = []
    # Closed on every way out, since an abandoned reply would go on to be written and paid for.
    with closing(ask(prompt)) as pieces:
        while True:
            try:
                piece = next(pieces)
            except StopIteration as end:
                usage, stopped = end.value
                break
            if not piece:
                yield None
            for statement in reply.read(piece):
                statements.append(statement)
                yield statement
    for statement in reply.end(is_complete=not stopped):
        statements.append(statement)
        yield statement
    return Draft(
        question=question,
        engine=engine,
        statements=tuple(statements),
        reason=None if statements else f"The documents found do not answer the question, as {engine} reads them.",
        note=_note(reply, engine, stopped=stopped),
        incomplete=stopped,
        usage=usage,
    )


def _note(reply: Reply, engine: str, *, stopped: bool) -> str | None:
    if stopped:
        return f"The answer is not complete: {engine} was stopped by its length limit."
    if reply.is_disputed:
        return f"The documents found disagree, as {engine} reads them; each side is stated."
    if reply.is_partial:
        return f"The documents found answer only a part of the question, as {engine} reads them."
    return None
