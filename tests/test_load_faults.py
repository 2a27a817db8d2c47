"""Files that are damaged, hostile or too large: each is refused with a reason, in bounds, and costs no other file."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest
from format_files import FILES, archive, page_of
from pdf_files import pdf, show, text_page

import qa
from qa.load import LARGEST_OF_A_FORMAT, Limits, Reader, scan
from qa.types import UnreadableContent, UnreadableDocument

FINE = "The harbour opens at six."
MEGABYTE = 1024 * 1024


@pytest.fixture
def reader(folder: Path) -> Iterator[Reader]:
    with Reader(folder) as reader:
        yield reader


def refusal(reader: Reader, folder: Path, name: str, data: bytes) -> str:
    (folder / name).write_bytes(data)
    with pytest.raises(UnreadableContent) as refused:
        reader(name)
    return str(refused.value)


def outcome(reader: Reader, file: str) -> str:
    """The text of a file, or why it is refused: one of them there must be."""
    try:
        return reader(file).text
    except UnreadableDocument as refused:
        return str(refused)


def still_reads(reader: Reader, folder: Path) -> bool:
    (folder / "fine.html").write_bytes(page_of(f"<p>{FINE}</p>"))
    return reader("fine.html").text == FINE


def children() -> set[int]:
    """The processes that this one has started and that still run."""
    listed = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text()
    return set(map(int, listed.split()))


PICTURE = (
    b"<< /Type /XObject /Subtype /Image /Width 2 /Height 2 /BitsPerComponent 8 /ColorSpace /DeviceGray /Length 4 >>\n"
    b"stream\n\x00\x80\x40\xff\nendstream"
)


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.pdf", b"%PDF-1.7 and nothing more", "it is damaged, or no PDF"),
        ("a.pdf", b"not a PDF at all", "it is damaged, or no PDF"),
        ("a.pdf", pdf([text_page(FINE)], password="secret"), "it is encrypted; save it without a password"),
        ("a.pdf", pdf(["q 400 0 0 400 72 200 cm /P Do Q"], more=[PICTURE], resources="/XObject << /P 7 0 R >>"), "it has no text, only pictures of it; run a text recognition such as ocrmypdf on it"),
        ("a.docx", b"PK\x03\x04 broken", "it is damaged, or no docx"),
        ("a.docx", FILES["travel.docx"]()[:2000], "it is damaged, or no docx"),
        ("a.docx", bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600), "it is encrypted, or of Office 97; save it as docx without a password"),
        ("a.xlsx", archive({"a.txt": b"text"}), "it is damaged, or not of the kind that its name says"),
        ("a.pptx", FILES["travel.docx"](), "it is damaged, or not of the kind that its name says"),
        ("a.epub", archive({"mimetype": b"application/epub+zip"}), "it is damaged, or no EPUB (its part 'META-INF/container.xml')"),
        ("a.json", b"{'a': 1}", "it is no JSON"),
        ("a.json", b"[" * 100_000, "it is nested too deeply"),
        ("a.ipynb", b'{"nbformat": 4}', "it is no notebook, or damaged"),
        ("a.eml", b"\n\nno headers", "it is no mail: it has no headers"),
        ("a.csv", b"\x7fELF\x02\x01\x01\x03\x00\x00\x00", "it is binary data, not text"),
        ("a.html", page_of("<script>Home</script>"), "it has no text"),
        ("a.html", b"\x89PNG\r\n\x1a\n" + bytes(range(40)) * 9, "it is binary data, not text"),
    ],
)  # fmt: skip
def test_a_file_that_can_not_be_read_is_refused_with_the_reason(
    reader: Reader, folder: Path, name: str, data: bytes, reason: str
) -> None:
    assert refusal(reader, folder, name, data).startswith(reason)
    assert still_reads(reader, folder)


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b'{"a": 1}\n{"a": 2}\n{"a": 3,}\n{"a": 4}\n', "line 3 column 9"),
        (b'{"a": 1}\r\n\r\n\r\n{"a" 2}\r\n', "line 4 column 6"),
        (b'{"a": 1\n{"a": 2}\n{"a": 3}\n', "line 1 column 8"),
        (b'{"a": 1,\n "b": 2,\n "c" 3}\n', "line 3 column 6"),
        (b'{"a": 1}\n{"a": ' + b"9" * 5000 + b"}\n", "line 2"),
    ],
)
def test_a_broken_line_of_records_is_named_by_its_number(reader: Reader, folder: Path, data: bytes, place: str) -> None:
    for name in ("a.jsonl", "a.json"):
        assert f": {place}" in refusal(reader, folder, name, data)


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith(("pdf", "docx", "pptx", "xlsx", "epub"))])
def test_a_file_that_is_damaged_anywhere_is_read_or_refused_and_nothing_else(
    reader: Reader, folder: Path, name: str
) -> None:
    data = FILES[name]()
    for share in range(1, 12):
        place = len(data) * share // 12
        for damaged in (data[:place], data[:place] + bytes(40) + data[place + 40 :]):
            (folder / name).write_bytes(damaged)
            assert outcome(reader, name)
    assert still_reads(reader, folder)


def test_a_pdf_that_takes_no_password_to_read_is_read(reader: Reader, folder: Path) -> None:
    """Many files are encrypted only so that they can not be changed."""
    (folder / "a.pdf").write_bytes(pdf([text_page(FINE)], password=""))
    assert reader("a.pdf").text == FINE


def test_pages_that_are_pictures_are_named(reader: Reader, folder: Path) -> None:
    data = pdf(
        [text_page(FINE), "q 400 0 0 400 72 200 cm /P Do Q"], more=[PICTURE], resources="/XObject << /P 9 0 R >>"
    )
    (folder / "a.pdf").write_bytes(data)
    document = reader("a.pdf")
    assert document.text == FINE
    assert document.remarks == ("these pages hold only pictures, which were not read: 2",)


def a_word_bomb() -> bytes:
    """144 MB of a repeated word in half a megabyte."""
    stream = io.BytesIO()
    document = docx.Document()
    document.add_paragraph("MARK")
    document.save(stream)
    with zipfile.ZipFile(stream) as source:
        entries = {name: source.read(name) for name in source.namelist()}
    entries["word/document.xml"] = entries["word/document.xml"].replace(b"MARK", b"bomb " * (144 * MEGABYTE // 5))
    return archive(entries)


def a_pdf_bomb() -> bytes:
    """A page whose content is 1 GiB of nothing, in a megabyte."""
    packed = zlib.compressobj(9)
    stream = b"".join(packed.compress(bytes(16 * MEGABYTE)) for _ in range(64)) + packed.flush()
    return pdf([stream]).replace(
        b"<< /Length %d >>" % len(stream), b"<< /Length %d /Filter /FlateDecode >>" % len(stream)
    )


def a_tree_of_pages(*, levels: int, branches: int) -> bytes:
    """A page, and beside it branches that each have the next one `branches` times, so many levels deep."""
    first = 7
    nodes = [
        b"<< /Type /Pages /Count %d /Kids [%s] >>"
        % (min(branches ** (levels - level), 2**31 - 1), b"%d 0 R " % (first + level + 1) * branches)
        for level in range(levels)
    ]
    data = pdf([text_page(FINE)], more=[*nodes, b"<< /Type /Page /MediaBox [0 0 9 9] >>"])
    pages = min(branches**levels + 1, 2**31 - 1)
    return data.replace(b"/Count 1 /Kids [5 0 R]", b"/Count %d /Kids [5 0 R %d 0 R]" % (pages, first))


def forms_in_forms(*, levels: int) -> bytes:
    """A drawing that shows the next one ten times, and so on; the last shows itself."""

    def form(level: int) -> bytes:
        stream = b"/X Do " * 10
        return (
            b"<< /Type /XObject /Subtype /Form /BBox [0 0 500 500] /Resources << /XObject << /X %d 0 R >> >>"
            b" /Length %d >>\nstream\n%s\nendstream" % (7 + min(level + 1, levels - 1), len(stream), stream)
        )

    more = [form(level) for level in range(levels)]
    return pdf([text_page(FINE) + "\n/X Do"], more=more, resources="/XObject << /X 7 0 R >>")


def zips_in_zips() -> bytes:
    """A terabyte in 16 kilobytes, if everything is unpacked."""
    data = archive({"a.txt": bytes(100 * MEGABYTE)})
    for _ in range(4):
        data = archive({"mimetype": b"application/epub+zip", **{f"{number}.zip": data for number in range(10)}})
    return data


def mails_in_mails() -> bytes:
    data = b"Subject: the last\n\n" + FINE.encode()
    for level in range(400):
        head = b"Subject: %d\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b%d\n\n" % (level, level)
        data = head + b"--b%d\nContent-Type: message/rfc822\n\n%s\n--b%d--\n" % (level, data, level)
    return data


def changed(data: bytes, part: str, *, before: bytes, doctype: bytes, after: bytes, entity: bytes) -> bytes:
    """A package with a document type in one of its parts, before an element, and entities used after another."""
    with zipfile.ZipFile(io.BytesIO(data)) as source:
        entries = {name: source.read(name) for name in source.namelist()}
    xml = entries[part].replace(before, doctype + before, 1).replace(after, after + entity, 1)
    assert doctype in xml
    assert entity in xml
    return archive({**entries, part: xml})


LAUGHS = b'<!DOCTYPE l [<!ENTITY a "ha">%s]>' % b"".join(
    b'<!ENTITY %c "%s">' % (98 + number, b"&%c;" % (97 + number) * 10) for number in range(9)
)
LONG_ENTITY = b'<!DOCTYPE l [<!ENTITY a "%s">]>' % (b"ha" * 50_000)
MANY_TIMES = b"&a;" * 20_000

BOMBS = {
    "bomb.docx": a_word_bomb,
    "nested.epub": lambda: archive({"META-INF/container.xml": b" " * 300 * MEGABYTE}),
    "many.epub": lambda: archive({f"{number}.xhtml": b"" for number in range(21_000)}),
    "zips.epub": zips_in_zips,
    "mails.eml": mails_in_mails,
    "bomb.pdf": a_pdf_bomb,
    "circle.pdf": lambda: pdf([text_page(FINE)]).replace(b"/Kids [5 0 R]", b"/Kids [2 0 R]"),
    "doubling.pdf": lambda: a_tree_of_pages(levels=40, branches=2),
    "deep.pdf": lambda: a_tree_of_pages(levels=50_000, branches=1),
    "itself.pdf": lambda: forms_in_forms(levels=1),
    "forms.pdf": lambda: forms_in_forms(levels=12),
    "laughs.docx": lambda: archive({"[Content_Types].xml": LAUGHS + b"<l>&j;</l>"}),
    "long.docx": lambda: changed(
        FILES["travel.docx"](),
        "word/document.xml",
        before=b"<w:document",
        doctype=LONG_ENTITY,
        after=b"<w:t>",
        entity=MANY_TIMES,
    ),
    "laughs.xlsx": lambda: changed(
        FILES["harvest.xlsx"](),
        "xl/worksheets/sheet1.xml",
        before=b"<worksheet",
        doctype=LAUGHS,
        after=b"<v>",
        entity=b"&j;",
    ),
    "laughs.xhtml": lambda: LAUGHS + b"<html><body><p>&j;</p></body></html>",
    "long.xhtml": lambda: LONG_ENTITY + b"<html><body><p>" + MANY_TIMES + b"</p></body></html>",
    "deep.html": lambda: b"<div>" * 200_000 + b"text",
    "spans.html": lambda: b"<table>" + b"<tr><td colspan=1000 rowspan=60000>a</td><td>b</td></tr>" * 2000 + b"</table>",
    "wide.csv": lambda: b"a," * 2_000_000 + b"\n" + b"1," * 2_000_000,
    "million.csv": lambda: b"a,b\n" + b"1,2\n" * 1_000_000,
}


def claiming(name: str, *, unpacked: int, packed: int) -> bytes:
    """An archive that says such sizes of an entry of a few bytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as written:
        written.writestr(name, b"text")
        written.filelist[0].file_size, written.filelist[0].compress_size = unpacked, packed
    return stream.getvalue()


