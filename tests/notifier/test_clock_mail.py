"""What people read of the clock: an office's reminder, and its issuer's digest."""

from __future__ import annotations

import email.policy
from datetime import date
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any

import pytest

from contracts.identity import delivery_id, digest_id
from services.notifier import render
from services.notifier.letter import Sender, letter
from services.notifier.owed import Reminder
from services.notifier.owing import Office, Owing, as_issuers
from services.notifier.parcel import (
    Contents,
    Parcel,
    Reminded,
    decode,
    encode_digest,
    encode_reminder,
)
from tests.notifier.clocking import ISSUER, at
from tests.notifier.samples import NOW, assignment, endpoint

COPY = assignment(deadline=date(2026, 12, 10), issuer_id=ISSUER)
LINK = "http://127.0.0.1:1/a/token"
DIGEST_ID = digest_id(ISSUER, "n1", date(2026, 11, 24))


def reminder(name: Reminder, **changes: Any) -> Contents:
    made = assignment(deadline=date(2026, 12, 10), **changes)
    found = decode(encode_reminder(made, LINK, Reminded(name, at(23, 17)), NOW))
    assert found is not None
    return found


def digest(*owing: Owing) -> Contents:
    found = decode(encode_digest(as_issuers(COPY, ISSUER, DIGEST_ID), owing, NOW))
    assert found is not None
    return found


def offices(*names: str) -> tuple[Office, ...]:
    return tuple(Office(recipient_id=name, name=f"UBND xã {name}") for name in names)


def mail(contents: Contents) -> EmailMessage:
    parcel = Parcel("d-1", endpoint(kind="email", target="a@b.vn"), b"", None)
    raw = letter(parcel, [contents], "a@b.vn", Sender("noinhan@vpcp.vn", "Nơi nhận"), NOW)
    made = BytesParser(policy=email.policy.default).parsebytes(raw)
    assert isinstance(made, EmailMessage)
    return made


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("no_word", "chưa xác nhận tiếp nhận văn bản này (hạn: 17:00 23/11/2026)"),
        ("T-3", "đến hạn ngày 10/12/2026: còn 3 ngày làm việc"),
        ("T-1", "đến hạn ngày 10/12/2026: còn 1 ngày làm việc"),
        ("T", "đến hạn ngày 10/12/2026: hôm nay là ngày làm việc cuối cùng"),
    ],
)
def test_a_reminder_says_what_is_owed_with_task_deadline_and_link(name: Reminder, words: str) -> None:
    """In text and in HTML, escaped there."""
    subject, text, html = render.mail(reminder(name))
    assert subject.startswith("NHẮC")
    assert "[129/TB-VPCP]" in subject
    for body in (text, html):
        wanted = (words, LINK, "10/12/2026", "UBND huyện Lục Nam")
        assert [each for each in wanted if each not in body] == []
    assert ("<các hồ chứa>" in text, "&lt;các hồ chứa&gt;" in html, "<các" in html) == (True, True, False)


def test_a_reminder_stands_with_the_mail_that_brought_the_notice() -> None:
    """It refers to it, and offers no unsubscribing."""
    made = mail(reminder("no_word"))
    assert made["References"] == f"<{delivery_id(COPY.assignment_id, 'e1')}@vpcp.vn>"
    assert made["List-Unsubscribe"] is None


def test_an_issuer_reads_who_owes_what_since_when() -> None:
    """Grouped, counted, with what misaddressed offices say; a new conversation of its own."""
    contents = digest(
        Owing(owes="word", since=at(23, 17), offices=offices("A", "B")),
        Owing(owes="done", since=at(10, 17, month=12), offices=offices("C<b>")),
        Owing(owes="misaddressed", since=at(23, 10), offices=offices("D"), line="UBND <các> xã", reason="của sở & ban"),
    )
    subject, text, html = render.mail(contents)
    assert subject == "CHẬM TRẢ LỜI: [129/TB-VPCP] Kết luận về phòng, chống lụt bão"
    lead = (
        "2 cơ quan chưa xác nhận tiếp nhận; 1 cơ quan chưa báo hoàn thành; 1 cơ quan báo văn bản không thuộc thẩm quyền"
    )
    wanted = (lead, "Hạn: 17:00 23/11/2026", "Hạn: 17:00 10/12/2026", "UBND xã A", "UBND xã B", "Của sở &")
    assert [each for each in wanted if each not in text] == []
    assert [
        each for each in ("UBND xã C&lt;b&gt;", "UBND &lt;các&gt; xã", "Của sở &amp; ban") if each not in html
    ] == []
    assert "Rà soát" not in text + html
    made = mail(contents)
    assert (made["References"], made["List-Unsubscribe"]) == (None, None)


def test_where_all_were_misaddressed_the_subject_says_so() -> None:
    """Nobody is late."""
    subject, *_ = render.mail(digest(Owing(owes="misaddressed", since=NOW, offices=offices("D"), line="x", reason="y")))
    assert subject.startswith("TRẢ LẠI: ")


def test_ten_thousand_communes_stand_in_one_mail() -> None:
    """None is left out, in text or HTML."""
    names = [f"Số {number}" for number in range(10_599)]
    _, text, html = render.mail(digest(Owing(owes="word", since=NOW, offices=offices(*names))))
    assert text.count("UBND xã Số ") == html.count("UBND xã Số ") == 10_599
    assert "10599 cơ quan" in text


def test_what_is_sent_can_be_read_back() -> None:
    """A reminder keeps its assignment, a digest its notice, without tasks or recipient lines of anybody."""
    made = reminder("T-1")
    assert (made.reminded, made.is_copy) == (Reminded("T-1", at(23, 17)), False)
    owing = (Owing(owes="word", since=at(23, 17), offices=offices("A")),)
    told = digest(*owing)
    assert (told.owing, told.assignment.assignment_id, told.assignment.tasks) == (owing, DIGEST_ID, ())
    assert (told.assignment.recipient.recipient_id, told.assignment.recipient.name) == (ISSUER, "Văn phòng Chính phủ")
