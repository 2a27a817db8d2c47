"""Why there is no answer, as one sentence for the reader.

`unmentioned(question, evidence)` finds names and years of the question that stand nowhere in what was found;
`not_mentioned` and `not_said` put an abstention into words. Does not decide whether to abstain.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from qa.extract.evidence import Evidence
from qa.extract.question import Question, Term
from qa.extract.reading import read
from qa.text.names import initials

_NAMED = 0.5
"""The share of a name, by the rarity of its words, that must be found: "Micron" is found for "Micron Technology"."""

_YEAR = re.compile(r"(?:1[0-9]|20)[0-9]{2}")
_MOST_NAMED = 3


def unmentioned(question: Question, evidence: Evidence) -> list[str]:
    """The names and years of the question, as written there, that are in no sentence found and in no title or file name."""
    stems = _stems(evidence)
    weights = {term.stem: term.weight for term in question.terms}
    missing: list[str] = []
    for written, parts in question.names:
        total = sum(weights.get(part, 0.0) for part in parts)
        found = sum(weights.get(part, 0.0) for part in parts if part in stems)
        short = len(parts) > 1 and initials(parts) in stems
        if total and found < _NAMED * total and not short and not (len(parts) == 1 and _is_acronym(parts[0], evidence)):
            missing.append(written)
    years = [term for term in question.terms if term.is_number and _YEAR.fullmatch(term.written)]
    return [*missing, *(term.written for term in years if term.stem not in stems)]


def not_mentioned(missing: Sequence[str]) -> str:
    """'The documents do not mention "Intel".'"""
    return f"The documents do not mention {_listed(missing, 'or')}."


def not_said(question: Question, evidence: Evidence) -> str:
    """'The documents mention "Micron", but do not say when: nothing was found on "sue".'"""
    found, missing = _found(question.terms, evidence)
    if not found:
        return not_mentioned([term.written for term in missing][:_MOST_NAMED]) if missing else "The documents do not answer this."
    names = [" ".join(term.written for term in found if term.stem in parts) for _, parts in question.names]
    mentioned = [name for name in names if name] or [term.written for term in found]
    if not missing and len(question.names) > 1 and not _together(question, evidence):
        return f"The documents mention {_listed(mentioned[:_MOST_NAMED], 'and')}, but not together."
    asked = question.asked or ("whether it is so" if question.kind == "truth" else "what was asked")
    nothing = f": nothing was found on {_listed([term.written for term in missing][:_MOST_NAMED], 'or')}" if missing else ""
    return f"The documents mention {_listed(mentioned[:_MOST_NAMED], 'and')}, but do not say {asked}{nothing}."


def _stems(evidence: Evidence) -> frozenset[str]:
    stems: set[str] = set()
    for candidates in evidence.passages:
        passage = candidates[0].sentence.passage
        stems.update(read(passage.title).content)
        stems.update(read(PurePosixPath(passage.file).stem.replace("_", " ").replace("-", " ")).content)
        for each in candidates:
            stems.update(each.reading.content)
    return frozenset(stems)


def _is_acronym(part: str, evidence: Evidence) -> bool:
    """Whether words that follow each other, capitals all, begin with the letters of this name: "CAC"."""
    if not 2 <= len(part) <= 6:
        return False
    for candidate in evidence.candidates:
        reading = candidate.reading
        letters = "".join(
            stem[0] if "capital" in traits else "" if stem in ("of", "the", "and", "for") else " "
            for stem, traits in zip(reading.stems, reading.traits, strict=True)
        )
        if part in letters:
            return True
    return False


def _found(terms: Sequence[Term], evidence: Evidence) -> tuple[list[Term], list[Term]]:
    """The terms that some sentence or title holds, and the others, the rarest first."""
    held = [text for each in evidence.candidates for text in (each.held, each.titled)]
    found = [term for term in terms if any(term.stem in text for text in held)]
    missing = sorted((term for term in terms if term not in found), key=lambda term: -term.weight)
    return found, missing


def _together(question: Question, evidence: Evidence) -> bool:
    """Whether one passage, under its title, holds something of every name."""
    return any(
        all(any(part in text for text in texts for part in parts) for _, parts in question.names)
        for texts in ([candidates[0].titled, *(each.held for each in candidates)] for candidates in evidence.passages)
    )


def _listed(written: Sequence[str], joint: str) -> str:
    quoted = [f'"{each}"' for each in written]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} {joint} {quoted[-1]}"
