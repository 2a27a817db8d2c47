"""The architecture as a test: who may import whom, and where each foreign package is at home.

Read LAYERS from the bottom up: a module may import from the layers below its own, and within its own layer nothing.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "qa"

LAYERS = [
    {"types", "starting"},
    {"text"},
    {
        "load",
        "passages",
        "embed",
        "index",
        "retrieve",
        "rewrite",
        "extract",
        "generate",
        "check",
        "models",
        "present",
        "markup",
    },
    {"verify"},
    {"assistant"},
    {"app"},
    {"cli"},
    {"__init__", "__main__"},
]

# Only `verify` stands on a stage, and the public names are gathered from everywhere.
STANDS_ON = {"verify": {"types", "text", "check"}, "cli": {"types", "starting", "assistant", "check", "present", "app"}}

HOMES = {
    "chromadb": {"index"},
    "chromadb_rust_bindings": {"index"},
    "tantivy": {"index"},
    "onnxruntime": {"embed", "weights"},
    "tokenizers": {"embed", "weights"},
    "tiktoken": {"passages"},
    "llama_index": {"embed", "models"},
    "httpx": {"models", "index"},
    "openai": {"models"},
    "anthropic": {"models"},
    "ollama": {"models"},
    "typer": {"cli"},
    "rich": {"cli", "present"},
    "gradio": {"app"},
    "fastapi": {"app"},
    "starlette": {"app"},
    "uvicorn": {"app"},
    "mcp": {"app"},
    "platformdirs": {"assistant"},
    "filelock": {"index"},
    "charset_normalizer": {"load"},
    "docx": {"load"},
    "lxml": {"load"},
    "openpyxl": {"load"},
    "pathspec": {"load"},
    "pptx": {"load"},
    "pypdfium2": {"load"},
    "Stemmer": {"text"},
    "torch": {"weights"},
    "sklearn": {"weights", "check", "extract"},
}

MODULES = sorted(PACKAGE.rglob("*.py"))


def stage_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports_of(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path} imports relatively"
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def stages_imported(path: Path) -> set[str]:
    inside = {name.split(".")[1] for name in imports_of(path) if name.startswith("qa.")}
    return inside & {stage_of(module) for module in MODULES}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_only_from_the_layers_below_its_own(path: Path) -> None:
    stage = stage_of(path)
    if stage == "weights":
        assert not stages_imported(path)
        return
    level = next(level for level, layer in enumerate(LAYERS) if stage in layer)
    allowed = STANDS_ON.get(stage, set().union(*LAYERS[:level] if level > 2 else LAYERS[: min(level, 2)]))
    assert stages_imported(path) <= allowed | {stage}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_foreign_package_is_imported_only_at_its_home(path: Path) -> None:
    for name in imports_of(path):
        package = name.split(".")[0]
        assert stage_of(path) in HOMES.get(package, {stage_of(path)}), f"{package} does not belong into {path.name}"


def test_parsers_of_formats_are_imported_in_the_child_process_alone() -> None:
    formats = PACKAGE / "load" / "formats"
    modules = {f"qa.load.formats.{path.stem}" for path in formats.glob("*.py")} - {"qa.load.formats.reading"}
    parsers = {"docx", "lxml", "openpyxl", "pptx", "pypdfium2"}
    for path in MODULES:
        if path.parent != formats:
            imported = imports_of(path)
            assert not imported & modules, path
            assert not {name.split(".")[0] for name in imported} & parsers, path


def test_every_module_belongs_to_a_layer() -> None:
    assert {stage_of(path) for path in MODULES} <= set().union(*LAYERS) | {"weights"}


def test_the_product_imports_neither_the_evaluation_nor_the_tests() -> None:
    for path in MODULES:
        assert not {name.split(".")[0] for name in imports_of(path)} & {"eval", "tests", "benchmarks"}


def test_importing_qa_loads_no_heavy_package() -> None:
    heavy = ["chromadb", "onnxruntime", "tokenizers", "tantivy", "tiktoken", "llama_index", "gradio", "numpy", "torch"]
    heavy += ["docx", "lxml", "openpyxl", "pathspec", "pptx", "pypdfium2"]
    program = f"import sys, qa; print([name for name in {heavy} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_every_module_says_what_it_is_for() -> None:
    for path in MODULES:
        assert ast.get_docstring(ast.parse(path.read_text("utf-8"))), f"{path} has no docstring"


def test_the_public_names_are_those_that_are_listed() -> None:
    import qa

    assert all(hasattr(qa, name) for name in qa.__all__)
    listed = {name for name in vars(qa) if not name.startswith("_")}
    stages = {stage_of(path) for path in MODULES}
    assert listed - stages <= set(qa.__all__)
