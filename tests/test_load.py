"""Files to documents: what is read, what is left out and why, and that no path leads out of the folder."""

from __future__ import annotations

import hashlib
import os
import re
import socket
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.load import LARGEST, READERS, read, scan
from qa.load.files import suffix_of
from qa.types import UnreadableDocument, WrongUse

SEEDS = Path(__file__).parent.parent / "seeds"
README = (SEEDS.parent / "README.md").read_text("utf-8")


def files(folder: Path) -> list[str]:
    return [state.file for state in scan(folder).files]


def skipped(folder: Path) -> dict[str, str]:
    return dict(scan(folder).skipped)


def refusal(folder: Path, file: str) -> str:
    with pytest.raises(UnreadableDocument) as refused:
        read(folder, file)
    return str(refused.value)


def titled(folder: Path, text: str, name: str = "0.txt") -> str:
    (folder / name).write_text(text, "utf-8")
    return read(folder, name).title


def test_files_are_listed_by_their_path_below_the_folder_in_order(folder: Path) -> None:
    for name in ("b.txt", "a/z.MD", "a.txt", "a/b/c.markdown", "ü.text"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("Text.", "utf-8")
    found = scan(folder)
    assert files(folder) == ["a.txt", "a/b/c.markdown", "a/z.MD", "b.txt", "ü.text"]
    assert found.skipped == ()
    state = (folder / "b.txt").stat()
    assert (found.files[3].size, found.files[3].modified) == (state.st_size, state.st_mtime_ns)
    assert scan(folder) == found


def test_an_empty_folder_has_no_files(folder: Path) -> None:
    assert scan(folder) == scan(folder)
    assert files(folder) == []


@pytest.mark.parametrize("name", ["missing", "file.txt", "nul\0"])
def test_what_is_no_folder_is_wrong_use_in_one_sentence(folder: Path, name: str) -> None:
    (folder / "file.txt").write_text("Text.")
    with pytest.raises(WrongUse, match=r"^[^\n]+\.$"):
        scan(folder / name)


def test_every_file_that_is_left_out_is_named_with_the_reason(folder: Path) -> None:
    (folder / "a.txt").write_text("Text.")
    (folder / "empty.txt").touch()
    (folder / "paper.doc").write_bytes(b"\xd0\xcf")
    (folder / "picture.png").write_bytes(b"\x89PNG")
    (folder / "README").write_text("Text.")
    (folder / ".hidden.txt").write_text("Text.")
    (folder / ".git" / "objects").mkdir(parents=True)
    (folder / ".git" / "objects" / "x.txt").write_text("Text.")
    with (folder / "huge.txt").open("wb") as stream:
        stream.truncate(LARGEST + 1)
    assert files(folder) == ["a.txt"]
    assert skipped(folder) == {
        ".git/": "it is hidden (its name begins with a dot)",
        ".hidden.txt": "it is hidden (its name begins with a dot)",
        "README": "its name has no ending that tells what it is",
        "empty.txt": "it is empty",
        "huge.txt": "it has 64 MiB; at most 64 are read, so split it",
        "paper.doc": "files ending in '.doc' are not read; save it as .docx",
        "picture.png": "files ending in '.png' are not read",
    }


def test_no_link_leads_out_of_the_folder_or_in_a_circle(folder: Path) -> None:
    outside = folder.parent / "secret.txt"
    outside.write_text("A secret.")
    (folder.parent / "more").mkdir()
    (folder / "a.txt").write_text("Text.")
    (folder / "inside").mkdir()
    for name, target in {
        "out.txt": outside,
        "relative.txt": Path("../secret.txt"),
        "device.txt": Path("/dev/zero"),
        "folder-out": folder.parent / "more",
        "folder-in": Path("inside"),
        "inside/up": folder,
        "broken.txt": Path("nowhere.txt"),
        "loop.txt": Path("loop.txt"),
        "again.txt": Path("a.txt"),
    }.items():
        (folder / name).symlink_to(target)
    assert files(folder) == ["a.txt"]
    found = skipped(folder)
    assert {name for name, reason in found.items() if "out of the folder" in reason} == {
        "out.txt",
        "relative.txt",
        "device.txt",
        "folder-out",
    }
    assert found["again.txt"] == "it is a link to 'a.txt', which is read itself"
    assert "not there" in found["broken.txt"]
    assert "broken link" in found["loop.txt"]
    assert found["folder-in"] == found["inside/up"] == "it is a link to a folder; only links to files are followed"
    assert "out of the folder" in refusal(folder, "out.txt")
    assert "out of the folder" in refusal(folder, "device.txt")


def test_a_link_to_a_hidden_file_of_the_folder_is_read(folder: Path) -> None:
    """Kubernetes mounts the files of a ConfigMap in this way."""
    (folder / "..data").mkdir()
    (folder / "..data" / "a.txt").write_text("Text.")
    (folder / "a.txt").symlink_to("..data/a.txt")
    assert files(folder) == ["a.txt"]
    assert read(folder, "a.txt").text == "Text."


def test_the_folder_itself_may_be_a_link(folder: Path) -> None:
    (folder / "a.txt").write_text("Text.")
    link = folder.parent / "link"
    link.symlink_to(folder)
    assert files(link) == ["a.txt"]
    assert read(link, "a.txt").text == "Text."


@pytest.fixture
def listening(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(folder)  # a socket's path must be short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket.txt")
        yield


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has none of these")
@pytest.mark.usefixtures("listening")
def test_pipes_and_sockets_are_left_out_and_nothing_waits_for_them(folder: Path) -> None:
    os.mkfifo(folder / "pipe.txt")
    assert files(folder) == []
    assert skipped(folder) == {
        "pipe.txt": "it is a pipe, a socket or a device, not a file",
        "socket.txt": "it is a pipe, a socket or a device, not a file",
    }
    assert "pipe" in refusal(folder, "pipe.txt")


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="names are Unicode there")
def test_a_name_that_is_not_utf8_is_left_out(folder: Path) -> None:
    Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.txt")).write_text("Text.")
    Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9")).mkdir()
    assert files(folder) == []
    assert skipped(folder) == {
        "caf\\xe9.txt": "its name is not UTF-8; rename it",
        "caf\\xe9/": "its name is not UTF-8; rename it",
    }


@pytest.fixture
def closed() -> Iterator[Path]:
    """A folder with a file and a folder that nobody may open, seen by a user who is not root."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "a.txt").write_text("Text.")
        (folder / "a.txt").chmod(0)
        (folder / "closed").mkdir(mode=0)
        user = os.geteuid()
        os.seteuid(user or 65534)
        try:
            yield folder
        finally:
            os.seteuid(user)
            (folder / "closed").chmod(0o700)


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are others there")
def test_what_may_not_be_opened_is_left_out(closed: Path) -> None:
    assert files(closed) == []
    assert skipped(closed) == {
        "a.txt": "it can not be opened (permission denied)",
        "closed/": "it can not be opened (permission denied)",
    }
    assert refusal(closed, "a.txt") == "it can not be opened (permission denied)"
    with pytest.raises(WrongUse, match="can not be opened"):
        scan(closed / "closed")


@settings(max_examples=100, deadline=None)
@given(text=st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n\r\t\f\x85"), min_size=1))
def test_a_document_is_the_decoded_bytes_of_its_file(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("documents")
    data = f"\x07{text}\x00".encode()
    (folder / "a.txt").write_bytes(data)
    document = read(folder, "a.txt")
    assert document.text == data.decode("utf-8")
    assert document.sha256 == hashlib.sha256(data).hexdigest()
    assert (document.file, document.pages) == ("a.txt", ())


def test_line_ends_stay_and_a_byte_order_mark_goes(folder: Path) -> None:
    (folder / "a.md").write_bytes(
        b"\xef\xbb\xbfOne.\r\nTwo.\rThree.\n\x1b[0m\x00 and the rest of the text" + b" ..." * 80
    )
    assert read(folder, "a.md").text.startswith("One.\r\nTwo.\rThree.\n\x1b[0m\x00 and")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("一二三".encode("shift-jis"), "it is not UTF-8 (line 1) and its encoding can not be told; save it as UTF-8"),
        (b"\x7fELF\x02\x01\x01\x03 a program", "it is binary data, not text"),
        (bytes(range(256)) * 4, "it is binary data, not text"),
        (b"\x7fELF\x02\x01\x01" + bytes(90), "it is binary data, not text"),
        (bytes(4096), "it is binary data, not text"),
        (b"\xff\xfe" + bytes(range(1, 256)) * 40 + b"\x00", "it is damaged UTF-16; save it as UTF-8"),
        (b"%PDF-1.7\n" + bytes(range(64)) * 4, "it is binary data, not text"),
        (b"One.\n\xed\xa0\x80 .", "it is not UTF-8 (line 2) and its encoding can not be told; save it as UTF-8"),
    ],
)
def test_a_text_whose_encoding_nobody_can_tell_is_refused_with_what_to_do(
    folder: Path, data: bytes, reason: str
) -> None:
    (folder / "a.txt").write_bytes(data)
    assert refusal(folder, "a.txt") == reason


@pytest.mark.parametrize(
    "file",
    ["../secret.txt", "/etc/passwd.txt", "a/../../secret.txt", "..", "./a.txt", "a//b.txt", "a\0.txt", "", "a.txt/"],
)
def test_a_name_that_is_no_path_below_the_folder_is_refused(folder: Path, file: str) -> None:
    (folder.parent / "secret.txt").write_text("A secret.")
    (folder / "a.txt").write_text("Text.")
    assert refusal(folder, file)


def test_a_file_that_went_away_or_became_empty_is_refused(folder: Path) -> None:
    (folder / "a.txt").touch()
    assert refusal(folder, "a.txt") == "it is empty"
    assert refusal(folder, "b.txt") == "it is not there any more"
    assert refusal(folder, "a.txt/b.txt") == "it can not be opened (not a directory)"
    (folder / "c.txt").mkdir()
    assert refusal(folder, "c.txt") == "it can not be opened (is a directory)"


def test_the_kinds_read_are_those_of_the_table(folder: Path) -> None:
    listed = " ".join(re.findall(r"^\| [^|]+ \| ([^|]+) \|", README, re.MULTILINE))
    assert set(READERS) <= set(re.findall(r"`(\.\w+)`", listed))
    (folder / "a.doc").write_bytes(b"%PDF")
    assert refusal(folder, "a.doc") == "files ending in '.doc' are not read; save it as .docx"


def test_the_title_is_the_first_heading(folder: Path) -> None:
    assert titled(folder, "![badge](x.svg)\n\nSome text.\n\n## A **guide** to [Chroma](http://x.y)\n", "a.md") == (
        "A guide to Chroma"
    )
    assert titled(folder, "Guide\n=====\n\nText.", "a.md") == "Guide"
    assert titled(folder, "# Guide\nText.") == "Guide"
    assert titled(folder, "echo one\n# a comment\necho two") == ""


def test_the_title_is_a_first_line_that_stands_apart_and_whose_words_come_again(folder: Path) -> None:
    assert titled(folder, "Refund policy\n\nA refund is paid within 30 days under this policy.") == "Refund policy"
    body = "Refunds are paid within 30 days of the day on which the goods came back to us, by the policy."
    assert titled(folder, f"Refund policy\n{body}") == "Refund policy"
    assert titled(folder, f"\n\n  Refund policy  \r\n\r\n{body}") == "Refund policy"


@pytest.mark.parametrize(
    "text",
    [
        " date 2026-01-22 Connect with us\n\nBeijing said it is seriously concerned about a new package.",
        "Skip to content\n\nThe ministry announced a ban.",
        "The ministry announced a ban.\n\nThe ban was announced by the ministry.",
        "Dear ministry,\n\nThe ministry is asked to answer.",
        "The ministry",
        "The first line of a paragraph that was wrapped by hand and goes\non in the next line by hand, wrapped.",
        "word " * 40 + "\n\nword word",
    ],
)
def test_a_first_line_that_is_furniture_or_prose_is_no_title(folder: Path, text: str) -> None:
    (folder / "0.txt").write_bytes((text or " ").encode())
    assert read(folder, "0.txt").title == ""


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("2026-annual_report.txt", "2026 annual report"),
        ("a/Staff Handbook (v2).md", "Staff Handbook v2"),
        ("年度报告.txt", "年度报告"),
        ("000_29ec39afe49c0f64.txt", ""),
        ("3f2a77aa-11dd-4bde-9a33-aa1bdeadbeef.txt", ""),
        ("article_1218875241352839456.txt", "article"),
        ("IMG_2034.txt", ""),
        ("README.md", ""),
        ("12.txt", ""),
    ],
)
def test_the_title_is_the_name_of_the_file_if_that_has_words(folder: Path, name: str, title: str) -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    assert titled(folder, "Nothing but prose stands here.", name) == title


def test_a_long_title_is_cut_between_words(folder: Path) -> None:
    title = titled(folder, f"# {'wordy ' * 50}\n\nText.", "a.md")
    assert title.endswith("wordy…")
    assert len(title) <= 121


def test_the_seeds_have_the_titles_that_stand_in_them() -> None:
    assert [read(SEEDS, file).title for file in files(SEEDS)] == [
        "",
        "Chinese Foreign Ministry: Review of Micron based on law and facts",
        "",
    ]


@pytest.mark.parametrize(
    ("data", "text", "encoding"),
    [
        ("Grüße".encode("utf-16"), "Grüße", "utf-16"),
        ("Grüße".encode("utf-32"), "Grüße", "utf-32"),
        ("Plain letters".encode("utf-16-le"), "Plain letters", "utf-16-le"),
        ("Plain letters".encode("utf-16-be"), "Plain letters", "utf-16-be"),
        ("One\ncafé".encode("latin-1"), "One\ncafé", "windows-1252"),
        ("“quoted” – 5 €".encode("cp1252"), "“quoted” – 5 €", "windows-1252"),
        ("Zoë\n".encode() + "café\r\n".encode("latin-1"), "Zoë\ncafé\r\n", "a mix of UTF-8 and windows-1252 (line 2)"),
        (("Съешь ещё этих мягких французских булок. " * 9).encode("cp1251"), "Съешь ещё этих мягких", "cp1251"),
        (("日本語の文章はここにあります。東京は日本の首都です。" * 9).encode("shift-jis"), "日本語の文章は", "cp932"),
    ],
)
def test_a_text_in_another_encoding_is_read_and_the_encoding_named(
    folder: Path, data: bytes, text: str, encoding: str
) -> None:
    (folder / "a.txt").write_bytes(data)
    document = read(folder, "a.txt")
    assert document.text.startswith(text)
    assert document.encoding == encoding
    assert document.remarks == (f"it is {encoding}, not UTF-8",)


def test_a_text_with_characters_that_conceal_others_is_read_exactly_and_reported(folder: Path) -> None:
    for hidden in (
        "\U000e0053\U000e0041\U000e0059",
        "\u202eevil\u202c",
        "\ufe00\ufe01\ufe02\ufe03",
        "\u200b\u200c" * 5,
    ):
        text = f"The harbour opens at six.{hidden}"
        (folder / "a.txt").write_text(text, "utf-8")
        document = read(folder, "a.txt")
        assert document.text == text
        assert document.remarks == ("it holds characters that a reader can not see and that may conceal text",)


@pytest.mark.parametrize(
    "text",
    ["می‌خواهم", "क्‍ष", "👨‍👩‍👧 family", "❤️ heart", "🏴\U000e0067\U000e0062\U000e0065\U000e007f", "co\u00adoperate"],
)
def test_what_a_script_or_an_emoji_needs_is_not_reported(folder: Path, text: str) -> None:
    (folder / "a.txt").write_text(text, "utf-8")
    assert read(folder, "a.txt").remarks == ()


def test_a_qaignore_leaves_out_what_it_names_by_the_rules_of_gitignore(folder: Path) -> None:
    for name in ("a.txt", "b.txt", "drafts/c.txt", "deep/drafts/d.txt", "deep/e.txt", "deep/keep.txt", ".notes/f.txt"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("Text.")
    (folder / ".qaignore").write_text("# what is not ready\ndrafts/\n/b.txt\n!.notes/\n")
    (folder / "deep" / ".qaignore").write_text("*.txt\n!keep.txt\n")
    assert files(folder) == [".notes/f.txt", "a.txt", "deep/keep.txt"]
    assert skipped(folder) == {
        ".qaignore": "it is hidden (its name begins with a dot)",
        "b.txt": "a .qaignore leaves it out",
        "deep/.qaignore": "it is hidden (its name begins with a dot)",
        "deep/drafts/": "a .qaignore leaves it out",
        "deep/e.txt": "a .qaignore leaves it out",
        "drafts/": "a .qaignore leaves it out",
    }


@pytest.mark.parametrize("rules", [b"caf\xe9.txt\n", b"!\n"])
def test_a_qaignore_that_can_not_be_understood_stops_everything(folder: Path, rules: bytes) -> None:
    """Nothing that somebody wanted left out gets into an index by a typing error."""
    (folder / "a.txt").write_text("Text.")
    (folder / ".qaignore").write_bytes(rules)
    with pytest.raises(WrongUse, match=r"^The file '\.qaignore' can not be followed .*\.$"):
        scan(folder)


def test_a_qaignore_is_not_followed_out_of_the_folder(folder: Path) -> None:
    (folder.parent / "rules").write_text("*.txt\n")
    (folder / ".qaignore").symlink_to(folder.parent / "rules")
    with pytest.raises(WrongUse, match="out of the folder"):
        scan(folder)


@pytest.mark.parametrize(
    "name",
    [
        "contract.txt\n[1] verified.txt",
        "<img src=x onerror=alert(1)>.txt",
        "a\u202etxt.exe.txt",
        "b](javascript:1).md",
        "%2e%2e.txt",
        "n" * 240 + ".txt",
    ],
)
def test_odd_names_are_names(folder: Path, name: str) -> None:
    (folder / name.replace("/", "_")).write_text("The harbour opens at six.")
    (file,) = files(folder)
    assert read(folder, file).text == "The harbour opens at six."


@given(st.text("aB./ é", max_size=12))
def test_the_ending_of_a_name_is_what_python_takes_for_it(name: str) -> None:
    assert suffix_of(name) == os.path.splitext(name)[1].lower()  # noqa: PTH122


def test_a_file_of_spaces_alone_has_no_text(folder: Path) -> None:
    (folder / "blank.md").write_bytes(b" \n\t\n")
    assert refusal(folder, "blank.md") == "it has no text"
