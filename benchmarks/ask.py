"""`qa ask` on an unchanged index against a peer's `ask`: whole processes in turn, their medians and the ratio.

    python benchmarks/ask.py --peer "python peer.py ask STORE" [--runs 9]

The peer is any command that takes the question as its last argument and whose index of the same folder is ready.
"""

from __future__ import annotations

import argparse
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

QUESTION = "Why was Micron barred?"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", required=True, help="the peer's command, without the question")
    parser.add_argument("--runs", type=int, default=9)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as store:
        ours = [sys.executable, "-m", "qa", "ask", QUESTION, "--store", store]
        theirs = [*shlex.split(given.peer), QUESTION]
        seconds(ours), seconds(theirs)
        pairs = [(seconds(ours), seconds(theirs)) for _ in range(given.runs)]
    print(f"qa    {statistics.median(ours for ours, _ in pairs):.2f} s")
    print(f"peer  {statistics.median(theirs for _, theirs in pairs):.2f} s")
    print(f"ratio {statistics.median(ours / theirs for ours, theirs in pairs):.3f} (median of {given.runs} pairs)")


def seconds(command: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=Path(__file__).resolve().parent.parent)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
