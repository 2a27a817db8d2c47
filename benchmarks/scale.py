"""How cost grows with the corpus: syncing, asking, memory and disk, over a generated folder with planted facts.

    python benchmarks/scale.py --passages 10000 [--files M] [--keep DIR] [--encoder builtin]
    python benchmarks/scale.py --compare 10000,100000

Each step runs in a process of its own, through `qa.Assistant`. By default a paragraph is a file, ten are from a million
on, and vectors are synthetic (`hashed.py`), so that minutes suffice. Every question has its answer in one place; how
many were answered with it is in the table. Times are by the clock and, in brackets, of all processors, which tells more
on a busy machine; so are their ratios.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from corpus import EVERY, facts, paragraph, planted
from timing import p95, timed

import qa

HOUR = 3600
QUESTIONS = 60
CHANGES = 3
MANY = 1_100
"""More than may stay beside the folders of Chroma and Tantivy: they are folded in."""

MIB = 2**20


@dataclass(frozen=True, slots=True)
class Place:
    """Where a corpus of so many passages and its index are, and the encoder's name."""

    folder: Path
    passages: int
    files: int
    encoder: str

    @property
    def corpus(self) -> Path:
        return self.folder / f"corpus-{self.passages}-{self.files}"

    @property
    def store(self) -> Path:
        return self.folder / f"store-{self.passages}-{self.files}-{self.encoder}"


@dataclass(frozen=True, slots=True)
class Time:
    """Seconds by the clock and of all processors."""

    clock: float
    processor: float

    @classmethod
    def of(cls, work: Callable[[], object]) -> Time:
        return cls(*timed(work))

    @classmethod
    def median(cls, times: Sequence[Time]) -> Time:
        return cls(statistics.median(each.clock for each in times), statistics.median(each.processor for each in times))

    @classmethod
    def p95(cls, times: Sequence[Time]) -> Time:
        return cls(p95([each.clock for each in times]), p95([each.processor for each in times]))


Figures = dict[str, float | Time]
"""What a step measured: times, mebibytes, per cent, as ROWS has it."""

