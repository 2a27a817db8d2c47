"""What a model writes in, piece by piece, its statements out, each with the sentences that it names.

A line is a statement that ends in numbers: "The ban was announced on May 21. [3] [4]". A line of numbers alone asks for
these sentences to be quoted. Models write the numbers in many ways ([1, 2], [1-3], [[1]], 【1†source】, [^1]) and put
several sentences on a line; a number that was not given out is dropped, never taken for another one. Markdown, HTML and
the model's thinking aloud are taken away. Does not know whether anything of it is true.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from qa.text.sentences import sentences
from qa.text.visible import visible
from qa.types import DraftStatement, Sentence

_WIDEST_RANGE = 20

_GROUP = re.compile(r"[\[【［〔⟦]{1,3}\s?([^\[\]【】［］〔〕⟦⟧]{1,80}?)\s?[\]】］〕⟧]{1,3}")
_NUMBERS = re.compile(
    r"(?:\^|#|no\.?|sources?|sentences?|passages?|s)?\s*-?[0-9]+(?:\s*(?:,|;|&|-|–|—|to|and)\s*[#-]?[0-9]+)*"
    r"(?:\s*[†:].*)?",
    re.IGNORECASE,
)
# A minus is no dash between two numbers: "[-1]" is not the sentence 1.
_RANGE = re.compile(r"(?<![-0-9])([0-9]+)(?:\s*(?:-|–|—|\bto\b)\s*([0-9]+))?")

_NO_ANSWER = re.compile(r"\W*NO ANSWER\b|(?i:\W*no answer\W*$)")
_PARTLY = re.compile(r"\W*PARTLY\b|(?i:\W*partly\W*$)")
# What models put before a statement although they are told not to: a heading's or list's mark, "Answer:".
_BEGINNING = re.compile(
    r"\s*(?:#{1,6}\s+|>\s*|[-*+•–]\s+|\d{1,2}[.)]\s+|(?:answer|antwort|réponse|respuesta)\s*:\s*)*"
    r"(?P<disputed>disputed\s*:\s*)?",
    re.IGNORECASE,
)

_IMAGE = re.compile(r"!\[[^\]]{0,500}\]\s*(?:\([^)]*\)?|\[[^\]]*\])?")
_LINK = re.compile(r"\[([^\[\]]*)\]\((?:[^()]|\([^()]*\))*\)?")
_REFERENCE = re.compile(r"\[([^\[\]]*[^\W\d][^\[\]]*)\]\s?\[(?!\s*\d)[^\[\]]*\]")
_DEFINITION = re.compile(r"\s*\[[^\]]+\]:\s*<?(?:[a-z][a-z0-9+.-]*:|//|www\.|/|#).*", re.I)
_ELEMENT = re.compile(r"<(script|style|svg|iframe|object|template)\b[^<>]*>.*?(?:</\1\s*>|$)", re.I)
_TAG = re.compile(r"<[a-z/!?][^<>]*(?:>|$)", re.I)
_MARKUP = re.compile(r"\*\*|__|`+|~~~|(?<!\w)[*_](?=\w)|(?<=[\w.!?])[*_](?!\w)")
# What makes a viewer turn an address into a link. The address itself may be the answer and stays, as text.
_SCHEME = re.compile(r"\b(?:[a-z][a-z0-9+.-]{1,20}:)?//(?=\S)|\bwww\.(?=\w)", re.I)
_SPACE_LEFT = re.compile(r"\s+([.,;:!?](?:\s|$))")


class Reply:
    """A model's reply as far as it has been read. `numbered` are the sentences that it was shown, by number."""

    def __init__(self, numbered: Mapping[int, Sentence]) -> None:
        self.is_partial = False
        self.is_disputed = False
        self._numbered = numbered
        self._line = ""
        self._is_thinking = False
        self._is_over = False
        self._said: set[DraftStatement] = set()

    def read(self, piece: str) -> Iterator[DraftStatement]:
        """The statements whose lines end in this piece, each once."""
        self._line += piece
        *lines, self._line = re.split(r"\r\n|[\n\r]", self._line) if "\n" in piece or "\r" in piece else [self._line]
        for line in lines:
            yield from self._statements(line)

    def end(self, *, is_complete: bool) -> Iterator[DraftStatement]:
        """The statements of the last line. Of one that was cut off, only what has its numbers already."""
        line, self._line = self._line, ""
        if not is_complete:
            groups = [match.end() for match in _GROUP.finditer(line) if _NUMBERS.fullmatch(match[1])]
            line = line[: groups[-1]] if groups else ""
        yield from self._statements(line)

    def _statements(self, line: str) -> Iterator[DraftStatement]:
        line = visible(self._spoken(line))
        if self._is_over or not line:
            return
        if _NO_ANSWER.match(line):
            self._is_over = True
        elif _PARTLY.match(line):
            self.is_partial = True
        elif not _DEFINITION.fullmatch(line):
            begun = _BEGINNING.match(line := _plain(line))
            self.is_disputed |= bool(begun and begun["disputed"])
            for statement in _cited(line[begun.end() :] if begun else line, self._numbered):
                if statement not in self._said:
                    self._said.add(statement)
                    yield statement

    def _spoken(self, line: str) -> str:
        """The line without what stands between <think> and </think>, which may be many lines apart."""
        spoken = ""
        while line:
            mark = "</think>" if self._is_thinking else "<think>"
            before, found, line = line.partition(mark)
            spoken += "" if self._is_thinking else before
            self._is_thinking ^= bool(found)
        return spoken


