"""A question read for its answer: what kind of thing it asks for, and the words, names and numbers an answer must hold.

`understand(question, rarity=...)` goes from a text to a Question. Rules for English; a text that is no question, such
as "opening hours", is one of the kind "open". Knows nothing of the documents but how rare a word is in them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from qa.extract.reading import stem_of
from qa.text.names import names
from qa.text.quotes import quotes, wording
from qa.text.sentences import sentences
from qa.text.values import Date, dates
from qa.text.words import Word, words
from qa.types import Span

Kind = Literal[
    "agent", "time", "count", "amount", "duration", "place", "name",
    "reason", "manner", "meaning", "saying", "truth", "thing", "open",
]  # fmt: skip

_AGENT = (
    "company|companies|person|people|man|woman|organi[sz]ations?|agency|agencies|author|artist|actors?|actress|singer|band|"
    "team|player|president|minister|officials?|ministry|king|queen|character|group|spokes\\w+|members?|leader|founder|"
    "director|manager|expert|speaker"
)
_PLACE = (
    "city|cities|town|country|countries|states?|place|region|continent|county|province|village|location|river|island"
)
_TIME = "years?|dates?|day of the week|days?|month|time|century|decade|era|season"
_QUANTITY = (
    "percentage|percent|share|proportion|price|cost|amount|rate|height|speed|temperature|size|weight|salary|population|"
    "distance|depth|area|capacity|length|width|volume"
)
_SAID = (
    "say|said|think|thought|tell|told|argue|claim|comment|announce|state|warn|stress|emphasi[sz]e|promise|vow|accuse|"
    "critici[sz]e|describe|call"
)

# The first that is found wins; group 1 is the part that says what is asked for and need not stand in an answer.
_PATTERNS: tuple[tuple[Kind, str], ...] = (
    ("saying", rf"\b(what) (?:did|does|do|has|have|had|was|were) .{{1,80}}\b(?:{_SAID})\b"),
    ("reason", r"\b(why|how come)\b"),
    ("reason", r"\b(what (?:is|was|were|are) (?:the |a )?(?:\w+ )?(?:reasons?|causes?|purpose|motives?))\b"),
    ("reason", r"\b(what) (?:caused|causes|led to)\b|\b(for what reasons?)\b|\b(reasons?) (?:for|why|of)\b"),
    ("count", r"\b(how many)\b|\b((?:what|total) (?:is the |was the |were the )?(?:total )?number of)\b"),
    ("duration", r"\b(how (?:long|old))\b(?! ago)|\b(what (?:is|was) the (?:duration|age|length))\b"),
    ("amount", r"\b(how (?:much|high|tall|far|fast|big|large|deep|heavy|wide|expensive|often|hot|cold))\b"),
    ("amount", rf"\b((?:what|which) (?:is the |was the |are the )?(?:\w+ )?(?:{_QUANTITY}))\b|\A(percentage)\b"),
    ("time", r"\b(when) (?:is|are|was|were|did|does|do|will|has|have|had|can|should|would)\b|\b(how long ago)\b"),
    ("time", r"\A\W*(when)\b(?!.*\b(?:what|who|which|where|why|how)\b)|\b(?:since|until|from|by|and) (when)\b"),
    ("time", rf"\b((?:what|which) (?:is the |was the )?(?:{_TIME}))\b"),
    ("place", r"\b(where)\b"),
    ("name", rf"\b((?:what|which) (?:\w+ ){{0,2}}?(?:{_PLACE}|{_AGENT}))\b"),
    ("agent", r"\b(who(?:se|m|['’]s)?)\b"),
    ("thing", r"\b(which)\b"),
    ("manner", r"\b(how)\b"),
    ("truth", r"\A(?:is|are|was|were|does|do|did|has|have|had|can|could|will|would|should|may|might|must)\b()"),
    (
        "meaning",
        r"\b(what (?:is|are|was|were|does|do)(?! (?:\w+ ){1,8}(?:use|do|have|get|need|want|like|eat|make|take)\b)|"
        r"what['’]s|defin(?:e|ition of)|meaning of|mean(?:s|ing)?(?=\??\Z))\b",
    ),
    ("thing", r"\b(what)\b"),
)
_KINDS = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _PATTERNS)
_AMOUNT = re.compile(rf"\A(?:\w+ ){{0,4}}?(?:{_QUANTITY})\b", re.IGNORECASE)
_AUXILIARY = re.compile(r"(?:is|are|was|were|does|do|did|has|have|had|can|could|will|would|should|of|in|on|to|there)\Z")
_HOW = re.compile("how ", re.IGNORECASE)
# "what is the price" as part of a sentence: "what the price is".
_INVERTED = re.compile(r"\A(what|which) (is|was|are|were) (.+)\Z", re.IGNORECASE)
# A text that is no question may still be a request; else its capitals may be those of a heading: "Portfolio Setup".
_REQUEST = re.compile(
    r"\b(?:describe|explain|discuss|summari[sz]e|compare|tell|list|give|show|find|about)\b|\?", re.IGNORECASE
)
_BROAD: frozenset[Kind] = frozenset({"reason", "manner", "meaning", "saying", "open"})
_STRICT: frozenset[Kind] = frozenset({"count", "amount", "duration", "name"})
_EVENT = re.compile(
    rf"\bwhen (?:did|was|were|will|has|have|had)\b|\b(?:what|which) (?:\w+ )?(?:{_TIME})\b", re.IGNORECASE
)
_PEOPLE = frozenset({"person", "peopl", "resid", "inhabit"})
_SEVERAL = re.compile(
    r"\b(?:and (?:why|how|what|who|where|when)|list|describe|explain|discuss|summari[sz]e|compare)\b", re.I
)
# Words that ask for more than one thing: "list the codes", "what are the steps", "which countries have".
_LISTS = re.compile(
    r"\A\W*(?:please )?(?:list|enumerate|name (?:all|the|some|two|three|four|five)|give (?:me )?(?:a list|examples|all))\b"
    r"|\b(?:what|who|which) (?:are|were) (?:all |some of )?the (?:\w+ ){0,2}?\w{2,}s\b"
    r"|\bwhich (?:\w+ ){0,2}?\w{3,}(?<![suiy])s\b"
    r"|\bwhat (?:\w+ ){0,2}?\w{3,}(?<![suiy])s (?:are|were|have|had|do|did|can|must|should|will|would|may|need)\b",
    re.IGNORECASE,
)
_SUMMARY = re.compile(
    r"\b(?:summari[sz]e|summary|overview|outline|recap|(?:main|key) (?:points|facts))\b", re.IGNORECASE
)
# Whose words are asked for: "What did Ann Poole say", "according to her", "in the mayor's view", "Poole's objection".
_SPEAKER = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\bwhat (?:did|does|do|has|have|had) (?P<speaker>.{{1,60}}?) (?:\w+ly )?(?:{_SAID})\b",
        r"\baccording to (?P<speaker>[^,?]{1,60})",
        r"\bin (?P<speaker>[^,?]{1,60}?)['’]s? (?:view|opinion|words|eyes)\b",
        r"\bin the (?:view|opinion|words|eyes) of (?P<speaker>[^,?]{1,60})",
        r"\b(?P<speaker>[A-Z][\w.-]{1,40}(?: [A-Z][\w.-]{1,40}){0,3}) ?['’]s? "
        r"(?-i:objections?|views?|opinions?|stance|position|reactions?|comments?|criticisms?|reply|response|remarks)\b",
    )
)
# Words by which a question is asked of more than one document, or of more than one state of a thing.
_SIDES = re.compile(
    r"\b(?:according to .{1,80} and (?:according )?to|compare|comparison|differ|differs|differences?|in common|each|both|"
    r"either side|(?:the )?(?:two|both) sides|"
    r"disagree|contradict|conflicting|(?:has|have|had|did) .{1,80}\b(?:changed?|evolved?|developed?|risen|fallen|grown)|"
    r"(?:articles|documents|sources|reports|papers|texts|versions|editions) (?:\w+ )?(?:say|state|give|mention|tell|agree)|"
    r"in the (?:articles|documents|sources|reports|papers|texts))\b",
    re.IGNORECASE,
)
_CURRENT = re.compile(
    r"\b(?:now|nowadays|current|currently|today|at present|presently|at the moment|these days|latest|most recent(?:ly)?|"
    r"newest|up[- ]to[- ]date|in force)\b",
    re.IGNORECASE,
)
_FEWEST_QUOTED = 2
"""Words. A single one between quotation marks is a word spoken of, not what somebody said."""

_ROLES = frozenset("ceo cfo cto coo chairman chairwoman chair chief director head minister secretary mayor".split())
# What a question says to whoever answers it.
_SPEECH = frozenset("say said think thought tell told comment".split())
_ASKING = frozenset(
    """
    describe explain discuss summarize summarise tell list name give show find mention document documents text article
    question answer please know mean means meaning definition define called kind kinds type types example examples
    outline overview recap enumerate summary difference happen happened happens fact facts compare information about known please sorry thanks thank hello hi ok
    okay oops anybody anyone somebody someone everybody everyone nobody according want wanted ask asked asking interested think wonder wondering anyway
    """.split()
)


@dataclass(frozen=True, slots=True)
class Term:
    """A word of the question that an answer should hold; `weight` from 0 to 1 tells how much it says."""

    stem: str
    written: str
    weight: float
    is_name: bool
    is_number: bool
    is_unknown: bool
    """It is in no list of English words: a rare name, or misspelt."""
    is_asked: bool
    """It says what kind of thing is asked for: the "products" of "Which products did …"."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked.

    `asked` are the words that ask, "how many employees", or "" where they alone tell nothing. `strict` means that no
    answer can do without a thing of that kind ("When is …?" may ask for a condition), `broad` that one sentence may not
    be enough. `unit` are the stems of the nouns that "how many" counts, `names` the names as written, each with the
    stems of its words.
    """

    text: str
    kind: Kind
    asked: str
    strict: bool
    broad: bool
    terms: tuple[Term, ...]
    names: tuple[tuple[str, tuple[str, ...]], ...]
    unit: frozenset[str]
    several: bool
    """It asks for a list."""
    summary: bool
    sides: bool
    """It asks what more than one document says, or how a thing was at more than one time."""
    current: bool
    """It asks how a thing is now."""
    dates: tuple[Date, ...]
    speaker: str
    """Whose words are asked for, "" where nobody's."""
    quoted: tuple[str, ...]
    """What stands between quotation marks, as `qa.text.quotes.wording` has it."""


