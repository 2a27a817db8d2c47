"""The page as a person uses it, in a real browser."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pdf_files import HEIGHT, WIDTH, pdf, text_page
from scripted_llm import Fault, Scripted, scripted_llm
from serving import Running, serving

import qa

Visit = Callable[..., Any]

QUESTION = "Why was Micron barred?"
NOTE = "The bridge opened in 1932.\nIt was built by Ann Poole and carries 40 trains a day.\n"
WORDS = "The bridge opened in 1932."
ATTACK = '<img src=x onerror="window.hacked=1"><svg onload="window.hacked=2">'


def ask(page: Any, question: str) -> Any:
    """Put a question, wait for its answer to be whole, and give the turn."""
    before = page.locator(".qa-turn").count()
    page.get_by_label("Your question").fill(question)
    page.keyboard.press("Enter")
    turn = page.locator(".qa-turn").nth(before)
    turn.locator(".qa-actions").wait_for()
    return turn


@pytest.fixture(scope="session")
def receipt(store: Path, seeds: Running) -> qa.Answer:
    """What Python answers to the question, to compare the page with."""
    with qa.Assistant(store=store) as assistant:
        return assistant.answer(QUESTION)


def test_an_answer_stands_beside_its_evidence_with_the_quotes_marked(
    visit: Visit, seeds: Running, receipt: qa.Answer
) -> None:
    page = visit(seeds.url)
    turn = ask(page, QUESTION)
    assert turn.locator(".qa-words").all_text_contents() == [each.text for each in receipt.statements]
    assert turn.locator(".qa-verdict").first.inner_text() == "✓ supported"
    marks = page.locator("#qa-evidence mark")
    assert marks.all_text_contents() == [each.quote for each in receipt.citations]
    answer, evidence = turn.bounding_box(), page.locator(".qa-evidence").bounding_box()
    assert answer["x"] + answer["width"] <= evidence["x"]


def test_a_chip_leads_to_its_evidence_and_back_by_keyboard_alone(visit: Visit, seeds: Running) -> None:
    page = visit(seeds.url)
    ask(page, QUESTION)
    chip = page.locator(".qa-chip").nth(1)
    chip.focus()
    page.keyboard.press("Enter")
    card = page.locator('.qa-card[data-citation="2"]')
    page.wait_for_function("card => card === document.activeElement", arg=card.element_handle())
    assert card.evaluate("card => getComputedStyle(card).outlineStyle") != "none"
    card.get_by_text("Back to the answer").focus()
    page.keyboard.press("Enter")
    assert chip.evaluate("chip => chip === document.activeElement")


def test_from_the_box_the_next_tabs_reach_the_button_and_no_tab_is_a_trap(visit: Visit, seeds: Running) -> None:
    page = visit(seeds.url)
    ask(page, QUESTION)
    page.get_by_label("Your question").focus()
    reached = []
    for _ in range(30):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.textContent.trim()"))
    assert "Ask" in reached
    assert "Open in document" in reached


def test_the_document_opens_at_the_words_that_were_cited(visit: Visit, seeds: Running, receipt: qa.Answer) -> None:
    page = visit(seeds.url)
    ask(page, QUESTION)
    opener = page.locator('.qa-card[data-citation="2"]').get_by_text("Open in document")
    opener.click()
    dialog = page.get_by_role("dialog")
    dialog.wait_for()
    assert dialog.locator("mark").all_text_contents() == [receipt.citations[1].quote]
    text = qa.assistant.seeds().joinpath(receipt.citations[1].file).read_text("utf-8")
    assert dialog.locator(".qa-text").text_content() == text
    mark, room = dialog.locator("mark").bounding_box(), dialog.locator(".qa-text").bounding_box()
    assert room["y"] <= mark["y"] <= room["y"] + room["height"]
    page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    assert opener.evaluate("button => button === document.activeElement")
    opener.click()
    dialog.wait_for()


def test_an_abstention_is_an_answer_too(visit: Visit, seeds: Running) -> None:
    page = visit(seeds.url)
    turn = ask(page, "Who is the chief executive of Intel?")
    said = turn.inner_text()
    assert "No answer in these documents" in said
    assert '"Intel"' in said
    assert page.locator(".qa-evidence").get_by_role("heading", name="Nearest passages").is_visible()
    assert page.locator(".qa-evidence mark").count() == 0
    assert page.locator(".qa-evidence .qa-card").count() >= 3


def test_a_chip_of_an_older_answer_brings_its_evidence_back(visit: Visit, seeds: Running, receipt: qa.Answer) -> None:
    page = visit(seeds.url)
    first = ask(page, QUESTION)
    ask(page, "Who is the chief executive of Intel?")
    assert page.locator(".qa-evidence mark").count() == 0
    first.locator(".qa-chip").first.click()
    page.locator("#qa-evidence mark").first.wait_for()
    assert page.locator("#qa-evidence mark").first.text_content() == receipt.citations[0].quote
    page.wait_for_function("document.activeElement.matches('.qa-card')")
    page.locator(".qa-turn").nth(1).locator(".qa-question").click()
    page.get_by_role("heading", name="Nearest passages").wait_for()


def test_a_follow_up_is_understood_and_a_new_chat_forgets(visit: Visit, seeds: Running) -> None:
    page = visit(seeds.url)
    ask(page, "When was the ban on Micron products announced?")
    follow_up = ask(page, "Who announced it?")
    assert "Understood as:" in follow_up.inner_text()
    page.get_by_role("button", name="New chat").click()
    page.locator(".qa-welcome").wait_for()
    assert page.locator(".qa-turn").count() == 0


def test_an_example_is_a_question_that_is_answered(visit: Visit, seeds: Running) -> None:
    page = visit(seeds.url)
    page.locator(".qa-welcome li button").first.click()
    page.locator(".qa-turn .qa-chip").first.wait_for()


def test_an_answer_is_copied_as_markdown_with_its_citations(visit: Visit, seeds: Running, receipt: qa.Answer) -> None:
    page = visit(seeds.url, permissions=["clipboard-read", "clipboard-write"])
    ask(page, QUESTION).get_by_text("Copy", exact=True).click()
    page.get_by_text("Copied").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert f"[1] {receipt.citations[0].file.replace('_', chr(92) + '_')}, line {receipt.citations[0].line}" in copied


def test_a_thumb_down_with_a_word_why_is_kept(visit: Visit, seeds: Running, store: Path) -> None:
    page = visit(seeds.url)
    turn = ask(page, "When was the ban announced?")
    turn.get_by_role("button", name="Not helpful").click()
    turn.get_by_label("In a word, why?").fill("too short")
    turn.get_by_role("button", name="Send").click()
    turn.get_by_text("Thank you").wait_for()
    record = json.loads((store / "feedback.jsonl").read_text("utf-8").splitlines()[-1])
    assert (record["rating"], record["why"]) == ("down", "too short")
    assert record["answer"]["citations"][0]["quote"]


def test_a_visitors_own_document_is_asked_and_seen_by_nobody_else(visit: Visit, seeds: Running, tmp_path: Path) -> None:
    (tmp_path / "bridge.txt").write_text(NOTE, "utf-8")
    (tmp_path / "picture.xyz").write_bytes(b"\x00")
    page, other = visit(seeds.url), visit(seeds.url)
    page.get_by_role("tab", name="Documents").click()
    page.locator("#qa-upload input[type=file]").set_input_files([tmp_path / "bridge.txt", tmp_path / "picture.xyz"])
    page.locator("#qa-mine").get_by_text("bridge.txt").wait_for()
    assert "picture.xyz: " in page.locator("#qa-mine .qa-skipped").inner_text()
    page.get_by_role("tab", name="Ask").click()
    turn = ask(page, "When did the bridge open?")
    assert "1932" in turn.inner_text()
    assert page.locator("#qa-evidence mark").text_content() == "The bridge opened in 1932."
    assert "No answer" in ask(other, "When did the bridge open?").inner_text()
    other.get_by_role("tab", name="Documents").click()
    other.locator("#qa-served").get_by_text("000_29ec39afe49c0f64.txt").wait_for()
    assert "bridge.txt" not in other.locator("body").inner_text()
    page.get_by_role("tab", name="Documents").click()
    page.get_by_role("button", name="Remove bridge.txt").click()
    page.locator("#qa-mine").get_by_text("bridge.txt").wait_for(state="detached")


def test_a_question_can_be_restricted_to_chosen_documents(visit: Visit, seeds: Running) -> None:
    page = visit(seeds.url)
    page.get_by_text("Ask within chosen documents").click()
    page.get_by_role("combobox").click()
    page.get_by_role("option", name="002_333e49b273a8e5f6.txt").click()
    page.keyboard.press("Escape")
    ask(page, QUESTION)
    files = page.locator(".qa-evidence .qa-source .qa-file").all_text_contents()
    assert set(files) == {"002_333e49b273a8e5f6.txt"}


def test_the_quality_page_shows_the_report_and_says_how_to_make_one(visit: Visit, seeds: Running, store: Path) -> None:
    page = visit(seeds.url)
    page.get_by_role("tab", name="Quality").click()
    report = page.frame_locator("#qa-quality iframe")
    report.get_by_text("python -m eval run").wait_for()
    (store / "none.html").write_text("<!doctype html><title>x</title><h1>Evaluation of qa</h1>", "utf-8")
    again = visit(seeds.url)
    again.get_by_role("tab", name="Quality").click()
    again.frame_locator("#qa-quality iframe").get_by_role("heading", name="Evaluation of qa").wait_for()
    (store / "none.html").unlink()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", ["wide", "middle", "phone"])
def test_nothing_is_wider_than_the_window(visit: Visit, seeds: Running, size: str, scheme: str) -> None:
    page = visit(seeds.url, size=size, scheme=scheme)
    is_too_wide = "document.documentElement.scrollWidth > innerWidth"
    assert not page.evaluate(is_too_wide)
    ask(page, QUESTION)
    ask(page, "Who is the chief executive of Intel?")
    for tab in ("Ask", "Documents", "Quality"):
        page.get_by_role("tab", name=tab).click()
        page.wait_for_timeout(200)
        assert not page.evaluate(is_too_wide), tab


def axe_of(page: Any) -> Callable[[str], list[str]]:
    """What axe-core finds in the page as it is then, that is serious or critical."""
    axe = pytest.importorskip("axe_playwright_python.base", reason="axe-core is missing: pip install 'qa[browser]'")
    page.evaluate(Path(axe.__file__).with_name("axe.min.js").read_text("utf-8"))

    def serious(where: str) -> list[str]:
        found = page.evaluate("axe.run(document, {resultTypes: ['violations'], iframes: false})")["violations"]
        bad = [each for each in found if each["impact"] in ("serious", "critical")]
        return [f"{where}: {each['id']}: {node['html'][:200]}" for each in bad for node in each["nodes"]]

    return serious


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(visit: Visit, seeds: Running, scheme: str) -> None:
    page = visit(seeds.url, scheme=scheme)
    serious = axe_of(page)
    faults = serious("welcome")
    ask(page, QUESTION)
    faults += serious("answer")
    page.locator('.qa-card[data-citation="1"]').get_by_text("Open in document").click()
    page.get_by_role("dialog").wait_for()
    faults += serious("document")
    page.keyboard.press("Escape")
    ask(page, "Who is the chief executive of Intel?")
    page.get_by_text("Found but not used").click()
    faults += serious("abstention")
    page.get_by_role("tab", name="Documents").click()
    page.locator("#qa-served table").wait_for()
    faults += serious("documents")
    assert faults == []


@pytest.fixture(scope="module")
def hostile(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Documents, names of files and a model that attack whoever looks at them."""
    folder = tmp_path_factory.mktemp("hostile")
    name = f"{ATTACK.replace('/', '')}.txt"
    (folder / name).write_text(f"The bridge {ATTACK} opened in 1932.\n<script>window.hacked=3</script>\n", "utf-8")
    (folder / "${window.hacked=4}{{constructor}}.md").write_text(
        "# ${window.hacked=5}\n\nThe tunnel opened in 1950.\n", "utf-8"
    )
    (folder / "<b>.bin").write_bytes(b"\x00")

    def reply(prompt: str) -> str:
        number = next(
            line.split("]")[0][1:] for line in prompt.splitlines() if "opened in 1932" in line and line[0] == "["
        )
        return f"The bridge {ATTACK} opened in 1932. [{number}]\nThe bridge {ATTACK} opened in 1999. [{number}]\n"

    with (
        scripted_llm(reply) as model,
        serving(
            "--corpus", folder, "--llm", f"openai-like/any@{model.url}/v1", store=tmp_path_factory.mktemp("store")
        ) as running,
    ):
        yield running


