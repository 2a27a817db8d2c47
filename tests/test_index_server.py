"""What is published on a real Chroma server: written, read, raced for, cut off and tidied, with the server stopped,
killed and silenced in between."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import qa
from qa.app.own import Visitors
from qa.assistant import Settings
from qa.index import Overtaken, open_index, remote, replica
from qa.index import release as releasing
from qa.index.ledger import Generation, Ledger, PackGone, Shared, generation_record
from qa.index.manifest import Content, Row, passage_id
from qa.index.packs import packed, unpacked
from qa.index.release import Release, drop, release, tidy
from qa.index.remote import Address, Collection, CollectionGone, Record, Server, Unreachable
from qa.types import Document, FileState, IndexBusy, IndexUnusable, Passage, Span, WrongUse
from tests.chroma_server import ChromaServer, answering, chroma_server, free_port, silent_server
from tests.test_index import (
    Corpus,
    KilledCorpus,
    answers,
    assert_equal_to_clean,
    edit,
    encode,
    fill,
    split,
    told_address,
)
from tests.test_index import encode_text as vectors_of

DIMENSIONS = 16
SECONDS = 10
"""What a user waits at most."""


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow machine fails no test; those on silence set a short limit, so that it is told from slowness."""
    monkeypatch.setattr(remote, "_ASK_SECONDS", 60.0)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChromaServer]:
    with chroma_server(tmp_path_factory.mktemp("chroma")) as server:
        yield server


@pytest.fixture
def chroma(running: ChromaServer) -> ChromaServer:
    running.ensure()
    return running


@pytest.fixture
def server(chroma: ChromaServer) -> Iterator[Server]:
    server = Server(Address.of(chroma.url))
    yield server
    server.close()


@pytest.fixture
def ledger(server: Server, request: pytest.FixtureRequest) -> Ledger:
    return Ledger.make(server, "test-" + hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:16])


def content(file: str, text: str = "A bridge.\nA road.", *, kept: bytes | None = None) -> Content:
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    rows, at = [], 0
    for line in text.split("\n"):
        passage = Passage(file, at, at + len(line), line, "Title", None, (Span(at, at + len(line)),))
        rows.append(
            Row(passage_id(passage, sha256), 0, passage, "titl", line.lower(), vector(line).tobytes(), b"\x01" * 16)
        )
        at += len(line) + 1
    return Content(FileState(file, len(text), 17), sha256, True, tuple(rows), ("a remark",) if kept else (), kept)


def vector(text: str) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    made = np.frombuffer(hashlib.sha256(text.encode()).digest()[:16], np.uint8).astype(np.float32) - 127
    unit: np.ndarray[tuple[int], np.dtype[np.float32]] = (made / np.linalg.norm(made)).astype(np.float32)
    return unit


