"""Text to words: where they are, the form in which they are compared, and how rare they are in English.

Pure. Knows nothing of numbers as quantities, of names or of sentences.
"""

from __future__ import annotations

import functools
import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

import Stemmer

# One alternative a kind of word: a number with its separators, an abbreviation with inner dots, a Chinese or Japanese
# character (these scripts put no space between words), anything else made of letters, apostrophes inside allowed.
_WORD = re.compile(
    r"(\d+(?:[.,]\d+)*"
    r"|(?:[^\W\d_]\.){2,}"
    r"|[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]"
    r"|[^\W_\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+"
    r"(?:['’](?![sS]\b)[^\W_\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+)*)"
    r"(?:['’][sS]\b)?"
)

# Words that carry grammar, not content. "No" and "not" are here too: whether a statement is denied is a question of
# its own, which counting words does not answer.
STOP_WORDS = frozenset(
    """
    a an the this that these those such same own other another each every either neither both all any some few many much
    more most less least several one i me my mine myself we us our ours ourselves you your yours yourself he him his
    himself she her hers herself it its itself they them their theirs themselves who whom whose which what when where why
    how whether if then else than as so too very just only also even still yet again ever never not no nor and or but
    because since while until although though unless about above across after against along among around at before behind
    below beneath beside between beyond by despite down during except for from in inside into like near of off on onto
    out outside over past per through throughout to toward towards under up upon via with within without be am is are was
    were been being have has had having do does did doing done will would shall should can could may might must ought
    there here now let lets don't doesn't didn't isn't aren't wasn't weren't won't wouldn't can't couldn't shouldn't
    haven't hasn't hadn't ain't i'm you're we're they're i've you've we've they've i'd you'd he'd she'd we'd they'd i'll
    you'll he'll she'll we'll they'll it'll that'll
    """.split()
)


@dataclass(frozen=True, slots=True)
class Word:
    """A word at `text[start:end]`; `form` is its spelling made equal, `stem` what is left of it without its endings."""

    text: str
    start: int
    end: int
    form: str
    stem: str

    @property
    def is_content(self) -> bool:
        """Whether it says something, as opposed to holding the sentence together."""
        return self.form not in STOP_WORDS

    @property
    def rarity(self) -> float:
        """See `rarity`."""
        return rarity(self.form)


def words(text: str) -> list[Word]:
    """The words of a text in order. "U.S.", "US" and "USA" have one form; "Mao's" is the word "Mao"."""
    found = []
    for match in _WORD.finditer(text):
        written = match.group(1)
        form, stem = _form_and_stem(written)
        found.append(Word(written, match.start(1), match.end(1), form, stem))
    return found


def content_words(text: str) -> list[Word]:
    """The words of a text that are not stop words."""
    return [word for word in words(text) if word.is_content]


def rarity(form: str) -> float:
    """How much it tells that a word occurs, from about 0.1 ("the") to 1 (a word that is in no list).

    The logarithm of the word's rank in general English over that of the list's length, which by Zipf's law is its
    inverse document frequency up to scale (Zipf, 1949; Sparck Jones, 1972).
    """
    rank = _ranks().get(form)
    if rank is None:
        return 1.0
    return math.log(rank + 2) / math.log(len(_ranks()) + 2)


def rarity_in(form: str, *, found: int, passages: int) -> float:
    """`rarity` together with what a corpus says: the word is in `found` of its `passages`. From 0 to 1.

    Half the general rarity, half the smoothed inverse document frequency over its own maximum; a corpus of a handful
    of passages says little, so its half counts for passages / (passages + 20).
    """
    trust = 0.5 * passages / (passages + 20)
    local = math.log((passages + 1) / (found + 0.5)) / math.log((passages + 1) / 0.5)
    return (1 - trust) * rarity(form) + trust * local


def overlap(weighted: Sequence[Word], stems: frozenset[str]) -> float:
    """The share of the words, each counted by its rarity, whose stem is among `stems`; 0 where there are no words."""
    total = sum(word.rarity for word in weighted)
    return sum(word.rarity for word in weighted if word.stem in stems) / total if total else 0.0


@functools.lru_cache(maxsize=100_000)
def _form_and_stem(written: str) -> tuple[str, str]:
    form = unicodedata.normalize("NFKC", written).casefold().replace("’", "'")
    if form[0].isdigit():
        form = re.sub(r",(?=\d{3}(?!\d))", "", form)
        return form, form
    if "." in form:
        form = form.replace(".", "")
        form = "usa" if form == "us" else form
    elif written == "US":
        form = "usa"
    # Accents are dropped for the comparison alone: people type "Zurich" for "Zürich".
    bare = "".join(each for each in unicodedata.normalize("NFD", form) if not unicodedata.combining(each))
    return bare or form, _stemmer().stemWord(bare or form)


@functools.cache
def _stemmer() -> Stemmer.Stemmer:
    # https://snowballstem.org/algorithms/english/stemmer.html; its cache is ours above.
    return Stemmer.Stemmer("english", maxCacheSize=0)


@functools.cache
def _ranks() -> dict[str, int]:
    listed = (files("qa.text") / "english.txt").read_text("utf-8").split()
    return {word: rank for rank, word in enumerate(listed)}
