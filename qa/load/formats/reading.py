"""The name of a reader and bytes in, their Content out, whatever a parser makes of them.

Imports a reader when it is first needed: each brings its library. Knows nothing of processes and limits.
"""

from __future__ import annotations

import importlib
from typing import cast

from qa.load.formats import Content
from qa.types import UnreadableDocument


def content_of(reader: str, data: bytes) -> Content:
    """What the module `reader` of this folder makes of the bytes.

    Raises UnreadableDocument with the reason, ModuleNotFoundError where its library is missing, and MemoryError.
    """
    module = importlib.import_module(f"qa.load.formats.{reader}")
    try:
        return cast(Content, module.content(data))
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
