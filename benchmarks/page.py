"""The page's speed and memory, measured in a real browser and over HTTP.

    python benchmarks/page.py speed       from the start line to a page that can be used, from Enter to the answer
    python benchmarks/page.py sessions    memory over 500 visitors who ask and go

The server runs in a process of its own, over the seeds.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
import tempfile
import time
import urllib.request
import uuid
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from serving import Running, serving

QUESTION = "Why was Micron barred?"


def speed(runs: int) -> None:
    from playwright.sync_api import sync_playwright

    usable, first, next_one = [], [], []
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as store, serving(store=Path(store)) as server, sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            start = time.perf_counter()
            page.goto(server.url)
            box = page.get_by_label("Your question")
            box.wait_for()
            usable.append(time.perf_counter() - start)
            for number, times in enumerate((first, next_one)):
                box.fill(QUESTION)
                times.append(page.evaluate(UNTIL_ANSWERED, number))
            browser.close()
    for name, values in (
        ("page usable after the start line, s", usable),
        ("Enter to first answer, ms", first),
        ("Enter to second answer, ms", next_one),
    ):
        print(f"{name}: median {statistics.median(values):.3g}, worst {max(values):.3g} of {runs}")


# Measured in the page itself, from the key to the frame in which the answer is there.
UNTIL_ANSWERED = """number => new Promise(done => {
  const box = document.querySelector('#qa-question textarea');
  const talk = document.querySelector('#qa-conversation');
  const start = performance.now();
  const look = () => {
    const turn = talk.querySelectorAll('.qa-turn')[number];
    if (turn && turn.querySelector('.qa-chip')) requestAnimationFrame(() => done(performance.now() - start));
    else requestAnimationFrame(look);
  };
  box.dispatchEvent(new KeyboardEvent('keypress', {key: 'Enter', bubbles: true}));
  look();
})"""


def sessions(count: int) -> None:
    with tempfile.TemporaryDirectory() as store, serving(store=Path(store)) as server:
        index = submit_of(server)
        # The first visitors fill what is filled once: thread pools, arenas, caches.
        for _ in range(20):
            visit(server, index)
        before = resident(server.process)
        for number in range(1, count + 1):
            visit(server, index)
            if number % (count // 5) == 0:
                now = resident(server.process)
                print(f"{number} sessions: {now / 2**20:.0f} MiB, {now / before - 1:+.1%}")


def submit_of(server: Running) -> int:
    """The number of the event that asks, in the page's own configuration."""
    with urllib.request.urlopen(f"{server.url}/config") as answer:
        config = json.load(answer)
    box = next(each["id"] for each in config["components"] if each["props"].get("elem_id") == "qa-question")
    return next(each["id"] for each in config["dependencies"] if [box, "submit"] in [list(t) for t in each["targets"]])


def visit(server: Running, index: int) -> None:
    """What a browser does: join the queue under a session of its own, and read until the answer is whole."""
    session = uuid.uuid4().hex
    body = {"data": [QUESTION, "seeds", [], None, None], "fn_index": index, "session_hash": session, "trigger_id": None}
    join = urllib.request.Request(
        f"{server.url}/gradio_api/queue/join", json.dumps(body).encode(), {"content-type": "application/json"}
    )
    urllib.request.urlopen(join).close()
    with urllib.request.urlopen(f"{server.url}/gradio_api/queue/data?session_hash={session}") as stream:
        for line in stream:
            if b"process_completed" in line:
                assert b'"success":true' in line.replace(b" ", b""), line
                return


def resident(process: int) -> int:
    """Bytes of memory that a process holds (Linux)."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))) * 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["speed", "sessions"])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--sessions", type=int, default=500)
    arguments = parser.parse_args()
    measure: Callable[[], None] = {
        "speed": lambda: speed(arguments.runs),
        "sessions": lambda: sessions(arguments.sessions),
    }[arguments.what]
    measure()


if __name__ == "__main__":
    main()
