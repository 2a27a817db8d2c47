"""One statement and the evidence to a judgement: where it is best supported, what the rules find there, the verdict.

`Judge(evidence)` reads the evidence once; `judge(statement)` tries the best windows and keeps the one that supports the
statement most. Does not split answers into statements.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from qa.check.align import Aligned, Source, Window, link, sources, windows
from qa.check.antonyms import opposite_mismatch
from qa.check.attribution import speaker_mismatch, told_as_fact
from qa.check.dates import date_mismatch
from qa.check.mismatch import Mismatch
from qa.check.modality import modality_mismatch
from qa.check.names import name_mismatch, swapped_roles
from qa.check.negation import negation_mismatch
from qa.check.numbers import number_mismatch
from qa.check.quotes import quote_mismatch, wording
from qa.check.reading import read
from qa.check.score import THRESHOLD, probability
from qa.types import Span, Verdict

_RULES = (
    number_mismatch, date_mismatch, name_mismatch, swapped_roles, negation_mismatch, opposite_mismatch, modality_mismatch,
    speaker_mismatch, told_as_fact,
)  # fmt: skip
_TRIED = 3
"""Windows for one statement."""
_NEAR = 0.08
"""How much less than the best window another may say of the statement and still be the one that it is held against."""
_WEAK = 0.15
"""Below this score a statement without a contradiction is not even partly supported."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict on one statement; `evidence` and `span` say where it was held against."""

    verdict: Verdict
    score: float
    reason: str
    evidence: int | None
    span: Span | None


class Judge:
    """Evidence that was read once, for any number of statements."""

    def __init__(self, evidence: Sequence[str]) -> None:
        self._evidence = evidence
        self._sources = sources(evidence)

    def judge(self, statement: str) -> Judgement:
        """The judgement on the best of the windows that cover most of the statement."""
        read_statement = read(statement)
        verbatim = self._verbatim(statement)
        if verbatim:
            return verbatim
        quoted = quote_mismatch(read_statement, self._evidence)
        pairs = [
            (link(read_statement, window.reading), window)
            for window in windows(read_statement, self._sources, limit=_TRIED)
        ]
        if not pairs:
            return Judgement("unsupported", 0.0, "the source says nothing of it", None, None)
        # A window that says less of the statement must not win by having nothing to contradict it with.
        best = max(_alignment(pair) for pair, _ in pairs)
        near = [(pair, window) for pair, window in pairs if _alignment(pair) >= best - _NEAR]
        return max((self._judged(pair, window, quoted) for pair, window in near), key=lambda each: each.score)

    def _verbatim(self, statement: str) -> Judgement | None:
        """Whether whole sentences of one text are the statement, word for word."""
        wanted = wording(statement).rstrip(" .")
        for source in self._sources:
            if wanted not in wording(source.reading.text):
                continue
            spans = source.reading.sentences
            for first in range(len(spans)):
                for last in range(first, min(first + 3, len(spans))):
                    span = Span(spans[first].start, spans[last].end)
                    if wording(source.reading.text[span.start : span.end]).rstrip(" .") == wanted:
                        return Judgement(
                            "supported", 1.0, "it stands word for word in the source", *_place(source, span)
                        )
        return None

    def _judged(self, pair: Aligned, window: Window, quoted: Mismatch | None) -> Judgement:
        mismatches = [found for rule in _RULES if (found := rule(pair))] + ([quoted] if quoted else [])
        features = features_of(pair, mismatches)
        score = probability(features)
        verdict, reason = _verdict(pair, mismatches, score)
        return Judgement(verdict, score, reason, *_place(window.source, Span(pair.window.start, pair.window.end)))


def _alignment(pair: Aligned) -> float:
    return pair.coverage + 0.3 * _runs(pair)


def features_of(pair: Aligned, mismatches: Sequence[Mismatch]) -> dict[str, float]:
    """The features of a statement beside a window, by name."""
    features = {"coverage": pair.coverage, "runs": _runs(pair), "rarest missing": _rarest_missing(pair)}
    for mismatch in mismatches:
        features[mismatch.rule] = max(features.get(mismatch.rule, 0.0), mismatch.strength)
    return features


def _verdict(pair: Aligned, mismatches: Sequence[Mismatch], score: float) -> tuple[Verdict, str]:
    contradiction = max((each for each in mismatches if each.severity == "contradicted"), key=_strength, default=None)
    if contradiction and pair.coverage >= 0.4:
        return "contradicted", contradiction.reason
    worst = max(mismatches, key=_strength, default=None)
    if score < _WEAK:
        return "unsupported", worst.reason if worst and pair.coverage >= 0.5 else _missing(pair)
    if score < THRESHOLD or (worst and worst.strength >= 0.5):
        return "partial", worst.reason if worst else _missing(pair)
    return "supported", "the source says it in other words"


def _strength(mismatch: Mismatch) -> float:
    return mismatch.strength


def _missing(pair: Aligned) -> str:
    missing = {
        word.text: weight
        for word, weight, strength in zip(pair.statement.words, pair.statement.weights, pair.strengths, strict=True)
        if weight and not strength
    }
    if len(missing) * 2 > sum(1 for weight in pair.statement.weights if weight):
        return "the source does not say it"
    listed = sorted(missing, key=lambda word: -missing[word])[:3]
    return "the source does not say " + ", ".join(f"“{word}”" for word in listed)


def _runs(pair: Aligned) -> float:
    """The share of neighbouring content words whose links are neighbours too, in the same order."""
    content = [index for index, weight in enumerate(pair.statement.weights) if weight]
    if len(content) < 2:
        return pair.coverage
    near = 0
    for left, right in itertools.pairwise(content):
        one, other = pair.links[left], pair.links[right]
        near += one is not None and other is not None and 0 < other - one <= right - left + 2
    return near / (len(content) - 1)


def _rarest_missing(pair: Aligned) -> float:
    return max((w for w, s in zip(pair.statement.weights, pair.strengths, strict=True) if w and not s), default=0.0)


def _place(source: Source, span: Span) -> tuple[int, Span]:
    """The evidence text that a span of a source begins in, and the span there."""
    index, start = max((piece for piece in source.pieces if piece[1] <= span.start), key=lambda piece: piece[1])
    following = [piece[1] for piece in source.pieces if piece[1] > span.start]
    end = min(span.end, following[0] - 2) if following else span.end
    return index, Span(span.start - start, end - start)
