"""Text to what stands between its quotation marks, and to who says what.

`quotes(text)` goes from a text to the insides of quotation marks; `normalized(text)` makes two typographies of one
wording equal; `attributions(text)` finds "X said that …", "…, X said", "According to X, …" and "X: …" lines.

Does not resolve a pronoun: its speaker is the word "he" as it stands. Whether a quotation is true is not its question.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from qa.types import Span

_QUOTES = re.compile(
    r"“(?P<curly>[^“”]{1,2000}?)(?:”|(?=\n\s*\n|\Z))"
    r"|«\s?(?P<french>[^«»]{1,2000}?)\s?»"
    r"|„(?P<german>[^„“”]{1,2000}?)[“”]"
    r"|(?<![\w\"])\"(?P<straight>[^\"\n]{1,2000}?)\"(?!\w)"
    r"|``(?P<tex>[^`\n]{1,2000}?)''"
    r"|(?<![\w’'])[‘'](?P<single>[^‘’'\n]{2,400}?(?:\w[’']\w[^‘’'\n]{0,400}?)*)[’'](?!\w)"
)
_SAMES = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "‚": "'", "‐": "-", "‑": "-",
                        "–": "-", "—": "-", "−": "-", "\xa0": " ", "\u200b": None, "\xad": None})  # fmt: skip

SPEECH = (
    "say says said saying tell tells told add adds added adding state states stated stating note notes noted noting claim "
    "claims claimed claiming argue argues argued arguing explain explains explained announce announces announced report "
    "reports reported warn warns warned warning stress stresses stressed emphasize emphasizes emphasized emphasise "
    "emphasised insist insists insisted believe believes believed think thinks thought suggest suggests suggested declare "
    "declares declared write writes wrote reply replies replied respond responded answer answered ask asks asked admit "
    "admits admitted deny denies denied confirm confirms confirmed allege alleges alleged remark remarked mention mentions "
    "mentioned point pointed observe observed comment commented conclude concludes concluded assert asserts asserted "
    "describe describes described vow vowed promise promised acknowledge acknowledged complain complained contend contends "
    "contended maintain maintains maintained estimate estimates estimated predict predicts predicted"
).split()
_CUE = "(?:" + "|".join(sorted(SPEECH, key=len, reverse=True)) + ")"
_SUBJECT = (
    r"(?!(?:after|before|when|as|while|because|although|since|that|and|but|if)\b)(?P<speaker>(?:(?:the|The|a|A|an|An|one|One|some|Some|its|his|her|their)\s+)?"
    r"(?:(?:[A-Z][\w.’'-]*|[a-z][\w-]*)\s+){0,6}?(?:[A-Z][\w.-]*\w|[Hh]e|[Ss]he|[Tt]hey|I|[Ww]e|"
    r"(?:spokes(?:man|woman|person)|official|officials|analyst|analysts|expert|experts|observers|authors?|report|study|company|"
    r"ministry|commission|minister|president|critics|researchers|agency|statement|court|police|authorities)))"
)
_ACCORDING = re.compile(
    r"\b[Aa]ccording to (?P<speaker>(?:[^\W\d_][\w.’'-]*\s?){1,6}?)(?=,|\.(?:\s|$)|;|\)|\s(?:who|which|in|on|at|during|is|are|was|the|there)\b|$)"
)
_AFTER_CLAUSE = re.compile(
    rf"(?<=[,”\"’?!])\s*[”\"’]?\s*(?:{_SUBJECT}\s+(?:\w+ly\s+|has\s+|have\s+|had\s+|also\s+)?(?P<cue>{_CUE})\b)"
)
_INVERTED = re.compile(
    rf"(?<=[,”\"’?!])\s*(?P<cue>said|says|wrote|added|explained|asked|replied)\s+{_SUBJECT}(?=[,.;]|\s|$)"
)
_BEFORE_CLAUSE = re.compile(
    rf"(?:^|(?<=[.!?;:,”\"]\s)|(?<=\n)|\b(?:and|but|while|as|that|which)\s+){_SUBJECT}\s*(?:,[^,.]{{1,80}},\s*)?"
    rf"\s+(?:\w+ly\s+|has\s+|have\s+|had\s+|also\s+|further\s+)?(?P<cue>{_CUE})\b"
)
# Labels of minutes, letters and manuals, which no person bears; neither do the columns of a record, "Price: 5; Size: 2".
_LABEL = (
    "Action|Agenda|Answer|Attention|Author|Caution|Conclusion|Contents|Date|Decision|Definition|Description|Example|Excused|"
    "Figure|From|Important|Method|Motion|Name|Note|Notes|Opening hours|Present|Question|Reason|Re|Result|Source|Sources|Step|"
    "Subject|Summary|Table|Tip|Title|To|Topic|Update|Warning"
)
_HEADER = re.compile(
    rf"^[\s>*-]*(?!(?:{_LABEL})\b)(?P<speaker>[A-Z][\w.’'-]*(?: [A-Z][\w.’'-]*){{0,3}})\s?:\s(?=\S)(?![^\n]*; [^\n:;]+: )",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Attribution:
    """Somebody is said to have said something: `speaker` and `cue` ("said", "according to", "" for a chat's header)."""

    speaker: Span
    cue: str


def quotes(text: str) -> list[Span]:
    """What stands inside quotation marks, in order, without the marks. An unclosed “ ends with its paragraph."""
    return [Span(*match.span(match.lastgroup or 0)) for match in _QUOTES.finditer(text)]


def normalized(text: str) -> str:
    """The wording of a text: quotation marks, dashes, spaces and composed letters made equal, case kept."""
    return " ".join(unicodedata.normalize("NFKC", text.translate(_SAMES)).split())


def wording(text: str) -> str:
    """A text as quotations of it are compared: `normalized`, in lower case, without quotation marks."""
    return " ".join(normalized(text).casefold().replace('"', " ").replace("''", " ").replace("`", " ").split())


def attributions(text: str) -> list[Attribution]:
    """Who is said to have said something, in order of place, each place once."""
    found: dict[int, Attribution] = {}
    for pattern, cue in ((_HEADER, ""), (_ACCORDING, "according to")):
        for match in pattern.finditer(text):
            found.setdefault(match.start("speaker"), Attribution(Span(*match.span("speaker")), cue))
    for pattern in (_AFTER_CLAUSE, _INVERTED, _BEFORE_CLAUSE):
        for match in pattern.finditer(text):
            span = Span(*match.span("speaker"))
            if not any(span.start < other.speaker.end and other.speaker.start < span.end for other in found.values()):
                found[span.start] = Attribution(span, match["cue"].lower())
    return [found[start] for start in sorted(found)]
