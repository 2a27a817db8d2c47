"""The whole flow, from a folder and a question to an Answer. Start reading here.

    folder ─load→ Document ─split→ Passage ─index.sync→ Chroma + Tantivy
    question + history ─rewrite→ question ─retrieve→ [Hit] ─extract | generate→ Draft ─prove→ Answer

The stages know the nouns of `types` and what a text is made of, never each other; they meet in this module, and the
settings go no further than this module.
"""

from __future__ import annotations

import difflib
import hashlib
import os
import time
import zlib
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from qa import embed, load, models
from qa.extract import extract
from qa.generate import generate, stating
from qa.index import Address, Index, Overtaken, Unreachable, discard, examine, open_index, remake
from qa.passages import count_tokens, split
from qa.retrieve import retrieve
from qa.rewrite import rewrite
from qa.text.questions import compared, parts
from qa.types import (
    Answer,
    CitationStatus,
    Completed,
    Diagnosis,
    Document,
    Draft,
    Encoder,
    Event,
    Fault,
    Found,
    Hit,
    IndexBusy,
    IndexUnusable,
    Progress,
    Search,
    Sentence,
    Skipped,
    Stated,
    Statement,
    SyncReport,
    Waiting,
    WrongUse,
)
from qa.verify import assembled, prover, reprove, together

if TYPE_CHECKING:
    from qa.text.prompts import Ask
    from qa.types import Vector

LONGEST_QUESTION = 10_000
"""Characters. The encoder reads the first few hundred; beyond this it is a document that was pasted by mistake."""

_BEHIND = "Another process is bringing the index up to date; this is answered from what it held before."

_ATTEMPTS = 4
"""How often an index is brought up to date again because another machine was first to publish."""

_LONGEST_TURN = 4_000
"""Characters of each question and answer before, as far as they are read to understand the question."""


def answer(
    question: str, corpus: str | Path | None = None, *, llm: str | None = None, files: Sequence[str] | None = None
) -> Answer:
    """Ask one question of a folder, the seeds by default. The index is brought up to date first.

    Raises QAError, whose text is one sentence for the user.
    """
    with Assistant(corpus, llm=llm) as assistant:
        return assistant.answer(question, files=files)


def verify(answer: Answer, corpus: str | Path | None = None) -> tuple[CitationStatus, ...]:
    """Hold each citation of an answer against the files as they are now: intact, moved, changed or gone.

    Files that are no plain text are read anew, whatever an index has kept of them. Raises WrongUse for a folder that is
    not there, and for what is no Answer.
    """
    if not isinstance(answer, Answer):
        raise WrongUse(f"What is to be verified is {_shown(answer)}; read a receipt with Answer.from_dict first.")
    root = Settings.of(corpus=corpus).corpus
    load.existing(root)
    with load.Reader(root) as read:
        return reprove(answer, read=read)


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be set. `of` fills what is not given from the environment: QA_CORPUS, QA_STORE, QA_LLM, QA_EMBED,
    QA_LLM_TIMEOUT, QA_CHROMA and QA_CHROMA_TOKEN."""

    corpus: Path
    store: Path
    """Where the indexes live; each corpus has a folder of its own in it."""
    llm: str | None = None
    """"provider/model" of the LLM that writes the answers; without one they are the documents' own sentences."""
    llm_only: bool = False
    """Whether an LLM that fails is an error, where otherwise the documents' own sentences answer instead."""
    llm_seconds: float = 60.0
    """What an LLM has for an answer, all attempts together."""
    prompt_tokens: int = 6000
    """Of tiktoken's cl100k_base: what the passages may take of a prompt, so that it fits a context of 8,192."""
    embed: str | None = None
    passage_tokens: int = 220
    """Of tiktoken's cl100k_base. eval/LOG.md: "Passages of 220 tokens"."""
    hits: int = 8
    """Passages that an answer is made from. eval/LOG.md: "Eight passages"."""
    candidates: int = 100
    """Passages that each search brings to the fusion. eval/LOG.md: "Fusion by z-score"."""
    words_weight: float = 0.5
    """The weight of the search by words; that of the search by meaning is 1 less this. Same entry."""
    chroma: Address | None = None
    """The Chroma server that the index is shared through; without one it is in the store alone."""

    @classmethod
    def of(
        cls,
        *,
        corpus: str | Path | None = None,
        store: str | Path | None = None,
        llm: str | None = None,
        llm_only: bool = False,
        embed: str | None = None,
        chroma: str | None = None,
    ) -> Settings:
        """The settings given, else the environment's, else the defaults; `chroma` is "" for no server in any case.

        Raises WrongUse for a store in the corpus, a time limit that is none, an address that is none, and `llm_only`
        without an LLM.
        """
        root = Path(corpus or os.environ.get("QA_CORPUS") or seeds())
        base = Path(store or os.environ.get("QA_STORE") or _cache())
        if base.resolve().is_relative_to(root.resolve()):
            raise WrongUse(
                f"The index can not live in the documents' own folder {str(root)!r}; set QA_STORE elsewhere."
            )
        named = llm or os.environ.get("QA_LLM") or None
        if llm_only and named is None:
            raise WrongUse("There is no LLM that alone could answer; name one with --llm or QA_LLM.")
        return cls(
            corpus=root,
            store=base,
            llm=named,
            llm_only=llm_only,
            llm_seconds=_seconds(os.environ.get("QA_LLM_TIMEOUT") or "60"),
            embed=embed or os.environ.get("QA_EMBED") or None,
            chroma=_address(os.environ.get("QA_CHROMA", "") if chroma is None else chroma, root),
        )


