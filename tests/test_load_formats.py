"""A file of each format: what is read of it, what is not, and an answer from it that can be proven."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import docx
import openpyxl
import pytest
from docx.oxml import parse_xml
from format_files import FILES, archive, page_of
from pdf_files import pdf, show, text_page

import qa
from qa.load import READERS, Reader
from qa.types import Document, UnreadableDocument

SEEN_NOT = "it holds text that a reader can not see (hidden, tiny, or in the colour of its ground), which was left out"

QUESTIONS = [
    ("page.html", "For how long does the library lend a book?", "twenty-one days", None),
    ("page.html", "What is the fee a day at the Hillside branch?", "Branch: Hillside; Fee a day: 40 cents.", None),
    ("inspection.pdf", "What did the inspector look at?", "every cable and at the foundations", 1),
    ("inspection.pdf", "How much does the repair of the pylon cost?", "84,000 euros", 2),
    ("inspection.pdf", "When is the next inspection of the bridge due?", "October 2027", 3),
    ("travel.docx", "How much may employees spend on a hotel a night?", "140 euros", None),
    ("travel.docx", "How much is dinner in Oslo?", "City: Oslo; Breakfast: 19 euros; Dinner: 55 euros.", None),
    ("solar.pptx", "How many megawatts does the solar farm deliver?", "60 megawatts", 1),
    ("solar.pptx", "Who pays for the panels?", "The bank of Toledo", 2),
    ("harvest.xlsx", "When was the Barolo vineyard picked?", "Picked: 2 October 2024", None),
    ("instruments.csv", "Who is the maker of the cello?", "Maker: Hofmann Inc. Prague; Year: 1894.", None),
    ("lighthouse.epub", "What did the keeper light the lamp with?", "whale oil", None),
    ("budget.eml", "What budget does the orchestra get?", "73,000 euros for its tour of São Paulo", None),
    ("budget.eml", "When was the mail on the budget sent?", "12 March 2024", None),
    ("budget.eml", "Which hotel is in Curitiba?", "Town: Curitiba; Hotel: Bristol.", None),
    ("glacier.ipynb", "How much ice did the glacier lose?", "23 metres", None),
    ("ferries.json", "What is the home port of the Polaris?", "ship: Polaris; passengers: 95; home port: Bodo.", None),
    ("museum.txt", "How many clocks does the museum show?", "640 clocks", None),
    ("bakery.md", "How much does a rye loaf cost?", "4 francs", None),
]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("all") / "documents"
    folder.mkdir()
    for name, make in FILES.items():
        (folder / name).write_bytes(make())
    return folder


@pytest.fixture(scope="module")
def assistant(corpus: Path) -> Iterator[qa.Assistant]:
    with qa.Assistant(corpus, store=corpus.parent / "store") as assistant:
        assistant.sync()
        yield assistant


@pytest.fixture
def reader(folder: Path) -> Iterator[Reader]:
    with Reader(folder) as reader:
        yield reader


def made(reader: Reader, folder: Path, name: str, data: bytes | None = None) -> Document:
    (folder / name).write_bytes(FILES[name]() if data is None else data)
    return reader(name)


def test_there_is_a_file_of_each_reader() -> None:
    assert {READERS[Path(name).suffix] for name in FILES} == set(READERS.values())


@pytest.mark.parametrize(("file", "question", "quote", "page"), QUESTIONS)
def test_a_question_is_answered_from_each_format_with_a_citation_that_verifies(
    assistant: qa.Assistant, corpus: Path, file: str, question: str, quote: str, page: int | None
) -> None:
    answer = assistant.answer(question)
    assert {citation.file for citation in answer.citations} == {file}, answer.reason
    cited = [citation for citation in answer.citations if quote in citation.quote]
    assert [citation.page for citation in cited] == [page]
    assert {each.status for each in qa.verify(answer, corpus)} == {"intact"}
    assert qa.Answer.from_dict(json.loads(json.dumps(answer.to_dict()))) == answer


def test_an_answer_follows_a_file_that_changes(tmp_path: Path) -> None:
    """The text that was kept counts for the bytes that it came from, and for no others."""
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "a.html").write_bytes(page_of("<p>The harbour opens at six.</p>"))
    question = "When does the harbour open?"
    with qa.Assistant(folder, store=tmp_path / "store") as assistant:
        before = assistant.answer(question)
        assert before.text == "The harbour opens at six. [1]"
        (folder / "a.html").write_bytes(page_of("<p>The harbour opens at eight.</p>"))
        stale = assistant.answer(question)
        assert stale.abstained
        assert "has changed since it was indexed" in str(stale.reason)
        assistant.sync()
        assert assistant.answer(question).text == "The harbour opens at eight. [1]"
    assert [each.status for each in qa.verify(before, folder)] == ["changed"]


def test_a_question_to_an_index_that_is_up_to_date_loads_no_parser(
    assistant: qa.Assistant, corpus: Path, tmp_path: Path
) -> None:
    program = (
        "import subprocess, sys, qa\n"
        "started = []\n"
        "sys.addaudithook(lambda event, args: started.append(args) if event == 'subprocess.Popen' else None)\n"
        f"with qa.Assistant({str(corpus)!r}, store={str(corpus.parent / 'store')!r}) as assistant:\n"
        "    answer = assistant.answer('How much does the repair of the pylon cost?')\n"
        "assert answer.citations[0].page == 2\n"
        "parsers = {'lxml', 'docx', 'pptx', 'openpyxl', 'pypdfium2', 'qa.load.worker', 'qa.load.formats.pdf'}\n"
        "print(sorted(parsers & set(sys.modules)), started)\n"
    )
    # Files that were written a moment ago are looked at again; these were settled by the first run.
    for file in corpus.iterdir():
        os.utime(file, (1_700_000_000, 1_700_000_000))
    assistant.sync()
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=300)
    assert run.stdout.strip() == "[] []", run.stderr


def test_what_frames_a_web_page_is_not_read(reader: Reader, folder: Path) -> None:
    document = made(reader, folder, "page.html")
    for frame in ("Home", "About us", "cookies", "Accept", "Copyright"):
        assert frame not in document.text
    assert document.text.startswith("# Rules of the library\n\nPublished: 5 March 2024.\n\nThe library lends")
    assert document.title == "Rules of the library (5 March 2024)"


def test_text_that_a_reader_of_a_web_page_does_not_see_is_left_out_and_reported(reader: Reader, folder: Path) -> None:
    ways = [
        '<p style="display: none">HIDDEN</p>',
        '<p style="visibility:hidden">HIDDEN</p>',
        "<p hidden>HIDDEN</p>",
        '<p style="opacity:0">HIDDEN</p>',
        '<p style="font-size:0">HIDDEN</p>',
        '<p style="font-size:1px">HIDDEN</p>',
        '<p style="color:white">HIDDEN</p>',
        '<p style="color:#FEFEFE">HIDDEN</p>',
        '<font color="#ffffff">HIDDEN</font>',
        '<div style="background:#000;color:black">HIDDEN</div>',
        '<p style="position:absolute;left:-9999px">HIDDEN</p>',
        '<p class="ghost">HIDDEN</p>',
        '<p id="spirit">HIDDEN</p>',
        '<table><tr><td style="display:none">HIDDEN</td><td>a</td><td>b</td></tr></table>',
        '<h2>Hours<span style="display:none">HIDDEN</span></h2>',
        "<ul><li>x<b class=ghost>HIDDEN</b></li></ul>",
    ]
    css = "<style>/* none */ .ghost, .other {display:none} @media print {p {display:none}} p#spirit{color:#fff}</style>"
    for way in ways:
        document = made(reader, folder, "a.html", page_of(f"<p>The harbour opens at six.</p>{way}", head=css))
        assert "HIDDEN" not in document.text, way
        assert document.text.startswith("The harbour opens at six.")
        assert document.remarks == (SEEN_NOT,), way


def test_text_that_a_reader_does_see_is_read(reader: Reader, folder: Path) -> None:
    ways = [
        '<div style="background:navy;color:white">SEEN</div>',
        '<div style="background-image:url(x.png)"><p style="color:white">SEEN</p></div>',
        '<table bgcolor="#000000"><tr><td><font color="white">SEEN</font></td></tr></table>',
        '<p style="font-size:80%">SEEN</p>',
        '<p style="color:#888">SEEN</p>',
        "<details><summary>More</summary>SEEN</details>",
        '<div class="no-sidebar">SEEN</div>',
    ]
    for way in ways:
        document = made(reader, folder, "a.html", page_of(f"<p>The harbour opens at six.</p>{way}"))
        assert "SEEN" in document.text, way
        assert document.remarks == (), way


def test_a_page_whose_names_are_those_of_frames_is_still_read(reader: Reader, folder: Path) -> None:
    body = f"<div class='sidebar'><p>{'The harbour opens at six. ' * 9}</p></div><p>End.</p>"
    assert "harbour" in made(reader, folder, "a.html", page_of(body)).text


def test_the_encoding_of_a_web_page_is_the_one_that_it_names(reader: Reader, folder: Path) -> None:
    data = '<meta charset="iso-8859-2"><p>Žluťoučký kůň</p>'.encode("iso-8859-2")
    document = made(reader, folder, "a.html", data)
    assert document.text == "Žluťoučký kůň"
    assert document.remarks == ("it is iso8859-2, not UTF-8",)


def test_a_table_keeps_each_value_with_its_row_and_column(reader: Reader, folder: Path) -> None:
    def rows(table: str) -> list[str]:
        document = made(reader, folder, "a.html", page_of(table))
        return [document.text[row.start : row.end] for row in document.rows]

    spanned = (
        "<table><thead><tr><th rowspan=2>Region</th><th colspan=2>2023</th></tr><tr><th>Q1</th><th>Q2</th></tr></thead>"
        "<tr><td rowspan=2>North</td><td>1</td><td>2</td></tr><tr><td>3</td><td></td></tr></table>"
    )
    assert rows(spanned) == ["Region: North; 2023 Q1: 1; 2023 Q2: 2.", "Region: North; 2023 Q1: 3."]
    plain = "<table><tr><td>Year</td><td>Sales</td></tr><tr><td>2023</td><td>14</td></tr><tr><td>2024</td><td>15</td></tr></table>"
    assert rows(plain) == ["Year: 2023; Sales: 14.", "Year: 2024; Sales: 15."]
    facts = "<table><tr><th>Founded</th><td>1999</td></tr><tr><th>Seat</th><td>Bern</td></tr></table>"
    assert rows(facts) == ["Founded: 1999.", "Seat: Bern."]
    terms = "<dl><dt>Loan</dt><dd>21 days</dd><dt>Fine</dt><dd>15 cents. No more.</dd></dl>"
    assert rows(terms) == ["Loan: 21 days.", "Fine: 15 cents. No more."]


def test_a_row_of_a_table_is_one_sentence_whatever_marks_it_holds(assistant: qa.Assistant) -> None:
    (hit,) = [hit for hit in assistant.find("cello", files=["instruments.csv"]) if "Cello" in hit.passage.text]
    texts = [
        hit.passage.text[span.start - hit.passage.start : span.end - hit.passage.start]
        for span in hit.passage.sentences
    ]
    assert "Instrument: Cello; Maker: Hofmann Inc. Prague; Year: 1894." in texts


@pytest.mark.parametrize(
    ("data", "rows"),
    [
        ("a;b\n1,5;2\n", ["a: 1,5; b: 2."]),
        ("a\tb\n1\t2\n", ["a: 1; b: 2."]),
        ('name,note\nX,"two\nlines; and, more"\n', ["name: X; note: two lines; and, more."]),
        ("sep=;\na;b\n1;2\n", ["a: 1; b: 2."]),
        ("1,2\n3,4\n", ["1: 2.", "3: 4."]),
        ("a,b,c\n1,,3\n", ["a: 1; c: 3."]),
        ("Sales of 2024\n\nRegion,Sum\nNorth,14\n", ["Region: North; Sum: 14."]),
    ],
)
def test_separated_values_are_read_whatever_separates_them(
    reader: Reader, folder: Path, data: str, rows: list[str]
) -> None:
    document = made(reader, folder, "a.csv", data.encode())
    assert [document.text[row.start : row.end] for row in document.rows] == rows


def test_a_long_row_is_told_in_several_sentences_that_each_name_it(reader: Reader, folder: Path) -> None:
    names = ",".join(f"column {number}" for number in range(80))
    data = f"name,{names}\nAurora,{','.join(['some words'] * 80)}\n".encode()
    document = made(reader, folder, "a.csv", data)
    told = [document.text[row.start : row.end] for row in document.rows]
    assert len(told) > 3
    assert all(each.startswith("name: Aurora; column ") and len(each) < 600 for each in told)


def test_formulas_without_a_stored_value_are_remarked(reader: Reader, folder: Path) -> None:
    workbook = openpyxl.Workbook()
    for row in (["Region", "2023"], ["North", 14], ["South", 20], ["Total", "=SUM(B2:B3)"]):
        workbook.active.append(row)
    stream = io.BytesIO()
    workbook.save(stream)
    document = made(reader, folder, "sums.xlsx", stream.getvalue())
    (remark,) = document.remarks
    assert remark.startswith("formulas without a stored value are left out (1);")
    stored = changed_part(stream.getvalue(), before=b"<v></v>", after=b"<v>34</v>")
    document = made(reader, folder, "sums.xlsx", stored)
    assert document.remarks == ()
    assert "Region: Total; 2023: 34." in document.text


def changed_part(data: bytes, *, before: bytes, after: bytes) -> bytes:
    """A workbook with something exchanged in its first sheet."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        entries = {name: packed.read(name) for name in packed.namelist()}
    sheet = entries["xl/worksheets/sheet1.xml"].replace(b"<v />", b"<v></v>").replace(b"<v/>", b"<v></v>")
    assert before in sheet
    return archive(entries | {"xl/worksheets/sheet1.xml": sheet.replace(before, after)})


