"""A Chroma server over HTTP (its API v2): collections of records, each with an id, a vector and some metadata.

Every request has limits of time that hold when the server is silent, and every failure is one sentence that names the
server and never the token.

Why not chromadb.HttpClient: it has no limit of time and takes none, since its constructor makes requests already (a
silent server holds it for ever), and it takes 0.7 s to import, in which it reads a .env of the working directory.

Knows nothing of what the records mean.
"""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlsplit

from qa.types import IndexUnusable, WrongUse

if TYPE_CHECKING:
    import httpx

_CONNECT_SECONDS = 2.0
_ASK_SECONDS = 4.0
"""A question makes two requests or three; after the first that gets no answer the others are not even sent."""
_WRITE_SECONDS = 60.0
"""Now and then a server writes its whole index to the disk before it answers: 10 s and more at 100,000 vectors on a busy
machine. A silent one is found out before, by the requests that read."""
_REST_SECONDS = 10.0
"""How long a server that was silent is left alone, so that a question waits for it once."""

_SLOWEST = 100_000
"""Bytes a second: what goes to and fro at least so fast is waited for beyond the limits above."""

_LARGEST_ANSWER = 128 * 2**20

BATCH = 300
"""Records in a request: what Chroma Cloud takes; a server of one's own takes 5,461."""

_BATCH_BYTES = 4 * 2**20
"""Of metadata in a request: a tenth of what a server takes by default, and written well within the limit of time."""


class Unreachable(IndexUnusable):
    """The server did not answer, or not in time. It may at any later moment."""


class CollectionGone(IndexUnusable):
    """A collection was deleted since it was opened, as when an index is rebuilt."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server is, whose data there is meant, and the token that it asks for."""

    url: str
    """"https://host:port", nothing else."""
    tenant: str = "default_tenant"
    database: str = "default_database"
    name: str = ""
    """What the documents are called there; "" where their path has to do."""
    token: str = field(default="", repr=False)

    @classmethod
    def of(cls, text: str, *, token: str = "") -> Address:
        """Read "http://host:port", "https://host/TENANT/DATABASE" or either with "#name". Raises WrongUse."""
        try:
            parts = urlsplit(text)
            host, port = parts.hostname, parts.port
        except ValueError:
            host, port = None, None
        names = [unquote(each) for each in parts.path.split("/") if each] if host else []
        if not host or parts.scheme not in ("http", "https") or parts.query or len(names) not in (0, 2):
            raise WrongUse(
                "QA_CHROMA is not the address of a Chroma server; set it to http://host:port or"
                " https://host/TENANT/DATABASE, with #name to name the documents."
            )
        if "@" in parts.netloc:
            raise WrongUse("QA_CHROMA holds a password; give a token in QA_CHROMA_TOKEN instead.")
        if token and parts.scheme == "http" and host not in ("localhost", "127.0.0.1", "::1"):
            raise WrongUse(f"QA_CHROMA_TOKEN would travel to {host} unencrypted; set QA_CHROMA to an https address.")
        if not token.isascii() or not token.isprintable():
            raise WrongUse("QA_CHROMA_TOKEN holds characters that no token has; copy it again.")
        shown = f"[{host}]" if ":" in host else host
        url = f"{parts.scheme}://{shown}" + (f":{port}" if port else "")
        tenant, database = names or ("default_tenant", "default_database")
        return cls(url, tenant, database, unquote(parts.fragment), token)


@dataclass(frozen=True, slots=True)
class Record:
    """What a collection holds under an id."""

    id: str
    vector: Sequence[float]
    metadata: Mapping[str, str | int]


