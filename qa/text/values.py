"""Text to its numbers with their units and to its dates, each with its place.

`numbers(text)` and `dates(text)` go from a text to lists in order of place. Figures and number words, magnitudes
(1.2 million is 1,200,000), currencies, percentages and measures; dates from a weekday to a decade. Pure English.

Does not know which noun a number counts beyond the word that follows it, nor today's date: "last week" is no date.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Literal

Bound = Literal["about", "over", "under", ""]

_UNITS = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
_TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
_ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9,
    "tenth": 10, "eleventh": 11, "twelfth": 12, "thirteenth": 13, "fourteenth": 14, "fifteenth": 15, "sixteenth": 16,
    "seventeenth": 17, "eighteenth": 18, "nineteenth": 19, "twentieth": 20, "thirtieth": 30,
}  # fmt: skip
_MAGNITUDES = {
    "hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12, "dozen": 12.0, "lakh": 1e5,
    "crore": 1e7, "hundreds": 1e2, "thousands": 1e3, "millions": 1e6, "billions": 1e9, "trillions": 1e12,
    "k": 1e3, "m": 1e6, "mn": 1e6, "bn": 1e9, "b": 1e9, "tn": 1e12,
}  # fmt: skip
_MULTIPLES = {"half": 0.5, "quarter": 0.25, "twice": 2.0, "thrice": 3.0, "double": 2.0, "triple": 3.0, "dozen": 12.0}

_CURRENCIES = {
    "$": "usd", "us$": "usd", "dollar": "usd", "usd": "usd", "€": "eur", "euro": "eur", "eur": "eur", "£": "gbp",
    "pound": "gbp", "gbp": "gbp", "¥": "yen", "yen": "yen", "yuan": "yuan", "rmb": "yuan", "renminbi": "yuan",
    "rupee": "rupee", "₹": "rupee", "cent": "cent", "ruble": "ruble", "franc": "franc",
}  # fmt: skip
# Each spelling of a unit of measure to the one that stands for it.
_MEASURES = {
    "%": "percent", "percent": "percent", "pct": "percent", "percentage": "percent",
    "km": "kilometre", "kilometer": "kilometre", "kilometre": "kilometre", "mile": "mile", "mi": "mile",
    "metre": "metre", "meter": "metre", "cm": "centimetre", "centimeter": "centimetre", "centimetre": "centimetre",
    "mm": "millimetre", "millimeter": "millimetre", "millimetre": "millimetre", "foot": "foot", "feet": "foot",
    "ft": "foot", "inch": "inch", "yard": "yard", "acre": "acre", "hectare": "hectare",
    "kg": "kilogram", "kilogram": "kilogram", "kilo": "kilogram", "gram": "gram", "g": "gram", "mg": "milligram",
    "milligram": "milligram", "tonne": "tonne", "ton": "tonne", "lb": "lb", "lbs": "lb", "ounce": "ounce", "oz": "ounce",
    "litre": "litre", "liter": "litre", "gallon": "gallon", "ml": "millilitre", "cup": "cup", "tablespoon": "tablespoon",
    "teaspoon": "teaspoon", "second": "second", "sec": "second", "minute": "minute", "min": "minute", "hour": "hour",
    "hr": "hour", "day": "day", "week": "week", "month": "month", "year": "year", "decade": "decade",
    "century": "century", "centuries": "century", "kb": "kb", "mb": "mb", "gb": "gb", "tb": "tb", "mph": "mph",
    "kwh": "kwh", "mw": "mw", "gw": "gw", "watt": "watt", "degree": "degree", "°": "degree", "volt": "volt",
    "byte": "byte", "bit": "bit", "token": "token",
}  # fmt: skip

_WORD_NUMBER = "|".join([*_UNITS, *_TENS])
_LONG_MAGNITUDE = "hundred|thousand|million|billion|trillion|dozen|lakh|crore"
_FIGURES = re.compile(
    r"(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?:(?P<ordinal>st|nd|rd|th)\b)?"
    # "15 m" are metres, "15m" may be millions.
    r"(?:(?P<short>\s?(?:bn|mn|tn)|[kKmMbB])\b(?![-’']))?"
    rf"(?:[\s-](?P<magnitude>{_LONG_MAGNITUDE})s?\b)?"
)
_SPELLED = re.compile(
    rf"(?P<ordinal>(?:(?:{'|'.join(_TENS)})-)?(?:{'|'.join(_ORDINALS)})\b)"
    rf"|(?P<words>(?:{_WORD_NUMBER})\b(?:[-\s](?:{_WORD_NUMBER}|{_LONG_MAGNITUDE})\b|\s+and\s+(?:{_WORD_NUMBER})\b)*)"
    r"|(?P<half>half\s+a\s+)?(?P<single>hundred|thousand|million|billion|trillion|dozen)\b(?!s)"
    r"|(?P<multiple>twice|thrice|half|double|doubled|triple|tripled)\b",
    re.IGNORECASE,
)
# Where a number or a date may begin: a figure, or one of the words that follow.
_ANCHOR = re.compile(r"\d+|[^\W\d_]+")
_CURRENCY_BEFORE = re.compile(r"(US\$|[$€£¥₹])\s?$")
_AFTER = re.compile(
    r"[\s-]*(?P<points>percentage[\s-]points?\b|basis[\s-]points?\b|bps\b|pp\b)"
    r"|\s?(?P<percent>%|per\s?cent\b|pct\b|percentage\b)"
    r"|\s?(?:(?P<temperature>(?:°|º|degrees?)\s?(?:F(?:ahrenheit)?|C(?:elsius)?)\b))"
    r"|[\s-]?(?P<unit>°|[A-Za-z]+)"
)
_BEFORE = re.compile(
    r"(?:\b(?P<about>about|around|approximately|approx\.?|roughly|nearly|almost|some|circa|ca\.|close\s+to|estimated|an?\s+estimated)"
    r"|\b(?P<over>over|more\s+than|at\s+least|above|exceeding|exceeds?|greater\s+than|upwards?\s+of|minimum\s+of|no\s+(?:fewer|less)\s+than)"
    r"|\b(?P<under>under|fewer\s+than|less\s+than|below|at\s+most|up\s+to|no\s+more\s+than|maximum\s+of)"
    r"|(?P<sign>~|≈|>|<))\s*(?:the\s+|a\s+|an\s+)?(?:US\$|[$€£¥₹])?\s*$",
    re.IGNORECASE,
)

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug",
            "september sep sept", "october oct", "november nov", "december dec",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTH = (
    r"(?P<month>Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?"
    r"|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\b\.?"
)
_YEAR = r"(?P<year>1[0-9]\d\d|20\d\d)(?![\d,]\d|\.\d|\d|%|\s?(?:km|kg|m|ft|percent|dollars|people|feet|meters|metres|miles)\b)"
_DAY = r"(?P<day>3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?(?!\d|[.,]\d\d\d)"
_DATES_OF_FIGURES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?P<year>\d{4})-(?P<monthnumber>0[1-9]|1[0-2])-(?P<day>0[1-9]|[12]\d|3[01])\b",
        rf"{_DAY}(?:\s+of)?\s+{_MONTH}(?:\s*,?\s*{_YEAR})?",
        r"(?P<decade>(?:1[0-9]|20)\d0)['’]?s\b",
        r"(?P<century>1?\d|2[01])(?:st|nd|rd|th)[\s-]century\b",
        _YEAR,
    )
)
_DATES_OF_WORDS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_MONTH}\s+{_DAY}(?:\s*,?\s*{_YEAR})?",
        rf"{_MONTH}(?:\s+of)?,?\s+{_YEAR}",
        rf"(?:Q(?P<quarter>[1-4])|(?P<quarterword>first|second|third|fourth)[\s-]quarter)\b(?:\s+(?:of\s+)?{_YEAR})?",
        _MONTH,
        r"(?P<weekday>Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)s?\b",
    )
)
# What may follow a four-digit figure that counts things rather than naming a year: "1500 employees".
_COUNTED = re.compile(
    r"\s+(?!(?:census|elections?|games|olympics|season|world|report|and|or|to|was|is|has|as|its|his|this)\b)[a-z]{3,}s\b"
)
_FIRST_WORDS = (
    frozenset([*_UNITS, *_TENS, *_ORDINALS, *_MULTIPLES, *_MONTHS, "doubled", "tripled", "q"])
    | frozenset(_LONG_MAGNITUDE.split("|"))
    | frozenset(form for day in _WEEKDAYS for form in (day, day + "s"))
)
_QUARTERS = ("first", "second", "third", "fourth")


@dataclass(frozen=True, slots=True)
class Number:
    """A number at `text[start:end]`, unit and magnitude included: "$1.2 million" has the value 1200000.0.

    `unit` is "percent", "point" (of a percentage), a currency ("usd"), a measure in the singular ("kilometre") or "".
    `counts` is the word that follows it, in lower case, "" if none. `bound` tells "about", "over" or "under".
    """

    start: int
    end: int
    value: float
    unit: str
    counts: str
    bound: Bound
    ordinal: bool


@dataclass(frozen=True, slots=True)
class Date:
    """A date at `text[start:end]`; what it leaves open is None.

    `years` is how long the span is that begins with `year`: 1, or 10 for a decade, 100 for a century.
    """

    start: int
    end: int
    year: int | None = None
    quarter: int | None = None
    month: int | None = None
    day: int | None = None
    weekday: int | None = None
    years: int = 1


def numbers(text: str) -> list[Number]:
    """The numbers of a text. Those that are part of a date (its day, its year) are not among them."""
    return values(text)[0]


def dates(text: str) -> list[Date]:
    """The dates of a text. A year alone is one, the word "may" is not; a weekday beside a date is one of its own."""
    return values(text)[1]


def values(text: str) -> tuple[list[Number], list[Date]]:
    """Both in one pass, which is what costs time."""
    found_numbers: list[Number] = []
    found_dates: list[Date] = []
    end = 0
    for anchor in _ANCHOR.finditer(text):
        start = anchor.start()
        written = anchor.group()
        if start < end or not (written[0].isdigit() or written.lower() in _FIRST_WORDS):
            continue
        date = _date_at(text, start)
        number = None if date else _number_at(text, start)
        if date:
            found_dates.append(date)
            end = date.end
        elif number:
            found_numbers.append(number)
            end = number.end
    return found_numbers, found_dates


def same_quantity(one: Number, other: Number) -> bool:
    """Whether both name one quantity: the same value, up to 6 % where one is "about", and no other unit."""
    if one.unit and other.unit and one.unit != other.unit:
        return False
    if math.isclose(one.value, other.value, rel_tol=1e-9):
        return True
    return "about" in (one.bound, other.bound) and math.isclose(one.value, other.value, rel_tol=0.06)


def _date_at(text: str, start: int) -> Date | None:
    if start and (text[start - 1] in "$€£¥₹#" or (text[start - 1] in ".," and text[start - 2 : start - 1].isdigit())):
        return None
    for pattern in _DATES_OF_FIGURES if text[start].isdigit() else _DATES_OF_WORDS:
        match = pattern.match(text, start)
        if match and not _is_no_date(text, match):
            return _date(match)
    return None


def _number_at(text: str, start: int) -> Number | None:
    if text[start].isdigit():
        match = _FIGURES.match(text, start)
        if not match or (start and (text[start - 1].isalpha() or text[start - 1] == "_")):
            return None
        value = float(match["digits"].replace(",", ""))
        value *= _MAGNITUDES[match["short"].strip().lower()] if match["short"] else 1
        value *= _MAGNITUDES[match["magnitude"].lower()] if match["magnitude"] else 1
        sign = re.search(r"(?<![\w)])[-−]\s?(?:[$€£])?$", text[max(0, start - 4) : start])
        return _number(text, start, match.end(), -value if sign else value, ordinal=bool(match["ordinal"]))
    match = _SPELLED.match(text, start)
    if not match:
        return None
    if match["ordinal"]:
        tens, _, unit = match["ordinal"].lower().rpartition("-")
        return _number(text, start, match.end(), float(_TENS.get(tens, 0) + _ORDINALS[unit]), ordinal=True)
    if match["words"]:
        spelled = _spelled(match["words"].lower())
        return None if spelled is None else _number(text, start, match.end(), spelled, ordinal=False)
    if match["single"]:
        value = _MAGNITUDES[match["single"].lower()] * (0.5 if match["half"] else 1)
        return _number(text, start, match.end(), value, ordinal=False)
    multiple = match["multiple"].lower()
    return _number(text, start, match.end(), _MULTIPLES.get(multiple) or _MULTIPLES[multiple[:-1]], ordinal=False)


def _spelled(written: str) -> float | None:
    """ "one hundred and twenty-five thousand" -> 125000; None for a lone "one", which is mostly a pronoun."""
    if written == "one":
        return None
    total = current = 0.0
    for word in re.split(r"[\s-]+", written):
        if word in _UNITS or word in _TENS:
            current += _UNITS.get(word, 0) + _TENS.get(word, 0)
        elif word == "hundred":
            current = max(current, 1) * 100
        elif word in _MAGNITUDES:
            total += max(current, 1) * _MAGNITUDES[word]
            current = 0
    return total + current


def _number(text: str, start: int, end: int, value: float, *, ordinal: bool) -> Number:
    currency = _CURRENCY_BEFORE.search(text, max(0, start - 4), start)
    after = _AFTER.match(text, end)
    unit, counts = "", ""
    if currency:
        unit, start = _CURRENCIES[currency[1].lower()], currency.start()
        counts = after["unit"].lower() if after and after["unit"] else ""
    elif after and after["points"]:
        unit, end = "point", after.end()
        value = value / 100 if after["points"].lower().startswith(("basis", "bps")) else value
    elif after and after["percent"]:
        unit, end = "percent", after.end()
    elif after and after["temperature"]:
        unit, end = ("celsius" if "c" in after["temperature"].lower() else "fahrenheit"), after.end()
    elif after:
        word = after["unit"].lower()
        unit = _unit(word)
        end = after.end() if unit else end
        counts = "" if unit else word
    return Number(start, end, value, unit, counts, _bound(text, start), ordinal)


def _unit(word: str) -> str:
    for spelling in (word, word.removesuffix("s"), word.removesuffix("es")):
        if spelling in _MEASURES or spelling in _CURRENCIES:
            return _MEASURES.get(spelling) or _CURRENCIES[spelling]
    return ""


def _bound(text: str, start: int) -> Bound:
    match = _BEFORE.search(text, max(0, start - 28), start)
    if not match:
        return ""
    if match["about"] or match["sign"] in ("~", "≈"):
        return "about"
    return "over" if match["over"] or match["sign"] == ">" else "under"


def _is_no_date(text: str, match: re.Match[str]) -> bool:
    """Whether a lone "may" is a verb, or a lone figure of four digits a count: "1500 employees"."""
    groups, written = match.groupdict(), match.group()
    if groups.get("month") and not (groups.get("day") or groups.get("year")):
        if not written[0].isupper():
            return True
        return written in ("May", "March") and not _is_month(text, match)
    if groups.get("weekday"):
        return not written[0].isupper()
    if groups.get("year") != written:
        return False
    introduced = re.search(
        r"\b(?:in|since|by|of|from|the|until|during)\s$", text[max(0, match.start() - 8) : match.start()]
    )
    return bool(_COUNTED.match(text, match.end())) and not introduced


def _is_month(text: str, match: re.Match[str]) -> bool:
    """Whether a lone "May" or "March" is a month: after a preposition of time, or before one of the words of dates."""
    before = text[max(0, match.start() - 12) : match.start()].lower()
    return bool(
        re.search(r"\b(?:in|since|until|till|by|of|during|last|next|this|late|early|mid|from|to|and)[\s-]$", before)
    )


def _date(match: re.Match[str]) -> Date:
    groups = match.groupdict()
    month = _MONTHS[groups["month"].lower().rstrip(".")] if groups.get("month") else None
    month = int(groups["monthnumber"]) if groups.get("monthnumber") else month
    year, years = int(groups["year"]) if groups.get("year") else None, 1
    if groups.get("decade"):
        year, years = int(groups["decade"]), 10
    if groups.get("century"):
        year, years = (int(groups["century"]) - 1) * 100, 100
    quarter = int(groups["quarter"]) if groups.get("quarter") else None
    quarter = _QUARTERS.index(groups["quarterword"].lower()) + 1 if groups.get("quarterword") else quarter
    return Date(
        match.start(),
        match.end(),
        year=year,
        quarter=quarter,
        month=month,
        day=int(groups["day"]) if groups.get("day") else None,
        weekday=_WEEKDAYS.index(groups["weekday"].lower()) if groups.get("weekday") else None,
        years=years,
    )
