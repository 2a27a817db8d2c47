"""Two things spoken of side by side: does the statement say of one what the source says of the other?

"The Polaris is 84 metres long. The Terna carries 60." says no length of the Terna. What opens the statement is held
against what opens the sentence of the window that has the rest of it. They are taken for two things where both are names,
where both have one noun and another word before it ("the savings account", "the current account"), or where the sentence
cannot refer back to the statement's subject: it opens without "the" and without a pronoun, or the subject is not spoken of
until later. Goes from a statement aligned with a window to a mismatch or None.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qa.check.align import Aligned
from qa.check.mismatch import Mismatch
from qa.check.reading import Reading
from qa.text.names import initials

_ARTICLES = frozenset("the a an".split())
_DEFINITE = frozenset("the this that these those its his her their our my such both all each".split())
_PRONOUNS = frozenset("he she it they".split())
_REFERRING = _PRONOUNS | frozenset("him her his hers its them their theirs this these those".split())
_PREPOSITIONS = frozenset("to of in on at by for from with as that".split())
_NO_VERB = _PREPOSITIONS | _DEFINITE | _ARTICLES
_LEADING = frozenset("unlike like however meanwhile therefore instead".split())
_LEAD = 5
"""Words before a comma that may open a sentence ahead of its subject."""
_OPENS = 4
"""Words of a sentence that open it."""
_SHARE, _SHARE_BESIDE_VALUES = 0.8, 0.5
"""The least share of what the statement says that the sentence must have, and where it has all its figures."""


@dataclass(frozen=True, slots=True)
class _Opening:
    """What opens a statement or a sentence: the word before it, if any, and its content words that tell it apart."""

    article: str
    words: tuple[int, ...]


def contrasted_subject(pair: Aligned) -> Mismatch | None:
    """The subject of the sentence that has the rest of the statement, where it is another one than the statement's."""
    if pair.is_row or pair.statement.start > 0:
        return None
    for sentence in _sentences(pair):
        if any(each.speaker.start in _characters(pair, sentence) for each in pair.window.attributions):
            continue
        mine = _opening(pair.statement, range(len(pair.statement.words)), set(_in(pair, sentence)))
        if not mine or not mine.words or not _says_the_rest(pair, sentence, mine.words):
            continue
        theirs = _opening(pair.window, sentence, set(_taken(pair, sentence)))
        if theirs and theirs.words and _are_two(pair, mine, theirs, sentence):
            said = f"the source says it of “{_written(pair.window, theirs.words)}”"
            return Mismatch(
                "contrast", "partial", 0.6, f"{said}, the answer of “{_written(pair.statement, mine.words)}”"
            )
        is_person = theirs and theirs.article in ("he", "she") and any(map(pair.statement.is_named, mine.words))
        if is_person and _comes_later(pair, mine, sentence):
            said = f"the source says it before it speaks of “{_written(pair.statement, mine.words)}”"
            return Mismatch("contrast", "partial", 0.6, said)
    return None


def _sentences(pair: Aligned) -> Iterator[range]:
    """The sentences of the window, as ranges of its words."""
    for span in pair.source.reading.sentences:
        if pair.window.start <= span.start < pair.window.end and (found := pair.window.words_in(span)):
            yield found


def _characters(pair: Aligned, sentence: range) -> range:
    return range(pair.window.words[sentence.start].start, pair.window.words[sentence.stop - 1].end)


def _in(pair: Aligned, sentence: range) -> Iterator[int]:
    """The words of the statement that a sentence has."""
    stems = {pair.window.stems[place] for place in sentence}
    for index, expansion in enumerate(pair.statement.expansions):
        number = pair.statement.number_at(index)
        if expansion.keys() & stems or (number and pair.links[index] in sentence):
            yield index


def _taken(pair: Aligned, sentence: range) -> Iterator[int]:
    """The words of a sentence that the statement has."""
    stems = {stem for expansion in pair.statement.expansions for stem in expansion}
    return (place for place in sentence if pair.window.stems[place] in stems)


def _opening(reading: Reading, words: range, shared: set[int]) -> _Opening | None:
    """The first words of a sentence up to the first that both have; of "the model X2" the word after "model"."""
    place = _after_lead(reading, words)
    article = ""
    if place in words and reading.words[place].form in _DEFINITE | _ARTICLES:
        article, place = reading.words[place].form, place + 1
    if place in words and reading.words[place].form in _PRONOUNS and not article:
        return _Opening(reading.words[place].form, ())
    run: list[int] = []
    while place in words and (reading.weights[place] or (run and reading.words[place].form == "of")):
        if run and _is_parted(reading, place):
            break
        run.append(place)
        place += 1
    first = 1 if len(run) > 1 and run[0] in shared and run[1] not in shared and reading.is_named(run[1]) else 0
    told = []
    for each in run[first:]:
        if each in shared or reading.number_at(each) or each in reading.dated:
            break
        if reading.weights[each]:
            told.append(each)
    owns = bool(told) and reading.text[reading.words[told[-1]].end :].startswith(("'", "’"))
    return _Opening(article, tuple(told)) if told and not owns else None


def _after_lead(reading: Reading, words: range) -> int:
    """The first word, or the one after a short phrase that a comma ends."""
    for place in range(words.start + 1, min(words.start + 1 + _LEAD, words.stop)):
        if "," in reading.between(place):
            opens = reading.words[words.start]
            # "Ada Quill, mayor of Dunmarsh, …" and "The mayor, Ada Quill, …" open with their subject.
            leads = not opens.is_content or opens.form.endswith("ly") or opens.form in _LEADING
            return place if leads and opens.form not in _ARTICLES | _DEFINITE else words.start
    return words.start


