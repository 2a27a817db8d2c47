"""Cases: JSON lines and folders of documents in, a validated suite out.

Does not know how a case is answered nor what passes: `categories` does. A case that could not be judged fairly (a gold
quote that is in no file, a twin that is not there, an answerable question with nothing to look for) is refused here,
with its file and line, before anything is run.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

from qa import QAError

Category = Literal[
    "single_fact",
    "typed_fact",
    "quote_attribution",
    "multi_document",
    "conflict",
    "temporal",
    "negation",
    "near_miss",
    "off_corpus",
    "false_premise",
    "partial",
    "injection",
    "boilerplate",
    "table_number",
    "list_summary",
    "follow_up",
    "underspecified",
    "robustness",
]
CATEGORIES: tuple[str, ...] = get_args(Category)

Answerable = Literal["yes", "no", "partial"]

ROOT = Path(__file__).resolve().parent.parent
PARAPHRASES = ROOT / "eval" / "cases" / "paraphrases.jsonl"


class WrongCases(QAError):
    """Cases can not be used as they are; the text names the file, the line and what is wrong there."""


@dataclass(frozen=True, slots=True)
class Point:
    """Something that a right answer says: one of several wordings, a number with its unit, or a regular expression."""

    any_of: tuple[str, ...] = ()
    number: float | None = None
    unit: str | None = None
    tolerance: float = 0.0
    """How far from `number` still counts, in its unit."""
    regex: str | None = None

    def __str__(self) -> str:
        if self.number is not None:
            about = f" ± {self.tolerance:g}" if self.tolerance else ""
            return f"{self.number:,.10g}{about} {self.unit or ''}".strip()
        if self.regex is not None:
            return f"/{self.regex}/"
        return " or ".join(f"“{wording}”" for wording in self.any_of)


class Quote(NamedTuple):
    """Words of a file: `quote` occurs in the text of `file`, relative to the corpus."""

    file: str
    quote: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A question and what a good answer to it is, as one JSON line; the fields without a default must be there."""

    id: str
    category: Category
    cluster: str
    """What the case was made from. Cases of one cluster are not independent, and intervals take that into account."""
    question: str
    corpus: str = "seeds"
    """The folder `seeds`, or one of `eval/corpus`."""
    history: tuple[tuple[str, str], ...] = ()
    answerable: Answerable = "yes"
    points: tuple[Point, ...] = ()
    forbidden: tuple[str, ...] = ()
    evidence: tuple[tuple[Quote, ...], ...] = ()
    """Alternatives, each a set of quotes that together hold the answer."""
    must_cite_files: tuple[str, ...] = ()
    speaker: str | None = None
    files: tuple[str, ...] | None = None
    """The question is restricted to these files; None for the whole corpus."""
    critical: bool = False
    """Its failing alone is a regression."""
    twin: str | None = None
    """The case that this one was made from: answerable where this one is not, or clean where this one is not."""
    max_characters: int | None = None


@dataclass(frozen=True, slots=True)
class Corpus:
    """A folder and the text of each of its files, as `bytes.decode("utf-8")` gives it without a byte order mark."""

    name: str
    folder: Path
    texts: Mapping[str, str]
    sha256: str


@dataclass(frozen=True, slots=True)
class Suite:
    """Validated cases in order, and the corpora that they ask about, by name."""

    cases: tuple[Case, ...]
    corpora: Mapping[str, Corpus] = field(default_factory=dict)

    @property
    def sha256(self) -> str:
        """Of what the cases say; the layout and the order of their files do not matter."""
        cases = sorted((dataclasses.asdict(case) for case in self.cases), key=lambda case: str(case["id"]))
        return hashlib.sha256(json.dumps(cases, sort_keys=True).encode()).hexdigest()

    @property
    def corpora_sha256(self) -> str:
        """Of every file of every corpus: its path and its bytes."""
        together = "\n".join(f"{name} {self.corpora[name].sha256}" for name in sorted(self.corpora))
        return hashlib.sha256(together.encode()).hexdigest()


def built_in() -> list[Path]:
    """The files of cases that come with the suite."""
    return sorted(path for path in (ROOT / "eval" / "cases").glob("*.jsonl") if path != PARAPHRASES)