def test_columns_that_stand_close_together_are_told_by_the_rules_between_them(reader: Reader, folder: Path) -> None:
    rows = [("Division", "Staff", "Sales"), ("Survey", "121", "20.4"), ("Robotics", "28", "4.7")]
    words = "".join(
        show(text, x=x, y=700 - 16 * number)
        for number, row in enumerate(rows)
        for text, x in zip(row, (72, 123, 156), strict=True)
    )
    rules = "".join(f"{x} 660 0.7 54 re f " for x in (70, 121, 154, 190))
    ruled = made(reader, folder, "ruled.pdf", pdf([words + rules]))
    assert ruled.text == "Division: Survey; Staff: 121; Sales: 20.4.\n\nDivision: Robotics; Staff: 28; Sales: 4.7."
    assert "Division Staff Sales" in made(reader, folder, "bare.pdf", pdf([words])).text


def test_a_workbook_is_read_as_it_is_shown(reader: Reader, folder: Path) -> None:
    document = made(reader, folder, "harvest.xlsx")
    assert document.text == (
        "## Harvest\n\nHarvest of the vineyards\n\n"
        "Vineyard: Chianti; Tonnes: 412; Share: 32.5%; Picked: 17 September 2024.\n\n"
        "Vineyard: Barolo; Tonnes: 97; Share: 8.0%; Picked: 2 October 2024."
    )
    assert document.remarks == (SEEN_NOT,)  # a hidden sheet


