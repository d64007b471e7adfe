"""Webhooks over TLS, against real servers on loopback: whom we trust, and who trusts us."""

from __future__ import annotations

import asyncio
import base64
import socket
import ssl
from collections.abc import AsyncIterator
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from services.notifier.channels.http_engine import HttptoolsEngine
from services.notifier.channels.resolver import Address
from services.notifier.credentials import Credentials
from services.notifier.outcome import Answer, Unreachable
from services.notifier.parcel import Parcel
from tests.notifier.key_pairs import Pair, issued, root, server_context
from tests.notifier.receivers import hook
from tests.notifier.samples import NOW, TRACE, VAULT, endpoint, taken, webhook_channel
from tests.notifier.wires import says, server, strict_server


@pytest.fixture
async def engine() -> AsyncIterator[HttptoolsEngine]:
    made = HttptoolsEngine((ip_network("127.0.0.0/8"),), timeout_s=3)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture(scope="module")
def trusted() -> Pair:
    return root()


@pytest.fixture(scope="module")
def client(trusted: Pair) -> Pair:
    return issued(trusted, name="noinhan")


class Loopback:
    """Every name leads to this machine."""

    async def resolve(self, host: str, port: int) -> list[Address]:
        del host
        return [Address("127.0.0.1", port, socket.AF_INET)]

    async def close(self) -> None:
        """Nothing to close."""


async def send(engine: HttptoolsEngine, url: str, **credentials: Any) -> Answer:
    sealed = VAULT.seal(Credentials(**credentials).model_dump_json()) if credentials else None
    to = endpoint(target=url, credentials=sealed)
    return await webhook_channel(engine).deliver(Parcel("d-1", to, taken().body, TRACE), NOW)


async def reason(engine: HttptoolsEngine, url: str, **credentials: Any) -> str:
    with pytest.raises(Unreachable) as failure:
        await send(engine, url, **credentials)
    return failure.value.reason


async def test_a_server_is_trusted_by_the_offices_own_root(
    engine: HttptoolsEngine, trusted: Pair, tmp_path: Path
) -> None:
    """With the office's CA its server is reached, without it not; another's CA does not help."""
    async with server(tls=server_context(issued(trusted), tmp_path)) as office:
        assert await reason(engine, office.url) == "tls_untrusted"
        assert await reason(engine, office.url, ca=root("Other").pem) == "tls_untrusted"
        assert (await send(engine, office.url, ca=trusted.pem)).result == "accepted"
    assert len(office.requests) == 1


async def test_a_server_that_demands_a_client_certificate_gets_it(
    engine: HttptoolsEngine, trusted: Pair, client: Pair, tmp_path: Path
) -> None:
    """The server sees our certificate; without one, or with one of another root, the reason says whose fault it is."""
    stranger = issued(root("Other"), name="stranger")
    with strict_server(server_context(issued(trusted), tmp_path, clients_of=trusted)) as (url, clients):
        assert await reason(engine, url, ca=trusted.pem) == "tls_client_certificate"
        told = {"ca": trusted.pem, "certificate": stranger.pem, "key": stranger.key}
        assert await reason(engine, url, **told) == "tls_client_certificate"
        told = {"ca": trusted.pem, "certificate": client.pem, "key": client.key}
        assert (await send(engine, url, **told)).result == "accepted"
    assert clients == [{"commonName": "noinhan"}]


async def test_endpoints_with_other_certificates_do_not_share_a_connection(
    engine: HttptoolsEngine, trusted: Pair, client: Pair, tmp_path: Path
) -> None:
    """What was opened with one client certificate is not used for another; for the same one it is kept."""
    other = issued(trusted, name="other")
    async with server(tls=server_context(issued(trusted), tmp_path, clients_of=trusted)) as office:
        for pair in (client, other, client, other):
            await send(engine, office.url, ca=trusted.pem, certificate=pair.pem, key=pair.key)
    assert [each.connection for each in office.requests] == [1, 2, 1, 2]


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"address": "127.0.0.2"}, "tls_wrong_host"),
        ({"until": timedelta(hours=-1)}, "tls_expired"),
        ({"until": timedelta(days=4)}, "tls_not_yet_valid"),
    ],
)
async def test_a_wrong_certificate_is_a_failure_by_name(
    engine: HttptoolsEngine, trusted: Pair, tmp_path: Path, wrong: dict[str, Any], named: str
) -> None:
    """One for another host, of the past and of the future: nothing is sent, and the reason tells which it is."""
    async with server(tls=server_context(issued(trusted, **wrong), tmp_path)) as office:
        assert await reason(engine, office.url, ca=trusted.pem) == named
    assert office.requests == []


