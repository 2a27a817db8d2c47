"""The published all-MiniLM-L6-v2 in, the files of this folder out: `minilm.onnx`, `tokenizer.json`, `reference.json`.

    pip install onnx==1.23.2 onnxruntime==1.31.1 onnxscript==0.7.2 torch==2.13.0 transformers==5.23.0
    python qa/weights/build_minilm.py SOURCE --texts seeds/*.txt LICENSE

SOURCE is a folder with `config.json`, `model.safetensors` and `tokenizer.json`. The graph is exported with PyTorch,
fused by ONNX Runtime (embedding, attention, layer norm and GELU become one operator each) and its weights quantised
to 8 bits. What is printed at the end belongs into CARD.md. With the versions above the result has the same bytes every
time. Runs once, on a developer's machine; the package needs none of these libraries but ONNX Runtime.
"""

# The libraries that build are no dependencies of the package, and hardly any has types.
# mypy: disable-error-code="import-not-found, import-untyped, misc"

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import re
import shutil
import sys
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent

SOURCE_SHA256 = {
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
INPUTS = ["input_ids", "attention_mask", "token_type_ids"]
WORD_PIECES = 256

# Their vectors at full precision are shipped, so that any machine can tell whether its own are near enough.
REFERENCE_TEXTS = [
    "Who discovered penicillin?",
    "In which year did the first railway between Manchester and Liverpool open?",
    "The bridge is 1,280.2 metres long and was paid for by a toll of 25 cents.",
    "Water boils at a lower temperature on a mountain because the pressure of the air is lower.",
    "She said that the committee had not approved the budget, and that it would not do so before May.",
    "def area(radius): return 3.14159 * radius ** 2",
    "图书馆每天早上九点开门。",
    "🎉 Tickets: 12 € each, children under six enter free!",
]


def main() -> None:
    """Build the three files beside this script and print what the card states about them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path, help="folder of the published model")
    parser.add_argument("--out", type=Path, default=HERE, help="folder to write to; this script's by default")
    parser.add_argument("--texts", type=Path, nargs="+", required=True, help="files whose sentences measure the loss")
    parser.add_argument("--fused", type=Path, help="where to keep the full-precision graph, for benchmarks/encode.py")
    arguments = parser.parse_args()
    check_source(arguments.source)
    with tempfile.TemporaryDirectory() as scratch:
        model = published(arguments.source)
        exported, fused = Path(scratch, "exported.onnx"), Path(scratch, "fused.onnx")
        export(model, exported)
        fuse(exported, fused)
        quantise(fused, arguments.out / "minilm.onnx")
        if arguments.fused:
            shutil.copyfile(fused, arguments.fused)
    shutil.copyfile(arguments.source / "tokenizer.json", arguments.out / "tokenizer.json")
    write_reference(model, arguments.out)
    texts = sentences_and_paragraphs(arguments.texts)
    report(cosines(model, arguments.out, texts), arguments.out)


def check_source(source: Path) -> None:
    """Refuse any other weights than those the card names."""
    for name, expected in SOURCE_SHA256.items():
        if sha256(source / name) != expected:
            raise SystemExit(f"{source / name} is not the file that was published: its SHA-256 differs.")


def published(source: Path) -> Any:
    """The model as published: word pieces to token vectors, at full precision, nothing random in it."""
    import torch
    from transformers import BertModel
    from transformers.utils import logging as transformers_logging

    transformers_logging.set_verbosity_error()  # the pooler's weights are left out on purpose

    class TokenVectors(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            # "eager" writes attention out in plain operators, which is what the fusion recognises.
            self.bert = BertModel.from_pretrained(source, attn_implementation="eager", add_pooling_layer=False)

        def forward(self, input_ids: Any, attention_mask: Any, token_type_ids: Any) -> Any:
            output = self.bert(input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids)
            return output.last_hidden_state

    return TokenVectors().eval()


def export(model: Any, path: Path) -> None:
    """The model as a graph, any number of texts and of word pieces."""
    import torch

    pieces = torch.arange(1000, 1016).reshape(1, 16).repeat(2, 1)
    axes = {0: "texts", 1: "pieces"}
    with warnings.catch_warnings():
        # The exporter warns of its age, and of branches that this model does not take. The newer exporter writes
        # graphs that the fusion does not recognise.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model,
            (pieces, torch.ones_like(pieces), torch.zeros_like(pieces)),
            path,
            dynamo=False,
            opset_version=17,
            input_names=INPUTS,
            output_names=["token_vectors"],
            dynamic_axes=dict.fromkeys([*INPUTS, "token_vectors"], axes),
        )


def fuse(exported: Path, path: Path) -> None:
    """Every layer's many operators become a handful; fails where the exporter's graph was not recognised."""
    from onnxruntime.transformers import optimizer

    optimised = optimizer.optimize_model(str(exported), "bert", num_heads=12, hidden_size=384, opt_level=0)
    found = optimised.get_fused_operator_statistics()
    expected = {"EmbedLayerNormalization": 1, "Attention": 6, "BiasGelu": 6, "SkipLayerNormalization": 12}
    if {name: found.get(name) for name in expected} != expected:
        raise SystemExit(f"The graph was not fused as it should be: {found}")
    optimised.save_model_to_file(str(path))


def quantise(fused: Path, path: Path) -> None:
    """Weights to 8 bits, activations at run time.

    A scale a column keeps the mean cosine to full precision at 0.99, one scale a matrix at 0.96. Weights of 7 bits
    ("reduce_range") can not overflow the 16-bit sums of processors that lack VNNI
    (https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html).
    """
    from onnx import TensorProto
    from onnxruntime.quantization import QuantType, quantize_dynamic

    logging.getLogger().setLevel(logging.ERROR)  # it advises to infer shapes, which the fused operators have none of
    quantize_dynamic(
        fused,
        path,
        per_channel=True,
        reduce_range=True,
        weight_type=QuantType.QInt8,
        extra_options={"DefaultTensorType": TensorProto.FLOAT},
    )


def write_reference(model: Any, folder: Path) -> None:
    """The reference texts and their vectors at full precision, to four decimals."""
    tokenizer = tokenizer_of(folder)
    vectors = [full_precision(model, tokenizer.encode(text).ids) for text in REFERENCE_TEXTS]
    texts = json.dumps(REFERENCE_TEXTS, ensure_ascii=False, indent=0)
    rows = ",\n".join(json.dumps([round(float(x), 4) for x in vector], separators=(",", ":")) for vector in vectors)
    (folder / "reference.json").write_text(f'{{"texts": {texts},\n"vectors": [\n{rows}\n]}}\n', "utf-8")


def sentences_and_paragraphs(files: Sequence[Path]) -> list[str]:
    """Every paragraph of the files and every sentence of these, each once, in order."""
    paragraphs = [
        " ".join(paragraph.split())
        for file in files
        for paragraph in re.split(r"\n\s*\n|(?<=[.”\"])\n", file.read_text("utf-8"))
    ]
    sentences = [sentence for paragraph in paragraphs for sentence in re.split(r"(?<=[.!?”])\s+(?=\S)", paragraph)]
    return [text for text in dict.fromkeys([*paragraphs, *sentences]) if len(text) > 3]


def cosines(model: Any, folder: Path, texts: Sequence[str]) -> list[float]:
    """For each text the cosine between the shipped model's vector and the published model's."""
    import onnxruntime

    tokenizer = tokenizer_of(folder)
    session = onnxruntime.InferenceSession(folder / "minilm.onnx", providers=["CPUExecutionProvider"])
    found = []
    for text in texts:
        pieces = tokenizer.encode(text).ids
        ids = np.array([pieces], np.int64)
        (vectors,) = session.run(None, dict(zip(INPUTS, (ids, np.ones_like(ids), np.zeros_like(ids)), strict=True)))
        found.append(float(unit(vectors[0].mean(axis=0)) @ full_precision(model, pieces)))
    return found


def full_precision(model: Any, pieces: list[int]) -> Any:
    """The published model's vector of a text: the mean of its token vectors, at unit length. Shape (384,)."""
    import torch

    ids = torch.tensor([pieces])
    with torch.no_grad():
        return unit(model(ids, torch.ones_like(ids), torch.zeros_like(ids))[0].numpy().mean(axis=0))


def unit(vector: Any) -> Any:
    """The vector at length 1."""
    return vector / np.linalg.norm(vector)


def tokenizer_of(folder: Path) -> Any:
    """The tokenizer with the settings that the package uses."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(WORD_PIECES)
    return tokenizer


def report(measured: Sequence[float], folder: Path) -> None:
    """Print the card's figures."""
    for name in ("minilm.onnx", "tokenizer.json", "reference.json"):
        path = folder / name
        sys.stdout.write(f"| `{name}` | {path.stat().st_size:,} | `{sha256(path)}` |\n")
    sys.stdout.write(f"cosine of {len(measured)} texts: mean {np.mean(measured):.4f}, least {min(measured):.4f}\n")


def sha256(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    main()