class Server:
    """A Chroma server. Any number of threads may use it; closed, it opens again when it is used."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self._root = f"/api/v2/tenants/{quote(address.tenant, safe='')}/databases/{quote(address.database, safe='')}"
        self._lock = threading.Lock()
        self._client: httpx.Client | None = None
        self._silent_until = 0.0

    def close(self) -> None:
        """Let go of the connections."""
        with self._lock:
            if self._client is not None:
                self._client.close()
                self._client = None

    def collection(self, name: str) -> Collection | None:
        """The collection of this name; None where there is none."""
        answer = self.request("GET", f"/collections/{quote(name, safe='')}", seconds=_ASK_SECONDS)
        return None if answer is None else Collection(self, name, _text(answer, "id"))

    def create(self, name: str, *, hnsw: Mapping[str, Any]) -> Collection:
        """The collection of this name, made where there is none."""
        body = {"name": name, "get_or_create": True, "configuration": {"hnsw": dict(hnsw)}}
        answer = self.request("POST", "/collections", body, seconds=_WRITE_SECONDS)
        if answer is None:
            raise self._refused(404, f"there is no database {self.address.database!r}")
        return Collection(self, name, _text(answer, "id"))

    def drop(self, name: str) -> None:
        """Delete the collection of this name, if there is one."""
        self.request("DELETE", f"/collections/{quote(name, safe='')}", seconds=_WRITE_SECONDS)

    def request(self, method: str, path: str, body: object = None, *, seconds: float) -> Any:
        """What the server answers, as JSON values; None where what is asked for is not there.

        A connection that was dropped, as after a restart, is made anew once: all that is asked here can be asked twice.
        Raises Unreachable where there is no answer in time, IndexUnusable where it is an error.
        """
        import httpx

        if time.monotonic() < self._silent_until:
            raise self._unreachable("it did not answer a moment ago")
        content = None if body is None else json.dumps(body, separators=(",", ":")).encode()
        deadline = time.monotonic() + seconds
        for is_last in (False, True):
            try:
                return self._answer(method, path, content, deadline=deadline)
            except httpx.TimeoutException as error:
                self._silent_until = time.monotonic() + _REST_SECONDS
                raise self._unreachable("no answer in time") from error
            except httpx.TransportError as error:
                if is_last or isinstance(error, httpx.ConnectError):
                    raise self._unreachable(str(error) or type(error).__name__) from error
        raise AssertionError("the last attempt returns or raises")

    def _answer(self, method: str, path: str, content: bytes | None, *, deadline: float) -> Any:
        import httpx

        left = max(0.1, deadline - time.monotonic())
        limits = httpx.Timeout(left, connect=min(left, _CONNECT_SECONDS))
        body = bytearray()
        with self._open().stream(method, self._root + path, content=content, timeout=limits) as response:
            for part in response.iter_bytes():
                body += part
                if time.monotonic() > deadline + (len(content or b"") + len(body)) / _SLOWEST:
                    raise httpx.ReadTimeout("the answer is too slow")
                if len(body) > _LARGEST_ANSWER:
                    raise self._refused(response.status_code, "an answer without end")
        if response.status_code == 404 and b"NotFoundError" in body:
            return None
        if not response.is_success:
            raise self._refused(response.status_code, _message(bytes(body)))
        try:
            return json.loads(body) if body else {}
        except ValueError as error:
            raise self._refused(response.status_code, "something else than JSON") from error

    def _open(self) -> httpx.Client:
        import httpx

        with self._lock:
            if self._client is None:
                token = self.address.token
                headers = {"content-type": "application/json", **({"x-chroma-token": token} if token else {})}
                self._client = httpx.Client(base_url=self.address.url, headers=headers)
            return self._client

    def _unreachable(self, reason: str) -> Unreachable:
        return Unreachable(
            f"The Chroma server at {self.address.url} can not be reached ({reason});"
            " see that it runs, and that QA_CHROMA names it."
        )

    def _refused(self, status: int, message: str) -> IndexUnusable:
        if status in (401, 403):
            return IndexUnusable(
                f"The Chroma server at {self.address.url} refuses the token ({status}); set QA_CHROMA_TOKEN."
            )
        return IndexUnusable(
            f"The Chroma server at {self.address.url} answers with an error ({status}: {message});"
            " see its log, and that QA_CHROMA names the right server, tenant and database."
        )


class Collection:
    """One collection of a server."""

    def __init__(self, server: Server, name: str, id: str) -> None:
        self.name = name
        self.id = id
        self._server = server

    def add(self, record: Record) -> None:
        """Put a record where there is none of its id yet; where there is one, nothing happens."""
        self._write("add", [record])

    def put(self, records: Iterable[Record]) -> None:
        """Put records in place of those with their ids, in as many requests as it takes."""
        for batch in _batches(records):
            self._write("upsert", batch)

    def get(self, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """The metadata of the records with these ids; an id that is not there has none."""
        found: dict[str, dict[str, Any]] = {}
        for start in range(0, len(ids), BATCH):
            found |= self._get({"ids": list(ids[start : start + BATCH])})
        return found

    def where(self, key: str, values: Sequence[str]) -> dict[str, dict[str, Any]]:
        """At most `BATCH` of the records that have one of these values under the key, and their metadata."""
        return self._get({"where": {key: {"$in": list(values)}}, "limit": BATCH})

    def having(self, key: str, values: Sequence[str]) -> list[str]:
        """The ids of at most `BATCH` records that have one of these values under the key."""
        body = {"where": {key: {"$in": list(values)}}, "limit": BATCH, "include": []}
        return list(self._ask("get", body, seconds=_WRITE_SECONDS)["ids"])

    def delete(self, ids: Sequence[str]) -> None:
        """Delete the records with these ids, as far as they are there."""
        for start in range(0, len(ids), BATCH):
            self._ask("delete", {"ids": list(ids[start : start + BATCH])}, seconds=_WRITE_SECONDS)

    def count(self) -> int:
        """How many records there are."""
        answer = self._server.request("GET", f"/collections/{self.id}/count", seconds=_ASK_SECONDS)
        return int(self._there(answer))

    def nearest(self, vector: Sequence[float], *, limit: int) -> list[str]:
        """The ids of the nearest by the collection's distance, nearest first."""
        body = {"query_embeddings": [list(vector)], "n_results": limit, "include": []}
        return list(self._ask("query", body, seconds=_ASK_SECONDS)["ids"][0])

    def _get(self, what: Mapping[str, object]) -> dict[str, dict[str, Any]]:
        answer = self._ask("get", {**what, "include": ["metadatas"]}, seconds=_ASK_SECONDS)
        return {id: metadata or {} for id, metadata in zip(answer["ids"], answer["metadatas"], strict=True)}

    def _write(self, how: str, batch: Sequence[Record]) -> None:
        body = {
            "ids": [each.id for each in batch],
            "embeddings": [list(each.vector) for each in batch],
            "metadatas": [dict(each.metadata) for each in batch],
        }
        self._ask(how, body, seconds=_WRITE_SECONDS)

    def _ask(self, what: str, body: Mapping[str, object], *, seconds: float) -> Any:
        return self._there(self._server.request("POST", f"/collections/{self.id}/{what}", body, seconds=seconds))

    def _there(self, answer: Any) -> Any:
        if answer is None:
            raise CollectionGone(f"The collection {self.name} is no longer on the Chroma server; ask again.")
        return answer


def _batches(records: Iterable[Record]) -> Iterator[list[Record]]:
    """Runs of records that a request may hold."""
    batch: list[Record] = []
    size = 0
    for record in records:
        weight = sum(len(each) for each in record.metadata.values() if isinstance(each, str))
        if batch and (len(batch) == BATCH or size + weight > _BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(record)
        size += weight
    if batch:
        yield batch


def _text(answer: Any, key: str) -> str:
    value = answer.get(key) if isinstance(answer, dict) else None
    if not isinstance(value, str):
        raise IndexUnusable("What answers at QA_CHROMA is no Chroma server of version 1; correct the address.")
    return value


def _message(body: bytes) -> str:
    """What a server says of its error, as one short line."""
    try:
        said = json.loads(body)["message"]
    except (ValueError, KeyError, TypeError):
        said = body.decode("utf-8", "replace")
    line = " ".join(str(said).split())
    return "".join(itertools.islice((each for each in line if each.isprintable()), 160)) or "nothing"
