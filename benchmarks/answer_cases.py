"""Questions with passages and the right sentences, from public sets, as `qa/extract/fit.py` and `answers.py` read them.

    python benchmarks/answer_cases.py DATA OUT.jsonl [SET ...]

DATA holds `answers/clapnq.jsonl` and `train/reader/*.jsonl.gz`. Every passage goes through the product's own splitter
and encoder. A line is one question:

    set, group        groups never cross a fold: an article, a query, a sentence and its twins
    question, answerable
    contrast          how an unanswerable question came about: "" as the set has it, "cut" the answer's sentence is left
                      out, "other" another paragraph of the article, "swap" a question about another thing, asked of
                      this one, "pool" the eight passages nearest to it but for the right one
    passages          title, text, sentences ([start, end]), similarities, right (one flag a sentence)

SQuADShifts (Miller et al., 2020), WikiQA (Yang et al., 2015), SelQA (Jurczyk et al., 2016), CLAPnq (Rosenthal et al.,
2025), CAsT-snippets (Lajewska and Balog, 2024), SQuAD2 twins (SQuAD2-CR, Lee et al., 2020, joined to SQuAD 1.1).
"""

from __future__ import annotations

import gzip
import json
import random
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from qa.embed import builtin
from qa.passages import split
from qa.types import Document, Passage, Span

NEAREST = 8
"""Passages that an answer is made from."""


@dataclass(frozen=True)
class Source:
    """A text to be asked: its passages, and for each of their sentences whether it holds the answer."""

    passages: tuple[Passage, ...]
    right: tuple[tuple[bool, ...], ...]


@dataclass(frozen=True)
class Asked:
    """A question and what it is asked of."""

    set: str
    group: str
    question: str
    answerable: bool
    source: Source
    contrast: str = ""


def main(data: Path, out: Path, names: Sequence[str]) -> None:
    rng = random.Random(7)
    asked = [each for name in names or SETS for each in SETS[name](data, rng)]
    passages = list(dict.fromkeys(passage for each in asked for passage in each.source.passages))
    print(f"{len(asked)} questions, {len(passages)} passages", flush=True)
    encoder = builtin()
    encoded = dict(zip(passages, encoder.passages(passages), strict=True))
    vectors = {question: encoder.question(question) for question in {each.question for each in asked}}
    pooled = list(pool([each for each in asked if each.set in ("new_wiki", "clapnq")], encoded, vectors, rng))
    with out.open("w", encoding="utf-8") as file:
        for each in [*asked, *pooled]:
            passages_of = [
                {
                    "title": passage.title,
                    "text": passage.text,
                    "sentences": [[span.start - passage.start, span.end - passage.start] for span in passage.sentences],
                    "similarities": [round(float(x), 4) for x in encoded[passage].sentences @ vectors[each.question]],
                    "right": [int(flag) for flag in right],
                }
                for passage, right in zip(each.source.passages, each.source.right, strict=True)
            ]
            line = {
                "set": each.set,
                "group": each.group,
                "question": each.question,
                "answerable": each.answerable,
                "contrast": each.contrast,
                "passages": passages_of,
            }
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


def pool(
    asked: Sequence[Asked], encoded: dict[Passage, Any], vectors: dict[str, Any], rng: random.Random
) -> Iterator[Asked]:
    """Questions asked of the passages nearest to them in all texts of their set, with the right one and without it."""
    for name in sorted({each.set for each in asked}):
        own = [each for each in asked if each.set == name and not each.contrast]
        if name == "clapnq":  # each text is there twice
            own = [each for each in own if each.source.passages[0].title]
        passages = list(dict.fromkeys(passage for each in own for passage in each.source.passages))
        matrix = np.array([encoded[passage].passage for passage in passages])
        for each in rng.sample(own, min(len(own), 500)):
            order = np.argsort(-(matrix @ vectors[each.question]), kind="stable")
            flags = dict(zip(each.source.passages, each.source.right, strict=True))
            held = {passage for passage, right in flags.items() if any(right)}
            nearest = [passages[at] for at in order[: NEAREST + len(held)]]
            without = [passage for passage in nearest if passage not in flags][:NEAREST]
            yield _pooled(each, without, {}, answerable=False)
            if each.answerable and held & set(nearest[:NEAREST]):
                yield _pooled(each, nearest[:NEAREST], flags, answerable=True)


def _pooled(
    each: Asked, passages: Sequence[Passage], flags: dict[Passage, tuple[bool, ...]], *, answerable: bool
) -> Asked:
    right = tuple(flags.get(passage, (False,) * len(passage.sentences)) for passage in passages)
    return replace(each, answerable=answerable, source=Source(tuple(passages), right), contrast="pool")


