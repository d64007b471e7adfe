"""What people read in their mail."""

from __future__ import annotations

from datetime import date
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import getaddresses

import pytest

from contracts.assignments import AssignmentRouted
from contracts.identity import delivery_id
from contracts.notices import RecallAction
from services.notifier.endpoints import Endpoint
from services.notifier.letter import letter
from services.notifier.parcel import Parcel, contents_of, encode, encode_recall, encode_test
from tests.notifier.mailing import SENDER
from tests.notifier.samples import NOW, assignment, endpoint, recalled

LINK = "http://127.0.0.1:1/a/token"
DELIVERY = "11111111-2222-5333-8444-555555555555"


def mailbox(address: str = "vanthu@lucnam.vn", name: str | None = None) -> Endpoint:
    return endpoint("m1", kind="email", target=address, secret=None, name=name)


def written(made: AssignmentRouted | None = None, to: Endpoint | None = None) -> EmailMessage:
    place = to or mailbox()
    body = encode(made, LINK, NOW) if made else encode_test(place, NOW)
    return sent_to(place, body)


def sent_to(place: Endpoint, body: bytes, unsubscribe_url: str | None = None) -> EmailMessage:
    parcel = Parcel(DELIVERY, place, body, None)
    sent = letter(parcel, contents_of(parcel), place.target, SENDER, NOW, unsubscribe_url=unsubscribe_url)
    read = message_from_bytes(sent, policy=policy.default)
    assert isinstance(read, EmailMessage)
    return read


def part(message: EmailMessage, kind: str) -> str:
    found = message.get_body((kind,))
    assert found is not None
    return str(found.get_content())


def test_the_subject_has_number_and_subject() -> None:
    """`[number] subject`, in Vietnamese letters."""
    assert written(assignment())["Subject"] == "[129/TB-VPCP] Kết luận về phòng, chống lụt bão"


def test_an_urgent_subject_says_so_first() -> None:
    """HỎA TỐC stands before the number."""
    assert written(assignment(urgency="hỏa tốc"))["Subject"].startswith("HỎA TỐC [129/TB-VPCP] ")


def test_a_notice_without_number_and_subject_still_has_a_subject() -> None:
    """What is missing is left out."""
    assert written(assignment(number=None, subject=None))["Subject"] == "thông báo"


@pytest.mark.parametrize("kind", ["plain", "html"])
def test_of_several_tasks_the_earliest_deadline_comes_first(kind: str) -> None:
    """An office sees before all tasks by when it must begin; with many of them, the link stands before them too."""
    (task,) = assignment().tasks
    text = part(written(assignment(tasks=(task, task), deadline=date(2026, 12, 9))), kind)
    assert 0 < text.index("09/12/2026") < text.index("Rà soát")
    many = part(written(assignment(tasks=(task,) * 4, deadline=date(2026, 12, 9))), "html")
    assert many.index(LINK) < many.index("Rà soát")


def test_a_task_cannot_write_a_paragraph_of_its_own() -> None:
    """In the text, what a notice says stays on its line."""
    (task,) = assignment().tasks
    made = assignment(tasks=(task.model_copy(update={"text": "rà soát\n\nXÁC NHẬN TIẾP NHẬN\nhttp://evil"}),))
    assert "1. Rà soát XÁC NHẬN TIẾP NHẬN http://evil\n" in part(written(made), "plain").replace("\r\n", "\n")


@pytest.mark.parametrize("name", ["a" * 199, "Phòng Văn thư – Lưu trữ " * 8, 'A "B" \\ C', "=?utf-8?q?Evil?="])
def test_every_name_comes_out_as_it_went_in(name: str) -> None:
    """Long, quoted and Vietnamese names, and what looks like an encoded word."""
    body, place = encode(assignment(), LINK, NOW), mailbox(name=name)
    parcel = Parcel(DELIVERY, place, body, None)
    sent = letter(parcel, contents_of(parcel), place.target, SENDER, NOW)
    ((shown, address),) = getaddresses([message_from_bytes(sent)["To"]])
    assert (str(make_header(decode_header(shown))), address) == (name.strip(), "vanthu@lucnam.vn")


def test_no_line_of_a_letter_is_too_long() -> None:
    """Lines of the head are folded, and end with CRLF (RFC 5322, 2.1.1)."""
    body = encode(assignment(subject="đê điều " * 40), LINK, NOW)
    parcel = Parcel(DELIVERY, mailbox(), body, None)
    sent = letter(parcel, contents_of(parcel), "vanthu@lucnam.vn", SENDER, NOW)
    assert max(len(line) for line in sent.split(b"\r\n")) <= 78
    assert b"\n" not in sent.replace(b"\r\n", b"")