def test_nothing_that_documents_names_questions_or_models_say_becomes_markup(visit: Visit, hostile: Running) -> None:
    page = visit(hostile.url)
    turn = ask(page, f"When did the bridge open? {ATTACK}")
    assert ATTACK in turn.locator(".qa-question").text_content()
    assert ATTACK in page.locator("#qa-evidence mark").first.text_content()
    page.locator(".qa-card").first.get_by_text("Open in document").click()
    dialog = page.get_by_role("dialog")
    dialog.wait_for()
    assert ATTACK in dialog.locator("mark").text_content()
    assert "<img src=x" in dialog.locator("h2").text_content()
    assert "<script>window.hacked=3</script>" in dialog.locator(".qa-text").text_content()
    page.keyboard.press("Escape")
    page.get_by_text("Found but not used").click()
    page.get_by_role("tab", name="Documents").click()
    page.locator("#qa-served").get_by_text("${window.hacked=4}{{constructor}}.md").wait_for()
    assert page.locator("img[src=x], svg[onload]").count() == 0


def test_a_hostile_file_that_is_uploaded_is_only_a_file(visit: Visit, hostile: Running, tmp_path: Path) -> None:
    file = tmp_path / "<img src=x onerror=hacked=1>.txt"
    file.write_text(f"The ferry {ATTACK} sails at noon.\n", "utf-8")
    page = visit(hostile.url)
    page.get_by_role("tab", name="Documents").click()
    page.locator("#qa-upload input[type=file]").set_input_files([file])
    page.locator("#qa-mine table").wait_for()
    assert page.locator("img[src=x]").count() == 0


