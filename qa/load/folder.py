"""A folder in, its readable files out, and whatever is left out with the reason. No file is opened.

Knows names and kinds of files; nothing of what is in them.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from qa.load.files import reason_against, suffix_of, why
from qa.load.formats import READERS
from qa.load.ignore import NAME, Rules, rules_of
from qa.types import FileState, Skipped, WrongUse

_READABLE = stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH


@dataclass(frozen=True, slots=True)
class Scan:
    """What a folder holds, both sorted by file: the files that can be read, and those left out with the reason."""

    files: tuple[FileState, ...]
    skipped: tuple[Skipped, ...]


def scan(corpus: Path) -> Scan:
    """Look through a folder and the folders in it, without opening a file but `.qaignore`.

    Links are followed to files inside the folder alone, never to folders. A folder that is hidden or ignored counts as
    one entry. Raises WrongUse where there is no such folder, or it or a `.qaignore` can not be read.
    """
    root = existing(corpus)
    files: list[FileState] = []
    skipped: list[Skipped] = []
    folders = [("", Rules())]
    while folders:
        folder, rules = folders.pop()
        try:
            entries = list(os.scandir(os.path.join(root, folder)))  # noqa: PTH118 - a Path costs 20 times the look
        except FileNotFoundError:
            continue  # gone while we looked
        except OSError as error:
            skipped.append(Skipped(f"{_shown(folder)}/", f"it can not be opened ({why(error)})"))
            continue
        if any(entry.name == NAME for entry in entries):
            rules = rules_of(corpus, folder, rules)
        inside = f"{folder}/" if folder else ""
        for entry in entries:
            file = inside + entry.name
            is_folder = _is_folder(entry)
            if reason := _name_reason(file, entry.name, rules, is_folder=is_folder):
                skipped.append(Skipped(f"{_shown(file)}/" if is_folder else _shown(file), reason))
            elif is_folder:
                folders.append((file, rules))
            elif isinstance(found := _look(root, file, entry), FileState):
                files.append(found)
            elif found:
                skipped.append(found)
    return Scan(tuple(sorted(files, key=lambda each: each.file)), tuple(sorted(skipped)))


def existing(corpus: Path) -> str:
    """The real path of a folder. Raises WrongUse where there is none, or it can not be opened."""
    try:
        root = os.path.realpath(corpus, strict=True)
        with os.scandir(root):
            return root
    except FileNotFoundError as error:
        raise WrongUse(f"There is no folder {str(corpus)!r}; name one that holds documents.") from error
    except NotADirectoryError as error:
        raise WrongUse(f"{str(corpus)!r} is a file; name the folder that holds it.") from error
    except (OSError, ValueError) as error:
        raise WrongUse(f"The folder {str(corpus)!r} can not be opened ({why(error)}).") from error


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _name_reason(file: str, name: str, rules: Rules, *, is_folder: bool) -> str | None:
    """Why a file or folder is left out by its name alone; None if it is not."""
    if not name.isascii() and not _is_utf8(name):
        return "its name is not UTF-8; rename it"
    ruling = rules.ruling(file, is_folder=is_folder) if rules.specs else "not named"
    if name.startswith(".") and ruling != "taken in":
        return "it is hidden (its name begins with a dot)"
    return f"a {NAME} leaves it out" if ruling == "left out" else None


def _is_utf8(name: str) -> bool:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _look(root: str, file: str, entry: os.DirEntry[str]) -> FileState | Skipped | None:
    """The file, or why it is left out; None where it is gone while we looked."""
    try:
        if entry.is_symlink() and (reason := _link_reason(root, file)):
            return Skipped(file, reason)
        state = entry.stat()
        if reason := reason_against(entry.name, state):
            return Skipped(file, reason)
        # Of a file that everybody may read nothing more is asked: that would cost as much as the look at it.
        if state.st_mode & _READABLE != _READABLE and not os.access(
            entry.path, os.R_OK, effective_ids=os.access in os.supports_effective_ids
        ):
            return Skipped(file, "it can not be opened (permission denied)")
    except FileNotFoundError:
        return None
    except OSError as error:
        return Skipped(file, f"it can not be opened ({why(error)})")
    return FileState(file, state.st_size, state.st_mtime_ns, state.st_ctime_ns)


def _link_reason(root: str, file: str) -> str | None:
    """Why a symbolic link is not followed, None if it is: to a file in the corpus that is not read under its own name.

    (Kubernetes mounts documents like that: https://kubernetes.io/docs/concepts/storage/volumes/#configmap.)
    """
    try:
        target = os.path.realpath(Path(root) / file, strict=True)
    except OSError as error:
        broken = isinstance(error, FileNotFoundError)
        return "it is a link to a file that is not there" if broken else f"it is a broken link ({why(error)})"
    if not Path(target).is_relative_to(root):
        return "it is a link that leads out of the folder"
    if Path(target).is_dir():
        return "it is a link to a folder; only links to files are followed"
    inside = PurePosixPath(os.path.relpath(target, root))
    if suffix_of(inside.name) in READERS and not _is_hidden(inside.parts):
        return f"it is a link to {str(inside)!r}, which is read itself"
    return None


def _is_hidden(parts: Sequence[str]) -> bool:
    return any(part.startswith(".") for part in parts)


def _shown(name: str) -> str:
    """A name as it can be printed: bytes that are not UTF-8 as \\xNN."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")
