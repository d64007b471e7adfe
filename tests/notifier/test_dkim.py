"""DKIM signatures, verified by a library that is not ours."""

from __future__ import annotations

import base64
from email import message_from_bytes
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from pydantic import SecretStr

from services.notifier import app
from services.notifier.dkim import DkimSigner, Key, make_signer
from services.notifier.settings import NotifierSettings
from tests.notifier.mailing import channel, mail_parcel
from tests.notifier.samples import NOW, SECRETS_KEY
from tests.notifier.smtp_server import smtp_server

RSA = rsa.generate_private_key(65_537, 2_048)
ED25519 = ed25519.Ed25519PrivateKey.generate()
KEY = SecretStr("k" * 16)
MAIL = (
    b"From: =?utf-8?q?N=C6=A1i?= <noinhan@vpcp.vn>\r\nTo:  a@b.vn\r\nSubject: one\r\n  two \t three\r\n"
    b"Date: Thu, 26 Nov 2026 00:00:00 +0000\r\nMessage-ID: <x@vpcp.vn>\r\n\r\n"
    b" .line \t with  blanks \r\n\r\nend\r\n\r\n\r\n"
)


def pem(key: Key | ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def record(key: Key) -> bytes:
    """What stands in DNS."""
    if isinstance(key, rsa.RSAPrivateKey):
        public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)
    return b"v=DKIM1; k=ed25519; p=" + base64.b64encode(key.public_key().public_bytes_raw())


def verifies(mail: bytes, key: Key) -> bool:
    """Whether a receiver's library finds the signature good."""
    asked = []

    def dns(name: bytes, timeout: int = 5) -> bytes:
        asked.append(name)
        return record(key)

    good = dkim.verify(mail, dnsfunc=dns)
    assert asked in ([b"s1._domainkey.vpcp.vn."], [])
    return bool(good)


@pytest.mark.parametrize("key", [RSA, pytest.param(ED25519, id="ed25519")])
@pytest.mark.parametrize("mail", [MAIL, MAIL.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"], ids=["body", "no body"])
def test_a_signature_is_good_to_another_library(key: Key, mail: bytes) -> None:
    """Folded headers, blanks and empty lines at the end are canonicalised as RFC 6376 says."""
    assert verifies(DkimSigner("vpcp.vn", "s1", key).signed(mail, NOW), key)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Subject: one", b"Subject: two"),
        (b"end\r\n", b"END\r\n"),
        (b"\r\nTo:", b"\r\nFrom: evil@x.vn\r\nTo:"),
        (b"\r\nTo:", b"\r\nList-Unsubscribe: <http://x.vn>\r\nTo:"),
        (b"<x@vpcp.vn>", b"<y@vpcp.vn>"),
    ],
)
def test_a_changed_mail_does_not_verify(old: bytes, new: bytes) -> None:
    """Neither what is signed nor what could be added beside it can be changed."""
    signed = DkimSigner("vpcp.vn", "s1", RSA).signed(MAIL, NOW)
    assert old in signed
    assert not verifies(signed.replace(old, new, 1), RSA)


async def test_a_letter_travels_signed() -> None:
    """What arrives verifies, and the signature covers all that a receiver goes by."""
    async with (
        smtp_server() as server,
        channel(server.port, seal=DkimSigner("vpcp.vn", "s1", RSA).signed) as mail,
    ):
        await mail.deliver(mail_parcel(), NOW)
    (taken,) = server.letters
    assert verifies(taken.content, RSA)
    header = message_from_bytes(taken.content)["DKIM-Signature"]
    signed = {each.strip() for each in header.partition("h=")[2].partition(";")[0].split(":")}
    assert {"from", "to", "subject", "date", "message-id", "list-unsubscribe", "list-unsubscribe-post"} <= signed


@pytest.mark.parametrize(
    ("settings", "content", "words"),
    [
        ({"dkim_domain": "vpcp.vn"}, pem(RSA), "NOINHAN_DKIM_SELECTOR"),
        ({"dkim_domain": "vp cp", "dkim_selector": "s1"}, pem(RSA), "NOINHAN_DKIM_DOMAIN"),
        ({"dkim_domain": "other.vn", "dkim_selector": "s1"}, pem(RSA), "NOINHAN_MAIL_FROM"),
        ({"dkim_domain": "cp.vn", "dkim_selector": "s1"}, pem(RSA), "NOINHAN_MAIL_FROM"),
        ({"dkim_domain": "vpcp.vn", "dkim_selector": "s1"}, b"no key", "NOINHAN_DKIM_KEY_FILE"),
        ({"dkim_domain": "vpcp.vn", "dkim_selector": "s1"}, pem(ec.generate_private_key(ec.SECP256R1())), "neither"),
        ({"dkim_domain": "vpcp.vn", "dkim_selector": "s1"}, None, "NOINHAN_DKIM_KEY_FILE"),
        ({"dkim_domain": "", "dkim_selector": ""}, pem(RSA), "NOINHAN_DKIM_DOMAIN"),
    ],
)
async def test_a_key_that_would_not_do_is_said_at_the_start(
    tmp_path: Path, settings: dict[str, str], content: bytes | None, words: str
) -> None:
    """What is missing, does not fit the sender, or is no key stops the start with the setting's name."""
    key_file = tmp_path / "dkim.pem"
    if content is not None:
        key_file.write_bytes(content)
    keys = {"api_key": KEY, "link_key": KEY, "secrets_key": SecretStr(SECRETS_KEY)}
    made = NotifierSettings(home=tmp_path, mail_from="noinhan@vpcp.vn", dkim_key_file=key_file, **keys, **settings)
    with pytest.raises(ValueError, match=words):
        app.make(made)


def test_a_domain_above_the_senders_may_sign() -> None:
    """vpcp.vn signs for mail.vpcp.vn."""
    assert make_signer("VPCP.vn", "s1", pem(RSA), "mail.vpcp.vn").domain == "vpcp.vn"
