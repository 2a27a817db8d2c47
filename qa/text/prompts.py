"""A prompt's name and the values of its $names in, the prompt as two messages out.

A prompt is a file of prose, prompts/<name>.md: above its first line `---` what the model is told to do, below it what
it is asked. A name without a value and a value without a name are both errors, so that neither can be forgotten.

Does not know who is asked, nor whether a value needs cleaning: a value is never read for names of its own.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from string import Template
from typing import NamedTuple

from qa.types import Usage

_RULE = "\n---\n"


class Prompt(NamedTuple):
    """What a model is told to do, and what it is asked."""

    system: str
    user: str


Ask = Callable[[Prompt], Generator[str, None, tuple[Usage, bool]]]
"""A model as a function: the pieces of its reply, "" about twice a second while nothing comes; in the end the usage and
whether it was stopped by its length limit. Raises ModelError."""


def filled(name: str, values: Mapping[str, str]) -> Prompt:
    """The prompt `name` with a value for each of its $names. Raises ValueError where the two do not match."""
    system, rule, user = _text(name).partition(_RULE)
    templates = Template(system), Template(user)
    wanted = {each for template in templates for each in template.get_identifiers()}
    if not rule or not all(template.is_valid() for template in templates):
        raise ValueError(f"the prompt {name!r} has no line '---', or a '$' that begins no name (write '$$' for it)")
    if wanted != values.keys():
        raise ValueError(
            f"the prompt {name!r} lacks values for {sorted(wanted - values.keys())} "
            f"and has no place for {sorted(values.keys() - wanted)}"
        )
    return Prompt(*(template.substitute(values).strip() for template in templates))


@functools.cache
def _text(name: str) -> str:
    """The file as it is: beside the package in a checkout, inside it in an installed wheel."""
    package = Path(__file__).resolve().parent.parent
    folder = next(path for path in (package / "prompts", package.parent / "prompts") if path.is_dir())
    return (folder / f"{name}.md").read_text("utf-8").replace("\r\n", "\n")