def _is_parted(reading: Reading, place: int) -> bool:
    return reading.between(place).strip("-") not in (" ", "")


def _says_the_rest(pair: Aligned, sentence: range, subject: Sequence[int]) -> bool:
    """Whether a sentence has most of what is said of the subject, all values, and something that no sentence of the
    subject's has."""
    here = set(_in(pair, sentence))
    rest = [index for index, weight in enumerate(pair.statement.weights) if weight and index not in subject]
    weights = pair.statement.weights
    total = sum(weights[index] for index in rest)
    values = [set(pair.statement.words_in(value)) for value in pair.statement.numbers]
    values += [set(pair.statement.words_in(value)) for value in pair.statement.dates]
    # "The Terna carries 60": what the figures are of may have been said before.
    share = _SHARE_BESIDE_VALUES if values else _SHARE
    if here & set(subject) or sum(weights[index] for index in rest if index in here) < share * total:
        return False
    if not all(here & value for value in values):
        return False
    elsewhere: set[int] = set()
    for other in _sentences(pair):
        has = set(_in(pair, other))
        if has & set(subject):
            elsewhere |= has
    return any(index in here and index not in elsewhere for index in rest)


def _are_two(pair: Aligned, mine: _Opening, theirs: _Opening, sentence: range) -> bool:
    named, named_there = (_has_name(pair, reading, words) for reading, words in _both(pair, mine, theirs))
    if not _is_known(pair, mine):
        return False
    if named != named_there:
        refers = theirs.article in _DEFINITE and _names_before(pair, sentence)
        return named and refers and _comes_later(pair, mine, sentence)
    if named:
        return not _may_be_one(pair, mine, theirs) and not _refers(
            pair.window, range(theirs.words[-1] + 1, sentence.stop)
        )
    if not _opens_another(pair, mine):
        return False
    if _shares_noun(pair, mine, theirs):
        return True
    follows = theirs.words[-1] + 1
    # "According to", "Spread a layer": what opens the sentence is no subject.
    is_verb = follows in sentence and pair.window.words[follows].form in _NO_VERB
    refers_back = theirs.article in _DEFINITE and not _comes_later(pair, mine, sentence)
    return not is_verb and not refers_back


def _names_before(pair: Aligned, sentence: range) -> bool:
    """Whether somebody or something is named in the text before a sentence."""
    return any(name.end <= _characters(pair, sentence).start for name in pair.source.reading.names)


def _both(pair: Aligned, mine: _Opening, theirs: _Opening) -> tuple[tuple[Reading, Sequence[int]], ...]:
    return (pair.statement, mine.words), (pair.window, theirs.words)


def _has_name(pair: Aligned, reading: Reading, words: Sequence[int]) -> bool:
    """Whether one of the words is part of a name, there or anywhere in the source."""
    whole = pair.source.reading
    return any(
        reading.words[each].text[0].isupper()
        and (reading.is_named(each) or any(map(whole.is_named, whole.places.get(reading.stems[each], []))))
        for each in words
    )


def _refers(window: Reading, sentence: range) -> bool:
    """Whether a pronoun of the sentence may stand for somebody named before it."""
    return any(window.words[place].form in _REFERRING for place in sentence)


def _is_known(pair: Aligned, mine: _Opening) -> bool:
    """Whether the source speaks of the statement's subject at all."""
    return all(pair.statement.stems[index] in pair.source.reading.places for index in mine.words)


def _opens_another(pair: Aligned, mine: _Opening) -> bool:
    """Whether the statement's subject opens a sentence of the source."""
    whole = pair.source.reading
    for span in whole.sentences:
        opening = [whole.stems[place] for place in whole.words_in(span)[:_OPENS]]
        if {pair.statement.stems[index] for index in mine.words} <= set(opening):
            return True
    return False


def _may_be_one(pair: Aligned, mine: _Opening, theirs: _Opening) -> bool:
    """Whether one is the acronym of the other."""
    forms = [pair.statement.words[index].form for index in mine.words]
    others = [pair.window.words[place].form for place in theirs.words]
    return initials(forms) in others or initials(others) in forms


def _shares_noun(pair: Aligned, mine: _Opening, theirs: _Opening) -> bool:
    after, follows = mine.words[-1] + 1, theirs.words[-1] + 1
    return (
        after < len(pair.statement.words)
        and follows < len(pair.window.words)
        and pair.statement.weights[after] > 0
        and pair.statement.stems[after] == pair.window.stems[follows]
        and len(mine.words) == len(theirs.words) == 1
        and pair.statement.words[min(after + 1, len(pair.statement.words) - 1)].form not in _NO_VERB
    )


def _comes_later(pair: Aligned, mine: _Opening, sentence: range) -> bool:
    """Whether the text speaks of the statement's subject after this sentence only."""
    whole = pair.source.reading
    places = [place for index in mine.words for place in whole.places.get(pair.statement.stems[index], [])]
    starts = [whole.words[place].start for place in places]
    return bool(starts) and min(starts) >= _characters(pair, sentence).stop


def _written(reading: Reading, indices: Sequence[int]) -> str:
    return " ".join(reading.words[index].text for index in indices)
