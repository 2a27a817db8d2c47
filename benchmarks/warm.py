"""A question in a warm process, from the question to the verified Answer, over a folder of files.

    python benchmarks/warm.py [--corpus DIR] [--files 1000]

Without a folder, one is made of the seeds' sentences in random order (fixed seed), about six passages' worth a file.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from pathlib import Path

import qa
from qa.assistant import seeds
from qa.text.sentences import sentences

QUESTIONS = [
    "Why was Micron barred?",
    "When was the ban announced?",
    "How many Chinese companies has the United States put on lists?",
    "What did Guo Jiakun say about the commission?",
    "Who is the chief executive of Intel?",
    "What does the European package include?",
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--files", type=int, default=1000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        corpus = given.corpus or made(Path(scratch) / "corpus", files=given.files)
        with qa.Assistant(corpus, store=Path(scratch) / "store") as assistant:
            began = time.perf_counter()
            assistant.sync()
            print(f"first sync      {time.perf_counter() - began:7.1f} s")
            began = time.perf_counter()
            assistant.sync()
            print(f"unchanged sync  {(time.perf_counter() - began) * 1e3:7.1f} ms")
            assistant.answer(QUESTIONS[0])
            times = sorted(elapsed(assistant, question) for question in QUESTIONS * 10)
    late = times[int(len(times) * 0.95)]
    print(f"question        {statistics.median(times) * 1e3:7.1f} ms median, {late * 1e3:.1f} ms p95")


def made(corpus: Path, *, files: int) -> Path:
    corpus.mkdir()
    pool = [
        text[span.start : span.end]
        for text in (path.read_text("utf-8") for path in sorted(seeds().glob("*.txt")))
        for span in sentences(text)
    ]
    chance = random.Random(0)
    for number in range(files):
        (corpus / f"{number:05}.txt").write_text(" ".join(chance.choices(pool, k=25)), "utf-8")
    return corpus


def elapsed(assistant: qa.Assistant, question: str) -> float:
    began = time.perf_counter()
    assistant.answer(question)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
