"""Reading ahead: several files at once, and to whoever asks exactly what reading them one by one gives."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

import pytest
from format_files import FILES, page_of

from qa.load import Limits, ReadAhead, Reader
from qa.types import Document, UnreadableContent, UnreadableDocument


def outcome(read: ReadAhead | Reader, file: str) -> Document | str:
    try:
        return read(file)
    except UnreadableDocument as refused:
        return f"{type(refused).__name__}: {refused}"


def children() -> set[int]:
    """The processes that threads of this one have started and that still run."""
    listed = [path.read_text() for path in Path(f"/proc/{os.getpid()}/task").glob("*/children")]
    return set(map(int, " ".join(listed).split()))


@pytest.fixture
def files(folder: Path) -> list[str]:
    """Files of every format, with some in between that are damaged."""
    for name, data in FILES.items():
        (folder / name).write_bytes(data())
        (folder / f"broken-{name}").write_bytes(data()[:40])
    return sorted(path.name for path in folder.iterdir())


def test_what_is_read_ahead_is_what_is_read_one_by_one(folder: Path, files: list[str]) -> None:
    with Reader(folder) as reader:
        one_by_one = [outcome(reader, file) for file in files]
    with ReadAhead(folder) as read:
        read.expect(files)
        assert [outcome(read, file) for file in files] == one_by_one
        assert [outcome(read, file) for file in files[:3]] == one_by_one[:3]
    assert any(isinstance(each, str) for each in one_by_one)


def test_files_may_be_left_out_asked_again_or_asked_unexpectedly(folder: Path, files: list[str]) -> None:
    with ReadAhead(folder) as read:
        read.expect(files)
        for file in (files[5], files[0], files[6], files[6], files[-1]):
            assert isinstance(outcome(read, file), Document | str)
        read.expect(["gone.pdf", *files[:2]])
        assert outcome(read, "gone.pdf") == "UnreadableDocument: it is not there any more"
        assert outcome(read, files[0]) == outcome(read, files[0])


@pytest.mark.skipif(sys.platform != "linux", reason="finds the children in /proc")
def test_no_more_files_are_read_ahead_than_are_allowed(folder: Path) -> None:
    names = [f"{number:02}.html" for number in range(20)]
    for name in names:
        (folder / name).write_bytes(page_of(f"<p>This is {name}.</p>"))
    asked: list[str] = []
    lock = threading.Lock()

    def kept(file: str, sha256: str) -> Document | None:
        with lock:
            asked.append(file)
        return None

    before = children()
    with ReadAhead(folder, children=2, kept=kept) as read:
        read.expect(names)
        for number, name in enumerate(names):
            assert read(name).text == f"This is {name}."
            with lock:
                assert len(asked) <= number + 1 + 4
        assert len(children() - before) == 2
    assert children() == before
    assert sorted(asked) == names


def test_closing_gives_up_what_is_being_read(folder: Path) -> None:
    """A file that takes minutes keeps nobody waiting who does not want it any more."""
    rows = b"".join(b"%d,%d,%d\n" % (number, number, number) for number in range(700_000))
    (folder / "a.html").write_bytes(page_of("<p>Read.</p>"))
    for name in ("b.csv", "c.csv", "d.csv"):
        (folder / name).write_bytes(b"a,b,c\n" + rows)
    before = threading.active_count()
    with ReadAhead(folder, limits=Limits(seconds=600)) as read:
        read.expect(["a.html", "b.csv", "c.csv", "d.csv"])
        assert read("a.html").text == "Read."
    assert threading.active_count() == before


def test_a_file_that_breaks_its_child_costs_no_other(folder: Path) -> None:
    with ReadAhead(folder, limits=Limits(memory_bytes=130 * 1024 * 1024)) as read:
        names = []
        for number in range(3):
            (folder / f"{number}-fine.html").write_bytes(page_of("<p>Read.</p>"))
            (folder / f"{number}-large.csv").write_bytes(b"a,b\n" + b"%d,2\n" % number * 900_000)
            names += [f"{number}-fine.html", f"{number}-large.csv"]
        read.expect(names)
        for name in names:
            if name.endswith("html"):
                assert read(name).text == "Read."
            else:
                with pytest.raises(UnreadableContent):
                    read(name)
