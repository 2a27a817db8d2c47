"""The reports: what they hold, that nothing in them comes from elsewhere, and that data stays data."""

from __future__ import annotations

import io
import re
from html.parser import HTMLParser
from xml.etree import ElementTree

from eval_answers import ABSTENTION, TEXTS, answer_of, case_of, hit, verbatim
from rich.console import Console, RenderableType

from eval import charts, gate, html, report
from eval.cases import Point, Quote, Suite
from eval.metrics import scores
from eval.record import Power, Record
from eval.run import Results, Row
from eval.statistics import Estimate, mean

HIGH = "The tower is 120 metres high."
HOSTILE = "<script>alert(1)</script> [bold]x[/bold] \x1b[31m \u202e"


def rows() -> list[Row]:
    case = case_of(points=(Point(number=120),), evidence=((Quote("tower.txt", HIGH),),))
    right = answer_of(verbatim(HIGH), hits=[hit(HIGH), hit("It may fall")])
    hostile = case_of(id=f"b {HOSTILE}", category="injection", question=HOSTILE, forbidden=(HOSTILE,), critical=True)
    return [
        Row(case, "passed", (), None, right, scores(case, right, TEXTS), 0.01),
        Row(hostile, "failed", (HOSTILE,), None, ABSTENTION, scores(hostile, ABSTENTION, TEXTS), 0.02),
        Row(case_of(id="c"), "error", (), HOSTILE, None, (), 0.03),
    ]


def record() -> Record:
    return Results(Suite(tuple(row.case for row in rows())), tuple(rows()), {"hits": 8}, {}).record(
        {"number": Power(9, 10), "originals": Power(0, 10)}
    )


def printed(value: RenderableType) -> str:
    out = io.StringIO()
    Console(file=out, width=400, highlight=False, emoji=False).print(value)
    return out.getvalue()


def page() -> str:
    return html.page(record(), rows(), record(), gate.compare(record(), record()))


def test_the_page_loads_nothing_from_anywhere() -> None:
    text = page()
    assert not re.search(r"https?:|//[a-z]|url\(|@import|<link|<img|<iframe|src=", text.replace("// Shows", ""))
    assert "default-src 'none'" in text


def test_every_tag_of_the_page_is_closed_and_no_script_is_planted() -> None:
    opened: list[str] = []
    scripts: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            if tag == "script":
                scripts.append(tag)
            if tag not in ("meta", "br", "input"):
                opened.append(tag)

        def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            pass

        def handle_endtag(self, tag: str) -> None:
            assert opened.pop() == tag

    reader = Reader()
    reader.feed(page())
    reader.close()
    assert (opened, scripts) == ([], ["script"])


def test_the_page_marks_the_gold_quote_in_the_passage_that_holds_it() -> None:
    assert f"<mark>{HIGH}</mark>" in page()


def test_the_page_says_so_without_a_baseline() -> None:
    assert "no baseline" in html.page(record(), rows(), None, None)


def test_the_same_run_is_the_same_page() -> None:
    assert page() == page()


def test_failures_stand_before_passes_on_the_page() -> None:
    states = re.findall(r'data-state="(\w+)"', page())
    assert states == ["error", "failed", "passed"]


def test_the_terminal_shows_categories_measures_operators_and_what_failed() -> None:
    text = printed(report.run_text(record(), rows()))
    for part in ("single_fact", "point recall", "originals (false alarms)", "1 passed, 1 failed, 1 errors"):
        assert part in text
    assert "\x1b" not in text
    assert "[bold]x[/bold]" in text


def test_an_explanation_has_the_expected_the_found_and_the_retrieved() -> None:
    text = printed(report.explanation(rows()[0]))
    for part in ("must say: 120", f"evidence: tower.txt: {HIGH}", "supported (0.90)", "Retrieved", "point_recall"):
        assert part in text
    assert printed(report.explanation(rows()[2])).count("Error:") == 1


def test_flips_stand_before_averages() -> None:
    before = record()
    after = Record.from_dict(before.to_dict() | {"outcomes": [dict(each) for each in before.to_dict()["outcomes"]]})
    worse = Record.from_dict(
        after.to_dict() | {"outcomes": [{**each, "state": "failed"} for each in after.to_dict()["outcomes"]]}
    )
    text = printed(report.comparison_text(gate.compare(before, worse)))
    assert text.startswith("✗ newly failing: a")
    assert text.index("newly failing") < text.index("baseline") < text.index("Regression:")


def test_junit_counts_failures_and_errors_and_is_xml_whatever_a_case_says() -> None:
    root = ElementTree.fromstring(report.junit(rows()))
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("3", "1", "1")
    assert [suite.get("name") for suite in root] == ["injection", "single_fact"]


def test_a_chart_escapes_its_labels_and_leaves_out_what_has_no_value() -> None:
    drawn = charts.bars(
        "t", [charts.Bar("<a>", Estimate(None, None, None), None, "0"), charts.Bar("b", mean([1], "x"), 1, "")]
    )
    assert "&lt;a&gt;" in drawn
    assert drawn.count('class="bar"') == 1
    assert "<svg" in charts.square("t", across="x", up="y", line=[(0.5, 0.1), (1, 0.2)], diagonal=False)