async def test_a_certificate_for_an_address_is_none_for_a_name(
    engine: HttptoolsEngine, trusted: Pair, tmp_path: Path
) -> None:
    """The name in the URL must be in the certificate, wherever it leads."""
    async with server(tls=server_context(issued(trusted), tmp_path)) as office:
        assert await reason(engine, office.url.replace("127.0.0.1", "localhost"), ca=trusted.pem) == "tls_wrong_host"
    assert office.requests == []


async def test_a_server_of_many_names_hears_which_is_meant(trusted: Pair, tmp_path: Path) -> None:
    """Though it is reached by an address that was looked up and checked before."""
    heard: list[str | None] = []
    tls = server_context(issued(trusted), tmp_path)
    tls.sni_callback = lambda _, name, __: heard.append(name)
    engine = HttptoolsEngine((ip_network("127.0.0.0/8"),), timeout_s=3, names=Loopback())
    await engine.start()
    async with server(tls=tls) as office:
        await reason(engine, office.url.replace("127.0.0.1", "vanthu.example"), ca=trusted.pem)
    await engine.stop()
    assert heard == ["vanthu.example"]


async def test_a_self_signed_certificate_is_trusted_only_where_it_is_given(
    engine: HttptoolsEngine, tmp_path: Path
) -> None:
    """Its name is `tls_self_signed`; an office that has nothing else may give it as its CA."""
    alone = issued(None)
    async with server(tls=server_context(alone, tmp_path)) as office:
        assert await reason(engine, office.url) == "tls_self_signed"
        assert (await send(engine, office.url, ca=alone.pem)).result == "accepted"


async def test_a_server_that_speaks_no_tls_is_named(engine: HttptoolsEngine) -> None:
    """Https to a port of http."""
    async with hook() as office:
        assert await reason(engine, office.url.replace("http", "https")) == "tls_not_spoken"


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
async def test_an_old_version_of_tls_is_not_spoken(engine: HttptoolsEngine, trusted: Pair, tmp_path: Path) -> None:
    """Nothing below TLS 1.2."""
    old = server_context(issued(trusted), tmp_path)
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    with strict_server(old) as (url, clients):
        assert await reason(engine, url, ca=trusted.pem) == "tls_version"
    assert clients == []


async def test_headers_and_password_are_sent_and_masked(engine: HttptoolsEngine) -> None:
    """A server that checks them gets both, and what it says of them is not kept."""
    secret = base64.b64encode(b"vanthu:m4t-kh4u").decode()
    text = f"got tok-en-9, m4t-kh4u and Basic {secret}"
    async with hook(500, text=text) as office:
        held = {"headers": {"X-Token": "tok-en-9"}, "basic": {"username": "vanthu", "password": "m4t-kh4u"}}
        answer = await send(engine, office.url, **held)
    (got,) = office.requests
    assert (got.headers["x-token"], got.headers["authorization"]) == ("tok-en-9", f"Basic {secret}")
    assert answer.body == "got [redacted], [redacted] and Basic [redacted]"
    assert got.headers["content-type"] == "application/json"


async def test_of_two_logins_the_credentials_are_sent(engine: HttptoolsEngine) -> None:
    """A user in the URL does not travel beside the one of the credentials."""
    async with server() as office:
        held = {"headers": {"Authorization": "Bearer tok-en-9"}}
        await send(engine, office.url.replace("//", "//anna:old@"), **held)
        await send(engine, office.url.replace("//", "//anna:old@"))
    sent = [each.headers["authorization"] for each in office.requests]
    assert sent == ["Bearer tok-en-9", f"Basic {base64.b64encode(b'anna:old').decode()}"]


def test_a_key_that_is_encrypted_or_anothers_is_refused(trusted: Pair, client: Pair) -> None:
    """Nobody is asked for a password, and a pair that does not fit is found when it is given."""
    for key in (client.encrypted(b"pass"), issued(trusted).key, client.pem, "nothing"):
        with pytest.raises(ValueError, match="its own unencrypted key"):
            Credentials(certificate=client.pem, key=key)


async def test_an_endpoint_may_have_less_patience(engine: HttptoolsEngine) -> None:
    """Its own timeout holds, not the usual one of three seconds."""
    async with server(says(b"", every_s=2)) as office:
        to = endpoint(target=office.url, options=endpoint().options.model_copy(update={"timeout_s": 0.2}))
        with pytest.raises(Unreachable) as failure:
            async with asyncio.timeout(1):
                await webhook_channel(engine).deliver(Parcel("d-1", to, taken().body, TRACE), NOW)
    assert failure.value.reason == "timeout"
