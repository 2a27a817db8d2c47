"""How text is shown: its colour, the ground behind it, its size; and from that whether a reader can see it.

For formats that say so in CSS (web pages, e-books) and for those that state colours and sizes themselves. Knows the
declarations that hide text, and selectors of one element, class or id; no cascade beyond that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

SMALLEST = 2.5
"""Points. Nobody reads what is smaller; footnotes have 6."""

_NEAR = 0.06
"""How far apart two colours are that look the same: the largest difference of red, green or blue, of 1."""

Colour = tuple[float, float, float]
"""Red, green and blue, from 0 to 1."""

WHITE: Colour = (1.0, 1.0, 1.0)
BLACK: Colour = (0.0, 0.0, 0.0)

_NAMES: Mapping[str, Colour] = {
    "white": WHITE, "black": BLACK, "snow": WHITE, "ivory": WHITE, "red": (1.0, 0.0, 0.0), "green": (0.0, 0.5, 0.0),
    "blue": (0.0, 0.0, 1.0), "gray": (0.5, 0.5, 0.5), "grey": (0.5, 0.5, 0.5), "silver": (0.75, 0.75, 0.75),
    "yellow": (1.0, 1.0, 0.0), "whitesmoke": (0.96, 0.96, 0.96),
}  # fmt: skip
_POINTS = {"px": 0.75, "pt": 1.0, "in": 72.0, "cm": 28.35, "mm": 2.835, "pc": 12.0}
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_AT_RULE = re.compile(r"@[^{};]*(?:;|\{(?:[^{}]|\{[^{}]*\})*\})")
_SELECTOR = re.compile(r"[a-z][a-z0-9]*|(?:[a-z][a-z0-9]*)?[.#][\w-]+", re.IGNORECASE)
_OFF_SCREEN = re.compile(r"(?:left|top|right|text-indent)\s*:\s*-\d{4,}|clip\s*:\s*rect\(\s*[01](?:px)?[\s,]+[01]")


@dataclass(frozen=True, slots=True)
class Look:
    """How text is shown where it stands. `ground` None: a picture or something unknown, on which all can be seen."""

    colour: Colour = BLACK
    ground: Colour | None = WHITE
    points: float = 12.0
    hidden: bool = False

    @property
    def is_seen(self) -> bool:
        """Whether a reader can see text that is shown like this."""
        return not self.hidden and self.points >= SMALLEST and not looks_same(self.colour, self.ground)

    def styled(self, declarations: str) -> Look:
        """The look inside an element with these declarations of CSS."""
        look = self
        for name, value in _declared(declarations):
            if name == "color":
                look = replace(look, colour=colour(value) or look.colour)
                look = replace(look, hidden=look.hidden or value == "transparent")
            elif name in ("background", "background-color"):
                look = replace(look, ground=_ground(value, look.ground))
            elif name == "background-image" and value != "none":
                look = replace(look, ground=None)
            elif name == "font-size":
                look = replace(look, points=_points(value, look.points))
            elif _hides(name, value):
                look = replace(look, hidden=True)
        return replace(look, hidden=True) if _OFF_SCREEN.search(declarations.lower()) else look


@dataclass(frozen=True, slots=True)
class Sheet:
    """The declarations of a style sheet by selector: "p", ".note", "#end", "p.note"."""

    rules: Mapping[str, str]

    @classmethod
    def of(cls, css: str) -> Sheet:
        """The rules for the screen that have simple selectors; what goes for print or for some widths is left out."""
        rules: dict[str, str] = {}
        for selectors, body in _RULE.findall(_AT_RULE.sub("", _COMMENT.sub("", css))):
            for selector in selectors.split(","):
                if _SELECTOR.fullmatch(selector.strip()):
                    name = selector.strip().lower()
                    rules[name] = f"{rules.get(name, '')};{body}"
        return cls(rules)

    def declarations(self, tag: str, classes: str, identity: str) -> str:
        """What goes for an element, the more special later."""
        if not self.rules:
            return ""
        names = [tag]
        for each in classes.lower().split():
            names += [f".{each}", f"{tag}.{each}"]
        if identity:
            names += [f"#{identity.lower()}", f"{tag}#{identity.lower()}"]
        return ";".join(self.rules[name] for name in names if name in self.rules)


def looks_same(one: Colour, other: Colour | None) -> bool:
    """Whether text of one colour can not be told from a ground of the other."""
    return other is not None and max(abs(a - b) for a, b in zip(one, other, strict=True)) <= _NEAR


def colour(value: str) -> Colour | None:
    """A colour as CSS or Office write it: "white", "#fff", "FFFFFF", "rgb(255, 255, 255)"; None where it is not known."""
    value = value.strip().lower()
    if value in _NAMES:
        return _NAMES[value]
    digits = value.removeprefix("#")
    if re.fullmatch(r"[0-9a-f]{3,4}", digits) and value.startswith("#"):
        red, green, blue = (int(digit * 2, 16) / 255 for digit in digits[:3])
        return red, green, blue
    if re.fullmatch(r"[0-9a-f]{6}(?:[0-9a-f]{2})?", digits):
        red, green, blue = (int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4))
        return red, green, blue
    match = re.match(r"rgba?\(\s*(\d+)[\s,]+(\d+)[\s,]+(\d+)", value)
    if match:
        red, green, blue = (min(int(part), 255) / 255 for part in match.groups())
        return red, green, blue
    return None


def _declared(declarations: str) -> Iterator[tuple[str, str]]:
    for declaration in declarations.split(";"):
        name, colon, value = declaration.partition(":")
        if colon:
            yield name.strip().lower(), value.replace("!important", "").strip().lower()


def _hides(name: str, value: str) -> bool:
    if name == "opacity":
        return re.fullmatch(r"0?\.?0+%?", value) is not None
    if name in ("max-height", "height", "max-width", "width"):
        return False  # a sign only together with "overflow"
    return (name, value) in {("display", "none"), ("visibility", "hidden"), ("visibility", "collapse")}


def _ground(value: str, before: Colour | None) -> Colour | None:
    if "url(" in value or "gradient" in value or "var(" in value:
        return None
    if value in ("transparent", "none", "inherit", "initial", "unset", ""):
        return before
    # On a colour whose name is not known all can be seen.
    return colour(value) or next((each for each in map(colour, value.split()) if each), None)


def _points(value: str, before: float) -> float:
    match = re.fullmatch(r"(\d*\.?\d+)\s*(px|pt|in|cm|mm|pc|r?em|%)?", value)
    if not match:
        return {"xx-small": 7.0, "x-small": 7.5, "small": 10.0, "smaller": 10.0}.get(value, 12.0)
    number, unit = float(match[1]), match[2] or "px"
    if unit in _POINTS:
        return number * _POINTS[unit]
    return number * before / (100 if unit == "%" else 1)
