"""One statement and the evidence to a judgement: where it is best supported, what the rules find there, the verdict.

`Judge(evidence)` reads the evidence once; `judge(statement)` tries the best windows and keeps the way in which they
support the statement most. Does not split answers into statements.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from qa.check.align import Aligned, alignments, sources
from qa.check.antonyms import alternative_mismatch, changed_word, opposite_mismatch
from qa.check.attribution import speaker_mismatch, told_as_fact
from qa.check.bindings import exchanged_values
from qa.check.cells import other_cell
from qa.check.contrast import contrasted_subject
from qa.check.dates import date_mismatch
from qa.check.features import coverage, features, order
from qa.check.mismatch import Mismatch
from qa.check.modality import modality_mismatch
from qa.check.names import name_mismatch, swapped_roles
from qa.check.negation import loose_negation, negation_mismatch
from qa.check.numbers import number_mismatch
from qa.check.quotes import quote_mismatch
from qa.check.reading import read
from qa.check.roles import exchanged_parties, exchanged_words
from qa.check.score import CONTRADICTED, THRESHOLD, probability
from qa.check.subject import other_subject
from qa.text.quotes import wording
from qa.types import Span, Verdict

Rule = Callable[[Aligned], Mismatch | None]

_RULES: tuple[Rule, ...] = (
    number_mismatch,
    date_mismatch,
    name_mismatch,
    swapped_roles,
    exchanged_parties,
    exchanged_words,
    exchanged_values,
    negation_mismatch,
    loose_negation,
    opposite_mismatch,
    alternative_mismatch,
    changed_word,
    modality_mismatch,
    speaker_mismatch,
    told_as_fact,
    other_subject,
    contrasted_subject,
    other_cell,
)
_TRIED = 3
"""Windows for one statement."""
_APART = 0.05
_NEAR = 0.03
"""How much less than the best window another may say of the statement and still be the one that it is held against."""
_WEAK = 0.15
"""Below this score a statement without a contradiction is not even partly supported."""
_TOUCHED = 0.4
"""The least coverage at which a window can be said to contradict a statement rather than to speak of something else."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict on one statement; `evidence` and `span` say where it was held against."""

    verdict: Verdict
    score: float
    reason: str
    evidence: int | None
    span: Span | None


@dataclass(frozen=True, slots=True)
class Examined:
    """A statement's parts beside their windows, what the rules found wrong there, and its features."""

    way: tuple[Aligned, ...]
    mismatches: tuple[Mismatch, ...]
    features: dict[str, float]


class Judge:
    """Evidence that was read once, for any number of statements."""

    def __init__(self, evidence: Sequence[str]) -> None:
        self._evidence = evidence
        self._sources = sources(evidence)

    def judge(self, statement: str) -> Judgement:
        """The judgement on the best of the windows that cover most of the statement."""
        verbatim = self.verbatim(statement)
        if verbatim:
            return verbatim
        examined = self.examine(statement)
        if not examined:
            return Judgement("unsupported", 0.0, "the source says nothing of it", None, None)
        verdict, score, reason = verdict_on(examined)
        main = max(examined.way, key=lambda pair: sum(pair.statement.weights) * pair.coverage)
        return Judgement(verdict, score, reason, *main.source.place(Span(main.window.start, main.window.end)))

    def verbatim(self, statement: str) -> Judgement | None:
        """Whether whole sentences of one text are the statement, word for word."""
        wanted = wording(statement).rstrip(" .")
        for source in self._sources:
            if wanted not in source.wording:
                continue
            spans = source.reading.sentences
            for first in range(len(spans)):
                for last in range(first, min(first + 3, len(spans))):
                    span = Span(spans[first].start, spans[last].end)
                    if wording(source.reading.text[span.start : span.end]).rstrip(" .") == wanted:
                        return Judgement("supported", 1.0, "it stands word for word in the source", *source.place(span))
        return None

    def examine(self, statement: str) -> Examined | None:
        """What the rules and the features say of a statement; None where no window says anything of it."""
        reading = read(statement)
        ways = alignments(reading, self._sources, limit=_TRIED)
        if not ways:
            return None
        quoted = quote_mismatch(reading, self._evidence)
        # A window that says less of the statement must not win by having nothing to contradict it with.
        most = max(_said(way) for way in ways)
        tried = [self._examined(way, quoted) for way in ways if _said(way) >= most - _NEAR]
        return max(tried, key=lambda each: probability(each.features))

    def _examined(self, way: tuple[Aligned, ...], quoted: Mismatch | None) -> Examined:
        found = [mismatch for pair in way for rule in _RULES if (mismatch := rule(pair))]
        mismatches = tuple([*found, quoted] if quoted else found)
        return Examined(way, mismatches, features(way, mismatches))


def _said(way: Sequence[Aligned]) -> float:
    """How much of the statement a way says; each window more must make up for being another place."""
    places = {(id(pair.source), pair.window.start) for pair in way}
    return coverage(way) + 0.5 * order(way) - _APART * (len(places) - 1)


def verdict_on(examined: Examined) -> tuple[Verdict, float, str]:
    """The verdict on what was examined, its score and the reason."""
    score, covered = probability(examined.features), examined.features["coverage"]
    mismatches = sorted(examined.mismatches, key=lambda each: -each.strength)
    contradiction = next((each for each in mismatches if each.severity == "contradicted"), None)
    worst = mismatches[0] if mismatches else None
    if contradiction and covered >= _TOUCHED:
        return "contradicted", min(score, CONTRADICTED), contradiction.reason
    if score < _WEAK:
        return "unsupported", score, worst.reason if worst and covered >= _TOUCHED else _missing(examined.way)
    if score < THRESHOLD:
        return "partial", score, worst.reason if worst else _missing(examined.way)
    if worst and worst.strength >= 0.5:
        return "partial", score, worst.reason
    return "supported", score, "the source says it in other words"


def _missing(way: Sequence[Aligned]) -> str:
    missing = {
        word.text: weight
        for pair in way
        for word, weight, strength in zip(pair.statement.words, pair.statement.weights, pair.strengths, strict=True)
        if weight and not strength
    }
    if not missing:
        return "the source does not say it as the answer does"
    if len(missing) * 2 > sum(1 for pair in way for weight in pair.statement.weights if weight):
        return "the source does not say it"
    listed = sorted(missing, key=lambda word: -missing[word])[:3]
    return "the source does not say " + ", ".join(f"“{word}”" for word in listed)
