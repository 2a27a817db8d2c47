"""Sentences in, the text that shows them to a model out: passage by passage, every sentence with its number.

Between two boundaries that no document can know, every line that begins with a number in brackets is ours: a sentence
has no line ends left in it, its own square brackets become round ones, and characters that nobody sees are dropped. The
text of the prompt is thus not the text of the file; quotes are copied from the file.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from qa.text.visible import visible
from qa.types import Passage, Sentence

_ROUND = str.maketrans("[]【】〔〕〖〗〘〙〚〛［］⟦⟧⁅⁆❲❳", "()" * 9 + "()")


@dataclass(frozen=True, slots=True)
class Layout:
    """What the model is shown: the text, the line before and after it, and the sentence that each number stands for."""

    text: str
    boundary: str
    numbered: Mapping[int, Sentence]


def laid_out(sentences: Sequence[Sentence], *, budget_tokens: int, count_tokens: Callable[[str], int]) -> Layout:
    """The passages, best first as they come, each whole or not at all, as long as they are within the budget."""
    blocks: list[str] = []
    numbered: dict[int, Sentence] = {}
    left = budget_tokens
    for passage, group in groupby(sentences, key=lambda each: each.passage):
        members = list(group)
        block = _block(passage, members, first=len(numbered) + 1)
        tokens = count_tokens(block)
        if tokens <= left:
            left -= tokens
            blocks.append(block)
            numbered |= enumerate(members, start=len(numbered) + 1)
    # 64 random bits for each request: nothing that was written before can hold them.
    return Layout("\n\n".join(blocks), f"=== {secrets.token_hex(8)} ===", numbered)


def _block(passage: Passage, members: Sequence[Sentence], *, first: int) -> str:
    title = f' "{_one_line(passage.title)}"' if passage.title else ""
    lines = [f"From the file {_one_line(passage.file)}{title}"]
    lines += [f"[{number}] {_one_line(each.text)}" for number, each in enumerate(members, start=first)]
    return "\n".join(lines)


def _one_line(text: str) -> str:
    return visible(text).translate(_ROUND)
