"""Which lines of a page say nothing themselves: menus, notices, calls to share or subscribe, headings and questions.

`is_furniture(text)` and `is_notice(text)` judge a sentence by its wording, `is_heading(sentence)` by its place on a
line of its own and its lack of a verb, or by its being a question, `is_row(text)` by its bars and tabs,
`is_header(sentence)` by the line after it. Knows nothing of what is asked.
"""

from __future__ import annotations

import re

from qa.types import Sentence

_LONGEST_LABEL = 12
"""Words. A menu entry, a button or a line of credits is short."""

_SHARE, _SHARE_OF_SENTENCE = 0.4, 0.5
"""The share of its words that such a line is made of; it takes more of one that ends as a sentence does, like "The
recommended dose is one."."""

_LABEL = re.compile(
    r"\b(?:search trends|trending(?: now)?|connect with us|follow us|share (?:this|on|via)|sign (?:up|in)|log ?in|"
    r"subscribe|newsletters?|read (?:more|also|next)|see also|click here|learn more|view (?:all|more|comments)|"
    r"load more|show more|skip to (?:main )?content|back to top|advertisements?|sponsored|recommended|"
    r"related (?:articles?|stories|posts|news)|most (?:read|popular|viewed)|editor['’]s picks|latest news|"
    r"breaking news|all rights reserved|copyright|privacy policy|terms (?:of (?:use|service)|and conditions)|"
    r"cookie (?:policy|settings|preferences)|contact us|about us|site ?map|leave a (?:comment|reply)|comments?|"
    r"print this|e-?mail this|download (?:the|our) app|get the app|(?:next|previous) (?:page|article)|"
    r"page \d+ of \d+|table of contents|photo(?:graph)?s? by|image credit|file photo|getty images|"
    r"min(?:ute)?s? read|last (?:updated|modified)|updated on|published (?:on|at)|posted (?:on|by))\b|©",
    re.IGNORECASE,
)
_NOTICE = re.compile(
    r"\b(?:(?:this|our) (?:web)?site uses cookies|we use cookies|by continuing to (?:use|browse)|"
    r"accept (?:all )?cookies|enable javascript|your browser|sign up (?:for|to) (?:our|the)|subscribe to (?:our|the)|"
    r"follow us on|join our)\b"
)
_OF_NOTICES = ("cookie", "javascript", "browser", "sign up", "subscribe", "follow us", "join our", "continuing")
_ENDS = re.compile(r"[.!?…。！？:;][\"'”’»)\]」』*_]*\Z|''\Z")
_ITEM = re.compile(r"(?:[-*+•‣◦▪●○·–]|\(?[a-z\d]{1,3}[.)])\s")
_VERB = re.compile(
    r"\b(?:is|are|was|were|has|have|had|will|would|can|could|must|may|might|should|do|does|did|said|says|be|been)\b|n['’]t\b",
    re.IGNORECASE,
)
_RULE = re.compile(r"[ \t]*\r?\n[ \t]*\|?[ \t]*:?-{2,}[-:| \t]*(?:\r?\n|\Z)")
_LETTERS = re.compile(r"[^\W\d_]{2,}")


def is_furniture(text: str) -> bool:
    """Whether the wording is that of a page's frame and not of its content."""
    if not _LETTERS.search(text):
        return True
    if text.count(" ") >= _LONGEST_LABEL:
        return False
    labelled = sum(len(label.split()) for label in _LABEL.findall(text))
    words = sum(any(each.isalpha() for each in word) or word == "©" for word in text.split())
    return labelled > 0 and labelled >= words * (_SHARE_OF_SENTENCE if _ENDS.search(text) else _SHARE)


def is_notice(text: str) -> bool:
    """Whether it is what sites tell their visitors about themselves; to a question about that it may be the answer."""
    lower = text.lower()
    return any(word in lower for word in _OF_NOTICES) and bool(_NOTICE.search(lower))


def is_heading(sentence: Sentence) -> bool:
    """Whether the sentence only says what the next ones are about: a question, or a line of its own with no mark at its
    end and no verb."""
    text = sentence.text
    if text.rstrip("\"'”’») ").endswith(("?", "？")):
        return True
    if text.startswith("#") or is_header(sentence):
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


def is_row(text: str) -> bool:
    """Whether a sentence is a row of a table: it begins with a bar, or has a tab."""
    return "\t" in text.strip() or (text.startswith("|") and text.count("|") > 1)


def is_header(sentence: Sentence) -> bool:
    """Whether the sentence is the row that names the columns of a table: the one over Markdown's rule of dashes, or the
    first of rows with tabs, if no cell of it has a figure."""
    text, passage = sentence.text, sentence.passage
    if "|" in text:
        return bool(_RULE.match(passage.text, sentence.end - passage.start))
    if "\t" not in text or any(each.isdigit() for each in text):
        return False
    before = passage.text[: sentence.start - passage.start].rstrip("\r\n").rpartition("\n")[2]
    after = passage.text[sentence.end - passage.start :].lstrip("\r\n").partition("\n")[0]
    return "\t" not in before and after.rstrip("\r").count("\t") == text.count("\t")
