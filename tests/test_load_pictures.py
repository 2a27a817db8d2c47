"""The picture of a page of a PDF, and the place of the cited words on it: where they are drawn, or nowhere."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from pdf_files import HEIGHT, WIDTH, pdf, show, text_page
from PIL import Image

from qa.load import Limits, Picture, Pictures, Reader
from qa.types import Document, UnreadableDocument

RED = "1 0 0 rg"
Shares = tuple[float, float, float, float]


def seen(folder: Path, data: bytes, quote: str, *, number: int = 0) -> Picture:
    """The picture for the words, or for their repetition `number`."""
    document = written(folder, data)
    start = -1
    for _ in range(number + 1):
        start = document.text.index(quote, start + 1)
    return Pictures()(folder, document, start=start, end=start + len(quote))


def written(folder: Path, data: bytes) -> Document:
    (folder / "a.pdf").write_bytes(data)
    with Reader(folder) as reader:
        return reader("a.pdf")


def red(found: Picture) -> Shares:
    """The part of the picture where anything is red."""
    image = Image.open(io.BytesIO(found.png)).convert("RGB")
    assert image.size == (found.width, found.height)
    reds = image.split()[0].point(lambda value: 255 * (value > 200))
    others = image.split()[2].point(lambda value: 255 * (value < 120))
    left, top, right, bottom = Image.composite(reds, Image.new("L", image.size), others).getbbox() or (0, 0, 0, 0)
    return left / found.width, top / found.height, right / found.width, bottom / found.height


def around(found: Picture) -> Shares:
    """The part of the picture that the boxes take."""
    return (
        min(each.left for each in found.boxes),
        min(each.top for each in found.boxes),
        max(each.right for each in found.boxes),
        max(each.bottom for each in found.boxes),
    )


def covers(found: Picture, *, points: float = 6.0) -> bool:
    """Whether the boxes hold all that is red and hardly more."""
    inside, outside = red(found), around(found)
    room = points / min(WIDTH, HEIGHT) * 3
    return all(
        -0.002 <= (a - b if place < 2 else b - a) <= room
        for place, (a, b) in enumerate(zip(inside, outside, strict=True))
    )


QUOTE = "The bridge opened in 1932 and is the longest of the whole country."
LINES = [
    ("The town lies on both banks of the river.", ""),
    ("The bridge opened in 1932 and is the long-", RED),
    ("est of the whole country.", RED),
    ("It carries 40 trains a day.", ""),
]


def page(at: Callable[[float, float], tuple[float, ...]] = lambda x, y: (1, 0, 0, 1, x, y)) -> str:
    """Four lines, of which the second and third are red; `at` gives the text matrix for a place."""
    return "\n".join(
        f"q {colour} BT /F 11 Tf {' '.join(map(str, at(120, 400 - 14 * index)))} Tm ({line}) Tj ET Q"
        for index, (line, colour) in enumerate(LINES)
    )


def test_the_boxes_are_where_the_words_were_written(folder: Path) -> None:
    """Helvetica of 11 points, whose "The bridge opened in 1932." begins 72 points from the left, 780 from below."""
    found = seen(folder, pdf([show("The bridge opened in 1932.", 72, 780, 11)]), "The bridge opened in 1932.")
    (box,) = found.boxes
    assert abs(box.left * WIDTH - 72) < 1
    assert abs((1 - box.bottom) * HEIGHT - 780) < 4
    assert abs((1 - box.top) * HEIGHT - 780 - 11) < 2
    assert 125 < (box.right - box.left) * WIDTH < 140
    assert found.width == 1200
    assert not found.goes_on


@pytest.mark.parametrize(
    ("box", "at"),
    [
        ("/MediaBox [0 0 595 842]", lambda x, y: (1, 0, 0, 1, x, y)),
        ("/MediaBox [0 0 595 842] /CropBox [100 200 500 450]", lambda x, y: (1, 0, 0, 1, x, y)),
        ("/MediaBox [-300 -200 595 842]", lambda x, y: (1, 0, 0, 1, x, y)),
        ("/MediaBox [0 0 595 842] /Rotate 90", lambda x, y: (0, 1, -1, 0, 595 - y, x)),
        ("/MediaBox [0 0 595 842] /Rotate 180", lambda x, y: (-1, 0, 0, -1, 595 - x, 842 - y)),
        ("/MediaBox [0 0 595 842] /Rotate 270", lambda x, y: (0, -1, 1, 0, y, 842 - x)),
        ("/MediaBox [0 0 842 842] /CropBox [250 90 500 600] /Rotate 90", lambda x, y: (0, 1, -1, 0, 842 - y, x)),
    ],
)
def test_words_are_read_and_found_on_pages_that_are_cropped_or_turned(
    folder: Path, box: str, at: Callable[[float, float], tuple[float, ...]]
) -> None:
    data = pdf([page(at)]).replace(b"/MediaBox [0 0 595 842]", box.encode())
    found = seen(folder, data, QUOTE)
    assert len(found.boxes) == 2
    assert covers(found)


def test_words_over_the_end_of_a_column_have_a_box_in_each(folder: Path) -> None:
    left = [show(f"Line {number} of the left column says little", 72, 700 - 14 * number) for number in range(9)]
    left.append(show("The bridge was built of steel and", 72, 574, before=RED))
    right = [show("opened in 1932.", 320, 700, before=RED), show("Nothing more is known of it.", 320, 686)]
    found = seen(folder, pdf(["\n".join([*left, *right])]), "The bridge was built of steel and opened in 1932.")
    first, second = found.boxes
    assert first.left < 0.2 < 0.5 < second.left
    assert first.top > second.top
    assert covers(found)


def test_of_words_that_stand_twice_the_right_ones_are_marked(folder: Path) -> None:
    again = "The answer is yes."
    data = pdf(["\n".join([show(again, 72, 600), show("Is it so?", 72, 500), show(again, 72, 400, before=RED)])])
    assert not covers(seen(folder, data, again))
    assert covers(seen(folder, data, again, number=1))


def test_a_running_head_with_the_same_words_is_not_marked(folder: Path) -> None:
    head = show("The harbour bridge.", 72, 815)
    pages = [f"{head}\n{text_page(f'This is page number {word}.', top=600)}" for word in ("one", "two", "three")]
    pages[1] += "\n" + show("The harbour bridge.", 72, 500, before=RED)
    found = seen(folder, pdf(pages), "The harbour bridge.")
    assert covers(found)


def test_a_foot_between_the_lines_of_two_columns_is_passed_over(folder: Path) -> None:
    foot = show("Inspection report", 72, 30)
    pages = [f"{text_page(f'Page {word} is short.', top=600)}\n{foot}" for word in ("one", "two")]
    left = show("The bridge was built of steel and", 72, 120, before=RED)
    pages.append("\n".join([left, foot, show("opened in 1932.", 320, 700, before=RED)]))
    found = seen(folder, pdf(pages), "The bridge was built of steel and opened in 1932.")
    assert len(found.boxes) == 2


def test_words_that_go_on_on_the_next_page_are_marked_as_far_as_they_are_there(folder: Path) -> None:
    def numbered(number: int, *lines: str) -> str:
        return "\n".join([show("ACME BRIDGES", 72, 815), *lines, show(f"Page {number}", 280, 30)])

    data = pdf(
        [
            numbered(1, text_page("The town lies on both banks.", top=700)),
            numbered(2, show("The bridge that joins them opened", 72, 700, before=RED)),
            numbered(3, show("in 1932.", 72, 740, before=RED), show("It is long.", 72, 300)),
        ]
    )
    found = seen(folder, data, "The bridge that joins them opened in 1932.")
    assert found.goes_on
    assert len(found.boxes) == 1
    assert covers(found)


def test_a_row_of_a_table_is_marked_whole(folder: Path) -> None:
    rows = [("Region", "2023", "2024"), ("North", "14", "15"), ("South", "20", "31"), ("West", "7", "9")]
    lines = [
        show(cell, 72 + 150 * column, 600 - 16 * number, before=RED if cells[0] == "South" else "")
        for number, cells in enumerate(rows)
        for column, cell in enumerate(cells)
    ]
    found = seen(folder, pdf(["\n".join(lines)]), "Region: South; 2023: 20; 2024: 31.")
    assert covers(found)


def test_where_it_can_not_be_told_which_words_are_meant_nothing_is_marked(folder: Path) -> None:
    """The foot's words stand in the text of the page once, and on the page twice, in its margins."""
    document = written(
        folder, pdf([f"{show('A note.', 72, 30)}\n{show('A note.', 72, 820)}\n{text_page('It is red.')}"])
    )
    once = Document(document.file, "A note. It is red.", "", document.sha256, pages=document.pages)
    found = Pictures()(folder, once, start=0, end=len("A note."))
    assert found.boxes == ()
    assert found.png
    elsewhere = Document(document.file, "Never written. It is red.", "", document.sha256, pages=document.pages)
    assert Pictures()(folder, elsewhere, start=0, end=len("Never written.")).boxes == ()


