"""The bytes of a zip archive in, the archive out, if it can be opened without harm; or the same without its pictures.

A few kilobytes can hold gigabytes, so what an archive says of its sizes is held against limits before anything is
unpacked, and zipfile unpacks no more than it said. Knows nothing of what the entries are.
"""

from __future__ import annotations

import io
import zipfile

from qa.types import UnreadableDocument

_LARGEST = 512 * 1024 * 1024
_LARGEST_XML = 192 * 1024 * 1024
"""Bytes of all entries, and of those that are parsed into trees, which take many times as much."""

_MOST_ENTRIES = 20_000
_HIGHEST_RATIO = 200
"""Of unpacked to packed, for entries beyond a megabyte; sheets of one repeated row reach about 100."""

_TEXTS = (".xml", ".rels", ".vml")
_FEW = 4 * 1024 * 1024
"""Bytes of pictures that do no harm."""

_COMPOUND = bytes.fromhex("d0cf11e0a1b11ae1")


def opened(data: bytes, *, kind: str) -> zipfile.ZipFile:
    """The archive. Raises UnreadableDocument where it is broken, encrypted, a bomb, or none; `kind` names the format."""
    if data.startswith(_COMPOUND):
        raise UnreadableDocument(f"it is encrypted, or of Office 97; save it as {kind} without a password")
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise UnreadableDocument(f"it is damaged, or no {kind}") from error
    entries = archive.infolist()
    if any(entry.flag_bits & 1 for entry in entries):
        raise UnreadableDocument("it is encrypted; save it without a password")
    unpacked = sum(entry.file_size for entry in entries)
    trees = sum(entry.file_size for entry in entries if entry.filename.lower().endswith((".xml", ".xhtml", ".html")))
    steepest = max(
        (entry.file_size / max(1, entry.compress_size) for entry in entries if entry.file_size > 2**20), default=0
    )
    if unpacked > _LARGEST or trees > _LARGEST_XML or len(entries) > _MOST_ENTRIES or steepest > _HIGHEST_RATIO:
        raise UnreadableDocument(
            f"it unpacks to {unpacked / 2**20:,.0f} MiB in {len(entries):,} parts, which is more than is read"
        )
    return archive


def without_pictures(data: bytes, *, kind: str) -> io.BytesIO:
    """The archive as a file, with nothing in its pictures, fonts and films, which libraries would load. Raises as
    `opened` does."""
    with opened(data, kind=kind) as archive:
        names = [entry.filename for entry in archive.infolist()]
        heavy = {name for name in names if not name.lower().endswith(_TEXTS)}
        if sum(archive.getinfo(name).file_size for name in heavy) < _FEW:
            return io.BytesIO(data)
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as light:
            for name in dict.fromkeys(names):
                light.writestr(name, b"" if name in heavy else entry(archive, name, kind=kind))
        return stream


def entry(archive: zipfile.ZipFile, name: str, *, kind: str) -> bytes:
    """One entry's bytes. Raises UnreadableDocument where it is missing or damaged."""
    try:
        return archive.read(name)
    except (KeyError, zipfile.BadZipFile, EOFError, OSError, NotImplementedError, ValueError) as error:
        raise UnreadableDocument(f"it is damaged, or no {kind} (its part {name!r})") from error
    except Exception as error:
        # zlib.error has no base of its own but Exception.
        if type(error).__name__ != "error":
            raise
        raise UnreadableDocument(f"it is damaged (its part {name!r})") from error
