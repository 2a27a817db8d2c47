"""A file of each format with a fact or two in it, made by the libraries or by hand; what tests of `qa.load` read."""

from __future__ import annotations

import datetime
import io
import json
import zipfile
from collections.abc import Callable, Mapping

import docx
import openpyxl
import pptx
from docx.shared import Pt, RGBColor
from pdf_files import pdf, show, text_page
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches


def page_of(body: str, *, head: str = "") -> bytes:
    """A web page."""
    return f"<!doctype html><html><head><meta charset=utf-8>{head}</head><body>{body}</body></html>".encode()


def web_page() -> bytes:
    return page_of(
        """
        <header><a href="/">City Library</a></header>
        <nav><ul><li><a href="/">Home</a></li><li><a href="/about">About us</a></li></ul></nav>
        <div id="cookie-banner">We use cookies to improve the library's site. <button>Accept</button></div>
        <main><h1>Rules of the library</h1>
        <p>The library lends a book for twenty-one days. A reader may borrow up to nine books at a time.</p>
        <h2>Fees</h2>
        <table><tr><th>Branch</th><th>Fee a day</th></tr><tr><td>Riverside</td><td>15 cents</td></tr>
        <tr><td>Hillside</td><td>40 cents</td></tr></table>
        <p style="color: #fff">The library lends a book for ninety days.</p>
        <div style="display:none">The library lends no books at all.</div></main>
        <footer>Copyright of the City Library</footer>""",
        head="<title>Rules of the library | City Library</title>"
        "<meta property='article:published_time' content='2024-03-05T08:00:00Z'>",
    )


def portable() -> bytes:
    def page(number: int, *lines: str) -> str:
        head, foot = show("ACME BRIDGES LTD", 72, 815, 9), show(f"Inspection report - {number}", 72, 30, 9)
        return "\n".join([head, text_page(*lines, top=740), foot])

    return pdf(
        [
            show("Inspection of the harbour bridge", 72, 780, 20)
            + "\n"
            + page(
                1, "The bridge was inspected in April. The inspector looked at every cable and at the founda-", "tions."
            ),
            page(
                2,
                "The inspector found rust on the northern pylon of the bridge. The repair of the pylon costs",
                "84,000 euros.",
            ),
            page(3, "The next inspection of the bridge is due in October 2027."),
        ],
        packed=True,
    )


def word() -> bytes:
    document = docx.Document()
    document.add_heading("Travel policy", 0)
    document.add_heading("Hotels", 1)
    document.add_paragraph("Employees may spend up to 140 euros a night on a hotel.").add_run(
        " Employees may spend 900 euros a night."
    ).font.hidden = True
    document.add_paragraph().add_run("Hotels in Paris are free.").font.color.rgb = RGBColor(255, 255, 255)
    document.add_paragraph().add_run("Hotels in Rome are free.").font.size = Pt(1)
    table = document.add_table(rows=3, cols=3)
    for row, cells in zip(
        table.rows,
        [("City", "Breakfast", "Dinner"), ("Vienna", "12 euros", "31 euros"), ("Oslo", "19 euros", "55 euros")],
        strict=True,
    ):
        for cell, text in zip(row.cells, cells, strict=True):
            cell.text = text
    document.sections[0].header.paragraphs[0].text = "Confidential travel header"
    document.sections[0].footer.paragraphs[0].text = "Travel footer"
    return _saved(document.save)


def slides() -> bytes:
    presentation = pptx.Presentation()
    first = presentation.slides.add_slide(presentation.slide_layouts[1])
    first.shapes.title.text = "Solar farm"
    first.placeholders[1].text = "The solar farm in Toledo delivers 60 megawatts.\nIt was connected in June."
    second = presentation.slides.add_slide(presentation.slide_layouts[5])
    second.shapes.title.text = "Costs"
    chart = CategoryChartData()
    chart.categories = ["Panels", "Cables"]
    chart.add_series("Million euros", (41.5, 7))
    second.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, 0, Inches(2), Inches(4), Inches(2), chart)
    second.notes_slide.notes_text_frame.text = "The bank of Toledo pays for the panels."
    third = presentation.slides.add_slide(presentation.slide_layouts[1])
    third.shapes.title.text = "Withdrawn"
    third.placeholders[1].text = "The solar farm in Toledo was sold."
    third.element.set("show", "0")
    return _saved(presentation.save)


