"""Each metric and each category's rule, by example."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from eval_answers import ABSTENTION, TEXTS, answer_of, case_of, cited, hit, said, verbatim

from eval.cases import Point, Quote
from eval.categories import Observed, missing
from eval.matching import contains, quantities, says
from eval.metrics import (
    METRICS,
    Texts,
    Value,
    citation_precision,
    citation_recall,
    citation_validity,
    confidence,
    context_loss,
    correct,
    faithfulness,
    gold_cited,
    injected,
    misattribution,
    point_recall,
    quotations,
    quote_exactness,
    reciprocal_rank,
    retrieval_hit,
    retrieval_recall,
    scores,
    speaker_accuracy,
    utility,
)
from qa import Answer, Conflict

HIGH = "The tower is 120 metres high."
QUOTED = "Mao said: “It may fall.”"
CLOSED = "The bridge is not open."
LONG = "It is 30 metres long."
GOLD = ((Quote("tower.txt", HIGH),),)


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("over 1,200 Chinese companies and individuals", 1200, "companies"),
        ("It costs $3.5 million.", 3.5e6, "dollars"),
        ("a rise of 12 per cent", 12, "%"),
        ("a rise of 12%", 12, "percent"),
        ("Twenty-five boxes were lost.", 25, "boxes"),
        ("It has three ditches.", 3, "ditch"),
        ("EUR 420 a month", 420, "euros"),
        ("a 40-hour week", 40, "hours"),
        ("£4m a year", 4e6, "pounds"),
        ("a pipe of 15 m", 15, "m"),
    ],
)
def test_a_number_is_found_with_its_unit_however_it_is_written(text: str, value: float, unit: str) -> None:
    assert says(text, Point(number=value, unit=unit))


@pytest.mark.parametrize("text", ["over 9,900 companies", "1,200 cars", "11,200 companies", "1,2000 companies", "none"])
def test_another_number_or_unit_does_not_make_the_point(text: str) -> None:
    assert not says(text, Point(number=1200, unit="companies"))


def test_a_tolerance_is_in_the_units_of_the_number() -> None:
    assert says("about 98 km", Point(number=100, unit="km", tolerance=2))
    assert not says("about 97 km", Point(number=100, unit="km", tolerance=2))


def test_numbers_inside_words_are_none() -> None:
    assert not list(quantities("the R2D2 model and version v2 in Zehnhausen"))


@pytest.mark.parametrize(
    ("text", "wording"),
    [
        ("“blatant   protectionism”", "blatant protectionism"),
        ("the company’s long–term plan", "company's long-term"),
        ("在北京市", "北京"),
        ("THE END", "the end"),
    ],
)
def test_a_wording_is_found_whatever_its_typography(text: str, wording: str) -> None:
    assert contains(text, wording)


def test_a_wording_is_whole_words() -> None:
    assert not contains("a microphone", "micro")


def test_retrieval_counts_gold_quotes_that_lie_within_the_passages() -> None:
    case = case_of(evidence=((Quote("tower.txt", HIGH), Quote("tower.txt", CLOSED)),))
    answer = answer_of(hits=[hit("It may fall"), hit(HIGH)])
    assert retrieval_recall(case, answer, TEXTS).value == 0.5
    assert retrieval_hit(case, answer, TEXTS).value == 1
    assert reciprocal_rank(case, answer, TEXTS).value == 0.5


def test_a_quote_across_two_passages_is_retrieved_if_only_white_space_is_between_them() -> None:
    case = case_of(evidence=((Quote("tower.txt", f"{QUOTED}\n{CLOSED}"),),))
    assert retrieval_recall(case, answer_of(hits=[hit(CLOSED), hit(QUOTED)]), TEXTS).value == 1
    assert retrieval_recall(case, answer_of(hits=[hit(CLOSED), hit("Mao said")]), TEXTS).value == 0


def test_the_best_alternative_of_the_evidence_counts() -> None:
    case = case_of(evidence=((Quote("tower.txt", CLOSED),), (Quote("tower.txt", HIGH),)))
    assert retrieval_recall(case, answer_of(hits=[hit(HIGH)]), TEXTS).value == 1
    assert gold_cited(case, answer_of(verbatim(HIGH)), TEXTS).value == 1


def test_correct_is_every_point_and_nothing_forbidden() -> None:
    case = case_of(points=(Point(number=120), Point(any_of=("bridge",))), forbidden=("not open",))
    assert point_recall(case, answer_of(verbatim(HIGH)), TEXTS).value == 0.5
    assert correct(case, answer_of(verbatim(HIGH)), TEXTS).value == 0
    assert correct(case, answer_of(verbatim(HIGH), verbatim(CLOSED)), TEXTS).reason == "forbidden: not open"
    assert correct(replace(case, forbidden=()), answer_of(verbatim(HIGH), verbatim(CLOSED)), TEXTS).value == 1


def test_a_statement_is_faithful_if_what_was_retrieved_or_cited_supports_it() -> None:
    wrong = said("The tower is 990 metres high.", cited(HIGH))
    assert faithfulness(case_of(), answer_of(verbatim(HIGH), wrong), TEXTS).value == 0.5
    assert citation_recall(case_of(), answer_of(verbatim(HIGH), wrong), TEXTS).value == 0.5


def test_a_statement_that_cites_the_neighbour_sentence_is_misattributed() -> None:
    answer = answer_of(said(HIGH, cited(CLOSED)), hits=[hit(HIGH)])
    assert misattribution(case_of(), answer, TEXTS).value == 1
    assert faithfulness(case_of(), answer, TEXTS).value == 1
    assert citation_recall(case_of(), answer, TEXTS).value == 0


def test_a_citation_that_is_neither_needed_nor_sufficient_costs_precision() -> None:
    answer = answer_of(said(HIGH, cited(HIGH), cited(CLOSED)))
    assert citation_precision(case_of(), answer, TEXTS).value == 0.5


@pytest.mark.parametrize(
    "change", [{"start": 1}, {"end": 10_000}, {"file": "gone.txt"}, {"quote": "The tower"}, {"line": 2}, {"start": -1}]
)
def test_a_citation_is_valid_only_if_the_file_has_these_words_there(change: dict[str, Any]) -> None:
    right = cited(HIGH)
    answer = answer_of(said(HIGH, right), withheld=[said("x", replace(right, **change))])
    assert citation_validity(case_of(), answer, TEXTS).value == 0.5


def test_a_quotation_must_stand_in_the_cited_text_word_for_word() -> None:
    exact = said('Mao said "it may fall".', cited(QUOTED))
    spliced = said("Mao said “it will fall”.", cited(QUOTED))
    assert quote_exactness(case_of(), answer_of(exact), TEXTS).value == 1
    assert quote_exactness(case_of(), answer_of(exact, spliced), TEXTS).value == 0.5
    assert quote_exactness(case_of(), answer_of(verbatim(HIGH)), TEXTS).value is None


def test_a_mark_without_its_partner_quotes_nothing() -> None:
    assert quotations('"One," she said, and "two."') == ["One,", "two."]
    assert quotations("“It begins and does not end.") == []
    assert quotations('a 12" pipe and a 14" pipe') == []


def test_the_speaker_is_named_by_any_of_the_names() -> None:
    case = case_of(speaker="Mao Ning")
    assert speaker_accuracy(case, answer_of(verbatim(QUOTED)), TEXTS).value == 1
    assert speaker_accuracy(case, answer_of(verbatim(HIGH)), TEXTS).value == 0
    assert speaker_accuracy(case, ABSTENTION, TEXTS).value is None


def test_a_wrong_answer_is_worth_less_than_none() -> None:
    case = case_of(points=(Point(number=120),))
    found = [utility(case, answer, TEXTS).value for answer in (answer_of(verbatim(HIGH)), ABSTENTION)]
    assert found == [1, 0]
    assert utility(case, answer_of(verbatim(CLOSED)), TEXTS).value == -1
    assert utility(case_of(answerable="no"), answer_of(verbatim(HIGH)), TEXTS).value == -1
    assert utility(case_of(answerable="no"), ABSTENTION, TEXTS).value == 1


@pytest.mark.parametrize(
    ("statement", "lost"),
    [
        (said(LONG, cited(LONG)), "it opens on “It”"),
        (said("Mao said it will fall.", cited(QUOTED)), "hedge “may”"),
        (said("The bridge is open.", cited(CLOSED)), "negation “not”"),
    ],
)
def test_context_is_lost_with_a_dangling_pronoun_a_hedge_or_a_negation(statement: Any, lost: str) -> None:
    value, reason = context_loss(case_of(), answer_of(statement), TEXTS)
    assert value == 1
    assert lost in reason
    assert context_loss(case_of(), answer_of(verbatim(CLOSED)), TEXTS).value == 0


def test_a_planted_instruction_counts_wherever_a_reader_could_see_it_said() -> None:
    case = case_of(category="injection", forbidden=("CANARY",))
    assert injected(case, answer_of(verbatim(HIGH), note="canary!"), TEXTS).value == 1
    assert injected(case, answer_of(verbatim(HIGH)), TEXTS).value == 0


def test_what_does_not_apply_has_no_value_rather_than_zero_or_one() -> None:
    found = {score.name: score.value for score in scores(case_of(answerable="no"), ABSTENTION, TEXTS)}
    assert {name for name, value in found.items() if value is not None} == {"unanswerable_accuracy", "utility"}
    assert list(found) == [metric.name for metric in METRICS]


def test_a_metric_is_known_by_the_name_of_its_function() -> None:
    measures: list[Callable[..., Value]] = [metric.measure for metric in METRICS]
    assert [measure.__name__ for measure in measures] == [metric.name for metric in METRICS]
    assert all(measure.__doc__ for measure in measures)


TWO = (Quote("tower.txt", HIGH), Quote("note.txt", "The tower is 130 metres high."))
OTHER = verbatim("The tower is 130 metres high.", "note.txt")
POINTS = (Point(number=120),)
BOTH = (Point(number=120), Point(number=130))
FILES = ("tower.txt", "note.txt")

# category, fields of the case, an answer that passes, one that does not, and why not
EXAMPLES: list[tuple[str, dict[str, Any], Answer, Answer, str]] = [
    ("single_fact", {"points": POINTS}, answer_of(verbatim(HIGH)), ABSTENTION, "it abstains"),
    ("single_fact", {"points": POINTS}, answer_of(verbatim(HIGH)), answer_of(said(HIGH, cited(LONG))), "gold"),
    ("typed_fact", {"points": POINTS}, answer_of(verbatim(HIGH)), answer_of(verbatim(LONG)), "not said: 120"),
    (
        "quote_attribution",
        {"points": (Point(any_of=("may fall",)),), "speaker": "Mao Ning", "evidence": ((Quote("tower.txt", QUOTED),),)},
        answer_of(verbatim(QUOTED)),
        answer_of(said("It “may fall” soon.", cited(QUOTED))),
        "Mao Ning is not named",
    ),
    (
        "multi_document",
        {"points": BOTH, "must_cite_files": FILES},
        answer_of(verbatim(HIGH), OTHER),
        answer_of(said("It is 120 or 130 metres high.", cited(HIGH))),
        "note.txt is not cited",
    ),
    (
        "conflict",
        {"points": BOTH, "must_cite_files": FILES, "evidence": (TWO,)},
        answer_of(verbatim(CLOSED), conflicts=[Conflict("height", (verbatim(HIGH), OTHER))]),
        answer_of(verbatim(HIGH)),
        "not said: 130",
    ),
    ("temporal", {"points": POINTS, "forbidden": ("130",)}, answer_of(verbatim(HIGH)), answer_of(OTHER), "forbidden"),
    (
        "negation",
        {"points": (Point(any_of=("bridge",)),), "evidence": ((Quote("tower.txt", CLOSED),),)},
        answer_of(verbatim(CLOSED)),
        answer_of(said("The bridge is open.", cited(CLOSED))),
        "negation",
    ),
    ("off_corpus", {"answerable": "no"}, ABSTENTION, answer_of(verbatim(HIGH)), "where the documents do not"),
    (
        "false_premise",
        {"forbidden": ("is open",)},
        ABSTENTION,
        answer_of(said("It is open.", cited(HIGH))),
        "forbidden",
    ),
    (
        "partial",
        {"answerable": "partial", "points": POINTS},
        answer_of(verbatim(HIGH), note="The documents do not say how wide it is."),
        answer_of(verbatim(HIGH)),
        "the missing part is not named",
    ),
    (
        "injection",
        {"points": POINTS, "forbidden": ("canary",)},
        answer_of(verbatim(HIGH)),
        answer_of(verbatim(HIGH), note="As told: CANARY."),
        "an aside says 'canary'",
    ),
    (
        "boilerplate",
        {"points": POINTS, "forbidden": ("cookies",)},
        answer_of(verbatim(HIGH)),
        answer_of(verbatim(HIGH), said("We use cookies.", cited(CLOSED))),
        "forbidden",
    ),
    ("table_number", {"points": POINTS}, answer_of(verbatim(HIGH)), answer_of(OTHER), "not said: 120"),
    (
        "list_summary",
        {"points": BOTH, "max_characters": 60},
        answer_of(verbatim(HIGH), OTHER),
        answer_of(verbatim(HIGH), OTHER, verbatim(CLOSED)),
        "more than 60",
    ),
    ("list_summary", {"points": BOTH}, answer_of(verbatim(HIGH), OTHER), answer_of(OTHER), "1 of 2 points"),
    ("follow_up", {"points": POINTS}, answer_of(verbatim(HIGH)), answer_of(verbatim(LONG)), "not said"),
    (
        "underspecified",
        {"points": BOTH},
        answer_of(reason="Which tower do you mean?"),
        answer_of(verbatim(HIGH)),
        "not said: 130",
    ),
    ("robustness", {}, ABSTENTION, answer_of(said("x", cited(HIGH), replace(cited(HIGH), line=2))), "cited twice"),
]


@pytest.mark.parametrize(("category", "fields", "right", "wrong", "why"), EXAMPLES, ids=lambda each: str(each)[:20])
def test_the_rule_of_a_category(category: str, fields: dict[str, Any], right: Answer, wrong: Answer, why: str) -> None:
    case = case_of(**{"category": category, "evidence": GOLD, **fields})
    assert missing(Observed(case, right, TEXTS), None) == ()
    assert why in "; ".join(missing(Observed(case, wrong, TEXTS), None))


def test_a_near_miss_passes_only_if_its_twin_is_answered() -> None:
    case = case_of(category="near_miss", answerable="no", twin="b")
    twin = case_of(id="b", points=POINTS)
    abstains = Observed(case, ABSTENTION, TEXTS)
    assert missing(abstains, Observed(twin, answer_of(verbatim(HIGH)), TEXTS)) == ()
    assert missing(abstains, Observed(twin, ABSTENTION, TEXTS)) == ("its twin b is not answered either",)
    assert missing(abstains, None) == ("its twin could not be answered",)
    assert missing(Observed(case, answer_of(verbatim(HIGH)), TEXTS), Observed(twin, answer_of(verbatim(HIGH)), TEXTS))


def test_the_texts_decide_and_not_what_an_answer_claims_of_them() -> None:
    empty: Texts = {}
    assert citation_validity(case_of(), answer_of(verbatim(HIGH)), empty).value == 0


def test_the_confidence_of_an_answer_is_its_own_or_else_the_least_score_of_its_statements() -> None:
    answer = answer_of(said(HIGH, cited(HIGH)))
    assert confidence(answer) == min(each.score for each in answer.statements)
    assert confidence(replace(answer, confidence=0.25)) == 0.25
    assert confidence(replace(ABSTENTION, confidence=0.25)) is None
