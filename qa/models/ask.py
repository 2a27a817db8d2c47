"""A prompt in, the model's reply out as it comes, and in the end what it cost.

A deadline in wall-clock time holds for everything together; at most three attempts, made here and nowhere else, and
only as long as nothing has been said. The reply is read in a thread of its own, so that a server that is silent can
hold up nobody: the iterator yields "" about twice a second while nothing comes, and closing it closes the connection.

Everything that can go wrong becomes a NoReply, one sentence that repeats nothing of what a server or client said.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qa.models import providers
from qa.text.prompts import Ask, Prompt
from qa.types import ModelError, Usage

if TYPE_CHECKING:
    from llama_index.core.base.llms.types import ChatMessage, ChatResponse

    from qa.models.connection import Connection

MOST_ATTEMPTS = 3
MOST_CHARACTERS = 65_536
"""Of a reply. An answer of thirty statements has about six thousand."""

_BEAT_SECONDS = 0.5

# Why a model stops, in the words of OpenAI and Ollama, then of Anthropic.
_CUT_BY_LENGTH = {"length", "max_tokens", "model_context_window_exceeded"}
_REFUSED = {"content_filter", "refusal"}

_WEB_PAGE = "is not at its address: a web page answered; check the address"

# Worth another attempt: busy, overloaded or broken for the moment. 529 is Anthropic's "overloaded".
_PASSING = {408, 409, 425, 429, 500, 502, 503, 504, 529}


class NoReply(ModelError):
    """The model did not reply as it should; `usage` is what the attempts cost."""

    def __init__(self, message: str, usage: Usage) -> None:
        super().__init__(message)
        self.usage = usage


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of a reply: its text, why the model stopped, if it did, and the tokens, if they were counted."""

    text: str
    stop: str | None
    prompt_tokens: int | None
    completion_tokens: int | None


class _Failure(Exception):
    """An attempt came to nothing: why, as the rest of a sentence that the model begins, and whether to try again."""

    def __init__(self, why: str, *, again: bool = False, pause: float | None = None, streamed: bool = True) -> None:
        super().__init__(why)
        self.why, self.again, self.pause, self.streamed = why, again, pause, streamed


def asks(name: str, *, deadline_seconds: float = 60.0, pause_seconds: float = 0.5) -> Ask:
    """The LLM "provider/model" as a function from a prompt to its reply.

    Before the second attempt it waits `pause_seconds`, before the third twice as long, or what the server asks for.

    Raises WrongUse at once for a name, package or key that is wrong or missing. The function itself raises NoReply when
    the reply has not come, or not to its end, within `deadline_seconds` of its first piece being asked for.
    """
    named = providers.llm_named(name)

    def ask(prompt: Prompt) -> Generator[str, None, tuple[Usage, bool]]:
        return _reply(named, prompt, deadline_seconds=deadline_seconds, pause_seconds=pause_seconds)

    return ask


def _reply(
    named: providers.Named, prompt: Prompt, *, deadline_seconds: float, pause_seconds: float
) -> Generator[str, None, tuple[Usage, bool]]:
    from qa.models.connection import Connection

    try:
        # Importing it takes seconds in a new process, which are not the model's fault.
        providers.load(named)
    except ModelError as error:
        raise NoReply(str(error), Usage(attempts=0, seconds=0.0)) from None
    began = time.monotonic()
    until = began + deadline_seconds
    attempts, pause, streamed = 0, pause_seconds, True
    while True:
        connection = Connection(until=until)
        said: list[_Piece] = []
        try:
            with closing(_attempt(named, prompt, connection, until, streamed=streamed)) as pieces:
                for piece in pieces:
                    if piece is not None:
                        said.append(piece)
                    yield piece.text if piece else ""
            stopped = any(each.stop in _CUT_BY_LENGTH for each in said)
            return _usage(said, attempts + max(connection.requests, 1), began), stopped
        except _Failure as failure:
            attempts += max(connection.requests, 1)
            wait = pause if failure.pause is None else failure.pause
            left = until - time.monotonic()
            if not failure.again or any(each.text for each in said) or attempts >= MOST_ATTEMPTS or wait >= left:
                raise NoReply(f"The model {named.name!r} {failure}.", _usage(said, attempts, began)) from None
            streamed = failure.streamed
        pause *= 2
        yield from _beats(time.monotonic() + wait)


def _beats(until: float) -> Iterator[str]:
    """ "" about twice a second until then, so that whoever reads can stop meanwhile."""
    while (left := until - time.monotonic()) > 0:
        time.sleep(min(left, _BEAT_SECONDS))
        yield ""


def _attempt(
    named: providers.Named, prompt: Prompt, connection: Connection, until: float, *, streamed: bool
) -> Generator[_Piece | None, None, None]:
    """The pieces of one attempt in order, None while nothing comes. Raises _Failure."""
    arrived: queue.SimpleQueue[_Piece | BaseException | None] = queue.SimpleQueue()
    reader = threading.Thread(
        target=_read, args=(named, prompt, connection, arrived), kwargs={"streamed": streamed}, daemon=True
    )
    reader.start()
    last: _Piece | None = None
    characters = 0
    try:
        while True:
            left = until - time.monotonic()
            try:
                each = arrived.get(timeout=max(min(left, _BEAT_SECONDS), 0))
            except queue.Empty:
                if left <= _BEAT_SECONDS:
                    raise _Failure(_late(characters)) from None
                yield None
                continue
            if left <= 0:
                raise _Failure(_late(characters))
            if each is None:
                _check_end(last, characters, connection)
                return
            if isinstance(each, BaseException):
                raise _explained(each, connection, characters) from None
            characters += len(each.text)
            if characters > MOST_CHARACTERS:
                raise _Failure("did not come to an end and was stopped")
            if each.stop or last is None or not last.stop:
                last = each
            yield each
    finally:
        connection.cut()


