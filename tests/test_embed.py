"""The encoder: the shipped files are those of the card, and what they make of text can be relied on."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from qa import embed
from qa.text.sentences import sentences
from qa.types import ModelError, Passage

WEIGHTS = Path(embed.__file__).parent / "weights"
CARD = (WEIGHTS / "CARD.md").read_text("utf-8")
ENCODER = embed.builtin()
UNCUT = Tokenizer.from_file(str(WEIGHTS / "tokenizer.json"))
UNCUT.no_padding()
UNCUT.no_truncation()


def passage(text: str, title: str = "", start: int = 0) -> Passage:
    spans = tuple(type(span)(span.start + start, span.end + start) for span in sentences(text))
    return Passage("a.txt", start, start + len(text), text, title, sentences=spans)


def cosine(one: str, other: str) -> float:
    return float(ENCODER.question(one) @ ENCODER.question(other))


@pytest.mark.parametrize("name", ["minilm.onnx", "tokenizer.json", "reference.json"])
def test_the_shipped_file_is_the_one_on_the_card(name: str) -> None:
    data = (WEIGHTS / name).read_bytes()
    row = re.search(rf"^\| `{re.escape(name)}` \| ([\d,]+) \| `([0-9a-f]{{64}})` \|$", CARD, re.MULTILINE)
    assert row
    assert int(row.group(1).replace(",", "")) == len(data)
    assert row.group(2) == hashlib.sha256(data).hexdigest()


def test_the_script_builds_from_the_sources_on_the_card() -> None:
    script = (WEIGHTS / "build_minilm.py").read_text("utf-8")
    sources = re.findall(r'"([\w.]+)": "([0-9a-f]{64})"', script)
    assert len(sources) == 3
    assert all(f"`{name}` | `{digest}`" in CARD for name, digest in sources)


def test_the_encoders_name_changes_with_its_files() -> None:
    for name in ("minilm.onnx", "tokenizer.json"):
        assert hashlib.sha256((WEIGHTS / name).read_bytes()).hexdigest()[:8] in ENCODER.name


def test_on_this_machine_too_the_vectors_are_near_those_at_full_precision() -> None:
    reference = json.loads((WEIGHTS / "reference.json").read_text("utf-8"))
    cosines = [
        float(ENCODER.question(text) @ np.array(vector, np.float32))
        for text, vector in zip(reference["texts"], reference["vectors"], strict=True)
    ]
    assert min(cosines) > 0.97
    assert sum(cosines) / len(cosines) > 0.985


def test_what_means_the_same_is_nearer_than_what_shares_words() -> None:
    question = "What is the price of admission?"
    assert cosine(question, "Tickets are four euros each.") > cosine(question, "His admission of guilt came late.")


def test_a_vector_is_the_same_alone_and_in_company() -> None:
    texts = ["Rain fell.", "The mayor of the town opened the new bridge on Monday. It is red.", "x " * 150]
    together = list(ENCODER.passages([passage(text) for text in texts]))
    for text, encoded in zip(texts, together, strict=True):
        (alone,) = ENCODER.passages([passage(text)])
        assert np.array_equal(alone.passage, encoded.passage)
        assert np.array_equal(alone.sentences, encoded.sentences)


def test_a_sentences_vector_is_the_one_nearest_to_a_question_about_it() -> None:
    text = "The bridge is painted red. Tickets cost four euros. The mayor was born in Turin."
    (encoded,) = ENCODER.passages([passage(text, title="The bridge", start=100)])
    assert encoded.sentences.shape == (3, 384)
    for row, question in enumerate(
        ["What colour is it?", "What is the price of a ticket?", "Where was the mayor born?"]
    ):
        assert int((encoded.sentences @ ENCODER.question(question)).argmax()) == row


@pytest.mark.parametrize(
    "text",
    ["", " ", "🎉", "👨‍👩‍👧 🇫🇷", "图书馆每天早上九点开门。", "\u200d", "\x00\x07", "a" * 5000, "[SEP] [PAD] [CLS]"],
)
def test_any_text_has_vectors_of_unit_length(text: str) -> None:
    assert np.linalg.norm(ENCODER.question(text)) == pytest.approx(1, abs=1e-5)
    (encoded,) = ENCODER.passages([passage(text, title=text[:20])])
    assert np.linalg.norm(encoded.passage) == pytest.approx(1, abs=1e-5)
    assert np.linalg.norm(encoded.sentences, axis=1) == pytest.approx(1, abs=1e-5)


@settings(deadline=None, max_examples=50)
@given(
    st.lists(
        st.sampled_from(["bridge", "antidisestablishmentarianism", "图", "🎉", "12.5", "ß"]), min_size=1, max_size=300
    )
)
def test_what_fits_is_encoded_to_its_last_word(words: list[str]) -> None:
    text = " ".join(words)
    pieces = len(UNCUT.encode(f"Bridges. {text}").ids)
    assert ENCODER.fits("Bridges", text) == (pieces <= 256)
    assert ENCODER.fits("", text) == (len(UNCUT.encode(text).ids) <= 256)


def test_beyond_the_limit_a_question_is_cut() -> None:
    assert np.array_equal(ENCODER.question("bridge " * 254), ENCODER.question("bridge " * 100_000))
    assert not np.array_equal(ENCODER.question("bridge " * 253), ENCODER.question("bridge " * 254))


def test_a_question_with_half_a_character_has_a_vector() -> None:
    assert np.array_equal(ENCODER.question("Who?\udcff"), ENCODER.question("Who??"))


def test_passages_keep_their_order_past_those_encoded_ahead() -> None:
    texts = [f"Ticket number {number}." for number in range(300)]
    vectors = [encoded.passage for encoded in ENCODER.passages([passage(text) for text in texts])]
    assert len(vectors) == 300
    assert all(
        np.array_equal(vectors[number], ENCODER.question(texts[number])) for number in (0, 43, 44, 255, 256, 299)
    )


def test_encoding_that_is_given_up_leaves_no_thread_behind() -> None:
    encoding = ENCODER.passages([passage("Rain fell.")] * 1000)
    next(encoding)
    encoding.close()  # type: ignore[attr-defined]
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("encode")]


def test_it_runs_without_torch_transformers_and_llama_index() -> None:
    program = (
        "import sys; from qa import embed; embed.builtin().question('Is it light?');"
        "print([name for name in ('torch', 'transformers', 'llama_index', 'chromadb') if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def llama_index_embedding(answer: Any) -> Any:
    """A real LlamaIndex embedding whose vectors `answer` makes of a text."""
    from llama_index.core.base.embeddings.base import BaseEmbedding

    class Made(BaseEmbedding):
        def _get_text_embedding(self, text: str) -> list[float]:
            return answer(text)  # type: ignore[no-any-return]

        def _get_query_embedding(self, query: str) -> list[float]:
            return answer(query)  # type: ignore[no-any-return]

        async def _aget_query_embedding(self, query: str) -> list[float]:
            return answer(query)  # type: ignore[no-any-return]

    return Made(model_name="made")


def test_a_llama_index_embedding_takes_the_place_of_the_built_in_one() -> None:
    encoder = embed.from_llama_index(
        llama_index_embedding(lambda text: [float(len(text)), 1.0, float(text.count("e"))]), "made/one"
    )
    assert encoder.dimensions == 3
    assert encoder.name != ENCODER.name
    (encoded,) = encoder.passages([passage("Rain fell. It was wet.", title="Weather")])
    assert encoded.passage.shape == (3,)
    assert encoded.sentences.shape == (2, 3)
    assert np.linalg.norm(encoder.question("Why?")) == pytest.approx(1, abs=1e-5)


def refuse(text: str) -> list[float]:
    raise RuntimeError("Incorrect API key provided: sk-CANARY")


@pytest.mark.parametrize("answer", [refuse, lambda _: [], lambda _: [float("nan")] * 3, lambda _: [0.0, 0.0]])
def test_an_embedding_that_fails_is_an_error_that_keeps_its_secrets(answer: Any) -> None:
    encoder = embed.from_llama_index(llama_index_embedding(answer), "made/two")
    with pytest.raises(ModelError) as caught:
        list(encoder.passages([passage("Rain fell.")]))
    assert "made/two" in str(caught.value)
    assert "CANARY" not in str(caught.value)
