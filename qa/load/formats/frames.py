"""An element of a web page in; whether it only frames the page out: menus, the site's header and footer, notices on
cookies, calls to share.

What is sure by its kind or role is taken for a frame at once; what only has the name of one must be made of links, or
must not hold most of the page. Knows nothing of what is seen.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    Element = Any

_FRAME = frozenset("nav footer aside menu".split())
_FRAME_ROLES = frozenset("navigation banner contentinfo complementary search alert alertdialog dialog menu".split())
_FRAME_NAME = re.compile(
    r"(?:^|[-_\s])(?<!no-)(?<!has-)(?<!with-)(?<!without-)"
    r"(?:(?P<sure>cookies?|consent|gdpr|navbar|navigation|navbox|breadcrumbs?|masthead|skip-?link|newsletter|advert\w*|ads"
    r"|footer|site-?header|pagination|pager|copyright|comments|mw-editsection|noprint)"
    r"|nav|menu|sidebar|social|share|sharing|subscribe|popup|modal|toolbar|related(?:-(?:articles|posts|stories|links))?)"
    r"(?:$|[-_\s])",
    re.IGNORECASE,
)
_COOKIES = re.compile(r"\bcookies?\b", re.IGNORECASE)
_COOKIE_NOTICE = re.compile(
    r"\b(?:accept|agree|consent|decline|reject|manage|preferences|settings|by continuing)\b", re.IGNORECASE
)


def is_frame(element: Element, *, length: int) -> bool:
    """Whether an element belongs to the site around the page, by its kind, its role, its name or its words.

    `length` is of all the text of the page, in characters.
    """
    if element.tag in ("html", "body", "main", "article", "h1"):
        return False
    is_header = element.tag == "header" and element.find(".//h1") is None
    marked = (
        element.tag in _FRAME
        or (is_header and not any(above.tag in ("article", "main") for above in element.iterancestors()))
        or (element.get("role") or "") in _FRAME_ROLES
        or _has_name_of_frame(element)
    )
    if not marked and element.tag in ("div", "section", "ul", "p", "table"):
        return _is_menu(element) or _is_cookie_notice(element)
    # A name is a sign, no proof: what holds most of the page is the page.
    return marked and len(element.text_content()) * 2 < length


def _is_menu(element: Element) -> bool:
    """Whether there is little but links in it, short ones, as in a list of sections of the site."""
    if element.tag != "ul" or any(above.tag in ("article", "main") for above in element.iterancestors()):
        return False
    links = sum(1 for _ in element.iter("a"))
    return links >= 3 and _linked(element) > 0.8 and len(element.text_content()) < 40 * links


def _is_cookie_notice(element: Element) -> bool:
    if element.tag not in ("div", "section") or element.find(".//button") is None:
        return False
    text = element.text_content()
    return len(text) < 2000 and bool(_COOKIES.search(text)) and bool(_COOKIE_NOTICE.search(text))


def _has_name_of_frame(element: Element) -> bool:
    """Whether its class or id is a name of frames. "menu" may be that of a restaurant, so there must be links in it."""
    for name in (element.get("class"), element.get("id")):
        match = _FRAME_NAME.search(name) if name else None
        if match is not None:
            return match["sure"] is not None or _linked(element) > 0.5
    return False


def _linked(element: Element) -> float:
    """The share of an element's text that is links or buttons; 1 where it has no text."""
    length = len("".join(element.text_content().split()))
    linked = sum(len("".join(each.text_content().split())) for each in element.iter("a", "button"))
    return linked / length if length else 1.0
