"""Endpoints that have to prove themselves: the SQL ledgers and the one in memory alike."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from services.notifier.audit import CHALLENGE, AuditQuery, Deed
from services.notifier.endpoint_options import EndpointOptions
from services.notifier.endpoints import Endpoint, State
from services.notifier.ledger.engine import open_engine
from services.notifier.ledger.sql import SqlLedger
from services.notifier.ports import Ask, Ledger
from services.notifier.proof import digest_of
from tests.notifier.books import claim, rows
from tests.notifier.samples import NOW, ended, endpoint, taken
from tests.notifier.test_vault import all_bytes

ASKED_FOR = timedelta(minutes=1)
HELD = ("held", "unverified")


def unverified(endpoint_id: str = "e1", state: State = "unverified", **changes: Any) -> Endpoint:
    return endpoint(endpoint_id, **{"state": state, "unverified_since": NOW, **changes})


async def ask(ledger: Ledger, *challenges: str, at: datetime = NOW, of: str | None = None) -> list[Ask]:
    return list(await ledger.ask(challenges or ("c1",), ASKED_FOR, at, of))


async def state_of(ledger: Ledger, endpoint_id: str = "e1") -> tuple[str, bool]:
    """Its state, and whether it has to prove itself."""
    found = await ledger.endpoint(endpoint_id)
    assert found is not None
    return found.state, found.unverified_since is not None


async def test_what_waits_for_a_proof_goes_out_with_it(ledger: Ledger) -> None:
    """Copies that were held for the office, and those that come later, are held as unverified, then queued."""
    await ledger.take([taken(notice="n1")], NOW)
    await ledger.add([unverified()], NOW)
    await ledger.take([taken(notice="n2")], NOW)
    assert (await rows(ledger))["e1"] == (await rows(ledger, "n2"))["e1"] == HELD
    assert await claim(ledger) == []
    await ask(ledger)
    proven = await ledger.prove("e1", "c1", NOW, Deed(CHALLENGE, "endpoint.verified", NOW))
    assert proven == await ledger.endpoint("e1")
    assert await state_of(ledger) == ("active", False)
    assert {each.notice_id for each in await claim(ledger)} == {"n1", "n2"}
    (row,) = await ledger.audit(AuditQuery())
    assert (row.who, row.what, row.on, row.detail) == (
        "challenge",
        "endpoint.verified",
        "e1",
        "webhook of ubnd-luc-nam",
    )


async def test_a_challenge_is_asked_once_under_its_lease(ledger: Ledger) -> None:
    """Nobody else gets it meanwhile; one whose asker died is asked again with another, which alone counts."""
    await ledger.add([unverified()], NOW)
    (first,) = await ask(ledger)
    assert (first.endpoint, first.tries, first.until > NOW) == (await ledger.endpoint("e1"), 1, True)
    assert await ask(ledger, "c2", at=NOW + ASKED_FOR / 2) == []
    assert await ask(ledger, "c2", at=NOW + ASKED_FOR / 2, of="e1") == []
    (second,) = await ask(ledger, "c2", at=NOW + ASKED_FOR)
    assert (second.challenge, second.tries) == ("c2", 2)
    assert not await ledger.unproven(first, "timeout", None)
    assert await ledger.prove("e1", "c1", NOW) is None
    assert await ledger.prove("e1", "c2", NOW) is not None
    assert await ledger.prove("e1", "c2", NOW) is None, "it is used up"


async def test_a_try_that_proves_nothing_is_made_again(ledger: Ledger) -> None:
    """When its time comes, with the reason kept; after the last one only where somebody asks for it."""
    await ledger.add([unverified()], NOW)
    (first,) = await ask(ledger)
    later = NOW + timedelta(minutes=10)
    assert await ledger.unproven(first, "http_500", later)
    known = await ledger.pending("e1")
    assert known is not None
    assert (known.tries, known.tried_at, known.reason, known.next_at) == (1, NOW, "http_500", later)
    assert await ask(ledger, "c2", at=later - timedelta(seconds=1)) == []
    (second,) = await ask(ledger, "c2", at=later)
    assert await ledger.unproven(second, "refused", None)
    month = NOW + timedelta(days=30)
    assert await ask(ledger, "c3", at=month) == []
    assert [each.tries for each in await ask(ledger, "c3", at=month, of="e1")] == [3]


async def test_a_challenge_has_an_end(ledger: Ledger) -> None:
    """That of a webhook after minutes, that of a mailbox after days."""
    mailbox = unverified("m1", kind="email", target="a@b.vn", secret=None)
    await ledger.add([unverified(), mailbox], NOW)
    asks = {each.endpoint.endpoint_id: each for each in await ask(ledger, "c1", "c2")}
    assert asks["m1"].until - asks["e1"].until > timedelta(days=6)
    for each in asks.values():
        place = each.endpoint.endpoint_id
        assert await ledger.prove(place, each.challenge, each.until + timedelta(seconds=1)) is None
        assert await ledger.prove(place, each.challenge, each.until) is not None


async def test_an_operator_vouches_without_a_challenge(ledger: Ledger) -> None:
    """Once; of an endpoint that is verified, or that there is not, nothing is to be proven."""
    await ledger.add([unverified(), endpoint("e2", "b")], NOW)
    assert await ledger.prove("e1", None, NOW) is not None
    assert await state_of(ledger) == ("active", False)
    for each in ("e1", "e2", "none"):
        assert await ledger.prove(each, None, NOW) is None
        assert await ledger.pending(each) is None


async def test_resuming_is_no_proof(ledger: Ledger) -> None:
    """A pause ends where it began; one that was proven during its pause stays paused until it is resumed."""
    await ledger.add([unverified()], NOW)
    await ledger.take([taken()], NOW)
    await ledger.set_state("e1", "paused", NOW)
    assert await ask(ledger) == [], "a paused one is not asked by itself"
    found = await ledger.set_state("e1", "active", NOW)
    assert found == await ledger.endpoint("e1")
    assert await state_of(ledger) == ("unverified", True)
    assert await rows(ledger) == {"e1": HELD}
    await ledger.set_state("e1", "paused", NOW)
    await ask(ledger, of="e1")
    await ledger.prove("e1", "c1", NOW)
    assert await state_of(ledger) == ("paused", False)
    await ledger.set_state("e1", "active", NOW)
    assert await state_of(ledger) == ("active", False)


async def test_a_change_is_no_proof_and_undoes_none(ledger: Ledger) -> None:
    """New secrets, options and places leave the verification as it is."""
    await ledger.add([unverified()], NOW)
    for proven in (False, True):
        was = await ledger.endpoint("e1")
        assert was is not None
        new = replace(was, secret=f"s{proven}", options=EndpointOptions(timeout_s=5 + proven), place=1 + proven)
        assert await ledger.amend([(was, new)]) == ["e1"]
        assert await state_of(ledger) == (("active", False) if proven else ("unverified", True))
        await ledger.prove("e1", None, NOW)


async def test_a_removed_endpoint_is_not_asked_any_more(ledger: Ledger) -> None:
    """Its challenge proves nothing, and what was held for it is held for the office."""
    await ledger.add([unverified()], NOW)
    await ledger.take([taken()], NOW)
    await ask(ledger)
    await ledger.set_state("e1", "removed", NOW)
    assert await ledger.prove("e1", "c1", NOW) is None
    assert await ask(ledger, "c2", at=NOW + timedelta(days=1)) == []
    assert (await rows(ledger))[None] == ("held", "no_endpoint")


async def test_who_is_unverified_takes_no_turn(ledger: Ledger) -> None:
    """The next place serves, and nothing is held for the first; beside an active one of its place it waits."""
    await ledger.add([unverified("first"), endpoint("second", place=1)], NOW)
    await ledger.take([taken(notice="n1")], NOW)
    assert await rows(ledger, "n1") == {"second": ("queued", "routed")}
    await ledger.add([unverified("beside", place=1)], NOW)
    await ledger.take([taken(notice="n2")], NOW)
    assert await rows(ledger, "n2") == {"second": ("queued", "routed"), "beside": HELD}
    await ledger.prove("first", None, NOW)
    await ledger.take([taken(notice="n3")], NOW)
    assert await rows(ledger, "n3") == {"first": ("queued", "routed")}


async def test_the_right_endpoint_gets_what_a_wrong_one_holds(ledger: Ledger) -> None:
    """Added after it, or active again: what is held for one that proved nothing is delivered; and kept until it is."""
    await ledger.take([taken(notice="n1")], NOW)
    await ledger.add([unverified("typo")], NOW)
    await ledger.add([endpoint("late", state="paused", place=2)], NOW)
    assert (await rows(ledger))["typo"] == HELD
    await ledger.set_state("late", "active", NOW)
    assert (await rows(ledger))["late"] == ("queued", "handed_over")
    await ledger.set_state("late", "removed", NOW)
    await ledger.add([endpoint("right")], NOW)
    found = await rows(ledger)
    assert (found["typo"], found["right"]) == (HELD, ("queued", "handed_over"))
    (made,) = await claim(ledger)
    await ledger.record([ended(made)])
    await ledger.set_state("right", "paused", NOW)
    await ledger.set_state("right", "active", NOW)
    assert await claim(ledger) == []


async def test_a_proof_brings_nothing_that_the_office_has(ledger: Ledger) -> None:
    """What another endpoint delivered meanwhile ends; what it has not goes out."""
    await ledger.add([unverified("new"), endpoint("old")], NOW)
    await ledger.take([taken(notice="n1"), taken(notice="n2")], NOW)
    first, _ = await claim(ledger)
    await ledger.record([ended(first)])
    await ledger.prove("new", None, NOW)
    other = "n2" if first.notice_id == "n1" else "n1"
    assert (await rows(ledger, first.notice_id))["new"] == ("cancelled", "delivered_elsewhere")
    assert (await rows(ledger, other))["new"] == ("queued", "resumed")


async def test_who_is_unverified_does_not_take_over(ledger: Ledger) -> None:
    """What another endpoint gives up is not handed to it."""
    await ledger.add([endpoint("hook"), unverified("mail", kind="email", target="a@b.vn", secret=None, place=1)], NOW)
    await ledger.take([taken()], NOW)
    await ledger.set_state("hook", "disabled", NOW)
    assert await rows(ledger) == {"hook": ("held", "endpoint_disabled")}


async def test_only_the_hash_of_a_challenge_is_kept(tmp_path: Path) -> None:
    """And it counts after a restart."""
    url = f"sqlite:///{tmp_path / 'l.db'}"
    first = SqlLedger(open_engine(url))
    await first.start()
    await first.add([unverified()], NOW)
    await first.ask(["a-challenge"], ASKED_FOR, NOW)
    await first.stop()
    engine = open_engine(url)
    with engine.connect() as conn:
        assert [row.digest for row in conn.execute(text("SELECT * FROM challenges"))] == [digest_of("a-challenge")]
    engine.dispose()
    assert b"a-challenge" not in all_bytes(tmp_path)
    again = SqlLedger(open_engine(url))
    await again.start()
    assert await again.prove("e1", "a-challenge", NOW) is not None
    await again.stop()


@pytest.mark.parametrize("count", [1, 3])
async def test_two_notifiers_do_not_ask_the_same(new_database: str, count: int) -> None:
    """On one database at the same moment, each endpoint is asked by one of them."""
    replicas = [SqlLedger(open_engine(new_database)) for _ in range(2)]
    for each in replicas:
        await each.start()
    await replicas[0].add([unverified(f"e{n}", recipient_id=f"o{n}") for n in range(count)], NOW)
    fresh = [[f"{place}-{n}" for n in range(2)] for place in range(2)]
    asked = await asyncio.gather(*(each.ask(some, ASKED_FOR, NOW) for each, some in zip(replicas, fresh, strict=True)))
    ids = [one.endpoint.endpoint_id for each in asked for one in each]
    assert sorted(ids) == [f"e{n}" for n in range(count)]
    for each in replicas:
        await each.stop()
