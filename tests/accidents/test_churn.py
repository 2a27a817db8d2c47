"""Files that come and go many times over, or many at once: nothing is lost, nothing is found in the wrong place, and
nothing is done twice. Vectors are drawn by chance where only their number matters.
"""

from __future__ import annotations

import hashlib
import os
import re
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

import numpy as np
import pytest
from program import FILES, PASSAGES, answered, question, run, write

import qa
from qa.index import Index, open_index
from qa.types import Document, Encoded, FileState, Hit, Passage, Progress, Span, SyncReport

pytestmark = pytest.mark.accident

DIMENSIONS = 64


def vector_of(text: str) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """A direction that a text has for itself, among those of 40 subjects."""
    subject = np.random.default_rng(zlib.crc32(text.encode()) % 40).standard_normal(DIMENSIONS)
    own = np.random.default_rng(zlib.crc32(text.encode())).standard_normal(DIMENSIONS)
    vector = subject + own
    unit: np.ndarray[tuple[int], np.dtype[np.float32]] = (vector / np.linalg.norm(vector)).astype(np.float32)
    return unit


class Texts:
    """Documents that are in no folder: a name and lines, of which each is a passage."""

    def __init__(self, store: Path) -> None:
        self.lines: dict[str, list[str]] = {}
        self._store = store

    def open(self) -> Index:
        return open_index(self._store, encoder="by chance", dimensions=DIMENSIONS)

    def sync(self, index: Index) -> SyncReport:
        files = [FileState(file, self._bytes(file).__len__(), self._number(file)) for file in sorted(self.lines)]
        return index.sync(files, read=self._read, split=_split, encode=_encode)

    def passages(self) -> list[str]:
        return [line for file in sorted(self.lines) for line in self.lines[file]]

    def _bytes(self, file: str) -> bytes:
        return "\n".join(self.lines[file]).encode()

    def _number(self, file: str) -> int:
        """In place of a time: another one for other bytes."""
        return 1_700_000_000_000_000_000 + zlib.crc32(self._bytes(file))

    def _read(self, file: str) -> Document:
        content = self._bytes(file)
        return Document(file, content.decode(), "", hashlib.sha256(content).hexdigest())


def _split(document: Document) -> list[Passage]:
    return [
        Passage(document.file, each.start(), each.end(), each.group(), "", None, (Span(each.start(), each.end()),))
        for each in re.finditer(r"[^\n]+", document.text)
    ]


def _encode(passages: Sequence[Passage]) -> Iterator[Encoded]:
    for passage in passages:
        vector = vector_of(passage.text)
        yield Encoded(vector, vector.reshape(1, -1))


def assert_all_are_found(index: Index, texts: Texts, *, sample: int = 300) -> None:
    """Every passage by its own vector; and of what is nearest, 99 of 100 as by looking at each vector."""
    assert sum(index.counts().values()) == len(texts.passages())
    chance = Random(1)
    chosen = chance.sample(texts.passages(), k=min(sample, len(texts.passages())))
    missed = [text for text in chosen if index.by_meaning(vector_of(text), limit=1)[0].passage.text != text]
    assert missed == []
    files = index.files()
    found = asked = 0
    for text in chosen[:60]:
        vector = vector_of(text + "?")
        exact = _places(index.by_meaning(vector, limit=10, files=files))
        found += len(exact & _places(index.by_meaning(vector, limit=10)))
        asked += len(exact)
    assert found >= 0.99 * asked


def _places(hits: Sequence[Hit]) -> set[tuple[str, int]]:
    return {(hit.passage.file, hit.passage.start) for hit in hits}


def test_replaced_ten_times_over_and_then_a_fifth_of_it_twenty_times(tmp_path: Path) -> None:
    texts = Texts(tmp_path / "store")
    chance = Random(17)
    with texts.open() as index:
        for round in range(10):
            for number in range(100):
                texts.lines[f"{number}.txt"] = [f"Line {each} of {number} in round {round}." for each in range(10)]
            texts.sync(index)
        assert_all_are_found(index, texts)
        for round in range(20):
            for number in chance.sample(range(100), k=20):
                texts.lines[f"{number}.txt"] = [f"Line {each} of {number} anew {round}." for each in range(10)]
            texts.sync(index)
        assert_all_are_found(index, texts)


def test_twelve_thousand_passages_come_in_one_run_half_of_them_in_one_file(tmp_path: Path) -> None:
    texts = Texts(tmp_path / "store")
    texts.lines["large.txt"] = [f"Entry {number} of the large file." for number in range(6_000)]
    for number in range(60):
        texts.lines[f"small-{number}.txt"] = [f"Entry {each} of small file {number}." for each in range(100)]
    with texts.open() as index:
        assert len(texts.sync(index).added) == 61
        assert index.counts()["large.txt"] == 6_000
        assert_all_are_found(index, texts)
        assert index.by_words("entry 5999 large", limit=1)[0].passage.text == "Entry 5999 of the large file."
        del texts.lines["large.txt"]
        assert texts.sync(index).removed == ("large.txt",)
        assert_all_are_found(index, texts)
        assert index.by_words("large", limit=1) == []


