"""The rows as a PDF for people: the notice, all its offices on one table, then each office with all that is known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Final

from cli.evidence.paper import Column, Paper
from cli.evidence.rows import FORMAT, Row, content_hash, last_moment
from cli.evidence.words import BOXES, CHANNELS, NOT_KEPT, OWED, RECALLS, STATUSES, TRACKS, carried, moment

_TITLE: Final = "Bằng chứng gửi, nhận văn bản"
_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TOGETHER: Final = 90.0
"""Points: so much stands on a page below a heading."""
_OFFICES: Final = (
    Column("STT", 28),
    Column("Cơ quan", 130),
    Column("Vai trò", 50),
    Column("Thời hạn", 56),
    Column("Đến lúc", 88),
    Column("Kênh", 58),
    Column("Lần thử", 32),
    Column("Xác nhận gần nhất", 69),
)
_TASKS: Final = (Column("Việc", 34), Column("Nội dung", 335), Column("Vai trò", 72), Column("Thời hạn", 70))
_EVENTS: Final = (
    Column("Thời điểm", 88),
    Column("Việc", 112),
    Column("Kết quả", 76),
    Column("Lý do", 110),
    Column("Ai, bằng cách nào", 125),
)
_RECALLS: Final = (Column("Thời điểm", 88), Column("Việc", 110), Column("Ai", 110), Column("Lý do", 203))


def printed(rows: Sequence[Row]) -> bytes:
    """The PDF. The hash of the content stands on every page."""
    made = last_moment(rows) or _BEGINNING
    notices = [row for row in rows if row.kind == "notice"]
    number = notices[-1].what or notices[-1].id
    paper = Paper(f"{_TITLE} {number}", made)
    paper.say(_TITLE, 16, bold=True, after=6)
    for notice in notices:
        _notice(paper, notice)
    _recalls(paper, [row for row in rows if row.kind == "recall"])
    offices = _offices([row for row in rows if row.kind not in {"notice", "recall"}])
    paper.say(f"Nơi nhận: {len(offices)} cơ quan", 12, bold=True)
    paper.rule(_OFFICES, [_summary(place, each) for place, each in enumerate(offices, 1)])
    for place, each in enumerate(offices, 1):
        _office(paper, place, each)
    _digests(paper, [row for row in rows if row.kind in {"delivery", "attempt"} and not row.revision])
    return paper.finish(f"SHA-256 của nội dung ({FORMAT}): {content_hash(rows)}", made.isoformat())


def _notice(paper: Paper, notice: Row) -> None:
    kind = notice.result.capitalize() or "Văn bản"
    number = f" số {notice.what}" if notice.what else ""
    paper.say(f"{kind}{number}, ngày {moment(notice.at) or '…'}, bản {notice.revision}", 12, bold=True)
    paper.say(f"Cơ quan ban hành: {notice.office or '…'} · Độ khẩn: {notice.reason}")
    paper.say(f"Trích yếu: {notice.text or '…'}")
    paper.say(f"Mã văn bản: {notice.id} · SHA-256 của văn bản gốc: {notice.sha256}", 7.5, after=8)


def _recalls(paper: Paper, recalls: Sequence[Row]) -> None:
    if recalls:
        paper.say("Thu hồi, thay thế, sửa đổi", 12, bold=True)
        paper.rule(_RECALLS, [_recall(row) for row in recalls])


def _recall(row: Row) -> tuple[str, ...]:
    by = f", bởi {row.text}" if row.text else ""
    return moment(row.at), f"{RECALLS.get(row.what, row.what)}{by} (đến bản {row.revision})", row.who, row.reason


def _offices(rows: Iterable[Row]) -> list[list[Row]]:
    """The rows of each office's copy, in their order."""
    own = (row for row in rows if row.revision)
    return [list(group) for _, group in groupby(own, key=lambda row: (row.revision, row.office_id))]


def _summary(place: int, rows: Sequence[Row]) -> tuple[str, ...]:
    copy = rows[0]
    own = [row for row in rows if row.kind == "delivery" and row.what == "copy"]
    arrived = [row for row in own if row.result == "delivered"]
    said = [row for row in rows if row.kind == "receipt"]
    when = moment(min(row.at for row in arrived)) if arrived else STATUSES[own[-1].result] if own else ""
    channels = dict.fromkeys(CHANNELS[row.channel] for row in arrived or own if row.channel)
    last = f"{said[-1].what} {said[-1].result}" if said else "chưa có"
    tries = str(sum(int(row.attempt) for row in own))
    return str(place), copy.office, copy.what, moment(copy.due), when, ", ".join(channels), tries, last


def _office(paper: Paper, place: int, rows: Sequence[Row]) -> None:
    copy = rows[0]
    paper.room(_TOGETHER)
    revision = f", bản {copy.revision}" if copy.revision != "1" else ""
    paper.say(f"{place}. {copy.office}{revision}", 11, bold=True)
    paper.say(f"Mã: {copy.office_id} · Vai trò: {copy.what} · Tiếp nhận để gửi lúc {moment(copy.at)}", 8.5)
    for line in (row for row in rows if row.kind == "line"):
        paper.say(_because(line), 8.5)
    tasks = [row for row in rows if row.kind == "task"]
    if tasks:
        paper.rule(_TASKS, [(row.what, row.text or _lost(row), row.result, moment(row.due)) for row in tasks])
    paper.rule(_EVENTS, [_event(row) for row in rows if row.kind in {"delivery", "attempt", "receipt", "owed"}])


def _because(line: Row) -> str:
    purpose = f" ({line.reason})" if line.reason else ""
    meant = f", nguyên là {line.who}" if line.who else ""
    return f"Theo dòng “{line.text}”{purpose} ở {BOXES[line.what]}, quy tắc {line.result}{meant}"


def _lost(task: Row) -> str:
    return f"{NOT_KEPT} SHA-256 {task.sha256}"


def _event(row: Row) -> tuple[str, ...]:
    channel = CHANNELS.get(row.channel, row.channel)
    if row.kind == "receipt":
        wrong = " (không thuộc thẩm quyền)" if row.text else ""
        return moment(row.at), f"Xác nhận {row.what}{wrong}", row.result, row.reason, f"{row.who}, {channel}"
    if row.kind == "owed":
        told = "đã báo cơ quan ban hành" if row.id else ""
        due = f"{TRACKS[row.what]}, hạn {moment(row.due)}" if row.what != "misaddressed" else TRACKS[row.what]
        return "", due, OWED[row.result], row.reason, told
    if row.kind == "attempt":
        return moment(row.at), f"   lần thử {row.attempt}", STATUSES.get(row.result, row.result), row.reason, channel
    hashed = f"{channel}, địa chỉ SHA-256 {row.sha256[:16]}…" if row.sha256 else channel
    return moment(row.at), carried(row.what), STATUSES[row.result], row.reason, hashed


def _digests(paper: Paper, rows: Sequence[Row]) -> None:
    if rows:
        paper.room(_TOGETHER)
        paper.say(f"Báo cơ quan ban hành ({rows[0].office_id}) về cơ quan quá hạn", 11, bold=True)
        paper.rule(_EVENTS, [_event(row) for row in rows])
