"""The command line as a person or a script meets it: every test runs the real program in its own process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

NOTE = "The bridge opened in 1932.\nIt was built by Ann Poole and carries 40 trains a day.\n"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("store")


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "bridge.txt").write_text(NOTE, "utf-8")
    return folder


def qa(*arguments: str | Path, store: Path, text: str | None = None) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("QA_")}
    return subprocess.run(
        [sys.executable, "-m", "qa", *map(str, arguments)],
        env={**environment, "QA_STORE": str(store)},
        input=text,
        capture_output=True,
        text=True,
        timeout=120,
    )


def assert_one_sentence(run: subprocess.CompletedProcess[str], code: int, *words: str) -> None:
    assert run.returncode == code, run.stderr
    assert run.stdout == ""
    assert run.stderr.startswith("qa: ")
    assert run.stderr.count("\n") == 1
    assert "Traceback" not in run.stderr
    assert all(word in run.stderr for word in words), run.stderr


def test_an_answer_names_file_line_and_quote_and_exits_with_0(store: Path) -> None:
    run = qa("ask", "When was the ban on Micron products announced?", store=store)
    assert run.returncode == 0, run.stderr
    assert "May 21" in run.stdout
    assert "[1] 000_29ec39afe49c0f64.txt:3\n    > On May 21" in run.stdout
    assert "\x1b" not in run.stdout


def test_an_abstention_says_what_is_missing_and_exits_with_3(store: Path) -> None:
    run = qa("ask", "Who is the chief executive of Intel?", store=store)
    assert run.returncode == 3
    assert run.stdout.startswith("No answer. ")
    assert "Intel" in run.stdout
    assert "The nearest passages:" in run.stdout


def test_json_is_the_answers_receipt_which_verify_proves_again(store: Path, notes: Path, tmp_path: Path) -> None:
    asked = qa("ask", "When did the bridge open?", "--corpus", notes, "--json", store=store)
    receipt = json.loads(asked.stdout)
    assert receipt["citations"][0]["quote"] == "The bridge opened in 1932."
    file = tmp_path / "receipt.json"
    file.write_text(asked.stdout, "utf-8")
    assert qa("verify", file, "--corpus", notes, store=store).returncode == 0
    (notes / "bridge.txt").write_text(NOTE.replace("1932", "1933"), "utf-8")
    changed = qa("verify", file, "--corpus", notes, store=store)
    assert changed.returncode == 3
    assert "changed" in changed.stdout


def test_a_receipt_whose_statement_was_altered_is_not_proven(store: Path, notes: Path, tmp_path: Path) -> None:
    asked = qa("ask", "When did the bridge open?", "--corpus", notes, "--json", store=store)
    file = tmp_path / "receipt.json"
    receipt = json.loads(asked.stdout)
    receipt["statements"][0]["text"] = "The bridge opened in 1952."
    file.write_text(json.dumps(receipt), "utf-8")
    run = qa("verify", file, "--corpus", notes, store=store)
    assert run.returncode == 3
    assert "not supported by its citations: The bridge opened in 1952." in run.stdout


def test_a_receipt_whose_text_was_altered_is_not_proven(store: Path, notes: Path, tmp_path: Path) -> None:
    asked = qa("ask", "When did the bridge open?", "--corpus", notes, "--json", store=store)
    file = tmp_path / "receipt.json"
    file.write_text(json.dumps(json.loads(asked.stdout) | {"text": "The bridge opened in 1952. [1]"}), "utf-8")
    run = qa("verify", file, "--corpus", notes, store=store)
    assert run.returncode == 3
    assert "not that of its statements" in run.stdout


@pytest.mark.parametrize("beside", [False, True])
def test_a_receipt_whose_line_was_altered_is_not_proven(store: Path, notes: Path, tmp_path: Path, beside: bool) -> None:
    """The citations stand in a receipt twice: with their statements, and in one list beside them."""
    receipt = json.loads(qa("ask", "When did the bridge open?", "--corpus", notes, "--json", store=store).stdout)
    (receipt if beside else receipt["statements"][0])["citations"][0]["line"] = 2
    file = tmp_path / "receipt.json"
    file.write_text(json.dumps(receipt), "utf-8")
    run = qa("verify", file, "--corpus", notes, store=store)
    assert run.returncode == 3
    assert ("not that of its statements" if beside else "bridge.txt:2 moved") in run.stdout
    receipt["statements"][0]["citations"][0]["line"] = [2]
    file.write_text(json.dumps(receipt), "utf-8")
    assert_one_sentence(qa("verify", file, "--corpus", notes, store=store), 2, "line of a citation")


def test_files_restricts_the_question_to_the_files_named(store: Path, notes: Path) -> None:
    (notes / "tunnel.txt").write_text("The tunnel opened in 1950.\n", "utf-8")
    run = qa("ask", "When did the tunnel open?", "--corpus", notes, "--files", "bridge.txt", "--json", store=store)
    assert {hit["passage"]["file"] for hit in json.loads(run.stdout)["hits"]} == {"bridge.txt"}
    unknown = qa("ask", "When did the tunnel open?", "--corpus", notes, "--files", "tunel.txt", store=store)
    assert_one_sentence(unknown, 2, "tunel.txt", "did you mean 'tunnel.txt'?")


def test_index_lists_what_it_did_and_every_file_left_out_with_the_reason(store: Path, notes: Path) -> None:
    (notes / "old.txt").write_bytes("café".encode("latin-1"))
    (notes / "picture.xyz").write_bytes(b"\x00\x01")
    (notes / "report.pdf").write_bytes(b"%PDF-1.7 and nothing more")
    run = qa("index", notes, store=store)
    assert run.returncode == 0
    assert run.stdout.splitlines() == [
        "2 added, 0 changed, 0 removed, 0 unchanged, 2 skipped",
        "Note on old.txt: it is windows-1252, not UTF-8",
        "Skipped picture.xyz: files ending in '.xyz' are not read",
        "Skipped report.pdf: it is damaged, or no PDF",
    ]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_index_follows_changes_until_it_is_interrupted(store: Path, notes: Path, number: int, code: int) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("QA_")}
    command = [sys.executable, "-m", "qa", "index", str(notes), "--watch"]
    with subprocess.Popen(
        command, env={**environment, "QA_STORE": str(store)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as watching:
        try:
            assert watching.stdout is not None
            assert watching.stdout.readline().startswith("1 added, 0 changed")
            (notes.parent / "tunnel.html").write_text("<p>The tunnel opened in 1950.</p>", "utf-8")
            (notes.parent / "tunnel.html").rename(notes / "tunnel.html")
            assert watching.stdout.readline() == "1 added, 0 changed, 0 removed, 1 unchanged, 0 skipped\n"
            (notes / "tunnel.html").unlink()
            assert watching.stdout.readline() == "0 added, 0 changed, 1 removed, 1 unchanged, 0 skipped\n"
            watching.send_signal(number)
            assert watching.communicate(timeout=60)[1] == ""
            assert watching.returncode == code
        finally:
            watching.kill()
    assert qa("index", notes, "--watch", "--json", store=store).returncode == 2


def test_index_waits_for_a_folder_that_is_away_and_says_so_once(store: Path, notes: Path) -> None:
    environment = {**os.environ, "QA_STORE": str(store)}
    command = [sys.executable, "-m", "qa", "index", str(notes), "--watch"]
    pipes: dict[str, Any] = dict.fromkeys(("stdout", "stderr"), subprocess.PIPE)
    away = notes.with_name("away")
    with subprocess.Popen(command, env=environment, text=True, **pipes) as watching:
        try:
            assert watching.stdout is not None
            assert watching.stderr is not None
            assert watching.stdout.readline().startswith("1 added, 0 changed")
            for _ in range(2):
                notes.rename(away)
                assert watching.stderr.readline().startswith("qa: There is no folder")
                away.rename(notes)
                assert watching.stdout.readline() == "0 added, 0 changed, 0 removed, 1 unchanged, 0 skipped\n"
            notes.rename(away)
            notes.mkdir()  # as where a share was mounted
            assert " is empty; " in watching.stderr.readline()
            (notes / "tunnel.txt").write_text("The tunnel opened in 1950.", "utf-8")
            assert watching.stdout.readline() == "1 added, 0 changed, 1 removed, 0 unchanged, 0 skipped\n"
            watching.terminate()
            assert watching.communicate(timeout=60) == ("", "")
        finally:
            watching.kill()


def test_a_file_that_can_not_be_read_any_more_counts_as_removed(store: Path, notes: Path) -> None:
    (notes / "tunnel.txt").write_text("The tunnel opened in 1950.", "utf-8")
    command = [sys.executable, "-m", "qa", "index", str(notes), "--watch"]
    with subprocess.Popen(
        command, env={**os.environ, "QA_STORE": str(store)}, stdout=subprocess.PIPE, text=True
    ) as watching:
        try:
            assert watching.stdout is not None
            assert watching.stdout.readline().startswith("2 added")
            (notes.parent / "new").write_bytes(bytes(100))
            (notes.parent / "new").rename(notes / "tunnel.txt")
            assert watching.stdout.readline() == "0 added, 0 changed, 1 removed, 1 unchanged, 1 skipped\n"
            assert watching.stdout.readline() == "Skipped tunnel.txt: it is binary data, not text\n"
        finally:
            watching.kill()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("module", ["difflib", "typer"])
def test_a_command_that_is_ended_while_its_modules_load_says_nothing(
    store: Path, tmp_path: Path, module: str, number: int, code: int
) -> None:
    (tmp_path / f"{module}.py").write_text("print('loading', flush=True)\ninput()\n", "utf-8")
    command = [sys.executable, "-m", "qa", "ask", "Why?", "--json"]
    environment = {**os.environ, "QA_STORE": str(store), "PYTHONPATH": str(tmp_path)}
    pipes: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with subprocess.Popen(command, env=environment, text=True, **pipes) as starting:
        try:
            assert starting.stdout is not None
            assert starting.stdout.readline() == "loading\n"
            starting.send_signal(number)
            said, complained = starting.communicate(timeout=60)
        finally:
            starting.kill()
    assert (starting.returncode, complained) == (code, "")
    assert json.loads(said) == {"error": {"message": "It was ended before it was done.", "exit_code": code}}


def test_a_program_that_imports_the_package_keeps_its_own_signals() -> None:
    program = "import signal; before = signal.getsignal(signal.SIGINT); import qa.cli; print(before is signal.getsignal(signal.SIGINT) is signal.default_int_handler)"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert run.stdout == "True\n"


def test_an_index_can_be_made_anew(store: Path, notes: Path) -> None:
    qa("index", notes, store=store)
    run = qa("index", notes, "--rebuild", store=store)
    assert run.stdout.startswith("1 added, 0 changed, 0 removed, 0 unchanged")


def test_check_holds_any_text_against_a_file(store: Path, notes: Path) -> None:
    good = qa("check", "The bridge opened in 1932.", "--evidence", notes / "bridge.txt", store=store)
    assert good.returncode == 0
    bad = qa("check", "-", "--evidence", notes / "bridge.txt", "--json", store=store, text="The bridge opened in 1945.")
    assert bad.returncode == 3
    assert json.loads(bad.stdout)["verdict"] == "contradicted"


def test_check_reads_any_format_that_a_question_would_find(store: Path, tmp_path: Path) -> None:
    table = tmp_path / "prices.csv"
    table.write_text("Product;Price\nHelmet;49.90 euros\nBike lock;29.50 euros\n", "utf-8")
    assert qa("check", "The helmet costs 49.90 euros.", "--evidence", table, store=store).returncode == 0
    assert qa("check", "The helmet costs 29.50 euros.", "--evidence", table, store=store).returncode == 3
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.7 nothing")
    run = qa("check", "The helmet costs 49.90 euros.", "--evidence", broken, store=store)
    assert_one_sentence(run, run.returncode, "broken.pdf")


def test_a_receipt_that_cites_nothing_says_that_there_is_nothing_to_prove(store: Path, tmp_path: Path) -> None:
    receipt = tmp_path / "receipt.json"
    receipt.write_text(qa("ask", "What is the weather in Oslo?", "--json", store=store).stdout, "utf-8")
    run = qa("verify", receipt, store=store)
    assert (run.returncode, "nothing to prove" in run.stdout) == (0, True)


def test_an_llm_alone_must_be_named(store: Path) -> None:
    assert_one_sentence(qa("ask", "Why?", "--llm-only", store=store), 2, "--llm")


def test_bad_input_gets_one_sentence_and_exit_code_2(store: Path, notes: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    assert_one_sentence(qa("ask", "What?", "--corpus", tmp_path / "nowhere", store=store), 2, "nowhere")
    assert_one_sentence(qa("ask", "What?", "--corpus", empty, store=store), 2, "empty")
    assert_one_sentence(qa("ask", "   ", store=store), 2, "question is empty")
    assert_one_sentence(qa("ask", "What?", "--corpus", notes / "bridge.txt", store=store), 2, "bridge.txt")
    assert_one_sentence(qa("ask", store=store), 2, "question")
    assert_one_sentence(qa("ask", "What?", "--colour", store=store), 2, "--colour")
    assert_one_sentence(qa("verify", notes / "bridge.txt", store=store), 2, "not JSON")
    assert_one_sentence(qa("check", "It rains.", "--evidence", tmp_path / "none.txt", store=store), 2, "none.txt")
    assert_one_sentence(qa("ask", "What?", "--corpus", notes, store=notes / "index"), 2, "QA_STORE")


def test_a_question_of_a_million_characters_gets_one_sentence(tmp_path: Path) -> None:
    # Longer than an operating system lets an argument be, so this one goes through the public function.
    import qa as package

    with pytest.raises(package.QAError, match=r"1,000,000 characters"):
        package.Assistant(store=tmp_path).find("x" * 1_000_000)


def test_a_folder_with_no_readable_document_says_why(store: Path, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    (folder / "a.xyz").write_bytes(b"\x00")
    assert_one_sentence(qa("ask", "What?", "--corpus", folder, store=store), 2, "no document that can be read", "a.xyz")


def test_control_characters_in_a_document_are_shown_written_out(store: Path, notes: Path) -> None:
    (notes / "bridge.txt").write_text("The \x1b[31mbridge\x1b[0m opened in 1932.\n", "utf-8")
    run = qa("ask", "When did the bridge open?", "--corpus", notes, store=store)
    assert run.returncode == 0
    assert r"\x1b[31mbridge" in run.stdout
    assert "\x1b" not in run.stdout


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["ask", "When was the ban announced?"], 0),
        (["ask", "Who is the chief executive of Intel?"], 3),
        (["ask", ""], 2),
        (["ask"], 2),
        (["ask", "What?", "--corpus", "nowhere"], 2),
        (["index", "nowhere"], 2),
        (["verify", "nowhere.json"], 2),
        (["check", "It rains.", "--evidence", "nowhere.txt"], 2),
        (["nonsense"], 2),
    ],
)
def test_json_prints_exactly_one_value_whatever_happens(arguments: list[str], code: int, store: Path) -> None:
    run = qa(*arguments, "--json", store=store)
    assert run.returncode == code
    assert isinstance(json.loads(run.stdout), dict)
    assert "Traceback" not in run.stderr


def test_a_reader_who_goes_away_is_no_error(store: Path) -> None:
    command = f"{sys.executable} -m qa ask 'When was the ban announced?' --json | true"
    run = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command}"],
        env={**os.environ, "QA_STORE": str(store)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.stderr == ""


def test_asking_an_unchanged_index_loads_neither_llama_index_nor_gradio(store: Path) -> None:
    program = (
        "import sys, qa\n"
        f"with qa.Assistant(store={str(store)!r}) as assistant:\n"
        "    assistant.answer('When was the ban announced?')\n"
        "print([name for name in ('llama_index', 'gradio', 'tiktoken', 'torch') if name in sys.modules])\n"
    )
    qa("index", Path(__file__).parent.parent / "seeds", store=store)
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=120)
    assert run.stdout.strip() == "[]"


def test_a_folder_that_is_not_there_is_neither_sound_nor_proven(store: Path, notes: Path, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    assert_one_sentence(qa("doctor", gone, store=store), 2, "There is no folder")
    receipt = tmp_path / "receipt.json"
    receipt.write_text(qa("ask", "When did the bridge open?", "--corpus", notes, "--json", store=store).stdout, "utf-8")
    assert_one_sentence(qa("verify", receipt, "--corpus", gone, store=store), 2, "There is no folder")
