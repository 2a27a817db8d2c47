"""A question and the conversation before it in, the question as it would stand alone out, or None where it does.

"When was it announced?" after "Why was Micron barred?" becomes "When was it announced? (Micron barred)": the question
stays as it was asked, and what it leans on is added in the words of the conversation. Rules alone, no model. That a
question leans on something shows in its pronouns, in words like "other" and "else", in a beginning like "And in
Europe?", in its saying next to nothing, and in "the ban" or "the decision" with nobody named. Without any of these it
is a new subject and takes nothing over.

English rules; a question in another language passes as it is. Does not know what the documents say.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from qa.text.names import names_of
from qa.text.quotes import attributions
from qa.text.words import Word, rarity, words

MOST_CARRIED = 6
"""Words. More of them and the old question would drown the new one."""

# On the scale of `rarity`: a lone word more common than this ("put", "order") tells little of what was spoken of.
_COMMON = 0.6

_PERSONS = frozenset("he him his himself she her hers herself".split())
_PRONOUNS = _PERSONS | frozenset("it its itself they them their theirs themselves".split())
_POINTING = frozenset("this that these those".split())
_LEANING = frozenset(
    "other others another else instead same such former latter previous above ones both neither".split()
)

# "Is it true that ...", "How long does it take to ...": an "it" that stands for nothing before.
_EMPTY_IT = re.compile(
    r"\bit(?:'s|’s)?\s+(?:(?:is|was|be|will be|would be|to be)\s+)?(?:\w+ly\s+)?"
    r"(?:true|possible|impossible|legal|illegal|safe|safer|good|bad|better|best|necessary|important|easy|hard|difficult|ok|okay"
    r"|normal|common|worth|wise|take|takes|took|cost|costs|mean|means|make sense|matter|matters)\b"
    r"(?=.*\b(?:to|that|if|when|for|\w+ing)\b)|\b(?:rain|snow)\w*\b|\btime is it\b",
    re.IGNORECASE,
)
_TIMES = frozenset(
    "year years month months week weeks day days morning evening afternoon time times decade century".split()
)
# After "that", these tell that it stands for a thing; otherwise it joins clauses ("Is it true that ...").
_AFTER_THAT = frozenset(
    "is was are were be been will would can could may might should does did do has have had mean means happen happened "
    "happens work works apply applies cost costs include includes affect affects".split()
)
_BEGINNING = re.compile(
    r"\s*(?:(?:ok|okay|yes|no|well|thanks|thank you|sorry|hm+)\b[\s,.!]*)*"
    r"(?:and|but|or|so|then|also|plus|what about|how about|why not|what if not|how so|how come|since when|even)\b",
    re.IGNORECASE,
)
# "Is that legal?"
_ASKING = frozenset("is are was were do does did can could will would has have had should must isn't doesn't".split())
_INDEFINITE = frozenset("a an any some every each no my our your".split())
# "The decision", with nobody named, is one that was just spoken of.
_TOLD = frozenset(
    """decision move measure measures step ban proposal plan announcement restrictions sanctions change changes law rule
    rules ruling case incident event events result outcome findings statement agreement deal attack accident""".split()
)
# Words that frame a question and say nothing about its subject.
_FRAME = frozenset(
    """tell explain describe give list show know want like need please say said says mean means happen happened happens
    happening work works next reason reasons detail details example examples way ways thing things kind kinds type types
    sort question answer information info help think talk talked speak spoke spoken long far old big often much many
    people person someone anyone something anything everything different difference main exactly really actually
    summarize summary discuss find get use used using make made take took taken go went come came look looks following
    affect called asked asking answered hi hello hey wow heard hear choose understand sure correct correctly right
    interesting sense seem seems""".split()
)


def rewrite(question: str, history: Sequence[tuple[str, str]]) -> str | None:
    """The question with what it takes from the conversation, or None where it takes nothing.

    `history` are (question, answer) pairs, oldest first; only what the last ones spoke of is taken over.
    """
    if not history or not _leans(question, history[-1]):
        return None
    asked = {word.stem for word in words(question)}
    carried = [new for run in _subject(question, history) if (new := _without(asked, run))]
    return f"{question} ({', '.join(carried)})" if carried else None


def _without(asked: set[str], run: str) -> str:
    """What is left of a run between its first and its last word that the question has not itself."""
    new = [word for word in words(run) if word.stem not in asked]
    return run[new[0].start : new[-1].end] if new else ""


def _leans(question: str, before: tuple[str, str]) -> bool:
    """Whether the question can not be understood without the turn before it."""
    listed = words(question)
    named = [name.start for name in names_of(question, listed)]
    if _BEGINNING.match(question) or not _says_something(listed, has_name=bool(named)):
        return True
    empty = _EMPTY_IT.search(question)
    for position, word in enumerate(listed):
        following = listed[position + 1] if position + 1 < len(listed) else None
        if following is None and word.form in _POINTING:
            return True
        if any(start < word.start for start in named) or _introduced(listed[:position]):
            continue
        if word.form in _PRONOUNS and not (empty and word.form == "it"):
            return True
        if word.form in _POINTING and (_points(word, following) or (position == 1 and listed[0].form in _ASKING)):
            return True
        if following is None and word.form == "one":
            return True
    if not named and any(word.form in _LEANING for word in listed):
        return True
    return not named and _is_definite(listed, before)


def _says_something(listed: Sequence[Word], *, has_name: bool) -> bool:
    return has_name or any(word.is_content and word.form not in _FRAME for word in listed)


def _introduced(listed: Sequence[Word]) -> bool:
    """Whether something stands before that a pronoun can mean: "a company", "my neighbour"."""
    return any(
        left.form in _INDEFINITE and any(word.is_content and word.form not in _FRAME for word in listed[place + 1 :])
        for place, left in enumerate(listed)
    )


def _points(word: Word, following: Word | None) -> bool:
    """Whether "this" or "that" points at something said: "that?", "that is", "these rules", not "this year"."""
    if following is None or following.form in _AFTER_THAT:
        return True
    if word.form == "that":
        return False
    return following.form not in _TIMES and (following.is_content or following.form in ("one", "ones"))


def _is_definite(listed: Sequence[Word], before: tuple[str, str]) -> bool:
    """Whether the question says "the decision", or "the network" and the turn before it spoke of one."""
    spoken = {word.stem for text in before for word in words(text) if word.is_content}
    return any(
        left.form == "the"
        and (right.form in _TOLD or (right.is_content and right.form not in _FRAME and right.stem in spoken))
        for left, right in pairwise(listed)
    )


def _subject(question: str, history: Sequence[tuple[str, str]]) -> list[str]:
    """What the conversation was about, as runs of its own words: of the last question, and of those that it leans on.

    "He" and "she" ask for a person, and if the questions name none, the last answer may.
    """
    asked, answer = history[-1]
    runs = _runs(asked)
    if len(history) > 1 and _leans(asked, history[-2]):
        runs += [run for run in _subject(asked, history[:-1]) if run not in runs]
    if any(word.form in _PERSONS for word in words(question)) and not any(
        len(words(run)) > 1 for run in runs if _has_name(run)
    ):
        runs = [*_person(answer), *runs]
    return _shortest(runs)


def _runs(text: str) -> list[str]:
    """The words of a question that say something, neighbours together: "barred", "critical information operators"."""
    listed = words(text)
    named = [(name.start, name.end) for name in names_of(text, listed)]
    runs: list[list[Word]] = []
    for place, word in enumerate(listed):
        in_name = any(start <= word.start < end for start, end in named)
        if not in_name and (not word.is_content or word.form in _FRAME):
            continue
        if runs and place and runs[-1][-1] is listed[place - 1]:
            runs[-1].append(word)
        else:
            runs.append([word])
    return [text[run[0].start : run[-1].end] for run in runs]


def _has_name(run: str) -> bool:
    return any(word.text[0].isupper() for word in words(run))


def _person(answer: str) -> list[str]:
    """Whom an answer speaks of, if anybody: who says something in it, else its first name of two words or more."""
    named = [name for name in names_of(answer, words(answer)) if len(name.parts) > 1]
    speakers = [each.speaker for each in attributions(answer)]
    speaking = [name for name in named if any(each.start <= name.start < each.end for each in speakers)]
    return [answer[name.start : name.end] for name in (speaking[-1:] or named[:1])]


def _shortest(runs: Sequence[str]) -> list[str]:
    """The runs that have the rarest words, in order, at most MOST_CARRIED words in all."""

    def weight(run: str) -> float:
        listed = words(run)
        return max((rarity(word.form) for word in listed), default=0.0) + (len(listed) > 1 or _has_name(run))

    telling = [run for run in dict.fromkeys(runs) if weight(run) >= _COMMON] or list(dict.fromkeys(runs))
    kept: set[str] = set()
    left = MOST_CARRIED
    for run in sorted(telling, key=weight, reverse=True):
        if (length := len(words(run))) <= left:
            kept.add(run)
            left -= length
    return [run for run in telling if run in kept]
