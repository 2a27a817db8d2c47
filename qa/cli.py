"""The command line: words in, words or one JSON value out, and an exit code.

0 answered (or done, or proven), 3 abstained (or not proven), 2 wrong use, 1 failed, 130 interrupted (Ctrl+C), 143 asked to
end (SIGTERM). Layout and settings only: every command is a few lines over the public names.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TextIO

from qa import starting

with starting.loading():
    import typer

    from qa import present
    from qa.assistant import Assistant, is_format, text_of, verify
    from qa.check import check
    from qa.types import (
        Answer,
        Citation,
        Completed,
        Event,
        Progress,
        QAError,
        Stated,
        Statement,
        SyncReport,
        UnreadableDocument,
        Verdict,
        WrongUse,
        plain,
    )

if TYPE_CHECKING:
    from rich.text import Text

ANSWERED, FAILED, WRONG_USE, ABSTAINED = 0, 1, 2, 3
INTERRUPTED, ENDED = 128 + signal.SIGINT, 128 + signal.SIGTERM

_LOOK_SECONDS = 2.0
"""Between two looks for a folder that is away."""

app = typer.Typer(
    name="qa",
    help="Answers questions about a folder of documents, and proves every sentence.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)

Corpus = Annotated[
    Path | None, typer.Option("--corpus", help="The folder of documents. [env: QA_CORPUS; default: the seeds]")
]
Store = Annotated[
    Path | None, typer.Option("--store", help="Where indexes live. [env: QA_STORE; default: the user's cache]")
]
Llm = Annotated[
    str | None,
    typer.Option("--llm", help="provider/model of the LLM that writes the answer. [env: QA_LLM; default: none]"),
]
LlmOnly = Annotated[
    bool, typer.Option("--llm-only", help="An LLM that fails is an error; nothing else answers instead.")
]
Published = Annotated[
    bool, typer.Option("--published", help="Ask what the index holds; somebody else brings it up to date.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print exactly one JSON value, whatever happens.")]


@app.command("ask")
def ask_command(
    question: Annotated[str, typer.Argument(help="The question, in quotation marks.")],
    corpus: Corpus = None,
    store: Store = None,
    files: Annotated[
        list[str] | None, typer.Option("--files", help="Answer from this file alone; may be repeated.")
    ] = None,
    llm: Llm = None,
    llm_only: LlmOnly = False,
    published: Published = False,
    as_json: AsJson = False,
) -> int:
    """Answer a question, with proof."""
    with Assistant(corpus, llm=llm, llm_only=llm_only, store=store, published=published) as assistant:
        with _progress() as progress:
            assistant.prepare(progress)
        if as_json or not sys.stdout.isatty():
            answer = assistant.answer(question, files=files)
            _print(answer.to_dict() if as_json else present.answer_text(answer))
        else:
            answer = _streamed(assistant.stream(question, files=files))
    return ABSTAINED if answer.abstained else ANSWERED


@app.command("index")
def index_command(
    corpus: Annotated[Path | None, typer.Argument(help="The folder of documents.")] = None,
    store: Store = None,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Make the index anew.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Go on and follow changes, until Ctrl+C.")] = False,
    compact: Annotated[
        bool, typer.Option("--compact", help="Leave nothing in the index of documents that were removed.")
    ] = False,
    part: Annotated[
        str, typer.Option("--part", help="Index the second of four parts: 2/4. The others are left to other machines.")
    ] = "1/1",
    as_json: AsJson = False,
) -> int:
    """Bring a folder's index up to date."""
    if watch and as_json:
        raise WrongUse("--json prints one value and --watch never ends; use one of them.")
    if _part(part) != (1, 1) and (rebuild or watch):
        raise WrongUse("--part is for adding to an index on several machines at once; leave out --rebuild and --watch.")
    with Assistant(corpus, store=store) as assistant:
        with _progress() as progress:
            report = assistant.rebuild(progress) if rebuild else assistant.sync(progress, part=_part(part))
        if compact:
            assistant.compact()
        _print(plain(report) if as_json else present.sync_text(report))
        for changed in _followed(assistant) if watch else ():
            _print(present.sync_text(changed))
    return ANSWERED


@app.command("doctor")
def doctor_command(
    corpus: Annotated[Path | None, typer.Argument(help="The folder of documents.")] = None,
    store: Store = None,
    look: Annotated[bool, typer.Option("--look", help="Say what is wrong, and change nothing.")] = False,
    as_json: AsJson = False,
) -> int:
    """Say what is wrong with a folder's index, and put it right."""
    with Assistant(corpus, store=store) as assistant:
        diagnosis = assistant.diagnose(mends=not look)
    _print(plain(diagnosis) if as_json else present.diagnosis_text(diagnosis))
    return ABSTAINED if diagnosis.faults and not diagnosis.mended else ANSWERED


