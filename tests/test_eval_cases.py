"""What the suite takes for a case, and what it refuses before anything is run."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, get_args

import pytest

from eval import cases
from eval.cases import Case, Category, Suite, WrongCases, load
from eval.categories import RULES, Observed, missing
from qa import Answer, Citation, Statement

ROW: dict[str, Any] = {
    "id": "a",
    "category": "single_fact",
    "cluster": "c",
    "question": "How high is the tower?",
    "points": [{"number": 120, "unit": "metres"}],
    "evidence": [[{"file": "tower.txt", "quote": "120 metres"}]],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "tower.txt").write_bytes("\ufeffThe tower is 120 metres high.\r\n".encode())
    return documents


def written(tmp_path: Path, *rows: dict[str, Any] | str) -> Path:
    path = tmp_path / "cases.jsonl"
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), "utf-8")
    return path


def test_a_case_needs_five_fields_and_has_defaults_for_the_others(tmp_path: Path, folder: Path) -> None:
    (case,) = load([written(tmp_path, ROW)], folder=folder).cases
    assert (case.corpus, case.answerable, case.critical, case.files) == ("seeds", "yes", False, None)
    assert str(case.points[0]) == "120 metres"


def test_the_text_of_a_corpus_is_its_bytes_decoded_without_a_byte_order_mark(tmp_path: Path, folder: Path) -> None:
    suite = load([written(tmp_path, ROW)], folder=folder)
    assert suite.corpora["seeds"].texts == {"tower.txt": "The tower is 120 metres high.\r\n"}


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"pionts": []}, "the field 'pionts' is not known"),
        ({"category": "easy"}, "'category' must be one of"),
        ({"answerable": True}, "'answerable' must be one of"),
        ({"points": [{"number": "120"}]}, "must be numbers"),
        ({"points": [{"any_of": ["x"], "regex": "x"}]}, "a point has either"),
        ({"points": [{"regex": "("}]}, "is not a regular expression"),
        ({"points": []}, "needs 'points'"),
        ({"history": [["only a question"]]}, "pairs of a question and its answer"),
        ({"evidence": [[{"file": "tower.txt", "quote": "121 metres"}]]}, "does not occur in 'tower.txt'"),
        ({"evidence": [[{"file": "none.txt", "quote": "x"}]]}, "there is no file 'none.txt'"),
        ({"evidence": [[]]}, "is empty"),
        ({"must_cite_files": ["none.txt"]}, "there is no file 'none.txt'"),
        ({"twin": "b"}, "the twin 'b' is not among the cases"),
        ({"cluster": ""}, "'cluster' must be a text that is not empty"),
        ({"category": "near_miss"}, "is not answerable"),
        ({"category": "near_miss", "answerable": "no", "points": []}, "needs a 'twin'"),
        ({"category": "quote_attribution"}, "needs its 'speaker'"),
        ({"max_characters": 0}, "a whole number above 0"),
    ],
)
def test_a_case_that_can_not_be_judged_is_refused_with_its_line(
    tmp_path: Path, folder: Path, change: dict[str, Any], complaint: str
) -> None:
    path = written(tmp_path, ROW, {**ROW, "id": "z", **change})
    with pytest.raises(WrongCases) as refusal:
        load([path], folder=folder)
    assert str(refusal.value).startswith("cases.jsonl:2: ")
    assert complaint in str(refusal.value)


def test_a_missing_field_is_named(tmp_path: Path, folder: Path) -> None:
    row = {name: value for name, value in ROW.items() if name != "cluster"}
    with pytest.raises(WrongCases, match="the field 'cluster' is missing"):
        load([written(tmp_path, row)], folder=folder)


def test_two_cases_with_one_id_are_refused(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(WrongCases, match="the id 'a' is used twice"):
        load([written(tmp_path, ROW, ROW)], folder=folder)


@pytest.mark.parametrize("line", ["{", "[]", '"text"'])
def test_a_line_that_is_no_object_is_refused(tmp_path: Path, folder: Path, line: str) -> None:
    with pytest.raises(WrongCases, match=r"cases\.jsonl:2: this line is not"):
        load([written(tmp_path, ROW, line)], folder=folder)


def test_a_missing_file_or_folder_is_one_sentence(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(WrongCases, match="can not be read"):
        load([tmp_path / "none.jsonl"], folder=folder)
    with pytest.raises(WrongCases, match="There is no folder"):
        load([written(tmp_path, ROW)], folder=tmp_path / "none")
    with pytest.raises(WrongCases, match="There is no case"):
        load([written(tmp_path, "")], folder=folder)


def test_the_hash_of_cases_does_not_depend_on_their_layout(tmp_path: Path, folder: Path) -> None:
    second = {**ROW, "id": "b"}
    one = load([written(tmp_path, ROW, second)], folder=folder).sha256
    assert load([written(tmp_path, "", second, ROW)], folder=folder).sha256 == one
    assert load([written(tmp_path, ROW, {**second, "critical": True})], folder=folder).sha256 != one


def test_the_hash_of_a_corpus_changes_with_one_byte(tmp_path: Path, folder: Path) -> None:
    path = written(tmp_path, ROW)
    one = load([path], folder=folder).corpora_sha256
    (folder / "tower.txt").write_text("The tower is 120 metres high!", "utf-8")
    assert load([path], folder=folder).corpora_sha256 != one


def test_every_category_has_a_rule_and_no_other_has() -> None:
    assert set(RULES) == set(get_args(Category))


def test_the_built_in_cases_are_valid_and_at_least_a_hundred_and_twenty() -> None:
    suite = load(cases.built_in())
    assert len(suite.cases) >= 120
    assert {case.category for case in suite.cases} == set(get_args(Category))


def perfect(case: Case, suite: Suite) -> Answer:
    """The answer that says the first gold evidence word for word, or an abstention where there is nothing to say."""
    texts = suite.corpora[case.corpus].texts
    if case.answerable == "no" or not case.evidence:
        return Answer(case.question, "by hand", (), (), (), (), "The documents do not say.")
    statements = []
    for file, quote in case.evidence[0]:
        start = texts[file].index(quote)
        line = 1 + len(re.findall(r"\r\n|\r|\n", texts[file][:start]))
        cited = Citation(file, start, start + len(quote), quote, line, None, "0" * 64)
        statements.append(Statement(quote, "supported", 1.0, "it is the source", (cited,)))
    note = "The documents do not say the rest." if case.answerable == "partial" else None
    return Answer(case.question, "by hand", tuple(statements), (), (), (), None, note=note)


def test_the_gold_evidence_of_every_built_in_case_passes_its_own_rule() -> None:
    suite = load(cases.built_in())
    seen = {case.id: Observed(case, perfect(case, suite), suite.corpora[case.corpus].texts) for case in suite.cases}
    found = {case.id: missing(seen[case.id], seen[case.twin] if case.twin else None) for case in suite.cases}
    assert {id: lack for id, lack in found.items() if lack} == {}
