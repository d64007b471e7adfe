"""What people read: the mail's text and HTML, and the pages behind an acknowledgement link."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, select_autoescape

from contracts.assignments import AssignmentRouted
from contracts.notices import NoticeRecalled, RecallAction
from contracts.receipts import MEANINGS, ReceiptRecorded
from services.notifier.parcel import Contents
from services.notifier.recall import ended_by
from services.notifier.render_clock import HEADS, of_digest, of_reminder
from services.notifier.render_disabled import words_of

_TEMPLATES: Final = Path(__file__).parent / "templates"
_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+|\s+")
_HANOI: Final = timezone(timedelta(hours=7))
_SUBJECT_LENGTH: Final = 200
_BOXES: Final[dict[str, str]] = {"addressees": "Kính gửi", "recipients": "Nơi nhận", "body": "nội dung văn bản"}
_TEST_SUBJECT: Final = "[Nơi nhận] Thư kiểm tra"
_DISABLED_SUBJECT: Final = "[Nơi nhận] Đã ngừng một kênh nhận văn bản"
_CHALLENGE_SUBJECT: Final = "[Nơi nhận] Xác nhận hộp thư nhận văn bản"
_ID_LENGTH: Final = 100
_RECALLED_SUBJECT: Final[dict[RecallAction, str]] = {
    "recalled": "THU HỒI",
    "replaced": "BỊ THAY THẾ",
    "updated": "CÓ SỬA ĐỔI",
}


@dataclass(frozen=True)
class Typed:
    """What a person typed into the page."""

    actor: str = ""
    reason: str = ""
    misaddressed: bool = False


def one_line(text: str) -> str:
    """The text on one line, without control characters: fit for a header."""
    return " ".join(_UNPRINTABLE.sub(" ", text).split())


def printable(text: str) -> str:
    """The text with its line breaks and without other control characters: fit for a page."""
    return "".join(each for each in text if each == "\n" or each.isprintable()).strip()


def mail_subject(assignment: AssignmentRouted) -> str:
    """`[129/TB-VPCP] <subject>`, with the urgency before it where it is not ordinary."""
    number = f"[{assignment.number}]" if assignment.number else ""
    urgency = assignment.urgency.upper() if assignment.urgency != "thường" else ""
    return _subject_line(f"{urgency} {number} {_title(assignment)}")


def recall_subject(assignment: AssignmentRouted, recall: NoticeRecalled) -> str:
    """`THU HỒI: [129/TB-VPCP] <subject>`: what became of the notice before its number."""
    return _numbered(_RECALLED_SUBJECT[recall.action], assignment)


def _numbered(before: str, assignment: AssignmentRouted) -> str:
    number = f"[{assignment.number}]" if assignment.number else ""
    return _subject_line(f"{before}: {number} {_title(assignment)}")


def _title(assignment: AssignmentRouted) -> str:
    return assignment.subject or assignment.doc_type or "văn bản mới"


def _subject_line(text: str) -> str:
    line = one_line(text)
    return line if len(line) <= _SUBJECT_LENGTH else line[: _SUBJECT_LENGTH - 1].rstrip() + "…"


def mail(contents: Contents | None, unsubscribe_url: str | None = None) -> tuple[str, str, str]:
    """Subject, plain text and HTML of one office's mail; of a test where there are no contents."""
    if contents is None:
        return _TEST_SUBJECT, _template("test.txt").render(), _template("test.html").render()
    fields: dict[str, object] = {"a": contents.assignment, "acknowledge_url": contents.acknowledge_url}
    if contents.recall is not None:
        told = {**fields, "recall": contents.recall}
        subject = recall_subject(contents.assignment, contents.recall)
        return subject, _template("recall.txt").render(told), _template("recall.html").render(told)
    if contents.disabled is not None:
        told = {**fields, "d": contents.disabled, **words_of(contents.disabled)._asdict()}
        subject = _subject_line(f"{_DISABLED_SUBJECT}: {contents.disabled.target}")
        return subject, _template("disabled.txt").render(told), _template("disabled.html").render(told)
    if not contents.is_copy:
        return _of_clock(contents, fields)
    fields["unsubscribe_url"] = unsubscribe_url
    text = _template("mail.txt").render(fields)
    return mail_subject(contents.assignment), text, _template("mail.html").render(fields)


