"""Sentences, headings and words: what a text is made of, and where it stands."""

from __future__ import annotations

import json
import textwrap
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.text.headings import Heading, headings, readable
from qa.text.language import is_english
from qa.text.sentences import LONGEST, pieces, sentences
from qa.text.words import content_words, overlap, rarity, rarity_in, words
from qa.types import Span

SEEDS = Path(__file__).parent.parent / "seeds"

# Texts out of the pieces that matter for cutting, in any order: generated letters alone would hardly ever meet them.
PARTS = [
    *"ab AB 12 .!?…,;:'\"“”‘’()[]{}|#*-_`=~\n\t\r",
    *[
        "\r\n",
        "\n\n",
        "\ufeff",
        "\u2028",
        "\x00",
        "\x1c",
        "é",
        "e\u0301",
        "👩‍👩‍👧",
        "🇨🇳",
        "好。",
        "「はい。」と",
        "שלום. ",
        "\u200b",
    ],
    *[
        "U.S. ",
        "Dr. ",
        "No. 5",
        "1.5.9 ",
        "e.g. ",
        " . ",
        " '' ",
        "`` ",
        "- item\n",
        "1. ",
        "# Head\n",
        "```\n",
        "| a | b |\n",
    ],
    *["The end. ", "He said. ", "word " * 30, "x" * 1200],
]
TEXTS = st.one_of(st.text(max_size=200), st.lists(st.sampled_from(PARTS), max_size=60).map("".join))
EXAMPLES = settings(max_examples=300, deadline=None)


def cut(text: str) -> list[str]:
    return [text[span.start : span.end] for span in sentences(text)]


@EXAMPLES
@given(TEXTS)
def test_every_character_but_white_space_is_in_exactly_one_sentence(text: str) -> None:
    position = 0
    for span in sentences(text):
        assert position <= span.start < span.end
        assert not text[position : span.start].strip()
        position = span.end
    assert not text[position:].strip()


@EXAMPLES
@given(TEXTS)
def test_a_sentence_has_no_white_space_around_it_and_a_bounded_length(text: str) -> None:
    for sentence in cut(text):
        assert sentence == sentence.strip()
        assert len(sentence) <= LONGEST


@EXAMPLES
@given(TEXTS, st.integers(1, 5))
def test_the_nth_repetition_of_a_paragraph_has_the_nth_place(text: str, times: int) -> None:
    paragraph = text.replace("`", "").replace("~", "").strip()
    once = sentences(paragraph)
    step = len(paragraph) + 2
    again = [Span(span.start + turn * step, span.end + turn * step) for turn in range(times) for span in once]
    assert sentences("\n\n".join([paragraph] * times)) == again


@EXAMPLES
@given(TEXTS, st.integers(1, 50))
def test_the_pieces_of_a_span_hold_all_of_it_in_order_and_are_no_longer_than_asked(text: str, longest: int) -> None:
    bare = text.strip()
    if not bare:
        return
    found = pieces(bare, Span(0, len(bare)), longest=longest)
    assert "".join("".join(bare[piece.start : piece.end].split()) for piece in found) == "".join(bare.split())
    assert all(0 < piece.end - piece.start <= longest for piece in found)
    assert all(before.end <= after.start for before, after in pairwise(found))


@pytest.mark.parametrize(
    "whole",
    [
        "Micron, a U.S. chipmaker, met U.S. Commerce Department staff.",
        "Dr. Smith and Mr. J. K. Rowling met Prof. Lee of St. Petersburg.",
        "See No. 5, Fig. 2, vol. 3, pp. 12 and Sec. IV of it.",
        "It rose 1.5 percent to 3.25, as version 1.5.9 had it.",
        "Apple Inc. said that Micron Technology Inc. Chief Executive Mehrotra left on Jan. 5.",
        "The hall opens at 9 a.m. Beijing time, e.g. Monday, i.e. today.",
        "Approx. 5 km from St. Olav lies a farm.",
        "WASHINGTON, D.C. – The ministry answered.",
        "Yahoo! announced it.",
        "“Why?” he asked.",
        "He waited ... and then he left.",
        "The law [...] The court read stands.",
        "Visit www.example.com/a.html?b=c or read java.lang.String there.",
        "Parens patriae ( lit. , `` parent of the fatherland '' ) is Latin .",
        "This line is wrapped by hand, so that it goes on and\non below.",
        "「はい。」と言った。",
    ],
)
def test_what_is_one_sentence_stays_one(whole: str) -> None:
    assert cut(whole) == [whole]


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("after an abbreviation", ["It was made in the U.S.", "The ministry objected."]),
        ("after a company", ["He left Apple Inc.", "It went on without him."]),
        ("after an hour", ["They met at 5 p.m.", "Then they parted."]),
        ("after an initial", ["They tested vitamin C.", "The result was poor."]),
        ("no and No.", ["No.", "That is not so.", "No. 7 is."]),
        ("closing quotes", ['Mao said "no."', "Then she left."]),
        ("closing quotes, curly", ["“It is so.”", "She left."]),
        ("opening quotes", ["Mao said so.", '"This is coercion."', "He agreed."]),
        ("two in one quotation", ["“They never did.", "Instead, they have helped,” Guo said."]),
        ("brackets", ["He agreed (in part.)", "She did not.", "[Applause.]", "He sat down."]),
        ("footnotes", ["It was so.[12]", "Later it was not.[note 3]"]),
        ("marks in a row", ["Who?!", "Me...", "Then it was quiet…", "Yes!!!"]),
        (
            "in tokens",
            ["The coat is a `` double coat '' , with stripes .", "However , the tail .", "`` No . ''", "So ."],
        ),
        ("Markdown", ["**It is so.**", "_It is not._", "He said `no.`", "She left."]),
    ],
)
def test_sentences_end(name: str, parts: list[str]) -> None:
    assert cut(" ".join(parts)) == parts