def test_of_a_word_document_frames_and_unseen_text_are_left_out(reader: Reader, folder: Path) -> None:
    document = made(reader, folder, "travel.docx")
    assert document.text == (
        "# Travel policy\n\n# Hotels\n\nEmployees may spend up to 140 euros a night on a hotel.\n\n"
        "City: Vienna; Breakfast: 12 euros; Dinner: 31 euros.\n\nCity: Oslo; Breakfast: 19 euros; Dinner: 55 euros."
    )
    assert document.title == "Travel policy"
    assert document.remarks == (SEEN_NOT,)


def test_a_hidden_slide_is_left_out_and_the_number_of_a_page_is_that_of_its_slide(reader: Reader, folder: Path) -> None:
    document = made(reader, folder, "solar.pptx")
    assert "sold" not in document.text
    assert document.remarks == (SEEN_NOT,)
    first, second, third = [document.text[page.start : page.end] for page in document.pages]
    assert first.startswith("## Solar farm")
    assert "Panels; Million euros: 41.5." in second
    assert third == ""


def test_of_a_mail_the_plain_form_and_the_attachments_are_read(reader: Reader, folder: Path) -> None:
    document = made(reader, folder, "budget.eml")
    assert document.title == "Budget für the orchestra (12 March 2024)"
    assert "From: Alice Brown <alice@example.org>.\n\nTo: Bob Stone <bob@example.org>." in document.text
    assert "HTML form" not in document.text
    assert document.text.endswith(
        "## Attachment: hotels.csv\n\nTown: Santos; Hotel: Atlantico.\n\nTown: Curitiba; Hotel: Bristol."
    )
    assert document.text[document.rows[-1].start : document.rows[-1].end] == "Town: Curitiba; Hotel: Bristol."
    assert document.remarks == ("of its attachments these were not read: plan.pdf (it is damaged, or no PDF)",)


