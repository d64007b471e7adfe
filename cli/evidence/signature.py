"""A detached ed25519 signature of the content's hash, and how it is checked."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

ALGORITHM: Final = "ed25519"
_MAKE: Final = "make one with: openssl genpkey -algorithm ed25519 -out FILE"


class BadKey(Exception):
    """The key cannot be used. The message says why and what to do."""


class BadSignature(Exception):
    """The signature is not of this hash. The message says why."""


class Signature(NamedTuple):
    """`signature` is of the 64 ASCII characters of the hash; `fingerprint` is the SHA-256 of the public key's DER."""

    sha256: str
    signature: str
    public_key: str
    fingerprint: str


def private_key(file: Path) -> Ed25519PrivateKey:
    """The key in a PEM file. Raises BadKey."""
    try:
        key = load_pem_private_key(file.read_bytes(), password=None)
    except OSError as error:
        raise BadKey(f"NOINHAN_EVIDENCE_KEY_FILE cannot be read: {error}") from None
    except (ValueError, TypeError) as error:
        raise BadKey(f"{file} holds no private key in PEM without a password ({error}); {_MAKE}") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise BadKey(f"the key in {file} is not ed25519; {_MAKE}")
    return key


def signed(sha256: str, key: Ed25519PrivateKey) -> Signature:
    """The signature of a content hash."""
    public = key.public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return Signature(sha256, base64.b64encode(key.sign(sha256.encode())).decode(), pem, fingerprint(public))


def written(signature: Signature) -> str:
    """The text of a signature's file."""
    return json.dumps({"algorithm": ALGORITHM, **signature._asdict()}, indent=2) + "\n"


def fingerprint(key: Ed25519PublicKey) -> str:
    """SHA-256 of the public key's DER, in hex."""
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def check(text: str, sha256: str, trusted: Path | None) -> str:
    """The fingerprint of the key that signed this hash; with `trusted`, a public key in PEM, only that one will do.

    Raises BadSignature, or BadKey where `trusted` cannot be read.
    """
    try:
        told = json.loads(text)
        key = _public(told["public_key"].encode())
        key.verify(base64.b64decode(told["signature"]), sha256.encode())
    except InvalidSignature:
        raise BadSignature("it is not a signature of this content") from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadSignature(f"its file cannot be read: {error!r}") from None
    if trusted is not None and _trusted(trusted) != key:
        raise BadSignature(f"it was made with another key, {fingerprint(key)}")
    return fingerprint(key)


def _trusted(file: Path) -> Ed25519PublicKey:
    try:
        return _public(file.read_bytes())
    except (OSError, ValueError) as error:
        raise BadKey(f"{file} holds no public ed25519 key in PEM: {error}") from None


def _public(pem: bytes) -> Ed25519PublicKey:
    key = load_pem_public_key(pem)
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("the public key is not ed25519")  # noqa: TRY004 - it is a fault of the file
    return key
