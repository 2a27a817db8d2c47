"""The check: what the evidence does not say is not supported, and the reason is told in words."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.check import check, check_statement
from qa.text.sentences import sentences
from qa.text.values import dates, numbers

ROOT = Path(__file__).parent.parent
SEEDS = [path.read_text("utf-8") for path in sorted((ROOT / "seeds").glob("*.txt"))]


@pytest.mark.parametrize("text", SEEDS)
def test_a_sentence_of_the_source_is_supported_word_for_word(text: str) -> None:
    for span in sentences(text):
        sentence = text[span.start : span.end]
        assert check_statement(sentence, [text]).verdict == "supported", sentence


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("The United States has put over 9,900 Chinese companies on various lists.", ("1,200", "9,900")),
        ("China's cybersecurity review does target specific countries.", ("does not target",)),
        ("We do exclude technologies and products from any country.", ("do not exclude",)),
        ("The ban was announced on May 22.", ("May 21", "May 22")),
        ("Mao Ning said the move represents blatant protectionism.", ("Mao Ning",)),
        ('Mao said that "this is economic coercion and legitimate."', ("quot",)),
    ],
)
def test_a_statement_that_the_source_contradicts_says_how(statement: str, told: tuple[str, ...]) -> None:
    finding = check_statement(statement, SEEDS)
    assert finding.verdict == "contradicted", finding
    assert all(word in finding.reason for word in told), finding.reason


def test_a_quotation_spliced_of_two_is_not_verbatim() -> None:
    spliced = '"This is economic coercion and represents blatant protectionism," Mao said.'
    assert check_statement(spliced, SEEDS).verdict != "supported"


@pytest.mark.parametrize(
    ("statement", "evidence"),
    [
        ("The notice stays in force for 72 days.", "The notice stays in force for 72 hours."),
        ("The fee is $7.", "The fee is €7."),
        ("It grew by 3 percentage points.", "It grew by 3 percent."),
        ("It cost 3 billion dollars.", "It cost 3 million dollars."),
    ],
)
def test_another_unit_is_another_quantity(statement: str, evidence: str) -> None:
    assert check_statement(statement, [evidence]).verdict == "contradicted"


@pytest.mark.parametrize(
    ("statement", "evidence"),
    [
        ("The ban was announced in May.", "The ban was announced on May 21."),
        ("Micron's products failed the review.", "The review found that Micron's products failed the review."),
    ],
)
def test_the_same_in_other_words_is_supported(statement: str, evidence: str) -> None:
    assert check_statement(statement, [evidence]).verdict == "supported"


def test_a_date_may_be_generalised_but_not_made_more_precise() -> None:
    assert check_statement("The office opened on 3 May 2020.", ["The office opened in 2020."]).verdict != "supported"


def test_what_somebody_said_is_no_fact() -> None:
    finding = check_statement("The measure is unfounded.", ["Officials said that the measure is unfounded."])
    assert finding.verdict == "partial"


def test_an_answer_is_as_good_as_its_worst_statement() -> None:
    checked = check("The bridge opened in 1932. It is 90 metres long.", ["The bridge opened in 1932. It is red."])
    assert checked.statements[0].verdict == "supported"
    assert checked.verdict != "supported"
    assert 0 <= checked.score <= 1


def test_the_evidence_and_its_place_are_named() -> None:
    evidence = ["It rains often.", "The town has a mill. The bridge opened in 1932."]
    finding = check_statement("The bridge opened in 1932.", evidence)
    assert finding.evidence == 1
    assert finding.span
    assert "bridge opened in 1932" in evidence[1][finding.span.start : finding.span.end]


def test_without_evidence_nothing_is_supported() -> None:
    assert check_statement("The bridge opened in 1932.", []).verdict == "unsupported"


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=200), st.lists(st.text(max_size=200), max_size=3))
def test_any_texts_can_be_checked(answer: str, evidence: list[str]) -> None:
    checked = check(answer, evidence)
    assert 0 <= checked.score <= 1
    assert check(answer, evidence) == checked


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("1,200 companies", 1200, ""),
        ("$1.2 million", 1_200_000, "usd"),
        ("5 percent", 5, "percent"),
        ("3.5 km", 3.5, None),
    ],
)
def test_a_number_is_read_with_its_magnitude_and_unit(text: str, value: float, unit: str | None) -> None:
    (number,) = numbers(text)
    assert number.value == pytest.approx(value)
    assert unit is None or number.unit == unit


def test_a_letter_after_a_space_is_a_unit_and_no_magnitude() -> None:
    assert numbers("up to 15 m")[0].value == 15


def test_a_date_is_no_number() -> None:
    assert len(dates("It opened on 21 May 2023.")) == 1
    assert numbers("It opened on 21 May 2023.") == []


@pytest.mark.parametrize(
    ("statement", "source"),
    [
        ("About 1.2 million people live there.", "The town has 1,200,000 people who live there."),
        ("The centre is open from 10 a.m. to 5 p.m.", "The centre is open from 10:00 to 17:00."),
        ("The pump had not failed.", "The pump had not failed, the operator said."),
        ("The product has not passed the review.", "The product has failed the review."),
        ("The gate stays open for no more than four hours.", "The gate stays open for at most four hours."),
        ("Ada Quill, mayor of Dunmarsh, opened the bridge.", "Dunmarsh mayor Ada Quill opened the bridge."),
    ],
)
def test_a_statement_in_other_words_is_not_contradicted(statement: str, source: str) -> None:
    assert check_statement(statement, [source]).verdict in ("supported", "partial")


@pytest.mark.parametrize(
    ("statement", "source"),
    [
        ("Dunmarsh sued Kessling over the water.", "Kessling sued Dunmarsh over the water."),
        ("The target for large houses is lower this year.", "The target for small houses is lower this year."),
        ("Gates open at depths of 5, 9 and 15 metres.", "Gates open at depths of 4, 9 and 15 metres."),
        ("The tower in Kessling was built by the county.", "The tower in Dunmarsh was built by the county."),
        (
            "The board may not lower the penalty in cases of hardship.",
            "The board may lower the penalty in cases of hardship.",
        ),
    ],
)
def test_what_was_put_in_the_place_of_something_else_is_contradicted(statement: str, source: str) -> None:
    assert check_statement(statement, [source]).verdict == "contradicted"


def test_what_is_said_of_another_subject_is_not_supported() -> None:
    evidence = [
        "The fire brigade has a new engine. It is red.",
        "The solar field stands on the hill. It is to have 2,100 modules and a capacity of 1.3 megawatts.",
    ]
    finding = check_statement("The fire brigade is to have 2,100 modules and a capacity of 1.3 megawatts.", evidence)
    assert finding.verdict != "supported"


@pytest.mark.parametrize("plan", ["may lower", "plans to lower", "hopes to lower"])
def test_a_hedge_that_the_statement_drops_makes_it_partial(plan: str) -> None:
    finding = check_statement("The board lowers the price of water.", [f"The board {plan} the price of water."])
    assert finding.verdict == "partial"


def test_the_order_in_which_words_are_hashed_changes_nothing() -> None:
    """The lists are sets; which of two equally good words is linked must not depend on the process."""
    code = (
        "from pathlib import Path; from qa.check import check\n"
        "texts = [path.read_text('utf-8') for path in sorted(Path('seeds').glob('*.txt'))]\n"
        "print(check('Officials called the ban unfair. Analysts think the step could raise prices.', texts))"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(said) == 1


TABLE = "Product: City bike; Price: 549; Stock: 12.\nProduct: Mountain bike; Price: 1299; Stock: 3.\nProduct: Helmet; Price: 49.90; Stock: 40."


@pytest.mark.parametrize("statement", ["The mountain bike costs 1299 euros.", "There are 12 City bikes in stock."])
def test_a_row_of_a_table_supports_what_it_says(statement: str) -> None:
    assert check_statement(statement, [TABLE]).verdict == "supported"


@pytest.mark.parametrize(
    "statement",
    ["The mountain bike costs 549 euros.", "The helmet costs 1299 euros.", "There are 12 mountain bikes in stock."],
)
def test_two_rows_of_a_table_together_support_nothing(statement: str) -> None:
    assert check_statement(statement, [TABLE]).verdict != "supported"
