"""Words to the ids of the passages that hold them, in Tantivy, and nowhere else in the product.

What a word is, and its stem, `qa.text.words` says, for the whole product; here stems come joined by spaces, so that a
question can hold no query syntax and Chinese is found by its characters. Tantivy says which passages come into question
and how they rank by its own statistics; their scores are reckoned in `ranking`. Knows neither passages nor vectors.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from qa.index.manifest import Entry
from qa.index.ranking import TITLE, Found

if TYPE_CHECKING:
    import tantivy

_TOKENIZER = "stems"


def build(folder: Path, *, added: Iterable[Entry]) -> None:
    """Add passages in a folder that nobody reads yet, new or a copy.

    Nothing is ever deleted from a copy: Tantivy counts a deleted passage in its word frequencies until it happens to
    merge it away, and scores would depend on the past. A folder with less in it is made anew.
    """
    import tantivy

    folder.mkdir(exist_ok=True)
    index = tantivy.Index(_schema(), str(folder))
    _register(index)
    # One thread, so that the same passages in the same order make the same index.
    writer = index.writer(heap_size=64_000_000, num_threads=1)
    for entry in added:
        document = tantivy.Document()
        document.add_text("id", entry.id)
        document.add_text("file", entry.file)
        document.add_text("title", entry.title_stems)
        document.add_text("text", entry.stems)
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()


class Matching:
    """An open folder, for reading."""

    def __init__(self, folder: Path) -> None:
        import tantivy

        self._copy: tempfile.TemporaryDirectory[str] | None = None
        if not os.access(folder, os.W_OK):
            # Tantivy makes a lock file even for reading, so where nothing can be made it reads a copy.
            self._copy = tempfile.TemporaryDirectory(prefix="qa-words-")
            for path in folder.iterdir():
                shutil.copyfile(path, Path(self._copy.name) / path.name)
            folder = Path(self._copy.name)
        index = tantivy.Index.open(str(folder))
        _register(index)
        # The folder never changes: nothing to watch.
        index.config_reader(reload_policy="manual")
        self._index = index
        self._searcher = index.searcher()

    def matching(self, wanted: Sequence[str], *, limit: int, files: Sequence[str] | None) -> list[tuple[str, float]]:
        """The ids of the passages with any of these stems and their scores, best first: `ranking.Bm25` of this folder."""
        from tantivy import Occur, Query

        schema = self._index.schema
        one_of = Query.boolean_query(
            [
                (Occur.Should, Query.boost_query(Query.term_query(schema, field, stem, "freq"), boost))
                for stem in wanted
                for field, boost in (("text", 1.0), ("title", TITLE))
                if boost
            ]
        )
        if files is not None:
            in_files = Query.boost_query(Query.term_set_query(schema, "file", list(files)), 0.0)
            one_of = Query.boolean_query([(Occur.Must, one_of), (Occur.Must, in_files)])
        found = self._searcher.search(one_of, limit, count=False)
        return [(self._searcher.doc(address)["id"][0], score) for score, address in found.hits]

    def __len__(self) -> int:
        """The number of passages in the folder."""
        return int(self._searcher.num_docs)

    def close(self) -> None:
        """Let go of the files."""
        if self._copy is not None:
            self._copy.cleanup()

    def found(self, stem: str) -> Found:
        """The number of passages in the folder that have this stem."""
        return Found(self._searcher.doc_freq("text", stem), self._searcher.doc_freq("title", stem))


def _schema() -> tantivy.Schema:
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("file", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("title", tokenizer_name=_TOKENIZER, index_option="freq")
    builder.add_text_field("text", tokenizer_name=_TOKENIZER, index_option="freq")
    return builder.build()


def _register(index: tantivy.Index) -> None:
    from tantivy import TextAnalyzerBuilder, Tokenizer

    index.register_tokenizer(_TOKENIZER, TextAnalyzerBuilder(Tokenizer.whitespace()).build())
