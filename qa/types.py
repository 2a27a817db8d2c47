"""The nouns that pass between the stages, the shapes of the functions that meet in `assistant`, and the errors.

Knows nothing but the standard library. Offsets count characters of a file's text, from 0, the end excluded.

    QAError                 everything a user may be shown as one sentence
      WrongUse              the request itself is at fault: an empty question, a folder that is not there
      UnreadableDocument    one file can not be read; the others are
        UnreadableContent   and that will be so until the file changes
      IndexBusy             another process is writing to the index
      IndexUnusable         the index on disk is damaged, newer than this program, or of another encoder
      ModelError            an LLM or embedding did not answer as it should
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

if TYPE_CHECKING:
    import numpy

    Vectors = numpy.ndarray[tuple[int, int], numpy.dtype[numpy.float32]]
    Vector = numpy.ndarray[tuple[int], numpy.dtype[numpy.float32]]

EXTRACTIVE = "extractive"
"""The engine's name where no LLM is set: the answer is made of the documents' own sentences."""

Verdict = Literal["supported", "partial", "contradicted", "unsupported"]


class QAError(Exception):
    """Its text is one sentence for the user: what is wrong and what to do about it."""


class WrongUse(QAError):
    """The request can not be carried out as it was put; the command line answers with exit code 2."""


class UnreadableDocument(QAError):
    """A file of the corpus can not be read; it is listed as skipped and the others are read."""


class UnreadableContent(UnreadableDocument):
    """What is in the file can not be read, now or later: it is not tried again until the file changes."""


class IndexBusy(QAError):
    """Another process is writing to this index; the text names it."""


class IndexUnusable(QAError):
    """The index can not be trusted; the text says how to rebuild it."""


class ModelError(QAError):
    """A model that the user configured did not answer. Never an abstention."""


@dataclass(frozen=True, slots=True)
class Span:
    """`text[start:end]`."""

    start: int
    end: int


class FileState(NamedTuple):
    """A file of the corpus as a quick look sees it: `file` is relative to the corpus, with forward slashes.

    A tuple, since a hundred thousand of them are compared each time that something is asked.
    """

    file: str
    size: int
    modified: int
    """Nanoseconds since the epoch, as the next one."""
    changed: int = 0
    """When anything of it was last changed, its content or its times themselves: no program can set that. 0 where it is
    not known."""


class Skipped(NamedTuple):
    """A file that is not part of the corpus, and why, as a sentence's end: "it is not UTF-8"."""

    file: str
    reason: str


class Remark(NamedTuple):
    """What there is to know of a file that was read, as a sentence's end: "it is windows-1252, not UTF-8"."""

    file: str
    remark: str


@dataclass(frozen=True, slots=True)
class Document:
    """The text of one file; `sha256` is of the file's bytes, `pages` are the spans of its pages, if it has any.

    `rows` are spans that are one sentence each, whatever marks they hold: rows of tables. `remarks` are as in Remark.
    """

    file: str
    text: str
    title: str
    sha256: str
    pages: tuple[Span, ...] = ()
    rows: tuple[Span, ...] = ()
    encoding: str | None = "utf-8"
    """Of the file; None where its format is not plain text. The text of a file that is not "utf-8" is kept in the
    index, so that a citation has a text to be held against."""
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of whole sentences: `document.text[start:end] == text`.

    `title` is the title or heading that it stands under, "" if none. `sentences` are their spans in the file;
    they belong to the index and are not part of an answer's receipt.
    """

    file: str
    start: int
    end: int
    text: str
    title: str = ""
    page: int | None = None
    sentences: tuple[Span, ...] = field(default=(), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Encoded:
    """A passage as vectors: `passage` of shape (dimensions,), `sentences` of (number of sentences, dimensions).

    All are of unit length, so that a dot product is a cosine.
    """

    passage: Vector
    sentences: Vectors


class Encoder(Protocol):
    """Turns text into vectors. `name` changes with everything that shapes a vector."""

    @property
    def name(self) -> str:
        """What an index records, so that vectors of two encoders are never mixed."""

    @property
    def dimensions(self) -> int:
        """How many numbers a vector has."""

    def fits(self, title: str, text: str) -> bool:
        """Whether a passage under this title is encoded whole, nothing of it cut off."""

    def passages(self, passages: Sequence[Passage]) -> Iterator[Encoded]:
        """The vectors of each passage and of its sentences, in the order given."""

    def question(self, text: str) -> Vector:
        """The vector of a question, of shape (dimensions,) and unit length."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that was retrieved. The score orders the hits of one question and means nothing beyond that."""

    passage: Passage
    score: float


