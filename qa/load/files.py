"""A file of the corpus, by its name, to its bytes. No path leads out of the folder, and nothing waits on a pipe.

Knows the limits of size and of which kinds there are readers; nothing of what is in a file.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from qa.load.formats import PLAIN, READERS
from qa.types import UnreadableDocument

LARGEST = 64 * 1024 * 1024
"""Bytes of plain text, about a hundred books. What is larger is a log or a dump; it would stand in memory several times
over and keep the index busy for hours."""

LARGEST_OF_A_FORMAT = 256 * 1024 * 1024
"""Bytes of the formats that hold pictures beside the text."""

LARGEST_OF_RULES = 1024 * 1024
"""Bytes of a `.qaignore`."""

_OTHER_FORM = {
    ".doc": "save it as .docx",
    ".odt": "save it as .docx",
    ".rtf": "save it as .docx",
    ".pages": "save it as .docx",
    ".xls": "save it as .xlsx",
    ".ods": "save it as .xlsx",
    ".numbers": "save it as .xlsx",
    ".ppt": "save it as .pptx",
    ".odp": "save it as .pptx",
    ".key": "save it as .pptx",
    ".msg": "save it as .eml",
    ".mobi": "save it as .epub",
}


def read_bytes(corpus: Path, file: str) -> bytes:
    """The bytes of a document that lies in the corpus. Raises UnreadableDocument with the reason."""
    with _opened(corpus, file) as stream:
        if reason := reason_against(file, os.fstat(stream.fileno())):
            raise UnreadableDocument(reason)
        return stream.read(LARGEST_OF_A_FORMAT)


def read_rules(corpus: Path, file: str) -> str:
    """The text of a file of settings that lies in the corpus. Raises UnreadableDocument with the reason."""
    with _opened(corpus, file) as stream:
        if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            raise UnreadableDocument("it is a pipe, a socket or a device, not a file")
        return stream.read(LARGEST_OF_RULES).decode("utf-8-sig")


def reason_against(file: str, state: os.stat_result) -> str | None:
    """Why a file is left out by what a look at it tells; None if it is to be read."""
    if not stat.S_ISREG(state.st_mode):
        return "it is a pipe, a socket or a device, not a file"
    suffix = suffix_of(file)
    if suffix not in READERS:
        return unknown(file)
    if state.st_size == 0:
        return "it is empty"
    largest = LARGEST if READERS[suffix] == PLAIN else LARGEST_OF_A_FORMAT
    if state.st_size > largest:
        return f"it has {state.st_size / 2**20:,.0f} MiB; at most {largest // 2**20} are read, so split it"
    return None


def suffix_of(file: str) -> str:
    """The end of a file's name that tells its kind, in lower case: ".pdf"."""
    # A Path costs as much as the whole look at a file.
    _, dot, ending = file[file.rfind("/") + 1 :].lstrip(".").rpartition(".")
    return f".{ending}".lower() if dot else ""


def unknown(file: str) -> str:
    """Why a file of a kind that nothing reads is left out."""
    suffix = suffix_of(file)
    if suffix in _OTHER_FORM:
        return f"files ending in {suffix!r} are not read; {_OTHER_FORM[suffix]}"
    return f"files ending in {suffix!r} are not read" if suffix else "its name has no ending that tells what it is"


def why(error: OSError | ValueError) -> str:
    """An error of the file system as the end of a sentence."""
    return (getattr(error, "strerror", None) or str(error)).lower()


@contextmanager
def _opened(corpus: Path, file: str) -> Iterator[BinaryIO]:
    name = PurePosixPath(file)
    if name.is_absolute() or ".." in name.parts or "\0" in file or str(name) != file:
        raise UnreadableDocument("its name is no path inside the folder")
    try:
        root = os.path.realpath(corpus)
        path = os.path.realpath(Path(root) / file, strict=True)
        if not Path(path).is_relative_to(root):
            raise UnreadableDocument("it is a link that leads out of the folder")
        with open(path, "rb", opener=_open) as stream:
            yield stream
    except FileNotFoundError as error:
        raise UnreadableDocument("it is not there any more") from error
    except (OSError, ValueError) as error:
        raise UnreadableDocument(f"it can not be opened ({why(error)})") from error


def _open(path: str, flags: int) -> int:
    # Non-blocking, or opening a pipe would wait for its other end. Windows has neither flag.
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0))
