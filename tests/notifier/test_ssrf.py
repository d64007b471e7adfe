"""Nobody can use us to reach where they should not: hostile targets, against a server that would answer."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from ipaddress import ip_network

import pytest

from services.notifier.addresses import Network
from services.notifier.channels.http_engine import HttptoolsEngine
from services.notifier.channels.resolver import Address
from services.notifier.endpoints import BadTarget, check_target
from services.notifier.outcome import Refused, Unreachable
from services.notifier.parcel import Parcel
from tests.notifier.receivers import Hook, hook
from tests.notifier.samples import NOW, TRACE, endpoint, taken, webhook_channel

LITERALS = (
    "http://127.0.0.1:{port}/",
    "http://127.1:{port}/",
    "http://127.0.1:{port}/",
    "http://127.127.127.127:{port}/",
    "http://0:{port}/",
    "http://0.0.0.0:{port}/",
    "http://2130706433:{port}/",
    "http://017700000001:{port}/",
    "http://0177.0.0.1:{port}/",
    "http://0177.0.0.01:{port}/",
    "http://127.0.0.01:{port}/",
    "http://00000177.1:{port}/",
    "http://0x7f000001:{port}/",
    "http://0x7f.0.0.1:{port}/",
    "http://0x7f.0x0.0x0.0x1:{port}/",
    "http://0x7f.1:{port}/",
    "http://0X7F.1:{port}/",
    "http://127.0x0.1:{port}/",
    "http://0x7f.0.01:{port}/",
    "http://4294967295:{port}/",
    "http://127.0.0.1.:{port}/",
    "http://2130706433.:{port}/",
    "http://[::1]:{port}/",
    "http://[0:0:0:0:0:0:0:1]:{port}/",
    "http://[::]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://[::ffff:7f00:1]:{port}/",
    "http://[0:0:0:0:0:ffff:7f00:0001]:{port}/",
    "http://[::127.0.0.1]:{port}/",
    "http://[::7f00:1]:{port}/",
    "http://[64:ff9b::127.0.0.1]:{port}/",
    "http://[64:ff9b:1::7f00:1]:{port}/",
    "http://[2002:7f00:1::]:{port}/",
    "http://[fe80::1]:{port}/",
    "http://[fe80::1%25eth0]:{port}/",
    "http://[fe80::1%eth0]:{port}/",
    "http://[fc00::1]:{port}/",
    "http://[fec0::1]:{port}/",
    "http://[ff02::1]:{port}/",
    "http://10.0.0.1:{port}/",
    "http://172.16.0.1:{port}/",
    "http://192.168.1.1:{port}/",
    "http://100.64.0.1:{port}/",
    "http://169.254.169.254/latest/meta-data/",
    "http://[fd00:ec2::254]/latest/meta-data/",
    "http://2852039166/latest/meta-data/",
    "http://0xa9fea9fe/latest/meta-data/",
    "http://0251.0376.0251.0376/latest/meta-data/",
    "http://198.18.0.1:{port}/",
    "http://224.0.0.1:{port}/",
    "http://255.255.255.255:{port}/",
    "http://example.vn@127.0.0.1:{port}/",
    "http://example.vn:80@127.0.0.1:{port}/",
    "http://example.vn%40127.0.0.1:{port}/",
    "http://127.0.0.1:{port}#@example.vn/",
    "http://127.0.0.1:{port}?@example.vn/",
    "http://127.0.0.1:{port}\\@example.vn/",
    "http://example.vn\\@127.0.0.1:{port}/",
    "http:///127.0.0.1:{port}/",
    "http:127.0.0.1:{port}/",
    "http://127.0.0.1%00.example.vn:{port}/",
    "http://127.0.0.1%2eexample.vn:{port}/",
    "http://%31%32%37.0.0.1:{port}/",
    "http://①②⑦.⓪.⓪.①:{port}/",
    "http://１２７.0.0.1:{port}/",
    "http://127。0。0。1:{port}/",
    "http://127．0．0．1:{port}/",
    "http://١٢٧.٠.٠.١:{port}/",
    "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:{port}/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:{port}/_POST",
    "unix:///var/run/docker.sock",
    "javascript:alert(1)",
)
"""Targets that are addresses, or that some program reads as one."""

NAMES = (
    "http://localhost:{port}/",
    "http://LOCALHOST:{port}/",
    "http://localhost.:{port}/",
    "http://sub.localhost:{port}/",
    "http://ip6-localhost:{port}/",
    "http://127.0.0.1.nip.example:{port}/",
    "http://127-0-0-1.example.vn:{port}/",
    "http://intranet:{port}/",
    "http://metadata.google.internal/computeMetadata/v1/",
    "http://xn--lcalhost-b1a:{port}/",
    "http://user:secret@intranet:{port}/",
)
"""Targets that are names; whoever keeps the name says where it leads."""

INSIDE = (
    ["127.0.0.1"],
    ["::1"],
    ["::ffff:127.0.0.1"],
    ["10.1.2.3"],
    ["169.254.169.254"],
    ["1.1.1.1", "127.0.0.1"],
    ["127.0.0.1", "1.1.1.1"],
)
"""Where such a name may lead: inside, or to both sides."""


class Names:
    """Answers every lookup with the next addresses, and goes on with the last ones."""

    def __init__(self, *answers: list[str]) -> None:
        self._answers = list(answers)

    async def resolve(self, host: str, port: int) -> list[Address]:
        del host
        found = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return [Address(each, port, socket.AF_INET6 if ":" in each else socket.AF_INET) for each in found]

    async def close(self) -> None:
        """Nothing to close."""


@pytest.fixture
async def inside() -> AsyncIterator[Hook]:
    """A server inside, which would answer."""
    async with hook() as made:
        yield made


async def refused(url: str, *answers: list[str], allowed: tuple[Network, ...] = ()) -> str:
    """Where the target is refused: when it is added, or when something is sent; 'sent' where it is not."""
    try:
        check_target("webhook", url, allowed)
    except BadTarget:
        added = False
    else:
        added = True
    # What was written into the books by other means must not be reached either.
    engine = HttptoolsEngine(allowed, timeout_s=1, names=Names(*(answers or (["127.0.0.1"],))))
    await engine.start()
    try:
        await webhook_channel(engine).deliver(Parcel("d-1", endpoint(target=url), taken().body, TRACE), NOW)
    except (Unreachable, Refused) as error:
        return error.reason if added else f"not added, {error.reason}"
    finally:
        await engine.stop()
    return "sent"


def _port(server: Hook) -> str:
    return server.url.rpartition(":")[2]


def test_the_table_is_large_enough() -> None:
    """At least sixty, each once."""
    assert len({*LITERALS, *NAMES}) == len(LITERALS) + len(NAMES) >= 60


@pytest.mark.parametrize("target", LITERALS)
async def test_an_address_inside_is_not_reached_however_it_is_written(inside: Hook, target: str) -> None:
    """It is refused when it is added or when something is sent, and the server inside hears nothing."""
    assert await refused(target.replace("{port}", _port(inside))) != "sent"
    assert inside.requests == []


@pytest.mark.parametrize("answers", INSIDE, ids=",".join)
@pytest.mark.parametrize("target", NAMES)
async def test_a_name_that_leads_inside_is_not_followed(inside: Hook, target: str, answers: list[str]) -> None:
    """One address inside is enough to refuse the name, whichever stands first."""
    why = await refused(target.replace("{port}", _port(inside)), answers)
    assert why.endswith("forbidden_address")
    assert inside.requests == []


async def test_a_name_that_changes_its_mind_is_not_followed(inside: Hook) -> None:
    """Rebinding: public when it is looked up, inside when it is looked up again."""
    url = f"http://rebinding.example:{_port(inside)}/"
    assert await refused(url, ["1.1.1.1"], ["127.0.0.1"]) != "sent"
    assert inside.requests == []


async def test_the_address_that_was_checked_is_asked_by_its_name(inside: Hook) -> None:
    """It is not looked up again, and the server sees which of its names is meant."""
    host = f"vanthu.example:{_port(inside)}"
    assert await refused(f"http://{host}/", ["127.0.0.1"], allowed=(ip_network("127.0.0.0/8"),)) == "sent"
    assert [each.headers["host"] for each in inside.requests] == [host]


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
async def test_a_redirect_leads_nowhere(inside: Hook, status: int) -> None:
    """A server that may be reached sends us inside: it is a failure, and nobody goes there."""
    location = {"Location": f"{inside.url}/secret", "Refresh": f"0; url={inside.url}/secret"}
    allowed = ip_network("127.0.0.0/8")
    async with hook(status, headers=location) as outside:
        engine = HttptoolsEngine((allowed,), timeout_s=1)
        await engine.start()
        parcel = Parcel("d-1", endpoint(target=outside.url), taken().body, TRACE)
        answer = await webhook_channel(engine).deliver(parcel, NOW)
        await engine.stop()
    assert (answer.result, answer.reason) == ("try_again", f"http_{status}")
    assert inside.requests == []


@pytest.mark.parametrize(
    ("network", "reached"),
    [("127.0.0.1/32", True), ("127.0.0.0/31", True), ("127.0.0.2/32", False), ("10.0.0.0/8", False)],
)
@pytest.mark.parametrize("host", ["127.0.0.1", "[::ffff:127.0.0.1]", "name.example"])
async def test_the_allow_list_opens_exactly_what_it_says(inside: Hook, network: str, host: str, reached: bool) -> None:
    """By address, mapped address and name alike."""
    why = await refused(f"http://{host}:{_port(inside)}/", ["127.0.0.1"], allowed=(ip_network(network),))
    if not reached:
        assert (why.endswith("forbidden_address"), inside.requests) == (True, [])
    elif host.startswith("["):  # whether it is reached depends on the machine's IPv6
        assert not why.endswith("forbidden_address")
    else:
        assert (why, len(inside.requests)) == ("sent", 1)