def load(paths: Sequence[Path], *, folder: Path | None = None) -> Suite:
    """The cases of these files; with `folder`, all of them ask about that folder. Raises WrongCases."""
    placed = [(where, _case(row, where)) for path in paths for where, row in rows_of(path)]
    if not placed:
        raise WrongCases(f"There is no case in {', '.join(map(str, paths)) or 'eval/cases'}; a case is one JSON line.")
    names = sorted({case.corpus for _, case in placed})
    corpora = {name: corpus_of(name, folder or folder_of(name)) for name in names}
    by_id: dict[str, Case] = {}
    for where, case in placed:
        if case.id in by_id:
            raise WrongCases(f"{where}: the id {case.id!r} is used twice; every case has its own.")
        by_id[case.id] = case
    for where, case in placed:
        for fault in (*_faults(case), *_faults_among(case, by_id), *_faults_in(case, corpora[case.corpus])):
            raise WrongCases(f"{where}: {fault}")
    return Suite(tuple(case for _, case in placed), corpora)


def folder_of(name: str) -> Path:
    """Where a corpus that comes with the suite lives."""
    return ROOT / "seeds" if name == "seeds" else ROOT / "eval" / "corpus" / name


def corpus_of(name: str, folder: Path) -> Corpus:
    """Read a folder. A file that is not UTF-8 has no text here, but counts for the hash. Raises WrongCases."""
    if not folder.is_dir():
        raise WrongCases(f"There is no folder {str(folder)!r} for the corpus {name!r}; name an existing one.")
    texts: dict[str, str] = {}
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        file, content = path.relative_to(folder).as_posix(), path.read_bytes()
        digest.update(f"{file}\0{hashlib.sha256(content).hexdigest()}\n".encode())
        try:
            texts[file] = content.decode("utf-8").removeprefix("\ufeff")
        except UnicodeDecodeError:
            continue
    return Corpus(name, folder, texts, digest.hexdigest())


def rows_of(path: Path) -> list[tuple[str, dict[str, Any]]]:
    """The JSON objects of a file, one a line, each with its place as "file:line". Raises WrongCases."""
    try:
        lines = path.read_text("utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongCases(f"{path} can not be read ({error}); name a file of JSON lines in UTF-8.") from error
    rows = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        where = f"{path.name}:{number}"
        try:
            row = json.loads(line)
        except ValueError as error:
            raise WrongCases(f"{where}: this line is not JSON ({error}).") from error
        if not isinstance(row, dict):
            raise WrongCases(f"{where}: this line is not a JSON object.")
        rows.append((where, row))
    return rows


def _case(row: Mapping[str, Any], where: str) -> Case:
    known = {each.name for each in dataclasses.fields(Case)}
    required = {each.name for each in dataclasses.fields(Case) if each.default is dataclasses.MISSING}
    try:
        if unknown := sorted(row.keys() - known):
            raise ValueError(f"the field {unknown[0]!r} is not known; the fields are {', '.join(sorted(known))}")
        if missing := sorted(required - row.keys()):
            raise ValueError(f"the field {missing[0]!r} is missing")
        return Case(**{name: _READERS[name](value, name) for name, value in row.items()})
    except ValueError as error:
        raise WrongCases(f"{where}: {error}.") from error


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{name!r} must be a text that is not empty, not {value!r}")
    return value


def _one_of(*values: str) -> Any:
    def read(value: Any, name: str) -> str:
        if value not in values:
            raise ValueError(f"{name!r} must be one of {', '.join(values)}, not {value!r}")
        return str(value)

    return read


def _optional_text(value: Any, name: str) -> str | None:
    return None if value is None else _text(value, name)


def _question(value: Any, name: str) -> str:
    # A robustness case may well ask the empty question.
    if not isinstance(value, str):
        raise ValueError(f"{name!r} must be a text, not {value!r}")
    return value


def _list(value: Any, name: str) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"{name!r} must be a list, not {value!r}")
    return value


def _texts(value: Any, name: str) -> tuple[str, ...]:
    return tuple(_text(each, name) for each in _list(value, name))


def _optional_texts(value: Any, name: str) -> tuple[str, ...] | None:
    return None if value is None else _texts(value, name)


def _flag(value: Any, name: str) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{name!r} must be true or false, not {value!r}")
    return value


def _count(value: Any, name: str) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError(f"{name!r} must be a whole number above 0, not {value!r}")
    return value


def _history(value: Any, name: str) -> tuple[tuple[str, str], ...]:
    turns = [_texts(turn, name) for turn in _list(value, name)]
    if any(len(turn) != 2 for turn in turns):
        raise ValueError(f"{name!r} must be pairs of a question and its answer")
    return tuple((turn[0], turn[1]) for turn in turns)


