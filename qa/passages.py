"""A Document in, its Passages out: runs of whole sentences, short enough for the encoder to read them to the end.

Every character that is not white space lies in exactly one passage. A passage never crosses a Markdown heading or a
page; where there is a choice it ends with a paragraph, and the passages of a section are of about one length. Knows
nothing of the encoder but whether a passage fits.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import importlib.util
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from qa.text.headings import Heading, headings
from qa.text.sentences import pieces, sentences
from qa.types import Document, Passage, QAError, Span

if TYPE_CHECKING:
    import tiktoken

Fits = Callable[[str, str], bool]
"""(title, text) -> whether the encoder takes both without cutting anything off."""

_BLANK_LINE = re.compile(r"(?:\r\n|\r|\n)[^\S\r\n]*(?:\r\n|\r|\n)|\f|\u2029")
_LINE_END = re.compile(r"[\r\n]")
_ENDS_SENTENCE = re.compile(r"[.!?…。！？][\"'”’»)\]」』*_]*\Z")
_LETTER_OR_DIGIT = re.compile(r"[^\W_]")

# What it costs to end a passage at a place, on the scale of the square of its unused share: in the middle of a
# paragraph costs as much as being 55 % full; after a line that announces the next ("Opening hours", "As follows:")
# more than that can be.
_MID_PARAGRAPH, _MID_LINES, _ANNOUNCED = 0.2, 0.1, 1.0


# tiktoken names the file by the SHA-1 of the address that it would download it from.
_RANKS_NAME = "9b5ad71b2ce5302211f9c61530b329a4922fc6a4"
_RANKS_SHA256 = "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7"
_PATTERN = (
    r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+"
    r"|\s++$|\s*[\r\n]|\s+(?!\S)|\s"
)


@dataclass(slots=True)
class _Section:
    """The sentences under one heading and on one page; its title is the document's and the headings'."""

    title: str
    sentences: list[Span] = field(default_factory=list)
    has_body: bool = False


@dataclass(frozen=True, slots=True)
class _Unit:
    """A sentence with its length in tokens, the white space before it included, and what it costs to begin with it."""

    span: Span
    tokens: int
    break_cost: float


def split(document: Document, *, tokens: int = 220, fits: Fits) -> list[Passage]:
    """Cut a document into passages of at most `tokens` tokens (tiktoken's cl100k_base), each one fitting the encoder.

    A sentence too long for that is cut between words; `Passage.sentences` then holds its pieces. Nothing is searched
    for: the n-th repetition of a sentence has the n-th place.
    """
    found: list[Passage] = []
    for section in _sections(document):
        title = _short_enough(section.title, tokens=tokens, fits=fits)
        for spans in _packed(document.text, section.sentences, title, tokens=tokens, fits=fits):
            found.append(_passage(document, title, spans))
    return found


def count_tokens(text: str) -> int:
    """The length of a text in tokens of cl100k_base; special tokens count as the ordinary text they are written in."""
    return len(_encoding().encode_ordinary(text))


def _passage(document: Document, title: str, spans: Sequence[Span]) -> Passage:
    start, end = spans[0].start, spans[-1].end
    page = bisect_right([page.start for page in document.pages], start)
    return Passage(
        file=document.file,
        start=start,
        end=end,
        text=document.text[start:end],
        title=title,
        page=page or None,
        sentences=tuple(spans),
    )


def _sections(document: Document) -> Iterator[_Section]:
    """Headings that follow each other without text between open one section together."""
    heading_at = {heading.start: heading for heading in headings(document.text)}
    page_starts = [page.start for page in document.pages]
    above: list[Heading] = []
    section = _Section(_title(document, above))
    page = 0
    for span in _within_pages(_with_rows(sentences(document.text), document.rows), page_starts, document.text):
        heading = heading_at.get(span.start)
        page, last_page = bisect_right(page_starts, span.start), page
        if section.sentences and (page != last_page or (heading and section.has_body)):
            yield section
            section = _Section(_title(document, above))
        if heading:
            above = [*(other for other in above if other.level < heading.level), heading]
            section.title = _title(document, above)
        elif _LETTER_OR_DIGIT.search(document.text, span.start, span.end):
            section.has_body = True
        section.sentences.append(span)
    if section.sentences:
        yield section


def _title(document: Document, above: Sequence[Heading]) -> str:
    titles = [document.title, *(heading.title for heading in above)]
    return ". ".join(title for title in dict.fromkeys(titles) if title)


def _with_rows(spans: Sequence[Span], rows: Sequence[Span]) -> Iterator[Span]:
    """The spans, each row of a table one of them: what was cut in it, at "Acme Inc. Basel", is put together again."""
    starts = [row.start for row in rows]
    last = -1
    for span in spans:
        row = bisect_right(starts, span.start) - 1
        if row < 0 or span.start >= rows[row].end:
            yield span
        elif row != last:
            last = row
            yield rows[row]


def _within_pages(spans: Iterable[Span], page_starts: Sequence[int], text: str) -> Iterator[Span]:
    """The spans, those that run over the end of a page cut there."""
    for span in spans:
        inside = page_starts[bisect_right(page_starts, span.start) : bisect_left(page_starts, span.end)]
        for start, end in pairwise([span.start, *inside, span.end]):
            part = text[start:end]
            bare = part.strip()
            if bare:
                start += len(part) - len(part.lstrip())
                yield Span(start, start + len(bare))


def _short_enough(title: str, *, tokens: int, fits: Fits) -> str:
    """The title, its end left off where it would take more than a third of the room."""
    while title and not (count_tokens(title) * 3 <= tokens and fits(title, f"{title} {title}")):
        beginning = title[: len(title) * 3 // 4]
        title = (beginning.rpartition(" ")[0] or beginning).rstrip(" .,:;–—-")
    return title


def _packed(text: str, spans: Sequence[Span], title: str, *, tokens: int, fits: Fits) -> Iterator[list[Span]]:
    """The spans in runs that each make a passage, chosen so that the sum of all runs' costs (`_choices`) is smallest.

    Dynamic programming from the end, as lines are broken in TeX (Knuth and Plass, "Breaking Paragraphs into Lines",
    1981). Whether the encoder takes it is asked only of the run chosen: asking costs far more than counting.
    """
    units = _units(text, spans)
    least = [0.0] * (len(units) + 1)
    for first in reversed(range(len(units))):
        least[first] = min(cost for cost, _ in _choices(units, least, first, tokens=tokens))

    def fit(first: int, last: int) -> bool:
        run = text[units[first].span.start : units[last - 1].span.end]
        return _is_short(run, units[first:last], tokens=tokens) and fits(title, run)

    first = 0
    while first < len(units):
        choices = sorted(_choices(units, least, first, tokens=tokens))
        last = next((last for _, last in choices if fit(first, last)), None)
        if last is None:
            for piece in _fitting_pieces(text, units[first].span, title, tokens=tokens, fits=fits):
                yield [piece]
        else:
            yield [unit.span for unit in units[first:last]]
        first = last or first + 1


def _units(text: str, spans: Sequence[Span]) -> list[_Unit]:
    units: list[_Unit] = []
    paragraph = previous = spans[0].start
    for span in spans:
        gap = text[previous : span.start]
        ends_paragraph = _BLANK_LINE.search(gap) is not None
        if _announces(text[max(paragraph, previous - 100) : previous], ends_paragraph=ends_paragraph):
            cost = _ANNOUNCED
        elif ends_paragraph:
            cost = 0.0
        else:
            cost = _MID_LINES if _LINE_END.search(gap) else _MID_PARAGRAPH
        units.append(_Unit(span, count_tokens(text[previous : span.end]), cost))
        paragraph = span.start if ends_paragraph else paragraph
        previous = span.end
    return units


def _announces(ending: str, *, ends_paragraph: bool) -> bool:
    """Whether a paragraph that ends so only leads to what follows: "As follows:", or a short line that is no item."""
    is_line = ends_paragraph and len(ending) <= 80 and (ending[:1].isalnum() or ending.startswith("**"))
    return ending.endswith(":") or (is_line and not _ENDS_SENTENCE.search(ending))


def _choices(units: Sequence[_Unit], least: Sequence[float], first: int, *, tokens: int) -> Iterator[tuple[float, int]]:
    """The ends that a run may have: (the smallest sum of costs from `first` on, the end).

    A run costs the square of the share of `tokens` that it leaves unused, and what breaking off there costs.
    """
    total = 0
    for last in range(first + 1, len(units) + 1):
        total += units[last - 1].tokens
        if total > tokens and last > first + 1:
            return
        break_cost = units[last].break_cost if last < len(units) else 0.0
        yield (1 - min(1.0, total / tokens)) ** 2 + break_cost + least[last], last


def _is_short(run: str, units: Sequence[_Unit], *, tokens: int) -> bool:
    # Where two texts are joined the number of tokens may grow, though hardly by two; near the limit it is counted.
    return sum(unit.tokens + 2 for unit in units) <= tokens or count_tokens(run) <= tokens


def _fitting_pieces(text: str, span: Span, title: str, *, tokens: int, fits: Fits) -> list[Span]:
    """A sentence that is too long by itself, in as few pieces of about one length as it takes."""
    length = span.end - span.start
    number = 1 + (count_tokens(text[span.start : span.end]) - 1) // tokens
    while True:
        found = pieces(text, span, longest=-(-length // number))
        runs = [text[piece.start : piece.end] for piece in found]
        if number >= length or all(count_tokens(run) <= tokens and fits(title, run) for run in runs):
            return found
        number += 1 + number // 4


@functools.cache
def _encoding() -> tiktoken.Encoding:
    """cl100k_base from the file that llama_index.core carries: tiktoken itself would download it.

    Its pattern is that of https://github.com/openai/tiktoken/blob/main/tiktoken_ext/openai_public.py.
    """
    import tiktoken

    data = _ranks_file().read_bytes()
    if hashlib.sha256(data).hexdigest() != _RANKS_SHA256:
        raise QAError("The token table of the package llama-index-core is damaged; install llama-index-core again.")
    ranks = {base64.b64decode(token): int(rank) for token, rank in (line.split() for line in data.splitlines())}
    return tiktoken.Encoding("cl100k_base", pat_str=_PATTERN, mergeable_ranks=ranks, special_tokens={})


def _ranks_file() -> Path:
    package = importlib.util.find_spec("llama_index")
    for folder in (package.submodule_search_locations or ()) if package else ():
        file = Path(folder) / "core" / "_static" / "tiktoken_cache" / _RANKS_NAME
        if file.is_file():
            return file
    raise QAError("The token table of the package llama-index-core is missing; install llama-index-core again.")
