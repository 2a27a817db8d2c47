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


INCIDENTS = "There were 17 reportable incidents in 2023, down from 23 in 2022."
HALL = "The hall opened in 1962 and was rebuilt in 1988."
FARE = "The fare rose from 5 euros to 7 euros in March."
SHEDS = "The old shed holds 300 crates and the new shed holds 120 crates."
PRICES = "Tickets cost 12 euros for adults and 6 euros for children."


@pytest.mark.parametrize(
    ("statement", "source"),
    [
        ("There were 23 reportable incidents in 2023.", INCIDENTS),
        ("There were 17 reportable incidents in 2022.", INCIDENTS),
        ("Reportable incidents fell from 17 in 2022 to 23 in 2023.", INCIDENTS),
        ("The hall opened in 1988.", HALL),
        ("The hall was rebuilt in 1962.", HALL),
        ("The fare rose from 7 euros to 5 euros in March.", FARE),
        ("In March the fare rose to 5 euros.", FARE),
        ("The new shed holds 300 crates.", SHEDS),
        ("Tickets for children cost 12 euros.", PRICES),
        ("Costs rose to 8.7 million euros.", "Sales fell to 8.7 million euros, while costs rose to 6.2 million euros."),
        ("Ostra has 12,400 inhabitants.", "Norra has 12,400 inhabitants, Sodra 8,900 and Ostra 3,150."),
        ("Wages are paid on the 1st.", "Rent is due on the 1st of the month; wages are paid on the 25th."),
        ("The deposit is 50 euros.", "The deposit is 500 euros, of which 50 euros are kept as a cleaning fee."),
    ],
)
def test_a_value_of_the_source_that_belongs_to_something_else_there_is_not_supported(
    statement: str, source: str
) -> None:
    assert check_statement(statement, [source]).verdict != "supported"


@pytest.mark.parametrize(
    ("statement", "source"),
    [
        ("In 2022 there were 23 reportable incidents.", INCIDENTS),
        ("Reportable incidents fell from 23 in 2022 to 17 in 2023.", INCIDENTS),
        ("Rebuilt in 1988, the hall opened in 1962.", HALL),
        ("The hall, which opened in 1962, was rebuilt in 1988.", HALL),
        ("The fare rose to 7 euros from 5 euros in March.", FARE),
        ("In March, the fare went up from 5 to 7 euros.", FARE),
        ("The new shed holds 120 crates and the old shed holds 300 crates.", SHEDS),
        ("Tickets cost 6 euros for children and 12 euros for adults.", PRICES),
        ("The plant employed 275 people by 2022.", "In 2018 the plant employed 410 people; by 2022 it employed 275."),
        ("Ada Quill died in 2019.", "Ada Quill was born in 1951 in Dunmarsh and died in 2019."),
        ("The second edition has 184 pages.", "The first edition has 120 pages; the second, of 2006, has 184 pages."),
        ("In April the rate was 4.6 percent.", "The rate fell to 4.1 percent in May from 4.6 percent in April."),
        ("Membership grew to about 1,900 by 2021.", "Membership grew from 1,200 in 2019 to 1,850 in 2021."),
    ],
)
def test_values_in_another_order_that_belong_to_the_same_are_supported(statement: str, source: str) -> None:
    assert check_statement(statement, [source]).verdict == "supported"


RENT = "The tenant pays the landlord 200 euros a month."
CLAIM = "Dunmarsh sued Kessling over the water in 2020."
HEIGHT = "The red tower is smaller than the grey tower."
REPORTS = "Each supervisor reports to the plant manager, who reports to the director."


