"""Answers of the documents' own sentences: what is chosen, what comes along, and when there is no answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa import embed, load, passages
from qa.assistant import seeds
from qa.extract import extract
from qa.extract.abstain import decision_features
from qa.extract.context import refers_back
from qa.extract.evidence import weigh
from qa.extract.fit import roc
from qa.extract.furniture import is_furniture, is_heading
from qa.extract.model import learned
from qa.extract.question import Kind, understand
from qa.extract.score import ranked, sentence_features
from qa.text.sentences import sentences as sentence_spans
from qa.text.words import rarity
from qa.types import Draft, Passage, Sentence, Span

ANSWERABLE = [
    ("Why was Micron barred?", "serious network security risks"),
    ("Who announced the ban?", "State Cyberspace Office announced a ban"),
    ("When was the ban announced?", "On May 21"),
    ("How many Chinese companies has the United States put on lists?", "over 1,200 Chinese companies"),
    ("What did Guo say about the commission?", "The commission is turning a blind eye"),
    ("Does the review target specific countries?", "does not target specific countries"),
    ("Who made the remarks about the new cybersecurity package?", "Guo Jiakun made the remarks"),
    ("What did U.S. authorities think of the measure?", "viewed the measure as unfounded"),
    ("What risks do Micron's products pose?", "significant security risks"),
    ("Which company failed the network security review?", "Micron Technology had failed"),
    ("What has the phasing out of Chinese telecommunications equipment led to?", "enormous economic losses"),
    ("What is the aim of the audit?", "address potential cybersecurity risks"),
    ("What is known about Changxin Memory Technologies?", "Changxin Memory Technologies"),
]
UNANSWERABLE = [
    ("Which European countries have phased out Chinese equipment?", "do not say which European countries"),
    ("When did Micron sue China?", 'do not say when: nothing was found on "sue"'),
    ("How many employees does Micron have?", 'do not say how many employees: nothing was found on "employees"'),
    ("Who is the CEO of Micron?", 'do not say who: nothing was found on "CEO"'),
    ("What did Guo Jiakun say about Micron?", 'mention "Guo Jiakun" and "Micron", but not together'),
    ("Who is the chief executive of Intel?", 'The documents do not mention "Intel".'),
    ("What did Mao Ning say about Taiwan?", 'do not mention "Taiwan"'),
    ("Who won the 2022 World Cup?", '"2022"'),
    ("When was Micron founded?", 'do not say when: nothing was found on "founded"'),
    ("How much did Micron lose because of the ban?", "do not say how much"),
    ("How many European companies has China put on lists?", "do not say how many European companies"),
    ("Who founded Changxin Memory Technologies?", "do not say who"),
    ("When will the revised Cybersecurity Act take effect?", "do not say when"),
]
PLAIN = [
    "When was the ban announced?",
    "Who announced the ban?",
    "How many Chinese companies has the United States put on lists?",
    "Which company failed the network security review?",
    "Does the review target specific countries?",
]

Ask = Callable[[str], Draft]


@pytest.fixture(scope="module")
def ask() -> Ask:
    """Answers a question from the eight passages of the seeds nearest to it."""
    encoder = embed.builtin()
    found = [
        passage
        for file in sorted(path.name for path in seeds().iterdir())
        for passage in passages.split(load.read(seeds(), file), fits=encoder.fits)
    ]
    encoded = list(encoder.passages(found))

    def answer(question: str) -> Draft:
        vector = encoder.question(question)
        order = sorted(range(len(found)), key=lambda at: -float(encoded[at].passage @ vector))[:8]
        return extract(
            question,
            [
                Sentence(found[at], span.start, span.end, float(similarity))
                for at in order
                for span, similarity in zip(found[at].sentences, encoded[at].sentences @ vector, strict=True)
            ],
            rarity=rarity,
        )

    return answer


def of(
    text: str, *, file: str = "a.txt", title: str = "", similar: Sequence[float] = (), otherwise: float = 0.5
) -> list[Sentence]:
    """The sentences of a text, the first of them as similar to the question as said."""
    spans = tuple(sentence_spans(text))
    passage = Passage(file, 0, len(text), text, title, None, spans)
    scores = [*similar, *[otherwise] * len(spans)][: len(spans)]
    return [Sentence(passage, span.start, span.end, score) for span, score in zip(spans, scores, strict=True)]


def said(question: str, *texts: list[Sentence]) -> list[str]:
    draft = extract(question, [sentence for text in texts for sentence in text], rarity=rarity)
    return [statement.text for statement in draft.statements]


@pytest.mark.parametrize(("question", "words"), ANSWERABLE)
def test_what_the_seeds_hold_is_answered(ask: Ask, question: str, words: str) -> None:
    draft = ask(question)
    assert words in " ".join(statement.text for statement in draft.statements), draft.reason


@pytest.mark.parametrize(("question", "words"), UNANSWERABLE)
def test_a_near_miss_is_a_miss_and_the_reason_says_what_is_missing(ask: Ask, question: str, words: str) -> None:
    draft = ask(question)
    assert draft.statements == ()
    assert words in (draft.reason or "")


@pytest.mark.parametrize("question", PLAIN)
def test_a_plain_fact_is_one_sentence(ask: Ask, question: str) -> None:
    assert len(ask(question).statements) == 1


def test_a_broad_question_gets_more_than_one_sentence_in_reading_order(ask: Ask) -> None:
    statements = ask("Why was Micron barred?").statements
    assert len(statements) > 1
    places = [(each.sources[0].passage.file, each.sources[0].start) for each in statements]
    assert places == sorted(places)


def test_a_sentence_that_opens_with_she_comes_after_the_one_that_says_who(ask: Ask) -> None:
    statements = [statement.text for statement in ask("What is the aim of the audit?").statements]
    at = next(at for at, text in enumerate(statements) if text.startswith("She added"))
    assert "Mao Ning" in " ".join(statements[:at])


def test_furniture_is_no_answer_even_where_it_is_asked_for(ask: Ask) -> None:
    for question in ("Search Trends", "Connect with us", "What are the search trends?", "How do I connect with you?"):
        text = " ".join(statement.text for statement in ask(question).statements)
        assert "Search Trends" not in text
        assert "Connect with us" not in text


def test_a_title_is_no_answer(ask: Ask) -> None:
    texts = [statement.text for statement in ask("What is the review of Micron based on?").statements]
    assert texts
    assert "Chinese Foreign Ministry: Review of Micron based on law and facts" not in texts


def test_it_is_the_documents_own_words_that_are_shown(ask: Ask) -> None:
    for question, _ in ANSWERABLE:
        for statement in ask(question).statements:
            source = statement.sources[0]
            text = (seeds() / source.passage.file).read_bytes().decode("utf-8")
            assert text[source.start : source.end] == statement.text


def test_the_number_must_count_the_noun_that_is_asked_for() -> None:
    text = of("Acme Works opened in 1990. Acme Works has 40 trucks and 3 offices.", otherwise=0.6)
    assert said("How many trucks does Acme Works have?", text) == ["Acme Works has 40 trucks and 3 offices."]
    assert said("How many employees does Acme Works have?", text) == []


@pytest.mark.parametrize(
    ("question", "answered"),
    [
        ("What is the price of the HX-310?", False),
        ("What is the price of the HX-200?", True),
        ("When was the buoy Skagerrak-8 serviced?", False),
        ("When was the buoy Skagerrak-7 serviced?", True),
    ],
)
def test_a_code_that_is_nowhere_is_not_answered_with_another_one(question: str, answered: bool) -> None:
    text = of("The pump HX-200 costs 845 euros. The buoy Skagerrak-7 was serviced on 9 August 2022.", otherwise=0.6)
    draft = extract(question, text, rarity=rarity)
    assert bool(draft.statements) == answered
    assert answered or "do not mention" in (draft.reason or "")


def test_a_year_that_is_nowhere_is_not_answered_with_another_one() -> None:
    draft = extract("Who ran Acme Works in 1987?", of("Ann Poole ran Acme Works in 1990."), rarity=rarity)
    assert draft.reason == 'The documents do not mention "1987".'


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("When did the CAC ban the chips?", "The Cyberspace Administration of China banned the chips on May 21."),
        ("When did China ban the chips?", "The Chinese regulator banned the chips on May 21."),
        ("When did Jiakunn ban the chips?", "Minister Jiakun banned the chips on May 21."),
        ("When did the U.S. ban the chips?", "The United States banned the chips on May 21."),
        ("When did Micron Technology ban the chips?", "Micron banned the chips on May 21."),
    ],
)
def test_a_name_is_found_in_its_other_forms(question: str, text: str) -> None:
    assert said(question, of(text, otherwise=0.7)) == [text]


def test_what_two_documents_say_in_the_same_words_is_said_once_with_both_as_sources() -> None:
    one = of("The bridge was opened in 1932 by the mayor.", file="a.txt", otherwise=0.7)
    other = of("The bridge was opened by the mayor in 1932.", file="b.txt", otherwise=0.69)
    draft = extract("When was the bridge opened?", [*one, *other], rarity=rarity)
    assert [statement.sources for statement in draft.statements] == [(one[0], other[0])]


def test_another_number_is_another_statement() -> None:
    one = of("The bridge was opened in 1932 by the mayor.", file="a.txt", otherwise=0.7)
    other = of("The bridge was opened in 1933 by the mayor.", file="b.txt", otherwise=0.69)
    draft = extract("When was the bridge opened?", [*one, *other], rarity=rarity)
    assert all(len(statement.sources) == 1 for statement in draft.statements)


def test_an_announcement_brings_what_it_announces() -> None:
    text = of(
        "To migrate the database, follow these steps:\n\n1. Stop the server.\n2. Copy the files.\n",
        similar=[0.8, 0.3, 0.3],
    )
    assert said("How do I migrate the database?", text) == [
        "To migrate the database, follow these steps:",
        "1. Stop the server.",
        "2. Copy the files.",
    ]


def test_a_question_in_a_document_is_answered_by_what_follows_it() -> None:
    text = of(
        "What is an enterprise account?\n\nIt groups the bills of several accounts.\n\n"
        "What is a safe room?\n\nA safe room is a room in which people take shelter from a tornado.\n",
        similar=[0.9, 0.4, 0.9, 0.7],
    )
    answer = said("What is a safe room?", text)
    assert answer == ["A safe room is a room in which people take shelter from a tornado."]


def test_where_what_it_refers_to_is_too_long_another_sentence_is_taken() -> None:
    long = "The committee, " + "after one more of its many long and winding debates, " * 12 + "met in Bern in 1932."
    text = of(f"{long} It chose Anna Berg as its chair. In 1932 the committee chose Anna Berg.", otherwise=0.6)
    assert said("Whom did the committee choose in 1932?", text)[0] == "In 1932 the committee chose Anna Berg."


@pytest.mark.parametrize(
    ("text", "refers"),
    [
        ("He added that the plan failed.", True),
        ("“This severely violates the rules,” he said.", True),
        ("Such unfair practices have damaged trade.", True),
        ("However, it rained.", True),
        ("In 1999, he moved to Bern.", True),
        ("For example, cats purr.", True),
        ("It is clear that the plan failed.", False),
        ("This week the committee met.", False),
        ("According to Ning, the plan failed.", False),
        ("In 1999, Poole moved to Bern and his sister stayed.", False),
        ("The plan failed, she said.", False),
    ],
)
def test_what_refers_back_is_known_by_how_it_opens(text: str, refers: bool) -> None:
    question = understand("What happened?", rarity=rarity)
    assert refers_back(weigh(question, of(text)).candidates[0]) is refers


@pytest.mark.parametrize(
    "text",
    [
        "Search Trends",
        " date 2026-01-22 Connect with us",
        "Share this",
        "© 2024 Example Ltd. All rights reserved.",
        "Subscribe to our newsletter!",
        "Privacy Policy | Terms of Use | Contact us",
        "Published on May 5, 2024",
        "3 min read",
        "--- 42 ---",
    ],
)
def test_the_frame_of_a_page_is_furniture(text: str) -> None:
    assert is_furniture(text)


@pytest.mark.parametrize(
    "text",
    [
        "The recommended dose is 5 mg.",
        "Copyright expires after 70 years.",
        "You must log in first.",
        "The site map shows three wells.",
        "China will continue to take necessary measures.",
    ],
)
def test_a_sentence_that_only_uses_such_words_is_none(text: str) -> None:
    assert not is_furniture(text)


def test_a_line_alone_without_verb_or_mark_is_a_heading_and_a_list_item_is_not() -> None:
    texts = {
        each.text: is_heading(each) for each in of("Opening hours\n\nWe open at nine.\n\n- Ten coins\n- Two keys\n")
    }
    assert texts == {"Opening hours": True, "We open at nine.": False, "- Ten coins": False, "- Two keys": False}


@pytest.mark.parametrize(
    ("question", "kind", "broad"),
    [
        ("Who announced the ban?", "agent", False),
        ("When was it announced?", "time", False),
        ("In what year was it built?", "time", False),
        ("How many trucks are there?", "count", False),
        ("How much did it cost?", "amount", False),
        ("How old is the bridge?", "duration", False),
        ("Where is the bridge?", "place", False),
        ("Which European countries joined?", "name", False),
        ("Why was it closed?", "reason", True),
        ("How does it work?", "manner", True),
        ("What is a bridge?", "meaning", True),
        ("What did Guo say about trade?", "saying", True),
        ("Does it rain?", "truth", False),
        ("Which products failed?", "thing", False),
        ("opening hours", "open", True),
        ("Who built it and why?", "reason", True),
    ],
)
def test_the_kind_of_answer_is_read_from_the_question(question: str, kind: Kind, broad: bool) -> None:
    asked = understand(question, rarity=rarity)
    assert (asked.kind, asked.broad) == (kind, broad)


def test_words_that_only_ask_need_not_stand_in_an_answer() -> None:
    asked = understand("Please tell me, which European countries have joined?", rarity=rarity)
    assert [term.written for term in asked.terms] == ["European", "joined"]
    assert asked.asked == "which European countries"


def test_no_sentences_are_no_answer() -> None:
    for sentences in ([], of("Search Trends"), of("Why?")):
        draft = extract("Why?", sentences, rarity=rarity)
        assert draft.statements == ()
        assert draft.reason == "The documents hold no text that could answer this."


def test_an_abstention_says_that_only_english_is_understood() -> None:
    draft = extract("Wann wurde die Brücke gebaut?", of("The bridge was opened in 1932."), rarity=rarity)
    assert draft.statements == ()
    assert draft.reason is not None
    assert "ask it in English" in draft.reason


def test_the_weights_are_those_of_the_features_and_no_length_or_place_is_among_them() -> None:
    question = understand("When was the bridge opened?", rarity=rarity)
    evidence = weigh(question, of("The bridge was opened in 1932."))
    best = ranked(question, evidence, weights=learned().sentence)[0].candidate
    assert set(sentence_features(question, evidence, best)) == set(learned().sentence)
    assert set(decision_features(question, evidence, best)) == set(learned().answerable)
    for name in [*learned().sentence, *learned().answerable]:
        assert not any(word in name for word in ("length", "position", "place_", "order", "count_of"))


def test_the_area_under_the_curve_counts_pairs() -> None:
    assert roc([0.9, 0.5], [0.5, 0.1]) == 0.875


TEXTS = st.text(max_size=300) | st.lists(
    st.sampled_from(
        'He added that | However, it | The ban | was announced | on May 21 | by Micron | in 1932 | Why? | — | 4,000 | \n\n | . | " | “ | : | 中国。'
        " | - item\n | # Head\n | Share this\n".split(" | ")
    ),
    max_size=40,
).map(" ".join)


@settings(deadline=None, max_examples=150)
@given(
    question=TEXTS,
    texts=st.lists(TEXTS, max_size=4),
    similarity=st.floats(-1, 1),
)
def test_it_never_raises_and_says_nothing_but_what_the_documents_say(
    question: str, texts: list[str], similarity: float
) -> None:
    given_sentences = [
        each for at, text in enumerate(texts) for each in of(text, file=f"{at}.txt", otherwise=similarity)
    ]
    draft = extract(question, given_sentences, rarity=rarity)
    assert bool(draft.statements) != bool(draft.reason)
    for statement in draft.statements:
        assert statement.text == statement.sources[0].text
        assert set(statement.sources) <= set(given_sentences)
    assert len({statement.sources[0] for statement in draft.statements}) == len(draft.statements)
    assert extract(question, given_sentences, rarity=rarity) == draft


def test_a_file_name_counts_as_a_mention(tmp_path: Path) -> None:
    text = "The factory was opened in 1932."
    passage = Passage("Bolton-works.txt", 0, len(text), text, "", None, (Span(0, len(text)),))
    draft = extract("When was the Bolton factory opened?", [Sentence(passage, 0, len(text), 0.7)], rarity=rarity)
    assert [statement.text for statement in draft.statements] == [text]
