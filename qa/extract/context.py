"""Sentences that make no sense alone, and what they refer to.

`unit(evidence, candidate)` goes from a candidate to the run of sentences that has to be shown so that a reader can
follow it: itself, after the one or two before it where it opens with "He added", "Such practices", "However", and
before those that it announces where it ends with a colon. Knows pronouns and connecting words of English; does not find
out whom a pronoun means.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.extract.blocks import is_item
from qa.extract.evidence import Candidate, Evidence
from qa.text.quotes import SPEECH

_DEEPEST = 2
"""Sentences that one sentence may bring along from before it, and from after it."""

_OPENING = re.compile(r"[\s\"“”‘'`(\[*_#>•–—-]*")
_REFERS = re.compile(
    r"(?:he|she|they|it|his|her|their|its|this|these|those|both|neither|such|another|the (?:latter|former)|"
    r"one (?:being|such|of (?:these|them|which)))\b|that\b(?! \w+ (?:is|are|was|were) )",
    re.IGNORECASE,
)
_REFERS_TO_NOTHING = re.compile(
    r"it(?: is|'s|’s| was| has been| will be| would be| may be| can be) (?:\w+ ){0,3}(?:that|to|whether|who|when|if)\b"
    r"|it (?:takes|took|seems|seemed|appears|appeared|remains|remained|turns out)\b"
    r"|this (?:week|month|year|morning|afternoon|evening|spring|summer|autumn|fall|winter|article|section|document|"
    r"paper|page|web ?site|policy|agreement|study|report|guide|chapter|book|manual|table|figure|is an?)\b"
    r"|these (?:days|terms|instructions)\b|that said\b|such as\b|both (?:the |of the )?\w+ and\b"
    r"|those (?:who|that|with|in|of)\b",
    re.IGNORECASE,
)
_CONNECTS = re.compile(
    r"(?:however|but|and|or|nor|so|yet|also|instead|therefore|thus|hence|moreover|furthermore|additionally|in addition|"
    r"similarly|likewise|as a result|consequently|nevertheless|nonetheless|otherwise|conversely|accordingly|besides|"
    r"then|(?:by|in) contrast|on the (?:other hand|contrary)|for (?:example|instance|this reason)|"
    r"because of (?:this|that)|"
    r"(?:in|at|during|after|before|since|with|despite|under|from) (?:this|that|these|those|such|which))\b"
    r"(?! (?:far|long|what|how)\b)",
    re.IGNORECASE,
)
# "In 1999, he moved …", "Soon after, his …": the first person that the sentence speaks of is a pronoun. Not "…, she said".
_LATER = re.compile(
    rf"[^,;:.\"“”]{{1,60}}, (?:he|she|they|his|her|their)\b(?! (?:\w+ )?(?:{'|'.join(SPEECH)})\b)", re.IGNORECASE
)


def unit(evidence: Evidence, candidate: Candidate) -> list[Candidate]:
    """The candidate after what it refers to and before what it announces, in reading order.

    Alone where nothing that could be shown stands there.
    """
    run = [candidate]
    while len(run) <= _DEEPEST and _announces(run):
        after = evidence.after(run[-1])
        if after is None or not after.usable:
            break
        run.append(after)
    for _ in range(_DEEPEST):
        before = evidence.before(run[0]) if refers_back(run[0]) else None
        if before is None or not before.usable:
            break
        run.insert(0, before)
    return run


def refers_back(candidate: Candidate) -> bool:
    """Whether a sentence opens with something that only the sentences before it explain."""
    text = candidate.sentence.text
    start = _OPENING.match(text)
    at = start.end() if start else 0
    if _REFERS_TO_NOTHING.match(text, at):
        return False
    if _REFERS.match(text, at) or _CONNECTS.match(text, at):
        return True
    later = _LATER.match(text, at)
    if later is None:
        return False
    return not any("capital" in traits for traits in candidate.reading.traits[: len(later[0].split())])


def _announces(run: Sequence[Candidate]) -> bool:
    """Whether more is to come: the first ends with a colon, and the last is that one or an item of a list."""
    last = run[-1].sentence.text
    return run[0].sentence.text.endswith(":") and (len(run) == 1 or is_item(last))
