"""Questions with their passage in, RougeL, length and abstentions out (the form of CLAPnq, Rosenthal et al., 2025).

A row is {"id", "question", "passage", "answerable": bool, "answers": [text], "title"}; other fields are left alone.
Each passage becomes a file of its own, as it stands; the corpus is indexed once, and each question is restricted to its
file unless it is asked of all. Does not know what is printed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from eval.cases import WrongCases, rows_of
from eval.metrics import confidence, shown_text
from eval.rouge import rouge_l
from eval.statistics import Estimate, area_under, mean, risk_coverage
from qa import Assistant


@dataclass(frozen=True, slots=True)
class Question:
    """A question, the passage that it is asked of, and the reference answers, none if it can not be answered."""

    id: str
    question: str
    passage: str
    title: str
    answerable: bool
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Given:
    """What was answered, "" for an abstention."""

    question: Question
    text: str
    confidence: float | None

    @property
    def rouge_l(self) -> float:
        """The best RougeL over the references; 0 for an abstention."""
        return max((rouge_l(self.text, each) for each in self.question.answers), default=0.0)


@dataclass(frozen=True, slots=True)
class Report:
    """Over the answerable: RougeL of all (an abstention counts 0) and of those answered, characters of these, share
    answered. Over the unanswerable: share abstained. Intervals are drawn by title.

    `risk` is the mean risk over the coverage reached, an answer to an unanswerable question being the error.
    """

    count: int
    answerable: int
    rouge_l: Estimate
    rouge_l_answered: Estimate
    characters: Estimate
    answered: Estimate
    abstained: Estimate
    risk: float | None

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)


def load(paths: Sequence[Path]) -> list[Question]:
    """The rows of question files. Raises WrongCases, naming the line."""
    return [_question(row, where) for path in paths for where, row in rows_of(path)]


def given(
    questions: Sequence[Question],
    *,
    restricted: bool = True,
    titled: bool = False,
    llm: str | None = None,
    advance: Callable[[str], None] = lambda id: None,
) -> list[Given]:
    """The answer to each question: of its own file, or of all files where not `restricted`.

    A passage's file is named by its number; with `titled`, by the title of its article as well.
    """
    with TemporaryDirectory() as scratch:
        folder = Path(scratch) / "passages"
        folder.mkdir()
        files = [_written(folder, number, each, titled=titled) for number, each in enumerate(questions, start=1)]
        found = []
        with Assistant(folder, llm=llm, store=Path(scratch) / "store") as assistant:
            assistant.sync()
            for question, file in zip(questions, files, strict=True):
                answer = assistant.answer(question.question, files=[file] if restricted else None)
                found.append(Given(question, shown_text(answer), confidence(answer)))
                advance(question.id)
    return found


def report(found: Sequence[Given]) -> Report:
    """What the answers are worth."""
    answerable = [each for each in found if each.question.answerable]
    answered = [each for each in answerable if each.text]
    unanswerable = [each for each in found if not each.question.answerable]
    outcomes = [(each.confidence, not each.question.answerable) for each in found]
    return Report(
        count=len(found),
        answerable=len(answerable),
        rouge_l=_mean(answerable, lambda each: each.rouge_l),
        rouge_l_answered=_mean(answered, lambda each: each.rouge_l),
        characters=_mean(answered, lambda each: float(len(each.text))),
        answered=_mean(answerable, lambda each: float(bool(each.text))),
        abstained=_mean(unanswerable, lambda each: float(not each.text)),
        risk=area_under(risk_coverage(outcomes)),
    )


def _mean(found: Sequence[Given], value_of: Callable[[Given], float]) -> Estimate:
    return mean([value_of(each) for each in found], [each.question.title or each.question.id for each in found])


def _written(folder: Path, number: int, question: Question, *, titled: bool) -> str:
    title = " ".join("".join(each if each.isalnum() else " " for each in question.title).split())[:80]
    name = f"{title} {number}.txt" if titled and title else f"{number}.txt"
    (folder / name).write_text(question.passage, encoding="utf-8", newline="")
    return name


def _question(row: dict[str, Any], where: str) -> Question:
    try:
        if not isinstance(row["answerable"], bool):
            raise ValueError("'answerable' must be true or false")
        texts = (row["question"], row["passage"], row.get("title") or "", *row.get("answers", []))
        if not all(isinstance(each, str) for each in texts):
            raise ValueError("'question', 'passage', 'title' and each of 'answers' must be texts")
        if row["answerable"] and not row.get("answers"):
            raise ValueError("an answerable question needs 'answers'")
        question, passage, title, *answers = texts
        return Question(str(row["id"]), question, passage, title, row["answerable"], tuple(answers))
    except KeyError as error:
        raise WrongCases(f"{where}: the field {error.args[0]!r} of a question is missing.") from error
    except (TypeError, ValueError) as error:
        raise WrongCases(f"{where}: {error}.") from error