@pytest.mark.parametrize(
    "claims",
    [
        {"name": "all.bin", "unpacked": 600 * MEGABYTE, "packed": 60 * MEGABYTE},
        {"name": "trees.xhtml", "unpacked": 200 * MEGABYTE, "packed": 20 * MEGABYTE},
        {"name": "steep.bin", "unpacked": 100 * MEGABYTE, "packed": MEGABYTE // 10},
        None,
    ],
    ids=["all", "trees", "steep", "many"],
)
@pytest.mark.parametrize("kind", ["epub", "docx", "pptx", "xlsx"])
def test_an_archive_is_refused_for_what_it_says_of_its_sizes_before_anything_is_unpacked(
    reader: Reader, folder: Path, claims: dict[str, Any] | None, kind: str
) -> None:
    data = claiming(**claims) if claims else archive({f"{number}.bin": b"" for number in range(20_001)})
    assert refusal(reader, folder, f"a.{kind}", data).endswith("parts, which is more than is read")


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in kilobytes there, and limits hold")
@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_goes_off_within_bounds_and_alone(folder: Path, name: str) -> None:
    """Ten seconds of a processor and 500 MB of memory, whatever it does; and the next file is read."""
    data = BOMBS[name]()
    assert len(data) < 10 * MEGABYTE
    (folder / name).write_bytes(data)
    (folder / "fine.html").write_bytes(page_of(f"<p>{FINE}</p>"))
    program = (
        "import json, resource; from dataclasses import replace; from pathlib import Path\n"
        "from qa.load import Limits, Reader; from qa.types import UnreadableDocument\n"
        f"with Reader(Path({str(folder)!r}), limits=replace(Limits(), seconds=10)) as reader:\n"
        f"    try: length = len(reader({name!r}).text)\n"
        "    except UnreadableDocument as refused: length = len(str(refused))\n"
        "    text = reader('fine.html').text\n"
        "print(json.dumps([length, text, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss]))"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    length, text, kilobytes = json.loads(run.stdout)
    assert 0 < length < 30 * MEGABYTE
    assert text == FINE
    assert kilobytes * 1024 < 500_000_000


def test_a_large_document_that_is_none_is_read_whole(reader: Reader, folder: Path) -> None:
    """Limits that stop bombs let pass what people have: 300 pages, a workbook of 10,000 rows, a film in slides."""
    text = text_page(*(f"Line {line} of the long report says nothing new." for line in range(40)))
    (folder / "long.pdf").write_bytes(
        pdf([f"{text}\n{show(f'Section {n}.', 72, 200)}" for n in range(300)], packed=True)
    )
    assert "Section 299." in reader("long.pdf").text
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Sales")
    for row in range(10_000):
        sheet.append([row, f"Person {row}", f"City {row % 97}", row / 7])
    book.save(folder / "long.xlsx")
    assert "Person 9999" in reader("long.xlsx").text
    with zipfile.ZipFile(io.BytesIO(FILES["solar.pptx"]())) as source:
        entries = {name: source.read(name) for name in source.namelist()}
    relations = "ppt/slides/_rels/slide1.xml.rels"
    film = b'<Relationship Id="rId99" Type="http://schemas.microsoft.com/office/2007/relationships/media" Target="../media/a.mp4"/>'
    entries[relations] = entries[relations].replace(b"</Relationships>", film + b"</Relationships>")
    kind = b'<Default Extension="mp4" ContentType="video/mp4"/></Types>'
    entries["[Content_Types].xml"] = entries["[Content_Types].xml"].replace(b"</Types>", kind)
    with zipfile.ZipFile(folder / "film.pptx", "w") as target:
        for name, data in {**entries, "ppt/media/a.mp4": os.urandom(200 * MEGABYTE)}.items():
            target.writestr(name, data)
    (folder / "plain.pptx").write_bytes(FILES["solar.pptx"]())
    assert reader("film.pptx").text == reader("plain.pptx").text


def test_a_file_that_takes_too_long_is_given_up(folder: Path) -> None:
    rows = b"".join(b"%d,%d,%d,%d\n" % (number, number, number, number) for number in range(600_000))
    with Reader(folder, limits=Limits(seconds=1)) as reader:
        assert refusal(reader, folder, "a.csv", b"a,b,c,d\n" + rows) == "it takes longer to read than 1 s"
        assert still_reads(reader, folder)


def test_a_file_that_takes_too_much_memory_is_given_up(folder: Path) -> None:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("a")
    for number in range(60_000):
        sheet.append([number, f"word {number}", number + 1, number + 2])
    stream = io.BytesIO()
    book.save(stream)
    with Reader(folder, limits=Limits(memory_bytes=130 * MEGABYTE)) as reader:
        reason = refusal(reader, folder, "a.xlsx", stream.getvalue())
        assert "memory" in reason or "breaks down" in reason
        assert still_reads(reader, folder)


def test_a_stray_cell_at_the_end_of_a_sheet_costs_nothing(folder: Path) -> None:
    """Of the 17,000 million cells of the sheet two hold something."""
    book = openpyxl.Workbook()
    book.active["A1"], book.active["XFD1048576"] = "first", "last"
    book.save(folder / "a.xlsx")
    with Reader(folder, limits=Limits(memory_bytes=200 * MEGABYTE)) as reader:
        assert reader("a.xlsx").text == "first\n\nlast"


@pytest.mark.skipif(sys.platform != "linux", reason="finds the child in /proc")
def test_a_child_that_is_killed_costs_one_file_and_a_silent_one_is_ended(folder: Path) -> None:
    with Reader(folder) as reader:
        before = children()
        assert still_reads(reader, folder)
        (child,) = children() - before
        os.kill(child, signal.SIGKILL)
        with pytest.raises(UnreadableDocument, match="breaks down on it"):
            reader("fine.html")
        assert still_reads(reader, folder)
        (second,) = children() - before
        assert second != child
    assert children() == before


@pytest.mark.skipif(sys.platform != "linux", reason="finds the child in /proc")
def test_one_child_reads_many_files_and_plain_text_takes_none(folder: Path) -> None:
    with Reader(folder) as reader:
        before = children()
        (folder / "a.txt").write_text(FINE)
        assert reader("a.txt").text == FINE
        assert children() == before
        started = set()
        for _ in range(5):
            assert still_reads(reader, folder)
            started |= children() - before
        assert len(started) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="finds the child in /proc")
def test_a_child_ends_with_its_parent(folder: Path) -> None:
    (folder / "fine.html").write_bytes(page_of(f"<p>{FINE}</p>"))
    program = (
        "import os, signal; from pathlib import Path; from qa.load import Reader\n"
        f"reader = Reader(Path({str(folder)!r})); reader('fine.html')\n"
        "print(Path(f'/proc/{os.getpid()}/task/{os.getpid()}/children').read_text(), flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120)
    child = Path("/proc", run.stdout.strip())
    for _ in range(600):
        if not child.exists() or "zombie" in (child / "status").read_text():
            break
        time.sleep(0.1)
    else:
        pytest.fail("the child goes on")


def test_a_format_whose_library_is_missing_is_refused_with_what_to_do_and_tried_again(folder: Path) -> None:
    """Installing the library is enough; no file has to change."""
    (folder / "a.pptx").write_bytes(FILES["solar.pptx"]())
    blocked = folder.parent / "blocked"
    (blocked / "pptx").mkdir(parents=True)
    (blocked / "pptx" / "__init__.py").write_text("raise ModuleNotFoundError('No module', name='pptx')")
    sys.path.insert(0, str(blocked))
    try:
        with Reader(folder) as reader, pytest.raises(UnreadableDocument) as refused:
            reader("a.pptx")
    finally:
        sys.path.remove(str(blocked))
    assert str(refused.value) == "it takes the package 'pptx', which is missing; install qa again"
    assert not isinstance(refused.value, UnreadableContent)


@pytest.mark.skipif(sys.platform != "linux", reason="finds the child in /proc")
def test_the_child_knows_no_secret_of_the_environment(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary")
    with Reader(folder) as reader:
        before = children()
        assert still_reads(reader, folder)
        (child,) = children() - before
        assert b"sk-canary" not in Path(f"/proc/{child}/environ").read_bytes()


def test_parsers_reach_for_nothing_outside_the_file(reader: Reader, folder: Path) -> None:
    (folder.parent / "secret.txt").write_text("SECRET")
    away = f'<img src="http://127.0.0.1:9/x"><link rel=stylesheet href="file://{folder.parent}/secret.txt">'
    (folder / "a.html").write_bytes(page_of(f"{away}<p>{FINE}</p>"))
    assert reader("a.html").text == FINE
    entity = (
        f'<?xml version="1.0"?><!DOCTYPE p [<!ENTITY x SYSTEM "file://{folder.parent}/secret.txt">]><p>&x; text</p>'
    )
    (folder / "b.xhtml").write_text(entity)
    assert "SECRET" not in reader("b.xhtml").text
    container = f'<!DOCTYPE c [<!ENTITY x SYSTEM "file://{folder.parent}/secret.txt">]><container><rootfile full-path="&x;"/></container>'
    assert "SECRET" not in refusal(reader, folder, "c.epub", archive({"META-INF/container.xml": container.encode()}))


def test_a_file_beyond_the_largest_is_left_out_unread(folder: Path) -> None:
    with (folder / "a.pdf").open("wb") as stream:
        stream.truncate(LARGEST_OF_A_FORMAT + 1)
    assert scan(folder).skipped[0].reason == "it has 256 MiB; at most 256 are read, so split it"
    with (folder / "b.txt").open("wb") as stream:
        stream.truncate(300 * MEGABYTE)
    assert scan(folder).skipped[1].reason == "it has 300 MiB; at most 64 are read, so split it"


def test_what_is_refused_is_reported_each_time_and_read_once(tmp_path: Path) -> None:
    """A scan of 500 pages is not opened again for every question."""
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "fine.txt").write_text(FINE)
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 and nothing more")
    for file in folder.iterdir():
        os.utime(file, (1_700_000_000, 1_700_000_000))
    program = (
        "import sys, qa, json\n"
        "started = []\n"
        "sys.addaudithook(lambda event, args: started.append(event) if event == 'subprocess.Popen' else None)\n"
        f"with qa.Assistant({str(folder)!r}, store={str(tmp_path / 'store')!r}) as assistant:\n"
        "    print(json.dumps([len(started), *[list(each) for each in assistant.sync().skipped], len(started)]))"
    )

    def synced() -> list[object]:
        run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=300)
        return list(json.loads(run.stdout)) if run.stdout else [run.stderr]

    skipped = ["broken.pdf", "it is damaged, or no PDF"]
    assert synced() == [0, skipped, 1]
    assert synced() == [0, skipped, 0]
    (folder / "broken.pdf").write_bytes(pdf([text_page(FINE)]))
    assert synced()[0] == 0
    with qa.Assistant(folder, store=tmp_path / "store") as assistant:
        assert assistant.sync().skipped == ()


def test_remarks_are_reported_each_time(tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "old.txt").write_bytes("The café opens at six.".encode("latin-1"))
    (folder / "white.pdf").write_bytes(pdf([text_page(FINE) + "\n" + show("no", 72, 300, before="1 g")]))
    with qa.Assistant(folder, store=tmp_path / "store") as assistant:
        first = assistant.sync().remarks
        assert [remark.file for remark in first] == ["old.txt", "white.pdf"]
        assert first[0].remark == "it is windows-1252, not UTF-8"
        assert assistant.sync().remarks == first
        answer = assistant.answer("When does the café open?")
        assert answer.citations[0].quote == "The café opens at six."
        assert [each.status for each in qa.verify(answer, folder)] == ["intact"]


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="makes what only Linux has")
def test_every_file_of_a_folder_of_accidents_is_indexed_or_listed_with_the_reason(tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    (folder / "inside").mkdir(parents=True)
    (tmp_path / "secret.txt").write_text("A secret.")
    readable = {
        "fine.txt": FINE.encode(),
        "utf16.txt": "The museum opens at nine.".encode("utf-16"),
        "latin.txt": "The café opens at ten.".encode("latin-1"),
        "mixed.txt": "Zoë opens\n".encode() + "the café\n".encode("latin-1"),
        "contract.txt\n[1] verified.txt": b"The market opens at five.",
        "<img src=x onerror=alert(1)>.md": b"The stadium opens at four.",
        "gnp\u202efdp.html": page_of("<p>The theatre opens at seven.</p>"),
    }
    refused = {
        "elf.txt": b"\x7fELF\x02\x01\x01" + bytes(90),
        "zeros.md": bytes(4096),
        "locked.pdf": pdf([text_page(FINE)], password="secret"),
        "broken.docx": FILES["travel.docx"]()[:900],
        "bomb.docx": a_word_bomb(),
        "picture.jpg": b"\xff\xd8\xff",
        "empty.txt": b"",
        ".hidden.txt": b"Hidden.",
    }
    for name, data in {**readable, **refused}.items():
        (folder / name).write_bytes(data)
    with (folder / "huge.txt").open("wb") as stream:
        stream.truncate(300 * MEGABYTE)
    os.mkfifo(folder / "pipe.txt")
    (folder / "out.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "loop").symlink_to(folder)
    (folder / "inside" / "loop.txt").symlink_to("loop.txt")
    Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.txt")).write_text("Text.")
    with qa.Assistant(folder, store=tmp_path / "store") as assistant:
        report = assistant.sync()
    others = ["huge.txt", "pipe.txt", "out.txt", "loop", "inside/loop.txt", "caf\\xe9.txt"]
    assert set(report.added) == set(readable)
    assert {each.file for each in report.skipped} == {*refused, *others}
    assert all(each.reason for each in report.skipped)
    assert [each.file for each in report.remarks] == ["latin.txt", "mixed.txt", "utf16.txt"]
