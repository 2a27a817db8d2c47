"""`sync` of new files against the bare encoding of the same passages, in one run: seconds, processor time, ratios.

    python benchmarks/sync.py [--corpus DIR] [--files 200]

Without a folder, one is made of the seeds' sentences in random order (fixed seed). The bare encoding runs before and
after, and its mean counts, since a machine's speed drifts. Reading, splitting, Chroma, Tantivy and the loading of both
libraries are all in the time of `sync`.
"""

from __future__ import annotations

import argparse
import tempfile
from functools import partial
from pathlib import Path

from corpus import of_seeds
from timing import timed

from qa import embed, load
from qa.index import open_index
from qa.passages import split
from qa.types import Encoder, Passage


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--files", type=int, default=200)
    given = parser.parse_args()
    encoder = embed.builtin()
    encoder.question("Load the model.")
    with tempfile.TemporaryDirectory() as scratch:
        corpus = given.corpus or of_seeds(Path(scratch) / "corpus", files=given.files)
        files = load.scan(corpus).files
        read = partial(load.read, corpus)
        cut = partial(split, tokens=220, fits=encoder.fits)
        passages = [passage for each in files for passage in cut(read(each.file))]
        with open_index(Path(scratch) / "store", encoder=encoder.name, dimensions=encoder.dimensions) as index:
            sync = partial(index.sync, files, read=read, split=cut, encode=encoder.passages)
            before = timed(lambda: encode(encoder, passages))
            first = timed(sync)
            after = timed(lambda: encode(encoder, passages))
            unchanged = timed(sync)
    wall, processor = ((one + other) / 2 for one, other in zip(before, after, strict=True))
    print(f"{len(files)} files, {len(passages)} passages")
    print(f"encoding  {wall:8.2f} s {processor:8.2f} s of processor time")
    print(f"sync      {first[0]:8.2f} s {first[1]:8.2f} s of processor time")
    print(f"ratio     {first[0] / wall:8.3f}   {first[1] / processor:8.3f}")
    print(f"unchanged {unchanged[0] * 1e3:8.2f} ms")


def encode(encoder: Encoder, passages: list[Passage]) -> None:
    for _ in encoder.passages(passages):
        pass


if __name__ == "__main__":
    main()