@pytest.fixture
def slow(browser: Any, store: Path, seeds: Running) -> Iterator[tuple[Running, Scripted]]:
    """A model that says one thing after the other, slowly and for ever."""
    article = qa.assistant.seeds() / "000_29ec39afe49c0f64.txt"
    said = article.read_text("utf-8").replace(". ", ".\n")
    with (
        scripted_llm(Fault("slow drip", said), drip_seconds=0.05) as model,
        serving("--llm", f"openai-like/any@{model.url}/v1", store=store) as running,
    ):
        yield running, model


def test_stop_and_a_closed_page_end_the_work(visit: Visit, slow: tuple[Running, Scripted]) -> None:
    running, model = slow
    page = visit(running.url)
    box = page.get_by_label("Your question")
    box.fill("When was the ban announced?")
    page.keyboard.press("Enter")
    page.locator(".qa-statement").first.wait_for()
    page.get_by_role("button", name="Stop").click()
    page.get_by_text("Stopped. What was proven by then stands.").wait_for()
    assert model.requests[-1].was_closed.wait(60)
    assert page.locator(".qa-statement").count() >= 1
    box.fill("When was the ban announced?")
    page.keyboard.press("Enter")
    page.locator(".qa-pending").wait_for()
    page.locator(".qa-turn").nth(1).locator(".qa-statement").first.wait_for()
    asked = model.requests[-1]
    page.close()
    assert asked.was_closed.wait(60)


