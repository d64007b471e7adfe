"""Signatures of webhooks, held against what receivers verify with."""

from __future__ import annotations

import base64
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
import standardwebhooks
from hypothesis import given
from hypothesis import strategies as st

from contracts.webhooks.verify import BadSignature, key_of, verify
from services.notifier import signing
from services.notifier.endpoint_options import Scheme
from services.notifier.signing import BadSecret
from tests.notifier.samples import NOW, SECRET

BODY = '{"số": "129/TB-VPCP"}'.encode()
HANOI = timezone(timedelta(hours=7))
PRIVATE, PUBLIC = (
    "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==",
    "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=",
)
"""The key pair that Svix, where Standard Webhooks comes from, shows in its documentation of `v1a`."""

KEYS = st.binary(min_size=24, max_size=64)
SEEDS = st.binary(min_size=32, max_size=32)
IDS = st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=40)
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.timezones())  # noqa: DTZ001


def secret(length: int) -> str:
    return "whsec_" + base64.b64encode(b"k" * length).decode()


def private(content: bytes) -> str:
    return "whsk_" + base64.b64encode(content).decode()


@given(KEYS, IDS, MOMENTS, st.text())
def test_v1_is_what_the_reference_library_signs(key: bytes, message_id: str, at: datetime, text: str) -> None:
    """For every secret, id, moment and body the published library makes the same signature, told the moment in UTC."""
    body = text.encode("utf-8", "replace")
    mine = signing.secret_of(key)
    made = signing.headers([mine], message_id, at, body)["webhook-signature"]
    assert made == standardwebhooks.Webhook(mine).sign(message_id, at.astimezone(UTC), body.decode())


def test_the_reference_library_accepts_a_request() -> None:
    """A receiver that uses the published library verifies what is sent."""
    made = signing.headers([SECRET], "msg_1", datetime.now(UTC), BODY)
    assert standardwebhooks.Webhook(SECRET).verify(BODY, made) == {"số": "129/TB-VPCP"}


def test_what_the_reference_library_signs_is_accepted() -> None:
    """Our verifier takes the published library's signature."""
    made = standardwebhooks.Webhook(SECRET).sign("msg_1", NOW, BODY.decode())
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(int(NOW.timestamp())), "webhook-signature": made}
    assert verify(SECRET, headers, BODY, now=NOW.timestamp()) == "msg_1"


@given(KEYS, SEEDS, IDS, MOMENTS, st.binary())
def test_every_signature_is_verified_alone(key: bytes, seed: bytes, message_id: str, at: datetime, body: bytes) -> None:
    """Of a request signed with several secrets, each receiver needs one: any `v1` secret, or the `v1a` public key."""
    secrets = [signing.secret_of(key), private(seed), secret(32)]
    made = signing.headers(secrets, message_id, at, body)
    public = signing.public_key_of(secrets[1])
    assert public is not None
    for each in (secrets[0], public, secrets[2]):
        assert verify(each, made, body, now=at.timestamp()) == message_id


@given(SEEDS, st.binary(), st.integers(0), st.integers(0, 7))
def test_a_bit_that_changed_is_refused(seed: bytes, body: bytes, place: int, bit: int) -> None:
    """Neither scheme verifies a body in which one bit is another."""
    secrets = [secret(32), private(seed)]
    made = signing.headers(secrets, "m", NOW, body + b".")
    changed = bytearray(body + b".")
    changed[place % len(changed)] ^= 1 << bit
    for each in (secrets[0], str(signing.public_key_of(secrets[1]))):
        with pytest.raises(BadSignature, match="no_match"):
            verify(each, made, bytes(changed), now=NOW.timestamp())


def test_the_published_key_pair_is_read() -> None:
    """A `whsk_` key holds the private half, then the public one; both forms of it sign alike."""
    seed = private(base64.b64decode(PRIVATE.removeprefix("whsk_"))[:32])
    assert signing.public_key_of(PRIVATE) == signing.public_key_of(seed) == PUBLIC
    assert signing.headers([PRIVATE], "m", NOW, BODY) == signing.headers([seed], "m", NOW, BODY)
    verify(PUBLIC, signing.headers([PRIVATE], "m", NOW, BODY), BODY, now=NOW.timestamp())


