"""PDF files written by hand, so that a test decides about every operator on a page. Text is in Helvetica."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence

WIDTH, HEIGHT = 595, 842


def pdf(
    pages: Sequence[str | bytes],
    *,
    title: str = "",
    password: str | None = None,
    packed: bool = False,
    more: Sequence[bytes] = (),
    resources: str = "",
) -> bytes:
    """A file with these content streams as its pages; encrypted (RC4, 40 bit) where a password is given.

    `more` are objects that follow, the first of them number 5 + 2 * len(pages); `resources` may name them.
    """
    first = 5
    kids = " ".join(f"{first + 2 * index} 0 R" for index in range(len(pages)))
    objects: list[bytes] = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {len(pages)} /Kids [{kids}] >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        f"<< /Title ({title}) >>".encode("latin-1") if title else b"<< >>",
    ]
    key = _key(password) if password is not None else None
    for index, page in enumerate(pages):
        stream = page if isinstance(page, bytes) else page.encode("cp1252")
        stream = zlib.compress(stream) if packed else stream
        if key is not None:
            stream = _rc4(
                hashlib.md5(key + (first + 2 * index + 1).to_bytes(3, "little") + b"\0\0").digest()[:10], stream
            )
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {WIDTH} {HEIGHT}] /Contents {first + 2 * index + 1} 0 R"
            f" /Resources << /Font << /F 3 0 R >> {resources} >> >>".encode()
        )
        filters = b" /Filter /FlateDecode" if packed else b""
        objects.append(b"<< /Length %d%s >>\nstream\n%s\nendstream" % (len(stream), filters, stream))
    objects += more
    trailer = f"<< /Root 1 0 R /Info 4 0 R /Size {len(objects) + 2} /ID [<00> <00>]"
    if password is not None:
        owner = _owner(password)
        user = _rc4(_key(password), _PADDING)
        objects.append(
            b"<< /Filter /Standard /V 1 /R 2 /P -4 /O <%s> /U <%s> >>" % (owner.hex().encode(), user.hex().encode())
        )
        trailer += f" /Encrypt {len(objects)} 0 R"
    return _file(objects, f"{trailer} >>")


def text_page(*lines: str, size: float = 11, top: float = 780, left: float = 72, leading: float = 14) -> str:
    """A content stream with lines of text one below the other; an empty line leaves room for one."""
    return "\n".join(show(line, left, top - leading * index, size) for index, line in enumerate(lines) if line)


def show(line: str, x: float, y: float, size: float = 11, before: str = "") -> str:
    """The operators that show a line at a place; `before` are operators in front, such as a colour."""
    escaped = line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    return f"q {before} BT /F {size} Tf {x} {y} Td ({escaped}) Tj ET Q"


def _file(objects: Sequence[bytes], trailer: str) -> bytes:
    data = b"%PDF-1.4\n"
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return data + b"xref\n0 %d\n0000000000 65535 f \n%strailer\n%s\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        table,
        trailer.encode(),
        len(data),
    )


_PADDING = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")


def _owner(password: str) -> bytes:
    return _rc4(hashlib.md5((password.encode() + _PADDING)[:32]).digest()[:5], (password.encode() + _PADDING)[:32])


def _key(password: str) -> bytes:
    parts = (password.encode() + _PADDING)[:32] + _owner(password) + (-4 & 0xFFFFFFFF).to_bytes(4, "little") + b"\0"
    return hashlib.md5(parts).digest()[:5]


def _rc4(key: bytes, data: bytes) -> bytes:
    state = list(range(256))
    j = 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    i = j = 0
    out = bytearray()
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)
