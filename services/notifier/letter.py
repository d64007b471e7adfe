"""The mail as it travels: headers that cannot be injected, text and HTML, a Message-ID that retries keep."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Final

from contracts.identity import delivery_id
from services.notifier import render
from services.notifier.parcel import Contents, Parcel

_POLICY: Final = SMTP.clone(max_line_length=998)


@dataclass(frozen=True)
class Sender:
    """Who writes to the offices. `returns_to`: the address that bounces go to; empty: the same."""

    address: str
    name: str
    returns_to: str = ""

    @property
    def domain(self) -> str:
        """The part of the address after the @."""
        return self.address.rpartition("@")[2]


def letter(
    parcel: Parcel,
    contents: Contents | None,
    recipient: str,
    sender: Sender,
    now: datetime,
    *,
    unsubscribe_url: str | None = None,
) -> EmailMessage:
    """Write one office's mail with these contents of the parcel. `recipient` is its address in ASCII.

    `unsubscribe_url`: where a copy for information only may be done without (RFC 2369; with one click, RFC 8058,
    which needs https).

    Word of a recall refers to the mail that brought the notice, so that a mail program shows both together.
    """
    subject, text, html = render.mail(contents, unsubscribe_url)
    message = EmailMessage(policy=_POLICY)
    message["Subject"] = subject
    message["From"] = _address(sender.address, sender.name)
    message["To"] = _address(recipient, parcel.endpoint.name or "")
    message["Date"] = now
    message["Message-ID"] = f"<{parcel.delivery_id}@{sender.domain}>"
    if contents is not None and contents.recall is not None:
        first = delivery_id(contents.assignment.assignment_id, parcel.endpoint.endpoint_id)
        message["References"] = f"<{first}@{sender.domain}>"
    if unsubscribe_url is not None:
        message["List-Unsubscribe"] = f"<{unsubscribe_url}>"
        if unsubscribe_url.startswith("https://"):
            message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text, charset="utf-8", cte="base64")
    message.add_alternative(html, subtype="html", charset="utf-8", cte="base64")
    return message


def _address(address: str, name: str) -> Address:
    return Address(display_name=render.one_line(name), addr_spec=address)
