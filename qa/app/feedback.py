"""What visitors thought of answers: a turn and a thumb in, a line of JSON in a file out.

`python -m eval cases --from-feedback` makes cases of those lines. Nothing is kept that a visitor did not send.
"""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

from qa.markup.conversation import Rating
from qa.types import Answer

FILE = "feedback.jsonl"

LONGEST_WHY = 500
_LARGEST = 50 * 1024 * 1024


class Feedback:
    """A file of feedback that any number of threads write to."""

    def __init__(self, path: Path, *, corpus: str) -> None:
        self._path = path
        self._corpus = corpus
        self._lock = threading.Lock()

    def keep(
        self, answer: Answer, rating: Rating, why: str, history: tuple[tuple[str, str], ...], *, is_own: bool
    ) -> bool:
        """Add a line; False where the file has grown too large to take more.

        An answer from a visitor's own documents has no corpus: they are deleted with the visit.
        """
        record: dict[str, Any] = {
            "corpus": None if is_own else self._corpus,
            "history": history,
            "rating": rating,
            "why": " ".join(why.split())[:LONGEST_WHY],
            "answer": answer.to_dict(),
        }
        line = json.dumps(record, ensure_ascii=False) + "\n"
        with self._lock:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                if file.tell() > _LARGEST:
                    return False
                file.write(line)
                return True
