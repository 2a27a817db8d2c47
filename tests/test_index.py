"""The index on real files, a real Chroma and a real Tantivy; only the encoder is a small one of the test's own.

`main` is the other process of the tests that need one: it syncs, and dies where it is told to.
"""

from __future__ import annotations

import functools
import hashlib
import json
import multiprocessing
import os
import random
import re
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pytest

from qa.index import (
    Address,
    Index,
    discard,
    folders,
    manifest,
    open_index,
    publish,
    remake,
    remote,
    replica,
    texts,
    vectors,
    words,
)
from qa.index.database import NAME
from qa.index.ledger import Ledger
from qa.index.lock import writing
from qa.index.remote import Server
from qa.text.words import rarity_in
from qa.text.words import words as words_of
from qa.types import (
    Document,
    Encoded,
    FileState,
    Hit,
    IndexBusy,
    IndexUnusable,
    ModelError,
    Passage,
    Progress,
    Span,
    SyncReport,
    UnreadableContent,
    UnreadableDocument,
)
from tests.chroma_server import ChromaServer, chroma_server

if TYPE_CHECKING:
    from qa.types import Vector

DIMENSIONS = 48
QUESTIONS = ["Who built the stone bridge?", "harbour lights at night", "the price of salt and copper", "zebra", "the"]
VOCABULARY = [
    *("bridge", "stone", "harbour", "light", "night", "salt", "copper", "price", "river", "tower", "market", "winter"),
    *(
        "letter",
        "garden",
        "road",
        "captain",
        "window",
        "song",
        "paper",
        "silver",
        "forest",
        "clock",
        "mountain",
        "train",
    ),
    *("bread", "glass", "island", "story", "engine", "field", "king", "summer", "village", "wood", "iron", "book"),
]


def encode_text(text: str) -> Vector:
    """A vector of the words of a text: alike where words are, the same in every process."""
    vector = np.full(DIMENSIONS, 0.01, np.float32)
    for word in words_of(text):
        digest = hashlib.sha256(word.stem.encode()).digest()
        for byte in digest[:4]:
            vector[byte % DIMENSIONS] += 1 if byte & 128 else -1
    unit: Vector = vector / np.linalg.norm(vector)
    return unit


def encode(passages: Sequence[Passage]) -> Iterator[Encoded]:
    for passage in passages:
        sentences = [
            encode_text(passage.text[each.start - passage.start : each.end - passage.start])
            for each in passage.sentences
        ]
        yield Encoded(
            encode_text(f"{passage.title}. {passage.text}"),
            np.array(sentences, np.float32).reshape(len(sentences), DIMENSIONS),
        )


def split(document: Document) -> list[Passage]:
    """A passage a line."""
    return [
        Passage(
            document.file,
            line.start(),
            line.end(),
            line.group(),
            document.title,
            None,
            tuple(
                Span(line.start() + each.start(), line.start() + each.end())
                for each in re.finditer(r"[^.\s][^.]*\.?", line.group())
            ),
        )
        for line in re.finditer(r"[^\n]+", document.text)
    ]


class Corpus:
    """A folder of documents and an index of it; counts what is read and encoded."""

    def __init__(self, root: Path, store: Path, chroma: str = "") -> None:
        self.root, self.store = root, store
        self.address = Address.of(chroma) if chroma else None
        self.read_files: list[str] = []
        self.encoded = 0

    def write(self, file: str, text: str | bytes, *, settled: bool = True) -> None:
        path = self.root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        if settled:
            os.utime(path, (1_700_000_000, 1_700_000_000 + len(self.read_files)))

    def files(self) -> list[FileState]:
        paths = sorted(path for path in self.root.rglob("*") if path.is_file())
        return [
            FileState(path.relative_to(self.root).as_posix(), path.stat().st_size, path.stat().st_mtime_ns)
            for path in paths
        ]

    def read(self, file: str) -> Document:
        self.read_files.append(file)
        content = (self.root / file).read_bytes()
        try:
            text = content.decode()
        except UnicodeDecodeError as error:
            raise UnreadableDocument("it is not UTF-8") from error
        return Document(file, text, Path(file).stem, hashlib.sha256(content).hexdigest())

    def encode(self, passages: Sequence[Passage]) -> Iterator[Encoded]:
        for encoded in encode(passages):
            self.encoded += 1
            yield encoded

    def open(self) -> Index:
        return open_index(self.store, encoder="letters", dimensions=DIMENSIONS, address=self.address)

    def discard(self) -> None:
        discard(self.store, self.address)

    def open_files(self) -> list[str]:
        with self.open() as index:
            return index.files()

    def remake(self, *, encoder: str = "letters", fails: bool = False) -> SyncReport:
        def make(aside: Path) -> SyncReport:
            with open_index(aside, encoder=encoder, dimensions=DIMENSIONS) as index:
                found = index.sync(self.files(), read=self.read, split=split, encode=self.encode)
            if fails:
                raise KeyboardInterrupt
            return found

        self.read_files, self.encoded = [], 0
        return remake(self.store, make, encoder=encoder, dimensions=DIMENSIONS)

    def sync(self, index: Index | None = None, progress: Callable[[Progress], None] | None = None) -> SyncReport:
        self.read_files, self.encoded = [], 0
        with index or self.open() as used:
            return used.sync(self.files(), read=self.read, split=split, encode=self.encode, progress=progress)


BOTH = pytest.mark.parametrize("kind", ["embedded", "server"], indirect=True)
"""For what holds wherever the vectors are: in the store, or on a Chroma server."""


@pytest.fixture(scope="module")
def chroma(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChromaServer]:
    with chroma_server(tmp_path_factory.mktemp("chroma")) as server:
        yield server


@pytest.fixture
def kind(request: pytest.FixtureRequest) -> str:
    return str(getattr(request, "param", "embedded"))