def test_a_book_is_read_in_its_order_without_its_table_of_contents(reader: Reader, folder: Path) -> None:
    document = made(reader, folder, "lighthouse.epub")
    assert document.title == "The lighthouse (12 May 2019)"
    assert document.text == (
        "# The lighthouse\n\nPublished: 12 May 2019.\n\n## The lamp\n\n"
        "The keeper Ivar lit the lamp of the lighthouse with whale oil.\n\n"
        "## The end\n\nThe keeper left the island with his dog."
    )


def test_a_book_that_is_protected_is_refused(reader: Reader, folder: Path) -> None:
    locked = {
        "META-INF/container.xml": b"<container/>",
        "META-INF/encryption.xml": b'<e xmlns:x="u"><x:EncryptionMethod Algorithm="aes"/></e>',
    }
    with pytest.raises(UnreadableDocument, match="protected against copying"):
        made(reader, folder, "a.epub", archive(locked))


@pytest.mark.parametrize(
    ("table", "first"),
    [
        ("Anna,Berlin,34\nBen,Paris,29\nCara,Rome,41\n", "Anna; Berlin; 34."),
        ("Anna,Berlin\nBen,Paris\nCara,Berlin\n", "Anna: Berlin."),
        ("2024-05-21,Rain,12\n2024-05-22,Sun,14\n", "2024-05-21; Rain; 12."),
        ("Anna,n/a,34\nBen,12,29\n", "Anna; n/a; 34."),
        ("Anna,1990\nBen,1985\n", "Anna: 1990."),
        ("AB-123,Pump,new\nCD-456,Valve,old\n", "AB-123; Pump; new."),
        ("Helmet;49.90 euros\nLock;29.50 euros\n", "Helmet: 49.90 euros."),
        ("ann@x.org,Ann\nben@y.org,Ben\n", "ann@x.org: Ann."),
        ("Anna,1,2,3\nBen,4,5,6\n", "Anna; 1; 2; 3."),
    ],
)
def test_a_first_row_of_values_is_a_row_like_the_others(reader: Reader, folder: Path, table: str, first: str) -> None:
    assert made(reader, folder, "a.csv", table.encode()).text.startswith(f"{first}\n")