def understand(question: str, *, rarity: Callable[[str], float]) -> Question:
    """Read a question. Never fails: what fits no pattern is of the kind "open"."""
    kind, start, end = _kind(question)
    listed = words(question)
    named = _names(question, listed) if kind != "open" or _REQUEST.search(question) else []
    told = _told(question)
    in_time = [Span(match.start(), match.end()) for match in _CURRENT.finditer(question)]
    in_name = {place for start_, end_, _ in named for place in range(start_, end_)}
    counted = _counted(listed, end) if kind in ("count", "thing") else []
    terms: dict[str, Term] = {}
    for word in listed:
        asked = (word.end == end and (kind != "amount" or _HOW.match(question, start))) or (
            word.form in _ASKING and word.start not in in_name
        )
        asks = (kind == "saying" and word.form in _SPEECH) or (kind == "time" and start <= word.start < end)
        if not word.is_content or asked or asks or any(span.start <= word.start < span.end for span in in_time):
            continue
        stem = stem_of(word)
        terms.setdefault(
            stem,
            Term(
                stem=stem,
                written=word.text,
                weight=rarity(word.form) * (0.5 if any(span.start <= word.start < span.end for span in told) else 1.0),
                is_name=word.start in in_name,
                is_number=word.form[0].isdigit(),
                is_unknown=word.rarity == 1.0,
                is_asked=word in counted,
            ),
        )
    return Question(
        text=question,
        kind=kind,
        asked=_asked(kind, question, start, max([end, *(word.end for word in counted)])),
        strict=kind in _STRICT or (kind == "time" and bool(_EVENT.search(question))),
        broad=kind in _BROAD or bool(_SEVERAL.search(question)),
        terms=tuple(terms.values()),
        names=tuple((question[start_:end_], parts) for start_, end_, parts in named),
        unit=_unit(counted) if kind == "count" else frozenset(),
        several=bool(_LISTS.search(question)),
        summary=bool(_SUMMARY.search(question)),
        sides=bool(_SIDES.search(question)),
        current=bool(_CURRENT.search(question)),
        dates=tuple(dates(question)),
        speaker=next((match["speaker"] for pattern in _SPEAKER if (match := pattern.search(question))), ""),
        quoted=tuple(
            wording(question[span.start : span.end])
            for span in quotes(question)
            if len(words(question[span.start : span.end])) >= _FEWEST_QUOTED
        ),
    )