@pytest.fixture
def corpus(
    folder: Path, tmp_path: Path, kind: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Corpus:
    if kind == "embedded":
        return Corpus(folder, tmp_path / "store")
    monkeypatch.setattr(replica, "_LOOK_SECONDS", 0)  # a test sees at once what a user may see a second later
    monkeypatch.setattr(remote, "_ASK_SECONDS", 60.0)  # and a slow machine fails none
    return Corpus(folder, tmp_path / "store", f"{request.getfixturevalue('chroma').url}#{folder}")


def fill(corpus: Corpus, *, files: int = 12, seed: int = 0) -> None:
    chance = random.Random(seed)
    for number in range(files):
        lines = [". ".join(" ".join(chance.choices(VOCABULARY, k=9)) for _ in range(3)) + "." for _ in range(3)]
        corpus.write(f"part-{number % 3}/{number}.txt", "\n".join(lines))


def edit(corpus: Corpus) -> None:
    """A change of every kind."""
    corpus.write("part-0/0.txt", "The old town burned. Nobody knows the date.\nA second line of salt.")
    corpus.write("part-1/13.txt", "A new document about copper.")
    (corpus.root / "part-2/2.txt").unlink()


def answers(index: Index) -> list[Any]:
    """All that a reader can see, for some questions."""
    seen: list[Any] = [index.files()]
    for question in QUESTIONS:
        vector = encode_text(question)
        hits = index.by_meaning(vector, limit=7)
        seen += [
            hits,
            index.by_words(question, limit=7),
            index.sentences(hits, vector),
            index.rarity(question.split()[0]),
        ]
        seen += [index.by_meaning(vector, limit=3, files=index.files()[:2])]
    return seen


def contents(corpus: Corpus) -> tuple[dict[str, bytes], set[str], set[str]]:
    """What the three parts of an index hold, fresh passages with the folders: ids with vectors, ids, ids."""
    import tantivy

    with sqlite3.connect(corpus.store / NAME) as connection:
        told = dict(connection.execute("SELECT id, vector FROM passages").fetchall())
        removed = {id for (id,) in connection.execute("SELECT id FROM removed")}
        found = connection.execute("SELECT id FROM passages JOIN versions USING (version) WHERE NOT based")
        fresh = {id for (id,) in found}
        vectors_folder, words_folder = connection.execute("SELECT vectors, words FROM state").fetchone()
    connection.close()
    if not words_folder:
        return told, set(), set()
    searcher = tantivy.Index.open(str(corpus.store / words_folder)).searcher()
    hits = searcher.search(tantivy.Query.all_query(), 10_000).hits
    by_words = {searcher.doc(address)["id"][0] for _, address in hits}
    assert removed <= by_words
    live = (by_words - removed) | fresh
    if corpus.address is None:
        held = vectors_in(corpus.store / vectors_folder)
        assert held.keys() == by_words
        by_meaning = (held.keys() - removed) | fresh
    else:
        assert not vectors_folder
        held = vectors_on_server(corpus.address)
        by_meaning = held.keys() & live
    for id in held.keys() & live:
        # Chroma is given vectors that lie a little apart, and brings them to length 1 once more.
        assert np.allclose(held[id], np.frombuffer(told[id], np.float32), atol=0.01)
    return told, by_meaning, live


def vectors_in(folder: Path) -> dict[str, list[float]]:
    import chromadb

    with chromadb.PersistentClient(str(folder)) as client:
        held = client.get_collection("passages", embedding_function=None).get(include=["embeddings"])
    assert held["embeddings"] is not None
    return dict(zip(held["ids"], map(list, held["embeddings"]), strict=True))


def vectors_on_server(address: Address) -> dict[str, list[float]]:
    server = Server(address)
    ledger = Ledger.find(server, replica.collection_name(address.name))
    assert ledger is not None
    newest, _ = ledger.newest(known=None)
    assert newest is not None
    vectors = server.collection(newest.vectors)
    assert vectors is not None
    body = {"include": ["embeddings"]}
    answer = server.request("POST", f"/collections/{vectors.id}/get", body, seconds=30)
    server.close()
    ids = [id.partition(".")[0] for id in answer["ids"]]
    return dict(zip(ids, answer["embeddings"], strict=True))


@functools.cache
def clean_run(files: tuple[tuple[str, bytes], ...]) -> tuple[Any, list[Any]]:
    """What an index of these files holds and answers that is built in one go."""
    with tempfile.TemporaryDirectory() as scratch:
        corpus = Corpus(Path(scratch) / "documents", Path(scratch) / "store")
        for file, content in files:
            corpus.write(file, content)
        corpus.sync()
        with corpus.open() as index:
            return contents(corpus), answers(index)


def assert_equal_to_clean(corpus: Corpus) -> None:
    """The index is what a clean run's would be: ids, vectors and answers; and nothing else lies in its folder."""
    held, answered = clean_run(tuple((each.file, (corpus.root / each.file).read_bytes()) for each in corpus.files()))
    assert contents(corpus) == held
    with corpus.open() as index:
        assert answers(index) == answered
    kept = {path.name.split("-")[0] for path in corpus.store.iterdir() if not path.name.startswith("lock")}
    parts = {"words"} if corpus.address else {"vectors", "words"}
    assert kept == {"manifest.sqlite"} | parts
    assert len(folders.folders(corpus.store)) == len(parts)


# What a sync does


@BOTH
def test_what_is_new_changed_and_gone_is_reported_and_found_accordingly(corpus: Corpus) -> None:
    fill(corpus)
    report = corpus.sync()
    assert len(report.added) == 12
    assert report == SyncReport(added=report.added)
    edit(corpus)
    report = corpus.sync()
    assert report == SyncReport(
        added=("part-1/13.txt",),
        changed=("part-0/0.txt",),
        removed=("part-2/2.txt",),
        unchanged=tuple(
            sorted(each.file for each in corpus.files() if each.file not in ("part-1/13.txt", "part-0/0.txt"))
        ),
    )
    assert corpus.encoded == 3
    assert_equal_to_clean(corpus)


@BOTH
def test_a_hit_is_the_passage_as_it_stands_in_its_file(corpus: Corpus) -> None:
    corpus.write("towns/york.txt", "\ufeffYork has walls. They are old.\r\nIt also has a 桥 and \U0001f309.")
    corpus.sync()
    with corpus.open() as index:
        for hit in [*index.by_words("walls", limit=5), *index.by_meaning(encode_text("walls"), limit=5)]:
            text = (corpus.root / hit.passage.file).read_bytes().decode()
            assert text[hit.passage.start : hit.passage.end] == hit.passage.text
            assert hit.passage.title == "york"
            assert hit.passage in split(corpus.read(hit.passage.file))
            assert hit.passage.sentences


def test_nothing_of_a_removed_file_stays_in_the_store(corpus: Corpus) -> None:
    fill(corpus)
    corpus.write("secret.txt", "The password is xylophone. It was Ravenscroft who chose it.")
    corpus.sync()
    (corpus.root / "secret.txt").unlink()
    assert corpus.sync().removed == ("secret.txt",)
    stored = b"".join(path.read_bytes() for path in corpus.store.rglob("*") if path.is_file())
    for trace in (b"xylophon", b"Ravenscroft", b"ravenscroft", b"secret.txt"):
        assert trace not in stored
    with corpus.open() as index:
        assert index.by_words("xylophone", limit=5) == []


@BOTH
def test_a_touched_file_is_read_and_not_encoded_again(corpus: Corpus) -> None:
    fill(corpus, files=3)
    corpus.sync()
    generation = state_of(corpus)
    os.utime(corpus.root / "part-0/0.txt", (1_600_000_000, 1_600_000_000))
    report = corpus.sync()
    assert len(report.unchanged) == 3
    assert (corpus.read_files, corpus.encoded) == (["part-0/0.txt"], 0)
    assert state_of(corpus) == generation
    corpus.sync()
    assert corpus.read_files == []


def test_a_file_written_to_at_the_time_it_is_read_is_read_again_the_next_time(corpus: Corpus) -> None:
    corpus.write("a.txt", "One word.", settled=False)
    before = (corpus.root / "a.txt").stat()
    corpus.sync()
    (corpus.root / "a.txt").write_text("Two word.")
    os.utime(corpus.root / "a.txt", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert corpus.sync().changed == ("a.txt",)


@BOTH
def test_a_moved_or_copied_file_is_found_at_its_new_place_and_not_encoded_again(corpus: Corpus) -> None:
    corpus.write("old/bridge.txt", "A bridge of stone.\nIt was built by nobody.")
    corpus.sync()
    corpus.write("new/bridge.txt", "A bridge of stone.\nIt was built by nobody.")
    corpus.sync()
    assert corpus.encoded == 0
    with corpus.open() as index:
        found = [hit.passage.file for hit in index.by_words("stone bridge", limit=2)]
        assert found == [hit.passage.file for hit in index.by_meaning(encode_text("stone bridge"), limit=2)]
        assert found == ["new/bridge.txt", "old/bridge.txt"]
    (corpus.root / "old/bridge.txt").unlink()
    assert corpus.sync().removed == ("old/bridge.txt",)
    assert_equal_to_clean(corpus)


@BOTH
def test_a_file_that_can_not_be_read_is_skipped_with_its_reason_and_what_was_known_of_it_is_dropped(
    corpus: Corpus,
) -> None:
    corpus.write("a.txt", "A bridge.")
    corpus.write("b.txt", "A tunnel.")
    corpus.sync()
    corpus.write("a.txt", b"A bridge\xff, longer.")
    report = corpus.sync()
    assert [(each.file, each.reason) for each in report.skipped] == [("a.txt", "it is not UTF-8")]
    assert report.removed == ("a.txt",)
    assert report.unchanged == ("b.txt",)
    with corpus.open() as index:
        assert index.by_words("bridge", limit=5) == []
    before = state_of(corpus)
    assert [each.file for each in corpus.sync().skipped] == ["a.txt"]
    assert state_of(corpus) == before


@BOTH
def test_a_folder_that_loses_all_its_documents_leaves_an_empty_index(corpus: Corpus) -> None:
    corpus.write("a.txt", "A bridge.")
    corpus.write("empty.txt", "")
    corpus.sync()
    (corpus.root / "a.txt").unlink()
    assert corpus.sync().unchanged == ("empty.txt",)
    with corpus.open() as index:
        assert index.by_meaning(encode_text("bridge"), limit=5) == []
        assert index.by_words("bridge", limit=5) == []
        assert index.files() == ["empty.txt"]
    corpus.write("a.txt", "A bridge again.")
    corpus.sync()
    with corpus.open() as index:
        assert len(index.by_words("bridge", limit=5)) == 1


def test_progress_counts_every_passage_and_ends_at_its_total(corpus: Corpus) -> None:
    fill(corpus)
    told: list[Progress] = []
    corpus.sync(progress=told.append)
    assert [each.done for each in told] == list(range(37))
    assert all(each.done <= each.total for each in told)
    assert told[-1].total == 36
    os.utime(corpus.root / "part-0/0.txt", (1_600_000_000, 1_600_000_000))
    corpus.write("a.txt", "One more.")
    corpus.sync(progress=told.append)
    assert (told[-1].done, told[-1].total) == (1, 1)


@BOTH
def test_a_sync_with_nothing_to_change_loads_neither_index_and_takes_no_lock(corpus: Corpus) -> None:
    fill(corpus, files=3)
    corpus.sync()
    (corpus.store / "lock").unlink()
    run = other_process(corpus, "loaded")
    assert json.loads(run.stdout) == []
    assert not (corpus.store / "lock").exists()


# Killed, busy, seen from elsewhere


@pytest.mark.parametrize(
    ("first", "point"),
    [
        *((True, point) for point in ("encode 2", "vectors", "publish")),
        *((False, point) for point in ("encode 0", "put", "vectors", "words", "seal", "publish")),
    ],
)
def test_killed_anywhere_a_reader_sees_what_was_before_and_the_next_run_ends_as_a_clean_one(
    corpus: Corpus, first: bool, point: str
) -> None:
    fill(corpus, files=4)
    if not first:
        corpus.sync()
        edit(corpus)
    with corpus.open() as index:
        before = answers(index)
        assert killed(corpus, point)
        if point != "publish":
            assert answers(index) == before
    corpus.sync()
    assert_equal_to_clean(corpus)


def test_killed_between_a_copy_and_its_change_the_next_run_ends_as_a_clean_one(corpus: Corpus) -> None:
    fill(corpus, files=4)
    corpus.sync()
    corpus.write("more.txt", "More of it.")
    assert killed(corpus, "copy")
    corpus.sync()
    assert_equal_to_clean(corpus)


@BOTH
def test_killed_at_any_time_the_next_run_ends_as_a_clean_one(corpus: Corpus) -> None:
    fill(corpus, files=30)
    chance = random.Random(7)
    for _ in range(3):
        process = subprocess.Popen(command(corpus, "slow"), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(chance.uniform(0, 0.25))
        process.kill()
        process.wait()
        process.stdout.close()
    corpus.sync()
    assert_equal_to_clean(corpus)


@BOTH
def test_what_a_killed_run_has_encoded_is_not_encoded_again(corpus: Corpus) -> None:
    fill(corpus, files=300)
    assert killed(corpus, "encode 600")
    told: list[Progress] = []
    corpus.sync(progress=told.append)
    assert 300 <= corpus.encoded < 900 - 512
    assert told[-1].done == told[-1].total == 900


@BOTH
def test_a_second_writer_is_told_at_once_who_the_first_one_is(corpus: Corpus) -> None:
    fill(corpus, files=3)
    process = subprocess.Popen(command(corpus, "held"), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == b"writing\n"
        with pytest.raises(IndexBusy, match=rf"process {process.pid} since \d\d:\d\d:\d\d"):
            corpus.sync()
        with pytest.raises(IndexBusy, match=f"process {process.pid}"):
            corpus.discard()
    finally:
        process.communicate(b"\n")
    assert len(corpus.sync().unchanged) == 3


@BOTH
def test_where_there_is_nothing_to_write_a_writer_at_work_is_no_obstacle(corpus: Corpus) -> None:
    fill(corpus, files=3)
    corpus.sync()
    with writing(corpus.store):
        assert len(corpus.sync().unchanged) == 3
        os.utime(corpus.root / "part-0/0.txt", (1_600_000_000, 1_600_000_000))
        (corpus.store / "vectors-99").mkdir()
        assert len(corpus.sync().unchanged) == 3
        corpus.write("more.txt", "More.")
        with pytest.raises(IndexBusy):
            corpus.sync()
    corpus.sync()
    assert_equal_to_clean(corpus)


@BOTH
def test_a_reader_that_is_open_sees_what_another_process_writes(corpus: Corpus) -> None:
    fill(corpus)
    corpus.sync()
    with corpus.open() as index:
        answers(index)
        edit(corpus)
        assert other_process(corpus, "sync").returncode == 0
        assert index.by_words("burned", limit=1)[0].passage.file == "part-0/0.txt"
        assert "part-2/2.txt" not in {hit.passage.file for hit in index.by_meaning(encode_text("a"), limit=99)}
        corpus.discard()
        assert index.by_words("burned", limit=1) == []
        corpus.sync()
        assert index.by_words("burned", limit=1)[0].passage.file == "part-0/0.txt"


@BOTH
def test_threads_may_search_while_one_writes(corpus: Corpus) -> None:
    fill(corpus)
    corpus.sync()
    failures: list[BaseException] = []
    done = threading.Event()

    def search() -> None:
        try:
            while not done.is_set():
                assert index.by_words("bridge stone river", limit=5)
                assert len(index.by_meaning(encode_text("bridge"), limit=5)) == 5
        except BaseException as error:  # noqa: BLE001 - told to the test below
            failures.append(error)

    with corpus.open() as index:
        threads = [threading.Thread(target=search) for _ in range(3)]
        for thread in threads:
            thread.start()
        for number in range(4):
            corpus.write("changing.txt", f"Bridge number {number}. " * (number + 1))
            index.sync(corpus.files(), read=corpus.read, split=split, encode=encode)
        done.set()
        for thread in threads:
            thread.join()
    assert failures == []


@BOTH
def test_an_index_carried_over_a_fork_says_so_instead_of_hanging(corpus: Corpus) -> None:
    fill(corpus, files=3)
    corpus.sync()
    assert "opened before the process was forked" in other_process(corpus, "fork").stdout


# Damage


def hnsw(corpus: Corpus, name: str) -> Path:
    return next(corpus.store.glob(f"vectors-*/*/{name}"))


def flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    for place in range(0, len(content), 7):
        content[place] ^= 0xFF
    path.write_bytes(content)


def halved(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


DAMAGE: dict[str, Callable[[Corpus], object]] = {
    "Chroma's folder is gone": lambda corpus: shutil.rmtree(next(corpus.store.glob("vectors-*"))),
    "its HNSW folder is gone": lambda corpus: shutil.rmtree(hnsw(corpus, "header.bin").parent),
    "its vectors are flipped": lambda corpus: flipped(hnsw(corpus, "data_level0.bin")),
    "its vectors are cut": lambda corpus: halved(hnsw(corpus, "data_level0.bin")),
    "its header is flipped": lambda corpus: flipped(hnsw(corpus, "header.bin")),
    "its SQLite file is cut": lambda corpus: halved(next(corpus.store.glob("vectors-*/chroma.sqlite3"))),
    "its SQLite file is flipped": lambda corpus: flipped(next(corpus.store.glob("vectors-*/chroma.sqlite3"))),
    "its SQLite file is another": lambda corpus: sqlite3_file(next(corpus.store.glob("vectors-*/chroma.sqlite3"))),
    "Tantivy's folder is gone": lambda corpus: shutil.rmtree(next(corpus.store.glob("words-*"))),
    "its meta.json is empty": lambda corpus: next(corpus.store.glob("words-*/meta.json")).write_bytes(b""),
    "a segment is flipped": lambda corpus: flipped(next(corpus.store.glob("words-*/*.store"))),
}


def sqlite3_file(path: Path) -> None:
    path.unlink()
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE other (x)")
    connection.commit()
    connection.close()


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_folder_never_gives_a_wrong_answer_and_the_next_sync_makes_it_anew(
    corpus: Corpus, damage: str
) -> None:
    fill(corpus, files=4)
    corpus.sync()
    with corpus.open() as index:
        before = answers(index)
    DAMAGE[damage](corpus)
    with corpus.open() as index:
        try:
            assert answers(index) == before
        except IndexUnusable as error:
            assert "damaged" in str(error)  # noqa: PT017 - an answer, and the right one, is as welcome
            assert "qa index --rebuild" in str(error)  # noqa: PT017
    assert len(corpus.sync().unchanged) == 4
    assert corpus.encoded == 0
    assert_equal_to_clean(corpus)


@pytest.mark.parametrize("damage", [flipped, halved, lambda path: path.write_bytes(b"not a database" * 400)])
def test_a_damaged_manifest_is_refused_with_what_to_do(corpus: Corpus, damage: Callable[[Path], object]) -> None:
    fill(corpus, files=4)
    corpus.sync()
    damage(corpus.store / NAME)
    with pytest.raises(IndexUnusable, match=r"damaged .*qa index --rebuild"):
        corpus.open()
    corpus.discard()
    assert len(corpus.sync().added) == 4


def test_a_lost_manifest_means_a_new_index(corpus: Corpus) -> None:
    fill(corpus, files=4)
    corpus.sync()
    (corpus.store / NAME).unlink()
    with corpus.open() as index:
        assert index.by_words("bridge", limit=5) == []
    assert len(corpus.sync().added) == 4
    assert_equal_to_clean(corpus)


def test_a_folder_whose_files_have_new_times_but_the_same_content_is_as_good(corpus: Corpus, tmp_path: Path) -> None:
    fill(corpus, files=4)
    corpus.sync()
    copied = Corpus(corpus.root, tmp_path / "copied")
    shutil.copytree(corpus.store, copied.store, copy_function=shutil.copy)
    copied.sync()
    assert copied.read_files == []
    assert state_of(copied) == state_of(corpus)
    with corpus.open() as one, copied.open() as other:
        assert answers(one) == answers(other)


@BOTH
def test_an_index_of_another_encoder_is_refused_and_can_be_discarded(corpus: Corpus) -> None:
    fill(corpus, files=2)
    corpus.sync()
    for encoder, dimensions in (("other", DIMENSIONS), ("letters", 7)):
        with pytest.raises(IndexUnusable, match=r"built with 'letters'.*--rebuild"):
            open_index(corpus.store, encoder=encoder, dimensions=dimensions, address=corpus.address)
    (corpus.store / "mine.txt").write_text("not of the index")
    corpus.discard()
    assert (corpus.store / "mine.txt").exists()
    with open_index(corpus.store, encoder="other", dimensions=DIMENSIONS, address=corpus.address) as index:
        assert len(index.sync(corpus.files(), read=corpus.read, split=split, encode=encode).added) == 2


def test_an_index_is_made_anew_beside_the_old_one_which_is_read_until_then(corpus: Corpus) -> None:
    fill(corpus)
    corpus.sync()
    with corpus.open() as reader:
        before = answers(reader)
        edit(corpus)
        with pytest.raises(KeyboardInterrupt):
            corpus.remake(fails=True)
        assert answers(reader) == before
        assert len(corpus.remake().unchanged) == 12
        assert corpus.encoded == 0  # what was made already is gone on with
        assert reader.by_words("burned", limit=1)[0].passage.file == "part-0/0.txt"
        assert_equal_to_clean(corpus)
        for _ in range(2):
            corpus.remake()
            assert corpus.encoded > 0
            assert answers(reader) != before
    assert_equal_to_clean(corpus)
    fill(corpus, files=3, seed=1)
    corpus.sync()
    assert_equal_to_clean(corpus)


def test_an_index_of_another_encoder_can_be_made_anew(corpus: Corpus) -> None:
    fill(corpus, files=2)
    corpus.sync()
    with pytest.raises(KeyboardInterrupt):
        corpus.remake(fails=True)
    assert len(corpus.remake(encoder="other").added) == 2
    with open_index(corpus.store, encoder="other", dimensions=DIMENSIONS) as index:
        assert len(index.files()) == 2


def test_what_a_killed_rebuild_has_left_is_cleared_away_by_the_next_sync(corpus: Corpus) -> None:
    fill(corpus, files=2)
    corpus.sync()
    with pytest.raises(KeyboardInterrupt):
        corpus.remake(fails=True)
    assert (corpus.store / folders.ASIDE).exists()
    assert len(corpus.sync().unchanged) == 2
    assert not (corpus.store / folders.ASIDE).exists()
    assert_equal_to_clean(corpus)


@pytest.mark.parametrize(("point", "is_new"), [("_undo_what_was_begun", False), ("_put_on_the_disk", True)])
def test_an_index_stays_whole_wherever_a_rebuild_is_cut_off(
    corpus: Corpus, point: str, is_new: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(corpus, files=4)
    corpus.sync()
    edit(corpus)

    def cut_off(_: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(f"qa.index.anew.{point}", cut_off)
        with pytest.raises(KeyboardInterrupt):
            corpus.remake()
    with corpus.open() as index:
        assert ("part-1/13.txt" in index.files()) == is_new
        assert bool(index.by_words("burned", limit=1)) == is_new
    corpus.sync()
    assert_equal_to_clean(corpus)


def test_a_rebuild_that_finds_nothing_to_read_leaves_nothing(corpus: Corpus) -> None:
    corpus.write("only.txt", "A text.")
    corpus.sync()
    corpus.write("only.txt", b"\xff\xfe\xff")
    assert corpus.remake().skipped
    assert corpus.open_files() == []
    corpus.write("only.txt", "A text again.")
    assert len(corpus.sync().added) == 1
    assert_equal_to_clean(corpus)


def test_the_files_that_will_be_read_are_told_in_their_order(corpus: Corpus) -> None:
    expected: list[Sequence[str]] = []
    fill(corpus, files=3)
    with corpus.open() as index:
        for _ in range(2):
            corpus.read_files = []
            index.sync(corpus.files(), read=corpus.read, split=split, encode=encode, expect=expected.append)
            corpus.write("part-0/0.txt", "Other words.")
    assert expected == [["part-1/1.txt", "part-2/2.txt"], ["part-0/0.txt"]]  # the first was read to see if any can be


def test_an_index_of_the_first_format_is_brought_up_to_date_when_it_is_opened(corpus: Corpus) -> None:
    fill(corpus, files=3)
    corpus.sync()
    with corpus.open() as index:
        before = answers(index)
    connection = sqlite3.connect(corpus.store / NAME)
    connection.executescript(
        """
        DROP TABLE documents; DROP TABLE refusals; DROP TABLE removed; DROP TABLE shifts;
        DROP INDEX versions_unbased;
        ALTER TABLE versions DROP COLUMN based;
        ALTER TABLE versions DROP COLUMN changed;
        ALTER TABLE passages DROP COLUMN title_stems;
        ALTER TABLE state RENAME TO newer;
        CREATE TABLE state (
            format INTEGER NOT NULL, encoder TEXT NOT NULL, dimensions INTEGER NOT NULL, generation INTEGER NOT NULL,
            vectors TEXT NOT NULL, words TEXT NOT NULL, passages INTEGER NOT NULL, buried INTEGER NOT NULL
        );
        INSERT INTO state SELECT 1, encoder, dimensions, generation, vectors, words, live_passages, 0 FROM newer;
        DROP TABLE newer;
        """
    )
    connection.close()
    with corpus.open() as index:
        assert answers(index) == before
        assert index.kept("a.txt", "") is None
    assert len(corpus.sync().unchanged) == 3
    assert corpus.read_files == []
    assert_equal_to_clean(corpus)


def test_an_index_of_the_format_before_is_brought_up_to_date_as_it_is(corpus: Corpus) -> None:
    fill(corpus, files=3)
    corpus.sync()
    before = state_of(corpus)
    connection = sqlite3.connect(corpus.store / NAME)
    for table in ("versions", "refusals"):
        connection.execute(f"ALTER TABLE {table} DROP COLUMN changed")
    connection.execute("UPDATE state SET format = 3")
    connection.commit()
    connection.close()
    states = [each._replace(changed=1_800_000_000) for each in corpus.files()]
    corpus.read_files = []
    with corpus.open() as index:
        report = index.sync(states, read=corpus.read, split=split, encode=corpus.encode)
    assert len(report.unchanged) == 3
    assert corpus.read_files == []
    assert state_of(corpus) == before
    assert_equal_to_clean(corpus)


def test_another_content_of_the_same_size_and_time_is_noticed_by_the_time_of_its_last_change(corpus: Corpus) -> None:
    def sync(*, changed: int) -> SyncReport:
        corpus.read_files = []
        with corpus.open() as index:
            states = [each._replace(changed=changed) for each in corpus.files()]
            return index.sync(states, read=corpus.read, split=split, encode=encode)

    corpus.write("a.txt", "A bridge.")
    os.utime(corpus.root / "a.txt", (1_700_000_000, 1_700_000_000))
    sync(changed=5)
    assert (sync(changed=5).unchanged, corpus.read_files) == (("a.txt",), [])
    assert (sync(changed=6).unchanged, corpus.read_files) == (("a.txt",), ["a.txt"])  # its rights, or its name and back
    assert (sync(changed=6).unchanged, corpus.read_files) == (("a.txt",), [])
    corpus.write("a.txt", "A tunnel.")
    os.utime(corpus.root / "a.txt", (1_700_000_000, 1_700_000_000))
    assert sync(changed=7).changed == ("a.txt",)
    assert_equal_to_clean(corpus)


@BOTH
def test_a_text_that_is_not_the_files_bytes_is_kept_for_these_bytes_alone(corpus: Corpus) -> None:
    def read(file: str) -> Document:
        plain = corpus.read(file)
        spans = (Span(0, 9),)
        return Document(file, plain.text.upper(), "Title", plain.sha256, spans, spans, None, ("a remark",))

    def sync(index: Index) -> SyncReport:
        return index.sync(corpus.files(), read=read, split=split, encode=encode)

    corpus.write("a.pdf", "A bridge.")
    document = read("a.pdf")
    with corpus.open() as index:
        assert index.kept("a.pdf", document.sha256) is None
        assert sync(index).remarks == (("a.pdf", "a remark"),)
        assert index.kept("a.pdf", document.sha256) == document
        assert index.kept("b.pdf", document.sha256) is None
        assert index.kept("a.pdf", "0" * 64) is None
        assert sync(index).remarks == (("a.pdf", "a remark"),)
        corpus.write("a.pdf", "A tunnel.")
        assert sync(index).changed == ("a.pdf",)
        assert index.kept("a.pdf", document.sha256) is None
        assert index.kept("a.pdf", read("a.pdf").sha256) == read("a.pdf")
        kept = texts.packed(read("a.pdf"))
        assert kept in (corpus.store / NAME).read_bytes()
        (corpus.root / "a.pdf").unlink()
        corpus.write("b.txt", "A road.")
        assert sync(index).removed == ("a.pdf",)
    assert kept not in (corpus.store / NAME).read_bytes()


@BOTH
def test_what_can_never_be_read_is_read_once_and_reported_each_time(corpus: Corpus) -> None:
    reads: list[str] = []

    def read(file: str) -> Document:
        reads.append(file)
        if file == "broken.pdf":
            raise UnreadableContent("it is damaged")
        if file == "closed.pdf":
            raise UnreadableDocument("it can not be opened")
        return corpus.read(file)

    def sync() -> SyncReport:
        reads.clear()
        with corpus.open() as index:
            return index.sync(corpus.files(), read=read, split=split, encode=encode)

    skipped = (("broken.pdf", "it is damaged"), ("closed.pdf", "it can not be opened"))
    for file in ("a.txt", "broken.pdf", "closed.pdf"):
        corpus.write(file, "A bridge.")
    assert sync().skipped == skipped
    assert sync().skipped == skipped
    assert reads == ["closed.pdf"]
    corpus.write("b.txt", "A road.")
    assert sync().skipped == skipped
    assert reads == ["b.txt", "closed.pdf"]
    corpus.write("broken.pdf", "A new bridge.")
    sync()
    assert "broken.pdf" in reads


@pytest.mark.parametrize(("number", "age"), [(99, "newer"), (0, "older")])
def test_an_index_of_another_version_of_the_program_is_refused(corpus: Corpus, number: int, age: str) -> None:
    fill(corpus, files=2)
    corpus.sync()
    connection = sqlite3.connect(corpus.store / NAME)
    connection.execute("UPDATE state SET format = ?", (number,))
    connection.commit()
    connection.close()
    with pytest.raises(IndexUnusable, match=f"{age} version"):
        corpus.open()


def test_a_panic_of_chromas_engine_comes_out_as_a_sentence_or_not_at_all(
    corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(corpus, files=2)
    corpus.sync()
    panic = type("PanicException", (BaseException,), {"__module__": "pyo3_runtime"})

    def panics(*_: object, **__: object) -> list[str]:
        raise panic("called `Option::unwrap()` on a `None` value")

    with corpus.open() as index:
        before = index.by_meaning(encode_text("bridge"), limit=3)
        monkeypatch.setattr(vectors.Nearest, "nearest", panics)
        assert index.by_meaning(encode_text("bridge"), limit=3) == before
    monkeypatch.setattr(vectors, "build", panics)
    with pytest.raises(IndexUnusable, match="Option::unwrap"):
        corpus.sync()
    monkeypatch.undo()
    corpus.sync()
    assert corpus.encoded == 0


@pytest.mark.parametrize("lost", [0, 5])
def test_in_a_small_index_no_passage_is_missed_that_the_approximate_search_does_not_reach(
    corpus: Corpus, monkeypatch: pytest.MonkeyPatch, lost: int
) -> None:
    fill(corpus, files=20)
    corpus.sync()
    found = vectors.Nearest.nearest

    def unreached(self: vectors.Nearest, vector: Vector, *, limit: int) -> list[str]:
        ids = found(self, vector, limit=limit + 1)
        del ids[lost]
        return ids[:limit]

    with corpus.open() as index:
        before = answers(index)
        monkeypatch.setattr(vectors.Nearest, "nearest", unreached)
        assert answers(index) == before


@pytest.mark.parametrize("content", [b"IS_PERSISTENT=banana\n", b"X=\xff\xfe\n"])
def test_a_dot_env_that_chroma_does_not_take_is_a_sentence(corpus: Corpus, tmp_path: Path, content: bytes) -> None:
    (tmp_path / ".env").write_bytes(content)
    corpus.write("a.txt", "A bridge.")
    run = subprocess.run(command(corpus, "sync"), capture_output=True, text=True, cwd=tmp_path, timeout=120)
    assert "Chroma does not start with the settings in the file .env" in run.stdout
    assert run.stderr == ""


def test_a_folder_that_can_not_be_written_to_can_be_searched(corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(corpus, files=4)
    corpus.sync()
    with corpus.open() as index:
        before = answers(index)
    monkeypatch.setattr(os, "access", lambda *_: False)
    with corpus.open() as index:
        assert answers(index) == before


@BOTH
def test_a_full_disk_is_a_sentence_and_leaves_the_index_as_it_was(corpus: Corpus) -> None:
    fill(corpus, files=4)
    corpus.sync()
    edit(corpus)
    fill(corpus, files=300, seed=1)
    with corpus.open() as index:
        before = answers(index)
        run = other_process(corpus, "full")
        assert run.stdout.startswith("The index in "), run.stdout + run.stderr
        assert answers(index) == before
    corpus.sync()
    assert_equal_to_clean(corpus)


@pytest.mark.parametrize(
    "made",
    [
        lambda: Encoded(np.ones(3, np.float32), np.ones((1, 3), np.float32)),
        lambda: Encoded(np.full(DIMENSIONS, np.nan, np.float32), np.ones((1, DIMENSIONS), np.float32)),
    ],
    ids=["too short", "not finite"],
)
def test_an_embedding_that_gives_no_proper_vectors_is_an_error_of_the_model(
    corpus: Corpus, made: Callable[[], Encoded]
) -> None:
    corpus.write("a.txt", "A bridge.")
    with corpus.open() as index, pytest.raises(ModelError):
        index.sync(corpus.files(), read=corpus.read, split=split, encode=lambda passages: iter([made()]))
    assert len(corpus.sync().added) == 1


# What a search finds


@pytest.fixture(scope="module", params=["embedded", "server"])
def index(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Index]:
    chroma = f"{request.getfixturevalue('chroma').url}#searched" if request.param == "server" else ""
    corpus = Corpus(tmp_path_factory.mktemp("documents"), tmp_path_factory.mktemp("store"), chroma)
    fill(corpus, files=40)
    corpus.write("chinese.txt", "桥是用石头建的。\n价格上涨了。")
    corpus.write("zürich.txt", "The café of Zürich serves the U.S. ambassador.")
    with corpus.open() as index:
        index.sync(corpus.files(), read=corpus.read, split=split, encode=encode)
        yield index


@pytest.mark.parametrize(
    "question",
    [
        "",
        " ",
        "?",
        '"',
        "text:bridge AND (title:",
        "bridge^99 ~2 [a TO b} * ?",
        "\\",
        "' OR 1=1 --",
        "{'$gt': ''}",
        "(?:(a+)+)+$",
        "\x00\x07",
        "a" * 100_000,
        "bridge " * 3_000,
        "\ud800",
        "🌉",
    ],
)
def test_no_question_is_an_error(index: Index, question: str) -> None:
    assert all(hit.score > 0 for hit in index.by_words(question, limit=5))


def test_nothing_in_a_question_is_query_syntax(index: Index) -> None:
    plain = index.by_words("bridge stone", limit=50)
    for question in (
        '"bridge stone"',
        "+bridge -stone",
        "bridge AND stone",
        "text:bridge title:stone",
        "stone^9 bridge~1",
    ):
        found = {hit.passage for hit in index.by_words(question, limit=50)}
        assert {hit.passage for hit in plain} <= found | {hit.passage for hit in plain if len(found) == 50}


def test_words_are_found_in_another_form_without_accents_and_by_chinese_characters(index: Index) -> None:
    for question, file in (("cafes in zurich", "zürich.txt"), ("the USA", "zürich.txt"), ("石头", "chinese.txt")):
        assert index.by_words(question, limit=3)[0].passage.file == file
    assert index.by_words("bridges", limit=50) == index.by_words("bridge", limit=50)


def test_words_that_carry_grammar_count_only_where_there_are_no_others(index: Index) -> None:
    assert index.by_words("what is the bridge of", limit=50) == index.by_words("bridge", limit=50)
    assert index.by_words("the", limit=5)[0].passage.file == "zürich.txt"


def test_files_restricts_both_searches_however_many_there_are(index: Index) -> None:
    chosen = index.files()[3:9]
    many = [*chosen, *(f"absent-{number}.txt" for number in range(40_000))]
    for files in (chosen, many):
        for hits in (
            index.by_meaning(encode_text("bridge"), limit=500, files=files),
            index.by_words("bridge stone river", limit=500, files=files),
        ):
            assert hits
            assert {hit.passage.file for hit in hits} <= set(chosen)
    assert len(index.by_meaning(encode_text("bridge"), limit=500, files=chosen)) == 18
    for none in ([], ["absent.txt"]):
        assert index.by_meaning(encode_text("bridge"), limit=5, files=none) == []
        assert index.by_words("bridge", limit=5, files=none) == []


def test_chroma_finds_what_looking_at_every_vector_finds(index: Index) -> None:
    for question in QUESTIONS:
        vector = encode_text(question)
        assert index.by_meaning(vector, limit=20) == index.by_meaning(vector, limit=20, files=index.files())


def test_a_limit_beyond_the_index_brings_all_of_it_and_one_below_nothing(index: Index) -> None:
    everything = index.by_meaning(encode_text("bridge"), limit=10_000)
    assert len(everything) == 40 * 3 + 3
    assert [hit.score for hit in everything] == sorted((hit.score for hit in everything), reverse=True)
    assert everything[:9] == index.by_meaning(encode_text("bridge"), limit=9)
    assert index.by_meaning(encode_text("bridge"), limit=0) == index.by_words("bridge", limit=0) == []


def test_the_score_by_meaning_is_the_cosine(index: Index) -> None:
    vector = encode_text("copper market")
    for hit in index.by_meaning(vector, limit=10):
        assert hit.score == pytest.approx(float(vector @ next(encode([hit.passage])).passage), abs=1e-5)


def test_sentences_come_in_reading_order_with_their_cosines(index: Index) -> None:
    vector = encode_text("copper market")
    hits = index.by_meaning(vector, limit=5)
    found = index.sentences(hits, vector)
    assert [(each.passage, each.start, each.end) for each in found] == [
        (hit.passage, span.start, span.end) for hit in hits for span in hit.passage.sentences
    ]
    for each in found:
        assert each.similarity == pytest.approx(float(vector @ encode_text(each.text)), abs=0.01)
    gone = Hit(Passage("absent.txt", 0, 3, "Abc"), 1.0)
    assert index.sentences([gone], vector) == []


def test_rarity_counts_the_passages_that_have_the_word(index: Index) -> None:
    assert index.rarity("café".replace("é", "e")) == rarity_in("cafe", found=1, passages=123)
    assert index.rarity("unheard") == rarity_in("unheard", found=0, passages=123)
    assert index.rarity("bridge") < index.rarity("cafe")


def test_copies_of_a_text_do_not_hide_what_else_there_is(corpus: Corpus) -> None:
    """In Chroma's graph hundreds of equal vectors are neighbours of one another and of nothing else."""
    chance = random.Random(5)
    others = [" ".join(chance.choices(VOCABULARY, k=9)) for _ in range(300)]
    corpus.write("a.txt", "\n".join(["All rights are reserved."] * 1_100))
    corpus.write("b.txt", "\n".join(others))
    corpus.sync()
    with corpus.open() as index:
        found = [index.by_meaning(encode_text(f"b. {each}"), limit=1)[0].passage.text for each in others]
        assert found == others
        assert len(index.by_meaning(encode_text("a. All rights are reserved."), limit=100)) == 100


@pytest.mark.parametrize("passages", [1, 2, 3])
def test_searching_changes_nothing_in_the_store(corpus: Corpus, passages: int) -> None:
    corpus.write("a.txt", "\n".join(f"Bridge number {number}." for number in range(passages)))
    corpus.sync()
    files = [each for each in sorted(corpus.store.glob("*-*/**/*")) if each.suffix in (".bin", ".pickle", ".store")]
    before = [each.read_bytes() for each in files]
    with corpus.open() as index:
        assert len(index.by_meaning(encode_text("bridge"), limit=5)) == passages
        assert len(index.by_words("bridge", limit=5)) == passages
    assert [each.read_bytes() for each in files] == before
    assert sorted(corpus.store.glob("*-*/**/*.bin")) == [each for each in files if each.suffix == ".bin"]


@BOTH
def test_equal_scores_are_ordered_by_file_and_place_and_none_is_left_out_by_chance(corpus: Corpus) -> None:
    for number in range(120):
        corpus.write(f"{number:03}/same.txt", "The same bridge.")
    corpus.sync()
    with corpus.open() as index:
        for hits in (index.by_meaning(encode_text("bridge"), limit=7), index.by_words("bridge", limit=7)):
            assert [hit.passage.file for hit in hits] == [f"{number:03}/same.txt" for number in range(7)]


# Determinism


@BOTH
def test_two_indexes_of_the_same_files_answer_the_same(corpus: Corpus) -> None:
    fill(corpus, files=40)
    corpus.sync()
    assert_equal_to_clean(corpus)


@BOTH
@pytest.mark.parametrize("fresh", [0, 20, 10_000])
def test_an_index_grown_and_shrunk_bit_by_bit_answers_as_one_built_at_once(
    corpus: Corpus, monkeypatch: pytest.MonkeyPatch, fresh: int
) -> None:
    """However much is left in memory before it is folded into the folders."""
    monkeypatch.setattr(publish, "_SMALL", 0)
    monkeypatch.setattr(publish, "_FRESH", fresh)
    monkeypatch.setattr(publish, "_BURIED", 0.2 if fresh < 10_000 else 9)
    chance = random.Random(3)
    for round in range(8):
        fill(corpus, files=5 * (round + 1), seed=0)
        corpus.write(f"part-0/{chance.choice([0, 3, 6])}.txt", f"Version {round} of the stone bridge.")
        for path in chance.sample(sorted(corpus.root.rglob("*.txt")), k=round // 3):
            path.unlink()
        corpus.sync()
    assert_equal_to_clean(corpus)


def test_a_small_change_leaves_the_folders_as_they_are(corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publish, "_SMALL", 0)
    fill(corpus, files=40)
    corpus.sync()
    before = state_of(corpus)
    times = {path: path.stat().st_mtime_ns for path in corpus.store.glob("*-*/**/*") if path.suffix == ".bin"}
    edit(corpus)
    run = other_process(corpus, "small")
    assert json.loads(run.stdout) == ["filelock"]
    assert state_of(corpus) == before
    assert all(path.stat().st_mtime_ns == time for path, time in times.items())
    assert_equal_to_clean(corpus)


@BOTH
def test_a_file_that_is_as_it_once_was_is_found_once(corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publish, "_SMALL", 0)
    fill(corpus, files=40)
    corpus.write("town.txt", "The zebra crossed the bridge.")
    corpus.sync()
    corpus.write("town.txt", "The horse crossed the bridge.")
    corpus.sync()
    corpus.write("town.txt", "The zebra crossed the bridge.")
    corpus.sync()
    assert_equal_to_clean(corpus)
    monkeypatch.setattr(publish, "_FRESH", 0)
    corpus.write("more.txt", "The dog crossed the bridge.")
    corpus.sync()
    with corpus.open() as index:
        assert [hit.passage.file for hit in index.by_words("zebra", limit=5)] == ["town.txt"]
    assert_equal_to_clean(corpus)


def test_of_a_removed_file_nothing_is_left_in_a_store_of_any_size_once_it_is_compacted(
    corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publish, "_SMALL", 0)
    fill(corpus, files=40)
    corpus.write("secret.txt", "The password is xylophone. It was Ravenscroft who chose it.")
    corpus.sync()
    vector = encode_text("secret. The password is xylophone. It was Ravenscroft who chose it.").tobytes()
    (corpus.root / "secret.txt").unlink()
    corpus.sync()
    with corpus.open() as index:
        assert index.by_words("xylophone", limit=5) == []
        assert "secret.txt" not in {hit.passage.file for hit in index.by_meaning(encode_text("password"), limit=500)}
        index.compact()
        before = answers(index)
    stored = b"".join(path.read_bytes() for path in corpus.store.rglob("*") if path.is_file())
    for trace in (b"xylophon", b"Ravenscroft", b"ravenscroft", b"secret.txt", vector, vector[:32]):
        assert trace not in stored
    assert_equal_to_clean(corpus)
    with corpus.open() as index:
        assert answers(index) == before


def test_chromas_folder_is_made_anew_when_a_fifth_of_it_is_deleted(
    corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publish, "_SMALL", 0)
    monkeypatch.setattr(publish, "_FRESH", 0)
    fill(corpus, files=20)
    corpus.sync()
    buried = []
    for number in range(8):
        corpus.write(f"part-{number % 3}/{number}.txt", "One.\nTwo.\nThree.")
        corpus.sync()
        buried.append(state_of(corpus)[2])
    assert buried == [3, 6, 9, 12, 15, 0, 3, 6]


def state_of(corpus: Corpus) -> tuple[str, str, int]:
    connection = sqlite3.connect(corpus.store / NAME)
    vectors_folder, words_folder, buried = connection.execute("SELECT vectors, words, buried FROM state").fetchone()
    connection.close()
    return vectors_folder, words_folder, buried


# The other process


PROGRAM = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent.parent)!r})
from tests.test_index import main, Path
main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:])
"""


def command(corpus: Corpus, *what: str) -> list[str]:
    return [sys.executable, "-c", PROGRAM, str(corpus.root), str(corpus.store), told_address(corpus), *what]


def told_address(corpus: Corpus) -> str:
    return f"{corpus.address.url}#{corpus.address.name}" if corpus.address else ""


def other_process(corpus: Corpus, *what: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(corpus, *what), capture_output=True, text=True, timeout=120)


def killed(corpus: Corpus, point: str) -> bool:
    """Sync in a process that dies where it is told, and say whether it did.

    It is forked from one that has opened nothing, to save the second that `import chromadb` takes.
    """
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["chromadb", "tantivy", "numpy"])
    process = processes.Process(target=main, args=(corpus.root, corpus.store, told_address(corpus), "killed", point))
    process.start()
    process.join(120)
    return process.exitcode == -signal.SIGKILL


class KilledCorpus(Corpus):
    """Kills the process where it is told: before the n-th passage is encoded, or after a step of the writing."""

    STEPS: ClassVar[dict[str, tuple[Any, str]]] = {
        "put": (manifest.Manifest, "put"),
        "copy": (folders, "copy"),
        "vectors": (vectors, "build"),
        "words": (words, "build"),
        "seal": (folders, "seal"),
        "publish": (manifest.Manifest, "publish"),
    }

    def kill_at(self, point: str) -> None:
        step, _, number = point.partition(" ")
        if step == "copy":
            publish._FRESH = 0
        self.last = int(number or -1)
        if step in self.STEPS:
            owner, name = self.STEPS[step]
            whole = getattr(owner, name)
            setattr(owner, name, lambda *given, **named: (whole(*given, **named), self.die()))

    def encode(self, passages: Sequence[Passage]) -> Iterator[Encoded]:
        for encoded in super().encode(passages):
            if self.encoded > self.last >= 0:
                self.die()
            yield encoded

    @staticmethod
    def die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)


class SlowCorpus(Corpus):
    """Says when it begins to write, and takes its time."""

    def encode(self, passages: Sequence[Passage]) -> Iterator[Encoded]:
        say("writing")
        for encoded in super().encode(passages):
            time.sleep(0.002)
            yield encoded


class HeldCorpus(Corpus):
    """Holds the lock until it is spoken to."""

    def encode(self, passages: Sequence[Passage]) -> Iterator[Encoded]:
        say("writing")
        input()
        return super().encode(passages)


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main(root: Path, store: Path, address: str, act: str, point: str = "") -> None:
    corpora = {"killed": KilledCorpus, "slow": SlowCorpus, "held": HeldCorpus}
    corpus = corpora.get(act, Corpus)(root, store, address)
    if isinstance(corpus, KilledCorpus):
        corpus.kill_at(point)
    if act == "small":
        publish._SMALL = 0
    if act == "full":
        resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
    try:
        if act == "fork":
            search_in_a_child(corpus)
        else:
            corpus.sync()
    except IndexUnusable as error:
        say(str(error))
    if act in ("loaded", "small"):
        heavy = ("chromadb", "chromadb_rust_bindings", "tantivy", "filelock")
        say(json.dumps([name for name in heavy if name in sys.modules]))


def search_in_a_child(corpus: Corpus) -> None:
    with corpus.open() as index:
        index.by_meaning(encode_text("bridge"), limit=1)
        if child := os.fork():
            os.waitpid(child, 0)
            return
        try:
            index.by_meaning(encode_text("bridge"), limit=1)
        except IndexUnusable as error:
            say(str(error))
        finally:
            os._exit(0)
