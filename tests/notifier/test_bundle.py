"""Bundles: windows by Vietnam's clock, one message of several parcels, over real HTTP and as a mail."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_network

import pytest
from pydantic import ValidationError

from contracts.webhooks.verify import verify
from services.notifier.bundle import singly, together
from services.notifier.calendar.digest import Digest
from services.notifier.channels.http_engine import HttptoolsEngine
from services.notifier.endpoint_options import EndpointOptions
from services.notifier.letter import Sender, letter
from services.notifier.parcel import Parcel, contents_of, encode
from services.notifier.ports import Claim
from tests.notifier.receivers import hook
from tests.notifier.samples import NOW, SECRET, TRACE, assignment, endpoint, webhook_channel

SENDER = Sender("noinhan@vpcp.vn", "Nơi nhận")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("digest", "moment", "ends_at"),
    [
        (Digest(every_s=86_400, at=time(7, 30)), "2026-11-27T00:29:59+00:00", "2026-11-27T00:30:00+00:00"),
        (Digest(every_s=86_400, at=time(7, 30)), "2026-11-27T00:30:00+00:00", "2026-11-28T00:30:00+00:00"),
        (Digest(every_s=86_400), "2026-11-27T16:59:00+00:00", "2026-11-27T17:00:00+00:00"),
        (Digest(every_s=3_600, at=time(0, 15)), "2026-11-27T10:20:00+07:00", "2026-11-27T11:15:00+07:00"),
        (Digest(every_s=30), "2026-11-27T10:20:29.5+07:00", "2026-11-27T10:20:30+07:00"),
    ],
)
def test_windows_end_by_the_clock_of_hanoi(digest: Digest, moment: str, ends_at: str) -> None:
    """One that ends at a moment is over at that moment."""
    assert digest.ends_after(at(moment)) == at(ends_at)


@pytest.mark.parametrize("every_s", [0, 7, 50_000, 90_000])
def test_a_day_holds_whole_windows(every_s: int) -> None:
    """Else no two days would be alike."""
    with pytest.raises(ValidationError):
        Digest(every_s=every_s)


def parcel(number: int, kind: str = "webhook") -> Parcel:
    options = EndpointOptions(digest=Digest(every_s=60))
    place = endpoint(kind=kind, target="vt@lucnam.vn" if kind == "email" else "http://127.0.0.1:1/", options=options)
    made = assignment(notice=f"n{number}", number=f"{number}/TB-VPCP", deadline=date(2026, 12, 20 - number))
    return Parcel(f"d-{number}", place, encode(made, f"http://127.0.0.1:1/a/{number}", NOW), TRACE)


def claim_on(number: int, bundle: str | None = "b-1") -> Claim:
    return Claim(parcel(number), f"a{number}", f"n{number}", 1, "UBND", 1, 1, 1, NOW, reclaimed=False, bundle=bundle)


def test_claims_of_one_bundle_become_one_and_come_apart_again() -> None:
    """In the order in which they came; what goes alone stays as it is."""
    one, two, three = claim_on(1), claim_on(2), claim_on(3, None)
    made = list(together([two, three, one]))
    assert [each.parcel.delivery_id for each in made] == ["d-3", "b-1"]
    assert [each.delivery_id for each in made[1].parcel.members] == ["d-1", "d-2"]
    assert singly(made) == [three, one, two]


async def test_a_webhook_gets_an_array_of_events_each_as_it_would_come_alone() -> None:
    """Signed as one message, each with the id of its own delivery."""
    engine = HttptoolsEngine((ip_network("127.0.0.0/8"),), timeout_s=1)
    await engine.start()
    members = (parcel(1), parcel(2))
    async with hook(200) as office:
        place = endpoint(target=office.url, options=EndpointOptions(digest=Digest(every_s=60)))
        await webhook_channel(engine).deliver(Parcel("b-1", place, b"", TRACE, members=members), datetime.now(UTC))
    await engine.stop()
    (got,) = office.requests
    verify(SECRET, got.headers, got.body)
    assert got.headers["webhook-id"] == "b-1"
    body = json.loads(got.body)
    assert (body["type"], body["data"]["digest_id"]) == ("assignments.digest.v1", "b-1")
    assert at(body["timestamp"]) == NOW
    events = body["data"]["events"]
    assert [each.pop("id") for each in events] == ["d-1", "d-2"]
    assert events == [json.loads(each.body) for each in members]


async def test_each_event_of_a_thin_endpoint_is_thin() -> None:
    """With a link of its own."""
    engine = HttptoolsEngine((ip_network("127.0.0.0/8"),), timeout_s=1)
    await engine.start()
    thin = EndpointOptions(digest=Digest(every_s=60), body="thin")
    async with hook(200) as office:
        place = endpoint(target=office.url, options=thin)
        made = Parcel("b-1", place, b"", TRACE, members=(parcel(1), parcel(2)))
        await webhook_channel(engine).deliver(made, datetime.now(UTC))
    await engine.stop()
    body = json.loads(office.requests[0].body)
    assert at(body["timestamp"]) == NOW
    assert len({each["data"]["body_url"] for each in body["data"]["events"]}) == 2


def test_a_mail_brings_all_notices_the_nearest_deadline_first() -> None:
    """Each with its own link to answer by, under one Message-ID."""
    made = Parcel("b-1", parcel(1, "email").endpoint, b"", TRACE, members=(parcel(1, "email"), parcel(2, "email")))
    raw = letter(made, contents_of(made), "vt@lucnam.vn", SENDER, NOW)
    read = message_from_bytes(raw, policy=policy.default)
    assert isinstance(read, EmailMessage)
    assert (read["Message-ID"], read["Subject"]) == (
        "<b-1@vpcp.vn>",
        "[Nơi nhận] 2 văn bản mới, 2 văn bản có giao việc",
    )
    for kind in ("plain", "html"):
        part = read.get_body((kind,))
        assert part is not None
        text = part.get_content()
        assert text.index("2/TB-VPCP") < text.index("1/TB-VPCP")
        assert all(f"http://127.0.0.1:1/a/{number}" in text for number in (1, 2))
        assert "<các hồ chứa>" not in text if kind == "html" else "<các hồ chứa>" in text


def test_a_bundle_of_one_reads_like_any_other_mail() -> None:
    """Under the bundle's id, so that it is the same mail when it is tried again."""
    made = Parcel("b-1", parcel(1, "email").endpoint, b"", TRACE, members=(parcel(1, "email"),))
    read = message_from_bytes(letter(made, contents_of(made), "vt@lucnam.vn", SENDER, NOW), policy=policy.default)
    assert (read["Message-ID"], read["Subject"]) == (
        "<b-1@vpcp.vn>",
        "[1/TB-VPCP] Kết luận về phòng, chống lụt bão",
    )