@pytest.mark.parametrize(
    ("statement", "source"),
    [
        ("The landlord pays the tenant 200 euros a month.", RENT),
        ("The tenant is paid 200 euros a month by the landlord.", RENT),
        ("Dunmarsh was sued by Kessling over the water in 2020.", CLAIM),
        ("In 2020 Kessling sued Dunmarsh.", CLAIM),
        ("B sued A over the debt.", "A sued B over the debt."),
        ("Party B pays party A 200 euros.", "Party A pays party B 200 euros."),
        ("The grey tower is smaller than the red tower.", HEIGHT),
        ("The director reports to the plant manager.", REPORTS),
        ("The plant manager reports to each supervisor.", REPORTS),
        ("The harbour lies north of the station.", "The station lies north of the harbour."),
        (
            "The tenant may inspect the flat after giving the landlord notice.",
            "The landlord may inspect the flat after giving the tenant notice.",
        ),
    ],
)
def test_two_parties_that_have_each_others_part_are_contradicted(statement: str, source: str) -> None:
    finding = check_statement(statement, [source])
    assert finding.verdict == "contradicted"
    assert "other way round" in finding.reason or "place" in finding.reason, finding.reason


@pytest.mark.parametrize(
    ("statement", "source"),
    [
        ("The landlord is paid 200 euros a month by the tenant.", RENT),
        ("Each month the tenant pays the landlord 200 euros.", RENT),
        ("The tenant pays 200 euros a month to the landlord.", RENT),
        ("B was sued by A over the debt.", "A sued B over the debt."),
        ("Kessling was sued by Dunmarsh over the water in 2020.", CLAIM),
        ("The grey tower is larger than the red tower.", HEIGHT),
        ("The plant manager reports to the director.", REPORTS),
        ("North of the harbour lies the station.", "The station lies north of the harbour."),
        ("The harbour lies south of the station.", "The station lies north of the harbour."),
        ("Ola Brandt married Ida Roth in 1990.", "Ida Roth married Ola Brandt in 1990."),
        ("The images are provided by Kessling Data.", "It stores images provided by Kessling Data."),
    ],
)
def test_the_same_parts_in_another_voice_or_order_are_supported(statement: str, source: str) -> None:
    assert check_statement(statement, [source]).verdict == "supported"


DOGS = "Dogs are not allowed in the garden, but they are allowed on the terrace."
COVER = "The warranty covers damage by water. It does not cover scratches."
RENEWAL = "The contract renews automatically unless one party objects in writing."


@pytest.mark.parametrize(
    ("statement", "source"),
    [
        ("The agreement does not end on 28 February 2026.", "The agreement ends on 28 February 2026."),
        ("Dogs are not allowed on the terrace.", DOGS),
        ("Dogs are allowed in the garden.", DOGS),
        ("The warranty covers scratches.", COVER),
        ("The warranty does not cover damage by water.", COVER),
        ("The contract renews automatically if one party objects in writing.", RENEWAL),
        ("The report was not published without the appendix.", "The report was published without the appendix."),
        ("The permit is valid without a stamp.", "The permit is not valid without a stamp."),
        ("Staff who did not join before 2015 get 30 days.", "Staff who joined before 2015 get 30 days."),
        (
            "Staff who joined before 2015 are not entitled to leave.",
            "Staff who joined before 2015 are entitled to leave.",
        ),
    ],
)
def test_a_denial_in_a_clause_of_its_own_is_contradicted(statement: str, source: str) -> None:
    assert check_statement(statement, [source]).verdict == "contradicted"


@pytest.mark.parametrize(
    ("statement", "source"),
    [
        ("Dogs are allowed on the terrace.", DOGS),
        ("Dogs are allowed on the terrace but not in the garden.", DOGS),
        ("Scratches are not covered by the warranty.", COVER),
        ("Damage by water is covered by the warranty.", COVER),
        ("Unless one party objects in writing, the contract renews automatically.", RENEWAL),
        ("The contract renews automatically if no party objects in writing.", RENEWAL),
        ("Staff who did not join before 2015 get 25 days.", "Staff who did not join before 2015 get only 25 days."),
    ],
)
def test_a_denial_of_the_same_clause_is_supported(statement: str, source: str) -> None:
    assert check_statement(statement, [source]).verdict == "supported"


SHIPS = "The Polaris is 84 metres long and carries 95 passengers. The Terna carries 60."
ACCOUNTS = "The savings account pays 2 percent interest. The current account has no monthly fee."
PARTNERS = "Ida Roth joined the firm in 2009. She became partner in 2016. Leo Marsh joined in 2012."
FERRY = "The Hale is a ferry. The ship is 40 metres long. The Brand is a tug."


