"""The verifier that receivers copy."""

from __future__ import annotations

import base64
import hashlib
import hmac
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contracts.webhooks import verify as module
from contracts.webhooks.verify import BadSecret, BadSignature, verify

BODY = b'{"type": "assignments.routed.v1"}'
KEY = b"k" * 32
SECRET = "whsec_" + base64.b64encode(KEY).decode()
AT = 1_795_000_000


def signed(body: bytes = BODY, at: int = AT, key: bytes = KEY) -> dict[str, str]:
    content = f"m1.{at}.".encode() + body
    signature = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    return {"Webhook-Id": "m1", "Webhook-Timestamp": str(at), "Webhook-Signature": f"v1,{signature}"}


def test_a_good_request_gives_its_id() -> None:
    """The id is what a receiver keeps in order to do nothing twice; headers may be spelled in any case."""
    assert verify(SECRET, signed(), BODY, now=AT) == "m1"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"Webhook-Id": "m2"}, "no_match"),
        ({"Webhook-Signature": ""}, "no_match"),
        ({"Webhook-Signature": "v1,AAAA"}, "no_match"),
        ({"Webhook-Signature": "v1,é"}, "no_match"),
        ({"Webhook-Signature": "v1,\udcff"}, "no_match"),
        ({"Webhook-Timestamp": "soon"}, "bad_timestamp"),
        ({"Webhook-Timestamp": "²"}, "bad_timestamp"),
        ({"Webhook-Timestamp": "-1"}, "bad_timestamp"),
        ({"Webhook-Timestamp": "9" * 5_000}, "bad_timestamp"),
        ({"Webhook-Timestamp": f"0{AT}"}, "no_match"),
    ],
)
def test_a_changed_request_is_refused_with_a_reason(change: dict[str, str], reason: str) -> None:
    """Every tampering has its named reason."""
    with pytest.raises(BadSignature) as refusal:
        verify(SECRET, {**signed(), **change}, BODY, now=AT)
    assert refusal.value.reason == reason


@pytest.mark.parametrize("missing", ["Webhook-Id", "Webhook-Timestamp", "Webhook-Signature"])
def test_a_missing_header_is_refused(missing: str) -> None:
    """Without all three headers nothing is verified."""
    headers = {name: value for name, value in signed().items() if name != missing}
    with pytest.raises(BadSignature, match="missing_header"):
        verify(SECRET, headers, BODY, now=AT)


@pytest.mark.parametrize(("now", "reason"), [(AT + 301, "too_old"), (AT - 301, "too_new")])
def test_a_request_of_another_time_is_refused(now: int, reason: str) -> None:
    """Five minutes on either side is the usual window; a receiver may choose another."""
    assert verify(SECRET, signed(), BODY, now=now + (1 if reason == "too_new" else -1)) == "m1"
    with pytest.raises(BadSignature, match=reason):
        verify(SECRET, signed(), BODY, now=now)
    assert verify(SECRET, signed(), BODY, now=now, tolerance_s=3_600) == "m1"


def test_one_of_several_signatures_and_one_of_several_keys_is_enough() -> None:
    """During a rotation the sender signs with both secrets, or the receiver holds both."""
    other = "whsec_" + base64.b64encode(b"o" * 32).decode()
    old = signed(key=b"o" * 32)["Webhook-Signature"]
    both = {**signed(), "Webhook-Signature": f"{old} v2,what-is-to-come {signed()['Webhook-Signature']}"}
    assert verify(SECRET, both, BODY, now=AT) == verify(other, both, BODY, now=AT) == "m1"
    assert verify([other, SECRET], signed(), BODY, now=AT) == "m1"
    with pytest.raises(BadSignature):
        verify([], signed(), BODY, now=AT)


@pytest.mark.parametrize(
    ("key", "says"),
    [("", "does not start"), ("whsec_!", "not base64"), ("whsec_AAAA", "not 3"), ("whpk_AAAA", "32 bytes, not 3")],
)
def test_a_key_that_is_none_is_said_so(key: str, says: str) -> None:
    """A receiver's own mistake is not a bad request."""
    with pytest.raises(BadSecret, match=says):
        verify(key, signed(), BODY, now=AT)


def test_a_signature_of_another_scheme_is_none() -> None:
    """An ed25519 signature counts as `v1a` only."""
    private = Ed25519PrivateKey.from_private_bytes(KEY)
    public = "whpk_" + base64.b64encode(private.public_key().public_bytes_raw()).decode()
    made = base64.b64encode(private.sign(f"m1.{AT}.".encode() + BODY)).decode()
    assert verify(public, {**signed(), "Webhook-Signature": f"v1a,{made}"}, BODY, now=AT) == "m1"
    for name in ("v1", "v1b", ""):
        with pytest.raises(BadSignature, match="no_match"):
            verify(public, {**signed(), "Webhook-Signature": f"{name},{made}"}, BODY, now=AT)


def test_the_file_works_on_its_own(tmp_path: Path) -> None:
    """Copied away from here, in an interpreter without any package, it verifies `v1`."""
    shutil.copy(str(module.__file__), tmp_path / "verify.py")
    program = f"from verify import verify; print(verify({SECRET!r}, {signed()!r}, {BODY!r}, now={AT}))"
    alone = [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r}); {program}"]
    done = subprocess.run(alone, capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("m1", "")
