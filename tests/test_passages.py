"""Documents to passages: nothing lost, nothing cut off, every place exact."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.embed import builtin
from qa.load import read, scan
from qa.passages import count_tokens, split
from qa.types import Document, Passage, Span

SEEDS = Path(__file__).parent.parent / "seeds"

PARTS = [
    *[
        "ab ",
        "The end. ",
        "He said so. ",
        "word " * 60,
        "x" * 700,
        "\n",
        "\n\n",
        "\r\n\r\n",
        "\ufeff",
        "\x00",
        "\f",
        "é",
        "e\u0301",
    ],
    *[
        "👩‍👩‍👧",
        "🇨🇳",
        "好。",
        "安" * 400,
        "שלום. ",
        "# Head\n",
        "\n## Part two\n",
        "\n- item\n",
        "1. ",
        "```\n",
        "\n| a | b |\n",
    ],
    *["-----", "|---" * 90, "<|endoftext|> ", "Title\n=====\n", "As follows:\n", "Dr. No. 5 "],
]
TEXTS = st.one_of(st.text(max_size=300), st.lists(st.sampled_from(PARTS), max_size=40).map("".join))
TITLES = st.sampled_from(["", "A title", "标题", "long title " * 100, "-" * 300, "👩‍👩‍👧" * 50])
EXAMPLES = settings(max_examples=150, deadline=None)


def document(text: str, title: str = "", pages: tuple[Span, ...] = ()) -> Document:
    return Document("a.txt", text, title, "", pages)


def fits(title: str, text: str) -> bool:
    """An encoder that takes 500 characters in all."""
    return len(title) + len(text) <= 500


def anything(title: str, text: str) -> bool:
    return True


def texts(passages: list[Passage]) -> list[str]:
    return [passage.text for passage in passages]


@EXAMPLES
@given(TEXTS, TITLES, st.integers(20, 250))
def test_every_character_but_white_space_is_in_exactly_one_passage(text: str, title: str, tokens: int) -> None:
    position = 0
    for passage in split(document(text, title), tokens=tokens, fits=fits):
        assert passage.start >= position
        assert not text[position : passage.start].strip()
        assert text[passage.start : passage.end] == passage.text == passage.text.strip()
        position = passage.end
    assert not text[position:].strip()


@EXAMPLES
@given(TEXTS, TITLES, st.integers(20, 250))
def test_a_passage_fits_the_encoder_and_the_number_of_tokens(text: str, title: str, tokens: int) -> None:
    for passage in split(document(text, title), tokens=tokens, fits=fits):
        assert fits(passage.title, passage.text)
        assert count_tokens(passage.text) <= tokens


@settings(max_examples=60, deadline=None)
@given(TEXTS, TITLES)
def test_the_builtin_encoder_reads_every_passage_to_its_end(text: str, title: str) -> None:
    encoder = builtin()
    for passage in split(document(text, title), fits=encoder.fits):
        assert encoder.fits(passage.title, passage.text)
        assert count_tokens(passage.text) <= 220


@EXAMPLES
@given(TEXTS, TITLES)
def test_a_passage_is_its_sentences_and_white_space(text: str, title: str) -> None:
    for passage in split(document(text, title), fits=fits):
        assert passage.sentences[0].start == passage.start
        assert passage.sentences[-1].end == passage.end
        for before, after in pairwise(passage.sentences):
            assert before.end <= after.start
            assert not text[before.end : after.start].strip()


@EXAMPLES
@given(TEXTS, st.integers(2, 5))
def test_the_nth_repetition_has_the_nth_place(text: str, times: int) -> None:
    section = f"# Head\n\nText. {re.sub('[#=~`-]', '', text)}".strip()
    once = split(document(section), fits=fits)
    found = split(document("\n\n".join([section] * times)), fits=fits)
    assert [passage.start for passage in found] == [
        passage.start + turn * (len(section) + 2) for turn in range(times) for passage in once
    ]


@EXAMPLES
@given(TEXTS, st.lists(st.integers(0, 300), max_size=5))
def test_no_passage_lies_on_two_pages(text: str, borders: list[int]) -> None:
    starts = sorted({0, *(border for border in borders if border < len(text))})
    pages = tuple(Span(start, end) for start, end in pairwise([*starts, len(text)]))
    for passage in split(document(text, pages=pages), fits=fits):
        assert passage.page is not None
        page = pages[passage.page - 1]
        assert page.start <= passage.start
        assert passage.end <= page.end


def test_a_text_without_pages_has_no_page_numbers() -> None:
    assert [passage.page for passage in split(document("One. Two."), fits=fits)] == [None]


@pytest.mark.parametrize("text", ["", " \r\n\t", "\n"])
def test_nothing_but_white_space_is_no_passage(text: str) -> None:
    assert split(document(text, "A title"), fits=fits) == []


def test_a_short_document_is_one_passage() -> None:
    (passage,) = split(document("First. Second.\n\nThird.", "A title"), fits=fits)
    assert passage == Passage("a.txt", 0, 22, "First. Second.\n\nThird.", "A title")
    assert passage.sentences == (Span(0, 6), Span(7, 14), Span(16, 22))


def test_a_passage_never_crosses_a_heading_and_stands_under_its_path() -> None:
    text = (
        "# Handbook\n\nWelcome to all.\n\n## Leave\n\n### Parents\n\nTwelve weeks.\n\n"
        "## Pay ##\n\nMonthly.\n\n# Annex\n\nTables."
    )
    found = split(document(text, "Handbook"), fits=fits)
    assert [(passage.title, passage.text) for passage in found] == [
        ("Handbook", "# Handbook\n\nWelcome to all."),
        ("Handbook. Leave. Parents", "## Leave\n\n### Parents\n\nTwelve weeks."),
        ("Handbook. Pay", "## Pay ##\n\nMonthly."),
        ("Handbook. Annex", "# Annex\n\nTables."),
    ]


def test_passages_end_with_paragraphs_and_are_of_about_one_length() -> None:
    paragraph = "The ministry answered on Monday. " * 7  # 42 tokens
    text = "\n\n".join(paragraph.strip() for _ in range(7))
    found = split(document(text), tokens=220, fits=anything)
    assert [passage.text.count("\n\n") + 1 for passage in found] in ([3, 4], [4, 3])


def test_a_paragraph_too_long_is_cut_between_sentences_into_halves() -> None:
    sentence = "The ministry answered on Monday."  # 6 tokens
    found = split(document(" ".join([sentence] * 40)), tokens=220, fits=anything)
    assert [passage.text.count(sentence) for passage in found] == [20, 20]
    assert all(passage.text.endswith(".") for passage in found)


def test_a_line_that_announces_stays_with_what_it_announces() -> None:
    prose = "The ministry answered on Monday. " * 5
    text = "\n\n".join([prose, prose, "Opening hours", prose, prose, "It closes as follows:", prose])
    for tokens in range(40, 220, 10):
        endings = [passage.text.splitlines()[-1] for passage in split(document(text), tokens=tokens, fits=anything)]
        assert not {"Opening hours", "It closes as follows:"} & set(endings)


def test_a_sentence_longer_than_a_passage_is_cut_between_words_into_equal_pieces() -> None:
    text = "ministry " * 100 + "end."
    found = split(document(text), tokens=40, fits=anything)
    assert [passage.sentences for passage in found] == [(Span(passage.start, passage.end),) for passage in found]
    assert {word for passage in found for word in passage.text.split()} == {"ministry", "end."}
    lengths = [count_tokens(passage.text) for passage in found]
    assert max(lengths) <= 40
    assert min(lengths[:-1]) >= 25


def test_a_line_of_a_megabyte_is_cut() -> None:
    text = "好" * 20_000 + "x" * 100_000 + "word " * 20_000
    found = split(document(text), fits=fits)
    assert sum(len("".join(passage.text.split())) for passage in found) == len("".join(text.split()))
    assert all(fits("", passage.text) for passage in found)


def test_a_title_gives_way_to_the_text() -> None:
    text = "The ministry answered on Monday. " * 10
    found = split(document(text, "a very long title " * 40), fits=fits)
    assert all(passage.title.startswith("a very long title") for passage in found)
    assert all(len(passage.title) <= 170 for passage in found)
    assert all("ministry" in passage.text for passage in found)


def test_special_tokens_in_a_text_are_text() -> None:
    (passage,) = split(document("They wrote <|endoftext|> there. <|im_start|>"), fits=fits)
    assert "<|endoftext|>" in passage.text
    assert count_tokens("<|endoftext|>") > 1


def test_tokens_are_those_of_cl100k_base() -> None:
    """The counts that tiktoken's own get_encoding("cl100k_base") gives, which would download its table."""
    assert count_tokens("hello world") == 2
    assert count_tokens("tiktoken is great!") == 6
    assert count_tokens("お誕生日おめでとう") == 9
    assert count_tokens("antidisestablishmentarianism") == 6
    assert count_tokens("2 + 2 = 4") == 7


def test_counting_tokens_needs_no_network_no_llama_index_and_no_environment() -> None:
    code = (
        "import os, sys, socket; before = dict(os.environ); socket.socket = None\n"
        "from qa.passages import count_tokens\n"
        "assert 'tiktoken' not in sys.modules\n"
        "assert count_tokens('hello world') == 2\n"
        "assert os.environ == before and not any(name.startswith('llama_index') for name in sys.modules)\n"
    )
    environment = {**os.environ, "TIKTOKEN_CACHE_DIR": os.devnull}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment, cwd=SEEDS.parent)


def test_the_seeds_are_cut_into_two_passages_each() -> None:
    for state in scan(SEEDS).files:
        found = split(read(SEEDS, state.file), fits=anything)
        assert len(found) == 2
        assert all(100 <= count_tokens(passage.text) <= 220 for passage in found)
        assert found == split(read(SEEDS, state.file), fits=anything)
