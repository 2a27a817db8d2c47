"""A text in, the spans of its sentences out.

The text is cut, never searched, so the n-th repetition of a sentence has the n-th place. Every character that is not
white space lies in exactly one span; the spans are in order, do not overlap and neither begin nor end with white space.
Time is linear in the text's length.

Two steps: lines are put together into blocks (a heading, a list item, a table row, a paragraph whose lines may be
wrapped), and a paragraph is cut after the marks that end its sentences. Knows nothing of files, and of grammar only
what the lists below hold: English abbreviations and the words that English sentences begin with.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from qa.types import Span

LONGEST = 1000
"""Characters. A longer run without an end is cut at a space, so that any sentence can be part of a passage."""

# Lines wider than this are paragraphs of one line each; lines narrower than the other are headings, verses, addresses.
_WIDEST_WRAP, _NARROWEST_WRAP = 200, 40

_FENCE = re.compile(r"```|~~~")
# A heading, a horizontal rule or a heading's underline, a row of a table.
_WHOLE_LINE = re.compile(r"#{1,6}(?:\s|\Z)|(?:[-=_*~#+]\s*+){3,}\Z|[-=]{2,}\Z|[^|\t]*+[|\t]")
_BULLET = re.compile(r"[-*+•‣◦▪●○·–]\s|\(?[a-z]\)\s|\(\d{1,3}\)\s")
_NUMBERED_ITEM = re.compile(r"(\d{1,3})[.)]\s")
_WIDE = re.compile(r"[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60]")

_WIDE_MARKS = "。！？｡؟۔।॥።"

_ENDS_LINE = re.compile(r"[.!?…。！？｡؟۔।॥።:][\"'”’»)\]}」』*_]*\Z")

# A mark, the quotes and brackets that close right after it, a footnote's number ("[12]"). In text that was cut into
# tokens, as the Penn Treebank is, closing quotes and brackets stand apart: ". ''".
_MARK = re.compile(
    r"(?P<mark>[.!?…。！？｡؟۔।॥።]++)"
    r"(?P<closing>(?:\[[\w ]{1,20}\]|[\"'”’»›)\]}」』】》〉*_`]|[ \t](?:''|'(?=\s''|\Z)|[)\]}”»])(?=\s|\Z))*+)"
)
_STRAIGHT_QUOTE_APART = re.compile(r"\s\"(?=\s|\Z)")
_NEXT = re.compile(
    r"(?P<space>\s*+)(?P<opening>(?:[\"'“‘«‹(\[{「『【《〈¿¡*_`#~–—-]|\s)*+)"
    r"(?P<word>[^\W_]*+(?:['’][^\W\d_]+)?)(?P<rest>.?)",
    re.DOTALL,
)
_BEFORE = re.compile(r"[^\s\"“”‘’'«»()\[\]{}/—–-]*+\Z")
_ITEM_NUMBER = re.compile(r"[(\[]?(?:\d{1,3}(?:\.\d{1,3})*|[A-Za-z]|[IVXLC]+|[ivxlc]+)")
_DOTTED = re.compile(r"(?:[^\W\d_]{1,2}\.)+[^\W\d_]{1,4}")
_ROMAN_NUMBER = re.compile(r"[IVXLC]{2,}")
_LETTER_OR_DIGIT = re.compile(r"[^\W_]")

_NEVER_LAST = frozenset(
    """
    Mr Mrs Ms Messrs Mme Mlle Dr Drs Prof Gen Col Lt Sgt Capt Cpl Cmdr Cdr Adm Maj Brig Gov Sen Sens Rep Reps Rev
    Hon Pres Supt Insp Fr Br Ven Amb Ald vs v feat e.g i.e cf viz approx ca incl resp Approx Ca Incl E.g I.e Cf
    """.split()
)
_BEFORE_A_NUMBER = frozenset(
    """
    No Nos no nos Fig Figs fig figs Vol Vols vol vols Ch ch Chap chap Sec sec Sect Art Arts art arts Eq Eqs eq eqs p
    pp P PP Pt pt Pts para paras Para Op op Ref Refs ref refs App app Apt c b d r fl est Ex ex Nr nr Rs Tab tab Cl
    cl Ph Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec
    """.split()
)
_RARELY_LAST = frozenset(
    """
    Inc Ltd Co Cos Corp Jr Sr Bros Esq St Ste Mt Mts Ft Pt Ave Blvd Rd Bldg Dept dept Univ Assn Assoc Intl Natl Govt
    Fig Figs Vol Sec Ch Art Eq ed eds Ed Eds trans al est Est Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec Mon
    Tue Tues Wed Thu Thurs Fri Ala Ariz Ark Calif Colo Conn Del Fla Ga Ind Kan Ky Md Mich Minn Mont Neb Nev Okla Ore
    Pa Penn Tenn Tex Va Vt Wis Wyo Pty Pvt Plc Mfg Hwy Jct Mo Bn Div
    """.split()
)
# Words that begin a sentence and no name, so that "the U.S. The" is an end and "the U.S. Treasury" is none.
_STARTERS = frozenset(
    """
    The This That These Those There Then Thus Therefore They Their A An It Its He His She Her We Our You Your I My
    In On At By For From With Without Within To After Before During Since Until While When Whenever Where Whether
    Who What Why How Which Although Though However But And Or So Yet If As Because Also Another Some Many Most
    Several Each Every All Both Few Other Others Such More According Despite Meanwhile Moreover Furthermore Instead
    Nevertheless Nonetheless Hence Today Yesterday Here Now Once Only Under Over Between Among Later Not Nothing
    Following Given Is Are Was Were Does Did Has Have Had Can Could Would Should One Two Three Unlike Like Through
    Throughout Additionally Initially Originally Eventually Finally Currently
    Recently Subsequently Consequently Similarly Early Earlier Still Indeed Even Just Upon Any Being Based Due
    Rather Together Various Unless Along Around About
    """.split()
)


class _Block(NamedTuple):
    """A stretch of text that no sentence crosses; `whole` if it is one sentence whatever marks it holds."""

    start: int
    end: int
    whole: bool


class _Line(NamedTuple):
    """A line without the white space around it, and its width in columns. Blank lines have start == end."""

    start: int
    end: int
    width: int


def sentences(text: str) -> list[Span]:
    """The spans of the sentences of a text, in order, none longer than `LONGEST` characters."""
    found: list[Span] = []
    for block in _blocks(text):
        cut = [Span(block.start, block.end)] if block.whole else _cut(text, block)
        for span in cut:
            found += pieces(text, span, longest=LONGEST)
    return found


def pieces(text: str, span: Span, *, longest: int) -> list[Span]:
    """The span itself, or its pieces of at most `longest` characters, cut at white space where there is any.

    The span must begin and end with other characters than white space; so do the pieces.
    """
    found: list[Span] = []
    start = span.start
    while span.end - start > longest:
        cut = start + longest
        if not text[cut].isspace():
            space = max(text.rfind(each, start + longest // 2, cut) for each in (" ", "\n", "\t", "\u3000"))
            cut = space if space > start else _between_characters(text, cut, after=start)
        found.append(Span(start, start + len(text[start:cut].rstrip())))
        start = _skip_space(text, cut, span.end)
    return [*found, Span(start, span.end)]


def _blocks(text: str) -> Iterator[_Block]:
    run: list[_Line] = []
    fenced = False
    for line in _lines(text):
        is_blank = line.start == line.end
        fence = not is_blank and _FENCE.match(text, line.start, line.end) is not None
        is_whole = fence or fenced or (not is_blank and _WHOLE_LINE.match(text, line.start, line.end) is not None)
        fenced = fenced != fence
        if not is_blank and not is_whole:
            run.append(line)
            continue
        if run:
            yield from _paragraphs(text, run)
            run = []
        if not is_blank:
            yield _Block(line.start, line.end, whole=line.end - line.start <= LONGEST // 2)
    if run:
        yield from _paragraphs(text, run)


def _lines(text: str) -> Iterator[_Line]:
    position = 0
    for line in text.splitlines(keepends=True):
        bare = line.strip()
        start = position + line.index(bare)
        width = len(bare) if bare.isascii() else len(bare) + len(_WIDE.findall(bare))
        yield _Line(start, start + len(bare), width)
        position += len(line)


def _paragraphs(text: str, run: list[_Line]) -> Iterator[_Block]:
    """The blocks of lines that follow each other without a blank line or a heading between."""
    width = max(line.width for line in run)
    start = number = 0
    for index, line in enumerate(run):
        item = _NUMBERED_ITEM.match(text, line.start, line.end)
        # "... on May" / "5. The minister": a number that does not go on counting begins no list item.
        counts = item is not None and (index == 0 or int(item[1]) in (1, number + 1))
        number = int(item[1]) if item and counts else number
        bullet = counts or _BULLET.match(text, line.start, line.end)
        if index and (bullet or not _goes_on(text, run[index - 1], line, width=width)):
            yield _Block(run[start].start, run[index - 1].end, whole=False)
            start = index
    yield _Block(run[start].start, run[-1].end, whole=False)


def _goes_on(text: str, line: _Line, following: _Line, *, width: int) -> bool:
    """Whether a sentence may go on from one line to the next: the line was full, or is visibly unfinished."""
    unfinished = text[line.end - 1] in ",;，、；" or text[following.start].islower()
    if unfinished and line.width >= _NARROWEST_WRAP // 2 and not _ENDS_LINE.search(text, line.end - 8, line.end):
        return True
    if not _NARROWEST_WRAP <= width <= _WIDEST_WRAP:
        return False
    if _WIDE.match(text, following.start):
        return line.width + 2 > width
    # A line that was wrapped had no room for the next line's first word.
    first_word = text[following.start : min(following.end, following.start + width)].split(maxsplit=1)[0]
    return line.width + 1 + len(first_word) > width


def _cut(text: str, block: _Block) -> list[Span]:
    """The sentences of a paragraph."""
    found: list[Span] = []
    start = counted = block.start
    quotes = 0
    for match in _MARK.finditer(text, block.start, block.end):
        end = match.end()
        quotes += text.count('"', counted, end)
        counted = end
        if quotes % 2 and _STRAIGHT_QUOTE_APART.match(text, end, block.end):
            end += 2
        if end < block.end and not _is_end(text, start, match, end=end, limit=block.end):
            continue
        _add(text, found, Span(start, end))
        start = _skip_space(text, end, block.end)
    if start < block.end:
        _add(text, found, Span(start, block.end))
    return found


def _add(text: str, found: list[Span], span: Span) -> None:
    """Append a sentence; one of nothing but signs ("...", an emoji) becomes a part of the one before it."""
    if found and not _LETTER_OR_DIGIT.search(text, span.start, span.end):
        found[-1] = Span(found[-1].start, span.end)
    else:
        found.append(span)


def _is_end(text: str, start: int, match: re.Match[str], *, end: int, limit: int) -> bool:
    """Whether the sentence that began at `start` ends at `end`, after this mark and what closes with it."""
    following = _NEXT.match(text, end, limit)
    if following is None:
        return True
    mark, closing, word = match["mark"], match["closing"], following["word"]
    if mark[-1] in _WIDE_MARKS:
        # Japanese goes on after a quotation: 「はい。」と言った.
        return not (closing and text[end] in "とっ")
    if not following["space"]:
        return _is_end_without_space(text, start, match, following)
    if not word and following["rest"] in ".!?…,;:":
        return False
    apart = match.start() > start and text[match.start() - 1].isspace()
    spaced_ellipsis = apart and text[max(start, match.start() - 4) : match.start()].rstrip().endswith(".")
    if word[:1].islower():
        return apart and mark == "." and not spaced_ellipsis
    if mark != ".":
        # "[...]" stands for what a quotation leaves out.
        return not (text[match.start() - 1] in "[(" and closing[:1] in ("]", ")"))
    return apart or not _is_abbreviation(text, start, match.start(), following)


def _is_end_without_space(text: str, start: int, match: re.Match[str], following: re.Match[str]) -> bool:
    """Scripts without spaces, a quotation that closes ("… end.”The next"), and a forgotten space ("… end.The next")."""
    mark, closing, word = match["mark"], match["closing"], following["word"]
    if mark[-1] in "!?…" and _WIDE.match(text, following.start()):
        return True
    if following["opening"] or not word[:1].isupper():
        return False
    if closing:
        return closing[-1] in '"”’»)]'
    before = text[max(start, match.start() - 24) : match.start()].split()[-1:]
    forgotten = before and re.fullmatch(r"[a-z]{3,}", before[0]) and re.fullmatch(r"[A-Z][a-z]*", word)
    return bool(forgotten) and following["rest"].isspace()


def _is_abbreviation(text: str, start: int, dot: int, following: re.Match[str]) -> bool:
    """Whether the dot belongs to what stands before it ("Dr.", "U.S.", "J.", "No.") and ends no sentence here."""
    if _ITEM_NUMBER.fullmatch(text, start, dot):
        return True
    # No abbreviation is longer; the window keeps the time linear in text without spaces.
    window = _BEFORE.search(text, max(start, dot - 12), dot)
    before = window[0] if window else ""
    is_initial = len(before) == 1 and before.isupper()
    if is_initial or before in _RARELY_LAST or _DOTTED.fullmatch(before):
        return before in _NEVER_LAST or not _starts_sentence(following)
    is_number = following["word"][:1].isdigit() or _ROMAN_NUMBER.fullmatch(following["word"]) is not None
    return before in _NEVER_LAST or (before in _BEFORE_A_NUMBER and is_number)


def _starts_sentence(following: re.Match[str]) -> bool:
    """Whether what follows an abbreviation is the beginning of a sentence beyond doubt."""
    opening, word, rest = following["opening"], following["word"], following["rest"]
    # "WASHINGTON, D.C. – The" opens a news story; "J. A. Smith" and "K. He, X. Zhang" are names.
    if "–" in opening or "—" in opening or "- " in opening:
        return False
    return word in _STARTERS and rest != "." and not (rest == "," and len(word) <= 2)


def _between_characters(text: str, cut: int, *, after: int) -> int:
    """A place at or shortly before `cut` that parts no letter from its accents and no emoji from its parts."""
    for place in range(cut, max(after, cut - 32), -1):
        if not unicodedata.category(text[place]).startswith("M") and "\u200d" not in text[place - 1 : place + 1]:
            return place
    return cut


def _skip_space(text: str, position: int, limit: int) -> int:
    while position < limit and text[position].isspace():
        position += 1
    return position
