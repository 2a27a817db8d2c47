"""A question to the questions that are in it: "When was it built, and by whom?" asks two things, and "Compare the price of
A and B" asks one thing twice.

Knows only the words that English questions begin with, and leaves alone what it is not sure of.
"""

from __future__ import annotations

import re

_ASKS = r"(?:who|whom|whose|what|which|when|where|why|how)"
_ASKING = re.compile(rf"\b{_ASKS}\b", re.IGNORECASE)
_BORDER = re.compile(
    rf"\s*(?:[,;?](?:\s+(?:and|but|or))?|\band)\s+(?=(?:(?:in|at|by|for|from|to|with|on) )?{_ASKS}\b)", re.IGNORECASE
)
_FEWEST_WORDS = 2

_PAIR = r"(?P<one>[^,;?]+?) (?:and|with|to|versus|vs\.?) (?P<other>[^,;?]+?)"
# What is asked of two things at once, and how it is asked of each of them.
_OF_TWO = tuple(
    (re.compile(rf"\A{pattern}\s*[.?!]*\Z", re.IGNORECASE), template)
    for pattern, template in (
        (
            rf"(?:please )?(?:compare|contrast) (?P<what>.+) (?P<link>of|for|in|at) {_PAIR}",
            "What is {what} {link} {each}?",
        ),
        (
            r"(?:which|who)(?: one)? (?:has|have|had|offers?|gets?) (?P<what>the (?:\w+er|more|less|better) [^,;?]+?)"
            r"[,:]? (?P<one>the [^,;?]+?) or (?P<other>[^,;?]+?)",
            "What is {what} of {each}?",
        ),
        (
            r"what (?:do|did) (?:both )?(?P<one>[^,;?]+?) and (?P<other>[^,;?]+?) (?P<what>say|think|write|claim)\b(?P<rest>[^,;?]*)",
            "What did {each} {what}{rest}?",
        ),
        (
            r"(?P<asks>how|why|what|when|where) (?P<what>does|do|did|is|are|was|were|has|have|will|can) "
            r"(?P<one>[^,;?]+?) and (?P<other>[^,;?]+?) each (?P<rest>[^,;?]+?)",
            "{asks} {what} {each} {rest}?",
        ),
        (
            r"(?P<what>[^?]+?),? according to (?P<one>[^,;?]+?),? and (?:according )?to (?P<other>[^,;?]+?)",
            "{what}, according to {each}?",
        ),
        (
            r"according to (?P<one>[^,;?]+?) and (?:according )?to (?P<other>[^,;?]+?), (?P<what>[^?]+?)",
            "According to {each}, {what}?",
        ),
    )
)
# "The 2021 and the 2025 policy": the noun stands once for both.
_NOUNLESS = re.compile(r"(?:the )?(?:\d[\w.]*|old|new|first|second|former|latter|current|previous)\Z", re.IGNORECASE)
_COMPARATIVE = re.compile(r"\Athe (?:\w+er|more|less) ", re.IGNORECASE)


def parts(question: str) -> list[str]:
    """The questions in a question, each ending with a question mark; the question itself where it is only one.

    A part has a question word and at least two words more. "Who decides when the ban ends" is one question: only a
    comma, a semicolon, a question mark or "and" separates two.
    """
    found = [part.strip(" ,;?") for part in _BORDER.split(question)]
    if len(found) < 2 or not all(_ASKING.search(part) and len(part.split()) > _FEWEST_WORDS for part in found):
        return [question]
    return [f"{part}?" for part in found]


def compared(question: str) -> list[tuple[str, str]]:
    """What is asked of two things at once ("compare", "each", "according to A and to B"), asked of each of them, with
    the thing; empty where nothing is."""
    for pattern, template in _OF_TWO:
        match = pattern.match(question.strip())
        if match:
            parts = {**match.groupdict(), "what": _COMPARATIVE.sub("the ", match["what"])}
            one, other = match["one"].removeprefix("both ").strip(), match["other"].strip()
            noun = other.split()[-1]
            if _NOUNLESS.match(one) and len(other.split()) > len(one.split()):
                one = f"{one} {noun}"
            return [(template.format_map({**parts, "each": each}), each) for each in (one, other)]
    return []
