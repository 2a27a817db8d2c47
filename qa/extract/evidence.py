"""The sentences that were found, read against the question: which of its words each holds, and what is near it.

`weigh(question, sentences)` goes from a Question and the retrieved Sentences to Evidence: a Candidate for each of them,
in the order given. Knows nothing of how much any of it counts; see `score` and `abstain`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from qa.extract.families import head, members
from qa.extract.furniture import is_furniture, is_header, is_heading, is_notice, is_row
from qa.extract.kinds import Fit, fit
from qa.extract.question import Question, Term
from qa.extract.reading import Reading, read
from qa.types import Sentence

_ALIKE = 0.7
"""How much a word counts that merely begins as the question's does: "regulator" for "regulate" and the like."""

_ALMOST = 0.85
"""The share of letters, in order, that a misspelt word has in common with the word that was meant."""

_NONE: frozenset[str] = frozenset()

# Ways to name one country or its government, each as stems that stand together.
_ALIASES = tuple(
    tuple(frozenset(head(stem) for stem in name.split()) for name in group.split(", "))
    for group in (
        "america, usa, unit state, washington, white hous",
        "china, beij",
        "russia, moscow, kremlin",
        "eu, european union, brussel",
        "britain, uk, unit kingdom, down street",
    )
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence of a passage, the `place`-th of it. `usable` means that it may be shown; `held` tells for each stem of
    the question how far the sentence has it (0 to 1), `titled` the same of the title, heading or question above it."""

    sentence: Sentence
    passage: int
    place: int
    usable: bool
    reading: Reading
    held: Mapping[str, float]
    titled: Mapping[str, float]
    fit: Fit


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

    def after(self, candidate: Candidate) -> Candidate | None:
        """The sentence right after it in its passage."""
        own = self.passages[candidate.passage]
        return own[candidate.place + 1] if candidate.place + 1 < len(own) else None


def weigh(question: Question, sentences: Sequence[Sentence]) -> Evidence:
    """Read every sentence against the question."""
    readings = [read(sentence.text) for sentence in sentences]
    titles = {title: read(title).content for title in {sentence.passage.title for sentence in sentences}}
    near = _alike(question.terms, frozenset().union(*(each.content for each in readings), *titles.values()))
    aliases = _aliases(question.terms)
    titled = {title: _held(question.terms, content, near, aliases) for title, content in titles.items()}
    passages: list[list[Candidate]] = []
    number: dict[tuple[str, int], int] = {}
    above: dict[int, Mapping[str, float]] = {}
    columns: dict[str, float] = {}
    ordered: list[Candidate] = []
    for sentence, reading in zip(sentences, readings, strict=True):
        which = number.setdefault((sentence.passage.file, sentence.passage.start), len(passages))
        if which == len(passages):
            passages.append([])
            above[which] = titled[sentence.passage.title]
        held = _held(question.terms, reading.content, near, aliases)
        # A row says what its columns are named.
        columns = held if is_header(sentence) else columns if is_row(sentence.text) else {}
        held = {**{stem: _ALIKE * share for stem, share in columns.items()}, **held}
        heading = is_heading(sentence)
        if heading:
            above[which] = {**held, **titled[sentence.passage.title]}
        candidate = Candidate(
            sentence=sentence,
            passage=which,
            place=len(passages[which]),
            usable=not (heading or is_furniture(sentence.text) or (not held and is_notice(sentence.text))),
            reading=reading,
            held=held,
            titled=above[which],
            fit=fit(question, reading, sentence.text, _places(reading, held)),
        )
        passages[which].append(candidate)
        ordered.append(candidate)
    return Evidence(tuple(ordered), tuple(tuple(each) for each in passages))


def coverage(terms: Sequence[Term], *held: Mapping[str, float]) -> float:
    """The share of the terms, by weight, that at least one of the texts holds; 1 where there are no terms."""
    total = sum(term.weight for term in terms)
    if not total:
        return 1.0
    return sum(term.weight * max(each.get(term.stem, 0.0) for each in held) for term in terms) / total


def _alike(terms: Sequence[Term], stems: frozenset[str]) -> dict[str, frozenset[str]]:
    """For each term the stems that begin with the same letters, for more than three quarters of the longer of the two.

    Where there is none, and the term is no word of English, those that it may be a misspelling of.
    """
    long = [stem for stem in stems if len(stem) >= 5]
    near: dict[str, frozenset[str]] = {}
    for term in terms:
        if len(term.stem) < 5 or term.is_number:
            continue
        near[term.stem] = frozenset(
            stem for stem in long if stem[:4] == term.stem[:4] and _begin_alike(stem, term.stem)
        )
        if not near[term.stem] and term.stem not in stems and term.is_unknown:
            near[term.stem] = frozenset(
                stem for stem in long if any(_is_misspelling(term.stem, each) for each in members(stem))
            )
    return near


def _is_misspelling(written: str, meant: str) -> bool:
    if written[0] != meant[0] or abs(len(written) - len(meant)) > 2 or len(meant) < 6:
        return False
    return SequenceMatcher(None, written, meant, autojunk=False).ratio() >= _ALMOST


def _begin_alike(left: str, right: str) -> bool:
    pairs = enumerate(zip(left, right, strict=False))
    common = next((at for at, (one, other) in pairs if one != other), min(len(left), len(right)))
    return common >= 5 and common > 0.75 * max(len(left), len(right))


def _aliases(terms: Sequence[Term]) -> dict[str, list[frozenset[str]]]:
    """For each term that names a country, or is part of its name, the other names, each as stems."""
    asked = {term.stem for term in terms}
    found: dict[str, list[frozenset[str]]] = {}
    for group in _ALIASES:
        for name in group:
            if name <= asked:
                for stem in name:
                    found.setdefault(stem, []).extend(other for other in group if other != name)
    return found


def _held(
    terms: Sequence[Term],
    content: frozenset[str],
    near: Mapping[str, frozenset[str]],
    aliases: Mapping[str, Sequence[frozenset[str]]],
) -> dict[str, float]:
    held: dict[str, float] = {}
    for term in terms:
        if term.stem in content:
            held[term.stem] = 1.0
        elif not near.get(term.stem, _NONE).isdisjoint(content) or any(
            name <= content for name in aliases.get(term.stem, ())
        ):
            held[term.stem] = _ALIKE
    return held


def _places(reading: Reading, held: Mapping[str, float]) -> dict[str, list[int]]:
    """Where the question's stems stand in the sentence."""
    places: dict[str, list[int]] = {}
    if held:
        for at, stem in enumerate(reading.stems):
            if stem in held:
                places.setdefault(stem, []).append(at)
    return places
