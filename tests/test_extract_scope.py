"""How much is said and of whom: lists, comparisons, what holds now, who speaks, and what a question leaves open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

import qa
from qa.extract import extract
from qa.extract.question import understand
from qa.text.questions import compared
from qa.text.sentences import sentences as sentence_spans
from qa.text.words import rarity
from qa.types import Answer, Draft, Passage, Sentence, WrongUse

TARIFFS = """\
| Item | Unit | 2024 | 2025 |
|---|---|---|---|
| Parking, small car | € per day | 3.10 | 3.40 |
| Parking, large car | € per day | 5.20 | 5.60 |
| Boat hire | € per hour | 9.00 | 9.50 |
"""
CODES = """\
Every code has a meaning.

- C1: the tank is empty.
- C2: the lid is open.
- C3: the filter is old.
- C4: the pump is hot.
"""


def of(
    text: str, *, file: str = "a.txt", title: str = "", similar: Sequence[float] = (), otherwise: float = 0.6
) -> list[Sentence]:
    """The sentences of a text, the first of them as similar to the question as said."""
    spans = tuple(sentence_spans(text))
    passage = Passage(file, 0, len(text), text, title, None, spans)
    scores = [*similar, *[otherwise] * len(spans)][: len(spans)]
    return [Sentence(passage, span.start, span.end, score) for span, score in zip(spans, scores, strict=True)]


def drafted(question: str, *texts: list[Sentence]) -> Draft:
    return extract(question, [sentence for text in texts for sentence in text], rarity=rarity)


def said(question: str, *texts: list[Sentence]) -> list[str]:
    return [statement.text for statement in drafted(question, *texts).statements]


def editions() -> list[list[Sentence]]:
    """What three editions of one rule book say about one fine, the oldest nearest to the questions below."""
    fines = {"2019": ("40", 0.74), "2022": ("60", 0.72), "2024": ("90", 0.70)}
    return [
        of(
            f"The fine for parking on the lawn is {euros} euros.",
            file=f"rules-{year}.md",
            title=f"Park rules ({year}). Fines",
            similar=[similarity],
        )
        for year, (euros, similarity) in fines.items()
    ]


def test_all_items_that_are_asked_for_are_given() -> None:
    text = of(CODES, title="Washer codes", similar=[0.4, 0.7, 0.6, 0.3, 0.3])
    answer = said("List the codes of the washer.", text)
    assert [line[2:4] for line in answer if line.startswith("-")] == ["C1", "C2", "C3", "C4"]


def test_an_announced_list_is_given_whole() -> None:
    text = of("To start the washer, do this:\n\n1. Close the lid.\n2. Open the tap.\n3. Press A.\n4. Wait.\n5. Go.\n")
    answer = said("How do I start the washer?", text)
    assert answer[0] == "To start the washer, do this:"
    assert [line[:2] for line in answer[1:]] == ["1.", "2.", "3.", "4.", "5."]


def test_a_row_of_many_columns_comes_with_their_names() -> None:
    answer = said("How much is boat hire?", of(TARIFFS, title="Tariffs", otherwise=0.5))
    assert answer == ["| Item | Unit | 2024 | 2025 |", "| Boat hire | € per hour | 9.00 | 9.50 |"]


def test_a_row_of_another_than_the_one_that_the_question_names_is_left_out() -> None:
    text = (
        "ship: Aurora; passengers: 380; home port: Tromso.\n\nship: Polaris; passengers: 95; home port: Bodo.\n\n"
        "ship: Castor; passengers: 40; home port: Vardo."
    )
    rows = of(text, title="Ferries", otherwise=0.6)
    assert said("What is the home port of the Polaris?", rows) == ["ship: Polaris; passengers: 95; home port: Bodo."]
    assert len(said("What ships are there, and what are their home ports?", rows)) == 3


def test_where_two_rows_fit_both_are_given_and_the_reader_is_asked_which() -> None:
    draft = drafted("How much is parking?", of(TARIFFS, title="Tariffs", otherwise=0.5))
    assert sum("Parking" in each.text for each in draft.statements) == 2
    assert draft.note == (
        'More than one fits the question, "Parking, small car" and "Parking, large car"; name the one that is meant.'
    )


def test_one_label_in_the_papers_of_two_things_means_two_things_and_is_no_conflict() -> None:
    one = of("- C3: the filter is old.\n- C1: empty.\n", file="one.md", title="Washer One: codes", otherwise=0.4)
    two = of("- C3: the door is locked.\n- C1: empty.\n", file="two.md", title="Washer Two: codes", otherwise=0.4)
    draft = drafted("What does C3 mean?", one, two)
    assert [each.text for each in draft.statements] == ["- C3: the filter is old.", "- C3: the door is locked."]
    assert '"Washer One" and "Washer Two"' in (draft.note or "")
    assert draft.rivals == ()


def test_where_two_people_have_the_role_that_is_asked_about_both_are_given() -> None:
    one = of("The talks failed, spokesperson Ann Poole said.", file="a.txt", otherwise=0.6)
    two = of("The talks went well, spokesman Bob Reed said.", file="b.txt", otherwise=0.6)
    draft = drafted("What did the spokesperson say about the talks?", one, two)
    assert len(draft.statements) == 2
    assert '"Ann Poole" and "Bob Reed"' in (draft.note or "")
    assert drafted("What did Ann Poole say about the talks?", one, two).note is None


def test_each_document_is_heard_where_more_than_one_is_asked() -> None:
    one = of("The bridge cost 4 million euros in the end.", file="a.txt", similar=[0.7])
    two = of("By our count the bridge cost 6 million euros.", file="b.txt", similar=[0.62])
    files = {
        each.sources[0].passage.file
        for each in drafted("What do the two reports say the bridge cost?", one, two).statements
    }
    assert files == {"a.txt", "b.txt"}


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (
            "Compare the price of the One and the Two.",
            [("What is the price of the One?", "the One"), ("What is the price of the Two?", "the Two")],
        ),
        (
            "compare the fines of the 2019 and the 2024 rules",
            [
                ("What is the fines of the 2019 rules?", "the 2019 rules"),
                ("What is the fines of the 2024 rules?", "the 2024 rules"),
            ],
        ),
        (
            "Which has the longer warranty, the One or the Two?",
            [("What is the warranty of the One?", "the One"), ("What is the warranty of the Two?", "the Two")],
        ),
        (
            "What do both Ann Poole and the mayor say about the bridge?",
            [
                ("What did Ann Poole say about the bridge?", "Ann Poole"),
                ("What did the mayor say about the bridge?", "the mayor"),
            ],
        ),
        ("What is the price of the One?", []),
        ("What is the difference between a pond and a lake?", []),
    ],
)
def test_a_comparison_is_one_question_of_each_thing(question: str, expected: list[tuple[str, str]]) -> None:
    assert compared(question) == expected


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for name, years in (("One", 3), ("Two", 5)):
        (corpus / f"washer-{name.lower()}.md").write_text(
            f"# Washer {name}: guide\n\nThe warranty of the Washer {name} is {years} years. It is made in Bern.\n"
        )
    return corpus


def test_a_comparison_cites_both_and_half_of_one_is_none(folder: Path, tmp_path: Path) -> None:
    with qa.Assistant(folder, store=tmp_path / "store") as assistant:
        answer = assistant.answer("Compare the warranty of the Washer One and the Washer Two.")
        assert {each.file for each in answer.citations} == {"washer-one.md", "washer-two.md"}
        assert "3 years" in answer.text
        assert "5 years" in answer.text
        neither = assistant.answer("Compare the warranty of the Dryer Kappa and the Dryer Lambda.")
        assert neither.abstained
        assert "Kappa" in (neither.reason or "")


def test_of_several_editions_the_newest_says_what_holds_now_and_the_older_are_named_as_left_aside() -> None:
    draft = drafted("What is the fine for parking on the lawn now?", *editions())
    assert [each.text for each in draft.statements] == ["The fine for parking on the lawn is 90 euros."]
    assert draft.rivals == ()
    assert draft.note == "Older documents on this were left aside: rules-2019.md, rules-2022.md."


def test_of_several_editions_that_of_the_year_asked_for_answers() -> None:
    draft = drafted("What was the fine for parking on the lawn in 2022?", *editions())
    assert [each.text for each in draft.statements] == ["The fine for parking on the lawn is 60 euros."]
    assert draft.note is None


def test_within_a_document_the_latest_of_sentences_that_say_the_same_of_several_days_leads() -> None:
    text = of(
        "As of 1 June 2024, the tank was 78 % full. As of 1 July 2024, the tank was 71 % full. "
        "As of 1 May 2024, the tank was 80 % full.",
        similar=[0.72, 0.7, 0.71],
    )
    assert said("How full is the tank at present?", text) == ["As of 1 July 2024, the tank was 71 % full."]
    assert said("How full was the tank on 1 May 2024?", text) == ["As of 1 May 2024, the tank was 80 % full."]


def test_what_has_no_date_is_not_older() -> None:
    one = of("The fine for parking on the lawn is 40 euros.", file="a.txt", similar=[0.74])
    two = of("The fine for parking on the lawn is 60 euros.", file="rules-2024.txt", similar=[0.7])
    draft = drafted("What is the current fine for parking on the lawn?", one, two)
    assert draft.statements[0].text == "The fine for parking on the lawn is 40 euros."
    assert draft.note is None


def test_the_words_of_the_one_asked_about_come_before_those_of_others() -> None:
    text = of(
        "The bridge is a waste of money, Bob Reed said. The bridge is a gift to the town, Ann Poole said.",
        similar=[0.72, 0.66],
    )
    answer = said("What did Ann Poole say about the bridge?", text)
    assert answer == ["The bridge is a gift to the town, Ann Poole said."]


def test_who_said_what_is_quoted_is_named_with_it() -> None:
    text = of(
        "Ann Poole, the mayor, came late. The hall was full. “The bridge is a gift to the town,” she said.",
        similar=[0.3, 0.2, 0.2],
    )
    answer = said('Who called the bridge "a gift to the town"?', text)
    assert answer == ["Ann Poole, the mayor, came late.", "“The bridge is a gift to the town,” she said."]


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("Summarise Poole's objections to the bridge.", ["Poole"]),
        ("Who is the CEO of Acme Works?", ["Acme Works"]),
        ("Compare Bern with Basel.", ["Bern", "Basel"]),
    ],
)
def test_a_verb_that_asks_and_an_office_are_no_part_of_a_name(question: str, names: list[str]) -> None:
    assert [written for written, _ in understand(question, rarity=rarity).names] == names


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("When did Washington ban the chips?", "The United States banned the chips on May 21."),
        ("When did the United States ban the chips?", "The U.S. government banned the chips on May 21."),
        ("When did Beijing ban the chips?", "China banned the chips on May 21."),
        ("When did the Europaen Commission ban the chips?", "The European Commission banned the chips on May 21."),
    ],
)
def test_another_name_of_a_country_and_a_misspelt_name_are_mentioned(question: str, text: str) -> None:
    assert said(question, of(text, otherwise=0.7)) == [text]


def test_what_is_said_of_another_thing_is_no_rival() -> None:
    one = of("Washer Kappa sends 4 readings a day.", file="one.txt", similar=[0.7])
    two = of("Washer Lambda sends 6 readings a day.", file="two.txt", similar=[0.69])
    assert drafted("How many readings a day does Washer Kappa send?", one, two).rivals == ()


def test_the_confidence_is_higher_where_the_question_is_answered() -> None:
    text = of("The bridge was opened in 1932 by the mayor.", similar=[0.8])
    sure = drafted("When was the bridge opened?", text).confidence
    unsure = drafted("Why was the tunnel painted?", replaced(text, 0.1)).confidence
    assert sure is not None
    assert unsure is not None
    assert 0 <= unsure < 0.5 < sure <= 1


def replaced(sentences: Sequence[Sentence], similarity: float) -> list[Sentence]:
    return [replace(each, similarity=similarity) for each in sentences]


def test_the_confidence_is_in_the_receipt_and_a_receipt_of_before_has_none(folder: Path, tmp_path: Path) -> None:
    with qa.Assistant(folder, store=tmp_path / "store") as assistant:
        answer = assistant.answer("What is the warranty of the Washer One?")
    receipt = answer.to_dict()
    assert 0 < receipt["confidence"] <= 1
    assert Answer.from_dict(receipt) == answer
    older = {name: value for name, value in receipt.items() if name != "confidence"}
    assert Answer.from_dict(older) == replace(answer, confidence=None)
    with pytest.raises(WrongUse):
        Answer.from_dict({**receipt, "confidence": "high"})