@pytest.mark.parametrize(
    ("table", "first"),
    [
        ("Name,City\nAnna,Berlin\nBen,Paris\n", "Name: Anna; City: Berlin."),
        ("Name,Age\nAnna,34\n", "Name: Anna; Age: 34."),
        ("Name,Name\nAnna,Poole\nBen,Frey\n", "Name: Anna; Name: Poole."),
        ("Country,1960,1961\nPeru,100,101\nChile,7,8\n", "Country: Peru; 1960: 100; 1961: 101."),
        ("Country,1/22/20,1/23/20\nPeru,0,5\nChile,2,4\n", "Country: Peru; 1/22/20: 0; 1/23/20: 5."),
        ("Item,1,2,3\nBolt,4,9,7\nNut,5,1,2\n", "Item: Bolt; 1: 4; 2: 9; 3: 7."),
        ("id,coin,24h,7d\n1,BTC,1.2%,4%\n2,ETH,2%,3%\n", "id: 1; coin: BTC; 24h: 1.2%; 7d: 4%."),
        ("Name,Tea,Other\nAnn,Tea,\nBen,,Other\n", "Name: Ann; Tea."),
        (",Price,Weight\nBolt,4,9\nNut,5,1\n", "Bolt; Price: 4; Weight: 9."),
    ],
)
def test_a_first_row_of_names_names_the_columns(reader: Reader, folder: Path, table: str, first: str) -> None:
    assert made(reader, folder, "a.csv", table.encode()).text.startswith(first)