def _points(value: Any, name: str) -> tuple[Point, ...]:
    return tuple(_point(each) for each in _list(value, name))


def _point(value: Any) -> Point:
    if not isinstance(value, dict) or len(value.keys() & {"any_of", "number", "regex"}) != 1:
        raise ValueError(f"a point has either 'any_of', 'number' or 'regex', not {value!r}")
    if unknown := sorted(value.keys() - {each.name for each in dataclasses.fields(Point)}):
        raise ValueError(f"the field {unknown[0]!r} of a point is not known")
    if "any_of" in value:
        if not (wordings := _texts(value["any_of"], "any_of")):
            raise ValueError("'any_of' must name at least one wording")
        return Point(any_of=wordings)
    if "regex" in value:
        try:
            re.compile(_text(value["regex"], "regex"))
        except re.error as error:
            raise ValueError(f"{value['regex']!r} is not a regular expression ({error})") from error
        return Point(regex=value["regex"])
    number, tolerance = value["number"], value.get("tolerance", 0)
    if any(isinstance(each, bool) or not isinstance(each, int | float) for each in (number, tolerance)):
        raise ValueError(f"'number' and 'tolerance' of a point must be numbers, not {value!r}")
    return Point(number=number, unit=_optional_text(value.get("unit"), "unit"), tolerance=tolerance)


def _evidence(value: Any, name: str) -> tuple[tuple[Quote, ...], ...]:
    return tuple(tuple(_quote(each) for each in _list(alternative, name)) for alternative in _list(value, name))


def _quote(value: Any) -> Quote:
    if not isinstance(value, dict) or value.keys() != {"file", "quote"}:
        raise ValueError(f"evidence is a list of lists of {{'file', 'quote'}}, not {value!r}")
    return Quote(_text(value["file"], "file"), _text(value["quote"], "quote"))


_READERS: dict[str, Any] = {
    "id": _text,
    "category": _one_of(*CATEGORIES),
    "cluster": _text,
    "question": _question,
    "corpus": _text,
    "history": _history,
    "answerable": _one_of(*get_args(Answerable)),
    "points": _points,
    "forbidden": _texts,
    "evidence": _evidence,
    "must_cite_files": _texts,
    "speaker": _optional_text,
    "files": _optional_texts,
    "critical": _flag,
    "twin": _optional_text,
    "max_characters": _count,
}


def _faults(case: Case) -> list[str]:
    """What a case can not be judged by, seen by itself."""
    faults = []
    if case.category in ("near_miss", "off_corpus") and case.answerable != "no":
        faults.append(f"a case of {case.category!r} is not answerable; set 'answerable' to \"no\".")
    if case.category == "near_miss" and case.twin is None:
        faults.append("a near miss needs a 'twin', the answerable case that it was made from.")
    if case.category == "quote_attribution" and case.answerable == "yes" and case.speaker is None:
        faults.append("a quote attribution needs its 'speaker'.")
    open_ended = case.category in ("robustness", "false_premise", "underspecified")
    if case.answerable != "no" and not case.points and not open_ended:
        faults.append("an answerable case needs 'points', or any answer would pass.")
    if any(not alternative for alternative in case.evidence):
        faults.append("an alternative of 'evidence' is empty.")
    return faults


def _faults_among(case: Case, by_id: Mapping[str, Case]) -> list[str]:
    if case.twin is None:
        return []
    twin = by_id.get(case.twin)
    if twin is None:
        return [f"the twin {case.twin!r} is not among the cases."]
    if case.category == "near_miss" and twin.answerable == "no":
        return [f"the twin {case.twin!r} of a near miss must be answerable."]
    return []


def _faults_in(case: Case, corpus: Corpus) -> list[str]:
    """What a case says about documents and is not so."""
    quotes = [quote for alternative in case.evidence for quote in alternative]
    named = [*case.must_cite_files, *(case.files or ()), *(quote.file for quote in quotes)]
    for file in named:
        if not (corpus.folder / file).is_file():
            return [f"there is no file {file!r} in the corpus {corpus.name!r}."]
    for quote in quotes:
        if quote.quote not in corpus.texts.get(quote.file, ""):
            return [f"the quote {_short(quote.quote)!r} does not occur in {quote.file!r}."]
    return []


def _short(text: str) -> str:
    return text if len(text) <= 80 else text[:79] + "…"