def workbook() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Harvest"
    sheet.append(["Harvest of the vineyards"])
    sheet.append(["Vineyard", "Tonnes", "Share", "Picked"])
    sheet.append(["Chianti", 412, 0.325, datetime.date(2024, 9, 17)])
    sheet.append(["Barolo", 97, 0.08, datetime.date(2024, 10, 2)])
    for row in (3, 4):
        sheet.cell(row, 3).number_format = "0.0%"
    secret = book.create_sheet("Secret")
    secret.append(["Vineyard", "Tonnes"])
    secret.append(["Chianti", 9999])
    secret.sheet_state = "hidden"
    return _saved(book.save)


def separated() -> bytes:
    return b'Instrument,Maker,Year\nViolin,"Rossi, Cremona",1721\nCello,Hofmann Inc. Prague,1894\n'


def book() -> bytes:
    opf = """<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="i"><metadata
        xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>The lighthouse</dc:title><dc:date>2019-05-12</dc:date>
        </metadata><manifest><item id="n" href="nav.xhtml" properties="nav" media-type="application/xhtml+xml"/>
        <item id="a" href="one.xhtml" media-type="application/xhtml+xml"/>
        <item id="b" href="two.xhtml" media-type="application/xhtml+xml"/></manifest>
        <spine><itemref idref="n"/><itemref idref="b"/><itemref idref="a"/></spine></package>"""
    return archive(
        {
            "mimetype": b"application/epub+zip",
            "META-INF/container.xml": b'<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
            b'<rootfile full-path="text/book.opf"/></rootfiles></container>',
            "text/book.opf": opf.encode(),
            "text/nav.xhtml": page_of("<nav><ol><li>Contents of the book</li></ol></nav>"),
            "text/one.xhtml": page_of("<h2>The end</h2><p>The keeper left the island with his dog.</p>"),
            "text/two.xhtml": page_of(
                "<h2>The lamp</h2><p>The keeper Ivar lit the lamp of the lighthouse with whale oil.</p>"
            ),
        }
    )


def mail() -> bytes:
    return (
        b"From: Alice Brown <alice@example.org>\r\nTo: Bob Stone <bob@example.org>\r\n"
        b"Subject: =?utf-8?q?Budget_f=C3=BCr_the_orchestra?=\r\nDate: Tue, 12 Mar 2024 10:00:00 +0100\r\n"
        b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n"
        b"--c\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
        b"Dear Bob,\r\n\r\nthe orchestra gets a budget of 73,000 euros for its tour of S=E3o Paulo.\r\n\r\n"
        b"--c\r\nContent-Type: text/html\r\n\r\n<p>The HTML form is not read.</p>\r\n--c--\r\n"
        b"--b\r\nContent-Type: text/csv\r\nContent-Disposition: attachment; filename=hotels.csv\r\n\r\n"
        b"Town,Hotel\r\nSantos,Atlantico\r\nCuritiba,Bristol\r\n"
        b"--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=plan.pdf\r\n\r\n%PDF\r\n--b--\r\n"
    )


def notebook() -> bytes:
    return json.dumps(
        {
            "nbformat": 4,
            "metadata": {"kernelspec": {"language": "python"}},
            "cells": [
                {
                    "cell_type": "markdown",
                    "source": ["# Glacier study\n", "\n", "The glacier lost 23 metres of ice since 1990."],
                },
                {"cell_type": "code", "source": "print(mean)", "outputs": [{"text": ["812\n"]}]},
            ],
        }
    ).encode()


def records() -> bytes:
    return json.dumps(
        {
            "company": "Nordwind Ferries",
            "seat": {"city": "Bergen"},
            "ships": [
                {"ship": "Aurora", "passengers": 380, "home_port": "Tromso"},
                {"ship": "Polaris", "passengers": 95, "home_port": "Bodo"},
            ],
            "about": "Nordwind Ferries was founded by two sisters.\nIt runs ferries all year.",
        }
    ).encode()


FILES: Mapping[str, Callable[[], bytes]] = {
    "page.html": web_page,
    "inspection.pdf": portable,
    "travel.docx": word,
    "solar.pptx": slides,
    "harvest.xlsx": workbook,
    "instruments.csv": separated,
    "lighthouse.epub": book,
    "budget.eml": mail,
    "glacier.ipynb": notebook,
    "ferries.json": records,
    "museum.txt": lambda: b"The museum shows 640 clocks. The oldest clock of the museum was made in Augsburg.",
    "bakery.md": lambda: (
        b"# Bakery\n\nThe bakery opens at five in the morning.\n\n## Prices\n\nA rye loaf costs 4 francs."
    ),
}


def archive(entries: Mapping[str, bytes]) -> bytes:
    """A zip archive."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in entries.items():
            packed.writestr(name, data)
    return stream.getvalue()


def _saved(save: Callable[[io.BytesIO], None]) -> bytes:
    stream = io.BytesIO()
    save(stream)
    return stream.getvalue()
