"""Makes the README's pictures of the page: `python docs/screenshots.py`, after `python -m eval run`.

Needs `pip install 'qa[browser]'` and a chromium. The pictures have 128 colours, so that they stay small.
"""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests"))

from PIL import Image
from playwright.sync_api import Page, sync_playwright
from serving import serving

REPORT = HERE.parent / "build" / "eval" / "index.html"


def main() -> None:
    """Ask, and take three pictures."""
    with (
        tempfile.TemporaryDirectory() as store,
        serving("--evaluation", REPORT, store=Path(store)) as server,
        sync_playwright() as driver,
    ):
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(server.url)
        ask(page, "Why was Micron barred?")
        page.locator(".qa-chip").first.click()
        save(page, "answer.png")
        page.get_by_role("button", name="New chat").click()
        page.locator(".qa-welcome").wait_for()
        ask(page, "Who is the chief executive of Intel?")
        save(page, "no-answer.png")
        page.get_by_role("tab", name="Quality").click()
        page.frame_locator("#qa-quality iframe").locator("h1").wait_for()
        save(page, "quality.png")
        browser.close()


def ask(page: Page, question: str) -> None:
    """Put a question and wait until its answer is whole."""
    page.get_by_label("Your question").fill(question)
    page.keyboard.press("Enter")
    page.locator(".qa-turn .qa-actions").first.wait_for()


def save(page: Page, name: str) -> None:
    """Take a picture once everything on the page has come to rest."""
    page.wait_for_timeout(2500)
    picture = Image.open(io.BytesIO(page.screenshot()))
    picture.convert("RGB").quantize(colors=128, dither=Image.Dither.NONE).save(HERE / name, optimize=True)


if __name__ == "__main__":
    main()
