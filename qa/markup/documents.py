"""Lists of documents to HTML: what can be asked, with size and passages, and what was left out and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qa.markup.html import Html, element
from qa.text.visible import visible

_STEP = 1024


@dataclass(frozen=True, slots=True)
class Listed:
    """A file in a list: `size` in bytes, `passages` is None where they were not counted, `reason` says why a file is
    left out, `remark` what there is to know of one that was read."""

    file: str
    size: int | None = None
    passages: int | None = None
    reason: str | None = None
    remark: str = ""


def documents(listed: Sequence[Listed], *, total: int, can_remove: bool = False) -> Html:
    """A table of files, of which there are `total`; those that are left out stand below with their reasons."""
    read = [(number, each) for number, each in enumerate(listed) if each.reason is None]
    skipped = [(number, each) for number, each in enumerate(listed) if each.reason is not None]
    parts = [_table(read, can_remove=can_remove)] if read else [element("p", {"class": "qa-hint"}, "No documents yet.")]
    if total > len(read):
        parts.append(element("p", {"class": "qa-hint"}, f"And {total - len(read):,} more."))
    if skipped:
        parts.append(element("h3", {}, f"Left out ({len(skipped):,})"))
        parts.append(
            element("ul", {"class": "qa-skipped"}, *(_skipped(*each, can_remove=can_remove) for each in skipped))
        )
    return element("div", {"class": "qa-documents"}, *parts)


def _table(read: Sequence[tuple[int, Listed]], *, can_remove: bool) -> Html:
    names = ["Document", "Passages", "Size", "State"] + (["Remove"] if can_remove else [])
    head = element("tr", {}, *(element("th", {"scope": "col"}, name) for name in names))
    rows = [
        element(
            "tr",
            {},
            element("th", {"scope": "row"}, element("span", {"class": "qa-file"}, visible(each.file)), _remark(each)),
            element("td", {"class": "qa-count"}, "–" if each.passages is None else f"{each.passages:,}"),
            element("td", {"class": "qa-count"}, "–" if each.size is None else size(each.size)),
            element("td", {}, "✓ ready"),
            *([element("td", {}, _remove(number, each))] if can_remove else []),
        )
        for number, each in read
    ]
    return element("table", {}, element("thead", {}, head), element("tbody", {}, *rows))


def _remark(each: Listed) -> Html:
    if not each.remark:
        return Html("")
    return element("p", {"class": "qa-hint", "dir": "auto"}, f"Note: {visible(each.remark)}.")


def _skipped(number: int, each: Listed, *, can_remove: bool) -> Html:
    name = element("span", {"class": "qa-file"}, visible(each.file))
    return element("li", {}, name, f": {visible(each.reason or '')} ", _remove(number, each) if can_remove else "")


def _remove(number: int, each: Listed) -> Html:
    label = f"Remove {visible(each.file)}"
    attributes: dict[str, str | int] = {"type": "button", "class": "qa-link", "data-action": "remove"}
    return element("button", {**attributes, "data-number": number, "aria-label": label}, "Remove")


def size(count: int) -> str:
    """Bytes as people read them: "820 B", "1.4 KB", "12 MB"."""
    amount = float(count)
    for unit in ("B", "KB", "MB"):
        if amount < _STEP:
            return f"{amount:.0f} {unit}" if unit == "B" or amount >= 10 else f"{amount:.1f} {unit}"
        amount /= _STEP
    return f"{amount:.1f} GB"