ROWS = (
    ("first sync", "first", "s"),
    ("first sync, the most memory it had", "first_peak", "MiB"),
    ("unchanged sync, new process", "unchanged_cold", "s"),
    ("unchanged sync, again", "unchanged", "s"),
    ("one file changed", "changed", "s"),
    ("one file added", "added", "s"),
    ("one file removed", "removed", "s"),
    (f"{MANY:,} files added at once", "many", "s"),
    ("one file changed, whole new process", "changed_cold", "s"),
    ("question, whole new process", "cold", "s"),
    ("question, median", "question", "ms"),
    ("question, 95 % keep below", "question_p95", "ms"),
    ("retrieval alone, median", "retrieval", "ms"),
    ("retrieval alone, 95 % keep below", "retrieval_p95", "ms"),
    ("questions answered with the planted fact", "answered", "%"),
    ("asking process, resident", "resident", "MiB"),
    ("asking process, proportional", "proportional", "MiB"),
    ("Chroma's own index in a process", "chroma", "MiB"),
    ("asking process beyond Chroma's index", "beyond", "MiB"),
    ("the built-in encoder's part of that", "encoder_part", "MiB"),
    ("disk: texts and vectors (SQLite)", "disk_manifest", "MiB"),
    ("disk: Chroma", "disk_vectors", "MiB"),
    ("disk: Tantivy", "disk_words", "MiB"),
    ("disk: the documents", "disk_corpus", "MiB"),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passages", type=int, default=10_000)
    parser.add_argument("--files", type=int, help="as many as passages by default, a tenth from a million on")
    parser.add_argument("--compare", help="several numbers of passages, with commas between")
    parser.add_argument("--keep", type=Path, help="a folder for corpus and index, which a later run takes over")
    parser.add_argument("--encoder", choices=["hashed", "builtin"], default="hashed")
    parser.add_argument("--step", choices=[*STEPS], help=argparse.SUPPRESS)
    given = parser.parse_args()
    sizes = [int(size) for size in given.compare.split(",")] if given.compare else [given.passages]
    with _folder(given.keep) as folder:
        places = [Place(folder, size, given.files or _files_of(size), given.encoder) for size in sizes]
        if given.step:
            found = STEPS[given.step](places[0])
            print(json.dumps(found, default=lambda time: [time.clock, time.processor]))
        else:
            print(_table(places, [_measured(place) for place in places]))


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep.resolve()
        return
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def _files_of(passages: int) -> int:
    return passages if passages < 1_000_000 else passages // 10


def _measured(place: Place) -> Figures:
    if not place.corpus.exists():
        unfinished = place.corpus.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        planted(unfinished, passages=place.passages, files=place.files).rename(place.corpus)
        time.sleep(3)  # until the times of its files are old enough to be trusted
    figures: Figures = {}
    for step in STEPS:
        times, found = zip(*(_in_a_process(place, step) for _ in range(CHANGES if step in WHOLE else 1)), strict=True)
        print(f"{place.passages}: {step} {times} {found}", file=sys.stderr)
        figures |= found[-1]
        if step in WHOLE:
            figures[WHOLE[step]] = Time.median(times)
    figures["beyond"] = _number(figures["resident"]) - _number(figures["chroma"])
    return figures | _disk(place)


def _in_a_process(place: Place, step: str) -> tuple[Time, Figures]:
    """The time of the whole process, and what it measured."""
    command = [sys.executable, __file__, "--step", step, "--keep", str(place.folder), "--encoder", place.encoder]
    command += ["--passages", str(place.passages), "--files", str(place.files)]
    began, used = time.perf_counter(), _used_by_children()
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    took = Time(time.perf_counter() - began, _used_by_children() - used)
    found = json.loads(done.stdout)
    return took, {name: Time(*value) if isinstance(value, list) else value for name, value in found.items()}


def _used_by_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _disk(place: Place) -> Figures:
    sizes = {"manifest": 0, "vectors": 0, "words": 0}
    for path in place.store.rglob("*"):
        part = path.relative_to(place.store).parts[1:2]
        kind = next((kind for kind in sizes if part and part[0].startswith(kind)), None)
        if kind and path.is_file():
            sizes[kind] += path.stat().st_size
    corpus = sum(path.stat().st_size for path in place.corpus.rglob("*.txt"))
    return {f"disk_{kind}": size / MIB for kind, size in [*sizes.items(), ("corpus", corpus)]}


def _table(places: Sequence[Place], measured: Sequence[Figures]) -> str:
    heads = [f"{place.passages:,} passages, {place.files:,} files" for place in places]
    lines = [f"| | {' | '.join(heads)} |{' ratio |' if len(places) > 1 else ''}"]
    lines.append("|---|" + "---|" * (len(places) + (len(places) > 1)))
    for label, name, unit in ROWS:
        values = [figures[name] for figures in measured]
        cells = [_shown(value, unit) for value in values]
        lines.append(f"| {label} | {' | '.join(cells)} |{f' {_ratio(values)} |' if len(values) > 1 else ''}")
    return "\n".join(lines)


def _shown(value: float | Time, unit: str) -> str:
    if isinstance(value, Time):
        scale = 1e3 if unit == "ms" else 1
        return f"{_rounded(value.clock * scale)} {unit} ({_rounded(value.processor * scale)})"
    return f"{_rounded(value)} {unit}"


def _rounded(value: float) -> str:
    return f"{value:,.{0 if value >= 100 else 1 if value >= 10 else 2}f}"


def _ratio(values: Sequence[float | Time]) -> str:
    last, first = values[-1], values[0]
    if isinstance(last, Time) and isinstance(first, Time):
        return f"{last.clock / first.clock:.1f} ({last.processor / first.processor:.1f})"
    return f"{_number(last) / _number(first):.1f}"


def _number(value: float | Time) -> float:
    assert not isinstance(value, Time)
    return value


def first(place: Place) -> Figures:
    """The first sync; where an earlier run has made the index, there is nothing to do."""
    with _assistant(place) as assistant:
        return {"first": Time.of(assistant.sync), "first_peak": _memory()["VmHWM"]}


def unchanged(place: Place) -> Figures:
    with _assistant(place) as assistant:
        cold = Time.of(assistant.sync)
        return {"unchanged_cold": cold, "unchanged": Time.median([Time.of(assistant.sync) for _ in range(5)])}


def questions(place: Place) -> Figures:
    asked = list(facts(passages=place.passages, count=QUESTIONS + CHANGES))
    with _assistant(place) as assistant:
        for fact in asked[QUESTIONS:]:
            assistant.answer(fact.question)
        answers: list[qa.Answer] = []

        def ask(question: str) -> None:
            answers.append(assistant.answer(question))

        times = [Time.of(partial(ask, fact.question)) for fact in asked[:QUESTIONS]]
        found = [Time.of(partial(assistant.find, fact.question)) for fact in asked[:QUESTIONS]]
    return {
        "question": Time.median(times),
        "question_p95": Time.p95(times),
        "retrieval": Time.median(found),
        "retrieval_p95": Time.p95(found),
        "answered": 100
        * statistics.fmean(fact.answer in answer.text for fact, answer in zip(asked, answers, strict=False)),
    }


def changes(place: Place) -> Figures:
    """A file changed, added, removed, several times each, in a process that has synced before."""
    figures: Figures = {}
    with _assistant(place) as assistant:
        assistant.sync()
        for name, change in (("changed", _change), ("added", _add), ("removed", _remove)):
            times = []
            for _ in range(CHANGES):
                change(place)
                times.append(Time.of(assistant.sync))
            figures[name] = Time.median(times)
    return figures


def many(place: Place) -> Figures:
    for _ in range(MANY):
        _add(place)
    with _assistant(place) as assistant:
        return {"many": Time.of(assistant.sync)}


def change(place: Place) -> Figures:
    _change(place)
    with _assistant(place) as assistant:
        assistant.sync()
    return {}


def ask(place: Place) -> Figures:
    (fact,) = facts(passages=place.passages, count=1)
    with _assistant(place) as assistant:
        assistant.answer(fact.question)
    return {}


def memory(place: Place) -> Figures:
    """What an asking process holds after 20 questions, with the built-in encoder loaded, whatever made the vectors."""
    with _assistant(place) as assistant:
        for fact in facts(passages=place.passages, count=20):
            assistant.answer(fact.question)
        before = _memory()["VmRSS"]
        from qa import embed

        embed.builtin().question("Load the model.")
        found = _memory()
    return {
        "resident": found["VmRSS"],
        "proportional": found["Pss"],
        "encoder_part": found["VmRSS"] - before,
    }


def chroma(place: Place) -> Figures:
    """What a process grows by that opens nothing but Chroma's folder, and asks it."""
    import numpy as np

    from qa.index.vectors import Nearest

    newest = max(place.store.glob("*/vectors-*"), key=lambda path: path.stat().st_mtime)
    before = _memory()["VmRSS"]
    nearest = Nearest(newest)
    for seed in range(20):
        vector = np.random.default_rng(seed).standard_normal(384, np.float32)
        nearest.nearest(vector / np.linalg.norm(vector), limit=114)
    grown = _memory()["VmRSS"] - before
    nearest.close()
    return {"chroma": grown}


STEPS: dict[str, Callable[[Place], Figures]] = {
    step.__name__: step for step in (first, unchanged, questions, memory, chroma, changes, many, change, ask)
}


WHOLE = {"change": "changed_cold", "ask": "cold"}
"""Steps that are measured as whole processes."""


def _assistant(place: Place) -> qa.Assistant:
    assistant = qa.Assistant(place.corpus, store=place.store)
    if place.encoder == "hashed":
        from hashed import Hashed

        assistant.encoder = Hashed()
    return assistant


def _change(place: Place) -> None:
    """Put a sentence more into a file that has none of these yet."""
    path = max(_without_facts(place), key=lambda path: path.stat().st_mtime_ns)
    _write(path, f"{path.read_text('utf-8')}\nSomething was added here by a hand unknown.\n")


def _add(place: Place) -> None:
    number = time.time_ns() // 1_000 * EVERY + 1  # of a paragraph that there never was, and that has no fact
    _write(place.corpus / "00000" / f"added-{number}.txt", paragraph(number))


def _remove(place: Place) -> None:
    max(_without_facts(place), key=lambda path: path.stat().st_mtime_ns).unlink()


def _without_facts(place: Place) -> list[Path]:
    """Every fifth file, which `corpus.planted` gives no fact."""
    return sorted(place.corpus.glob("0000?/??????[38].txt"))


def _write(path: Path, text: str) -> None:
    """With a time in the past: an index does not trust one of just now, and would read the file once more."""
    path.write_text(text, "utf-8")
    moment = time.time_ns() - HOUR * 10**9
    os.utime(path, ns=(moment, moment))


def _memory() -> dict[str, float]:
    """Of this process, in MiB: VmRSS, VmHWM (the most it had), and Pss, in which what is shared counts by its share."""
    lines = [
        *Path("/proc/self/status").read_text().splitlines(),
        *Path("/proc/self/smaps_rollup").read_text().splitlines(),
    ]
    named = (line.partition(":") for line in lines)
    return {name: int(value.split()[0]) / 1024 for name, _, value in named if name in ("VmRSS", "VmHWM", "Pss")}


if __name__ == "__main__":
    main()