@pytest.mark.parametrize(
    ("statement", "source"),
    [
        ("The Terna is 84 metres long.", SHIPS),
        ("The Terna carries 95 passengers.", SHIPS),
        ("The Polaris carries 60 passengers.", SHIPS),
        ("The current account pays 2 percent interest.", ACCOUNTS),
        ("The savings account has no monthly fee.", ACCOUNTS),
        ("Leo Marsh became partner in 2016.", PARTNERS),
        ("The Brand is 40 metres long.", FERRY),
        ("Batteries last 25 years.", "Solar panels last 25 years. Batteries must be replaced after 10 years."),
    ],
)
def test_what_is_said_of_another_thing_beside_it_is_not_supported(statement: str, source: str) -> None:
    assert check_statement(statement, [source]).verdict != "supported"


@pytest.mark.parametrize(
    ("statement", "source"),
    [
        ("The Polaris, which is 84 metres long, carries 95 passengers.", SHIPS),
        ("The Terna carries 60 passengers.", SHIPS),
        ("There is no monthly fee for the current account.", ACCOUNTS),
        ("Ida Roth became partner in 2016.", PARTNERS),
        ("The Hale is 40 metres long.", FERRY),
        ("Solar panels last around 25 years.", "Solar panels last about 25 years. Batteries must be replaced sooner."),
    ],
)
def test_what_a_later_sentence_says_of_the_subject_by_another_word_is_supported(statement: str, source: str) -> None:
    assert check_statement(statement, [source]).verdict == "supported"


MODELS = "| Model | Bluetooth | Range |\n|---|---|---|\n| T1 | no | 40 km |\n| T2 | yes | 65 km |"
PLANS = "Plan: Basic; Support: no; Backups: included.\nPlan: Pro; Support: by e-mail; Backups: included."
DEVICE = "Device: A20; Touchscreen: none; Colour: black; Weight: 2 kg."


@pytest.mark.parametrize(
    ("statement", "source"),
    [
        ("Support is included in the Basic plan.", PLANS),
        ("The Basic plan has support.", PLANS),
        ("Backups are not included in the Basic plan.", PLANS),
        ("The Pro plan has no support.", PLANS),
        ("The A20 has a touchscreen.", DEVICE),
        ("The A20 is not black.", DEVICE),
        ("The T2 has no Bluetooth.", MODELS),
        ("The range of the T2 is 40 km.", MODELS),
        ("The Basic plan has support.", "| Plan | Support |\n|---|---|\n| Basic | no |\n| Pro | yes |"),
    ],
)
def test_what_a_cell_of_the_row_denies_is_not_supported(statement: str, source: str) -> None:
    finding = check_statement(statement, [source])
    assert finding.verdict in ("contradicted", "partial"), finding


@pytest.mark.parametrize(
    ("statement", "source"),
    [
        ("Support is not included in the Basic plan.", PLANS),
        ("The Basic plan includes backups.", PLANS),
        ("The Basic plan has no support.", PLANS),
        ("The Pro plan has support by e-mail.", PLANS),
        ("The A20 has no touchscreen.", DEVICE),
        ("The A20 is black.", DEVICE),
        ("The T2 has Bluetooth.", MODELS),
        ("The T1 has no Bluetooth.", MODELS),
        ("The range of the T2 is 65 km.", MODELS),
        ("The Basic plan has no support.", "| Plan | Support |\n|---|---|\n| Basic | no |\n| Pro | yes |"),
    ],
)
def test_what_a_cell_of_the_row_says_is_supported(statement: str, source: str) -> None:
    assert check_statement(statement, [source]).verdict == "supported"


def test_the_row_of_a_markdown_table_is_named_as_it_stands() -> None:
    text = f"It lists radios. They are new.\n\n{MODELS}\n"
    finding = check_statement("The T2 has Bluetooth.", [text])
    assert finding.span
    assert text[finding.span.start : finding.span.end] == "| T2 | yes | 65 km |"