def _told(question: str) -> list[Span]:
    """Where somebody who asks tells something besides: "That is fine. Can I file my tax return online?"."""
    spans = sentences(question)
    asking = [span for span in spans if question[span.start : span.end].endswith("?")]
    return [span for span in spans if span not in asking] if asking else []


def _kind(question: str) -> tuple[Kind, int, int]:
    """The kind, and the place of the words that tell it."""
    for kind, pattern in _KINDS:
        match = pattern.search(question)
        if match:
            return kind, match.start(match.lastindex or 0), match.end(match.lastindex or 0)
    # "Reservoir capacity in cubic metres?"
    return ("amount" if _AMOUNT.search(question) else "open"), 0, 0


def _asked(kind: Kind, question: str, start: int, end: int) -> str:
    """ "which European countries", "how old", "when"; "" where no such words tell what is asked for."""
    if kind in ("saying", "meaning", "truth", "open") or question[start:end].lower() == "what":
        return ""
    written = _INVERTED.sub(r"\1 \3 \2", question[start:end])
    return written[:1].lower() + written[1:]


def _names(question: str, listed: Sequence[Word]) -> list[tuple[int, int, tuple[str, ...]]]:
    """Names with their places; none in a question whose Words All Begin With Capitals."""
    grammar = [word for word in listed[1:] if not word.is_content and word.text.isalpha()]
    if grammar and sum(word.text[0].isupper() for word in grammar) > 0.5 * len(grammar):
        return []
    found = []
    for name in names(question):
        inside = [word for word in listed if name.start <= word.start < name.end and word.form in name.parts]
        if inside and inside[0] == listed[0] and (inside[0].rarity < 1.0 or inside[0].form in _ASKING):
            # "Besides Latin", "Tell Micron": the first word has its capital from its place.
            inside = inside[1:]
        if len(inside) > 1 and inside[0].form in _ROLES:
            # "The CEO of Micron" is no part of Micron's name.
            inside = inside[1:]
        before = [word.form for word in listed if word.end <= name.start][-1:]
        if inside and before not in (["a"], ["an"]):  # "an API request": what has an article is no name
            found.append((inside[0].start, inside[-1].end, tuple(stem_of(word) for word in inside)))
    return found


def _unit(counted: Sequence[Word]) -> frozenset[str]:
    """The stems that must stand by the number; none where people are counted: "a population of 4,000"."""
    found = frozenset(stem_of(word) for word in counted)
    return frozenset() if found & _PEOPLE else found


def _counted(listed: Sequence[Word], end: int) -> list[Word]:
    """The words from this place to the verb, three at most: "Chinese companies" in "how many Chinese companies has"."""
    found: list[Word] = []
    for word in listed:
        if word.start < end:
            continue
        if not word.is_content or _AUXILIARY.match(word.form) or len(found) == 3:
            break
        found.append(word)
    return found
