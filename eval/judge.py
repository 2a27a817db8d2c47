"""Labelled answers in, an LLM's verdict on each of them and how far it agrees with people and with `qa.check` out.

A judge is pinned by its name and by the prompt, prompts/judge.md: its replies are kept in a folder by the hash of both,
so that a second run asks nothing. It is a second opinion to read; no gate stands on it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from eval.checker import Checked, Labelled
from qa.models import asks
from qa.text.prompts import Ask, Prompt, filled

Verdict = bool | None
"""Whether the answer is faithful; None where the judge gave no verdict that can be read."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Cohen's kappa on one set, between -1 and 1, of each two of: the judge, people's labels, the check.

    None where it is not defined, as when both say the same of everything.
    """

    set: str
    count: int
    without_verdict: int
    judge_and_labels: float | None
    judge_and_check: float | None
    check_and_labels: float | None

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)


def judged(
    items: Sequence[Labelled], *, judge: str, kept: Path, advance: Callable[[str], None] = lambda id: None
) -> list[Verdict]:
    """The verdict of the LLM "provider/model" on each item. Raises QAError where it does not reply."""
    ask = asks(judge)
    kept.mkdir(parents=True, exist_ok=True)
    verdicts = []
    for item in items:
        prompt = _prompt(item)
        file = kept / f"{hashlib.sha256(repr((judge, prompt)).encode()).hexdigest()}.txt"
        if not file.exists():
            file.write_text(_reply(ask, prompt), "utf-8")
        verdicts.append(_verdict(file.read_text("utf-8")))
        advance(item.id)
    return verdicts


def agreements(found: Sequence[Checked], verdicts: Sequence[Verdict]) -> list[Agreement]:
    """One agreement a set, in the order in which the sets first appear."""
    pairs = list(zip(found, verdicts, strict=True))
    return [
        _agreement(name, [pair for pair in pairs if pair[0].item.set == name])
        for name in dict.fromkeys(each.item.set for each in found)
    ]


def kappa(one: Sequence[bool], other: Sequence[bool]) -> float | None:
    """How far two raters agree beyond chance: (observed - expected) / (1 - expected) (Cohen, 1960).

    None where chance alone would agree on everything, and where there is nothing to agree on.
    """
    if not one:
        return None
    observed = sum(left == right for left, right in zip(one, other, strict=True)) / len(one)
    yes = (sum(one) / len(one), sum(other) / len(other))
    expected = yes[0] * yes[1] + (1 - yes[0]) * (1 - yes[1])
    return None if expected == 1 else (observed - expected) / (1 - expected)


def _agreement(name: str, pairs: Sequence[tuple[Checked, Verdict]]) -> Agreement:
    clear = [(each, verdict) for each, verdict in pairs if verdict is not None]
    judge = [verdict for _, verdict in clear]
    labels = [each.item.label == 1 for each, _ in clear]
    check = [each.supported for each, _ in clear]
    return Agreement(
        set=name,
        count=len(pairs),
        without_verdict=len(pairs) - len(clear),
        judge_and_labels=kappa(judge, labels),
        judge_and_check=kappa(judge, check),
        check_and_labels=kappa(check, labels),
    )


def _prompt(item: Labelled) -> Prompt:
    evidence = "\n\n".join(item.evidence)
    # The same for the same content, and yet no text can hold the hash of itself.
    boundary = f"=== {hashlib.sha256(repr((evidence, item.answer)).encode()).hexdigest()[:16]} ==="
    return filled("judge", {"boundary": boundary, "evidence": evidence, "answer": item.answer})


def _reply(ask: Ask, prompt: Prompt) -> str:
    return "".join(ask(prompt))


def _verdict(reply: str) -> Verdict:
    last = reply.strip().rpartition("\n")[2].strip(" .*_`#").upper()
    return {"FAITHFUL": True, "UNFAITHFUL": False}.get(last)
