"""Whether a text says what a point asks for: wordings, numbers with their units, regular expressions. Pure.

Reads numbers by its own few rules and not by those of `qa`, so that one mistake can not hide in both the answer and its
judge. Does not know what an answer is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from eval.cases import Point

_TYPOGRAPHIC = str.maketrans(
    {**dict.fromkeys("‘’‚‛′", "'"), **dict.fromkeys("“”„‟″«»", '"'), **dict.fromkeys("‐‑‒–—―−", "-"), "\u00ad": None}
)

_SMALL = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
_SMALL += " seventeen eighteen nineteen"
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_WORDS = {
    **{word: float(value) for value, word in enumerate(_SMALL.split())},
    **{word: 10.0 * value for value, word in enumerate(_TENS.split(), start=2)},
}
_MAGNITUDES = {
    **dict.fromkeys(["hundred"], 1e2),
    **dict.fromkeys(["thousand", "k"], 1e3),
    **dict.fromkeys(["million", "m", "mn"], 1e6),
    **dict.fromkeys(["billion", "bn"], 1e9),
    **dict.fromkeys(["trillion", "tn"], 1e12),
}
_UNITS = {
    **dict.fromkeys(["%", "percent", "pct"], "percent"),
    **dict.fromkeys(["$", "usd", "dollar", "dollars"], "dollar"),
    **dict.fromkeys(["€", "eur", "euro", "euros"], "euro"),
    **dict.fromkeys(["£", "gbp", "pound", "pounds"], "pound"),
}

_NUMBER = re.compile(
    r"(?P<before>[$€£]?)\s?"
    r"(?:(?<![\w.,])(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(?!\d|[.,]\d)"
    rf"|\b(?P<word>(?:(?:{'|'.join(_TENS.split())})[- ](?:{'|'.join(_SMALL.split()[1:10])})"
    rf"|{'|'.join(sorted(_WORDS, key=len, reverse=True))})\b))"
    rf"(?:[\s-]?(?P<magnitude>{'|'.join(sorted(_MAGNITUDES, key=len, reverse=True))})\b)?"
)
_TOKEN = re.compile(r"[^\W\d_]+|[%$€£]")


class Quantity(NamedTuple):
    """A number of a text and the units that it may have: the words beside it, in the singular."""

    value: float
    units: frozenset[str]


def says(text: str, point: Point) -> bool:
    """Whether the text makes the point."""
    if point.regex is not None:
        return re.search(point.regex, text, re.IGNORECASE) is not None
    if point.number is not None:
        return any(_is(quantity, point) for quantity in quantities(text))
    return any(contains(text, wording) for wording in point.any_of)


def contains(text: str, wording: str) -> bool:
    """Whether the wording occurs in the text as whole words, whatever the case, quotation marks, dashes and spaces."""
    needle = normal(wording)
    start = r"(?<!\w)" if _spaced(needle[:1]) else ""
    end = r"(?!\w)" if _spaced(needle[-1:]) else ""
    return re.search(start + re.escape(needle) + end, normal(text)) is not None


def normal(text: str) -> str:
    """The text with all that typography alone decides made equal: Unicode NFKC, case, quotes, dashes, spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).translate(_TYPOGRAPHIC).casefold().split())


def quantities(text: str) -> Iterator[Quantity]:
    """The numbers of a text, in digits or in words, "1.2 million" as 1,200,000."""
    flat = normal(text).replace("per cent", "percent")
    for match in _NUMBER.finditer(flat):
        value = float(match["digits"].replace(",", "")) if match["digits"] else _value_of(match["word"])
        magnitude = match["magnitude"] or ""
        # "£4m" are millions, "15 m" are metres.
        if magnitude in ("k", "m") and not match["before"]:
            magnitude = ""
        after = _TOKEN.findall(flat[match.end() : match.end() + 60])[:4]
        before = _TOKEN.findall(flat[max(0, match.start() - 30) : match.start()])[-2:]
        units = frozenset(_unit(each) for each in (*after, *before, match["before"], match["magnitude"]) if each)
        yield Quantity(value * _MAGNITUDES.get(magnitude, 1.0), units)


def _is(quantity: Quantity, point: Point) -> bool:
    if point.number is None or abs(quantity.value - point.number) > point.tolerance + 1e-9 * abs(point.number):
        return False
    return point.unit is None or all(_unit(word) in quantity.units for word in normal(point.unit).split())


def _value_of(words: str) -> float:
    return sum(_WORDS[word] for word in re.split(r"[- ]", words))


def _unit(word: str) -> str:
    """A unit in its singular; English plurals by their spelling alone."""
    if word in _UNITS:
        return _UNITS[word]
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "xes", "sses")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 2 else word


def _spaced(character: str) -> bool:
    """Whether the character belongs to a script that puts spaces between words."""
    return character.isalnum() and ord(character) < 0x2E80