@pytest.mark.parametrize(
    ("scheme", "prefixes"), [("v1", ["whsec_"]), ("v1a", ["whsk_"]), ("both", ["whsec_", "whsk_"])]
)
def test_new_secrets_are_those_of_the_scheme(scheme: Scheme, prefixes: list[str]) -> None:
    """Each scheme has its kind of secret, made from 32 random bytes, different every time."""
    made = signing.new_secrets(scheme, os.urandom)
    assert [each[: each.index("_") + 1] for each in made] == prefixes
    assert set(made).isdisjoint(signing.new_secrets(scheme, os.urandom))
    signing.check_secrets(made, scheme)


@pytest.mark.parametrize("given_secrets", [[], [SECRET, SECRET], [PRIVATE], [SECRET, PRIVATE]])
def test_secrets_of_another_scheme_are_refused(given_secrets: list[str]) -> None:
    """`v1` takes one symmetric secret: not none, two, or a private key."""
    with pytest.raises(BadSecret, match="whsec_"):
        signing.check_secrets(given_secrets, "v1")


def test_a_moment_in_vietnam_is_signed_as_the_second_that_it_is() -> None:
    """The same moment told in UTC+7 gives the same headers as in UTC."""
    assert signing.headers([SECRET], "m", NOW.astimezone(HANOI), BODY) == signing.headers([SECRET], "m", NOW, BODY)
    assert signing.headers([SECRET], "m", NOW, BODY)["webhook-timestamp"] == str(int(NOW.timestamp()))


@pytest.fixture
def machine_in_hanoi(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The machine's clock is set to Vietnam."""
    monkeypatch.setenv("TZ", "Asia/Ho_Chi_Minh")
    time.tzset()
    assert time.timezone == -7 * 3_600
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("machine_in_hanoi")
def test_nothing_changes_on_a_machine_in_vietnam() -> None:
    """Where the local time is UTC+7, signatures are those of any other machine, and are verified there and then."""
    made = signing.headers([SECRET, PRIVATE], "m", NOW, BODY)
    assert made["webhook-timestamp"] == str((NOW - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1))
    present = signing.headers([SECRET, PRIVATE], "m", datetime.now().astimezone(), BODY)
    assert verify(SECRET, present, BODY) == verify(PUBLIC, present, BODY) == "m"
    assert standardwebhooks.Webhook(SECRET).verify(BODY, present)


def test_a_moment_without_zone_is_not_signed() -> None:
    """A naive datetime is an error, never a guess."""
    with pytest.raises(ValueError, match="time zone"):
        signing.headers([SECRET], "m", NOW.replace(tzinfo=None), BODY)


@pytest.mark.parametrize("length", [24, 64])
def test_secrets_of_24_to_64_bytes_are_taken(length: int) -> None:
    """The shortest and the longest secret give back their bytes."""
    assert key_of(signing.secret_of(b"k" * length)) == b"k" * length


@pytest.mark.parametrize("length", [0, 23, 65])
def test_no_other_length_becomes_a_secret(length: int) -> None:
    """A key that is too short or too long is an error that tells its length."""
    with pytest.raises(BadSecret, match=f"24 to 64 bytes, not {length}"):
        signing.secret_of(b"k" * length)


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (secret(23), "24 to 64 bytes, not 23"),
        (secret(65), "24 to 64 bytes, not 65"),
        ("whsec_", "not 0"),
        ("whsec_***", "not base64"),
        ("whsec_é", "not base64"),
        ("plain", "does not start with"),
        (private(b"k" * 31), "32 or 64 bytes, not 31"),
        (private(b"k" * 64), "public half"),
        ("whsk_ ", "not base64"),
        (PUBLIC, "does not start with"),
    ],
)
def test_malformed_secrets_say_what_is_wrong(bad: str, says: str) -> None:
    """Each is a BadSecret whose message names the fault and does not hold the secret."""
    with pytest.raises(BadSecret, match=says) as refusal:
        signing.headers([bad], "m", NOW, BODY)
    assert bad.partition("_")[2] not in str(refusal.value) or len(bad) < 10
