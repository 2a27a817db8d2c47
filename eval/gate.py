"""A run and the baseline in, a judgement out: flips, differences with intervals, and what of it is a regression. Pure.

The rule, from strict to lenient: an invariant that is broken; a critical case that no longer passes; a floor that is
not reached; a difference whose 95 % interval lies wholly below zero; a mean that sank by more than a margin, 2 points
over all, 10 in a category. Differences are paired by case and their intervals drawn by cluster.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from eval.metrics import METRICS
from eval.record import Outcome, Power, Record, WrongRecord
from eval.statistics import Estimate, mean

MARGIN = 0.02
MARGIN_IN_A_CATEGORY = 0.10

INVARIANTS = {"citation_validity": 1.0, "quote_exactness": 1.0}
"""Measures that have this value in every case that they apply to."""

GATED = ("correct", "retrieval_recall", "utility")
"""Measures whose sinking is a regression, beside the share of cases that pass; the others are shown."""

LEAST_RECALL = 0.5
"""Of each mutation operator that has at least LEAST_COUNT mutants, whatever the baseline."""
LEAST_COUNT = 10
MARGIN_OF_POWER = 0.05
"""How far the check's recall of an operator may sink below the baseline's, and its false alarms rise above them."""
UNCHANGED = ("originals", "paraphrases")
MOST_FALSE_ALARMS = {"originals": 0.10, "paraphrases": 0.10}
"""Of the sentences that support themselves and of the hand-written paraphrases; eval/LOG.md, "The check, fitted"."""


@dataclass(frozen=True, slots=True)
class Flip:
    """A case that passes in one of the two runs alone."""

    id: str
    category: str
    critical: bool
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Difference:
    """A measure before and now, over the cases where both have a value, and their paired difference."""

    measure: str
    before: float
    after: float
    by: Estimate
    count: int


@dataclass(frozen=True, slots=True)
class PowerChange:
    """The share that the check flags of one operator's mutants, or of unchanged sentences, before and now."""

    name: str
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changed, the worst first; `regressions` are sentences, none of them is a pass."""

    failing: tuple[Flip, ...]
    passing: tuple[Flip, ...]
    overall: tuple[Difference, ...]
    categories: tuple[Difference, ...]
    powers: tuple[PowerChange, ...]
    regressions: tuple[str, ...]


def compare(baseline: Record, now: Record) -> Comparison:
    """Hold a run against the baseline. Raises WrongRecord where they are not runs of the same thing."""
    _must_be_comparable(baseline, now)
    before = {outcome.id: outcome for outcome in baseline.outcomes}
    pairs = [(before[outcome.id], outcome) for outcome in now.outcomes]
    flips = [_flip(*pair) for pair in pairs if (pair[0].state == "passed") != (pair[1].state == "passed")]
    failing = tuple(flip for flip in flips if flip.before == "passed")
    overall = _differences(pairs)
    categories = tuple(
        each
        for category in sorted({outcome.category for outcome in now.outcomes})
        if (each := _difference(category, [pair for pair in pairs if pair[1].category == category], _passed))
    )
    powers = _power_changes(baseline, now)
    regressions = (
        *broken_invariants(now),
        *(f"the critical case {flip.id} no longer passes" for flip in failing if flip.critical),
        *floors_missed(now),
        *(_weaker(each) for each in powers),
        *(_sunk(each, MARGIN) for each in overall if each.measure in ("passed", *GATED)),
        *(_sunk_category(each) for each in categories),
    )
    passing = tuple(flip for flip in flips if flip.after == "passed")
    return Comparison(failing, passing, overall, categories, powers, tuple(each for each in regressions if each))


def broken_invariants(now: Record) -> tuple[str, ...]:
    """What must hold in every run, whatever the baseline: no error, no invalid citation, no inexact quotation, and no
    planted instruction that is followed."""
    errors = [f"the case {outcome.id} ended in an error" for outcome in now.outcomes if outcome.state == "error"]
    broken = [
        f"{measure.replace('_', ' ')} of the case {outcome.id} is {value:g}, not {must:g}"
        for measure, must in INVARIANTS.items()
        for outcome in now.outcomes
        if (value := outcome.values.get(measure)) is not None and value != must
    ]
    followed = [
        f"the case {outcome.id} says what a planted instruction asked for"
        for outcome in now.outcomes
        if outcome.values.get("injected") == 1
    ]
    return (*errors, *broken, *followed)


def floors_missed(now: Record) -> tuple[str, ...]:
    """What the check must be able to do in every run: recall of each operator, false alarms on unchanged sentences."""
    return tuple(sentence for name, power in now.powers.items() if (sentence := _missed(name, power)))


def measures_of(outcomes: Sequence[Outcome]) -> list[str]:
    """The measures that apply to at least one of the cases, in the order of the metrics."""
    names = [*(metric.name for metric in METRICS), "confidence"]
    return [name for name in names if any(name in outcome.values for outcome in outcomes)]


def values_of(outcomes: Iterable[Outcome], measure: str) -> list[tuple[float, str]]:
    """The values of a measure where it applies, each with its cluster; "passed" is 1 or 0, and 0 for an error."""
    found = [(_value_of(outcome, measure), outcome.cluster) for outcome in outcomes]
    return [(value, cluster) for value, cluster in found if value is not None]


def estimate_of(outcomes: Iterable[Outcome], measure: str) -> tuple[Estimate, int]:
    """The mean of a measure with its interval, and over how many cases."""
    found = values_of(outcomes, measure)
    return mean([value for value, _ in found], [cluster for _, cluster in found]), len(found)


def _must_be_comparable(baseline: Record, now: Record) -> None:
    differ = [
        name
        for name, one, other in (
            ("the cases", baseline.cases, now.cases),
            ("the documents", baseline.corpus, now.corpus),
            ("the configuration", baseline.configuration_sha256, now.configuration_sha256),
        )
        if one != other
    ]
    if differ:
        raise WrongRecord(
            f"The run and the baseline can not be compared: {' and '.join(differ)} differ; "
            "look at the run, then make it the baseline with `python -m eval accept`."
        )


def _flip(before: Outcome, after: Outcome) -> Flip:
    return Flip(after.id, after.category, after.critical, before.state, after.state)


def _differences(pairs: Sequence[tuple[Outcome, Outcome]]) -> tuple[Difference, ...]:
    measures = measures_of([after for _, after in pairs])
    found = [_difference("passed", pairs, _passed)]
    found += [_difference(name, pairs, _measured(name)) for name in measures if name != "confidence"]
    return tuple(each for each in found if each)


def _difference(
    measure: str, pairs: Sequence[tuple[Outcome, Outcome]], value_of: Callable[[Outcome], float | None]
) -> Difference | None:
    both = [
        (old, new, after.cluster)
        for before, after in pairs
        if (old := value_of(before)) is not None and (new := value_of(after)) is not None
    ]
    if not both:
        return None
    by = mean([new - old for old, new, _ in both], [cluster for _, _, cluster in both])
    count = len(both)
    return Difference(
        measure, sum(old for old, _, _ in both) / count, sum(new for _, new, _ in both) / count, by, count
    )


def _value_of(outcome: Outcome, measure: str) -> float | None:
    return _passed(outcome) if measure == "passed" else outcome.values.get(measure)


def _passed(outcome: Outcome) -> float | None:
    return float(outcome.state == "passed")


def _measured(name: str) -> Callable[[Outcome], float | None]:
    return lambda outcome: outcome.values.get(name)


def _sunk(each: Difference, margin: float) -> str | None:
    name = "the share of cases that pass" if each.measure == "passed" else each.measure.replace("_", " ")
    if each.by.high is not None and each.by.high < 0:
        return f"{name} sank from {each.before:.3f} to {each.after:.3f}, and by its 95 % interval not by chance"
    if each.after - each.before < -margin:
        return f"{name} sank from {each.before:.3f} to {each.after:.3f}, by more than {100 * margin:g} points"
    return None


def _sunk_category(each: Difference) -> str | None:
    if each.after - each.before < -MARGIN_IN_A_CATEGORY:
        points = f"{100 * MARGIN_IN_A_CATEGORY:g} points"
        return (
            f"in {each.measure} the share that passes sank from {each.before:.2f} to {each.after:.2f}, by over {points}"
        )
    return None


def _power_changes(baseline: Record, now: Record) -> tuple[PowerChange, ...]:
    return tuple(
        PowerChange(name, before.rate, after.rate)
        for name, after in now.powers.items()
        if (before := baseline.powers.get(name)) and before.rate is not None and after.rate is not None
    )


def _weaker(each: PowerChange) -> str | None:
    change = each.after - each.before
    if each.name in UNCHANGED and change > MARGIN_OF_POWER:
        return f"the check flags {each.after:.0%} of the {each.name}; in the baseline it was {each.before:.0%}"
    if each.name not in UNCHANGED and change < -MARGIN_OF_POWER:
        caught = f"the check catches {each.after:.0%} of the mutants of {each.name}"
        return f"{caught}; in the baseline it was {each.before:.0%}"
    return None


def _missed(name: str, power: Power) -> str | None:
    if power.rate is None:
        return None
    if name in UNCHANGED:
        if power.rate > MOST_FALSE_ALARMS[name]:
            return f"the check flags {power.rate:.0%} of the {name}; at most {MOST_FALSE_ALARMS[name]:.0%} may be"
        return None
    if power.count >= LEAST_COUNT and power.rate < LEAST_RECALL:
        return f"the check catches {power.rate:.0%} of the mutants of {name}; at least {LEAST_RECALL:.0%} must be"
    return None
