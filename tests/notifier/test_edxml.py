"""Receipts as edXML status messages."""

from __future__ import annotations

from datetime import UTC, datetime
from xml.sax.saxutils import escape

import httpx
import pytest

from contracts.receipts import ReceiptRecorded
from services.notifier.edxml import NotAStatus, read_status
from tests.notifier.clocking import at
from tests.notifier.memory_ledger import MemoryLedger
from tests.notifier.samples import NOW, recalled, taken
from tests.notifier.serving import ID, api, channel, ledger, said, woken

__all__ = ["api", "channel", "ledger", "woken"]


def status(
    code: str = "03",
    document: str = ID,
    description: str = "Đã tiếp nhận",
    staff: str = "Nguyễn Văn A",
    timestamp: str = "2026/11/22 09:30:00",
    number: str = "129/TB-VPCP",
    day: str = "2026/11/20",
    office: str = "ubnd-luc-nam",
) -> bytes:
    return f"""<?xml version="1.0" encoding="utf-8"?>
<edXML:edXML xmlns:edXML="http://www.mic.gov.vn/TBT/QCVN_102_2016"><edXML:edXMLEnvelope><edXML:edXMLHeader>
<edXML:Status><edXML:ResponseFor><edXML:OrganId>000.00.00.G22</edXML:OrganId>
<edXML:Code>{number}</edXML:Code><edXML:PromulgationDate>{day}</edXML:PromulgationDate>
<edXML:DocumentId>{document}</edXML:DocumentId></edXML:ResponseFor>
<edXML:From><edXML:OrganId>{office}</edXML:OrganId><edXML:OrganName>UBND huyện Lục Nam</edXML:OrganName></edXML:From>
<edXML:StatusCode>{code}</edXML:StatusCode><edXML:Description>{escape(description)}</edXML:Description>
<edXML:StaffInfo><edXML:Department>Văn phòng</edXML:Department><edXML:Staff>{staff}</edXML:Staff></edXML:StaffInfo>
<edXML:Timestamp>{timestamp}</edXML:Timestamp></edXML:Status>
</edXML:edXMLHeader></edXML:edXMLEnvelope></edXML:edXML>""".encode()


async def send(api: httpx.AsyncClient, body: bytes) -> httpx.Response:
    return await api.post("/v1/receipts/edxml", content=body, headers={"content-type": "application/xml"})


async def test_a_status_message_is_a_receipt(api: httpx.AsyncClient, ledger: MemoryLedger) -> None:
    """With its code, person and time; sent again it is the same one."""
    await ledger.take([taken()], NOW)
    assert [(await send(api, status())).status_code for _ in range(2)] == [201, 200]
    (made,) = said(ledger)
    assert (made.code, made.actor, made.via, made.assignment_id) == ("03", "Nguyễn Văn A", "edxml", ID)
    assert made.at == datetime(2026, 11, 22, 2, 30, tzinfo=UTC)


@pytest.mark.parametrize("code", ["01", "02", "03", "04", "05", "06", "13", "15", "16"])
async def test_every_code_of_the_standard_is_taken(api: httpx.AsyncClient, ledger: MemoryLedger, code: str) -> None:
    """Answers to a recall where there is one."""
    await ledger.take([taken()], NOW)
    await ledger.recall([recalled()], NOW)
    assert (await send(api, status(code))).status_code == 201
    assert [each.code for each in said(ledger)] == [code]


async def test_a_message_finds_its_copy_by_number_date_and_office(api: httpx.AsyncClient, ledger: MemoryLedger) -> None:
    """A document system that kept no id of ours: the last revision of that notice is meant."""
    await ledger.take([taken(), taken(notice="n2", number="130/TB-VPCP")], NOW)
    await ledger.take([taken(assignment_id="a2", revision=2)], at(22, 11))
    assert (await send(api, status(document="a-number-of-theirs"))).status_code == 201
    assert [(each.assignment_id, each.revision) for each in said(ledger)] == [("a2", 2)]


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        (status(document="x", office="other"), (404, "unknown_document")),
        (status(document="x", day="2026/11/21"), (404, "unknown_document")),
        (status(document="x", number=""), (404, "unknown_document")),
        (status("07"), (422, "unknown_code")),
        (status(""), (422, "unknown_code")),
        (status("02", description=" "), (422, "reason_missing")),
        (status("15"), (409, "not_recalled")),
        (b"<a/>", (422, "not_a_status")),
        (b"", (422, "not_a_status")),
        (b"{}", (422, "not_a_status")),
        (status() + b"<", (422, "not_a_status")),
        (b'<!DOCTYPE a [<!ENTITY b "c">]>' + status().split(b"?>", 1)[1], (422, "not_a_status")),
        (b"x" * 300_000, (413, "too_large")),
    ],
)
async def test_what_is_no_receipt_is_refused_with_its_reason(
    api: httpx.AsyncClient, ledger: MemoryLedger, body: bytes, answer: tuple[int, str]
) -> None:
    """Unknown notices, unknown codes, missing reasons, other XML and entities record nothing."""
    await ledger.take([taken()], NOW)
    got = await send(api, body)
    assert (got.status_code, got.json()["error"]) == answer
    assert said(ledger) == []


async def test_a_status_message_needs_the_key(api: httpx.AsyncClient, ledger: MemoryLedger) -> None:
    """Without it nothing is read."""
    await ledger.take([taken()], NOW)
    answer = await api.post("/v1/receipts/edxml", content=status(), headers={"authorization": ""})
    assert (answer.status_code, said(ledger)) == (401, list[ReceiptRecorded]())


@pytest.mark.parametrize(
    "timestamp", ["", "2026/13/45 09:30:00", "2026/11/22", "2027/01/01 09:00:00", "2026/11/22 25:61"]
)
async def test_a_time_that_cannot_be_is_ours(api: httpx.AsyncClient, ledger: MemoryLedger, timestamp: str) -> None:
    """Missing, malformed or in the future: the receipt is of the moment when it came."""
    await ledger.take([taken()], NOW)
    await send(api, status(timestamp=timestamp, staff=""))
    assert [(each.at, each.actor) for each in said(ledger)] == [(NOW, "UBND huyện Lục Nam")]


def test_namespaces_do_not_matter() -> None:
    """Systems differ in the prefix and namespace they write, or write none."""
    plain = status().replace(b"edXML:", b"").replace(b"xmlns:edXML", b"xmlns")
    other = status().replace(b"QCVN_102_2016", b"another")
    assert read_status(plain) == read_status(other) == read_status(status())
    with pytest.raises(NotAStatus):
        read_status(status().replace(b"Status>", b"State>"))
