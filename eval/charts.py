"""Numbers in, SVG out, to stand inside an HTML page. Pure; every text is escaped; colours are the page's classes.

Axes run from 0 to 1. Does not know what the numbers mean.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from eval.statistics import Estimate

_LABEL, _BAR, _NOTE, _ROW = 170, 300, 80, 22
_SIDE, _MARGIN = 260, 44


class Bar(NamedTuple):
    """A share with its interval; `before` marks where it was, `note` stands to the right."""

    label: str
    share: Estimate
    before: float | None
    note: str


class Dot(NamedTuple):
    """A place in the unit square; `label` shows on pointing at it, `size` is how much it stands for."""

    x: float
    y: float
    label: str
    size: int = 1


def bars(title: str, rows: Sequence[Bar]) -> str:
    """Horizontal bars, one a row, with whiskers for the intervals."""
    height = _ROW * len(rows) + 26
    width = _LABEL + _BAR + _NOTE
    parts = [_bar(row, _ROW * place) for place, row in enumerate(rows)]
    for tick in (0, 0.25, 0.5, 0.75, 1):
        x = _LABEL + _BAR * tick
        parts.insert(0, f'<line class="grid" x1="{x:g}" y1="0" x2="{x:g}" y2="{height - 22}"/>')
        parts.append(f'<text class="tick" x="{x:g}" y="{height - 6}" text-anchor="middle">{tick:g}</text>')
    return _svg(title, width, height, parts)


def square(
    title: str,
    *,
    across: str,
    up: str,
    dots: Sequence[Dot] = (),
    line: Sequence[tuple[float, float]] = (),
    diagonal: bool,
) -> str:
    """A unit square with dots, a line in steps, and the diagonal where both axes are of one kind."""
    parts = [_axes(across, up)]
    if diagonal:
        parts.append(_segment(0, 0, 1, 1, "diagonal"))
    if line:
        points = " ".join(f"{_x(x):.1f},{_y(y):.1f}" for x, y in _steps(line))
        parts.append(f'<polyline class="line" points="{points}"/>')
    parts += [_dot(dot) for dot in dots]
    return _svg(title, _SIDE + 2 * _MARGIN, _SIDE + _MARGIN + 22, parts)


def _svg(title: str, width: int, height: int, parts: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">'
        f"<title>{escape(title)}</title>{''.join(parts)}</svg>"
    )


def _bar(row: Bar, top: int) -> str:
    middle = top + _ROW / 2
    name = f'<text x="{_LABEL - 8}" y="{middle + 4:g}" text-anchor="end">{escape(row.label)}</text>'
    note = f'<text class="tick" x="{_LABEL + _BAR + 8}" y="{middle + 4:g}">{escape(row.note)}</text>'
    if row.share.value is None:
        return name + note
    drawn = [
        f"<g><title>{escape(f'{row.label}: {row.share}')}</title>",
        f'<rect class="bar" x="{_LABEL}" y="{top + 4}" width="{_BAR * row.share.value:.1f}" height="{_ROW - 8}"/>',
    ]
    if row.share.low is not None and row.share.high is not None:
        low, high = _LABEL + _BAR * row.share.low, _LABEL + _BAR * row.share.high
        drawn.append(f'<line class="whisker" x1="{low:.1f}" y1="{middle:g}" x2="{high:.1f}" y2="{middle:g}"/>')
        drawn += [
            f'<line class="whisker" x1="{x:.1f}" y1="{middle - 4:g}" x2="{x:.1f}" y2="{middle + 4:g}"/>'
            for x in (low, high)
        ]
    if row.before is not None:
        x = _LABEL + _BAR * row.before
        drawn.append(f'<line class="before" x1="{x:.1f}" y1="{top + 2}" x2="{x:.1f}" y2="{top + _ROW - 2}"/>')
    return "".join([*drawn, "</g>", name, note])


def _axes(across: str, up: str) -> str:
    parts = []
    for tick in (0, 0.25, 0.5, 0.75, 1):
        parts.append(_segment(tick, 0, tick, 1, "grid") + _segment(0, tick, 1, tick, "grid"))
        parts.append(f'<text class="tick" x="{_x(tick):g}" y="{_y(0) + 14:g}" text-anchor="middle">{tick:g}</text>')
        parts.append(f'<text class="tick" x="{_x(0) - 6:g}" y="{_y(tick) + 4:g}" text-anchor="end">{tick:g}</text>')
    middle = _MARGIN + _SIDE / 2
    parts.append(f'<text x="{middle:g}" y="{_y(0) + 34:g}" text-anchor="middle">{escape(across)}</text>')
    turned = f'transform="rotate(-90 12 {middle:g})"'
    parts.append(f'<text x="12" y="{middle:g}" text-anchor="middle" {turned}>{escape(up)}</text>')
    return "".join(parts)


def _segment(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    return f'<line class="{kind}" x1="{_x(x1):g}" y1="{_y(y1):g}" x2="{_x(x2):g}" y2="{_y(y2):g}"/>'


def _dot(dot: Dot) -> str:
    radius = min(3 + 1.5 * math.sqrt(dot.size), 16)
    place = f'cx="{_x(dot.x):.1f}" cy="{_y(dot.y):.1f}" r="{radius:.1f}"'
    return f'<circle class="dot" {place}><title>{escape(dot.label)}</title></circle>'


def _steps(line: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The corners of a line that holds its height up to each point."""
    corners = []
    before = 0.0
    for x, y in line:
        corners += [(before, y), (x, y)]
        before = x
    return corners


def _x(value: float) -> float:
    return _MARGIN + _SIDE * value


def _y(value: float) -> float:
    return _MARGIN / 2 + _SIDE * (1 - value)
