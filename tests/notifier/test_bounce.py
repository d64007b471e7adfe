"""What a mail that came back says."""

from __future__ import annotations

from contextlib import suppress

import pytest

from services.notifier.bounce import Ignored, NoBounce, read_bounce
from tests.notifier.reports import DELIVERY, DOMAIN, mail, report

BLOCK = "Final-Recipient: rfc822; {}@x.vn\nAction: {}\nStatus: {}\nDiagnostic-Code: smtp; said\n"


@pytest.mark.parametrize("headers_only", [False, True])
def test_a_failure_is_read_with_its_words_and_without_addresses(*, headers_only: bool) -> None:
    """The delivery by the Message-ID of the returned letter or of its headers, the status and the server's words."""
    bounce = read_bounce(report(headers_only=headers_only), DOMAIN)
    assert (bounce.delivery_id, bounce.failed, bounce.status) == (DELIVERY, True, "5.1.1")
    assert bounce.words == "5.1.1 550 5.1.1 <[redacted]>: no such mailbox"


@pytest.mark.parametrize("written", [DELIVERY, DELIVERY.replace("-", "+2D"), DELIVERY.upper()])
def test_the_envelope_id_tells_the_delivery(written: str) -> None:
    """Where the letter itself did not come back: as it was sent, or as xtext (RFC 3461, 4)."""
    assert read_bounce(report(None, envelope_id=written), DOMAIN).delivery_id == DELIVERY


@pytest.mark.parametrize(
    "raw",
    [
        report(None),
        report("no-uuid"),
        report(domain="other.vn"),
        report(None, envelope_id="QQ314159"),
        report(f"{DELIVERY}> <x"),
    ],
)
def test_only_what_we_wrote_tells_the_delivery(raw: bytes) -> None:
    """Free text, other domains, other ids and half a Message-ID tell nothing."""
    bounce = read_bounce(raw, DOMAIN)
    assert (bounce.delivery_id, bounce.failed) == (None, True)


@pytest.mark.parametrize(
    ("action", "status", "failed"),
    [
        ("failed", "5.1.1", True),
        ("Failed", "5.0.0", True),
        ("failed", "4.4.7", True),
        ("failed (bad)", "5.1.1", True),
        ("delayed", "4.4.1", False),
        ("delayed", "5.1.1", False),
        ("delivered", "2.0.0", False),
        ("relayed", "2.0.0", False),
        ("", "5.1.1", True),
        ("", "4.2.2", False),
    ],
)
def test_only_a_server_that_gave_up_makes_a_failure(action: str, status: str, *, failed: bool) -> None:
    """The action decides: an expired letter failed with 4.4.7; a delay is none, whatever its status."""
    assert read_bounce(report(action=action, status=status), DOMAIN).failed is failed


@pytest.mark.parametrize(
    ("status", "said", "words"),
    [
        ("5.1.1 (bad destination mailbox address)", "smtp; 550 no", "5.1.1 550 no"),
        ("5.4.310", "smtp;550 5.4.310 DNS domain\n  lucnam.vn does\n  not exist", None),
        ("nonsense", 'X-Postfix; unknown user: "vanthu"', 'unknown user: "vanthu"'),
        ("5.2.2", "", "5.2.2"),
    ],
)
def test_status_and_words_are_read_as_servers_write_them(status: str, said: str, words: str | None) -> None:
    """With a comment, folded over lines, of another kind, or missing."""
    expected = words or "5.4.310 550 5.4.310 DNS domain lucnam.vn does not exist"
    assert read_bounce(report(status=status, said=said), DOMAIN).words == expected


def test_one_recipient_that_failed_makes_a_failure() -> None:
    """Of an address that stands for several, the one that failed is told."""
    blocks = BLOCK.format("a", "delivered", "2.0.0") + "\n" + BLOCK.format("b", "failed", "5.2.1")
    bounce = read_bounce(report(recipients=blocks), DOMAIN)
    assert (bounce.failed, bounce.words) == (True, "5.2.1 said")


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (mail("Auto-Submitted: auto-replied (vacation)\r\n"), "auto_reply"),
        (mail("Auto-Submitted: auto-generated\r\n"), "auto_reply"),
        (mail("X-Autoreply: yes\r\n"), "auto_reply"),
        (mail(content_type="multipart/report; report-type=disposition-notification; boundary=x"), "auto_reply"),
        (mail(), "no_report"),
        (mail("Auto-Submitted: no\r\n"), "no_report"),
        (mail(content_type="multipart/report; report-type=delivery-status; boundary=x"), "no_report"),
        (report().replace(b"Content-Type: message/delivery-status", b"Content-Type: text/plain"), "no_report"),
        (b"", "no_report"),
        (b"\xff\xfe\x00", "no_report"),
    ],
)
def test_what_no_mail_server_reports_is_ignored(raw: bytes, reason: Ignored) -> None:
    """Vacation messages, answers of people that quote us, notes of reading, and what is no mail at all."""
    with pytest.raises(NoBounce) as ignored:
        read_bounce(raw, DOMAIN)
    assert ignored.value.reason == reason


def test_a_report_that_cannot_be_read_is_ignored() -> None:
    """Mail that is nested beyond reason raises nothing else."""
    nested = b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
    for depth in range(3_000):
        nested += b"--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n" % (depth, depth + 1)
    with pytest.raises(NoBounce):
        read_bounce(nested.replace(b"boundary=b\r", b"boundary=b0\r"), DOMAIN)


def test_words_are_short_and_can_be_written_down() -> None:
    """A long diagnostic in another charset is cut and made legible."""
    raw = report(said="smtp; " + "x" * 5_000).replace(b"xxxx\r\n", b"\xe2\xa4\x01\r\n")
    words = read_bounce(raw, DOMAIN).words
    assert len(words.encode()) <= 300


@pytest.mark.parametrize("cut", range(0, 1_000, 37))
def test_a_report_cut_anywhere_raises_nothing_else(cut: int) -> None:
    """Half a report is a report, or none."""
    with suppress(NoBounce):
        assert read_bounce(report()[:cut], DOMAIN).delivery_id in {DELIVERY, None}
