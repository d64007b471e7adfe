"""The mail as it travels: headers that cannot be injected, text and HTML, a Message-ID that retries keep."""

from __future__ import annotations

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Final

from contracts.identity import delivery_id
from services.notifier import render
from services.notifier.endpoints import BadTarget, ascii_address
from services.notifier.outcome import Refused
from services.notifier.parcel import Parcel, decode

_POLICY: Final = SMTP.clone(max_line_length=998)


def letter(parcel: Parcel, sender: str, sender_name: str, now: datetime) -> EmailMessage:
    """Write one office's mail. Raises Refused where the address is not a plain one.

    Word of a recall refers to the mail that brought the notice, so that a mail program shows both together.
    """
    try:
        target = ascii_address(parcel.endpoint.target)
    except BadTarget as error:
        raise Refused("bad_address", str(error)) from None
    contents = decode(parcel.body)
    domain = sender.rpartition("@")[2]
    subject, text, html = render.mail(contents)
    message = EmailMessage(policy=_POLICY)
    message["Subject"] = subject
    message["From"] = _address(sender, sender_name)
    message["To"] = _address(target, parcel.endpoint.name or "")
    message["Date"] = now
    message["Message-ID"] = f"<{parcel.delivery_id}@{domain}>"
    if contents is not None and contents.recall is not None:
        first = delivery_id(contents.assignment.assignment_id, parcel.endpoint.endpoint_id)
        message["References"] = f"<{first}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text, charset="utf-8", cte="base64")
    message.add_alternative(html, subtype="html", charset="utf-8", cte="base64")
    return message


def _address(address: str, name: str) -> Address:
    return Address(display_name=render.one_line(name), addr_spec=address)
