"""JSON and JSON Lines: each record a sentence, its values with their names; what holds records is a heading.

A list of objects with plain values is a table. A text of several sentences is a paragraph under its name.
"""

from __future__ import annotations

import json
import re
from typing import Any

from qa.load.encodings import decode
from qa.load.formats import Content
from qa.load.formats.composition import Composition
from qa.types import UnreadableDocument

_PROSE = 200
"""Characters beyond which a value is a text and no entry of a table."""

_LEVELS = 6

_LINE_END = re.compile(r"\r\n?|\n")
"""Not `splitlines`, which also cuts where a text within a line may: at U+2028."""


def content(data: bytes) -> Content:
    """The values of a JSON file, or of a file with a JSON value on each line."""
    decoded = decode(data)
    composition = Composition()
    if decoded.remark:
        composition.remark(decoded.remark)
    value = _parsed(decoded.text)
    title = next((value[key] for key in ("title", "name") if isinstance(value, dict) and _is_name(value.get(key))), "")
    _write(composition, value, name="", level=1)
    return composition.content(title=title)


def _parsed(text: str) -> Any:
    """The value of the file, or those of its lines. Raises UnreadableDocument, which names the line that is none."""
    try:
        return json.loads(text)
    except ValueError as error:
        values, faults = _values(text)
        if len(values) > 1 and not faults:
            return values
        # Of a file that is one value over many lines hardly a line is a value by itself.
        detail = faults[0] if len(values) >= len(faults) > 0 else error
        raise UnreadableDocument(f"it is no JSON ({detail})") from error


def _values(text: str) -> tuple[list[Any], list[str]]:
    """The values of the lines, and what is wrong with those that hold none. Empty lines are left out."""
    values: list[Any] = []
    faults: list[str] = []
    for number, line in enumerate(_LINE_END.split(text), start=1):
        if line.strip():
            try:
                values.append(json.loads(line))
            except json.JSONDecodeError as error:
                faults.append(f"{error.msg}: line {number} column {error.colno}")
            except ValueError as error:  # a number with more digits than Python reads
                faults.append(f"{error}: line {number}")
    return values, faults


def _write(composition: Composition, value: Any, *, name: str, level: int) -> None:
    if name:
        composition.heading(_words(name), level=level)
    if isinstance(value, dict):
        inside = {key: _flat(each) for key, each in value.items() if isinstance(each, dict)}
        short = {key for key, flat in inside.items() if flat and all(map(_is_plain, flat.values()))}
        kept = {key: each for key, each in value.items() if key in short or _is_plain(each)}
        _write_table(composition, [_flat(kept)])
        for key, each in value.items():
            if key not in kept:
                _write(composition, each, name=key, level=min(level + 1, _LEVELS))
    elif isinstance(value, list):
        _write_list(composition, value, level=level)
    elif isinstance(value, str):
        composition.verbatim(value)
    elif value is not None:
        composition.paragraph(_told(value))


def _write_list(composition: Composition, values: list[Any], *, level: int) -> None:
    records: list[dict[str, Any]] = []
    for value in values:
        flat = _flat(value) if isinstance(value, dict) else {}
        if flat and all(_is_plain(each) for each in flat.values()):
            records.append(flat)
            continue
        _write_table(composition, records)
        records = []
        if isinstance(value, dict):
            label = next((value[key] for key in ("title", "name", "id", "question") if _is_name(value.get(key))), "")
            _write(composition, value, name=label, level=min(level + 1, _LEVELS))
        elif isinstance(value, list):
            _write_list(composition, value, level=level)
        elif value is not None:
            composition.item(_told(value))
    _write_table(composition, records)


def _write_table(composition: Composition, records: list[dict[str, Any]]) -> None:
    """Records one by one, since each may have other names."""
    for record in records:
        names = [key for key, value in record.items() if _told(value)]
        if names:
            composition.table([[_words(key) for key in names], [_told(record[key]) for key in names]], headings=1)


def _flat(record: dict[str, Any], path: str = "") -> dict[str, Any]:
    """The values of a record and of the records in it, by their names one behind the other: "address city"."""
    flat: dict[str, Any] = {}
    for key, value in record.items():
        name = f"{path} {key}" if path else key
        flat |= _flat(value, name) if isinstance(value, dict) else {name: value}
    return flat


def _is_plain(value: Any) -> bool:
    """Whether a value can stand in a row: a short one, or a list of some."""
    if isinstance(value, list):
        return len(value) <= 20 and all(not isinstance(each, (list, dict)) and _is_plain(each) for each in value)
    return not isinstance(value, dict) and not _is_prose(value)


def _is_prose(value: Any) -> bool:
    return isinstance(value, str) and (len(value) > _PROSE or "\n" in value.strip())


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value.strip()) <= 120


def _told(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_told(each) for each in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def _words(key: str) -> str:
    """A name as it is read: "phone_number" as "phone number"."""
    return key.replace("_", " ").strip() if " " not in key else key.strip()
