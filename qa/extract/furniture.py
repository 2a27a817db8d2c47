"""Which lines of a page say nothing themselves: menus, notices, calls to share or subscribe, headings and questions.

`is_furniture(text)` judges a sentence by its wording, `is_heading(sentence)` by its place on a line of its own and its
lack of a verb, or by its being a question. Knows nothing of what is asked.
"""

from __future__ import annotations

import re

from qa.types import Sentence

_LONGEST_LABEL = 12
"""Words. A menu entry, a button or a notice of a site is short; what merely speaks of cookies or of sharing is longer."""

_LABEL = re.compile(
    r"\b(?:search trends|trending(?: now)?|connect with us|follow us|share (?:this|on|via)|sign (?:up|in)|log ?in|subscribe|"
    r"newsletters?|read (?:more|also|next)|see also|click here|learn more|view (?:all|more|comments)|load more|show more|"
    r"skip to (?:main )?content|back to top|advertisements?|sponsored|related (?:articles?|stories|posts|news)|recommended|"
    r"most (?:read|popular|viewed)|editor['’]s picks|latest news|breaking news|all rights reserved|copyright|privacy policy|"
    r"terms (?:of (?:use|service)|and conditions)|cookie (?:policy|settings|preferences)|contact us|about us|site ?map|"
    r"leave a (?:comment|reply)|comments? \(\d+\)|print this|e-?mail this|download (?:the|our) app|get the app|"
    r"next (?:page|article)|previous (?:page|article)|page \d+ of \d+|table of contents|photo(?:graph)?s? by|image credit|"
    r"file photo|getty images|min(?:ute)?s? read|last (?:updated|modified)|updated on|published (?:on|at)|posted (?:on|by))\b|©",
    re.IGNORECASE,
)
_NOTICE = re.compile(
    r"\b(?:(?:this|our) (?:web)?site uses cookies|we use cookies|by continuing to (?:use|browse)|accept (?:all )?cookies|"
    r"enable javascript|your browser|sign up (?:for|to) (?:our|the)|subscribe to (?:our|the)|follow us on|join our)\b"
)
_OF_NOTICES = ("cookie", "javascript", "browser", "sign up", "subscribe", "follow us", "join our", "continuing")
_ENDS = re.compile(r"[.!?…。！？:;][\"'”’»)\]」』*_]*\Z|''\Z")
_ITEM = re.compile(r"(?:[-*+•‣◦▪●○·–]|\(?[a-z\d]{1,3}[.)])\s")
_VERB = re.compile(
    r"\b(?:is|are|was|were|has|have|had|will|would|can|could|must|may|might|should|do|does|did|said|says|be|been)\b|n['’]t\b",
    re.IGNORECASE,
)
_LETTERS = re.compile(r"[^\W\d_]{2,}")


def is_furniture(text: str) -> bool:
    """Whether the wording is that of a page's frame and not of its content."""
    if not _LETTERS.search(text):
        return True
    if text.count(" ") < _LONGEST_LABEL and _LABEL.search(text):
        return True
    lower = text.lower()
    return any(word in lower for word in _OF_NOTICES) and bool(_NOTICE.search(lower))


def is_heading(sentence: Sentence) -> bool:
    """Whether the sentence only says what the next ones are about: a question, or a line of its own with no mark at its
    end and no verb."""
    text = sentence.text
    if text.rstrip("\"'”’») ").endswith(("?", "？")):
        return True
    if text.startswith("#"):
        return True
    # What has a bar or a tab is a row of a table, unless it is a trail of menus: "About | Our board".
    is_row = "\t" in text or ("|" in text and (text.startswith("|") or any(each.isdigit() for each in text)))
    if _ENDS.search(text) or _ITEM.match(text) or len(text.split()) > 2 * _LONGEST_LABEL or is_row:
        return False
    passage = sentence.passage
    before = passage.text[: sentence.start - passage.start].rstrip(" \t")
    after = passage.text[sentence.end - passage.start :].lstrip(" \t")
    alone = (not before or before[-1] in "\r\n") and (not after or after[0] in "\r\n")
    return alone and not _VERB.search(text)
