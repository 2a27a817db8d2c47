"""What the doctor finds in a store, and that it puts it right: on the index itself, then as a person calls it."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from test_index import DAMAGE, DIMENSIONS, Corpus, assert_equal_to_clean, fill, flipped, halved

from qa.index import examine, folders
from qa.index.database import NAME
from qa.index.lock import writing
from qa.types import Fault, IndexBusy, IndexUnusable


@pytest.fixture
def corpus(folder: Path, tmp_path: Path) -> Corpus:
    corpus = Corpus(folder, tmp_path / "store")
    fill(corpus, files=4)
    corpus.sync()
    return corpus


def examined(corpus: Corpus) -> tuple[Fault, ...]:
    return examine(corpus.store, encoder="letters", dimensions=DIMENSIONS)


def test_nothing_is_wrong_with_an_index_that_was_just_made_or_is_not_there(corpus: Corpus, tmp_path: Path) -> None:
    assert examined(corpus) == ()
    assert examine(tmp_path / "absent", encoder="letters", dimensions=DIMENSIONS) == ()
    corpus.write("more.txt", "More of it.")
    corpus.sync()
    assert examined(corpus) == ()


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_folder_is_named_and_made_anew_from_the_manifest(corpus: Corpus, damage: str) -> None:
    DAMAGE[damage](corpus)
    (fault,) = examined(corpus)
    assert fault.part == ("words" if "Tantivy" in damage or "meta" in damage or "segment" in damage else "vectors")
    assert fault.remedy == "make anew"


def test_damage_that_left_size_and_time_as_they_were_is_found_too(corpus: Corpus) -> None:
    file = next(corpus.store.glob("vectors-*/*/data_level0.bin"))
    before = file.stat()
    flipped(file)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert [each.what for each in examined(corpus)] == [
        f"{file.relative_to(corpus.store).as_posix()} is not as it was written"
    ]
    with corpus.open() as index:
        index.compact()
    assert examined(corpus) == ()
    assert_equal_to_clean(corpus)


@pytest.mark.parametrize("damage", [flipped, halved, lambda path: path.write_bytes(b"not a database" * 400)])
def test_a_damaged_manifest_means_that_the_files_have_to_be_read_anew(
    corpus: Corpus, damage: Callable[[Path], object]
) -> None:
    damage(corpus.store / NAME)
    assert [(each.part, each.remedy) for each in examined(corpus)] == [("manifest", "read anew")]


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("DELETE FROM passages WHERE rowid = 3", "it holds 11 passages"),
        ("UPDATE passages SET vector = x'00' WHERE rowid = 3", "1 passages have no proper vectors"),
    ],
)
def test_a_manifest_that_contradicts_itself_means_so_too(corpus: Corpus, statement: str, what: str) -> None:
    connection = sqlite3.connect(corpus.store / NAME)
    connection.execute(statement)
    connection.commit()
    connection.close()
    (fault,) = examined(corpus)
    assert fault.what.startswith(what)
    assert fault.remedy == "read anew"


def test_vectors_that_belong_to_other_passages_are_found(corpus: Corpus, tmp_path: Path) -> None:
    """A folder of another index, whole in itself."""
    other = Corpus(tmp_path / "other", tmp_path / "other-store")
    fill(other, files=4, seed=5)
    other.sync()
    ours, theirs = (next(each.store.glob("vectors-*")) for each in (corpus, other))
    folders.remove(ours)
    folders.copy(theirs, ours)
    connection = sqlite3.connect(corpus.store / NAME)
    connection.execute("DELETE FROM seals WHERE folder = ?", (ours.name,))
    connection.executemany(
        "INSERT INTO seals VALUES (?, ?, ?, ?, ?)",
        [(ours.name, each.file, each.size, each.modified, each.checksum) for each in folders.seal(ours)],
    )
    connection.commit()
    connection.close()
    assert [each.what for each in examined(corpus)] == ["Chroma finds 0 of 12 passages"]


def test_what_a_killed_run_has_left_is_named(corpus: Corpus) -> None:
    (corpus.store / "words-99").mkdir()
    assert examined(corpus) == (Fault("store", "a run that was cut off has left its folder 'words-99'", "go on"),)


def test_an_index_of_another_encoder_is_not_called_damaged(corpus: Corpus) -> None:
    with pytest.raises(IndexUnusable, match="built with 'letters', not with 'other'"):
        examine(corpus.store, encoder="other", dimensions=DIMENSIONS)


def test_what_another_process_is_writing_is_not_taken_for_damage(corpus: Corpus) -> None:
    fill(corpus, files=2)
    corpus.sync()
    (corpus.store / folders.ASIDE).mkdir()
    with writing(corpus.store), pytest.raises(IndexBusy, match=r"being written by process \d+"):
        examine(corpus.store, encoder="letters", dimensions=DIMENSIONS)
    (fault,) = examine(corpus.store, encoder="letters", dimensions=DIMENSIONS)
    assert (fault.what, fault.remedy) == ("a run that was cut off has left its folder 'anew'", "go on")


def test_the_doctor_says_what_is_wrong_and_puts_it_right(folder: Path, tmp_path: Path) -> None:
    (folder / "bridge.txt").write_text("The bridge opened in 1932.\n", "utf-8")
    new = qa("doctor", folder, store=tmp_path)
    assert (new.returncode, new.stdout) == (0, "Nothing of this folder is indexed yet; `qa index` does that.\n")
    qa("index", folder, store=tmp_path)
    before = json.loads(qa("ask", "When did the bridge open?", "--corpus", folder, "--json", store=tmp_path).stdout)
    flipped(next(tmp_path.glob("*/vectors-*/*/data_level0.bin")))
    looked = qa("doctor", folder, "--look", "--json", store=tmp_path)
    assert looked.returncode == 3
    assert [each["remedy"] for each in json.loads(looked.stdout)["faults"]] == ["make anew"]
    mended = qa("doctor", folder, store=tmp_path)
    assert mended.returncode == 0, mended.stderr
    assert mended.stdout.endswith("All of this was put right; the index holds 1 file with 1 passage.\n")
    next(tmp_path.glob("*/manifest.sqlite")).write_bytes(b"nothing of the kind" * 300)
    assert qa("doctor", folder, "--look", store=tmp_path).returncode == 3
    assert qa("doctor", folder, store=tmp_path).returncode == 0
    assert qa("doctor", folder, store=tmp_path).stdout.startswith("The index is sound; it holds 1 file ")
    after = json.loads(qa("ask", "When did the bridge open?", "--corpus", folder, "--json", store=tmp_path).stdout)
    assert after == before


def test_a_document_that_was_removed_is_erased_when_the_index_is_compacted(folder: Path, tmp_path: Path) -> None:
    (folder / "bridge.txt").write_text("The bridge opened in 1932.\n", "utf-8")
    (folder / "secret.txt").write_text("The password is xylophone.\n", "utf-8")
    qa("index", folder, store=tmp_path)
    (folder / "secret.txt").unlink()
    assert qa("index", folder, "--compact", store=tmp_path).returncode == 0
    stored = b"".join(
        path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and folder not in path.parents
    )
    assert b"bridge.txt" in stored
    for trace in (b"xylophon", b"secret.txt"):
        assert trace not in stored


def qa(*arguments: str | Path, store: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("QA_")}
    return subprocess.run(
        [sys.executable, "-m", "qa", *map(str, arguments)],
        env={**environment, "QA_STORE": str(store)},
        capture_output=True,
        text=True,
        timeout=300,
    )
