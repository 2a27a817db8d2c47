"""A question in a warm process, from the question to the verified Answer, over a folder of files.

    python benchmarks/warm.py [--corpus DIR] [--files 1000]

Without a folder, one is made of the seeds' sentences in random order (fixed seed), about six passages' worth a file.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from functools import partial
from pathlib import Path

from corpus import of_seeds
from timing import p95, timed

import qa

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
        corpus = given.corpus or of_seeds(Path(scratch) / "corpus", files=given.files)
        with qa.Assistant(corpus, store=Path(scratch) / "store") as assistant:
            print(f"first sync      {timed(assistant.sync)[0]:7.1f} s")
            print(f"unchanged sync  {timed(assistant.sync)[0] * 1e3:7.1f} ms")
            assistant.answer(QUESTIONS[0])
            times = [timed(partial(assistant.answer, question))[0] for question in QUESTIONS * 10]
    print(f"question        {statistics.median(times) * 1e3:7.1f} ms median, {p95(times) * 1e3:.1f} ms p95")


if __name__ == "__main__":
    main()
