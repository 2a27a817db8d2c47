"""Text and elements to HTML, in which every text is escaped: only `element` and `joined` make `Html`.

Knows nothing of what is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape

_EMPTY = frozenset({"input", "br", "hr"})


class Html(str):
    """Text that is HTML already. Any other `str` is escaped where it is put into an element."""

    __slots__ = ()


def element(name: str, attributes: Mapping[str, str | int | bool] | None = None, *children: str) -> Html:
    """An element. An attribute that is True stands without a value, one that is False is left out."""
    opening = " ".join(
        [
            name,
            *(
                _attribute(key, value)
                for key, value in (attributes or {}).items()
                if value != "" and value is not False
            ),
        ]
    )
    if name in _EMPTY:
        return Html(f"<{opening}>")
    return Html(f"<{opening}>{joined(children)}</{name}>")


def joined(parts: Iterable[str]) -> Html:
    """The parts one after the other; what is not `Html` is escaped."""
    return Html("".join(part if isinstance(part, Html) else escaped(part) for part in parts))


def escaped(text: str) -> Html:
    """The text as HTML that reads back as exactly this text: a parser would turn a bare carriage return into a line
    feed."""
    return Html(escape(text).replace("\r", "&#13;"))


def _attribute(key: str, value: str | int | bool) -> str:
    return key if value is True else f'{key}="{escaped(str(value))}"'