def bundle(contents: Sequence[Contents], unsubscribe_url: str | None = None) -> tuple[str, str, str]:
    """Subject, plain text and HTML of the mail that brings several notices, those with the nearest deadline first."""
    by_deadline = sorted(contents, key=lambda each: each.assignment.deadline or date.max)
    due = sum(bool(each.assignment.tasks) for each in contents)
    fields = {"all": by_deadline, "due": due, "unsubscribe_url": unsubscribe_url}
    subject = f"[Nơi nhận] {len(contents)} văn bản mới" + (f", {due} văn bản có giao việc" if due else "")
    return subject, _template("bundle.txt").render(fields), _template("bundle.html").render(fields)


def _of_clock(contents: Contents, fields: dict[str, object]) -> tuple[str, str, str]:
    """A reminder, or an issuer's digest."""
    reminded = contents.reminded
    name = "reminder" if reminded else "digest"
    words = of_reminder(contents.assignment, reminded) if reminded else of_digest(contents.owing)
    told = {**fields, **words._asdict(), "owing": contents.owing, "heads": HEADS}
    subject = _numbered(words.subject, contents.assignment)
    return subject, _template(f"{name}.txt").render(told), _template(f"{name}.html").render(told)


def page(
    assignment: AssignmentRouted,
    receipts: Sequence[ReceiptRecorded],
    recalls: Sequence[NoticeRecalled] = (),
    problem: str | None = None,
    typed: Typed | None = None,
    *,
    purged_at: datetime | None = None,
) -> str:
    """The page that asks what the office says; `problem` is what was wrong with the last answer, `typed` its words.

    `purged_at`: since when the text is not kept here; the page says so in its place.

    Of a notice that is no longer in force it asks whether the office gives it back.
    """
    ended = ended_by(assignment.revision, recalls) is not None
    fields = {"a": assignment, "receipts": receipts, "meanings": MEANINGS, "problem": problem}
    fields |= {"typed": typed or Typed()}
    fields |= {"recalls": recalls, "ended": ended, "purged_at": purged_at}
    return _template("page.html").render(fields)


def thanks(assignment: AssignmentRouted, receipt: ReceiptRecorded) -> str:
    """The page after an answer was recorded."""
    return _template("thanks.html").render(a=assignment, receipt=receipt, meanings=MEANINGS)


def bad_link(reason: str) -> str:
    """The page for a link that does not work."""
    return _template("bad_link.html").render(reason=reason)


def challenge(recipient_id: str, url: str, until: datetime) -> tuple[str, str, str]:
    """Subject, plain text and HTML of the mail that asks whether a mailbox is to have an office's copies."""
    told = {"office": _office(recipient_id), "url": url, "until": until}
    return _CHALLENGE_SUBJECT, _template("challenge.txt").render(told), _template("challenge.html").render(told)


def verify(recipient_id: str) -> str:
    """The page that asks the same, behind the mail's link."""
    return _template("verify.html").render(office=_office(recipient_id))


def verified() -> str:
    """The page after that was confirmed."""
    return _template("verified.html").render()


def _office(recipient_id: str) -> str:
    """Whoever adds an endpoint writes the id: it is not to carry a text of his."""
    line = one_line(recipient_id)
    return line if len(line) <= _ID_LENGTH else line[: _ID_LENGTH - 1] + "…"


def unsubscribe() -> str:
    """The page that asks whether a mailbox is to do without copies for information only."""
    return _template("unsubscribe.html").render()


def unsubscribed() -> str:
    """The page after that was written down."""
    return _template("unsubscribed.html").render()


def _day(value: date | datetime | None) -> str:
    return f"{value:%d/%m/%Y}" if value else ""


def _moment(value: datetime) -> str:
    return f"{value.astimezone(_HANOI):%H:%M %d/%m/%Y}"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


@cache
def _template(name: str) -> Template:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"day": _day, "moment": _moment, "one_line": one_line}
    environment.filters |= {"sentence": _sentence, "box": _BOXES.__getitem__}
    return environment.get_template(name)
