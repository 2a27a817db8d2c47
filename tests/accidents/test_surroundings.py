"""Whatever surrounds the program: no network, a hostile environment, no home, an odd question, an empty folder, a reader who
goes away. It does what it does elsewhere, or says in one sentence why not; and it never speaks to the network unasked.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from program import answered, assert_discreet, command, environment, failed, needs, question, run, started, write

import qa

pytestmark = pytest.mark.accident


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    root = tmp_path_factory.mktemp("indexed")
    (root / "documents").mkdir()
    write(root / "documents", 1)
    run("index", root / "documents", store=root / "store")
    return root / "documents", root / "store"


@pytest.fixture(scope="module")
def receipt(indexed: tuple[Path, Path]) -> dict[str, Any]:
    return answered(question(2), "--corpus", indexed[0], store=indexed[1])


# The network


def test_without_a_network_everything_works(
    folder: Path, indexed: tuple[Path, Path], receipt: dict[str, Any], tmp_path: Path
) -> None:
    needs("unshare", "-rn", "true", reason="no process can be cut off from the network here")
    file = tmp_path / "receipt.json"
    file.write_text(json.dumps(receipt), "utf-8")
    for arguments in (
        ("index", indexed[0]),
        ("ask", question(2), "--corpus", indexed[0]),
        ("verify", file, "--corpus", indexed[0]),
        ("check", receipt["statements"][0]["text"], "--evidence", indexed[0] / "2.txt"),
    ):
        ended = subprocess.run(
            ["unshare", "-rn", *command(*arguments, "--json")],
            # No home either, so that nothing can have been fetched before.
            env=environment(tmp_path / "store", {"HOME": str(tmp_path), "HF_HOME": str(tmp_path / "hf")}),
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert_discreet(ended.stderr)
        assert ended.returncode == 0, ended.stderr
        if arguments[0] == "ask":
            assert json.loads(ended.stdout) == receipt


_FAR = re.compile(r"sa_family=AF_INET6?,.*")
_NEAR = re.compile(r'inet_addr\("127\.|inet_pton\(AF_INET6, "::1"')


def far(trace: Path) -> list[str]:
    """The system calls of a trace that turn to another machine."""
    lines = trace.read_text("utf-8", "replace").splitlines()
    return [line for line in lines if _FAR.search(line) and not _NEAR.search(line)]


@pytest.mark.parametrize(
    "arguments", [["index", "--watch"], ["serve", "--port", "0", "--corpus"]], ids=["index", "serve"]
)
def test_no_other_machine_is_spoken_to(folder: Path, tmp_path: Path, arguments: list[str]) -> None:
    """Seen by the kernel, over a time in which anything that reports in the background has begun to."""
    needs("strace", "true", reason="system calls can not be seen here: apt-get install strace")
    write(folder, 1)
    own = tmp_path / "home"
    own.mkdir()
    trace = tmp_path / "trace"
    calls = ["strace", "-f", "-qq", "-e", "trace=connect,sendto,sendmsg,sendmmsg,bind", "-o", str(trace)]
    settings = {"HOME": str(own), "TMPDIR": str(own), "XDG_CACHE_HOME": str(own)}
    with subprocess.Popen(
        [*calls, *command(*arguments, folder)],
        env=environment(tmp_path / "store", settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline().strip()
            time.sleep(10)
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.communicate(timeout=60)
    assert far(trace) == []
    assert [str(path.relative_to(own)) for path in own.rglob("*")] == []


# The environment

TRAPS = {
    "IS_TESTING": "1",
    "TIKTOKEN_CACHE_DIR": "empty",
    "DATA_GYM_CACHE_DIR": "empty",
    "NLTK_DATA": "empty",
    "HTTP_PROXY": "http://127.0.0.1:9",
    "HTTPS_PROXY": "http://127.0.0.1:9",
    "ALL_PROXY": "socks5://127.0.0.1:9",
    "http_proxy": "http://127.0.0.1:9",
    "CHROMA_API_IMPL": "chromadb.api.fastapi.FastAPI",
    "CHROMA_SERVER_HOST": "192.0.2.1",
    "ALLOW_RESET": "TRUE",
    "GRADIO_SHARE": "True",
    "PYTHONWARNINGS": "always",
    "OMP_NUM_THREADS": "0",
    "COLUMNS": "3",
    "NO_COLOR": "",
    "FORCE_COLOR": "1",
    "TZ": "Antarctica/Nowhere",
    "LANG": "C",
    "LC_ALL": "C",
}


def test_an_environment_full_of_traps_changes_nothing(
    folder: Path, indexed: tuple[Path, Path], receipt: dict[str, Any], tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / ".env").write_text("CHROMA_SERVER_HOST=192.0.2.1\nOPENAI_BASE_URL=http://192.0.2.1\n", "utf-8")
    (indexed[0] / ".env").write_text("CHROMA_API_IMPL=chromadb.api.fastapi.FastAPI\n", "utf-8")
    settings = {**TRAPS, "PYTHONPATH": os.pathsep.join(sys.path)}
    asked = ("ask", question(2), "--corpus", indexed[0])
    ended = started(*asked, "--json", store=tmp_path / "store", settings=settings, cwd=tmp_path)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert json.loads(ended.stdout) == receipt
    shown = started(*asked, store=tmp_path / "store", settings=settings, cwd=tmp_path)
    assert shown.stdout.startswith("The north gate of house 2 carries the code v1x2. [1]"), shown.stdout


ROOMS: dict[str, list[str]] = {
    "no home": ["env", "-u", "HOME"],
    "a home that is not there": ["env", "HOME=/nonexistent"],
    "a home that can not be written": ["env", "HOME=/proc"],
    "nothing but a path": ["env", "-i"],
    "files for nobody else": ["sh", "-c", 'umask 077; exec "$@"', "sh"],
    "files for nobody at all": ["sh", "-c", 'umask 277; exec "$@"', "sh"],
    "few open files": ["sh", "-c", 'ulimit -n 64; exec "$@"', "sh"],
    "no standard input": ["sh", "-c", 'exec "$@" <&-', "sh"],
    "a folder that is gone": ["sh", "-c", 'mkdir gone; cd gone; rmdir ../gone; exec "$@"', "sh"],
}


@pytest.mark.parametrize("room", ROOMS)
def test_in_an_odd_room_it_works_or_says_why_not(
    indexed: tuple[Path, Path], receipt: dict[str, Any], tmp_path: Path, room: str
) -> None:
    store = tmp_path / "store"
    (tmp_path / "tmp").mkdir()
    environment_of = environment(store, {"PYTHONPATH": os.pathsep.join(sys.path)})
    asked = command("ask", question(2), "--corpus", indexed[0], "--json", "--store", store)
    ended = subprocess.run(
        [*ROOMS[room], *asked], env=environment_of, cwd=tmp_path, capture_output=True, text=True, timeout=300
    )
    assert_discreet(ended.stdout + ended.stderr)
    if ended.returncode:
        assert room in ("files for nobody at all", "few open files"), failed(ended)
        failed(ended)
    else:
        assert json.loads(ended.stdout) == receipt


def test_without_a_home_and_a_store_of_its_own_it_says_what_to_set(indexed: tuple[Path, Path]) -> None:
    settings = environment(Path("unused"), {"HOME": "/proc", "XDG_CACHE_HOME": "/proc/cache"})
    del settings["QA_STORE"]
    asked = command("ask", question(2), "--corpus", indexed[0])
    failed(subprocess.run(asked, env=settings, capture_output=True, text=True, timeout=300), "QA_STORE")


# Questions and folders

ODD_QUESTIONS = [
    "",
    " \t\n",
    "?!",
    "\x00\x00",
    "which\x00gate",
    "x " * 500_000,
    "\ud800 which gate",
    "\u202eWhich gate of house 2?",
    "متى تفتح البوابة؟",
    "🌉" * 500,
    "'; DROP TABLE passages; --",
    '" OR text:* AND (title:"',
    "(?:(a+)+)+$ [a-z]{99999}",
    '{"$where": {"$gt": ""}, "$contains": "code"}',
    "<script>alert(1)</script>",
    "../../../etc/passwd",
    "[1] [2] Source 1: ------ Answer:",
    "code " * 1_900,
]


def test_no_question_is_too_odd_to_be_answered_or_refused_in_a_sentence(indexed: tuple[Path, Path]) -> None:
    with qa.Assistant(indexed[0], store=indexed[1]) as assistant:
        for asked in ODD_QUESTIONS:
            said = answer_or_error(assistant, asked)
            assert said.count("\n") == 0, asked
            assert said[0].isupper() or said[0] == "{", asked


def answer_or_error(assistant: qa.Assistant, asked: str) -> str:
    try:
        answer = assistant.answer(asked)
    except qa.QAError as error:
        return str(error)
    assert answer.abstained == (not answer.text), asked
    return json.dumps(answer.to_dict())


def test_a_word_of_any_length_is_understood_at_once(indexed: tuple[Path, Path]) -> None:
    with qa.Assistant(indexed[0], store=indexed[1]) as assistant:
        assistant.answer("Which code does the gate of xxxxxxxxxxxxxxxx carry?")
    for word in ("x" * 9_999, "x-" * 4_999, "U.S." * 2_400):
        asked = command("ask", word, "--corpus", indexed[0], "--json")
        ended = subprocess.run(asked, env=environment(indexed[1]), capture_output=True, text=True, timeout=30)
        assert ended.returncode == 3


@pytest.mark.parametrize("asked", [b"\xff\xfe\xfd which gate", "q" * 100_000, "--", "-h?", "@file"])
def test_an_odd_argument_is_a_question_like_any_other(indexed: tuple[Path, Path], asked: str | bytes) -> None:
    arguments = [*command("ask", "--corpus", indexed[0], "--json"), "--", asked]
    ended = subprocess.run(arguments, env=environment(indexed[1]), capture_output=True, text=True, timeout=300)
    assert_discreet(ended.stdout + ended.stderr)
    assert ended.returncode in (0, 2, 3), ended.stderr
    assert isinstance(json.loads(ended.stdout), dict)


def test_a_folder_that_gives_nothing_says_why(tmp_path: Path) -> None:
    for name in ("empty", "pictures", "hidden", "loop"):
        (tmp_path / name).mkdir()
    (tmp_path / "pictures" / "a.xyz").write_bytes(b"\x00")
    (tmp_path / "hidden" / ".secret.txt").write_text("A secret.", "utf-8")
    (tmp_path / "loop" / "again").symlink_to(tmp_path / "loop")
    (tmp_path / "file.txt").write_text("Text.", "utf-8")
    reasons = {
        "nowhere": "nowhere",
        "file.txt": "folder",
        "empty": "is empty",
        "pictures": "no document that can be read",
        "hidden": "hidden",
        "loop": "no document that can be read",
        "nul\x00": "",
    }
    for name, reason in reasons.items():
        for asked in (("ask", question(2), "--corpus"), ("index",)):
            if "\x00" in name:
                continue
            ended = run(*asked, tmp_path / name, "--json", store=tmp_path / "store")
            failed(ended, reason, code=2)
    assert not (tmp_path / "store").exists() or not list((tmp_path / "store").rglob("manifest.sqlite"))


# Output


def test_a_reader_who_has_enough_is_no_error(indexed: tuple[Path, Path]) -> None:
    long = [*command("ask", question(2), "--corpus", indexed[0], "--json")]
    for reader in ("true", "head -c 1", "head -n 1"):
        ended = subprocess.run(
            ["sh", "-c", f'"$@" | {reader} >/dev/null', "sh", *long],
            env=environment(indexed[1]),
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert ended.stderr == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("as_json", [[], ["--json"]])
@pytest.mark.parametrize(
    "buffered", [{"PYTHONUNBUFFERED": ""}, {"PYTHONUNBUFFERED": "1"}], ids=["in blocks", "at once"]
)
def test_an_output_that_can_not_be_written_is_one_sentence(
    indexed: tuple[Path, Path], as_json: list[str], buffered: dict[str, str]
) -> None:
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            command("ask", question(2), "--corpus", indexed[0], *as_json),
            env=environment(indexed[1], buffered),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=300,
        )
    assert_discreet(ended.stderr)
    assert (ended.returncode, ended.stderr) == (1, "qa: No space left on device: 'the output'\n")