def test_a_model_that_says_nothing_is_stopped_at_once(visit: Visit, browser: Any, store: Path, seeds: Running) -> None:
    with (
        scripted_llm(Fault("silent"), "The ban was announced on May 21. [1]\n") as model,
        serving("--llm", f"openai-like/any@{model.url}/v1", store=store) as running,
    ):
        page = visit(running.url)
        page.get_by_label("Your question").fill("When was the ban announced?")
        page.keyboard.press("Enter")
        while not model.requests:
            page.wait_for_timeout(50)
        page.get_by_role("button", name="Stop").click()
        page.get_by_text("Stopped.").wait_for()
        ask(page, "When was the ban announced?")
        page.close()


def test_a_file_that_changed_since_is_not_marked_wrongly(visit: Visit, browser: Any, tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "bridge.txt").write_text(NOTE, "utf-8")
    with serving("--corpus", folder, store=tmp_path / "store") as running:
        page = visit(running.url)
        ask(page, "When did the bridge open?")
        (folder / "bridge.txt").write_text(NOTE.replace("1932", "1933"), "utf-8")
        page.locator(".qa-card").first.get_by_text("Open in document").click()
        dialog = page.get_by_role("dialog")
        dialog.wait_for()
        assert "has changed since" in dialog.inner_text()
        assert dialog.locator("mark").count() == 0


