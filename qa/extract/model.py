"""The numbers that the answerer learned: weights of named features, for choosing sentences and for abstaining.

`learned()` reads them from `coefficients.json`, which `fit.py` writes. Knows nothing of how a feature is made.
"""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Learned:
    """`sentence` weighs what speaks for a sentence, `answerable` what speaks for there being an answer at all, where
    `intercept` is the part that no feature has. An answer is given from the probability `threshold` on, and from
    `threshold_unrelated` on where names alone were found and nothing of what is asked about them. `calibration`, a
    slope and an intercept, makes of the model's log odds those that are told to the reader (Platt, 1999)."""

    sentence: Mapping[str, float]
    answerable: Mapping[str, float]
    intercept: float
    threshold: float
    threshold_unrelated: float
    calibration: tuple[float, float] = (1.0, 0.0)


def weighted(weights: Mapping[str, float], features: Mapping[str, float]) -> float:
    """The sum of the features, each times its weight. A feature without a weight is a KeyError."""
    return sum(weights[name] * value for name, value in features.items())


def probability(logit: float) -> float:
    """1 / (1 + e^-logit)."""
    return 1 / (1 + math.exp(-logit)) if logit >= 0 else math.exp(logit) / (1 + math.exp(logit))


@functools.cache
def learned() -> Learned:
    """The weights that the package ships."""
    read = json.loads((files("qa.extract") / "coefficients.json").read_text("utf-8"))
    slope, intercept = read["calibration"]
    return Learned(
        read["sentence"],
        read["answerable"],
        read["intercept"],
        read["threshold"],
        read["threshold_unrelated"],
        (slope, intercept),
    )
