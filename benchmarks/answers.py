"""How good the answers without a model are: RougeL, length and abstention on CLAPnq.

    python benchmarks/answers.py DATA/answers/clapnq.jsonl [--titled] [--folds CASES.jsonl] [--show N]

Every passage is a file of its own and the question is restricted to it; nothing but the product's own stages runs:
load, split, encode, extract. With --titled the file begins with its article's title. The shipped weights have seen
these questions; with --folds each question is answered with weights learned from the cases of the other four fifths of all
articles (`answer_cases.py`).

RougeL (Lin, 2004), F-measure: the longest common subsequence of the words (runs of letters and digits, lower case, no
stemming) of answer and reference, over the mean of their lengths; the best reference counts. An abstention is the empty
answer, 0, in "all" and left out of "answered". Published on the whole set (Rosenthal et al., 2025, gold passage, all):
GPT-4 35.9 with 18 % of the unanswerable noticed, T5-large trained on the set 57.2 with 89 %.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from qa import load
from qa.embed import builtin
from qa.extract import extract_with
from qa.extract.fit import FOLDS, cases_of, fit
from qa.extract.model import Learned, learned
from qa.passages import split
from qa.text.words import rarity
from qa.types import Draft, Sentence

_WORD = re.compile(r"[a-z0-9]+")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--titled", action="store_true")
    parser.add_argument("--folds", type=Path)
    parser.add_argument("--show", type=int, default=0)
    options = parser.parse_args()
    rows = [json.loads(line) for line in options.questions.read_text("utf-8").splitlines()]
    weights = by_fold(options.folds) if options.folds else [learned()] * FOLDS
    with tempfile.TemporaryDirectory() as folder:
        found = sentences_of(rows, Path(folder), titled=options.titled)
    drafts = [
        extract_with(weights[fold_of(row["title"])], row["question"], sentences, rarity=rarity)
        for row, sentences in zip(rows, found, strict=True)
    ]
    report(rows, drafts)
    for row, draft in list(zip(rows, drafts, strict=True))[: options.show]:
        print(f"\n{row['question']}  [{'answerable' if row['answerable'] else 'unanswerable'}]")
        print("   ", draft.reason or text_of(draft))


def sentences_of(rows: Sequence[dict[str, Any]], folder: Path, *, titled: bool) -> list[list[Sentence]]:
    """The sentences of each question's file, with their similarity to it."""
    encoder = builtin()
    found = []
    for number, row in enumerate(rows):
        file = f"{number}.txt"
        (folder / file).write_text(f"{row['title']}\n\n{row['passage']}\n" if titled else row["passage"], "utf-8")
        passages = split(load.read(folder, file), fits=encoder.fits)
        vector = encoder.question(row["question"])
        found.append(
            [
                Sentence(passage, span.start, span.end, float(similarity))
                for passage, encoded in zip(passages, encoder.passages(passages), strict=True)
                for span, similarity in zip(passage.sentences, encoded.sentences @ vector, strict=True)
            ]
        )
    return found


def by_fold(path: Path) -> list[Learned]:
    """For each fold the weights learned from the others."""
    cases = list(cases_of(path))
    return [fit(cases, [case.fold != fold for case in cases]) for fold in range(FOLDS)]


def fold_of(group: str) -> int:
    return int(hashlib.md5(group.encode(), usedforsecurity=False).hexdigest(), 16) % FOLDS


def report(rows: Sequence[dict[str, Any]], drafts: Sequence[Draft]) -> None:
    pairs = list(zip(rows, drafts, strict=True))
    scores = [
        max(rouge_l(text_of(draft), each) for each in row["answers"]) for row, draft in pairs if row["answerable"]
    ]
    answered = [
        score
        for score, (_, draft) in zip(scores, (p for p in pairs if p[0]["answerable"]), strict=True)
        if draft.statements
    ]
    lengths = [len(text_of(draft)) for row, draft in pairs if row["answerable"] and draft.statements]
    caught = [not draft.statements for row, draft in pairs if not row["answerable"]]
    counts = [len(draft.statements) for _, draft in pairs if draft.statements]
    print(f"answerable {len(scores)}: answered {len(answered) / len(scores):.3f}")
    print(f"RougeL answered {statistics.mean(answered):.3f}, all {statistics.mean(scores):.3f}")
    print(
        f"length of an answer, characters: mean {statistics.mean(lengths):.0f}, median {statistics.median(lengths):.0f}"
    )
    print(f"statements an answer: mean {statistics.mean(counts):.2f}")
    print(f"unanswerable {len(caught)}: noticed {statistics.mean(caught):.3f}")


def text_of(draft: Draft) -> str:
    return " ".join(statement.text for statement in draft.statements)


def rouge_l(answer: str, reference: str) -> float:
    """2 L / (n + m), L the length of the longest common subsequence of n and m words."""
    left, right = _WORD.findall(answer.lower()), _WORD.findall(reference.lower())
    if not left or not right:
        return 0.0
    row = [0] * (len(right) + 1)
    for word in left:
        above = 0
        for at, other in enumerate(right, start=1):
            above, row[at] = row[at], above + 1 if word == other else max(row[at], row[at - 1])
    return 2 * row[-1] / (len(left) + len(right))


if __name__ == "__main__":
    main()
