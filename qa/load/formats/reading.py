"""The name of a reader and bytes in, their Content out, or the picture of a page, whatever a parser makes of them.

Imports a reader when it is first needed: each brings its library. Knows nothing of processes and limits.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from qa.load.formats import Content, Picture, Sought
from qa.types import UnreadableDocument


def content_of(reader: str, data: bytes) -> Content:
    """What the module `reader` of this folder makes of the bytes.

    Raises UnreadableDocument with the reason, ModuleNotFoundError where its library is missing, and MemoryError.
    """
    module = importlib.import_module(f"qa.load.formats.{reader}")
    with _reasons():
        return cast(Content, module.content(data))


def picture_of(reader: str, data: bytes, sought: Sought) -> Picture:
    """The picture of a page that the module `reader` of this folder makes. Raises the same."""
    module = importlib.import_module(f"qa.load.formats.{reader}_picture")
    with _reasons():
        return cast(Picture, module.picture(data, sought))


@contextmanager
def _reasons() -> Iterator[None]:
    try:
        yield
    except (UnreadableDocument, ModuleNotFoundError, MemoryError):
        raise
    except RecursionError as error:
        raise UnreadableDocument("it is nested too deeply") from error
    # Parsers raise whatever they meet in a file that is not as it should be.
    except Exception as error:
        detail = " ".join(str(error).split())[:120]
        raise UnreadableDocument(
            f"it is damaged, or not of the kind that its name says ({type(error).__name__}: {detail})"
        ) from error
