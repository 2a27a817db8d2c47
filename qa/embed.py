"""Text to vectors of unit length: with the built-in encoder, or with a LlamaIndex embedding in its place.

Passages go in as `qa.passages` cuts them; out comes a vector of each passage and one of each of its sentences. Knows
nothing of files, of indexes, or of how vectors are compared. Needs no network, except where the LlamaIndex embedding
does.
"""

from __future__ import annotations

import os
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from qa.types import Encoded, Encoder, ModelError, Passage

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

    from qa.types import Vector, Vectors

_Asked = TypeVar("_Asked")

_WEIGHTS = Path(__file__).parent / "weights"
_WORD_PIECES = 256
_LONGEST_QUESTION = 10_000
"""Characters. 256 word pieces are about 1,200."""

_MOST_THREADS = 16
_AHEAD = 256
_ASKED_AT_ONCE = 64


class LlamaIndexEmbedding(Protocol):
    """What is used of a LlamaIndex `BaseEmbedding`."""

    def get_text_embedding_batch(self, texts: list[str]) -> list[list[float]]:
        """One vector a text."""

    def get_query_embedding(self, query: str) -> list[float]:
        """The vector of a question."""


def builtin() -> Encoder:
    """The shipped all-MiniLM-L6-v2: English, 384 dimensions, 256 word pieces. Its files are read at first use."""
    return _MiniLM()


def from_llama_index(embedding: LlamaIndexEmbedding, name: str) -> Encoder:
    """A LlamaIndex embedding as an encoder; `name` says which model it is, "provider/model".

    Every sentence is embedded by itself, since such a model gives no token vectors: a passage costs about twice its
    tokens. Using it raises ModelError where the model does not answer, or answers with anything but one finite vector a
    text, all of one length. The text of a foreign error is left out: it may hold a key.
    """
    return _LlamaIndex(embedding, name)


class _MiniLM:
    """One text a run, and as many runs side by side as there are processors.

    The 8-bit arithmetic takes its scale from the largest value of a run. In a batch a vector would depend on its
    neighbours and on the padding, and so an index on the order in which its files came; alone it never does. It costs
    nothing: a batch is slower by its padding (`benchmarks/encode.py`).
    """

    # The beginnings of the SHA-256 of model and tokenizer, as weights/CARD.md has them, and a number to be raised when
    # the code below makes other vectors of the same text.
    name = "all-MiniLM-L6-v2/28fb4400-be50c362/1"
    dimensions = 384

    def fits(self, title: str, text: str) -> bool:
        """Whether "title. text" has at most 256 word pieces, the two that mark start and end among them."""
        return not _encoding(_prefix(title) + text).overflowing

    def passages(self, passages: Sequence[Passage]) -> Iterator[Encoded]:
        """The vectors of each passage, in order, computed up to 256 passages ahead of what was taken."""
        _tokenizer(), _session()  # loaded once, here, and not once in every thread
        waiting: deque[Future[Encoded]] = deque()
        pool = ThreadPoolExecutor(min(_processors(), _MOST_THREADS), thread_name_prefix="encode")
        try:
            for passage in passages:
                waiting.append(pool.submit(_encoded, passage))
                if len(waiting) == _AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)

    def question(self, text: str) -> Vector:
        """The vector of the question's first 256 word pieces."""
        vector: Vector = _unit(_token_vectors(_encoding(text[:_LONGEST_QUESTION])).mean(axis=0))
        return vector


def _encoded(passage: Passage) -> Encoded:
    """Means of token vectors: of all of them for the passage, as the model was trained, of its own for a sentence.

    https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2
    """
    import numpy as np

    prefix = _prefix(passage.title)
    encoding = _encoding(prefix + passage.text)
    vectors = _token_vectors(encoding)
    whole = _unit(vectors.mean(axis=0))
    starts = [start for start, _ in encoding.offsets[1:-1]]
    shift = len(prefix) - passage.start
    sentences = np.empty((len(passage.sentences), len(whole)), np.float32)
    for row, sentence in enumerate(passage.sentences):
        # The mark of the start is the first token vector.
        first = 1 + bisect_left(starts, sentence.start + shift)
        last = 1 + bisect_left(starts, sentence.end + shift)
        # Characters that are never seen, such as a joiner alone, make a sentence without a token.
        sentences[row] = _unit(vectors[first:last].mean(axis=0)) if first < last else whole
    return Encoded(whole, sentences)


def _prefix(title: str) -> str:
    return f"{title}. " if title else ""


def _encoding(text: str) -> Encoding:
    # A lone surrogate, as the command line may hand on, becomes "?": there is no UTF-8 for it, and offsets must stay.
    return _tokenizer().encode(text.encode("utf-8", "replace").decode("utf-8"))


