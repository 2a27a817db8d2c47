"""How fast the built-in encoder is: one text a run against batches, 8 bits against full precision.

    python benchmarks/encode.py [--full-precision FUSED.onnx] [--rounds 5]

The texts are runs of one to eight sentences of the seeds. All ways take turns in one process and each is given its
best time, so that the ratios hold; on a busy machine only those of processor time do.
`qa/weights/build_minilm.py --fused` makes FUSED.onnx.
"""

from __future__ import annotations

import argparse
import itertools
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from qa import embed
from qa.text.sentences import sentences
from qa.types import Passage

ROOT = Path(__file__).resolve().parent.parent
WEIGHTS = ROOT / "qa" / "weights"
PROCESSORS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full-precision", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    passages = passages_of_seeds()
    rows = word_pieces([passage.text for passage in passages])
    ways = ways_to_encode(passages, rows, arguments.full_precision)
    taken = measured(ways, rounds=arguments.rounds)
    pieces = sum(map(len, rows))
    print(f"{len(rows)} texts, {pieces / len(rows):.0f} word pieces each, {PROCESSORS} processors")
    first = taken[next(iter(ways))]
    for name, (wall, cpu) in taken.items():
        print(f"{name:48} {pieces / wall:7.0f} pieces/s   {wall / first[0]:.2f} of the first in time", end="")
        print(f"   {pieces / cpu:7.0f} pieces/processor second   {cpu / first[1]:.2f} of the first")


def measured(ways: dict[str, Callable[[], object]], *, rounds: int) -> dict[str, tuple[float, float]]:
    """The shortest time and the least processor time of each, in seconds."""
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for _, (name, run) in itertools.product(range(rounds), ways.items()):
        start, start_cpu = time.perf_counter(), time.process_time()
        run()
        times[name].append((time.perf_counter() - start, time.process_time() - start_cpu))
    return {name: (min(wall for wall, _ in each), min(cpu for _, cpu in each)) for name, each in times.items()}


def ways_to_encode(
    passages: Sequence[Passage], rows: Sequence[Sequence[int]], full_precision: Path | None
) -> dict[str, Callable[[], object]]:
    encoder = embed.builtin()
    ways: dict[str, Callable[[], object]] = {
        "qa.embed, passages and sentences": lambda: list(encoder.passages(passages))
    }
    models = {"8 bits": WEIGHTS / "minilm.onnx"}
    if full_precision:
        models["full precision"] = full_precision
    for name, path in models.items():
        single, spread = session(path, threads=1), session(path, threads=PROCESSORS)
        ways[f"{name}, one a run, runs side by side"] = partial(side_by_side, single, rows)
        for size in (8, 32):
            ways[f"{name}, batches of {size}, sorted by length"] = partial(batches, spread, rows, size)
    return ways


def passages_of_seeds() -> list[Passage]:
    passages = []
    for file in sorted((ROOT / "seeds").glob("*.txt")):
        text = file.read_text("utf-8")
        spans = sentences(text)
        for first, count in itertools.product(range(len(spans)), (1, 2, 3, 4, 6, 8)):
            run = spans[first : first + count]
            start, end = run[0].start, run[-1].end
            passages.append(Passage(file.name, start, end, text[start:end], sentences=tuple(run)))
    return passages


def word_pieces(texts: Sequence[str]) -> list[list[int]]:
    tokenizer = Tokenizer.from_file(str(WEIGHTS / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(256)
    return [encoding.ids for encoding in tokenizer.encode_batch(list(texts))]


def session(path: Path, *, threads: int) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    # A thread that waits for another must not count as work.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def side_by_side(model: Any, rows: Sequence[Sequence[int]]) -> None:
    with ThreadPoolExecutor(PROCESSORS) as pool:
        list(pool.map(lambda row: model.run(None, feed([row])), rows))


def batches(model: Any, rows: Sequence[Sequence[int]], size: int) -> None:
    ordered = sorted(rows, key=len)
    for first in range(0, len(ordered), size):
        model.run(None, feed(ordered[first : first + size]))


def feed(rows: Sequence[Sequence[int]]) -> dict[str, Any]:
    width = max(map(len, rows))
    pieces = np.array([[*row, *[0] * (width - len(row))] for row in rows], np.int64)
    mask = np.array([[1] * len(row) + [0] * (width - len(row)) for row in rows], np.int64)
    return {"input_ids": pieces, "attention_mask": mask, "token_type_ids": np.zeros_like(pieces)}


if __name__ == "__main__":
    main()