# Files that move, with the encoder that is shipped


class Watched:
    """A folder and its index; tells how many passages a sync has encoded."""

    def __init__(self, folder: Path, store: Path) -> None:
        self.folder, self.store = folder, store

    def sync(self) -> tuple[SyncReport, int]:
        told: list[Progress] = []
        with qa.Assistant(self.folder, store=self.store) as assistant:
            report = assistant.sync(told.append)
        return report, max((each.done for each in told), default=0)

    def cited(self, number: int) -> set[str]:
        receipt = answered(question(number), "--corpus", self.folder, store=self.store)
        return {each["file"] for each in receipt["citations"]}


@pytest.fixture
def watched(folder: Path, tmp_path: Path) -> Watched:
    write(folder, 1)
    watched = Watched(folder, tmp_path / "store")
    assert watched.sync()[1] == PASSAGES * (FILES + 1)
    return watched


@pytest.mark.parametrize("seconds", [0, 1, 1_700_000_000, 4_000_000_000])
def test_a_time_is_no_content(watched: Watched, seconds: int) -> None:
    """1970, now, or a clock that goes ahead by decades: a file is what its bytes are."""
    os.utime(watched.folder / "3.txt", (seconds, seconds))
    report, encoded = watched.sync()
    assert (report.changed, encoded) == ((), 0)
    (watched.folder / "3.txt").write_text("House 3 has no gate any more.\n", "utf-8")
    os.utime(watched.folder / "3.txt", (seconds, seconds))
    assert watched.sync()[0].changed == ("3.txt",)


def test_another_content_of_the_same_size_and_time_is_noticed(watched: Watched) -> None:
    path = watched.folder / "3.txt"
    os.utime(path, (1_700_000_000, 1_700_000_000))
    watched.sync()
    path.write_text(path.read_text("utf-8").replace("code v1x3", "code v7x3"), "utf-8")
    os.utime(path, (1_700_000_000, 1_700_000_000))
    assert watched.sync()[0].changed == ("3.txt",)


def test_a_renamed_moved_or_copied_file_is_cited_where_it_is_and_not_encoded_again(watched: Watched) -> None:
    folder = watched.folder
    (folder / "3.txt").rename(folder / "three.txt")
    report, encoded = watched.sync()
    assert (report.added, report.removed, encoded) == (("three.txt",), ("3.txt",), 0)
    assert watched.cited(3) == {"three.txt"}
    (folder / "deep" / "down").mkdir(parents=True)
    (folder / "three.txt").rename(folder / "deep" / "down" / "3.txt")
    assert watched.sync()[1] == 0
    assert watched.cited(3) == {"deep/down/3.txt"}
    (folder / "4-copy.txt").write_bytes((folder / "4.txt").read_bytes())
    assert watched.sync()[1] == 0
    receipt = answered(question(4), "--corpus", folder, store=watched.store)
    assert receipt["text"].count("v1x4") == 1
    (folder / "4.txt").unlink()
    assert watched.cited(4) == {"4-copy.txt"}


def test_two_builds_answer_fifty_questions_the_same_to_the_byte(folder: Path, tmp_path: Path) -> None:
    write(folder, 1)
    asked = [question(number) for number in range(FILES)]
    for place in ("north", "south"):
        asked += [f"What carries the {place} gate of house {number}?" for number in range(FILES)]
    words = re.findall(r"[a-z]{5,}", (folder / "0.txt").read_text("utf-8"))
    asked += [" ".join(Random(number).choices(words, k=4)) for number in range(50 - len(asked))]
    texts = []
    for seed in ("1", "2"):
        store = tmp_path / seed
        run("index", folder, store=store, settings={"PYTHONHASHSEED": seed})
        with qa.Assistant(folder, store=store) as assistant:
            texts.append([(assistant.find(each, limit=100), assistant.answer(each).to_dict()) for each in asked])
    assert texts[0] == texts[1]
    assert len(texts[0]) == 50


def test_ten_thousand_files_are_each_indexed_or_listed(folder: Path, tmp_path: Path) -> None:
    write(folder, 1)
    for number in range(9_500):
        (folder / f"picture-{number}.xyz").write_bytes(b"\x00")
    for number in range(500):
        (folder / f"copy-{number}.txt").write_text("The mill grinds wheat.\n", "utf-8")
    (folder / ("n" * 251 + ".txt")).write_text("The quarry yields slate.\n", "utf-8")
    report, _ = Watched(folder, tmp_path / "store").sync()
    assert len(report.added) == 500 + FILES + 2
    assert len(report.skipped) == 9_500
    assert all(each.reason for each in report.skipped)
    report, encoded = Watched(folder, tmp_path / "store").sync()
    assert len(report.unchanged) == 500 + FILES + 2
    assert encoded == 0
