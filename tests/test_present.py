"""What a person reads: numbered citations, nothing that steers the terminal."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from qa import present
from qa.types import Answer, Citation, Hit, Passage, Statement

CITATION = Citation("notes/a.txt", 4, 12, "It rains", 3, None, "00")
ANSWER = Answer(
    "Does it rain?", "extractive", (Statement("It rains", "supported", 1.0, "", (CITATION,)),), (), (), (), None
)
ABSTAINED = Answer(
    "Does it snow?",
    "extractive",
    (),
    (),
    (),
    (Hit(Passage("notes/a.txt", 0, 8, "It rains"), 1.0),),
    'Nothing about "snow".',
)


def test_an_answer_shows_each_citation_with_its_number_file_line_and_quote() -> None:
    assert present.answer_text(ANSWER).plain == "It rains [1]\n\n[1] notes/a.txt:3\n    > It rains"


def test_an_abstention_shows_its_reason_and_the_nearest_passages() -> None:
    shown = present.answer_text(ABSTAINED).plain
    assert shown.startswith('No answer. Nothing about "snow".')
    assert "notes/a.txt  It rains" in shown


def test_a_withheld_statement_is_told_with_its_reason() -> None:
    withheld = Statement("It snows", "contradicted", 0.0, "the source says rain", ())
    answer = Answer("?", "extractive", ANSWER.statements, (withheld,), (), (), None)
    shown = present.answer_text(answer).plain
    assert "Withheld a statement: the source says rain." in shown
    assert "It snows" not in shown


def test_a_document_cannot_steer_the_terminal() -> None:
    assert (
        present.visible("a\x1b]52;c;eA==\x07b\u202ec\u200bd\x00\r\n e") == r"a\x1b]52;c;eA==\x07b\u202ec\u200bd\x00 e"
    )


@given(st.text())
def test_whatever_is_shown_is_printable(text: str) -> None:
    assert present.visible(text).isprintable() or " " in present.visible(text)
    assert not any(ord(each) < 32 for each in present.visible(text))


def test_rich_markup_in_a_document_is_only_text() -> None:
    answer = Answer(
        "?", "extractive", (Statement("[red]alarm[/red]", "supported", 1.0, "", (CITATION,)),), (), (), (), None
    )
    assert "[red]alarm[/red]" in present.answer_text(answer).plain