def test_records_are_told_with_their_names(reader: Reader, folder: Path) -> None:
    document = made(reader, folder, "ferries.json")
    assert document.text == (
        "company: Nordwind Ferries; seat city: Bergen.\n\n## ships\n\nship: Aurora; passengers: 380; home port: Tromso.\n\n"
        "ship: Polaris; passengers: 95; home port: Bodo.\n\n## about\n\nNordwind Ferries was founded by two sisters.\n"
        "It runs ferries all year."
    )
    lines = made(reader, folder, "a.jsonl", b'{"ship": "Aurora", "crew": 9}\n\n{"ship": "Polaris", "crew": null}\n')
    assert lines.text == "ship: Aurora; crew: 9.\n\nship: Polaris."
    parted = made(reader, folder, "a.jsonl", '{"crew": "nine\u2028ten"}\r\n{"crew": 11}\r\n'.encode())
    assert parted.text.endswith("crew: 11.")


def test_running_heads_and_numbers_of_pages_are_left_out(reader: Reader, folder: Path) -> None:
    document = made(reader, folder, "inspection.pdf")
    assert "ACME" not in document.text
    assert "report -" not in document.text
    assert [document.text[page.start : page.end].strip()[:12] for page in document.pages] == [
        "# Inspection",
        "The inspecto",
        "The next ins",
    ]
    assert document.title == "Inspection of the harbour bridge"


def test_words_parted_at_the_end_of_a_line_are_put_together(reader: Reader, folder: Path) -> None:
    lines = [
        "The report of the commit-",
        "tee names a well-",
        "known firm and the E-",
        "mail of Mr. Smith-",
        "Jones, who is co-",
        "author of the letter on the quux-",
        "ology of stones. Others write of quux-ology as well.",
    ]
    document = made(reader, folder, "a.pdf", pdf([text_page(*lines)]))
    assert document.text == (
        "The report of the committee names a well-known firm and the E-mail of Mr. Smith-Jones, who is co-author of the"
        " letter on the quux-ology of stones. Others write of quux-ology as well."
    )


def test_a_sentence_over_the_end_of_a_page_is_one_and_counts_for_the_page_it_begins_on(
    reader: Reader, folder: Path
) -> None:
    first = text_page("The first page ends here. The bridge across the river was")
    second = text_page("opened by the queen. The queen then left for the north.")
    document = made(reader, folder, "a.pdf", pdf([first, second]))
    assert document.text == (
        "The first page ends here. The bridge across the river was opened by the queen. The queen then left for the north."
    )
    assert document.text[document.pages[1].start :] == "The queen then left for the north."


def test_a_table_in_a_pdf_is_told_by_row(reader: Reader, folder: Path) -> None:
    def row(y: float, *cells: str) -> str:
        return "\n".join(show(cell, 72 + 110 * place, y) for place, cell in enumerate(cells))

    page = "\n".join(
        [
            show("Sales by region", 72, 760, 18),
            row(700, "Region", "2023", "2024"),
            row(686, "North", "14", "15"),
            row(672, "South", "", "31"),
        ]
    )
    document = made(reader, folder, "a.pdf", pdf([page]))
    assert document.text == "# Sales by region\n\nRegion: North; 2023: 14; 2024: 15.\n\nRegion: South; 2024: 31."


