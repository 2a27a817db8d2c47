"""The README keeps its word."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
COMMANDS = [text.strip() for kind, text in BLOCKS if kind == "sh"]


def test_the_first_two_commands_are_one_line_each_and_install_what_they_need() -> None:
    for command in COMMANDS[:2]:
        assert "\n" not in command
        assert "pip install" in command
    assert "qa ask" in COMMANDS[0]
    assert "pytest" in COMMANDS[1]


def test_the_answer_in_the_readme_is_what_the_first_command_prints(tmp_path: Path) -> None:
    question = re.search(r'qa ask "([^"]+)"', COMMANDS[0])
    assert question
    run = subprocess.run(
        [sys.executable, "-m", "qa", "ask", question.group(1), "--store", str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=120,
    )
    printed = next(text for kind, text in BLOCKS if kind == "text")
    assert run.stdout.strip() == printed.strip(), run.stderr


def test_the_python_example_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QA_STORE", str(tmp_path))
    program = next(text for kind, text in BLOCKS if kind == "python")
    exec(compile(program, "README.md", "exec"), {})
    assert capsys.readouterr().out


def test_the_tree_in_the_readme_names_what_is_there() -> None:
    tree = next(text for kind, text in BLOCKS if kind == "tree")
    listed = set(re.findall(r"^  (\S+?)/?  ", tree, re.MULTILINE))
    there = {path.name for path in (ROOT / "qa").iterdir() if path.suffix == ".py" or path.is_dir()}
    assert {name for name in there if not name.startswith("__")} <= listed


def test_every_command_is_in_the_readme_and_has_a_help(capsys: pytest.CaptureFixture[str]) -> None:
    from qa.cli import app

    for command in app.registered_commands:
        assert f"qa {command.name}" in README
        assert command.callback is not None
        assert command.callback.__doc__


def test_an_installed_wheel_still_has_its_seeds_prompts_and_weights(tmp_path: Path) -> None:
    build = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "-q",
        "-w",
        str(tmp_path),
        str(ROOT),
    ]
    subprocess.run(build, check=True, capture_output=True, timeout=300)
    (wheel,) = tmp_path.glob("*.whl")
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    program = (
        f"import sys; sys.path.insert(0, {str(site)!r}); import qa; assert qa.__file__.startswith({str(site)!r});\n"
        f"print(qa.Assistant(store={str(tmp_path / 'store')!r}).answer('When was the ban announced?').text)"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path, timeout=120)
    assert "May 21" in run.stdout, run.stderr