def test_chinese_and_japanese_end_without_spaces() -> None:
    assert cut("他说：“你好。”然后走了。真的吗？是！") == ["他说：“你好。”", "然后走了。", "真的吗？", "是！"]
    assert cut("彼は来た。「もう帰る。」彼女は去った。") == ["彼は来た。", "「もう帰る。」", "彼女は去った。"]


def test_a_forgotten_space_still_ends_a_sentence() -> None:
    assert cut("The ban was announced.The company objected to it.") == [
        "The ban was announced.",
        "The company objected to it.",
    ]


def test_headings_list_items_and_table_rows_are_sentences_of_their_own() -> None:
    text = "# Rates. 2026\nWe charge\n- a fee. Always.\n- a tip\n1. first\n2. second\n| EU | No. |\nlast"
    assert cut(text) == [
        "# Rates. 2026",
        "We charge",
        "- a fee.",
        "Always.",
        "- a tip",
        "1. first",
        "2. second",
        "| EU | No. |",
        "last",
    ]


def test_a_line_of_code_is_a_sentence_of_its_own() -> None:
    assert cut("```python\nprint(1). Or\n# no heading\n```\nDone.") == [
        "```python",
        "print(1). Or",
        "# no heading",
        "```",
        "Done.",
    ]


@EXAMPLES
@given(st.sampled_from([path.name for path in sorted(SEEDS.iterdir())]), st.integers(50, 120))
def test_a_wrapped_text_has_the_sentences_of_the_unwrapped_one(seed: str, width: int) -> None:
    lines = (SEEDS / seed).read_text("utf-8").replace("\xa0", " ").splitlines()
    paragraphs = [" ".join(line.split()) for line in lines if line.strip()]
    wrapped = "\n\n".join(textwrap.fill(paragraph, width, break_on_hyphens=False) for paragraph in paragraphs)
    assert [" ".join(sentence.split()) for sentence in cut(wrapped)] == cut("\n\n".join(paragraphs))


def test_a_short_line_is_not_wrapped_into_the_next() -> None:
    text = (
        "Opening hours\n"
        "The library of the old town is open from Monday to Friday, and on\n"
        "every first Saturday of the month. Nobody was born on May\n"
        "5. in it\n"
        "Old Library\n"
        "12 Castle Road\n"
    )
    assert cut(text) == [
        "Opening hours",
        "The library of the old town is open from Monday to Friday, and on\nevery first Saturday of the month.",
        "Nobody was born on May",
        "5. in it",
        "Old Library",
        "12 Castle Road",
    ]


def test_line_ends_of_windows_and_old_macs_are_line_ends() -> None:
    for line_end in ("\n", "\r\n", "\r"):
        assert cut(f"Title{line_end}{line_end}One. Two.{line_end}{line_end}Three") == ["Title", "One.", "Two.", "Three"]


def test_the_seeds_are_cut_as_a_reader_would() -> None:
    first = cut((SEEDS / "001_5dadbd3c16b493a3.txt").read_bytes().decode())
    assert len(first) == 10
    assert first[0] == "Chinese Foreign Ministry: Review of Micron based on law and facts"
    assert first[4].startswith('"The review found')
    assert first[4].endswith("said in a statement.")
    assert first[5].endswith('"this is economic coercion and unacceptable."')
    assert first[-1] == "Search Trends"
    assert len(cut((SEEDS / "000_29ec39afe49c0f64.txt").read_bytes().decode())) == 15
    assert len(cut((SEEDS / "002_333e49b273a8e5f6.txt").read_bytes().decode())) == 10