def is_format(path: Path) -> bool:
    """Whether the file is of a kind that can be a document."""
    return path.suffix.lower() in load.READERS


def text_of(path: Path) -> str:
    """The text that a question would find in one file, whatever its format. Raises UnreadableDocument."""
    return load.read(path.resolve().parent, path.name).text


def seeds() -> Path:
    """The default corpus: beside the package in a checkout, inside it in an installed wheel."""
    package = Path(__file__).resolve().parent
    return next(path for path in (package / "seeds", package.parent / "seeds") if path.is_dir())


class Assistant:
    """Answers questions about one folder. A context manager; close it to let go of the index.

    >>> with Assistant("docs/") as assistant:  # doctest: +SKIP
    ...     print(assistant.answer("Why was Micron barred?").text)
    """

    def __init__(
        self,
        corpus: str | Path | None = None,
        *,
        llm: str | None = None,
        llm_only: bool = False,
        store: str | Path | None = None,
        embed: str | None = None,
        chroma: str | None = None,
        published: bool = False,
    ) -> None:
        """The settings, as `Settings.of` takes them. One that is `published` asks what the index holds, and never
        brings it up to date: that is for others to do."""
        self.settings = Settings.of(corpus=corpus, llm=llm, llm_only=llm_only, store=store, embed=embed, chroma=chroma)
        self._published = published
        limit = self.settings.llm_seconds
        self._ask = models.asks(self.settings.llm, deadline_seconds=limit) if self.settings.llm else None
        self.encoder = embed_with(self.settings.embed)
        self._index: Index | None = None
        self._synced: SyncReport | None = None
        self._behind: str | None = None

    def __enter__(self) -> Assistant:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the index. Asking again opens it again."""
        if self._index is not None:
            self._index.close()
            self._index = None

    def sync(self, progress: Callable[[Progress], None] | None = None, *, part: tuple[int, int] = (1, 1)) -> SyncReport:
        """Bring the index up to date with the folder: what is new, changed or gone since the last time.

        `part` (2, 4) takes the second of four parts of the files, about equally many, and leaves the others to others.
        Raises WrongUse for a folder that is missing or holds nothing readable, IndexBusy while another process writes,
        IndexUnusable where the index is shared and its server can not be reached.
        """
        for _ in range(_ATTEMPTS):
            with suppress(Overtaken):  # what is new is on the disk and published: a second look at both is needed
                return self._sync(progress, part)
        return self._sync(progress, part)

    def _sync(self, progress: Callable[[Progress], None] | None, part: tuple[int, int]) -> SyncReport:
        if self._published:
            self._synced = self._open().published()
            return self._synced
        found = self._scanned()
        self._synced = self._brought_up_to_date(self._open(), found, progress, part)
        self._behind = None
        return self._synced

    def _scanned(self) -> load.Scan:
        found = load.scan(self.settings.corpus)
        if not found.files:
            raise WrongUse(_nothing_readable(self.settings.corpus, found.skipped))
        return found

    def _brought_up_to_date(
        self, index: Index, found: load.Scan, progress: Callable[[Progress], None] | None, part: tuple[int, int]
    ) -> SyncReport:
        with load.ReadAhead(self.settings.corpus, kept=index.kept) as read:
            report = index.sync(
                [each for each in found.files if _is_in(part, each.file)],
                read=read,
                split=partial(split, tokens=self.settings.passage_tokens, fits=self.encoder.fits),
                encode=self.encoder.passages,
                progress=progress,
                covers=partial(_is_in, part),
                expect=read.expect,
            )
        return replace(report, skipped=tuple(sorted({*found.skipped, *report.skipped}, key=lambda each: each.file)))

    def prepare(self, progress: Callable[[Progress], None] | None = None) -> None:
        """Be ready for questions: `sync`, or, while another process is writing the index, take it as it was before that.

        Raises what `sync` does, IndexBusy only where there is nothing in the index yet.
        """
        try:
            self.sync(progress)
        except IndexBusy as busy:
            try:
                self._synced = self._open().published()
            except IndexUnusable:
                raise busy from None
            self._behind = _BEHIND

    def follow(self, *, seconds: float = 2.0) -> Iterator[SyncReport]:
        """Sync again and again, without end, and give the report whenever something has changed.

        It rests for `seconds`, or for ten times what the last look took: a folder is followed at a tenth of a processor.
        """
        known = self._synced or self.sync()
        rest = seconds
        while True:
            time.sleep(rest)
            started = time.monotonic()
            try:
                report = self.sync()
            except (IndexBusy, Unreachable):  # somebody else brings it up to date, or the server is away for a while
                continue
            rest = max(seconds, 10 * (time.monotonic() - started))
            left_out = (report.skipped, report.remarks) != (known.skipped, known.remarks)
            if report.added or report.changed or report.removed or left_out:
                yield report
            known = report

    def rebuild(self, progress: Callable[[Progress], None] | None = None) -> SyncReport:
        """Make the index anew: for one that is damaged, or of another encoder.

        The old one is what is asked until the new one is whole; one that is published on a server is deleted first.
        """
        self.close()
        if self.settings.chroma:
            discard(_folder_of(self.settings), self.settings.chroma)
            return self.sync(progress)
        found = self._scanned()

        def make(aside: Path) -> SyncReport:
            with self._opened(aside) as index:
                return self._brought_up_to_date(index, found, progress, part=(1, 1))

        self._synced = remake(
            _folder_of(self.settings), make, encoder=self._encoder_name(), dimensions=self.encoder.dimensions
        )
        self._behind = None
        return self._synced

    def compact(self) -> None:
        """Leave nothing in the index of what was removed from the folder. Raises IndexBusy."""
        self._open().compact()

    def diagnose(self, *, mends: bool = True) -> Diagnosis:
        """Read all of the index and say what is wrong with it; and put that right, from the documents if need be.

        Raises IndexUnusable for an index of another encoder or a newer version, which nothing is wrong with, WrongUse for
        a folder that is not there, IndexBusy while another process writes the index.
        """
        self.close()
        load.existing(self.settings.corpus)
        found = self._examined()
        if found and mends:
            if any(each.remedy == "read anew" for each in found):
                if self.settings.chroma:
                    discard(_folder_of(self.settings))  # what is published on the server is taken over again
                    self.sync()
                else:
                    self.rebuild()
            else:
                self.sync()
                if not self.settings.chroma and any(each.remedy == "make anew" for each in found):
                    self.compact()
            self.close()
            if left := self._examined():
                raise IndexUnusable(f"The index is still damaged ({left[0].what}); set QA_STORE to another disk.")
        counts = self.passages() if mends or not found else {}
        return Diagnosis(found, bool(found and mends), len(counts), sum(counts.values()))

    def _examined(self) -> tuple[Fault, ...]:
        return examine(_folder_of(self.settings), encoder=self._encoder_name(), dimensions=self.encoder.dimensions)

    def read(self, file: str) -> Document:
        """A file as it is now, named relative to the corpus. One that the index has as it is is not parsed again.

        Raises UnreadableDocument.
        """
        return load.read(self.settings.corpus, file, kept=self._open().kept)

    def passages(self) -> dict[str, int]:
        """How many passages the index has of each file that has any."""
        return self._open().counts()

    def find(self, question: str, files: Sequence[str] | None = None, limit: int | None = None) -> list[Hit]:
        """The passages nearest to the question, best first, from `files` alone if given (relative to the corpus)."""
        return self._find(_asked(question), files, limit or self.settings.hits)[0]

    def answer(
        self, question: str, history: Sequence[tuple[str, str]] = (), files: Sequence[str] | None = None
    ) -> Answer:
        """The proven answer, or an abstention with its reason. Syncs first if this assistant has not yet."""
        *_, last = self.stream(question, history, files)
        assert isinstance(last, Completed)  # noqa: S101 - the last event is always this one
        return last.answer

    def stream(
        self, question: str, history: Sequence[tuple[str, str]] = (), files: Sequence[str] | None = None
    ) -> Iterator[Event]:
        """The answer as it comes: what was found, then each verified statement, then the whole Answer.

        With an LLM a statement comes as soon as it is written and verified. Closing the iterator ends the request.
        """
        asked = _asked(question)
        rewritten = rewrite(asked, _turns(history))
        hits, vector = self._find(rewritten or asked, files, self.settings.hits)
        yield Found(tuple(hits))
        sentences = stating(self._open().sentences(hits, vector))
        if self._ask and sentences:
            answer = yield from self._generated(rewritten or asked, hits, sentences, ask=self._ask)
        else:
            answer = self._in_parts(rewritten or asked, files) or self._extracted(rewritten or asked, hits, sentences)
            yield from _stated(answer.statements)
        note = " ".join(each for each in (answer.note, self._behind) if each) or None
        yield Completed(replace(answer, question=asked, rewritten=rewritten, note=note))

    def _in_parts(self, question: str, files: Sequence[str] | None) -> Answer | None:
        """The questions of a question answered one by one; None where it is only one, or none of them has an answer.

        Half a comparison is none: where one side of it alone has an answer, the question is asked as a whole.
        """
        sides = [self._of_part(part, files, about=thing) for part, thing in compared(question)]
        if sides and len({each.abstained for each in sides}) == 1:
            return together(question, sides)
        asked = parts(question)
        answers: list[Answer] = []
        before: list[tuple[str, str]] = []
        for part in asked if len(asked) > 1 else ():
            whole = rewrite(part, before) or part
            answers.append(replace(self._of_part(whole, files), question=part))
            before.append((whole, answers[-1].text))
        return together(question, answers) if any(not each.abstained for each in answers) else None

    def _of_part(self, question: str, files: Sequence[str] | None, *, about: str = "") -> Answer:
        hits, vector = self._find(question, files, self.settings.hits)
        return self._extracted(question, hits, stating(self._open().sentences(hits, vector)), about=about)

    def _extracted(
        self,
        question: str,
        hits: Sequence[Hit],
        sentences: Sequence[Sentence],
        failure: models.NoReply | None = None,
        *,
        about: str = "",
    ) -> Answer:
        draft = extract(question, sentences, rarity=self._open().rarity, about=about)
        if failure is not None:
            draft = replace(draft, note=f"{failure} The documents' own sentences answer instead.", usage=failure.usage)
        proven = prover(read=self.read)
        statements = [proven(each) for each in draft.statements]
        return assembled(draft, statements, hits, rivals=[proven(each) for each in draft.rivals])

    def _generated(
        self, question: str, hits: Sequence[Hit], sentences: Sequence[Sentence], *, ask: Ask
    ) -> Generator[Event, None, Answer]:
        """What the LLM writes, each statement once it is proven.

        When it fails, what was proven by then stays, marked as incomplete; if that is nothing, `extract` answers.
        """
        proven = prover(read=self.read, others=sentences)
        statements: list[Statement] = []
        written = generate(
            question,
            sentences,
            ask=ask,
            engine=str(self.settings.llm),
            budget_tokens=self.settings.prompt_tokens,
            count_tokens=count_tokens,
        )
        with closing(written):
            try:
                while True:
                    drafted = next(written)
                    if drafted is None:
                        yield Waiting()
                        continue
                    statements.append(proven(drafted))
                    yield from _stated(statements[-1:])
            except StopIteration as end:
                draft: Draft = end.value
            except models.NoReply as failure:
                if self.settings.llm_only:
                    raise
                if not any(each.verdict == "supported" for each in statements):
                    answer = self._extracted(question, hits, sentences, failure)
                    yield from _stated(answer.statements)
                    return answer
                note = f"{failure} What it had stated by then is shown."
                draft = Draft(question, str(self.settings.llm), (), note=note, incomplete=True, usage=failure.usage)
        return assembled(draft, statements, hits)

    def _find(self, question: str, files: Sequence[str] | None, limit: int) -> tuple[list[Hit], Vector]:
        if files is not None:
            _named(files)
        if self._synced is None:
            self.prepare()
        index = self._open()
        if files is not None:
            _known(files, index.files(), self._synced.skipped if self._synced else ())
        # The encoder's model and Chroma both take long to load in a new process; here they load side by side.
        with ThreadPoolExecutor(max_workers=1) as aside:
            vector = aside.submit(self.encoder.question, question)
            index.load()

            def by_meaning(question: str, limit: int, files: Sequence[str] | None) -> list[Hit]:
                return index.by_meaning(embedded, limit=limit, files=files)

            def by_words(question: str, limit: int, files: Sequence[str] | None) -> list[Hit]:
                return index.by_words(question, limit=limit, files=files)

            words = self.settings.words_weight
            searches: list[tuple[Search, float]] = [(by_meaning, 1 - words), (by_words, words)]
            embedded = vector.result()
            with index.held():
                hits = retrieve(question, searches, limit=limit, files=files, candidates=self.settings.candidates)
            return hits, embedded

    def _open(self) -> Index:
        if self._index is None:
            self._index = self._opened(_folder_of(self.settings))
        return self._index

    def _opened(self, store: Path) -> Index:
        return open_index(
            store, encoder=self._encoder_name(), dimensions=self.encoder.dimensions, address=self.settings.chroma
        )

    def _encoder_name(self) -> str:
        return f"{self.encoder.name}, passages of {self.settings.passage_tokens} tokens"


def _stated(statements: Sequence[Statement]) -> Iterator[Stated]:
    return (Stated(each) for each in statements if each.verdict == "supported")


def embed_with(model: str | None) -> Encoder:
    """The built-in encoder, or the LlamaIndex embedding that "provider/model" names."""
    return embed.builtin() if model is None else embed.from_llama_index(models.embedding(model), model)


def _cache() -> Path:
    from platformdirs import user_cache_path

    return user_cache_path("qa")


def _folder_of(settings: Settings) -> Path:
    """The index of this corpus: named after it for people, with a hash of its real path for everybody else, and of the
    server that it is shared through."""
    name = _name_of(settings.corpus)
    if settings.chroma is None:
        return settings.store / name
    place = repr(settings.chroma).encode("utf-8", "surrogateescape")
    return settings.store / f"{name}-{hashlib.sha256(place).hexdigest()[:16]}"


def _name_of(corpus: Path) -> str:
    real = corpus.resolve()
    return f"{real.name or 'root'}-{hashlib.sha256(os.fsencode(real)).hexdigest()[:16]}"


def _address(chroma: str, corpus: Path) -> Address | None:
    """Where the index is shared; the documents are named after their path where the address gives them no name."""
    if not chroma:
        return None
    address = Address.of(chroma, token=os.environ.get("QA_CHROMA_TOKEN", ""))
    return address if address.name else replace(address, name=_name_of(corpus))


def _is_in(part: tuple[int, int], file: str) -> bool:
    """Whether a file is in a part, such as the second of four; the same on every machine."""
    number, of = part
    return zlib.crc32(file.encode("utf-8", "surrogatepass")) % of == number - 1


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < 86_400:
        raise WrongUse(f"QA_LLM_TIMEOUT is {text!r}; set it to a number of seconds, such as 60.")
    return seconds


def _asked(question: str) -> str:
    """The question as one line of text that every stage can take. Raises WrongUse."""
    if not isinstance(question, str):
        raise WrongUse(f"The question is {_shown(question)}, not a text; ask something in words.")
    if len(question) > LONGEST_QUESTION:
        raise WrongUse(f"The question has {len(question):,} characters; at most {LONGEST_QUESTION:,} are read.")
    # Lone surrogates come from a command line that is not UTF-8, control characters from a paste.
    clean = question.encode("utf-8", "replace").decode("utf-8")
    line = " ".join("".join(each if each.isprintable() else " " for each in clean).split())
    if not any(each.isalnum() for each in line):
        raise WrongUse("The question is empty; ask something in words.")
    return line


def _turns(history: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The turns before, each as far as it is read. Raises WrongUse where one is no pair of texts."""
    if not isinstance(history, Iterable):
        raise WrongUse(f"The history is {_shown(history)}; give pairs of a question and the text of its answer.")
    turns = list(history)
    for turn in turns:
        if not isinstance(turn, (list, tuple)) or len(turn) != 2 or not all(isinstance(each, str) for each in turn):
            raise WrongUse(f"A turn of the history is {_shown(turn)}; give a question and the text of its answer.")
    return [(question[:_LONGEST_TURN], answered[:_LONGEST_TURN]) for question, answered in turns]


