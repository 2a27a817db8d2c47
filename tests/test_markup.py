"""HTML of answers: what is shown, and that no text of a document, a file's name, a question or a model becomes markup."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from qa.markup.conversation import Turn, conversation
from qa.markup.document import Sought, document, is_unchanged
from qa.markup.documents import Listed, documents, size
from qa.markup.evidence import evidence
from qa.markup.frame import engine, header, notice, welcome
from qa.markup.html import Html, element, escaped, joined
from qa.markup.markdown import markdown
from qa.markup.sheet import Sheet, no_sheet, sheet
from qa.types import Answer, Citation, Conflict, Document, Hit, Passage, Statement

HOSTILE = '<img src=x onerror="window.hacked=1"><script>hacked()</script>${hacked}{{hacked}}\'">&lt;b&gt;'
TEXT = "First words. The bridge opened in 1932. Last words."
QUOTE = "The bridge opened in 1932."


class Reader(HTMLParser):
    """The tags, attributes and texts that a browser would find."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    return reader


def marked(html: str) -> list[str]:
    return [read(each).text for each in re.findall(r"<mark>(.*?)</mark>", html, re.DOTALL)]


def citation(quote: str = QUOTE, file: str = "bridge.txt", text: str = TEXT) -> Citation:
    return Citation(file, text.index(quote), text.index(quote) + len(quote), quote, 1, None, "0" * 64)


def statement(
    text: str = QUOTE,
    *,
    verdict: str = "supported",
    reason: str = "it stands word for word in the source",
    cites: tuple[Citation, ...] = (citation(),),
) -> Statement:
    return Statement(text, verdict, 1.0, reason, cites)  # type: ignore[arg-type]


def answer(*statements: Statement, **more: object) -> Answer:
    parts: dict[str, object] = {
        "question": "When did it open?",
        "engine": "extractive",
        "statements": statements,
        "withheld": (),
        "conflicts": (),
        "hits": (Hit(Passage("bridge.txt", 0, len(TEXT), TEXT), 1.0), Hit(Passage("other.txt", 0, 4, "None"), 0.5)),
        "reason": None if statements else 'The documents do not mention "Intel".',
    }
    return Answer(**{**parts, **more})  # type: ignore[arg-type]


def turn(found: Answer) -> Turn:
    return Turn(found.question, statements=found.statements, hits=found.hits, answer=found)


def hostile_answer(**more: object) -> Answer:
    quote = f"{HOSTILE} opened."
    cited = Citation(f"{HOSTILE}.txt", 0, len(quote), quote, 1, 2, "0" * 64)
    side = statement(HOSTILE, reason=HOSTILE, cites=(cited,))
    bad = statement(HOSTILE, verdict="contradicted", reason=HOSTILE, cites=(cited,))
    parts: dict[str, object] = {
        "question": HOSTILE,
        "engine": HOSTILE,
        "withheld": (bad,),
        "conflicts": (Conflict(HOSTILE, (side, side)),),
        "hits": (Hit(Passage(f"{HOSTILE}.txt", 0, len(quote), quote, HOSTILE), 1.0),),
        "rewritten": HOSTILE,
        "note": HOSTILE,
    }
    return answer(side, **{**parts, **more})


HOSTILE_PAGES = {
    "a conversation": conversation([turn(hostile_answer())], selected=0),
    "an abstention": conversation([turn(hostile_answer(statements=(), reason=HOSTILE))], selected=0),
    "a problem": conversation([Turn(HOSTILE, problem=HOSTILE)], selected=0),
    "the evidence": evidence(turn(hostile_answer()), number=0),
    "the nearest passages": evidence(turn(hostile_answer(statements=(), conflicts=(), reason=HOSTILE)), number=0),
    "a document": document(Document(HOSTILE, HOSTILE, "", ""), Sought(HOSTILE, 0, HOSTILE[:10])),
    "a document that is gone": document(None, Sought(HOSTILE, 0, HOSTILE), reason=HOSTILE),
    "the list of documents": documents(
        [Listed(HOSTILE, 1, 1), Listed(HOSTILE, reason=HOSTILE)], total=1, can_remove=True
    ),
    "the welcome": welcome(HOSTILE, [HOSTILE]),
    "the head": header(HOSTILE, 1),
    "the engine": engine(HOSTILE),
    "a notice": notice(HOSTILE, is_problem=True),
}


