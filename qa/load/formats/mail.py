"""Mail: who wrote to whom, when and about what, the message, and what is attached to it under its name."""

from __future__ import annotations

import email
import email.policy
import posixpath
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

from qa.load.encodings import decode
from qa.load.formats import PLAIN, READERS, Content
from qa.load.formats.composition import Composition
from qa.load.formats.html import write_html
from qa.load.formats.reading import content_of
from qa.types import UnreadableDocument

_HEADERS = ("From", "To", "Cc")


def content(data: bytes) -> Content:
    """The message, its plain form before its HTML form."""
    message = email.message_from_bytes(data, policy=email.policy.default)
    if not message.keys():
        raise UnreadableDocument("it is no mail: it has no headers")
    composition = Composition()
    subject = str(message.get("Subject") or "")
    composition.heading(subject, level=1)
    for name in _HEADERS:
        if value := str(message.get(name) or ""):
            composition.table([[name, value]], headings=0)
    sent = getattr(message.get("Date"), "datetime", None)
    composition.date(sent.date() if sent else None, name="Mail sent")
    body = message.get_body(("plain", "html"))
    if body is not None:
        payload = body.get_payload(decode=True)
        raw = payload if isinstance(payload, bytes) else b""
        if body.get_content_subtype() == "html":
            write_html(composition, raw, encoding=body.get_content_charset())
        else:
            _write_plain(composition, decode(raw, declared=body.get_content_charset()).text)
    unread = list(_write_attachments(composition, message))
    if unread:
        composition.remark(f"of its attachments these were not read: {', '.join(unread)}")
    return composition.content(title=subject)


def _write_plain(composition: Composition, text: str) -> None:
    """The paragraphs of a letter as they stand."""
    for paragraph in text.replace("\r\n", "\n").split("\n\n"):
        composition.verbatim(paragraph)


def _write_attachments(composition: Composition, message: EmailMessage) -> Iterator[str]:
    """Write those that can be read; the names of the others with the reasons."""
    for part in message.iter_attachments():
        is_mail = part.get_content_type() == "message/rfc822"
        name = part.get_filename() or ("mail.eml" if is_mail else part.get_content_type())
        try:
            included = _attached(name, part)
        except UnreadableDocument as error:
            yield f"{name} ({error})"
            continue
        composition.heading(f"Attachment: {name}", level=2)
        composition.include(included)


def _attached(name: str, part: Any) -> Content:
    reader = READERS.get(posixpath.splitext(name)[1].lower())
    if reader is None:
        raise UnreadableDocument("a kind that is not read")
    inner = part.get_content() if part.get_content_type() == "message/rfc822" else None
    data = inner.as_bytes() if inner is not None else part.get_payload(decode=True) or b""
    if reader == PLAIN:
        decoded = decode(data)
        return Content(decoded.text, remarks=(decoded.remark,) if decoded.remark else ())
    return content_of(reader, data)
