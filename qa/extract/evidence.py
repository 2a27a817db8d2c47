"""The sentences that were found, read against the question: which of its words each holds, and what is near it.

`weigh(question, sentences)` goes from a Question and the retrieved Sentences to Evidence: a Candidate for each sentence,
in the order given. Knows nothing of how much any of it counts; see `score` and `abstain`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qa.extract.furniture import is_furniture, is_heading
from qa.extract.kinds import Fit, fit
from qa.extract.question import Question, Term
from qa.extract.reading import Reading, read
from qa.types import Sentence

_ALIKE = 0.7
"""How much a word counts that merely begins as the question's does: "regulator" for "regulate" and the like."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence of a passage. `held` tells for each stem of the question how far the sentence has it (0 to 1), `titled`
    the same of the title it stands under; `place` counts from the passage's first sentence, `passage` the passages."""

    sentence: Sentence
    passage: int
    place: int
    usable: bool
    reading: Reading
    held: Mapping[str, float]
    titled: Mapping[str, float]
    fit: Fit
    pairs: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """All candidates, in the order of the sentences given, and `passages[i]` those of one passage in reading order."""

    candidates: tuple[Candidate, ...]
    passages: tuple[tuple[Candidate, ...], ...]

    def neighbours(self, candidate: Candidate) -> list[Candidate]:
        """The sentences right before and after it in its passage."""
        own = self.passages[candidate.passage]
        return [own[place] for place in (candidate.place - 1, candidate.place + 1) if 0 <= place < len(own)]

    def before(self, candidate: Candidate) -> Candidate | None:
        """The sentence right before it in its passage."""
        return self.passages[candidate.passage][candidate.place - 1] if candidate.place else None


def weigh(question: Question, sentences: Sequence[Sentence]) -> Evidence:
    """Read every sentence against the question."""
    total = sum(term.weight for term in question.terms)
    passages: list[list[Candidate]] = []
    number: dict[tuple[str, int], int] = {}
    titles: dict[str, Mapping[str, float]] = {}
    ordered: list[Candidate] = []
    for sentence in sentences:
        passage = sentence.passage
        which = number.setdefault((passage.file, passage.start), len(passages))
        if which == len(passages):
            passages.append([])
        if passage.title not in titles:
            titles[passage.title] = _held(question.terms, read(passage.title).content)
        candidate = _candidate(question, sentence, which, len(passages[which]), titles[passage.title], total)
        passages[which].append(candidate)
        ordered.append(candidate)
    return Evidence(tuple(ordered), tuple(tuple(each) for each in passages))


def coverage(terms: Sequence[Term], *held: Mapping[str, float]) -> float:
    """The share of the terms, by weight, that at least one of the texts holds; 1 where there are no terms."""
    total = sum(term.weight for term in terms)
    if not total:
        return 1.0
    return sum(term.weight * max(each.get(term.stem, 0.0) for each in held) for term in terms) / total


def _candidate(
    question: Question, sentence: Sentence, passage: int, place: int, titled: Mapping[str, float], total: float
) -> Candidate:
    text = sentence.text
    reading = read(text)
    held = _held(question.terms, reading.content)
    places: dict[str, list[int]] = {}
    for at, stem in enumerate(reading.stems):
        if stem in held:
            places.setdefault(stem, []).append(at)
    return Candidate(
        sentence=sentence,
        passage=passage,
        place=place,
        usable=not is_furniture(text) and not is_heading(sentence),
        reading=reading,
        held=held,
        titled=titled,
        fit=fit(question, reading, text, places, total=total),
        pairs=_pairs(question, reading),
    )


def _held(terms: Sequence[Term], content: frozenset[str]) -> dict[str, float]:
    held: dict[str, float] = {}
    for term in terms:
        if term.stem in content:
            held[term.stem] = 1.0
        elif len(term.stem) >= 5 and not term.is_number and any(_alike(term.stem, other) for other in content):
            held[term.stem] = _ALIKE
    return held


def _alike(left: str, right: str) -> bool:
    """Whether two stems begin with the same letters, for more than three quarters of the longer one."""
    if left[:4] != right[:4]:
        return False
    common = next((at for at, (one, other) in enumerate(zip(left, right, strict=False)) if one != other), min(len(left), len(right)))
    return common >= 5 and common > 0.75 * max(len(left), len(right))


def _pairs(question: Question, reading: Reading) -> float:
    if not question.pairs:
        return 0.0
    return len(question.pairs & set(zip(reading.stems, reading.stems[1:], strict=False))) / len(question.pairs)