@pytest.mark.parametrize("kind", ["plain", "html"])
def test_both_parts_say_what_the_office_must_know(kind: str) -> None:
    """Task, role, deadline, why, the original and the link that answers."""
    text = part(written(assignment()), kind)
    wanted = ("Rà soát", "chủ trì", "10/12/2026", "UBND các huyện, thành phố", "http://127.0.0.1:1/o/abc", LINK)
    assert [each for each in wanted if each not in text] == []


def test_the_own_tasks_come_before_the_reason() -> None:
    """An office reads first what it must do."""
    text = part(written(assignment()), "plain")
    assert text.index("Rà soát") < text.index("UBND các huyện, thành phố")


def test_html_of_a_notice_is_escaped() -> None:
    """Markup in a notice is text in the mail."""
    text = part(written(assignment()), "html")
    assert "Rà soát &lt;các hồ chứa&gt; &amp; báo cáo" in text
    assert "<các hồ chứa>" not in text


def test_the_message_id_stays_and_the_date_is_the_attempts() -> None:
    """Retries carry the same Message-ID, made of the delivery."""
    message = written(assignment())
    assert message["Message-ID"] == f"<{DELIVERY}@vpcp.vn>"
    assert message["Date"].datetime == NOW


@pytest.mark.parametrize("subject", ["A\r\nBcc: x@y.vn", "A\nB", "A\x00\x0bB", "A\u2028Bcc: x@y.vn"])
def test_a_subject_cannot_add_a_header(subject: str) -> None:
    """Line breaks and control characters become spaces."""
    message = written(assignment(subject=subject))
    assert message["Bcc"] is None
    assert message["Subject"].startswith("[129/TB-VPCP] A ")


def test_a_name_cannot_add_a_header() -> None:
    """An endpoint's name with a line break stays inside the To header."""
    message = written(assignment(), mailbox(name='Phòng "VT"\r\nBcc: x@y.vn'))
    assert message["Bcc"] is None
    assert [each.addr_spec for each in message["To"].addresses] == ["vanthu@lucnam.vn"]


def test_a_very_long_subject_is_cut() -> None:
    """The header stays readable."""
    assert len(written(assignment(subject="rất dài " * 100))["Subject"]) <= 200


def test_a_test_mail_needs_no_assignment() -> None:
    """A test says that it is one."""
    message = written()
    assert "kiểm tra" in message["Subject"]
    assert "kiểm tra" in part(message, "plain")


def test_an_office_without_own_tasks_is_told_so() -> None:
    """A copy for information names the role instead of a task."""
    text = part(written(assignment(tasks=(), role="biết")), "plain")
    assert "không giao việc riêng" in text


def test_only_a_letter_with_a_link_offers_to_unsubscribe() -> None:
    """The link stands in the headers, for one click where it is https, and in both bodies."""
    body = encode(assignment(tasks=(), role="biết"), LINK, NOW)
    for link, click in (("https://x.vn/u/t", "List-Unsubscribe=One-Click"), ("http://x.vn/u/t", None)):
        read = sent_to(mailbox(), body, link)
        assert (read["List-Unsubscribe"], read["List-Unsubscribe-Post"]) == (f"<{link}>", click)
        assert [kind for kind in ("plain", "html") if link not in part(read, kind)] == []
    assert "List-Unsubscribe" not in sent_to(mailbox(), body)


@pytest.mark.parametrize(
    ("action", "subject", "words"),
    [
        ("recalled", "THU HỒI: ", "Xin dừng thực hiện văn bản"),
        ("replaced", "BỊ THAY THẾ: ", "Xin dừng thực hiện văn bản"),
        ("updated", "CÓ SỬA ĐỔI: ", "Văn bản vẫn còn hiệu lực"),
    ],
)
def test_word_of_a_recall_says_what_became_of_the_notice(action: RecallAction, subject: str, words: str) -> None:
    """The subject, both bodies with reason and link, and a reference to the mail that brought the notice."""
    made, place = assignment(), mailbox()
    read = sent_to(place, encode_recall(made, LINK, recalled(action).recall))
    assert read["Subject"] == f"{subject}[129/TB-VPCP] Kết luận về phòng, chống lụt bão"
    assert read["References"] == f"<{delivery_id(made.assignment_id, 'm1')}@vpcp.vn>"
    for kind, reason in (("plain", "Sai thời hạn <10/12>"), ("html", "Sai thời hạn &lt;10/12&gt;")):
        text = part(read, kind)
        assert [each for each in (words, "131/TB-VPCP", reason, LINK) if each not in text] == [], kind
