"""The prompts: prose with $names, each filled, none left over, and the whole of one kept in a golden file."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa.generate.layout import laid_out
from qa.text.prompts import filled
from qa.types import Passage, Sentence

ROOT = Path(__file__).resolve().parent.parent
GOLDEN = ROOT / "tests" / "golden" / "answer_prompt.txt"

# What each prompt has a place for.
NAMES = {"answer": {"boundary", "passages", "question"}, "judge": {"boundary", "evidence", "answer"}}


def test_every_prompt_is_known_here() -> None:
    assert {path.stem for path in (ROOT / "prompts").glob("*.md")} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_prompt_is_filled_when_every_name_has_a_value(name: str) -> None:
    prompt = filled(name, {each: f"<{each}>" for each in NAMES[name]})
    assert prompt.system
    assert prompt.user
    assert all(f"<{each}>" in prompt.system + prompt.user for each in NAMES[name])
    assert "$" not in prompt.system + prompt.user


@pytest.mark.parametrize("name", NAMES)
def test_a_name_without_a_value_and_a_value_without_a_name_are_errors(name: str) -> None:
    values = dict.fromkeys(NAMES[name], "x")
    for each in values:
        with pytest.raises(ValueError, match=each):
            filled(name, {key: value for key, value in values.items() if key != each})
    with pytest.raises(ValueError, match="surplus"):
        filled(name, values | {"surplus": "x"})


def test_a_value_is_never_read_for_names_of_its_own() -> None:
    prompt = filled("answer", {"boundary": "=", "passages": "$question ${boundary} $$", "question": "Why?"})
    assert "$question ${boundary} $$" in prompt.user


def test_the_prompt_is_the_one_in_the_golden_file() -> None:
    """After a change of the prompt, look at it, then write what this test prints into the golden file."""
    first = passage("a.txt", "Micron failed the review. It was barred.", "Review of Micron")
    second = passage("notes/b.md", "The ban came on May 21.", "")
    layout = laid_out([*sentences(first), *sentences(second)], budget_tokens=1000, count_tokens=len)
    values = {"boundary": "=== 0123456789abcdef ===", "passages": layout.text, "question": "Why was Micron barred?"}
    prompt = filled("answer", values)
    assert f"{prompt.system}\n\n------ user ------\n\n{prompt.user}\n" == GOLDEN.read_text("utf-8")


def passage(file: str, text: str, title: str) -> Passage:
    return Passage(file, 0, len(text), text, title)


def sentences(passage: Passage) -> list[Sentence]:
    ends = [place + 1 for place, character in enumerate(passage.text) if character == "."]
    starts = [0, *(end + 1 for end in ends[:-1])]
    return [Sentence(passage, start, end, 0.5) for start, end in zip(starts, ends, strict=True)]
