"""Nothing is shown that the file on disk does not prove."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from qa import load
from qa.types import Answer, Draft, DraftStatement, Passage, Sentence, WrongUse
from qa.verify import prove, reprove

TEXT = "\ufeffRain fell.\r\nIt was 12 degrees on Monday. The mayor did not speak.\n"


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    (tmp_path / "a.txt").write_bytes(TEXT.encode("utf-8"))
    return tmp_path


def sentence(corpus: Path, quote: str, file: str = "a.txt") -> Sentence:
    text = load.read(corpus, "a.txt").text
    start = text.index(quote)
    return Sentence(Passage(file, 0, len(text), text), start, start + len(quote), 0.5)


def proven(corpus: Path, text: str, *sources: Sentence):  # type: ignore[no-untyped-def]
    draft = Draft("?", "extractive", (DraftStatement(text, sources),))
    return prove(draft, [], read=lambda file: load.read(corpus, file))


def test_a_citation_is_the_span_of_the_file_with_its_line_and_hash(corpus: Path) -> None:
    quote = "It was 12 degrees on Monday."
    (citation,) = proven(corpus, quote, sentence(corpus, quote)).citations
    assert TEXT.lstrip("\ufeff")[citation.start : citation.end] == citation.quote == quote
    assert (citation.line, citation.page) == (2, None)
    assert citation.sha256 == load.read(corpus, "a.txt").sha256


def test_a_statement_with_a_number_that_its_source_lacks_is_withheld(corpus: Path) -> None:
    answer = proven(corpus, "It was 21 degrees on Monday.", sentence(corpus, "It was 12 degrees on Monday."))
    assert answer.abstained
    assert answer.withheld[0].verdict == "contradicted"
    assert "12" in answer.withheld[0].reason
    assert "21" in answer.withheld[0].reason


def test_a_statement_without_a_source_is_withheld(corpus: Path) -> None:
    assert proven(corpus, "Rain fell.").withheld[0].reason == "it names no source"


def test_a_statement_whose_file_changed_since_it_was_indexed_is_withheld(corpus: Path) -> None:
    source = sentence(corpus, "Rain fell.")
    (corpus / "a.txt").write_text("Snow fell. And more.", "utf-8")
    assert "has changed" in proven(corpus, "Rain fell.", source).withheld[0].reason


def test_a_statement_whose_file_is_gone_is_withheld(corpus: Path) -> None:
    source = sentence(corpus, "Rain fell.")
    (corpus / "a.txt").unlink()
    answer = proven(corpus, "Rain fell.", source)
    assert "is gone" in answer.withheld[0].reason
    assert answer.reason
    assert answer.text == ""


def test_two_sentences_in_a_row_are_one_citation(corpus: Path) -> None:
    first, second = sentence(corpus, "It was 12 degrees on Monday."), sentence(corpus, "The mayor did not speak.")
    answer = proven(corpus, f"{first.text} {second.text}", second, first)
    assert [citation.quote for citation in answer.citations] == [f"{first.text} {second.text}"]


def test_a_receipt_tells_what_became_of_each_citation(corpus: Path) -> None:
    quote = "It was 12 degrees on Monday."
    answer = proven(corpus, quote, sentence(corpus, quote))

    def status() -> tuple[str, int | None]:
        (found,) = reprove(answer, read=lambda file: load.read(corpus, file))
        return found.status, found.start

    assert status() == ("intact", 12)
    (corpus / "a.txt").write_text("New first line.\n" + quote, "utf-8")
    assert status() == ("moved", 16)
    (corpus / "a.txt").write_text("It was 13 degrees.", "utf-8")
    assert status() == ("changed", None)
    (corpus / "a.txt").unlink()
    assert status() == ("gone", None)


@pytest.mark.parametrize(
    ("altered", "status"),
    [
        ({"line": 3}, "moved"),
        ({"page": 1}, "moved"),
        ({"start": -5}, "moved"),
        ({"file": "b.txt"}, "gone"),
        ({"quote": "It was 13 degrees on Monday."}, "changed"),
    ],
)
def test_a_citation_of_which_anything_was_altered_is_not_intact(
    corpus: Path, altered: dict[str, Any], status: str
) -> None:
    (found,) = reprove(altered_answer(corpus, altered), read=lambda file: load.read(corpus, file))
    assert found.status == status


@pytest.mark.parametrize(
    "altered", [{"start": "x"}, {"end": None}, {"line": "2"}, {"page": 1.0}, {"quote": 5}, {"file": ["a.txt"]}]
)
def test_a_citation_that_no_answer_has_is_wrong_use(corpus: Path, altered: dict[str, Any]) -> None:
    with pytest.raises(WrongUse, match=f"The {next(iter(altered))} of a citation"):
        reprove(altered_answer(corpus, altered), read=lambda file: load.read(corpus, file))


def altered_answer(corpus: Path, altered: dict[str, Any]) -> Answer:
    quote = "It was 12 degrees on Monday."
    receipt = proven(corpus, quote, sentence(corpus, quote)).to_dict()
    receipt["statements"][0]["citations"][0] |= altered
    return Answer.from_dict(receipt)
