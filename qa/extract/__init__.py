"""Questions answered with the documents' own sentences, no model needed.

`extract` goes from a question and the sentences that were retrieved for it to a Draft: the sentences that answer it,
verbatim, in reading order, or the reason why there are none. Rules of English and two small linear models, whose
weights `fit.py` learns. Knows nothing of files, vectors and indexes, and proves nothing.

    question.py   what is asked for            evidence.py   each sentence read against the question
    score.py      the best sentences           abstain.py    whether they are an answer
    select.py     as many as are needed        reason.py     why there is no answer
    rivals.py     others that answer as well
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from qa.extract.abstain import is_answered
from qa.extract.evidence import weigh
from qa.extract.model import Learned, learned
from qa.extract.question import understand
from qa.extract.reason import not_mentioned, not_said, unmentioned
from qa.extract.rivals import rivals
from qa.extract.score import ranked
from qa.extract.select import chosen
from qa.types import Draft, DraftStatement, Sentence

ENGINE = "extractive"


def extract(question: str, sentences: Sequence[Sentence], *, rarity: Callable[[str], float]) -> Draft:
    """Answer from these sentences: those of the passages found, best passage first, in reading order within each.

    `rarity` goes from a word's form to how much it tells that it occurs, from 0 to 1 (see `qa.text.words.rarity`).
    Every statement is the text of its first source. With no statement, `reason` is a sentence for the reader.
    """
    return extract_with(learned(), question, sentences, rarity=rarity)


def extract_with(
    weights: Learned, question: str, sentences: Sequence[Sentence], *, rarity: Callable[[str], float]
) -> Draft:
    """`extract` with weights other than those that the package ships."""
    asked = understand(question, rarity=rarity)
    evidence = weigh(asked, sentences)
    found = ranked(asked, evidence, weights=weights.sentence)
    if not found:
        return _abstained(question, "The documents hold no text that could answer this.")
    missing = unmentioned(asked, evidence)
    if missing:
        return _abstained(question, not_mentioned(missing))
    if not is_answered(asked, evidence, found, learned=weights):
        return _abstained(question, not_said(asked, evidence))
    taken = chosen(asked, evidence, found)
    return Draft(
        question,
        ENGINE,
        tuple(DraftStatement(each.candidate.sentence.text, tuple(x.sentence for x in each.sources)) for each in taken),
        rivals=tuple(_rival(each.candidate.sentence) for each in rivals(asked, found, taken)),
    )


def _rival(sentence: Sentence) -> DraftStatement:
    return DraftStatement(sentence.text, (sentence,))


def _abstained(question: str, reason: str) -> Draft:
    return Draft(question, ENGINE, (), reason)
