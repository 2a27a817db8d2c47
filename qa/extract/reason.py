"""Why there is no answer, as one sentence for the reader.

`unmentioned(question, evidence)` finds names, codes and years of the question that stand nowhere in what was found;
`not_mentioned` and `not_said` put an abstention into words. Does not decide whether to abstain.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from qa.extract.evidence import Candidate, Evidence
from qa.extract.question import Question, Term
from qa.extract.reading import read
from qa.text.names import initials

NOT_ENGLISH = (
    "The question does not look English, and without an LLM no other language is understood; ask it in English, or name an"
    " LLM in QA_LLM."
)

_NAMED = 0.5
"""The share of a name, by the rarity of its words, that must be found: "Micron" is found for "Micron Technology"."""

_YEAR = re.compile(r"(?:1[0-9]|20)[0-9]{2}")
_CODE = re.compile(r"(?<![\w-])[^\W\d_]+-?\d+[^\W_]*(?:-[^\W_]+)*(?![\w-])")
"""A word with a number in it, which names one thing of many: "HX-310", "Skagerrak-8", "A4"."""
_RUN = re.compile(r"\d+|[^\W\d_]+")
_JOINTS = frozenset({"of", "the", "and", "for"})
_MOST_NAMED = 3


def unmentioned(question: Question, evidence: Evidence, *, about: str = "") -> list[str]:
    """The names, codes and years of the question, as written there, that no sentence found has, no title and no file name;
    and `about`, words of the question, where most of what they say is nowhere either."""
    files = frozenset().union(*(_file_stems(candidates[0].sentence.passage.file) for candidates in evidence.passages))
    found = {term.stem for term in _found(question.terms, evidence)[0]} | files
    weights = {term.stem: term.weight for term in question.terms}
    missing: list[str] = []
    for written, parts in (*question.names, (about, tuple(read(about).content))):
        total = sum(weights.get(part, 0.0) for part in parts)
        held = sum(weights.get(part, 0.0) for part in parts if part in found)
        if total and held < _NAMED * total and not _is_written_otherwise(written, parts, evidence):
            missing.append(written)
    for term in question.terms:
        if (
            term.is_number
            and term.stem not in found
            and re.search(rf"(?<![\w.,]){term.written}(?![\w.,]*\w)", question.text)
        ):
            missing += [term.written] * bool(_YEAR.fullmatch(term.written))
    missing += [code for code in _CODE.findall(question.text) if not _has_code(evidence, code)]
    return list(dict.fromkeys(missing))


def not_mentioned(missing: Sequence[str]) -> str:
    """'The documents do not mention "Intel".'"""
    return f"The documents do not mention {_listed(missing, 'or')}."


def not_said(question: Question, evidence: Evidence) -> str:
    """'The documents mention "Micron", but do not say when: nothing was found on "sue".'"""
    found, missing = _found(question.terms, evidence)
    if not found:
        return (
            not_mentioned([term.written for term in missing][:_MOST_NAMED])
            if missing
            else "The documents do not answer this."
        )
    # A misspelt word is looked for, but is not what the documents have.
    found = [term for term in found if not term.is_unknown or _stands(term, evidence)]
    if not found:
        return "The documents do not answer this."
    names = [" ".join(term.written for term in found if term.stem in parts) for _, parts in question.names]
    mentioned = [name for name in names if name] or [term.written for term in found]
    if not missing and len(question.names) > 1 and not _together(question, evidence):
        return f"The documents mention {_listed(mentioned[:_MOST_NAMED], 'and')}, but not together."
    asked = question.asked or ("whether it is so" if question.kind == "truth" else "what was asked")
    nothing = (
        f": nothing was found on {_listed([term.written for term in missing][:_MOST_NAMED], 'or')}" if missing else ""
    )
    return f"The documents mention {_listed(mentioned[:_MOST_NAMED], 'and')}, but do not say {asked}{nothing}."


def _has_code(evidence: Evidence, code: str) -> bool:
    """Whether the code is written anywhere, with or without its hyphens."""
    runs = r"[\W_]?".join(re.escape(run) for run in _RUN.findall(code))
    written = re.compile(rf"(?<![^\W_]){runs}(?![^\W_])", re.IGNORECASE)
    passages = [candidates[0].sentence.passage for candidates in evidence.passages]
    return any(written.search(text) for each in passages for text in (each.text, each.title, each.file))


def _file_stems(file: str) -> frozenset[str]:
    return read(re.sub(r"[\W_]+", " ", PurePosixPath(file).stem)).content


def _is_written_otherwise(written: str, parts: Sequence[str], evidence: Evidence) -> bool:
    is_code = _CODE.fullmatch(written) is not None
    return _is_shortened(written, parts, evidence) or (is_code and _has_code(evidence, written))


def _is_shortened(written: str, parts: Sequence[str], evidence: Evidence) -> bool:
    """Whether the evidence has the name's initials, or is it they that the question has: "CAC", "U.S."."""
    letters = "".join(each for each in written if each.isalnum())
    if len(parts) > 1:
        short = initials(parts)
        return len(short) > 2 and any(short in each.reading.content for each in evidence.candidates)
    if not letters.isupper() or len(letters) > 6:
        return False
    # Two letters are more often a word's abbreviation than a name's: "GA", "OS".
    return len(letters) < 3 or any(letters.lower() in _capitals(each) for each in evidence.candidates)


def _capitals(candidate: Candidate) -> str:
    """The first letters of the capitalised words in a row, a space between one row and the next."""
    reading = candidate.reading
    return "".join(
        stem[0] if "capital" in traits else "" if stem in _JOINTS else " "
        for stem, traits in zip(reading.stems, reading.traits, strict=True)
    )


def _found(terms: Sequence[Term], evidence: Evidence) -> tuple[list[Term], list[Term]]:
    """The terms that some sentence or title holds, and the others, the rarest first."""
    held = [text for each in evidence.candidates for text in (each.held, each.titled)]
    found = [term for term in terms if any(term.stem in text for text in held)]
    missing = sorted((term for term in terms if term not in found), key=lambda term: -term.weight)
    return found, missing


def _stands(term: Term, evidence: Evidence) -> bool:
    """Whether the word itself is in a sentence or a title."""
    texts = (text for each in evidence.candidates for text in (each.sentence.text, each.sentence.passage.title))
    return any(term.written.lower() in text.lower() or term.stem in text.lower() for text in texts)


def _together(question: Question, evidence: Evidence) -> bool:
    """Whether one passage, under its title, holds something of every name."""
    return any(
        all(any(part in text for text in texts for part in parts) for _, parts in question.names)
        for texts in ([candidates[0].titled, *(each.held for each in candidates)] for candidates in evidence.passages)
    )


def _listed(written: Sequence[str], joint: str) -> str:
    quoted = [f'"{each}"' for each in written]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} {joint} {quoted[-1]}"