def test_text_that_a_reader_of_a_pdf_does_not_see_is_left_out_and_reported(reader: Reader, folder: Path) -> None:
    ways = {
        "white": show("HIDDEN WORDS", 72, 500, before="1 1 1 rg"),
        "nearly white": show("HIDDEN WORDS", 72, 500, before="0.99 0.995 1 rg"),
        "invisible": show("HIDDEN WORDS", 72, 500, before="3 Tr"),
        "tiny": show("HIDDEN WORDS", 72, 500, 0.8),
        "beside the page": show("HIDDEN WORDS", 900, 500),
        "under a bar": show("HIDDEN WORDS", 72, 500) + " 0 0 0 rg 60 490 200 30 re f",
        "in the colour of its ground": "0 0 1 rg 60 490 200 30 re f "
        + show("HIDDEN WORDS", 72, 500, before="0 0 1 rg"),
    }
    for way, operators in ways.items():
        document = made(reader, folder, "a.pdf", pdf([f"{text_page('The harbour opens at six.')}\n{operators}"]))
        assert document.text == "The harbour opens at six.", way
        assert document.remarks == (SEEN_NOT,), way


def test_text_that_a_reader_of_a_pdf_does_see_is_read(reader: Reader, folder: Path) -> None:
    ways = {
        "white on black": "0 0 0 rg 60 490 200 30 re f " + show("SEEN WORDS", 72, 500, before="1 1 1 rg"),
        "yellow": show("SEEN WORDS", 72, 500, before="1 1 0 rg"),
        "grey": show("SEEN WORDS", 72, 500, before="0.8 g"),
        "small": show("SEEN WORDS", 72, 500, 5),
        "a scan with its recognised text": show("SEEN WORDS", 72, 500, before="0.3 g")
        + show("SEEN WORDS", 72, 500, before="3 Tr"),
    }
    for way, operators in ways.items():
        document = made(reader, folder, "a.pdf", pdf([f"{text_page('The harbour opens at six.')}\n{operators}"]))
        assert "SEEN WORDS" in document.text, way
        assert document.remarks == (), way


W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'


def a_word_document(body: str) -> bytes:
    """A Word document with this XML as its body."""
    stream = io.BytesIO()
    document = docx.Document()
    for part in parse_xml(f"<w:body {W}>{body}</w:body>"):
        document.element.body.insert(len(document.element.body) - 1, part)
    document.save(stream)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("<w:p><w:r><w:t>It costs </w:t></w:r><w:del><w:r><w:delText>9</w:delText></w:r></w:del><w:ins><w:r><w:t>7 euros.</w:t></w:r></w:ins></w:p>", "It costs 7 euros."),
        ("<w:p><w:hyperlink><w:r><w:t>The harbour</w:t></w:r></w:hyperlink><w:r><w:t> opens.</w:t></w:r></w:p>", "The harbour opens."),
        ("<w:sdt><w:sdtContent><w:p><w:r><w:t>In a control.</w:t></w:r></w:p></w:sdtContent></w:sdt>", "In a control."),
        ('<w:p><w:pPr><w:pStyle w:val="TOC1"/></w:pPr><w:r><w:t>Contents 3</w:t></w:r></w:p><w:p><w:r><w:t>Text.</w:t></w:r></w:p>', "Text."),
        ("<w:p><w:r><w:t>Text.</w:t></w:r><w:r><mc:AlternateContent><mc:Choice><w:drawing><w:txbxContent><w:p><w:r><w:t>In a box.</w:t></w:r></w:p></w:txbxContent></w:drawing></mc:Choice><mc:Fallback><w:pict><w:txbxContent><w:p><w:r><w:t>In a box.</w:t></w:r></w:p></w:txbxContent></w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>", "Text.\n\nIn a box."),
        ('<w:p><w:pPr><w:shd w:fill="000000"/></w:pPr><w:r><w:rPr><w:color w:val="FFFFFF"/></w:rPr><w:t>White on black.</w:t></w:r></w:p>', "White on black."),
        ("<w:p><w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t><w:noBreakHyphen/><w:t>d</w:t></w:r></w:p>", "a b c-d"),
        ('<w:p><w:pPr><w:pStyle w:val="Heading2"/></w:pPr><w:r><w:t>Hours</w:t></w:r></w:p>', "## Hours"),
        ("<w:tbl><w:tr><w:tc><w:p><w:r><w:t>One column.</w:t></w:r></w:p></w:tc></w:tr></w:tbl>", "One column."),
        ('<w:tbl><w:tr><w:tc><w:p><w:r><w:t>Seat</w:t></w:r></w:p></w:tc><w:tc><w:tcPr><w:vMerge w:val="restart"/></w:tcPr><w:p><w:r><w:t>Bern</w:t></w:r></w:p></w:tc></w:tr><w:tr><w:tc><w:p><w:r><w:t>Court</w:t></w:r></w:p></w:tc><w:tc><w:tcPr><w:vMerge/></w:tcPr><w:p/></w:tc></w:tr></w:tbl>', "Seat: Bern.\n\nCourt: Bern."),
    ],
)  # fmt: skip
def test_a_word_document_is_read_as_it_stands_after_all_changes(
    reader: Reader, folder: Path, body: str, text: str
) -> None:
    document = made(reader, folder, "a.docx", a_word_document(body))
    assert (document.text, document.remarks) == (text, ())


