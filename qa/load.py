"""A folder in, its readable files out; one file in, its Document out.

The text of a document is exactly what `bytes.decode("utf-8")` gives, a byte order mark dropped and line ends untouched,
so that anybody can check a citation's offsets. No path leads out of the folder, nothing waits on a pipe, and whatever
is left out is listed with the reason. Knows nothing of passages and indexes.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from qa.text.headings import headings, readable
from qa.text.words import content_words
from qa.types import Document, FileState, Skipped, Span, UnreadableDocument, WrongUse

LARGEST = 64 * 1024 * 1024
"""Bytes, about a hundred books. What is larger is a log or a dump; it would stand in memory several times over and keep
the index busy for hours."""

_LONGEST_TITLE = 120
# Names that people and cameras give without saying what is in a file.
_GENERIC = frozenset("copy doc document draft file image img index new notes page readme scan text untitled".split())

# Control characters that no text has; left out are tab, line ends, form feed, and backspace and escape (terminal logs).
_CONTROL = bytes(code for code in (*range(0x20), 0x7F) if code not in b"\t\n\v\f\r\b\x1b")


@dataclass(frozen=True, slots=True)
class Scan:
    """What a folder holds, both sorted by file: the files that can be read, and those left out with the reason."""

    files: tuple[FileState, ...]
    skipped: tuple[Skipped, ...]


@dataclass(frozen=True, slots=True)
class Content:
    """What a reader makes of a file's bytes; `pages` are spans of the text, if the format has pages."""

    text: str
    pages: tuple[Span, ...] = ()


def scan(corpus: Path) -> Scan:
    """Look through a folder and the folders in it, without opening a file.

    Links are followed to files inside the folder alone, never to folders. Hidden folders count as one entry each.
    Raises WrongUse where there is no such folder or it can not be opened.
    """
    root = _root(corpus)
    files: list[FileState] = []
    skipped: list[Skipped] = []
    folders = [""]
    while folders:
        folder = folders.pop()
        try:
            entries = list(os.scandir(os.path.join(root, folder)))  # noqa: PTH118 - a Path costs 20 times the look
        except FileNotFoundError:
            continue  # gone while we looked
        except OSError as error:
            skipped.append(Skipped(f"{_shown(folder)}/", f"it can not be opened ({_why(error)})"))
            continue
        for entry in entries:
            file = f"{folder}/{entry.name}" if folder else entry.name
            if _is_folder(entry) and not _name_reason(entry.name):
                folders.append(file)
                continue
            found = _look(root, file, entry)
            if isinstance(found, FileState):
                files.append(found)
            elif found:
                skipped.append(found)
    return Scan(tuple(sorted(files, key=lambda each: each.file)), tuple(sorted(skipped)))


def read(corpus: Path, file: str) -> Document:
    """Read one file, named relative to the corpus with forward slashes.

    Raises UnreadableDocument, whose text is a reason as `Skipped` has it.
    """
    suffix = _suffix(file)
    if suffix not in READERS:
        raise UnreadableDocument(_unknown(file))
    data = _bytes(corpus, file)
    content = READERS[suffix](data)
    title = _title(content.text, PurePosixPath(file))
    return Document(file, content.text, title, hashlib.sha256(data).hexdigest(), content.pages)


def _root(corpus: Path) -> str:
    try:
        root = os.path.realpath(corpus, strict=True)
        with os.scandir(root):
            return root
    except FileNotFoundError as error:
        raise WrongUse(f"There is no folder {str(corpus)!r}; name one that holds documents.") from error
    except NotADirectoryError as error:
        raise WrongUse(f"{str(corpus)!r} is a file; name the folder that holds it.") from error
    except (OSError, ValueError) as error:
        raise WrongUse(f"The folder {str(corpus)!r} can not be opened ({_why(error)}).") from error


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _look(root: str, file: str, entry: os.DirEntry[str]) -> FileState | Skipped | None:
    """The file, or why it is left out; None where it is gone while we looked."""
    try:
        if reason := _name_reason(entry.name):
            return Skipped(f"{_shown(file)}/" if _is_folder(entry) else _shown(file), reason)
        if entry.is_symlink() and (reason := _link_reason(root, file)):
            return Skipped(file, reason)
        state = entry.stat()
        if reason := _reason(file, state):
            return Skipped(file, reason)
        if not os.access(entry.path, os.R_OK, effective_ids=os.access in os.supports_effective_ids):
            return Skipped(file, "it can not be opened (permission denied)")
    except FileNotFoundError:
        return None
    except OSError as error:
        return Skipped(file, f"it can not be opened ({_why(error)})")
    return FileState(file, state.st_size, state.st_mtime_ns)


def _name_reason(name: str) -> str | None:
    if name.startswith("."):
        return "it is hidden (its name begins with a dot)"
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return "its name is not UTF-8; rename it"
    return None


def _link_reason(root: str, file: str) -> str | None:
    """Why a symbolic link is not followed, None if it is: to a file in the corpus that is not read under its own name.

    (Kubernetes mounts documents like that: https://kubernetes.io/docs/concepts/storage/volumes/#configmap.)
    """
    try:
        target = os.path.realpath(os.path.join(root, file), strict=True)  # noqa: PTH118
    except OSError as error:
        broken = isinstance(error, FileNotFoundError)
        return "it is a link to a file that is not there" if broken else f"it is a broken link ({_why(error)})"
    if not Path(target).is_relative_to(root):
        return "it is a link that leads out of the folder"
    if Path(target).is_dir():
        return "it is a link to a folder; only links to files are followed"
    inside = PurePosixPath(os.path.relpath(target, root))
    if _suffix(inside.name) in READERS and not any(part.startswith(".") for part in inside.parts):
        return f"it is a link to {str(inside)!r}, which is read itself"
    return None