Search = Callable[[str, int, Sequence[str] | None], list[Hit]]
"""(question, limit, files) -> hits, best first; `files` None for the whole corpus."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a retrieved passage; `similarity` is its cosine with the question, from -1 to 1."""

    passage: Passage
    start: int
    end: int
    similarity: float

    @property
    def text(self) -> str:
        """The sentence as it stands in the file."""
        return self.passage.text[self.start - self.passage.start : self.end - self.passage.start]


@dataclass(frozen=True, slots=True)
class Usage:
    """What a model's answer cost: HTTP attempts, seconds in all, tokens by the server's count (None without)."""

    attempts: int
    seconds: float
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class DraftStatement:
    """What an answerer would say and the sentences it claims to rest on. Untrusted."""

    text: str
    sources: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer that nobody has checked; only `verify` may turn it into an Answer.

    With no statements, `reason` says why there is no answer. `rivals` answer as well, from other documents, best first;
    one that contradicts a statement is a conflict. `note`, `incomplete`, `usage` and
    `confidence` are as in Answer.
    """

    question: str
    engine: str
    statements: tuple[DraftStatement, ...]
    reason: str | None = None
    rivals: tuple[DraftStatement, ...] = ()
    note: str | None = None
    incomplete: bool = False
    usage: Usage | None = None
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Citation:
    """A span of a file: `text_of(file)[start:end] == quote`, `line` and `page` counted from 1."""

    file: str
    start: int
    end: int
    quote: str
    line: int
    page: int | None
    sha256: str


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of an answer, its verdict, how sure the check is (0 to 1), and the reason in words."""

    text: str
    verdict: Verdict
    score: float
    reason: str
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Sources that disagree about `subject`; every side is a supported statement with its citation."""

    subject: str
    sides: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """A question's proven answer, or the reason why there is none. Made by `verify` alone."""

    question: str
    engine: str
    """"extractive", or the name of the LLM that wrote the statements."""
    statements: tuple[Statement, ...]
    withheld: tuple[Statement, ...]
    conflicts: tuple[Conflict, ...]
    hits: tuple[Hit, ...]
    reason: str | None
    rewritten: str | None = None
    """The question as it was searched for, where the conversation before it was needed to understand it."""
    note: str | None = None
    """One sentence for the reader about how the answer came about: a model that failed, an answer cut off."""
    incomplete: bool = False
    """Whether the model was stopped before it had finished."""
    usage: Usage | None = None
    confidence: float | None = None
    """How likely it is, from 0 to 1, that the documents answer the question; None where nothing estimates it, as with
    an LLM."""

    @property
    def abstained(self) -> bool:
        """Whether there is no statement to show."""
        return not self.statements

    @property
    def citations(self) -> tuple[Citation, ...]:
        """The citations of the statements shown and of the conflicts, each once, in order of first use."""
        shown = [*self.statements, *(side for conflict in self.conflicts for side in conflict.sides)]
        return tuple(dict.fromkeys(citation for statement in shown for citation in statement.citations))

    @property
    def text(self) -> str:
        """The statements in one string, each with its [1] markers; "" when abstained."""
        numbers = {citation: number for number, citation in enumerate(self.citations, start=1)}
        return " ".join(
            f"{statement.text} {''.join(f'[{numbers[citation]}]' for citation in statement.citations)}".strip()
            for statement in self.statements
        )

    def to_dict(self) -> dict[str, Any]:
        """The receipt: plain JSON values, the same for the same answer. `from_dict` reads it back."""
        receipt: dict[str, Any] = {"question": self.question, "text": self.text, "abstained": self.abstained}
        for each in fields(self):
            receipt[each.name] = plain(getattr(self, each.name))
        receipt["citations"] = plain(self.citations)
        return receipt

    @classmethod
    def from_dict(cls, receipt: dict[str, Any]) -> Answer:
        """Read a receipt back; its text is made of its statements anew. Raises WrongUse where it is not one."""
        try:
            return cls(
                question=_text(receipt["question"]),
                engine=_text(receipt["engine"]),
                statements=_statements(receipt["statements"]),
                withheld=_statements(receipt["withheld"]),
                conflicts=tuple(
                    Conflict(_text(each["subject"]), _statements(each["sides"])) for each in receipt["conflicts"]
                ),
                hits=tuple(Hit(Passage(**each["passage"]), each["score"]) for each in receipt["hits"]),
                reason=receipt["reason"],
                rewritten=receipt["rewritten"],
                note=receipt["note"],
                incomplete=receipt["incomplete"],
                usage=Usage(**receipt["usage"]) if receipt["usage"] else None,
                # A receipt of before there was one has none.
                confidence=_share(receipt.get("confidence")),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise WrongUse(f"This is not an answer's receipt ({error}); make one with `qa ask --json`.") from error


def plain(value: Any) -> Any:
    """A noun of this module as JSON values; the sentence spans of a passage are the index's own and left out."""
    if isinstance(value, tuple) and not hasattr(value, "_fields"):
        return [plain(each) for each in value]
    if not is_dataclass(value):
        return value
    return {each.name: plain(getattr(value, each.name)) for each in fields(value) if each.name != "sentences"}


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a text")
    return value


def _share(value: Any) -> float | None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1):
        raise TypeError(f"{value!r} is not a confidence from 0 to 1")
    return None if value is None else float(value)