@pytest.mark.parametrize("html", HOSTILE_PAGES.values(), ids=HOSTILE_PAGES.keys())
def test_no_text_becomes_an_element_or_an_attribute(html: str) -> None:
    found = read(html)
    assert not set(found.tags) & {"img", "script", "b", "iframe", "style", "link"}
    assert not [name for name, _ in found.attributes if name.startswith("on") or name in ("src", "href", "style")]
    assert "<img src=x" in found.text or "&lt;img" in html


def test_text_is_escaped_wherever_it_is_put_and_html_is_not() -> None:
    assert element("p", {"title": '"<'}, "<b>", Html("<i>")) == '<p title="&quot;&lt;">&lt;b&gt;<i></p>'
    assert joined(["<", Html("<")]) == "&lt;<"
    assert element("p", {"hidden": True, "class": "", "open": False}) == "<p hidden></p>"


def test_a_carriage_return_survives_the_parser() -> None:
    assert escaped("a\r\nb") == "a&#13;\nb"


def test_the_mark_in_the_evidence_is_exactly_the_quote() -> None:
    assert marked(evidence(turn(answer(statement())), number=0)) == [QUOTE]


def test_what_stands_around_a_quote_is_shown_with_it() -> None:
    assert TEXT in read(evidence(turn(answer(statement())), number=0)).text


def test_what_was_found_and_not_used_stands_below_and_closed() -> None:
    html = evidence(turn(answer(statement())), number=0)
    below = html[html.index("<details") :]
    assert "Found but not used (1)" in below
    assert "other.txt" in below
    assert "<details open" not in html


def test_every_statement_has_its_chips_and_its_verdict_in_words() -> None:
    text = read(conversation([turn(answer(statement()))], selected=0)).text
    assert f"{QUOTE} [1] ✓ supported" in text


def test_statements_show_before_the_answer_is_whole() -> None:
    html = conversation([Turn("When?", statements=(statement(),))], selected=0)
    assert QUOTE in html
    assert "Reading on" in html


def test_an_abstention_says_what_was_looked_for_what_is_missing_and_what_comes_nearest() -> None:
    text = read(conversation([turn(answer())], selected=0)).text
    assert "No answer in these documents" in text
    assert "When did it open?" in text
    assert 'do not mention "Intel"' in text
    assert "bridge.txt" in text
    assert "Nearest passages" in read(evidence(turn(answer()), number=0)).text


def test_withheld_statements_stand_apart_with_the_reason() -> None:
    withheld = statement("It opened in 1999.", verdict="contradicted", reason="the source says 1932")
    html = conversation([turn(answer(statement(), withheld=(withheld,)))], selected=0)
    apart = html[html.index("qa-withheld") :]
    assert "1 statement was withheld" in apart
    assert "the source says 1932" in apart
    assert "It opened in 1999." not in html[: html.index("qa-withheld")].split("data-text")[0]


def test_sources_that_disagree_are_shown_side_by_side_with_their_chips() -> None:
    other = statement("It opened in 1933.", cites=(citation("Last words."),))
    found = answer(statement(), conflicts=(Conflict("the opening", (statement(), other)),))
    text = read(conversation([turn(found)], selected=0)).text
    assert "The documents disagree" in text
    assert "It opened in 1933. [2]" in text


def test_a_document_is_shown_whole_with_the_quote_marked() -> None:
    html = document(Document("bridge.txt", TEXT, "", "1"), Sought("bridge.txt", TEXT.index(QUOTE), QUOTE, "1"))
    assert marked(html) == [QUOTE]
    assert TEXT in read(html).text
    assert "changed" not in html


def test_a_document_that_has_changed_says_so_and_marks_no_wrong_words() -> None:
    sought = Sought("bridge.txt", TEXT.index(QUOTE), QUOTE, "1")
    moved = document(Document("bridge.txt", "New words. " + TEXT, "", "2"), sought)
    assert marked(moved) == [QUOTE]
    assert "has changed since" in moved
    changed = document(Document("bridge.txt", TEXT.replace("1932", "1933"), "", "2"), sought)
    assert marked(changed) == []
    assert "nothing is marked" in changed
    gone = document(None, sought, reason="it is not there any more")
    assert marked(gone) == []
    assert "can not be shown" in gone


