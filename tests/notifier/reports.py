"""Mail as mail servers and people send it back, for tests."""

from __future__ import annotations

DOMAIN = "vpcp.vn"
DELIVERY = "11111111-2222-5333-8444-555555555555"


def report(
    delivery: str | None = DELIVERY,
    *,
    action: str = "failed",
    status: str = "5.1.1",
    said: str = "smtp; 550 5.1.1 <vanthu@lucnam.vn>: no such mailbox",
    envelope_id: str | None = None,
    domain: str = DOMAIN,
    headers_only: bool = False,
    recipients: str | None = None,
) -> bytes:
    """A report of a delivery, as RFC 3464 has it. `recipients`: the blocks of the recipients in place of one."""
    fields = recipients or (
        f"Final-Recipient: rfc822; vanthu@lucnam.vn\nAction: {action}\nStatus: {status}\n"
        f"Remote-MTA: dns; mx.lucnam.vn\nDiagnostic-Code: {said}\n"
    )
    envelope = f"Original-Envelope-Id: {envelope_id}\n" if envelope_id else ""
    message_id = f"Message-ID: <{delivery}@{domain}>\n" if delivery else ""
    kind = "text/rfc822-headers" if headers_only else "message/rfc822"
    text = f"""Return-Path: <>
From: MAILER-DAEMON@mx.lucnam.vn (Mail Delivery System)
To: noinhan@vpcp.vn
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"

This is a MIME-encapsulated message.

--b1
Content-Type: text/plain; charset=us-ascii

The mail system could not deliver <99999999-2222-5333-8444-555555555555@vpcp.vn>.

--b1
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.lucnam.vn
{envelope}Arrival-Date: Thu, 26 Nov 2026 10:00:00 +0700

{fields}
--b1
Content-Type: {kind}

From: noinhan@vpcp.vn
To: vanthu@lucnam.vn
Subject: =?utf-8?q?Th=C3=B4ng_b=C3=A1o?=
{message_id}
body
--b1--
"""
    return text.replace("\n", "\r\n").encode()


def mail(headers: str = "", content_type: str = "text/plain") -> bytes:
    """Any other mail."""
    return (
        f"From: a@lucnam.vn\r\nTo: noinhan@vpcp.vn\r\nSubject: Re: 129/TB-VPCP\r\n{headers}"
        f"Content-Type: {content_type}\r\nIn-Reply-To: <{DELIVERY}@{DOMAIN}>\r\n\r\n"
        f"550 5.1.1 failed <{DELIVERY}@{DOMAIN}>\r\n"
    ).encode()