@pytest.mark.parametrize(
    "unit", ["word ", "x", ".", ". ", '"', "(", "好。", "a.", "A. ", "1. ", "- ", "|", '. " ', "a\u0301", ". . a "]
)
def test_a_line_of_a_hundred_thousand_characters_is_cut(unit: str) -> None:
    """Time is linear: were it quadratic, this would not end."""
    text = unit * (100_000 // len(unit))
    found = sentences(text)
    assert len(found) >= 100
    assert found[-1].end == len(text.rstrip())


def test_headings_have_place_level_and_title() -> None:
    text = (
        "# A **bold** [link](http://x.y) #\r\ntext\r\n\r\nUnder\r\n=====\r\n\r\n"
        "```\r\n# code\r\n```\r\n   ### C\r\n#hash"
    )
    found = headings(text)
    assert [(heading.level, heading.title) for heading in found] == [(1, "A bold link"), (1, "Under"), (3, "C")]
    assert [text[heading.start : heading.end] for heading in found] == [
        "# A **bold** [link](http://x.y) #",
        "Under",
        "### C",
    ]


@EXAMPLES
@given(TEXTS)
def test_a_heading_begins_where_a_sentence_begins(text: str) -> None:
    starts = {span.start for span in sentences(text)}
    assert all(heading.start in starts for heading in headings(text))


def test_a_horizontal_rule_and_a_front_matter_are_no_headings() -> None:
    assert headings("---\ntitle: A\n---\n\nText\n\n---\nMore") == []
    assert headings("Plain text without any.") == []
    assert headings("# ") == [Heading(0, 1, 1, "")]


def test_a_title_is_shown_without_marks_and_control_characters() -> None:
    assert readable("  The\x1b[31m `big` *plan*\u202e ") == "The [31m big plan"


def test_one_word_has_one_form_however_it_is_written() -> None:
    assert {word.form for word in words("U.S. US USA U.S.A.")} == {"usa"}
    assert [word.form for word in words("us")] == ["us"]
    assert [word.form for word in words("1,200 and 1200 and 1.5")] == ["1200", "and", "1200", "and", "1.5"]
    assert [word.form for word in words("Zürich Zurich ﬁne")] == ["zurich", "zurich", "fine"]
    assert [word.text for word in words("Mao’s and Xi's")] == ["Mao", "and", "Xi"]
    assert [word.text for word in words("网络安全")] == list("网络安全")


@EXAMPLES
@given(TEXTS)
def test_a_word_stands_where_it_says(text: str) -> None:
    found = words(text)
    assert all(text[word.start : word.end] == word.text and word.form and word.stem for word in found)
    assert all(before.end <= after.start for before, after in pairwise(found))


def test_content_words_say_something() -> None:
    assert [word.stem for word in content_words("The ministries were not banning it")] == ["ministri", "ban"]


def test_rare_words_weigh_more() -> None:
    assert 0 < rarity("the") < rarity("ministry") < rarity("cybersecurity") <= rarity("qxzzy") == 1
    assert rarity_in("ministry", found=1, passages=1000) > rarity_in("ministry", found=900, passages=1000)
    assert abs(rarity_in("ministry", found=1, passages=1) - rarity("ministry")) < 0.1
    assert 0 <= rarity_in("the", found=1000, passages=1000) < 0.2


def test_overlap_is_the_share_of_words_by_weight() -> None:
    asked = words("Micron ban")
    assert overlap(asked, frozenset()) == 0
    assert overlap(asked, frozenset({"micron"})) > 0.5
    assert overlap(asked, frozenset({"micron", "ban"})) == 1
    assert overlap([], frozenset({"micron"})) == 0


def test_sentences_are_the_same_every_time() -> None:
    text = (SEEDS / "000_29ec39afe49c0f64.txt").read_text("utf-8")
    assert json.dumps([(span.start, span.end) for span in sentences(text)]) == json.dumps(
        [(span.start, span.end) for span in sentences(text)]
    )


@pytest.mark.parametrize(
    "question",
    [
        "Wer hat Micron verboten?",
        "Wann endet der Vertrag?",
        "Qui a interdit Micron ?",
        "Combien coûte la réparation du pont ?",
        "¿Cuándo se anunció la prohibición?",
        "Quando foi construída a ponte?",
        "Hoeveel kost de reparatie van de brug?",
        "Когда построили мост?",
        "كم دقيقة يجب غلي ماء الصنبور؟",
    ],
)
def test_a_question_of_another_language_does_not_look_english(question: str) -> None:
    assert not is_english(question)


@pytest.mark.parametrize(
    "question",
    [
        "Who is Le Pen?",
        "Los Angeles population",
        "Der Spiegel circulation",
        "Who met Ursula von der Leyen?",
        "What does El Niño mean for Las Vegas?",
        "what did van Gogh paint",
        "Micron ban date",
        "E3?",
        "",
    ],
)
def test_names_of_other_languages_do_not_make_a_question_foreign(question: str) -> None:
    assert is_english(question)