def _reason(file: str, state: os.stat_result) -> str | None:
    """Why a file is left out by what a look at it tells; None if it is to be read."""
    if not stat.S_ISREG(state.st_mode):
        return "it is a pipe, a socket or a device, not a file"
    if _suffix(file) not in READERS:
        return _unknown(file)
    if state.st_size == 0:
        return "it is empty"
    if state.st_size > LARGEST:
        return f"it has {state.st_size / 2**20:,.0f} MiB; at most {LARGEST // 2**20} are read, so split it"
    return None


def _suffix(file: str) -> str:
    return os.path.splitext(file)[1].lower()  # noqa: PTH122 - a Path costs as much as the whole look at a file


def _unknown(file: str) -> str:
    kinds = ", ".join(READERS)
    suffix = _suffix(file)
    return f"files ending in {suffix!r} are not read, only {kinds}" if suffix else f"its name ends in none of {kinds}"


def _bytes(corpus: Path, file: str) -> bytes:
    """The bytes of a file that lies in the corpus. Never follows a link out of it and never waits on a pipe."""
    name = PurePosixPath(file)
    if name.is_absolute() or ".." in name.parts or "\0" in file or str(name) != file:
        raise UnreadableDocument("its name is no path inside the folder")
    try:
        root = os.path.realpath(corpus)
        path = os.path.realpath(os.path.join(root, file), strict=True)  # noqa: PTH118
        if not Path(path).is_relative_to(root):
            raise UnreadableDocument("it is a link that leads out of the folder")
        with open(path, "rb", opener=_open) as stream:
            if reason := _reason(file, os.fstat(stream.fileno())):
                raise UnreadableDocument(reason)
            return stream.read(LARGEST)
    except FileNotFoundError as error:
        raise UnreadableDocument("it is not there any more") from error
    except (OSError, ValueError) as error:
        raise UnreadableDocument(f"it can not be opened ({_why(error)})") from error


def _open(path: str, flags: int) -> int:
    # Non-blocking, or opening a pipe would wait for its other end. Windows has neither flag.
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0))


def _text(data: bytes) -> Content:
    """Plain text and Markdown: the bytes as UTF-8, nothing changed but a byte order mark dropped."""
    control = len(data) - len(data.translate(None, _CONTROL))
    few = 3 + len(data) // 100
    # Latin letters in UTF-16 are every other byte zero, which is valid UTF-8.
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or (control > few and data.count(0) * 3 > len(data)):
        raise UnreadableDocument("it is UTF-16, not UTF-8; save it as UTF-8")
    if control > few:
        raise UnreadableDocument("it is binary data, not text")
    try:
        return Content(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = 1 + data.count(b"\n", 0, error.start)
        raise UnreadableDocument(f"it is not UTF-8 (line {line}); save it as UTF-8") from error


READERS: dict[str, Callable[[bytes], Content]] = {".txt": _text, ".text": _text, ".md": _text, ".markdown": _text}
"""What reads which kind of file. A reader raises UnreadableDocument with the reason."""


def _title(text: str, file: PurePosixPath) -> str:
    """The first heading, a first line that is a title, or the file's name if it has words; else ""."""
    opening = text[:20_000]
    for heading in headings(opening):
        if heading.title and (_suffix(file.name) in (".md", ".markdown") or not opening[: heading.start].strip()):
            return _short(heading.title)
    return _first_line(opening) or _title_of_name(file.stem)


def _first_line(opening: str) -> str:
    """The first line where it stands apart from the text below and speaks of the same things, else ""."""
    lines = opening.strip().splitlines()
    first, below = lines[0].strip() if lines else "", [line.strip() for line in lines[1:]]
    if not any(below) or len(first) > _LONGEST_TITLE or re.search(r"[.!?…。！？,;:][\"'”’)\]]*\Z", first):
        return ""
    # Text that starts right in the next line is under a title only if a line break was no mere end of the line's room.
    if below[0] and (len(below[0]) < 80 or len(first) > 0.75 * len(below[0])):
        return ""
    # A title's words come again below; those of "Connect with us" do not.
    rest = opening.split(lines[0], 1)[1].casefold()
    beginnings = [word.form[: max(3, len(word.form) - 2)] for word in content_words(first)]
    recurring = sum(beginning in rest for beginning in beginnings)
    return readable(first) if recurring * 3 >= max(1, len(beginnings)) else ""


def _title_of_name(stem: str) -> str:
    """ "2026-annual_report" as "2026 annual report"; "" for names without a word, such as hashes and numbers."""
    # An identifier is long and has digits: "29ec39afe49c0f64", "1218875241352839456".
    parts = [
        part for part in re.split(r"[\s_\-.,+()\[\]]+", stem) if not re.fullmatch(r"(?=.*\d)\w{9,}", part, re.ASCII)
    ]
    return _short(readable(" ".join(parts))) if any(_tells(part) for part in parts) else ""


def _tells(part: str) -> bool:
    """Whether a part of a file's name is a word, and not an "IMG", a "scan" or a number."""
    if part.isascii():
        return (
            part.isalpha()
            and len(part) > 2
            and bool(re.search("[aeiouy]", part.lower()))
            and part.lower() not in _GENERIC
        )
    return any(each.isalpha() for each in part)


def _short(title: str) -> str:
    if len(title) <= _LONGEST_TITLE:
        return title
    return f"{title[:_LONGEST_TITLE].rsplit(' ', 1)[0]}…"


def _shown(name: str) -> str:
    """A name as it can be printed: bytes that are not UTF-8 as \\xNN."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _why(error: OSError | ValueError) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()
