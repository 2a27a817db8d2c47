"""Features of a statement beside its window to the probability that the window supports it.

A logistic function of a dozen features, each of which can only raise or only lower it; the coefficients are in
`coefficients.json`, fitted by `fit.py`. No feature tells a length or a position.
"""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Mapping, Sequence
from importlib.resources import files

THRESHOLD = 0.5
"""From this score on, a statement or an answer counts as supported."""


def probability(features: Mapping[str, float]) -> float:
    """The score of one statement, from 0 to 1."""
    known = _coefficients()["statement"]
    return _logistic(known["intercept"] + sum(known[name] * value for name, value in features.items()))


def together(scores: Sequence[float]) -> float:
    """The score of an answer: its worst statement's and the mean, mixed in log odds; 1 where it claims nothing."""
    if not scores:
        return 1.0
    known = _coefficients()["answer"]
    odds = [math.log(score / (1 - score)) for score in (min(max(each, 1e-4), 1 - 1e-4) for each in scores)]
    return _logistic(known["intercept"] + known["worst"] * min(odds) + known["mean"] * sum(odds) / len(odds))


def _logistic(odds: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, odds))))


@functools.cache
def _coefficients() -> dict[str, dict[str, float]]:
    known: dict[str, dict[str, float]] = json.loads((files("qa.check") / "coefficients.json").read_text("utf-8"))
    return known
