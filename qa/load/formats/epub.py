"""E-books (EPUB): the chapters in the order of reading, without the table of contents."""

from __future__ import annotations

import datetime
import posixpath
import re
import zipfile
from typing import Any
from urllib.parse import unquote

from lxml import etree

from qa.load.formats import Content
from qa.load.formats.archive import entry, opened
from qa.load.formats.composition import Composition
from qa.load.formats.html import write_html
from qa.types import UnreadableDocument

_KIND = "EPUB"
_FONTS = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
"""Ways to scramble fonts; whatever else is encrypted can not be read."""


def content(data: bytes) -> Content:
    """The book under its title. https://www.w3.org/TR/epub-33/"""
    archive = opened(data, kind=_KIND)
    if _is_encrypted(archive):
        raise UnreadableDocument("it is protected against copying")
    container = _parsed(archive, "META-INF/container.xml")
    package_name = next((each.get("full-path") for each in container.iter("{*}rootfile")), None)
    if not package_name:
        raise UnreadableDocument("it is damaged, or no EPUB (it names no package)")
    package = _parsed(archive, package_name)
    composition = Composition()
    title = " ".join((package.findtext(".//{http://purl.org/dc/elements/1.1/}title") or "").split())
    composition.heading(title, level=1)
    composition.date(_date(package), name="Published")
    for name in _chapters(package, posixpath.dirname(package_name)):
        write_html(composition, entry(archive, name, kind=_KIND))
    return composition.content(title=title)


def _is_encrypted(archive: zipfile.ZipFile) -> bool:
    if "META-INF/encryption.xml" not in archive.namelist():
        return False
    methods = [
        each.get("Algorithm", "") for each in _parsed(archive, "META-INF/encryption.xml").iter("{*}EncryptionMethod")
    ]
    return any(method not in _FONTS for method in methods)


def _parsed(archive: zipfile.ZipFile, name: str) -> Any:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
    root = etree.fromstring(entry(archive, name, kind=_KIND), parser)
    if root is None:
        raise UnreadableDocument(f"it is damaged, or no EPUB (its part {name!r})")
    return root


def _chapters(package: Any, folder: str) -> list[str]:
    items = {each.get("id"): each for each in package.iter("{*}item")}
    chapters = []
    for reference in package.iter("{*}itemref"):
        item = items.get(reference.get("idref"))
        if item is None or "nav" in (item.get("properties") or "").split() or reference.get("linear") == "no":
            continue
        if "html" in (item.get("media-type") or ""):
            chapters.append(posixpath.normpath(posixpath.join(folder, unquote(item.get("href") or ""))))
    return chapters


def _date(package: Any) -> datetime.date | None:
    match = re.match(r"(\d{4})-(\d{2})-(\d{2})", package.findtext(".//{http://purl.org/dc/elements/1.1/}date") or "")
    try:
        return datetime.date(*map(int, match.groups())) if match else None
    except ValueError:
        return None