@pytest.fixture(scope="module")
def pages(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, Path]]:
    """A PDF with known words at a known place."""
    folder = tmp_path_factory.mktemp("pages")
    (folder / "bridge.pdf").write_bytes(pdf([text_page("The town is old.", "", WORDS, top=600)]))
    with serving("--corpus", folder, store=tmp_path_factory.mktemp("store")) as running:
        yield running, folder


@pytest.mark.parametrize("size", ["wide", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_cited_page_of_a_pdf_is_seen_with_the_words_marked_beside_its_text(
    visit: Visit, pages: tuple[Running, Path], size: str, scheme: str
) -> None:
    page = visit(pages[0].url, size=size, scheme=scheme)
    ask(page, "When did the bridge open?")
    page.locator(".qa-card").first.get_by_text("Open in document").click()
    dialog = page.get_by_role("dialog")
    dialog.wait_for()
    region, picture = (
        dialog.locator(".qa-region"),
        dialog.get_by_alt_text("Page 1 of bridge.pdf, the cited words marked"),
    )
    region.wait_for()
    assert dialog.locator("mark").text_content() == WORDS
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 1200
    drawn, sheet = region.bounding_box(), picture.bounding_box()
    # Where `pages` wrote them: 72 points from the left, 572 from below, on A4.
    assert abs((drawn["x"] - sheet["x"]) / sheet["width"] - 72 / WIDTH) < 0.01
    assert abs((drawn["y"] + drawn["height"] - sheet["y"]) / sheet["height"] - (1 - 572 / HEIGHT)) < 0.01
    frame, room = dialog.locator(".qa-frame").bounding_box(), dialog.bounding_box()
    assert frame["x"] <= drawn["x"]
    assert drawn["x"] + drawn["width"] <= frame["x"] + frame["width"]
    assert frame["y"] <= drawn["y"] <= frame["y"] + frame["height"]
    assert room["width"] <= page.viewport_size["width"]
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    dialog.get_by_role("button", name="Larger").click()
    assert picture.bounding_box()["width"] >= 1200
    assert dialog.locator(".qa-frame").bounding_box() == frame
    page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")


def test_axe_finds_nothing_serious_in_a_page_of_a_pdf(visit: Visit, pages: tuple[Running, Path]) -> None:
    page = visit(pages[0].url)
    serious = axe_of(page)
    ask(page, "When did the bridge open?")
    page.locator(".qa-card").first.get_by_text("Open in document").click()
    page.locator(".qa-region").wait_for()
    assert serious("page") == []


def test_a_pdf_that_changed_since_shows_no_page(visit: Visit, pages: tuple[Running, Path]) -> None:
    running, folder = pages
    page = visit(running.url)
    ask(page, "When did the bridge open?")
    (folder / "bridge.pdf").write_bytes(pdf([text_page("The town is older.", "", WORDS, top=300)]))
    page.locator(".qa-card").first.get_by_text("Open in document").click()
    dialog = page.get_by_role("dialog")
    dialog.wait_for()
    assert "has changed since" in dialog.inner_text()
    assert dialog.locator("img").count() == 0


def test_the_browser_tests_run_where_there_is_a_browser(browser: Any) -> None:
    assert browser.version, sys.platform
