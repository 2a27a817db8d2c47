"""A store that is damaged, full, read-only or gone: a right answer or one sentence that says what to do, and no wrong one.

The damage is done to whatever the index has written, one kind of file after the other: the tests know nothing of what a
store looks like inside.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from program import FILES, answered, failed, needs, question, run, told, write

pytestmark = pytest.mark.accident


def halved(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    for place in range(0, len(content), 7):
        content[place] ^= 0xFF
    path.write_bytes(content)


DAMAGE: dict[str, Callable[[Path], object]] = {
    "gone": Path.unlink,
    "half": halved,
    "flipped": flipped,
}


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, list[str]]:
    """A folder, its index, and what is told of it."""
    root = tmp_path_factory.mktemp("indexed")
    (root / "documents").mkdir()
    write(root / "documents", 1)
    # So old that a look at their times is enough to know that they have not changed.
    for path in (root / "documents").iterdir():
        os.utime(path, (1_700_000_000, 1_700_000_000))
    assert run("index", root / "documents", store=root / "store").returncode == 0
    return root / "documents", root / "store", told(root / "documents", root / "store")


def parts(store: Path) -> dict[str, list[Path]]:
    """The files of an index by what they are, those that hold nothing and locks left out."""
    kinds: dict[str, list[Path]] = {}
    for path in sorted(store.rglob("*")):
        if path.is_file() and path.stat().st_size and "lock" not in path.name and "LOCK" not in path.name:
            kinds.setdefault(path.suffix or path.name, []).append(path)
    return kinds


@pytest.mark.parametrize("damage", DAMAGE)
def test_whatever_is_damaged_the_answer_is_right_or_says_what_to_do(
    indexed: tuple[Path, Path, list[str]], tmp_path: Path, damage: str
) -> None:
    folder, whole, before = indexed
    for number, kind in enumerate(parts(whole)):
        store = tmp_path / f"{number}"
        shutil.copytree(whole, store)
        for path in parts(store)[kind]:
            DAMAGE[damage](path)
        asked = run("ask", question(3), "--corpus", folder, "--json", store=store)
        if asked.returncode:
            failed(asked, "qa index --rebuild")
            rebuilt = run("index", folder, "--rebuild", store=store)
            assert rebuilt.returncode == 0, (kind, rebuilt.stderr)
        else:
            assert "v1x3" in json.loads(asked.stdout)["text"], kind
        assert told(folder, store) == before, kind


def test_an_index_that_is_partly_of_another_time_answers_right(
    indexed: tuple[Path, Path, list[str]], tmp_path: Path
) -> None:
    """As a backup leaves it that is taken while the index is written: one file is older than the others."""
    folder = indexed[0]
    corpus = tmp_path / "documents"
    shutil.copytree(folder, corpus)
    old, new = tmp_path / "old", tmp_path / "new"
    run("index", corpus, store=old)
    shutil.copytree(old, new)
    write(corpus, 2)
    run("index", corpus, store=new)
    before = told(corpus, new)
    for path in sorted(each for each in old.rglob("*") if each.is_file() and "lock" not in each.name.lower()):
        store = tmp_path / "mixed"
        shutil.copytree(new, store)
        (store / path.relative_to(old)).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, store / path.relative_to(old))
        asked = run("ask", question(3), "--corpus", corpus, "--json", store=store)
        if asked.returncode:
            failed(asked, "qa index --rebuild")
            assert run("index", corpus, "--rebuild", store=store).returncode == 0
        else:
            assert "v2x3" in json.loads(asked.stdout)["text"], path
        assert told(corpus, store) == before, path
        shutil.rmtree(store)


# Disks

_MOUNTED = 'mount -t tmpfs -o size=$1 tmpfs "$2" && shift 2 && exec "$@"'


def on_a_small_disk(act: str, root: Path, *, size: str) -> None:
    """Run an act of disks.py in a namespace in which `root`/disk is a disk of its own."""
    reason = "no disk can be mounted here; tests/test_index.py limits the size of files"
    needs("unshare", "-rm", "sh", "-c", "mount -t tmpfs tmpfs /mnt", reason=reason)
    (root / "disk").mkdir()
    driver = [sys.executable, str(Path(__file__).with_name("disks.py")), act, str(root)]
    ended = subprocess.run(
        ["unshare", "-rm", "sh", "-c", _MOUNTED, "sh", size, str(root / "disk"), *driver],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_a_full_disk_is_a_sentence_the_index_still_answers_and_recovers(folder: Path, tmp_path: Path) -> None:
    on_a_small_disk("full", tmp_path, size="6m")


def test_a_read_only_store_answers_and_says_that_it_can_not_be_written(folder: Path, tmp_path: Path) -> None:
    on_a_small_disk("read-only", tmp_path, size="20m")


# Another encoder


@contextmanager
def embedding(length: int) -> Iterator[str]:
    """A server that embeds any text by its letters, in vectors of a length; the name of the model."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            texts = json.loads(self.rfile.read(int(self.headers["content-length"])))["input"]
            texts = [texts] if isinstance(texts, str) else texts
            vectors = [[1.0 + text.count(chr(97 + place)) for place in range(length)] for text in texts]
            data = [{"object": "embedding", "index": n, "embedding": each} for n, each in enumerate(vectors)]
            usage = {"prompt_tokens": 1, "total_tokens": 1}
            body = json.dumps({"object": "list", "data": data, "model": "letters", "usage": usage}).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"openai-like/letters@http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_an_index_of_another_encoder_is_refused_and_never_mixed(folder: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    write(folder, 1)
    run("index", folder, store=store)
    with embedding(26) as letters, embedding(13) as half:
        other = {"QA_EMBED": letters}
        for model in (letters, half):
            refused = run("ask", question(2), "--corpus", folder, "--json", store=store, settings={"QA_EMBED": model})
            failed(refused, "was built with", "qa index --rebuild")
        assert "v1x2" in answered(question(2), "--corpus", folder, store=store)["text"]
        rebuilt = run("index", folder, "--rebuild", "--json", store=store, settings=other)
        assert len(json.loads(rebuilt.stdout)["added"]) == FILES + 1, rebuilt.stderr
        assert answered(question(2), "--corpus", folder, store=store, settings=other)["hits"]
        failed(run("ask", question(2), "--corpus", folder, store=store), "was built with")
    # The model has gone; the index is told apart from one that is damaged.
    message = failed(run("ask", question(2), "--corpus", folder, store=store, settings=other))
    assert "rebuild" not in message