def _named(files: Iterable[str]) -> None:
    """Raise WrongUse for what is no list of names; one text alone would be taken for the names of its letters."""
    if isinstance(files, str) or not isinstance(files, Collection):
        raise WrongUse(f"The files are {_shown(files)}; give a list of names, even of one.")
    for file in files:
        if not isinstance(file, str):
            raise WrongUse(f"One of the files is {_shown(file)}, not a text; name it relative to the folder.")


def _shown(value: object) -> str:
    """Something that is not what it should be, short enough for a sentence."""
    text = " ".join(repr(value).split())
    return text if len(text) <= 60 else f"{text[:60]}…"


def _known(files: Sequence[str], known: Sequence[str], skipped: Sequence[Skipped]) -> None:
    """Raise WrongUse for a file that can not be asked, with the reason or with the name that was meant."""
    reasons = {each.file: each.reason for each in skipped}
    for file in files:
        if file in reasons:
            raise WrongUse(f"The file {file!r} was left out of the index: {reasons[file]}.")
        if file not in known:
            near = difflib.get_close_matches(file, known, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else "; name it relative to the folder."
            raise WrongUse(f"There is no file {file!r} among the indexed documents{hint}")


def _nothing_readable(corpus: Path, skipped: Sequence[Skipped]) -> str:
    if not skipped:
        return f"The folder {str(corpus)!r} is empty; put documents into it ({', '.join(sorted(load.READERS))})."
    first = f"{skipped[0].file!r}: {skipped[0].reason}"
    return f"The folder {str(corpus)!r} holds no document that can be read; {len(skipped)} were skipped ({first})."