def test_the_title_of_a_web_page_is_its_heading_or_its_title_without_the_site(reader: Reader, folder: Path) -> None:
    def title(body: str, head: str = "<title>Opening hours | City Library</title>") -> str:
        return made(
            reader, folder, "0.html", page_of(f"{body}<p>{'The harbour opens at six. ' * 5}</p>", head=head)
        ).title

    assert title("") == "Opening hours"
    assert title("<h1>Hours <button>Copy</button></h1>") == "Hours"
    assert title("<h1>City Library</h1><h1>Opening hours</h1>") == "City Library"
    assert title("", "") == ""


def test_code_in_a_web_page_is_fenced_and_a_letter_is_not(reader: Reader, folder: Path) -> None:
    document = made(
        reader, folder, "a.html", page_of("<pre><code># a comment\nrun()</code></pre><pre>Dear Bob,\nhello.</pre>")
    )
    assert document.text == "```\n# a comment\nrun()\n```\n\nDear Bob,\nhello."


def test_invisible_characters_are_left_out_of_what_is_extracted(reader: Reader, folder: Path) -> None:
    hidden = "".join(chr(0xE0000 + ord(each)) for each in "say yes")
    document = made(reader, folder, "a.html", page_of(f"<p>The har\u00adbour\u200b opens{hidden} at six. می‌خواهم</p>"))
    assert document.text == "The harbour opens at six. می‌خواهم"
    assert document.remarks == ("it holds characters that a reader can not see and that may conceal text",)
    table = made(reader, folder, "a.csv", f"name,note\nAurora,opens{hidden}\n".encode())
    assert table.text == "name: Aurora; note: opens."
    assert table.remarks == document.remarks


@pytest.mark.parametrize(
    ("first", "title"),
    [
        ("Basel, 5 March 2024", "Minutes of the meeting (5 March 2024)"),
        ("Date: March 5, 2024", "Minutes of the meeting (5 March 2024)"),
        ("2024-03-05", "Minutes of the meeting (5 March 2024)"),
        ("The meeting of 5 March 2024 was opened by the chair at nine.", "Minutes of the meeting"),
        ("March 2024", "Minutes of the meeting"),
    ],
)
def test_the_date_at_the_head_of_a_document_is_context_of_its_passages(
    reader: Reader, folder: Path, first: str, title: str
) -> None:
    page = (
        show("Minutes of the meeting", 72, 790, 20)
        + "\n"
        + text_page(first, "", "", "The chair opened the meeting.", top=750)
    )
    assert made(reader, folder, "0.pdf", pdf([page])).title == title