def test_a_file_that_has_changed_is_not_shown(folder: Path) -> None:
    document = written(folder, pdf([text_page("The bridge opened in 1932.")]))
    (folder / "a.pdf").write_bytes(pdf([text_page("The bridge opened in 1933.")]))
    with pytest.raises(UnreadableDocument, match="it has changed since it was read"):
        Pictures()(folder, document, start=0, end=10)
    (folder / "a.pdf").unlink()
    with pytest.raises(UnreadableDocument, match="not there any more"):
        Pictures()(folder, document, start=0, end=10)


def test_a_format_without_pages_has_no_picture(folder: Path) -> None:
    (folder / "a.txt").write_text("The bridge opened in 1932.")
    with Reader(folder) as reader, pytest.raises(UnreadableDocument, match="it has no pages"):
        Pictures()(folder, reader("a.txt"), start=0, end=10)


@pytest.mark.parametrize(
    ("box", "width", "height"), [("14400 14400", 1549, 1549), ("500 14400", 288, 8313), ("100 70", 300, 210)]
)
def test_a_picture_is_bounded_whatever_the_size_of_the_page(folder: Path, box: str, width: int, height: int) -> None:
    data = pdf([show("The bridge opened in 1932.", 5, 20, 6)]).replace(b"[0 0 595 842]", f"[0 0 {box}]".encode())
    found = seen(folder, data, "The bridge opened in 1932.")
    assert abs(found.width - min(width, 1200)) <= 1
    assert found.width * found.height <= 2_410_000
    assert found.boxes


def test_a_page_full_of_noise_is_drawn_smaller(folder: Path) -> None:
    side = 900
    noise = zlib.compress(bytes((number * number * 2654435761 >> 13) & 0xFF for number in range(side * side * 3)))
    image = (
        b"<< /Type /XObject /Subtype /Image /Width %d /Height %d /BitsPerComponent 8 /ColorSpace /DeviceRGB"
        b" /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream" % (side, side, len(noise), noise)
    )
    data = pdf(
        [f"q 595 0 0 842 0 0 cm /P Do Q\n{show('The bridge opened in 1932.', 72, 700)}"],
        more=[image],
        resources="/XObject << /P 7 0 R >>",
    )
    found = seen(folder, data, "The bridge opened in 1932.")
    assert len(found.png) <= 2_000_000
    assert struct.unpack(">II", found.png[16:24]) == (found.width, found.height)


def test_a_page_that_is_too_hard_to_draw_is_refused_in_words(folder: Path) -> None:
    data = pdf([text_page("The bridge opened in 1932.")])
    document = written(folder, data)
    with pytest.raises(UnreadableDocument, match=r"memory|breaks down"):
        Pictures(limits=Limits(memory_bytes=24 * 1024 * 1024))(folder, document, start=0, end=10)
