"""Who said it: is the speaker of the statement the speaker of the source, and is what is only reported told as fact?

Goes from a statement aligned with a window to a mismatch or None. A speaker that is only a pronoun or an office ("the
spokesman") stands for the last person named before it; where there is none, nothing is claimed.
"""

from __future__ import annotations

from qa.check.align import Aligned
from qa.check.mismatch import Mismatch
from qa.check.reading import Reading
from qa.text.quotes import Attribution

_OFFICES = frozenset(
    "spokesman spokeswoman spokesperson official officials minister president he she they it author authors".split()
)
_MILD = frozenset("describe describes described report reports reported point pointed mention mentions mentioned announce "
                  "announces announced confirm confirms confirmed note notes noted".split())  # fmt: skip


def speaker_mismatch(pair: Aligned) -> Mismatch | None:
    """The statement names a speaker, and the source another one for the same words."""
    if not pair.window.attributions:
        return None
    for mine in pair.statement.attributions:
        said_by = _person(pair.statement, mine)
        theirs = [person for each in pair.window.attributions if (person := _speaker(pair.window, each))]
        if not said_by or not theirs or any(said_by & other for other in theirs):
            continue
        if any(part in _forms(pair.window) for part in said_by):
            continue
        speaker = " ".join(sorted(theirs[0])) if len(theirs[0]) == 1 else _written(pair.window, theirs[0])
        written = pair.statement.text[mine.speaker.start : mine.speaker.end]
        return Mismatch("speaker", "contradicted", 1.0, f"the source has {speaker} say it, the answer {written}")
    return None


def told_as_fact(pair: Aligned) -> Mismatch | None:
    """The window only reports that somebody said it, and the statement does not."""
    if pair.statement.attributions or pair.coverage < 0.4:
        return None
    for each in pair.window.attributions:
        if each.cue in _MILD or any(place in pair.taken for place in pair.window.words_in(each.speaker)):
            continue
        if not _takes_up(pair, _reported(pair.window, each)):
            continue
        speaker = " ".join(pair.window.text[each.speaker.start : each.speaker.end].split())
        return Mismatch(
            "told as fact", "partial", 1.0, f"the source reports it as what {speaker} said, the answer as a fact"
        )
    return None


def _reported(window: Reading, attribution: Attribution) -> range:
    """The words of the sentence that are reported: those after the speaker, or those before where none follow."""
    sentence = next((span for span in (window.whole or window).sentences if span.end > attribution.speaker.start), None)
    if sentence is None:
        return range(len(window.words))
    speaker = window.words_in(attribution.speaker)
    whole = window.words_in(sentence)
    following = range(speaker.stop + 1, whole.stop)
    return following if len(following) > 3 else range(whole.start, speaker.start)


def _takes_up(pair: Aligned, places: range) -> bool:
    """Whether half of what the statement takes up is among these words of the window."""
    taken = [place for place in pair.taken if pair.window.weights[place]]
    return 2 * sum(place in places for place in taken) >= len(taken)


def _speaker(window: Reading, attribution: Attribution) -> frozenset[str] | None:
    """The names of the speaker, by itself or by the last named speaker before it."""
    person = _person(window, attribution)
    if person:
        return person
    whole = window.whole or window
    spoken = whole.text[attribution.speaker.start : attribution.speaker.end].lower().split()
    if not spoken or spoken[-1] not in _OFFICES:
        return None
    before = [each for each in whole.attributions if each.speaker.start < attribution.speaker.start]
    for each in reversed(before):
        if person := _person(whole, each):
            return person
    return None


def _person(reading: Reading, attribution: Attribution) -> frozenset[str] | None:
    span = attribution.speaker
    whole = reading.whole or reading
    parts = [part for name in whole.names if span.start <= name.start < span.end for part in name.parts]
    return frozenset(parts) or None


def _written(reading: Reading, person: frozenset[str]) -> str:
    whole = reading.whole or reading
    for name in whole.names:
        if set(name.parts) <= person:
            return whole.text[name.start : name.end]
    return " ".join(sorted(person))


def _forms(reading: Reading) -> frozenset[str]:
    return frozenset(word.form for word in reading.words)