def _token_vectors(encoding: Encoding) -> Vectors:
    """Of shape (word pieces, 384), those of the marks of start and end first and last."""
    import numpy as np

    pieces = np.array([encoding.ids], np.int64)
    feed = {"input_ids": pieces, "attention_mask": np.ones_like(pieces), "token_type_ids": np.zeros_like(pieces)}
    vectors: Vectors = _session().run(None, feed)[0][0]
    return vectors


def _unit(vectors: Any) -> Any:
    """At length 1: one vector of shape (dimensions,), or many of shape (number, dimensions)."""
    import numpy as np

    wide = np.asarray(vectors, np.float64)
    # Divided by the largest value first, so that no square overflows.
    wide = wide / np.abs(wide).max(axis=-1, keepdims=True)
    return (wide / np.sqrt((wide * wide).sum(axis=-1, keepdims=True))).astype(np.float32)


@cache
def _tokenizer() -> Tokenizer:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(_WEIGHTS / "tokenizer.json"))
    # The file itself asks for 128 word pieces and for padding.
    tokenizer.no_padding()
    tokenizer.enable_truncation(_WORD_PIECES)
    # "[SEP]" in a document is text.
    tokenizer.encode_special_tokens = True
    return tokenizer


@cache
def _session() -> Any:
    # Else it looks up its maker's host and keeps an identifier of the user in files, from release 1.31 on.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # Whole runs go side by side; a run that is spread over threads waits at every operator for the slowest.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors only: what it warns of is the machine's hardware
    return onnxruntime.InferenceSession(_WEIGHTS / "minilm.onnx", options, providers=["CPUExecutionProvider"])


def _processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _LlamaIndex:
    """Passages with their title, sentences alone; a text that occurs more than once in a request is embedded once."""

    def __init__(self, embedding: LlamaIndexEmbedding, name: str) -> None:
        self.name = f"{name}/sentences-alone/1"
        self._model = name.partition("@")[0]  # an address follows, which may hold a password
        self._embedding = embedding
        self._length: int | None = None

    @property
    def dimensions(self) -> int:
        """The length of the model's vectors; asks the model where nothing was embedded yet."""
        return self._length or len(self.question("How long is a vector?"))

    def fits(self, title: str, text: str) -> bool:
        """True: the model's limit is not known here, and most take more than a passage has."""
        return True

    def passages(self, passages: Sequence[Passage]) -> Iterator[Encoded]:
        """The vectors of each passage, in order; the model is asked for those of 64 passages at a time."""
        import numpy as np

        remaining = iter(passages)
        while asked := list(islice(remaining, _ASKED_AT_ONCE)):
            texts = list(dict.fromkeys(text for passage in asked for text in _texts(passage)))
            vectors = dict(zip(texts, self._vectors(texts), strict=True))
            for passage in asked:
                whole, *sentences = (vectors[text] for text in _texts(passage))
                yield Encoded(whole, np.array(sentences, np.float32).reshape(len(sentences), len(whole)))

    def question(self, text: str) -> Vector:
        """The vector that the model gives a query."""
        vector: Vector = self._checked([self._answer(self._embedding.get_query_embedding, text)], count=1)[0]
        return vector

    def _vectors(self, texts: list[str]) -> Vectors:
        return self._checked(self._answer(self._embedding.get_text_embedding_batch, texts), count=len(texts))

    def _answer(self, ask: Callable[[_Asked], object], asked: _Asked) -> object:
        try:
            return ask(asked)
        except Exception as error:  # noqa: BLE001 - whatever a model's client raises, its text may hold the key
            raise ModelError(
                f"The embedding {self._model!r} did not answer ({type(error).__name__}); "
                "see that it can be reached and that its key is valid."
            ) from None

    def _checked(self, answer: object, *, count: int) -> Vectors:
        """The answer as vectors of unit length, of shape (count, dimensions)."""
        import numpy as np

        try:
            vectors = np.asarray(answer, np.float64)
        except (TypeError, ValueError):
            raise self._wrong("something else than vectors of one length") from None
        if vectors.ndim != 2 or len(vectors) != count or not vectors.shape[1]:
            raise self._wrong(f"an array of shape {vectors.shape} for {count} texts")
        if self._length not in (None, vectors.shape[1]):
            raise self._wrong(f"vectors of length {vectors.shape[1]} after some of length {self._length}")
        if not np.isfinite(vectors).all() or not vectors.any(axis=1).all():
            raise self._wrong("a vector that has no direction")
        self._length = vectors.shape[1]
        unit: Vectors = _unit(vectors)
        return unit

    def _wrong(self, what: str) -> ModelError:
        return ModelError(f"The embedding {self._model!r} returned {what}; choose another model.")


def _texts(passage: Passage) -> list[str]:
    """The passage under its title, then its sentences."""
    cut = [passage.text[each.start - passage.start : each.end - passage.start] for each in passage.sentences]
    return [_prefix(passage.title) + passage.text, *cut]