def _read(
    named: providers.Named,
    prompt: Prompt,
    connection: Connection,
    arrived: queue.SimpleQueue[_Piece | BaseException | None],
    *,
    streamed: bool,
) -> None:
    """Put the pieces of a reply into `arrived`, then None or the error. Runs in a thread of its own."""
    try:
        made = providers.llm(named.name, hooks=connection.hooks)
        if streamed:
            for response in made.stream_chat(_messages(prompt)):
                arrived.put(_piece(response, response.delta or ""))
        else:
            response = made.chat(_messages(prompt))
            arrived.put(_piece(response, response.message.content or ""))
        arrived.put(None)
    except BaseException as error:  # noqa: BLE001 - a thread has nobody to raise to; `_explained` tells them apart
        arrived.put(error)
    finally:
        connection.close()


def _messages(prompt: Prompt) -> list[ChatMessage]:
    from llama_index.core.base.llms.types import ChatMessage, MessageRole

    return [
        ChatMessage(role=MessageRole.SYSTEM, content=prompt.system),
        ChatMessage(role=MessageRole.USER, content=prompt.user),
    ]


def _piece(response: ChatResponse, text: str) -> _Piece:
    """What the three adapters say, each in places of its own, in one form."""
    raw, beside = response.raw, response.message.additional_kwargs
    choices = _field(raw, "choices") or [None]
    stop = (
        _field(choices[0], "finish_reason")
        or beside.get("stop_reason")
        or _field(raw, "stop_reason")
        or _field(raw, "done_reason")
        or ("stop" if _field(raw, "done") is True else None)
    )
    usage = _field(raw, "usage") or beside.get("usage")
    prompt = _field(usage, "prompt_tokens", "input_tokens")
    completion = _field(usage, "completion_tokens", "output_tokens")
    return _Piece(text, stop if isinstance(stop, str) else None, _count(prompt), _count(completion))


def _field(holder: Any, *names: str) -> Any:
    """The first of these that a mapping or an object has."""
    for name in names:
        value = holder.get(name) if isinstance(holder, dict) else getattr(holder, name, None)
        if value is not None:
            return value
    return None


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and value >= 0 else None


def _usage(said: list[_Piece], attempts: int, began: float) -> Usage:
    """The last count of each kind is the one for the whole reply."""
    prompt = [each.prompt_tokens for each in said if each.prompt_tokens is not None]
    completion = [each.completion_tokens for each in said if each.completion_tokens is not None]
    return Usage(
        attempts=attempts,
        seconds=round(time.monotonic() - began, 3),
        prompt_tokens=prompt[-1] if prompt else None,
        completion_tokens=completion[-1] if completion else None,
    )


def _check_end(last: _Piece | None, characters: int, connection: Connection) -> None:
    """Raise _Failure where a reply ended without an error and yet is none."""
    stop = last.stop if last else None
    if stop in _REFUSED:
        raise _Failure("was kept by its provider from answering")
    if characters and stop is None:
        raise _Failure("broke off in the middle of its answer", again=True)
    if not characters and connection.content == "text/html":
        raise _Failure(_WEB_PAGE)
    if not characters:
        # A server that knows no streams answers with one JSON value, in which the client finds no events.
        raise _Failure("answered with nothing", again=True, streamed=connection.content != "application/json")


def _late(characters: int) -> str:
    return "did not come to an end within the time limit" if characters else "did not answer within the time limit"


def _explained(error: BaseException, connection: Connection, characters: int) -> _Failure:
    """What went wrong, told by the status and the kinds of the errors; their texts may hold the key."""
    import httpx

    from qa.models.connection import TooLong

    if not connection.requests:
        return _Failure("can not be set up; check that its packages are those that qa asks for")
    status = connection.status
    if status is not None and not 200 <= status < 300:
        return _refusal(status, connection.retry_after)
    kinds = tuple(type(each) for each in _causes(error))

    def is_a(*classes: type[BaseException]) -> bool:
        return any(issubclass(kind, classes) for kind in kinds)

    if is_a(TooLong):
        return _Failure("did not come to an end and was stopped")
    if is_a(httpx.ConnectError, httpx.ConnectTimeout):
        return _Failure("can not be reached; check that its server runs and its address is right", again=True)
    if is_a(httpx.TimeoutException):
        return _Failure(_late(characters))
    if is_a(httpx.TransportError):
        where = "in the middle of its answer" if characters else "before it had answered"
        return _Failure(f"broke off the connection {where}", again=True)
    if connection.content == "text/html":
        return _Failure(_WEB_PAGE)
    return _Failure(
        "answered with an error or with something that can not be read",
        again=True,
        streamed=connection.content != "application/json",
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _refusal(status: int, retry_after: float | None) -> _Failure:
    if status == 429:
        return _Failure(f"is asked too often or has no credit left ({status})", again=True, pause=retry_after)
    if status in _PASSING:
        return _Failure(f"has a failure on its side ({status})", again=True, pause=retry_after)
    if status in (401, 403):
        return _Failure(f"refused the key ({status}); check the provider's variable")
    if status == 404:
        return _Failure(f"is not known to its server ({status}); check the model's name and the address")
    if 300 <= status < 400:
        return _Failure(f"sends its requests elsewhere ({status}); check the address")
    return _Failure(f"did not accept the request ({status})")