def clapnq(data: Path, rng: random.Random) -> Iterator[Asked]:
    """Each passage a file of its own, half of them under their article's title."""
    for number, row in enumerate(_rows(data / "answers/clapnq.jsonl")):
        for title in (row["title"], ""):
            evidence = [_bare(sentence) for sentences in row["evidence"] for sentence in sentences]
            source = _of_text(f"clapnq/{number}", row["passage"], title, _among(evidence))
            yield Asked("clapnq", row["title"], row["question"], row["answerable"], source)


def new_wiki(data: Path, rng: random.Random) -> Iterator[Asked]:
    yield from _shifts(data, rng, "new_wiki", number=1500)


def reddit(data: Path, rng: random.Random) -> Iterator[Asked]:
    yield from _shifts(data, rng, "reddit", number=300)


def amazon(data: Path, rng: random.Random) -> Iterator[Asked]:
    yield from _shifts(data, rng, "amazon_reviews", number=300)


def _shifts(data: Path, rng: random.Random, domain: str, *, number: int) -> Iterator[Asked]:
    rows = [row for row in _rows(data / "train/reader/squadshifts.jsonl.gz") if row["domain"] == domain]
    groups = sorted({row["group"] for row in rows})
    kept = set(rng.sample(groups, min(len(groups), 130)))
    chosen = rng.sample([row for row in rows if row["group"] in kept], number)
    paragraphs: dict[str, list[str]] = {}
    for row in rows:
        paragraphs.setdefault(row["group"], []).append(row["passage"])
    source_of: dict[tuple[str, str], str] = {}
    for row in chosen:
        title = row["group"].split(":", 1)[1].replace("_", " ") if domain == "new_wiki" and _half(row["group"]) else ""
        answers = {row["passage"][start:end].lower() for start, end in row["spans"]}
        name = source_of.setdefault((row["group"], row["passage"]), f"{domain}/{len(source_of)}")
        starts = [start for start, _ in row["spans"]]

        def holds(text: str, start: int, end: int, starts: Sequence[int] = starts) -> bool:
            return any(start <= each < end for each in starts)

        source = _of_text(name, row["passage"], title, holds)
        yield Asked(domain, row["group"], row["question"], True, source)
        others = [
            text for text in sorted(set(paragraphs[row["group"]])) if not any(each in text.lower() for each in answers)
        ]
        if others and domain == "new_wiki" and rng.random() < 0.5:
            text = rng.choice(others)
            name = source_of.setdefault((row["group"], text), f"{domain}/{len(source_of)}")
            yield Asked(domain, row["group"], row["question"], False, _of_text(name, text, title, _nowhere), "other")
        cut = _without(source, answers)
        if cut and rng.random() < 0.5:
            yield Asked(domain, row["group"], row["question"], False, _of_sentences(name + "/cut", cut, title), "cut")
    if domain == "new_wiki":
        yield from _swapped(
            domain, [(row["group"], row["question"]) for row in chosen], _sources(chosen, source_of), rng
        )


def _sources(rows: Sequence[dict[str, Any]], names: dict[tuple[str, str], str]) -> dict[str, list[tuple[str, Source]]]:
    found: dict[str, list[tuple[str, Source]]] = {}
    for row in rows:
        title = row["group"].split(":", 1)[1].replace("_", " ")
        name = names[row["group"], row["passage"]]
        source = _of_text(name, row["passage"], title if _half(row["group"]) else "", _nowhere)
        found.setdefault(row["group"], []).append((title, source))
    return found


def wikiqa(data: Path, rng: random.Random) -> Iterator[Asked]:
    rows = list(_rows(data / "train/reader/wikiqa.jsonl.gz"))
    sources: dict[str, list[tuple[str, Source]]] = {}
    for number, row in enumerate(rows):
        title = row["group"] if _half(row["group"]) else ""
        source = _of_sentences(f"wikiqa/{number}", row["sentences"], title, row["labels"])
        sources.setdefault(row["group"], []).append((row["group"], source))
        yield Asked("wikiqa", row["group"], row["question"], any(row["labels"]), source)
    yield from _swapped("wikiqa", [(row["group"], row["question"]) for row in rows], sources, rng)


def _swapped(
    name: str,
    questions: Sequence[tuple[str, str]],
    sources: dict[str, list[tuple[str, Source]]],
    rng: random.Random,
) -> Iterator[Asked]:
    """Questions that name their article, asked of another one under that one's name."""
    groups = sorted(sources)
    for group, question in questions:
        own = sources[group][0][0]
        at = question.lower().find(re.sub(r" ?\(.*\)", "", own).lower())
        if at < 0 or re.match(r"(?:what|who|where) (?:is|are|was|were)\b", question.lower()):
            continue
        other = rng.choice(groups)
        title, source = rng.choice(sources[other])
        title = re.sub(r" ?\(.*\)", "", title)
        if other == group or title.lower() not in " ".join(passage.text for passage in source.passages).lower():
            continue
        length = len(re.sub(r" ?\(.*\)", "", own))
        title = title.lower() if question.islower() else title
        swapped = question[:at] + title + question[at + length :]
        right = tuple((False,) * len(each) for each in source.right)
        yield Asked(name, other, swapped, False, Source(source.passages, right), "swap")


