"""What a server has, for all of its visitors, and which of it a visitor means."""

from __future__ import annotations

from dataclasses import dataclass

from qa.app.feedback import Feedback
from qa.app.library import Library
from qa.app.own import NAME, OwnDocuments, Visitors
from qa.load import Pictures


@dataclass(frozen=True, slots=True)
class Served:
    """The folder that is served, the visitors' own, what draws pages, and where feedback goes; `examples` are questions
    that are answered."""

    library: Library
    visitors: Visitors
    pictures: Pictures
    feedback: Feedback
    examples: tuple[str, ...]

    def meant(self, where: str | None, own: OwnDocuments | None) -> Library:
        """The library that a visitor chose; the folder served where they have no documents of their own."""
        return own.library if own is not None and where == NAME else self.library

    def of_turn(self, *, is_own: bool, own: OwnDocuments | None) -> Library | None:
        """The library that a turn asked; None where it is gone."""
        if not is_own:
            return self.library
        return None if own is None else own.library
