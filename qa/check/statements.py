"""An answer's text to the statements in it that claim something.

`claims(text)` goes from a text to its sentences without citation markers, list markers and phrases that only point at
the documents ("According to the provided documents, …"). Headings, questions, greetings, announcements ("Here is what I
found:") and refusals claim nothing and are left out. Knows English phrases only, and no evidence.
"""

from __future__ import annotations

import re

from qa.text.sentences import sentences
from qa.text.words import content_words

_MARKERS = re.compile(
    r"\s*\[(?:\^?\d+(?:\s*[,;–-]\s*\d+)*)\]|\s*【[^】]{1,20}】"
    r"|\s*\((?:(?:see|from|source|sources|in)\s+)?(?:passages?|documents?|sources?|contexts?|excerpts?)\s+\d+(?:\s*(?:,|and|&)\s*(?:passage\s+)?\d+)*\)",
    re.IGNORECASE,
)
_LIST_MARKER = re.compile(r"^\s*(?:[-*+•‣◦·]\s+|\(?\d{1,3}[.)]\s+|\(?[a-zA-Z][.)]\s+(?=[A-Z])|#{1,6}\s+|>\s+)+")
_EMPHASIS = re.compile(r"(\*\*|__|\*)(?=\S)(.+?)(?<=\S)\1")
_SOURCE = (
    r"(?:(?:the|these|those|this|your|all)\s+)?(?:(?:given|provided|above|following|available|retrieved|supplied|relevant|first|second|"
    r"third|fourth|last|other)\s+)*"
    r"(?:information|passages?|documents?|contexts?|sources?|excerpts?|texts?|evidence|search\s+results?|articles?)"
    r"(?:\s+\d+(?:\s*(?:,|and)\s*\d+)*)?(?:\s+(?:provided|given|above|available))?"
)
_FRAME = re.compile(
    rf"^(?:(?:based\s+(?:solely\s+)?(?:up)?on|according\s+to|as\s+(?:stated|mentioned|described|noted)\s+in|from|per|as\s+per|in)\s+{_SOURCE}\s*,\s*"
    rf"(?:(?:we\s+can|it\s+(?:is|can\s+be))\s+\w+\s+that\s+)?"
    rf"|{_SOURCE}\s+(?:also\s+|then\s+)?(?:states?|mentions?|says?|explains?|notes?|suggests?|indicates?|describes?|discuss(?:es)?|highlights?|"
    rf"emphasizes?|focus(?:es)?(?:\s+\w+ly)?\s+on|provides?|reiterates?|covers?|outlines?|considers?|talks?\s+about)\s+(?:that\s+)?"
    rf"|(?:in\s+(?:summary|conclusion|short|other\s+words)|overall|to\s+summarize|to\s+sum\s+up|additionally|furthermore|moreover|"
    rf"therefore|however|also|finally|thus|it\s+is\s+(?:also\s+)?(?:important|worth)\s+(?:to\s+note|noting)\s+that|note\s+that|please\s+note\s+that)\s*,?\s+)+",
    re.IGNORECASE,
)
_NO_CLAIM = re.compile(
    r"^(?:here(?:'s|’s| is| are)\b.*:|sure\b.*|certainly\b.*|of course\b.*|(?:i\s+)?hope\s+(?:this|that).*|let\s+me\s+know\b.*"
    r"|(?:the\s+)?(?:answer|summary|steps?|sources?|references?|note|conclusion)\s*:?|yes[.,!]?|no[.,!]?|thank(?:s| you)\b.*|you(?:'re| are) welcome.*"
    r"|(?:if|feel free).{0,60}\b(?:let me know|ask|questions)\b.*)$",
    re.IGNORECASE | re.DOTALL,
)
_REFUSAL = re.compile(
    r"\b(?:i\s+(?:am|'m|do|cannot|can't|can\s*not|could\s+not|couldn't|don't)\b.{0,60}\b(?:not|unable|know|find|answer|information|sorry|determine|access)"
    r"|unable\s+to\s+answer|no\s+(?:information|mention)\b.{0,60}\b(?:passages?|documents?|contexts?|texts?|provided)"
    rf"|{_SOURCE}\s+(?:does|do|did)\s*(?:n['’]t|not)\s+(?:\w+\s+){{0,2}}(?:contain|provide|mention|specify|include|have|say|state|give|address|answer|discuss))",
    re.IGNORECASE,
)


def claims(text: str) -> list[str]:
    """The statements of an answer that claim something, in order, each in the wording that is checked."""
    found = []
    unmarked = _MARKERS.sub("", text)
    for span in sentences(unmarked):
        statement = bare(unmarked[span.start : span.end])
        if _is_claim(statement):
            found.append(statement)
    return found


def bare(sentence: str) -> str:
    """A sentence without citation and list markers, emphasis and the phrases that only point at the documents."""
    plain = _EMPHASIS.sub(r"\2", _LIST_MARKER.sub("", _MARKERS.sub("", sentence))).strip()
    return _FRAME.sub("", plain).strip() or plain


def _is_claim(statement: str) -> bool:
    if not content_words(statement) or _NO_CLAIM.match(statement) or _REFUSAL.search(statement):
        return False
    if statement.endswith("?"):
        return False
    # A heading or the line before a list: no more than a few words that end in a colon.
    return not (statement.endswith(":") and len(statement.split()) <= 12)