class Replica:
    """What a machine knows of a ledger; it publishes and follows."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.generation: Generation | None = None
        self.entries: dict[str, Shared] = {}
        self.rows: dict[str, tuple[Row, ...]] = {}

    def publish(self, *added: Content, gone: Sequence[str] = (), afresh: bool = False) -> None:
        self.rows |= {each.sha256: each.rows for each in added}
        replaced = [self.entries[each.state.file] for each in added if each.state.file in self.entries]
        change = Release(
            base=self.generation,
            entries=self.entries,
            added=added,
            dropped=[*(self.entries[file] for file in gone), *replaced],
            rows=lambda shared: self.rows[shared.sha256],
            encoder="letters",
            dimensions=DIMENSIONS,
            afresh=afresh,
        )
        self.generation, self.entries = release(self.ledger, change)

    def follow(self) -> None:
        newest, continues = self.ledger.newest(known=self.generation)
        if newest is not None and newest != self.generation:
            known = self.generation.number if self.generation and continues else 0
            self.entries = self.ledger.entries(newest, known=known, entries=self.entries if continues else {})
            self.generation = newest

    def found(self, text: str, limit: int = 300) -> list[str]:
        assert self.generation is not None
        return self.ledger.nearest(self.generation, vector(text).tolist(), limit=limit)

    def contents(self) -> list[Content]:
        return list(self.ledger.contents(self.entries.values()))


def collections_of(server: Server) -> list[str]:
    return [each["name"] for each in server.request("GET", "/collections?limit=1000", seconds=10)]


def ids(*contents: Content) -> set[str]:
    return {row.id for each in contents for row in each.rows}


# The address


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("http://localhost:8000", Address("http://localhost:8000")),
        ("http://localhost:8000/", Address("http://localhost:8000")),
        ("http://[::1]:8000#hand%20book", Address("http://[::1]:8000", name="hand book")),
        ("https://api.trychroma.com/mine/docs", Address("https://api.trychroma.com", "mine", "docs")),
    ],
)
def test_an_address_names_a_server_and_whose_data_is_meant(text: str, expected: Address) -> None:
    assert Address.of(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "localhost:8000",
        "ftp://host",
        "http://",
        "http://host:none",
        "http://host/only",
        "http://[::1",
        "http://h?x",
    ],
)
def test_what_is_no_address_is_wrong_use(text: str) -> None:
    with pytest.raises(WrongUse, match="http://host:port"):
        Address.of(text)


def test_a_secret_is_never_part_of_a_message_and_never_sent_in_the_clear() -> None:
    with pytest.raises(WrongUse) as refused:
        Address.of("http://me:canary@host:8000")
    assert "canary" not in str(refused.value)
    with pytest.raises(WrongUse, match="unencrypted") as refused:
        Address.of("http://host:8000", token="canary")
    assert "canary" not in str(refused.value)
    with pytest.raises(WrongUse, match="QA_CHROMA_TOKEN"):
        Address.of("https://host", token="can\nary")
    assert "canary" not in repr(Address.of("https://host", token="canary"))


# Time and failure


@pytest.mark.parametrize("ask", ["collection", "create"])
def test_a_silent_server_is_a_sentence_in_the_time_that_is_set(ask: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "_ASK_SECONDS", 1.0)
    monkeypatch.setattr(remote, "_WRITE_SECONDS", 1.0)
    with silent_server() as url:
        server = Server(Address.of(url, token="canary"))
        started = time.monotonic()
        with pytest.raises(Unreachable, match=f"{url} can not be reached") as refused:
            server.create("some-name", hnsw={}) if ask == "create" else server.collection("some-name")
        assert time.monotonic() - started < SECONDS + 1
        # The rest of a question does not wait for it again.
        started = time.monotonic()
        with pytest.raises(Unreachable, match="a moment ago"):
            server.collection("some-name")
        assert time.monotonic() - started < 1
        assert "canary" not in str(refused.value)
        server.close()


def test_an_answer_that_drips_or_never_ends_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "_ASK_SECONDS", 1.0)
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n"
    with answering(head + b" ", pause=0.5, times=100) as url:
        server = Server(Address.of(url))
        started = time.monotonic()
        with pytest.raises(Unreachable):
            server.collection("some-name")
        assert time.monotonic() - started < SECONDS
        server.close()


def test_a_server_that_is_not_there_is_a_sentence_at_once() -> None:
    server = Server(Address.of(f"http://127.0.0.1:{free_port()}"))
    with pytest.raises(Unreachable, match="see that it runs"):
        server.collection("some-name")
    server.close()


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\n<html>", "something else than JSON"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n[]", "no Chroma server"),
        (b"HTTP/1.1 401 No\r\ncontent-length: 0\r\n\r\n", "QA_CHROMA_TOKEN"),
        (b"HTTP/1.1 302 No\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n", "302"),
        (b"HTTP/1.1 500 No\r\ncontent-length: 24\r\n\r\n" + b'{"message": "\x1b[2Jwoe\\n!"}', "woe"),
        (b"nothing of HTTP\r\n\r\n", "can not be reached"),
    ],
)
def test_whatever_else_answers_is_a_sentence(answer: bytes, said: str) -> None:
    with answering(answer) as url:
        server = Server(Address.of(url, token="canary"))
        with pytest.raises(IndexUnusable) as refused:
            server.collection("some-name")
        assert said in str(refused.value)
        assert "canary" not in str(refused.value)
        assert str(refused.value).isprintable()
        server.close()


def test_the_token_is_sent_with_every_request() -> None:
    seen: list[bytes] = []
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(1)

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                seen.append(connection.recv(65_536))
                gone = b'{"error":"NotFoundError"}'
                connection.sendall(b"HTTP/1.1 404 No\r\ncontent-length: %d\r\n\r\n%s" % (len(gone), gone))

        thread = threading.Thread(target=serve)
        thread.start()
        server = Server(Address.of(f"http://127.0.0.1:{listening.getsockname()[1]}", token="canary"))
        assert server.collection("some-name") is None
        thread.join(10)
        server.close()
    assert b"\r\nx-chroma-token: canary\r\n" in seen[0]


def test_a_server_stopped_killed_or_frozen_is_found_again_by_itself(
    chroma: ChromaServer, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "_REST_SECONDS", 0.0)
    replica = Replica(ledger)
    replica.publish(content("a.txt"))
    for end in (chroma.stop, chroma.kill):
        end()
        with pytest.raises(Unreachable):
            replica.found("A bridge.")
        chroma.start()
        assert set(replica.found("A bridge.")) == ids(content("a.txt"))
    with chroma.frozen(), monkeypatch.context() as patched:
        patched.setattr(remote, "_ASK_SECONDS", 1.0)
        started = time.monotonic()
        with pytest.raises(Unreachable):
            replica.found("A bridge.")
        assert time.monotonic() - started < SECONDS
    assert set(replica.found("A bridge.")) == ids(content("a.txt"))


# What a pack holds


@pytest.mark.parametrize("kept", [None, b"", b"\x00\xff" * 70_000])
def test_a_version_goes_through_a_pack_unchanged(ledger: Ledger, kept: bytes | None) -> None:
    given = [content("a.txt", kept=kept), content("empty.txt", ""), content("桥\n<b>.txt", "石桥。\n路。")]
    assert [unpacked(packed(each)) for each in given] == given
    replica = Replica(ledger)
    replica.publish(*given)
    assert replica.contents() == given


def test_a_pack_that_is_not_whole_is_refused(ledger: Ledger) -> None:
    whole = packed(content("a.txt"))
    for broken in (whole[:-1], whole[:20], b"", b"\x00" * 40, b"x" * 40):
        with pytest.raises(IndexUnusable, match="--rebuild"):
            unpacked(broken)
    replica = Replica(ledger)
    replica.publish(content("a.txt"))
    (pack,) = (each.pack for each in replica.entries.values())
    name = pack.partition("/")[0]
    ledger.packs.put([Record(f"{name}.0", [0.0, 0.0], {"values": 1, "0": "QUJD"})])
    with pytest.raises(IndexUnusable, match="damaged"):
        replica.contents()


# Publishing and following


def test_what_one_publishes_another_finds(ledger: Ledger) -> None:
    one, other = Replica(ledger), Replica(ledger)
    other.follow()
    assert other.generation is None
    a, b, c = content("a.txt"), content("b.txt", "A tower.\nA market."), content("a.txt", "A new bridge.")
    one.publish(a, b)
    other.follow()
    assert other.contents() == [a, b]
    assert set(other.found("A bridge.")) == ids(a, b)
    assert other.found("A tower.")[0] == b.rows[0].id
    one.publish(c)
    one.publish(gone=["b.txt"])
    other.follow()
    assert (other.generation, other.entries) == (one.generation, one.entries)
    assert other.contents() == [c]


def test_a_removed_file_and_nothing_left_is_a_generation_too(ledger: Ledger) -> None:
    replica = Replica(ledger)
    replica.publish(content("a.txt"), content("empty.txt", ""))
    replica.publish(gone=["a.txt"])
    replica.publish(gone=["empty.txt"])
    newcomer = Replica(ledger)
    newcomer.follow()
    assert newcomer.entries == {}
    assert not ids(content("a.txt")) & set(newcomer.found("A bridge."))
    replica.publish(content("a.txt"))
    assert set(replica.found("A bridge.")) == ids(content("a.txt"))


def test_what_was_dropped_is_there_for_one_generation_more_and_then_gone(ledger: Ledger) -> None:
    a, b = content("a.txt"), content("a.txt", "A second bridge.")
    replica, slow = Replica(ledger), Replica(ledger)
    replica.publish(a)
    slow.follow()
    replica.publish(b)
    assert slow.contents() == [a]
    assert ids(a) <= set(slow.found("A bridge."))
    replica.publish(content("b.txt", "Unlike."))
    with pytest.raises(PackGone):
        slow.contents()
    assert not ids(a) & set(slow.found("A bridge."))
    slow.follow()
    assert slow.contents() == [b, content("b.txt", "Unlike.")]


def test_a_replica_far_behind_starts_from_a_list_of_everything_and_old_lists_are_deleted(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qa.index import ledger as ledgers

    monkeypatch.setattr(ledgers, "WHOLE", 4)
    monkeypatch.setattr(releasing, "WHOLE", 4)
    one, others = Replica(ledger), []
    for number in range(18):
        one.publish(content(f"{number % 5}.txt", f"Version {number}."))
        others.append(Replica(ledger))
        if number % 3:
            others[-1].follow()
    assert ledger.generation(1) is None
    assert ledger.records.count() < 18
    for other in others:
        other.follow()
        assert other.entries == one.entries
    assert ledger.packs.count() < 18 + 5


def test_vectors_are_written_anew_when_a_fifth_of_them_is_deleted(
    ledger: Ledger, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(releasing, "_SMALL", 2)
    replica = Replica(ledger)
    replica.publish(*(content(f"{number}.txt", f"One {number}.\nTwo {number}.") for number in range(8)))
    names = []
    for number in range(5):
        replica.publish(content(f"{number}.txt", f"Another {number}.\nAnd {number}."))
        assert replica.generation is not None
        names.append((replica.generation.vectors, replica.generation.buried))
        newcomer = Replica(ledger)
        newcomer.follow()
        assert ids(*newcomer.contents()) <= set(newcomer.found("One 7."))
    assert [buried for _, buried in names] == [2, 0, 2, 0, 2]
    assert len({name for name, _ in names}) == 3
    ours = [
        name for name in collections_of(server) if name.startswith(f"{ledger.name}.") and not name.endswith(".packs")
    ]
    assert names[-1][0] in ours
    assert len(ours) == 1


def test_everything_can_be_deleted(ledger: Ledger, server: Server) -> None:
    replica = Replica(ledger)
    replica.publish(content("a.txt"))
    drop(ledger)
    assert not [name for name in collections_of(server) if name.startswith(ledger.name)]
    assert Ledger.find(server, ledger.name) is None
    with pytest.raises(CollectionGone):
        replica.follow()
    again = Ledger.make(server, ledger.name)
    assert again.identity != ledger.identity
    Replica(again).publish(content("a.txt"))


# Two writers, and one that dies


def test_of_two_writers_one_publishes_and_the_other_begins_again_from_there(ledger: Ledger) -> None:
    one, other = Replica(ledger), Replica(ledger)
    one.publish(content("a.txt"))
    other.follow()
    one.publish(content("b.txt", "First."))
    with pytest.raises(IndexBusy, match="try again"):
        other.publish(content("c.txt", "Second."))
    assert not ids(content("c.txt", "Second.")) & set(one.found("Second."))
    other.follow()
    other.publish(content("c.txt", "Second."))
    one.follow()
    assert sorted(one.entries) == ["a.txt", "b.txt", "c.txt"]
    assert one.generation is not None
    tidy(ledger, one.generation, one.entries, grace=0)
    assert not ledger.records.having("kind", ["run"])


def publish_each(url: str, name: str, who: int, times: int) -> None:
    """Add files until all are published, beginning again as often as others are first."""
    server = Server(Address.of(url))
    ledger = Ledger.find(server, name)
    assert ledger is not None
    replica = Replica(ledger)
    for number in range(times):
        while True:
            replica.follow()
            replica.rows |= {each.sha256: each.rows for each in replica.contents()}
            try:
                replica.publish(content(f"{who}-{number}.txt", f"By {who}, number {number}."))
                break
            except (IndexBusy, PackGone):
                continue
    server.close()


def test_writers_in_many_processes_lose_nothing_of_each_other(chroma: ChromaServer, ledger: Ledger) -> None:
    Replica(ledger).publish(content("a.txt"))
    processes = [
        multiprocessing.get_context("spawn").Process(target=publish_each, args=(chroma.url, ledger.name, who, 3))
        for who in range(3)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0, 0, 0]
    replica = Replica(ledger)
    replica.follow()
    assert sorted(replica.entries) == sorted(["a.txt", *(f"{who}-{n}.txt" for who in range(3) for n in range(3))])
    assert replica.generation is not None
    assert replica.generation.number == 10
    assert set(replica.found("By 1, number 1.")) >= ids(*replica.contents())


class Died(Exception):
    """Stands for the end of the process: nothing is tidied after it."""


@pytest.mark.parametrize("point", ["packs", "vectors", "list", "published"])
@pytest.mark.parametrize("first", [True, False])
def test_what_a_writer_that_died_has_left_is_deleted_by_the_next_ones(
    ledger: Ledger, server: Server, monkeypatch: pytest.MonkeyPatch, point: str, first: bool
) -> None:
    replica = Replica(ledger)
    if not first:
        replica.publish(content("a.txt"))
    with monkeypatch.context() as patched:
        patched.setattr(releasing, "_delete_run", lambda *_, **__: None)
        die_at(point, ledger, patched)
        with pytest.raises(Died):
            replica.publish(content("dead.txt", "Never seen."))
    replica.follow()
    for number in range(3):
        replica.publish(content("b.txt", f"Number {number}."))
    newcomer = Replica(ledger)
    newcomer.follow()
    was_published = point == "published"
    assert ("dead.txt" in newcomer.entries) == was_published
    assert bool(ids(content("dead.txt", "Never seen.")) & set(newcomer.found("Never seen."))) == was_published
    assert not ledger.records.having("kind", ["run"])
    held = {id.partition("-")[0] for id in everything(ledger.packs)}
    generations = [ledger.generation(number) for number in range(1, 9)]
    assert held <= {each.run for each in generations if each is not None}
    collections = [name for name in collections_of(server) if name.startswith(f"{ledger.name}.")]
    assert len(collections) == 2


def die_at(point: str, ledger: Ledger, patched: pytest.MonkeyPatch) -> None:
    put, add = Collection.put, Collection.add

    def putting(self: Collection, records: Iterator[Record]) -> None:
        put(self, records)
        is_list = self.name.endswith(".packs") and point == "list"
        if self.name.endswith(f".{point}") or (point == "vectors" and not self.name.endswith(".packs")):
            raise Died
        if is_list and putting.__dict__.setdefault("seen", 0) == 1:
            raise Died
        if is_list:
            putting.__dict__["seen"] = putting.__dict__.get("seen", 0) + 1

    def adding(self: Collection, record: Record) -> None:
        add(self, record)
        if point == "published" and record.id.startswith("generation-"):
            raise Died

    patched.setattr(Collection, "put", putting)
    patched.setattr(Collection, "add", adding)


def everything(collection: Collection) -> list[str]:
    return list(collection._ask("get", {"include": []}, seconds=5)["ids"])


def test_the_published_record_can_not_be_replaced_by_a_late_one(ledger: Ledger) -> None:
    replica = Replica(ledger)
    replica.publish(content("a.txt"))
    generation = replica.generation
    assert generation is not None
    late = Generation(generation.number, "late", "letters", DIMENSIONS, "x", 0, "x", "")
    ledger.records.add(generation_record(late))
    assert ledger.generation(generation.number) == generation


def test_a_layout_of_another_version_of_the_program_is_refused(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    from qa.index import ledger as ledgers

    replica = Replica(ledger)
    replica.publish(content("a.txt"))
    monkeypatch.setattr(ledgers, "FORMAT", 2)
    with pytest.raises(IndexUnusable, match="another version"):
        Replica(ledger).follow()


def test_thousands_of_passages_in_one_file_and_one_passage_in_each_of_many_files(ledger: Ledger) -> None:
    large = content("large.txt", "\n".join(f"Passage number {number} of many." for number in range(1_500)))
    small = [content(f"{number:04}.txt", f"File number {number}.") for number in range(400)]
    replica, other = Replica(ledger), Replica(ledger)
    replica.publish(large, *small)
    other.follow()
    assert other.contents() == [large, *small]
    assert other.found("File number 7.", limit=1) == [small[7].rows[0].id]
    assert len(other.found("File number 7.")) == 300


def test_a_server_that_was_closed_opens_again_when_it_is_used(server: Server, ledger: Ledger) -> None:
    server.close()
    assert server.collection(ledger.name) is not None
    assert server.collection("absent-name") is None


# Machines: each has a store of its own and the same address


@pytest.fixture
def machine(
    chroma: ChromaServer, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], Corpus]:
    """A machine of this name that indexes and asks the documents in `folder`."""
    monkeypatch.setattr(replica, "_LOOK_SECONDS", 0)
    monkeypatch.setattr(remote, "_REST_SECONDS", 0)
    return lambda name: Corpus(folder, tmp_path / name, f"{chroma.url}#{folder}")


def assert_published_equal_to_clean(machine: Corpus) -> None:
    with machine.open() as index:
        index.published()
    assert_equal_to_clean(machine)


def test_a_machine_with_an_empty_store_answers_as_the_one_that_has_indexed(machine: Callable[[str], Corpus]) -> None:
    writer, reader = machine("writer"), machine("reader")
    fill(writer, files=30)
    with reader.open() as index, pytest.raises(IndexUnusable, match="Nothing is published"):
        index.published()
    writer.sync()
    with writer.open() as one, reader.open() as other:
        expected = answers(one)
        assert other.published().unchanged == tuple(one.files())
        assert answers(other) == expected
        edit(writer)
        writer.sync()
        assert answers(other) == answers(one) != expected
    # To index there as well there is nothing left to do.
    report = reader.sync()
    assert (report.added, report.changed, report.removed) == ((), (), ())
    assert (reader.read_files, reader.encoded) == ([], 0)
    assert_published_equal_to_clean(reader)


def test_what_is_published_while_a_writer_works_is_taken_in_and_nothing_is_encoded_twice(
    machine: Callable[[str], Corpus], monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, quick = machine("slow"), machine("quick")
    fill(slow, files=6)
    slow.sync()
    publish, times = replica.Replica.publish, iter(range(2))

    def overtaken(self: replica.Replica, *given: Any) -> None:
        if next(times, None) == 0:
            monkeypatch.setattr(replica.Replica, "publish", publish)
            quick.write("quick.txt", "The quick one was first.")
            quick.sync()
        publish(self, *given)

    quick.files = lambda: [each for each in Corpus.files(quick) if each.file != "slow.txt"]  # type: ignore[method-assign]
    slow.write("slow.txt", "The slow one was second.")
    monkeypatch.setattr(replica.Replica, "publish", overtaken)
    with pytest.raises(Overtaken):
        slow.sync()
    assert slow.encoded == 1
    assert slow.sync().added == ("slow.txt",)
    assert slow.encoded == 0
    assert quick.encoded == 1
    del quick.files  # type: ignore[attr-defined]
    for each in (slow, quick):
        assert_published_equal_to_clean(each)


def test_the_text_of_a_file_that_is_not_plain_reaches_every_machine(machine: Callable[[str], Corpus]) -> None:
    writer, reader = machine("writer"), machine("reader")
    writer.write("a.pdf", "A bridge.")
    plain = writer.read("a.pdf")
    document = Document("a.pdf", "A BRIDGE.", "Title", plain.sha256, (Span(0, 9),), (), None, ("a remark",))
    with writer.open() as index:
        index.sync(writer.files(), read=lambda _: document, split=split, encode=encode)
    with reader.open() as index:
        assert index.kept("a.pdf", plain.sha256) == document
        assert index.published().remarks == (("a.pdf", "a remark"),)


@pytest.mark.parametrize("how", ["gone", "silent"])
def test_without_the_server_a_small_replica_answers_and_a_large_one_says_why_it_can_not(
    machine: Callable[[str], Corpus], chroma: ChromaServer, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    writer = machine("writer")
    fill(writer, files=6)
    writer.sync()
    with writer.open() as index:
        expected = answers(index)
    monkeypatch.setattr(remote, "_REST_SECONDS", 60.0)
    monkeypatch.setattr(remote, "_ASK_SECONDS", 1.0)
    with nullcontext(chroma.kill()) if how == "gone" else chroma.frozen():
        started = time.monotonic()
        with writer.open() as index:
            assert index.by_meaning(vectors_of("bridge"), limit=5)
            assert time.monotonic() - started < SECONDS
            assert answers(index) == expected
            monkeypatch.setattr(replica, "_MOST_COMPARED", 1)
            with pytest.raises(Unreachable, match=chroma.url):
                index.by_meaning(vectors_of("bridge"), limit=5)
        started = time.monotonic()
        with pytest.raises(Unreachable):
            machine("newcomer").open()
        assert time.monotonic() - started < SECONDS
    monkeypatch.undo()
    chroma.ensure()


def test_without_the_server_nothing_is_encoded_in_vain_and_nothing_to_do_is_no_error(
    machine: Callable[[str], Corpus], chroma: ChromaServer
) -> None:
    writer = machine("writer")
    fill(writer, files=6)
    writer.sync()
    chroma.kill()
    assert len(writer.sync().unchanged) == 6
    writer.write("new.txt", "A new bridge.")
    with pytest.raises(Unreachable):
        writer.sync()
    assert writer.encoded == 0
    chroma.start()
    assert writer.sync().added == ("new.txt",)


def test_a_server_that_has_lost_everything_is_given_it_again(machine: Callable[[str], Corpus], server: Server) -> None:
    writer, reader = machine("writer"), machine("reader")
    fill(writer, files=6)
    writer.sync()
    with reader.open() as index:
        expected = answers(index)
        for name in collections_of(server):
            server.drop(name)
        assert answers(index) == expected
        writer.write("new.txt", "A new bridge.")
        assert writer.sync().added == ("new.txt",)
        assert writer.encoded == 1
        assert index.files() == writer.open_files()
    assert_equal_to_clean(writer)
    assert_published_equal_to_clean(reader)


def test_a_server_that_has_lost_its_vectors_is_given_them_again_and_no_answer_is_wrong_meanwhile(
    machine: Callable[[str], Corpus], server: Server
) -> None:
    writer = machine("writer")
    fill(writer, files=6)
    writer.sync()
    ledger = Ledger.find(server, replica.collection_name(str(writer.root)))
    assert ledger is not None
    newest, _ = ledger.newest(known=None)
    assert newest is not None
    with writer.open() as index:
        expected = answers(index)
        server.drop(newest.vectors)
        assert answers(index) == expected
    writer.write("new.txt", "A new bridge.")
    writer.sync()
    assert_equal_to_clean(writer)


def test_a_server_given_back_an_older_state_is_brought_up_to_date_again(
    machine: Callable[[str], Corpus], chroma: ChromaServer, tmp_path: Path
) -> None:
    writer, reader = machine("writer"), machine("reader")
    fill(writer, files=6)
    writer.sync()
    chroma.stop()
    shutil.copytree(chroma.folder, tmp_path / "backup")
    chroma.start()
    edit(writer)
    writer.sync()
    with reader.open() as index:
        assert index.files() == writer.open_files()
        chroma.stop()
        shutil.rmtree(chroma.folder)
        shutil.copytree(tmp_path / "backup", chroma.folder)
        chroma.start()
        assert "part-2/2.txt" in index.files()
        writer.sync()
        assert_equal_to_clean(writer)
        assert index.files() == writer.open_files()
    assert_published_equal_to_clean(reader)


@pytest.mark.parametrize(
    ("first", "point"),
    [
        *((True, point) for point in ("announced", "vectors", "released")),
        *((False, point) for point in ("encode 0", "put", "packs", "vectors", "listed", "released", "published")),
    ],
)
def test_killed_anywhere_every_machine_sees_all_of_it_or_nothing_and_the_next_run_ends_as_a_clean_one(
    machine: Callable[[str], Corpus], first: bool, point: str
) -> None:
    writer, reader = machine("writer"), machine("reader")
    fill(writer, files=4)
    if not first:
        writer.sync()
        edit(writer)
    with reader.open() as index:
        before = answers(index)
        assert killed(writer, f"server {point}")
        if point not in ("released", "published"):
            assert answers(index) == before
    if point in ("released", "published"):
        assert_published_equal_to_clean(reader)
    writer.sync()
    assert_equal_to_clean(writer)
    assert_published_equal_to_clean(reader)


def killed(corpus: Corpus, point: str) -> bool:
    """Sync in a process that dies where it is told, and say whether it did."""
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["httpx", "tantivy", "numpy"])
    process = processes.Process(target=sync_and_die, args=(corpus.root, corpus.store, told_address(corpus), point))
    process.start()
    process.join(120)
    return process.exitcode == -signal.SIGKILL


def sync_and_die(root: Path, store: Path, address: str, point: str) -> None:
    step = point.removeprefix("server ")
    corpus = KilledCorpus(root, store, address)
    corpus.kill_at(step if step in ("encode 0", "put") else "publish" if step == "published" else "never")
    put, add = Collection.put, Collection.add

    def putting(self: Collection, records: Iterable[Record]) -> None:
        held = list(records)
        put(self, held)
        is_list = any(each.metadata.get("pack", "").endswith(("-delta", "-whole")) for each in held)  # type: ignore[union-attr]
        kind = "listed" if is_list else "packs" if self.name.endswith(".packs") else "vectors"
        if held and kind == step and "." in self.name:
            corpus.die()

    def adding(self: Collection, record: Record) -> None:
        add(self, record)
        if step == ("announced" if record.id.startswith("run-") else "released"):
            corpus.die()

    Collection.put, Collection.add = putting, adding  # type: ignore[method-assign, assignment]
    corpus.sync()


def test_another_encoder_is_refused_on_every_machine(machine: Callable[[str], Corpus]) -> None:
    writer, other = machine("writer"), machine("other")
    fill(writer, files=2)
    writer.sync()
    for encoder, dimensions in (("other", 48), ("letters", 7)):
        with pytest.raises(IndexUnusable, match=r"built with 'letters'.*QA_EMBED.*--rebuild"):
            open_index(other.store, encoder=encoder, dimensions=dimensions, address=other.address)


def test_once_it_is_compacted_the_server_gives_nothing_of_a_removed_file_any_more(
    machine: Callable[[str], Corpus], server: Server
) -> None:
    writer = machine("writer")
    fill(writer, files=6)
    writer.write("secret.txt", "The password is xylophone. It was Ravenscroft who chose it.")
    writer.sync()
    ledger = Ledger.find(server, replica.collection_name(str(writer.root)))
    assert ledger is not None
    newest, _ = ledger.newest(known=None)
    assert newest is not None
    secret = ledger.entries(newest, known=0, entries={})["secret.txt"]
    (writer.root / "secret.txt").unlink()
    writer.sync()
    assert list(ledger.contents([secret]))
    with writer.open() as index:
        index.compact()
    with pytest.raises(PackGone):
        list(ledger.contents([secret]))
    assert server.collection(newest.vectors) is None
    assert_equal_to_clean(writer)
    assert_published_equal_to_clean(machine("reader"))


# The whole assistant


def test_assistants_with_stores_of_their_own_give_the_same_answer(chroma: ChromaServer, tmp_path: Path) -> None:
    question = "Why was Micron barred?"
    with qa.Assistant(store=tmp_path / "alone") as alone:
        expected = alone.answer(question).to_dict()
    address = f"{chroma.url}#seeds"
    with qa.Assistant(store=tmp_path / "one", chroma=address) as one:
        assert one.answer(question).to_dict() == expected
    with qa.Assistant(store=tmp_path / "other", chroma=address, published=True) as other:
        assert other.answer(question).to_dict() == expected
        assert not (set(path.name for path in other.settings.store.rglob("*")) & {"chroma.sqlite3"})


def command_line(*arguments: str | Path, store: Path, chroma: str) -> subprocess.CompletedProcess[str]:
    settings = {**os.environ, "QA_STORE": str(store), "QA_CHROMA": chroma, "QA_CHROMA_TOKEN": "canary"}
    command = [sys.executable, "-m", "qa", *map(str, arguments)]
    return subprocess.run(command, env=settings, capture_output=True, text=True, timeout=120)


def test_what_one_command_indexes_another_with_an_empty_store_answers_byte_for_byte(
    chroma: ChromaServer, tmp_path: Path
) -> None:
    question = ("ask", "Why was Micron barred?", "--json")
    expected = command_line(*question, store=tmp_path / "alone", chroma="").stdout
    assert command_line("index", store=tmp_path / "writer", chroma=chroma.url).returncode == 0
    chroma.kill()
    chroma.start()
    assert command_line(*question, "--published", store=tmp_path / "reader", chroma=chroma.url).stdout == expected


def test_on_the_command_line_every_fault_of_the_server_is_one_sentence(tmp_path: Path) -> None:
    with silent_server() as silent:
        for chroma, command, code, said in (
            (f"http://127.0.0.1:{free_port()}", "index", 1, "can not be reached"),
            (silent, "ask Why? --published", 1, "no answer in time"),
            ("127.0.0.1:8000", "ask Why?", 2, "http://host:port"),
            ("http://me:canary@127.0.0.1:8000", "index", 2, "QA_CHROMA_TOKEN"),
        ):
            run = command_line(*command.split(), store=tmp_path / "store", chroma=chroma)
            assert run.returncode == code
            assert re.fullmatch(rf"qa: [^\n]*{said}[^\n]*\n", run.stderr)
            assert "canary" not in run.stdout + run.stderr
    run = command_line("index", "--part", "4/3", store=tmp_path / "store", chroma="")
    assert (run.returncode, run.stdout) == (2, "")


def test_machines_that_take_a_part_of_the_files_each_make_one_index_together(
    chroma: ChromaServer, folder: Path, tmp_path: Path
) -> None:
    for number in range(12):
        (folder / f"{number}.txt").write_text(f"House number {number} was built in {1800 + number}.")
    address = f"{chroma.url}#parts"
    added: list[str] = []
    for part in (1, 2, 3):
        with qa.Assistant(folder, store=tmp_path / str(part), chroma=address) as machine:
            added += machine.sync(part=(part, 3)).added
    assert sorted(added) == sorted(path.name for path in folder.iterdir())
    (folder / "5.txt").unlink()
    for part in (1, 2, 3):
        with qa.Assistant(folder, store=tmp_path / str(part), chroma=address) as machine:
            machine.sync(part=(part, 3))
    with qa.Assistant(folder, store=tmp_path / "last", chroma=address) as last:
        report = last.sync()
        assert len(report.unchanged) == 11
        assert (report.added, report.removed) == ((), ())
        assert "1807" in last.answer("When was house number 7 built?").text


def test_a_published_assistant_leaves_the_index_as_it_is(chroma: ChromaServer, folder: Path, tmp_path: Path) -> None:
    (folder / "a.txt").write_text("The bridge was built in 1850.")
    for chosen in ("", f"{chroma.url}#leaves"):
        store = tmp_path / f"store{len(chosen)}"
        with qa.Assistant(folder, store=store, chroma=chosen, published=True) as reader:
            with pytest.raises(IndexUnusable, match="qa index"):
                reader.sync()
            with qa.Assistant(folder, store=store, chroma=chosen) as writer:
                writer.sync()
            assert reader.sync().unchanged == ("a.txt",)
            assert "1850" in reader.answer("When was the bridge built?").text
            (folder / "b.txt").write_text("The tower was built in 1900.")
            assert reader.sync().unchanged == ("a.txt",)
            (folder / "b.txt").unlink()


def test_what_a_visitor_brings_stays_on_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_CHROMA", "http://127.0.0.1:1")
    visitors = Visitors(llm=None, embed=None)
    own = visitors.give()
    (tmp_path / "mine.txt").write_text("The bridge was built in 1850.")
    try:
        own.add([tmp_path / "mine.txt"])
        assert own.library.files() == ["mine.txt"]
    finally:
        visitors.close()


def test_the_server_is_named_by_the_environment_and_the_documents_by_their_path(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    monkeypatch.setenv("QA_CHROMA", "http://127.0.0.1:1")
    monkeypatch.setenv("QA_CHROMA_TOKEN", "canary")
    settings = Settings.of(corpus=folder)
    assert settings.chroma is not None
    assert settings.chroma.token == "canary"
    assert settings.chroma.name.startswith("documents-")
    assert "canary" not in repr(settings)
    assert Settings.of(corpus=folder, chroma="").chroma is None
    monkeypatch.setenv("QA_CHROMA", "host:8000")
    with pytest.raises(WrongUse, match="QA_CHROMA"):
        Settings.of(corpus=folder)
