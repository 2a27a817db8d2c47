"""The `.qaignore` files of a corpus: which files and folders they leave out, by the rules of `.gitignore`.

A rule of a folder goes for what is below it, and a deeper folder's rules win. "!name" takes a file in again, a hidden
one too. https://git-scm.com/docs/gitignore
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from qa.load.files import read_rules
from qa.types import UnreadableDocument, WrongUse

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

NAME = ".qaignore"

Ruling = Literal["left out", "taken in", "not named"]


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules that go for a folder: its own and those of the folders above it, each with the folder it stands in."""

    specs: tuple[tuple[str, GitIgnoreSpec], ...] = ()

    def ruling(self, file: str, *, is_folder: bool) -> Ruling:
        """What the rules say of a file or folder, named relative to the corpus."""
        for folder, spec in reversed(self.specs):
            inside = file[len(folder) + 1 :] if folder else file
            included = spec.check_file(f"{inside}/" if is_folder else inside).include
            if included is not None:
                return "left out" if included else "taken in"
        return "not named"


def rules_of(corpus: Path, folder: str, above: Rules) -> Rules:
    """The rules for a folder that has a `.qaignore`. Raises WrongUse where that can not be understood.

    What somebody wanted left out must not get into an index because of a typing error.
    """
    from pathspec import GitIgnoreSpec

    file = f"{folder}/{NAME}" if folder else NAME
    try:
        spec = GitIgnoreSpec.from_lines(read_rules(corpus, file).splitlines())
    except (UnreadableDocument, ValueError) as error:
        raise WrongUse(f"The file {file!r} can not be followed ({str(error).rstrip('.')}); correct it.") from error
    return Rules((*above.specs, (folder, spec)))
