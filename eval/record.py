"""What one run of the suite found, as it is written, read back and compared: results.json, and without its details
baseline.json.

Holds no time and no path of a machine, so that two runs of one tree are the same bytes. Does not know how a case is
run.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

import qa
from qa import QAError

State = Literal["passed", "failed", "error"]

FORM = 1
"""The number of the form of the files; one that this program does not know is refused."""


class WrongRecord(QAError):
    """A file is not a record of a run, or can not be compared; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one case. `values` are its scores by metric, without those that do not apply; an error has
    none."""

    id: str
    category: str
    cluster: str
    critical: bool
    state: State
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Power:
    """What the check did with the mutants of one operator, or with unchanged sentences: `flagged` of `count`."""

    flagged: int
    count: int

    @property
    def rate(self) -> float | None:
        """The share that was not called supported; None where there was nothing to flag."""
        return self.flagged / self.count if self.count else None


@dataclass(frozen=True, slots=True)
class Record:
    """A run: what it was a run of, and what became of each case and of each operator of the mutation tests."""

    cases: str
    """sha256 of the cases, of the corpora and of the code below."""
    corpus: str
    code: str
    configuration: Mapping[str, Any]
    outcomes: tuple[Outcome, ...]
    powers: Mapping[str, Power] = field(default_factory=dict)

    @property
    def configuration_sha256(self) -> str:
        """Of the settings and the encoder's name."""
        return hashlib.sha256(json.dumps(self.configuration, sort_keys=True).encode()).hexdigest()

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; `from_dict` reads them back."""
        return {"form": FORM, **asdict(self), "configuration_sha256": self.configuration_sha256}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Record:
        """Read a record back, details beside it ignored. Raises WrongRecord."""
        try:
            if record["form"] != FORM:
                raise ValueError(f"its form is {record['form']!r}, not {FORM}")
            return cls(
                cases=record["cases"],
                corpus=record["corpus"],
                code=record["code"],
                configuration=record["configuration"],
                outcomes=tuple(_outcome(each) for each in record["outcomes"]),
                powers={name: Power(**each) for name, each in record["powers"].items()},
            )
        except (KeyError, TypeError, ValueError) as error:
            raise WrongRecord(
                f"This is not a record of a run ({error}); make one with `python -m eval run`."
            ) from error


def write(path: Path, value: Mapping[str, Any]) -> None:
    """Write JSON, sorted and one value a line, so that a change of one case is a change of few lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False) + "\n", encoding="utf-8"
    )


def read(path: Path, *, instead: str) -> dict[str, Any]:
    """Read what `write` wrote; `instead` says what to do where there is no such file. Raises WrongRecord."""
    try:
        value = json.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise WrongRecord(f"There is no {path.name}; {instead}.") from error
    except (OSError, ValueError) as error:
        raise WrongRecord(f"{path.name} can not be read ({error}); {instead}.") from error
    if not isinstance(value, dict):
        raise WrongRecord(f"{path.name} is not a record of a run; {instead}.")
    return value


def code_sha256() -> str:
    """Of every file of the package `qa` as installed, compiled ones left out."""
    package = Path(qa.__file__).resolve().parent
    files = sorted(path for path in package.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return _sha256([(path.relative_to(package).as_posix(), path) for path in files])


def _sha256(files: Sequence[tuple[str, Path]]) -> str:
    digest = hashlib.sha256()
    for name, path in files:
        digest.update(f"{name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()


def outcome_state(value: str) -> State:
    """The text as a State. Raises ValueError."""
    for state in get_args(State):
        if value == state:
            return state  # type: ignore[no-any-return]
    raise ValueError(f"{value!r} is no state of a case")


def _outcome(each: Mapping[str, Any]) -> Outcome:
    return Outcome(
        id=each["id"],
        category=each["category"],
        cluster=each["cluster"],
        critical=bool(each["critical"]),
        state=outcome_state(each["state"]),
        values=dict(each["values"]),
    )