def test_of_a_file_that_is_no_plain_text_the_page_and_the_text_that_was_read_are_shown() -> None:
    read_text = Document("bridge.pdf", TEXT, "", "1", encoding=None)
    html = document(read_text, Sought("bridge.pdf", TEXT.index(QUOTE), QUOTE, "1", page=3))
    assert "page 3, line 1" in html
    assert "the text that was read in the file" in html


def test_a_long_document_is_shown_around_the_quote() -> None:
    text = "x" * 1_000_000 + QUOTE + "y" * 1_000_000
    html = document(Document("bridge.txt", text, "", "1"), Sought("bridge.txt", 1_000_000, QUOTE))
    assert marked(html) == [QUOTE]
    assert len(html) < 500_000
    assert "800,000 characters before this are not shown" in html


def test_a_copied_answer_is_markdown_with_its_citations() -> None:
    copied = markdown(answer(statement()))
    assert f"{QUOTE} [1]" in copied
    assert "[1] bridge.txt, line 1\n> The bridge opened in 1932." in copied
    assert "No answer." in markdown(answer())


def test_what_is_copied_can_not_become_markup_elsewhere() -> None:
    copied = markdown(hostile_answer())
    assert not re.search(r"(?<!\\)<", copied)
    assert "![" not in copied


def test_a_file_that_was_read_with_a_remark_is_listed_with_it() -> None:
    text = read(documents([Listed("old.txt", 56, 1, remark="it is windows-1252, not UTF-8")], total=3)).text
    assert "Note: it is windows-1252, not UTF-8." in text
    assert "And 2 more." in text


def test_sizes_read_as_people_say_them() -> None:
    assert [size(each) for each in (820, 1434, 12 * 2**20, 3 * 2**30)] == ["820 B", "1.4 KB", "12 MB", "3.0 GB"]


def test_with_no_llm_the_page_says_what_to_set_for_one() -> None:
    assert "QA_LLM=" in engine("extractive")
    assert "QA_LLM" not in engine("ollama/llama3.2")
    assert "ollama/llama3.2" in engine("ollama/llama3.2")


def a_sheet(*boxes: tuple[float, float, float, float], goes_on: bool = False) -> Sheet:
    return Sheet(f"{HOSTILE}.pdf", 3, "data:image/png;base64,AA==", 1200, 1697, boxes, goes_on=goes_on)


def test_a_page_is_shown_with_the_words_marked_by_their_place() -> None:
    shown = sheet(a_sheet((0.1, 0.25, 0.9, 0.275), (0.1, 0.28, 0.4, 0.305)))
    styles = [value for name, value in read(shown).attributes if name == "style"]
    assert styles == [
        "left:10.000%;top:25.000%;width:80.000%;height:2.500%",
        "left:10.000%;top:28.000%;width:30.000%;height:2.500%",
    ]
    assert "Page 3 as it looks, the words marked." in read(shown).text
    assert "They go on on the next page." in read(sheet(a_sheet((0, 0, 1, 1), goes_on=True))).text


def test_a_page_on_which_the_words_can_not_be_told_is_shown_without_a_mark_and_says_so() -> None:
    shown = sheet(a_sheet())
    assert "qa-region" not in shown
    assert "can not be told for sure, so nothing is marked" in read(shown).text


def test_the_picture_of_a_page_has_words_for_those_who_do_not_see_it() -> None:
    for shown, said in ((a_sheet(), ""), (a_sheet((0, 0, 1, 1)), ", the cited words marked")):
        found = read(sheet(shown))
        assert dict(found.attributes)["alt"] == f"Page 3 of {HOSTILE}.pdf{said}"
        assert "script" not in found.tags
        assert found.tags.count("img") == 1
    assert read(no_sheet(HOSTILE)).tags == ["div", "p"]


def test_the_page_stands_beside_the_text_that_proves_the_words() -> None:
    found = Document("bridge.pdf", TEXT, "", "0" * 64, encoding=None)
    sought = Sought("bridge.pdf", TEXT.index(QUOTE), QUOTE, "0" * 64, 1)
    assert is_unchanged(found, sought)
    shown = document(found, sought, beside=no_sheet("Page 1 is being drawn …"))
    assert marked(shown) == [QUOTE]
    assert shown.index("is being drawn") < shown.index("<mark>")
    assert not is_unchanged(Document("bridge.pdf", TEXT, "", "1" * 64), sought)
    assert not is_unchanged(Document("bridge.pdf", f"New. {TEXT}", "", "0" * 64), sought)
