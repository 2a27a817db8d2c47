"""A real browser on the real page. Without one these tests are skipped, and say so.

Every page of every test is watched: a request that leaves the page's own origin, an error in its console, or a script
that a document brought in fails the test.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from serving import Running, serving

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

SIZES = {"wide": (1440, 900), "middle": (1024, 768), "phone": (390, 844)}


@dataclass(slots=True)
class Watched:
    """What the pages of a test did that they must not."""

    faults: list[str] = field(default_factory=list)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Debian's chromium, driven by Playwright."""
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is missing: pip install 'qa[browser]'")
    if CHROMIUM is None:
        pytest.skip("there is no chromium on this machine: apt-get install chromium")
    # As root, which is how containers run, chromium has no sandbox.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("store")


@pytest.fixture(scope="session")
def seeds(browser: Any, store: Path) -> Iterator[Running]:
    """The default documents, served."""
    with serving("--evaluation", store / "none.html", store=store) as running:
        yield running


@pytest.fixture
def visit(browser: Any) -> Iterator[Callable[..., Any]]:
    """Opens a page as a visitor of their own; checks in the end that nothing left its origin and nothing went wrong."""
    watched = Watched()
    contexts: list[Any] = []

    def opened(url: str, *, size: str = "wide", scheme: str = "light", **more: Any) -> Any:
        width, height = SIZES[size]
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme, **more)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("request", lambda request: _origin(watched, request.url, url))
        page.on("console", lambda message: _console(watched, message))
        page.on("pageerror", lambda error: watched.faults.append(f"error: {error}"))
        page.on("dialog", lambda dialog: watched.faults.append(f"dialog: {dialog.message}"))
        page.goto(url)
        page.get_by_label("Your question").wait_for()
        return page

    yield opened
    for context in contexts:
        for page in context.pages:
            if page.evaluate("'hacked' in window"):
                watched.faults.append("a script of a document ran")
        context.close()
    assert watched.faults == []


def _origin(watched: Watched, asked: str, own: str) -> None:
    if not asked.startswith((own, "data:", "blob:")):
        watched.faults.append(f"request: {asked}")


def _console(watched: Watched, message: Any) -> None:
    if message.type == "error":
        watched.faults.append(f"console: {message.text}")