@app.command("check")
def check_command(
    answer: Annotated[str, typer.Argument(help='The text to check; "-" reads it from standard input.')],
    evidence: Annotated[
        list[Path], typer.Option("--evidence", "-e", help="A file it must be held against; may be repeated.")
    ],
    as_json: AsJson = False,
) -> int:
    """Hold any text against files, statement by statement."""
    checked = check(sys.stdin.read() if answer == "-" else answer, [_evidence(path) for path in evidence])
    if not checked.statements:
        raise WrongUse("There is no statement to check; give a sentence in quotation marks.")
    _print(plain(checked) if as_json else present.check_text(checked))
    return ANSWERED if checked.verdict == "supported" else ABSTAINED


@app.command("verify")
def verify_command(
    receipt: Annotated[Path, typer.Argument(help="What `qa ask --json` printed.")],
    corpus: Corpus = None,
    as_json: AsJson = False,
) -> int:
    """Prove an answer again, against the files as they are now."""
    read = _receipt(receipt)
    answer = Answer.from_dict(read)
    statuses = verify(answer, corpus)
    altered = _altered(read, answer)
    sides = [side for conflict in answer.conflicts for side in conflict.sides if side not in answer.statements]
    broken = [each for each in (*answer.statements, *sides) if _verdict(each) != "supported"]
    report = {"citations": plain(statuses), "unsupported": plain(tuple(broken)), "text_altered": altered}
    _print(report if as_json else present.receipt_text(statuses, broken, altered=altered))
    proven = not altered and not broken and all(each.status == "intact" for each in statuses)
    return ANSWERED if proven else ABSTAINED


@app.command("serve")
def serve_command(
    corpus: Corpus = None,
    store: Store = None,
    llm: Llm = None,
    host: Annotated[str, typer.Option("--host", help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="0 takes a free one.", min=0, max=65535)] = 7860,
    auth: Annotated[
        str | None, typer.Option("--auth", envvar="QA_AUTH", help="user:password that every visitor must give.")
    ] = None,
    no_auth: Annotated[bool, typer.Option("--no-auth", help="Let in everybody who can reach the address.")] = False,
    name: Annotated[
        list[str] | None, typer.Option("--name", help="A further name the server is reached by; may be repeated.")
    ] = None,
    evaluation: Annotated[Path, typer.Option("--evaluation", help="The report of the last evaluation.")] = Path(
        "build/eval/index.html"
    ),
    mcp: Annotated[bool, typer.Option("--mcp", help="Serve the Model Context Protocol as well.")] = False,
    published: Published = False,
) -> int:
    """Open the documents as a web page, on this machine alone by default."""
    from qa.app.guard import Credentials, is_loopback
    from qa.app.server import Address, serve

    if not is_loopback(host) and auth is None and not no_auth:
        raise WrongUse(
            f"Whoever reaches {host} could read the documents; add --auth user:password, or --no-auth if that is meant."
        )
    credentials = None
    if auth is not None:
        user, colon, password = auth.partition(":")
        if not (user and colon and password):
            raise WrongUse("--auth needs a user and a password: --auth user:password.")
        credentials = Credentials(user, password)
    with Assistant(corpus, llm=llm, store=store, published=published) as assistant, _progress() as progress:
        serve(
            assistant,
            Address(host, port, credentials, tuple(name or ())),
            progress=progress,
            report=evaluation,
            has_mcp=mcp,
            started=_started,
        )
    return ANSWERED


def main() -> None:
    """Run the command line and leave with its exit code; no traceback reaches the user."""
    as_json = "--json" in sys.argv
    signal.signal(signal.SIGTERM, _end)
    # What libraries log without being asked is for developers, and may come between a user and the one sentence.
    logging.getLogger().addHandler(logging.NullHandler())
    try:
        code = app(standalone_mode=False)
    except QAError as error:
        code = _fail(str(error), as_json, WRONG_USE if isinstance(error, WrongUse) else FAILED)
    except typer.TyperException as error:
        code = _fail(error.format_message(), as_json, WRONG_USE)
    except typer.Abort:
        code = INTERRUPTED
    except SystemExit as ended:
        code = ended.code
    except BrokenPipeError:
        _give_up_output()
        code = ANSWERED
    except OSError as error:
        code = _fail(f"{error.strerror or type(error).__name__}: {error.filename or 'the output'!r}", as_json, FAILED)
    if as_json and code in (INTERRUPTED, ENDED):
        _fail(starting.ENDED_EARLY, as_json, code)
    sys.exit(code)


def _end(number: int, frame: FrameType | None) -> NoReturn:
    """Leave in order, so that children, temporary files and the terminal are left as by any other end.

    A second signal ends the process at once.
    """
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    raise SystemExit(ENDED)


