"""Questions answered with the documents' own sentences, no model needed.

`extract` goes from a question and the sentences that were retrieved for it to a Draft: the sentences that answer it,
verbatim, in reading order, or the reason why there are none. Rules of English and two small linear models, whose
weights `fit.py` learns. Knows nothing of files, vectors and indexes, and proves nothing.

    question.py   what is asked for            evidence.py   each sentence read against the question
    score.py      the best sentences           voices.py     those in which the right person speaks
    labels.py     what a row or item is about  abstain.py    whether they are an answer
    times.py      those of the right time      select.py     as many as are needed
    rivals.py     others that answer as well   reason.py     why there is no answer
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from qa.extract.abstain import confidence, is_answered
from qa.extract.evidence import Candidate, Evidence, weigh
from qa.extract.labels import Meaning, is_labelled, labelled, meanings
from qa.extract.model import Learned, learned
from qa.extract.question import Question, understand
from qa.extract.reason import NOT_ENGLISH, not_mentioned, not_said, unmentioned
from qa.extract.rivals import rivals
from qa.extract.score import Scored, ranked
from qa.extract.select import chosen
from qa.extract.times import in_time
from qa.extract.voices import has_quoted, in_voice
from qa.text.language import is_english
from qa.types import EXTRACTIVE, Draft, DraftStatement, Sentence


def extract(question: str, sentences: Sequence[Sentence], *, rarity: Callable[[str], float], about: str = "") -> Draft:
    """Answer from these sentences: those of the passages found, best passage first, in reading order within each.

    `rarity` goes from a word's form to how much it tells that it occurs, from 0 to 1 (see `qa.text.words.rarity`).
    `about` are words of the question without which there is no answer, as there is none without its names. Every
    statement is the text of its first source. With no statement, `reason` is a sentence for the reader.
    """
    return extract_with(learned(), question, sentences, rarity=rarity, about=about)


def extract_with(
    weights: Learned,
    question: str,
    sentences: Sequence[Sentence],
    *,
    rarity: Callable[[str], float],
    about: str = "",
) -> Draft:
    """`extract` with weights other than those that the package ships."""
    asked = understand(question, rarity=rarity)
    evidence = weigh(asked, sentences)
    found = ranked(asked, evidence, weights=weights.sentence)
    if not found:
        return _abstained(question, "The documents hold no text that could answer this.")
    missing = unmentioned(asked, evidence, about=about)
    if missing:
        return _abstained(question, not_mentioned(missing))
    found = labelled(asked, in_voice(asked, evidence, found))
    best = found[0].candidate
    sure = confidence(asked, evidence, best, learned=weights)
    is_said = has_quoted(asked, best) or is_labelled(asked, best)
    if not is_said and not is_answered(asked, evidence, found, learned=weights):
        return _abstained(question, not_said(asked, evidence), sure)
    return replace(_answered(asked, evidence, found), confidence=sure)


def _answered(question: Question, evidence: Evidence, found: Sequence[Scored]) -> Draft:
    timely = in_time(question, evidence, found)
    meant = meanings(question, timely.ranked)
    taken = chosen(question, evidence, timely.ranked, also=[each.scored.candidate for each in meant])
    # What is said of one thing that the question may mean contradicts nothing that is said of another one.
    others = [] if meant else rivals(question, timely.ranked, taken)
    return Draft(
        question.text,
        EXTRACTIVE,
        tuple(_stated(each.candidate, *each.sources[1:]) for each in taken),
        rivals=tuple(_stated(each.candidate) for each in others),
        note=_ambiguous(meant) or _left_aside(timely.older),
    )


def _stated(candidate: Candidate, *others: Candidate) -> DraftStatement:
    return DraftStatement(candidate.sentence.text, tuple(each.sentence for each in (candidate, *others)))


def _ambiguous(meant: Sequence[Meaning]) -> str | None:
    if not meant:
        return None
    names = [f'"{each.name}"' for each in meant]
    return f"More than one fits the question, {', '.join(names[:-1])} and {names[-1]}; name the one that is meant."


def _left_aside(older: Sequence[str]) -> str | None:
    return f"Older documents on this were left aside: {', '.join(older)}." if older else None


def _abstained(question: str, reason: str, sure: float | None = None) -> Draft:
    return Draft(question, EXTRACTIVE, (), reason if is_english(question) else NOT_ENGLISH, confidence=sure)
