"""Foreign errors to QAError, in one place, around every use of the disk."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from qa.types import IndexBusy, IndexUnusable, QAError

_NOT_DAMAGE = ("readonly", "unable to open", "full", "disk I/O", "No space left")


@contextmanager
def translated(store: Path) -> Iterator[None]:
    """Whatever SQLite, Chroma, Tantivy or the disk raise inside comes out as IndexBusy or IndexUnusable."""
    try:
        yield
    except QAError:
        raise
    except sqlite3.Error as error:
        raise _of_sqlite(store, error) from error
    except OSError as error:
        raise IndexUnusable(
            f"The index in {str(store)!r} can not be used ({error.strerror or error}); free the disk or make the folder"
            " writable, or set QA_STORE to another folder."
        ) from error
    except BaseException as error:
        # A panic of a Rust library is a BaseException of its own, pyo3_runtime.PanicException.
        if type(error).__module__.split(".")[0] not in ("chromadb", "pyo3_runtime"):
            raise
        if any(sign in str(error) for sign in _NOT_DAMAGE):
            raise _unwritable(store, str(error)) from error
        raise damaged(store, str(error)) from error


def damaged(store: Path, reason: str) -> IndexUnusable:
    """The error of an index that is not what it was."""
    return IndexUnusable(
        f"The index in {str(store)!r} is damaged ({reason.strip().rstrip('.')}); rebuild it with `qa index --rebuild`."
    )


def other_encoder(store: Path, *, built_with: str, asked_for: str) -> IndexUnusable:
    """The error of an index whose vectors mean something else."""
    return IndexUnusable(
        f"The index in {str(store)!r} was built with {built_with!r}, not with {asked_for!r}; rebuild it with"
        " `qa index --rebuild`, or set QA_STORE to another folder."
    )


def nothing_indexed(store: Path) -> IndexUnusable:
    """The error where there is no index and none may be made."""
    return IndexUnusable(f"There is no index in {str(store)!r}; make one with `qa index`.")


def _of_sqlite(store: Path, error: sqlite3.Error) -> QAError:
    reason = str(error)
    if "locked" in reason or "busy" in reason:
        return IndexBusy(f"The index in {str(store)!r} is in use by another process; try again in a moment.")
    if any(sign in reason for sign in _NOT_DAMAGE):
        return _unwritable(store, reason)
    return damaged(store, reason)


def _unwritable(store: Path, reason: str) -> IndexUnusable:
    return IndexUnusable(
        f"The index in {str(store)!r} can not be written ({reason}); free the disk or make the folder writable,"
        " or set QA_STORE to another folder."
    )
