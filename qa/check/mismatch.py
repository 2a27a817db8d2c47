"""What a rule finds wrong with a statement, and which answerers' wordings it takes for one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["partial", "contradicted"]


@dataclass(frozen=True, slots=True)
class Mismatch:
    """`rule` names it, `strength` from 0 to 1 says how much of one it is, `reason` says it to a reader."""

    rule: str
    severity: Severity
    strength: float
    reason: str