def _followed(assistant: Assistant) -> Iterator[SyncReport]:
    """Each change of the folder, without end; a folder that is away for a while is told of once, and waited for."""
    while True:
        try:
            yield from assistant.follow()
        except WrongUse as error:
            sys.stderr.write(f"qa: {present.visible(str(error))} The index stays as it is until documents are back.\n")
            yield from _once_back(assistant)


def _once_back(assistant: Assistant) -> Iterator[SyncReport]:
    """What has become of the folder meanwhile, as soon as there is one that holds documents."""
    while True:
        time.sleep(_LOOK_SECONDS)
        try:
            yield assistant.sync()
        except WrongUse:
            continue
        except QAError:  # the folder is there; what else there may be is for `follow` to judge
            pass
        return


def _started(corpus: str, files: int, url: str) -> None:
    documents = "1 document" if files == 1 else f"{files:,} documents"
    sys.stdout.write(f"qa serves {present.visible(corpus)} ({documents}) at {url} - Ctrl+C ends it\n")
    sys.stdout.flush()


@contextmanager
def _progress() -> Iterator[Any]:
    """A progress bar on standard error, if that is a terminal; it appears with the first passage."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = [
        TextColumn("Indexing"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.description}"),
    ]
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: list[Any] = []

        def show(progress: Progress) -> None:
            if not tasks:
                tasks.append(bar.add_task("", total=progress.total))
            bar.update(
                tasks[0], completed=progress.done, total=progress.total, description=present.visible(progress.file)
            )

        yield show


def _streamed(events: Iterator[Event]) -> Answer:
    """Print an answer as it comes, each statement on a line of its own, then what proves it; return it."""
    numbers: dict[Citation, int] = {}
    for event in events:
        if isinstance(event, Stated):
            _print(present.statement_text(event.statement, numbers))
        elif isinstance(event, Completed):
            _print(present.answer_text(event.answer, has_statements=not numbers))
            return event.answer
    raise AssertionError("a stream ends with the answer")


def _print(value: Text | dict[str, Any] | list[Any], *, stream: TextIO | None = None) -> None:
    stream = stream or sys.stdout
    if isinstance(value, (dict, list)):
        stream.write(json.dumps(value, ensure_ascii=False) + "\n")
        stream.flush()
        return
    from rich.console import Console

    # Off a terminal nothing is wrapped, so that a quote stays on one line for whoever searches it.
    Console(file=stream, highlight=False, soft_wrap=not stream.isatty(), emoji=False).print(value)


def _fail(message: str, as_json: bool, code: int) -> int:
    line = present.visible(message)
    try:
        if as_json:
            _print({"error": {"message": line, "exit_code": code}})
        sys.stdout.flush()
    except OSError:
        _give_up_output()
        as_json = False
    if not as_json:
        sys.stderr.write(f"qa: {line}\n")
    return code


def _give_up_output() -> None:
    """Nobody takes what is left to be said; without this Python complains once more while it shuts down."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _part(text: str) -> tuple[int, int]:
    number, slash, of = text.partition("/")
    if not (slash and number.isdecimal() and of.isdecimal() and 1 <= int(number) <= int(of)):
        raise WrongUse(f"--part is {text!r}; give it as 2/4, the second of four parts.")
    return int(number), int(of)


def _evidence(path: Path) -> str:
    if not is_format(path) or not path.is_file():
        return _text_of(path)
    try:
        return text_of(path)
    except UnreadableDocument as error:
        raise UnreadableDocument(f"The file {str(path)!r} can not be read: {error}.") from error


def _text_of(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise WrongUse(f"The file {str(path)!r} can not be read ({error.strerror}); name a text file.") from error
    except UnicodeDecodeError as error:
        raise UnreadableDocument(f"The file {str(path)!r} is not UTF-8 text; save it as UTF-8.") from error


def _receipt(path: Path) -> dict[str, Any]:
    try:
        receipt = json.loads(_text_of(path))
    except ValueError as error:
        raise WrongUse(f"The file {str(path)!r} is not JSON; make a receipt with `qa ask --json`.") from error
    if not isinstance(receipt, dict):
        raise WrongUse(f"The file {str(path)!r} is not an answer's receipt; make one with `qa ask --json`.")
    return receipt


def _altered(receipt: dict[str, Any], answer: Answer) -> bool:
    """Whether what a receipt says beside its statements is not what follows from them. The question is not: nothing in
    the files tells what was asked."""
    made = answer.to_dict()
    return any(receipt.get(name, made[name]) != made[name] for name in ("text", "abstained", "citations"))


def _verdict(statement: Statement) -> Verdict:
    return check(statement.text, [citation.quote for citation in statement.citations]).verdict