def _plain(line: str) -> str:
    """The line without Markdown and HTML: a link is its text, a picture is nothing. Numbers in brackets stay."""
    line = _TAG.sub("", _ELEMENT.sub("", _IMAGE.sub("", line)))
    line = _LINK.sub(lambda link: f"[{link[1]}]" if _is_numbers(link[1]) else link[1], line)
    line = _SCHEME.sub("", _MARKUP.sub("", _REFERENCE.sub(r"\1", line)))
    return " ".join(_SPACE_LEFT.sub(r"\1", line).split())


def _is_numbers(inside: str) -> bool:
    return bool(_NUMBERS.fullmatch(inside.strip()))


def _cited(line: str, numbered: Mapping[int, Sentence]) -> Iterator[DraftStatement]:
    """The sentences of a line, each with the sources whose numbers stand in it or right after it.

    Numbers at the end of a line are for all of its sentences that have none of their own.
    """
    text, marks = _without_numbers(line)
    sources = [(place, each) for place, number in marks if (each := numbered.get(number))]
    spans = sentences(text)
    if not any(each.isalnum() for each in text):
        yield from (DraftStatement(visible(each.text), (each,)) for _, each in sources)
        return
    last = tuple(each for place, each in sources if spans and place >= spans[-1].end)
    begin = 0
    for index, span in enumerate(spans):
        end = spans[index + 1].start if index + 1 < len(spans) else len(text) + 1
        own = tuple(each for place, each in sources if begin < place <= end or (index == 0 and place == 0))
        begin = end
        said = text[span.start : span.end]
        if any(each.isalnum() for each in said):
            yield DraftStatement(said, tuple(dict.fromkeys(own or last)))


def _without_numbers(line: str) -> tuple[str, list[tuple[int, int]]]:
    """The line without its numbers in brackets, and each number with the place where it stood in what is left."""
    text, done = "", 0
    marks: list[tuple[int, int]] = []
    for match in _GROUP.finditer(line):
        if _is_numbers(match[1]):
            text += line[done : match.start()]
            text = text.rstrip()
            marks += [(len(text), number) for number in _listed(match[1])]
            done = match.end()
    return text + (line[done:] if done else line), marks


def _listed(inside: str) -> Iterator[int]:
    """The numbers of "1, 3-5": 1, 3, 4, 5. Nothing of a range that is too wide to be meant."""
    for match in _RANGE.finditer(re.split("[†:]", inside)[0]):
        first, last = int(match[1]), int(match[2] or match[1])
        yield from range(first, last + 1) if last - first < _WIDEST_RANGE else ()