def _statements(receipts: list[dict[str, Any]]) -> tuple[Statement, ...]:
    return tuple(
        Statement(
            text=_text(each["text"]),
            verdict=each["verdict"],
            score=each["score"],
            reason=_text(each["reason"]),
            citations=tuple(Citation(**citation) for citation in each["citations"]),
        )
        for each in receipts
    )


@dataclass(frozen=True, slots=True)
class Found:
    """Event of a stream: what was retrieved, before any answer."""

    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class Stated:
    """Event of a stream: one more verified statement."""

    statement: Statement


@dataclass(frozen=True, slots=True)
class Waiting:
    """Event of a stream, about twice a second while the model sends nothing: whoever reads can stop here."""


@dataclass(frozen=True, slots=True)
class Completed:
    """Event of a stream, the last: the whole answer."""

    answer: Answer


Event = Found | Stated | Waiting | Completed


@dataclass(frozen=True, slots=True)
class Finding:
    """The check of one statement: `evidence` is the index of the text it was held against, `span` the place in it."""

    text: str
    verdict: Verdict
    score: float
    reason: str
    evidence: int | None = None
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """The check of an answer: the worst verdict of its statements, a score from 0 to 1, and each statement's."""

    verdict: Verdict
    score: float
    statements: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class CitationStatus:
    """What became of a citation: `intact`, `moved` (the quote stands elsewhere in the file), `changed` (it is gone
    from the file) or `gone` (the file is)."""

    citation: Citation
    status: Literal["intact", "moved", "changed", "gone"]
    start: int | None
    """Where the quote is now; None where it is nowhere."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a long piece of work has come, in passages; `file` is the one being worked on."""

    done: int
    total: int
    file: str


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is wrong with an index, and what puts it right."""

    part: Literal["manifest", "vectors", "words", "store"]
    what: str
    remedy: Literal["go on", "make anew", "read anew"]
    """The next `sync` does it; the folders are made anew from the manifest; the files are read and encoded anew."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What was found wrong with an index, and whether it has been put right since."""

    faults: tuple[Fault, ...]
    mended: bool
    files: int
    passages: int


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What `sync` found, as files relative to the corpus, sorted."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    """Those that were in the index and are gone, or can not be read any more: these are `skipped` too."""
    unchanged: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    remarks: tuple[Remark, ...] = ()
    """Of the files that are in the index: encodings other than UTF-8, what of a file was left out."""
