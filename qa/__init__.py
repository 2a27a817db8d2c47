"""Answers questions about a folder of documents, and proves every sentence."""

from qa import starting

with starting.loading():
    from qa.assistant import Assistant, Settings, answer, verify
    from qa.check import check
    from qa.types import (
        Answer,
        Check,
        Citation,
        CitationStatus,
        Conflict,
        Finding,
        Hit,
        Passage,
        QAError,
        Statement,
        SyncReport,
    )

__all__ = [
    "answer",
    "check",
    "verify",
    "Assistant",
    "Settings",
    "Answer",
    "Statement",
    "Citation",
    "Conflict",
    "Hit",
    "Passage",
    "Check",
    "Finding",
    "CitationStatus",
    "SyncReport",
    "QAError",
]