def selqa(data: Path, rng: random.Random) -> Iterator[Asked]:
    rows = list(_rows(data / "train/reader/selqa.jsonl.gz"))
    for number, row in enumerate(rng.sample(rows, 500)):
        source = _of_sentences(
            f"selqa/{number}", row["sentences"], row["group"] if _half(row["group"]) else "", row["labels"]
        )
        yield Asked("selqa", row["group"], row["question"], True, source)


def twins(data: Path, rng: random.Random) -> Iterator[Asked]:
    rows = list(_rows(data / "train/reader/squad2_twins.jsonl.gz"))
    groups = sorted({row["group"] for row in rows})
    kept = set(rng.sample(groups, 1200))
    for row in rows:
        if row["group"] in kept:
            name = "twins/" + row["group"]
            source = _of_sentences(name, row["sentences"], "", row["labels"])
            yield Asked("twins", row["group"], row["question"], bool(row["labels"][0]), source)


def cast(data: Path, rng: random.Random) -> Iterator[Asked]:
    """Runs of eight sentences as they follow each other in the set."""
    by_query: dict[str, list[tuple[str, int]]] = {}
    for row in _rows(data / "train/reader/cast_snippets.jsonl.gz"):
        by_query.setdefault(row["question"], []).append((row["sentences"][0], row["labels"][0]))
    for query, pairs in by_query.items():
        for start in range(0, min(len(pairs), 16), 8):
            run = pairs[start : start + 8]
            if len(run) > 2:
                source = _of_sentences(
                    f"cast/{query}/{start}", [text for text, _ in run], "", [flag for _, flag in run]
                )
                yield Asked("cast", query, query, any(flag for _, flag in run), source)


SETS: dict[str, Callable[[Path, random.Random], Iterator[Asked]]] = {
    "clapnq": clapnq,
    "new_wiki": new_wiki,
    "reddit": reddit,
    "amazon": amazon,
    "wikiqa": wikiqa,
    "selqa": selqa,
    "twins": twins,
    "cast": cast,
}


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    data = path.read_bytes()
    for line in (gzip.decompress(data) if path.suffix == ".gz" else data).splitlines():
        yield json.loads(line)


def _of_text(name: str, text: str, title: str, holds: Callable[[str, int, int], bool]) -> Source:
    document = Document(f"{name}.txt", text, title, "")
    passages = tuple(split(document, fits=builtin_fits))
    right = tuple(
        tuple(holds(text[s.start : s.end], s.start, s.end) for s in passage.sentences) for passage in passages
    )
    return Source(passages, right)


def _of_sentences(name: str, sentences: Sequence[str], title: str, right: Sequence[int] | None = None) -> Source:
    """Passages of sentences that are cut already, each as long as the encoder takes."""
    passages: list[Passage] = []
    flags: list[tuple[bool, ...]] = []
    marks = [bool(each) for each in right] if right else [False] * len(sentences)
    first = start = 0
    while first < len(sentences):
        last = first + 1
        while last < len(sentences) and len(" ".join(sentences[first : last + 1])) < 900:
            if not builtin_fits(title, " ".join(sentences[first : last + 1])):
                break
            last += 1
        spans, at = [], start
        for sentence in sentences[first:last]:
            spans.append(Span(at, at + len(sentence)))
            at += len(sentence) + 1
        text = " ".join(sentences[first:last])
        passages.append(Passage(f"{name}.txt", start, start + len(text), text, title, None, tuple(spans)))
        flags.append(tuple(marks[first:last]))
        first, start = last, at
    return Source(tuple(passages), tuple(flags))


def _without(source: Source, answers: set[str]) -> list[str]:
    """The sentences that are not marked and hold none of the answers; none where fewer than two are left."""
    kept = [
        passage.text[span.start - passage.start : span.end - passage.start]
        for passage, right in zip(source.passages, source.right, strict=True)
        for span, flag in zip(passage.sentences, right, strict=True)
        if not flag
    ]
    kept = [text for text in kept if not any(answer in text.lower() for answer in answers)]
    return kept if len(kept) > 1 else []


def _nowhere(text: str, start: int, end: int) -> bool:
    return False


def _half(group: str) -> bool:
    """True for half of the groups, always the same."""
    return sum(map(ord, group)) % 2 == 0


def _among(evidence: Sequence[str]) -> Callable[[str, int, int], bool]:
    """Whether a sentence is one of these, whatever the signs and spaces in both."""

    def holds(text: str, start: int, end: int) -> bool:
        return any(_bare(text) in each or each in _bare(text) for each in evidence)

    return holds


def _bare(text: str) -> str:
    return re.sub(r"\W", "", text)


builtin_fits = builtin().fits


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
