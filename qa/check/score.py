"""Features of a statement to the probability that its windows support it, and the scores of statements to an answer's.

A logistic function of features each of which can only raise or only lower it. The coefficients are in
`coefficients.json`, fitted by `fit.py`; a feature that is not in it counts nothing.
"""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Mapping, Sequence
from importlib.resources import files

THRESHOLD = 0.5
"""From this score on a statement or an answer counts as supported: where the errors of both kinds are balanced over the
sets that it was fitted on."""
CONTRADICTED = 0.3
"""The most that a contradicted statement can score."""


def probability(features: Mapping[str, float]) -> float:
    """The score of one statement, from 0 to 1."""
    known = _coefficients()["statement"]
    return _logistic(known["intercept"] + sum(known.get(name, 0.0) * value for name, value in features.items()))


def together(scores: Sequence[float]) -> float:
    """The score of an answer: the log odds of its worst statement and of the mean, mixed; 1 where it claims nothing."""
    if not scores:
        return 1.0
    worst = _coefficients()["answer"]["worst"]
    odds = [math.log(score / (1 - score)) for score in (min(max(each, 1e-5), 1 - 1e-5) for each in scores)]
    return _logistic(worst * min(odds) + (1 - worst) * sum(odds) / len(odds))


def _logistic(odds: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, odds))))


@functools.cache
def _coefficients() -> dict[str, dict[str, float]]:
    known: dict[str, dict[str, float]] = json.loads((files("qa.check") / "coefficients.json").read_text("utf-8"))
    return known
