"""Notices that leave in one message at the end of a window: the SQL ledgers and the one in memory alike."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.notifier.calendar.digest import Digest
from services.notifier.endpoint_options import EndpointOptions
from services.notifier.endpoints import State
from services.notifier.outcome import Verdict
from services.notifier.ports import Claim, Ledger, Room
from tests.notifier.books import AGAIN, LEASE, RETRY, claim, rows, statuses
from tests.notifier.samples import NOW, ended, endpoint, recalled, taken

HOURLY = EndpointOptions(digest=Digest(every_s=3_600))
END = NOW + timedelta(hours=1)
"""NOW is on the hour: the window that begins then ends an hour later."""
ROOM = {"webhook": Room(100, 50, LEASE)}


async def gathered(ledger: Ledger, *notices: str, options: EndpointOptions = HOURLY) -> None:
    await ledger.add([endpoint("e1", "a", options=options), endpoint("e2", "b")], NOW)
    await ledger.take([taken("a", each) for each in notices], NOW, ROOM)  # type: ignore[arg-type]


def notices(claims: list[Claim] | tuple[Claim, ...]) -> list[str]:
    return sorted(each.notice_id for each in claims)


async def test_they_wait_for_the_end_of_their_window_and_then_go_together(ledger: Ledger) -> None:
    """Also those that came at different times of it, and more of them than one endpoint may have in hand."""
    await gathered(ledger, "n1", "n2")
    later = [taken("a", f"m{number}") for number in range(8)]
    told = await ledger.take(later, NOW + timedelta(minutes=59), ROOM)  # type: ignore[arg-type]
    assert (told.claims, await claim(ledger, END - timedelta(seconds=1))) == ([], [])
    claims = await claim(ledger, END, per_endpoint=4)
    assert len(claims) == 10
    assert len({each.bundle for each in claims}) == 1
    assert claims[0].bundle is not None


async def test_the_books_say_what_they_wait_for(ledger: Ledger) -> None:
    """Queued, because of the digest, until when."""
    await gathered(ledger, "n1")
    assert await rows(ledger) == {"e1": ("queued", "digest")}
    (told,) = await statuses(ledger)
    assert (told.status, told.reason, told.next_attempt_at) == ("queued", "digest", END)


async def test_what_comes_when_the_window_is_over_waits_for_the_next_one(ledger: Ledger) -> None:
    """In another message."""
    await gathered(ledger, "n1")
    await ledger.take([taken("a", "n2")], END)
    (first,) = await claim(ledger, END)
    await ledger.record([ended(first, None, END)])
    (second,) = await claim(ledger, END + timedelta(hours=1))
    assert (first.notice_id, second.notice_id) == ("n1", "n2")
    assert first.bundle != second.bundle


async def test_nothing_joins_a_message_that_was_tried(ledger: Ledger) -> None:
    """A receiver that knows its id would take the second one for a repetition, and lose what was new in it."""
    await gathered(ledger, "n1")
    (first,) = await claim(ledger, END)
    await ledger.take([taken("a", "late")], END - timedelta(seconds=1))
    (late,) = await claim(ledger, END)
    assert (late.notice_id, late.bundle == first.bundle) == ("late", False)


async def test_a_message_holds_so_many_and_the_rest_goes_in_another(ledger: Ledger) -> None:
    """None is lost between them, whether they came together or one by one."""
    few = EndpointOptions(digest=Digest(every_s=3_600, most=2))
    await gathered(ledger, "n1", "n2", "n3", options=few)
    for each in ("n4", "n5"):
        await ledger.take([taken("a", each)], NOW)
    claims = await claim(ledger, END, per_endpoint=50)
    assert notices(tuple(claims)) == ["n1", "n2", "n3", "n4", "n5"]
    sizes: dict[str | None, int] = {}
    for one in claims:
        sizes[one.bundle] = sizes.get(one.bundle, 0) + 1
    assert sorted(sizes.values()) == [1, 2, 2]


async def test_a_second_try_has_the_same_id_and_members(ledger: Ledger) -> None:
    """They are settled together, so they come back together."""
    await gathered(ledger, "n1", "n2")
    first = await claim(ledger, END)
    await ledger.record([ended(each, RETRY, END) for each in first])
    again = await claim(ledger, max(AGAIN, END))
    assert notices(tuple(again)) == ["n1", "n2"]
    assert {each.bundle for each in again} == {each.bundle for each in first}


async def test_a_failed_message_is_one_failure_of_its_endpoint(ledger: Ledger) -> None:
    """However many were in it: three in a row make an endpoint rest."""
    await gathered(ledger, "n1", "n2", "n3", "n4")
    await ledger.record([ended(each, RETRY, END) for each in await claim(ledger, END)])
    standing = await ledger.endpoint("e1")
    assert standing is not None
    assert standing.failures == 1


async def test_hoa_toc_waits_for_no_window(ledger: Ledger) -> None:
    """It goes alone and at once."""
    await gathered(ledger, "n1")
    await ledger.take([taken("a", "u", urgency="hỏa tốc")], NOW)
    (urgent,) = await claim(ledger)
    assert (urgent.notice_id, urgent.bundle) == ("u", None)


async def test_what_is_recalled_while_it_waits_is_left_out(ledger: Ledger) -> None:
    """The others go, and nobody is told of what the office never had."""
    await gathered(ledger, "n1", "n2")
    await ledger.recall([recalled("recalled", "n1")], NOW)
    assert notices(tuple(await claim(ledger, END))) == ["n2"]


async def test_the_window_of_one_endpoint_holds_up_no_other(ledger: Ledger) -> None:
    """What comes in for others is still claimed at once."""
    await gathered(ledger, "n1")
    told = await ledger.take([taken("b", "other")], NOW, ROOM)  # type: ignore[arg-type]
    assert [each.notice_id for each in told.claims] == ["other"]


async def test_an_operators_replay_goes_alone(ledger: Ledger) -> None:
    """Under the id of its own delivery."""
    await gathered(ledger, "n1", "n2")
    claims = await claim(ledger, END)
    await ledger.record([ended(each, Verdict("failed", "http_404"), END) for each in claims])
    chosen = next(each for each in claims if each.notice_id == "n1")
    await ledger.retry([chosen.parcel.delivery_id], END)
    (alone,) = await claim(ledger, END)
    assert (alone.notice_id, alone.bundle) == ("n1", None)


@pytest.mark.parametrize("state", ["paused", "disabled"])
async def test_what_goes_on_in_its_window_waits_for_the_end_of_it(ledger: Ledger, state: State) -> None:
    """With what came meanwhile, in one message; hỏa tốc goes at once."""
    await gathered(ledger, "n1", "n2")
    await ledger.set_state("e1", state, NOW)
    await ledger.take([taken("a", "n3"), taken("a", "u", urgency="hỏa tốc")], NOW)
    half = NOW + timedelta(minutes=30)
    await ledger.set_state("e1", "active", half)
    assert notices(tuple(await claim(ledger, half))) == ["u"]
    assert [await rows(ledger, each) for each in ("n1", "n3")] == [{"e1": ("queued", "digest")}] * 2
    told = [(each.reason, each.next_attempt_at) for each in await statuses(ledger) if each.at == half]
    assert sorted(told) == [*[("digest", END)] * 3, ("resumed", half)]
    claims = [each for each in await claim(ledger, END) if each.notice_id != "u"]
    assert notices(claims) == ["n1", "n2", "n3"]
    assert len({each.bundle for each in claims}) == 1


async def test_what_goes_on_after_its_window_does_not_wait_for_another(ledger: Ledger) -> None:
    """What was held from the first does, however many windows it missed."""
    await gathered(ledger, "n1")
    await ledger.set_state("e1", "paused", NOW)
    await ledger.take([taken("a", "n2"), taken("a", "n3")], NOW)
    await ledger.set_state("e1", "active", END)
    assert notices(tuple(await claim(ledger, END))) == ["n1"]
    later = await claim(ledger, END + timedelta(hours=1))
    assert notices(tuple(each for each in later if not each.reclaimed)) == ["n2", "n3"]


@pytest.mark.parametrize("paused", [True, False])
async def test_no_member_is_lost_when_its_endpoint_stands_still(ledger: Ledger, *, paused: bool) -> None:
    """Paused over the end of the window, or cut off in the middle of the attempt."""
    await gathered(ledger, "n1", "n2")
    if paused:
        await ledger.set_state("e1", "paused", NOW)
        assert await claim(ledger, END) == []
        await ledger.set_state("e1", "active", END)
    else:
        await ledger.release(await claim(ledger, END), END, begun=True)
    claims = await claim(ledger, END)
    assert notices(tuple(claims)) == ["n1", "n2"]
    await ledger.record([ended(each, None, END) for each in claims])
    assert {each: await rows(ledger, each) for each in ("n1", "n2")} == {
        "n1": {"e1": ("delivered", "accepted")},
        "n2": {"e1": ("delivered", "accepted")},
    }


async def test_mail_that_comes_back_fails_all_that_were_in_it(ledger: Ledger) -> None:
    """A bounce names the message; a second one says nothing new."""
    await ledger.add([endpoint("m1", "a", kind="email", target="vt@a.vn", options=HOURLY)], NOW)
    await ledger.take([taken("a", "n1"), taken("a", "n2")], NOW)
    claims = await ledger.claim("email", 100, 4, LEASE, END)
    await ledger.record([ended(each, None, END) for each in claims])
    bundle = claims[0].bundle or ""
    assert await ledger.bounce(bundle, "550 no such user", END) == "failed"
    assert await ledger.bounce(bundle, "550 no such user", END) == "repeated"
    assert [await rows(ledger, each) for each in ("n1", "n2")] == [{"m1": ("failed", "bounced")}] * 2
