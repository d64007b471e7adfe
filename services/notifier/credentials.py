"""What a webhook's server asks of its callers: headers, a password, a client certificate. Kept sealed, never shown."""

from __future__ import annotations

import base64
import os
import re
import ssl
from functools import lru_cache
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_VALUE: Final = re.compile(r"[!-~](?:[ -~]{0,1998}[!-~])?")
_OURS: Final = frozenset(
    {
        *("accept", "accept-encoding", "connection", "content-encoding", "content-length"),
        *("content-type", "cookie", "date", "expect", "host", "keep-alive", "te", "trailer", "transfer-encoding"),
        *("traceparent", "tracestate", "upgrade", "user-agent", "via"),
    }
)
_OUR_PREFIXES: Final = ("webhook-", "proxy-", "sec-", "ce-")
_MOST_HEADERS: Final = 20
_LONGEST_PEM: Final = 64_000
_SHORTEST_HIDDEN: Final = 4
"""A value like '1' would only make the answer illegible."""
_KEPT_READY: Final = 1_024
_CONTEXTS: Final = 256
"""Each may hold all the roots that the system trusts."""


class Basic(BaseModel):
    """A user's name and password (RFC 7617)."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    username: str = Field(min_length=1, max_length=200, repr=False)
    password: str = Field(max_length=1_000, repr=False)

    @field_validator("username", "password")
    @classmethod
    def _plain(cls, value: str) -> str:
        if not value.isprintable():
            raise ValueError("it has control characters")
        return value

    @field_validator("username")
    @classmethod
    def _no_colon(cls, value: str) -> str:
        if ":" in value:
            raise ValueError("a user's name has no colon")
        return value


class Credentials(BaseModel):
    """How noinhan shows a receiver who it is, and how it knows the receiver.

    `certificate` and `key` are PEM, the key unencrypted; `ca` is PEM: only servers whose certificate it signed, or
    which are in it themselves, are trusted, instead of those that the system trusts.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    headers: dict[str, str] = Field(default_factory=dict, max_length=_MOST_HEADERS, repr=False)
    basic: Basic | None = None
    certificate: str | None = Field(default=None, max_length=_LONGEST_PEM, repr=False)
    key: str | None = Field(default=None, max_length=_LONGEST_PEM, repr=False)
    ca: str | None = Field(default=None, max_length=_LONGEST_PEM, repr=False)

    @field_validator("headers")
    @classmethod
    def _sendable(cls, headers: dict[str, str]) -> dict[str, str]:
        lowered = [name.lower() for name in headers]
        if len(set(lowered)) < len(lowered):
            raise ValueError("a header is given twice")
        for name, value in headers.items():
            _check_header(name, value)
        return headers

    @model_validator(mode="after")
    def _usable(self) -> Credentials:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("a client certificate needs its key, and a key its certificate")
        if self.basic is not None and any(name.lower() == "authorization" for name in self.headers):
            raise ValueError("give either 'basic' or a header 'authorization'")
        if self.needs_tls:
            _context(self.certificate, self.key, self.ca)
        return self

    @property
    def needs_tls(self) -> bool:
        """Whether they make sense for https only."""
        return self.certificate is not None or self.ca is not None

    @property
    def secrets(self) -> tuple[str, ...]:
        """What nobody may read in what is kept of an answer."""
        password = (self.basic.password,) if self.basic and self.basic.password else ()
        authorization = (sent.rpartition(" ")[2] for name, sent in self.sent.items() if name == "authorization")
        found = (*self.headers.values(), *password, *authorization)
        return tuple(each for each in found if len(each) >= _SHORTEST_HIDDEN)

    @property
    def sent(self) -> dict[str, str]:
        """The headers that are sent."""
        given = {name.lower(): value for name, value in self.headers.items()}
        if self.basic is None:
            return given
        pair = f"{self.basic.username}:{self.basic.password}".encode()
        return {**given, "authorization": f"Basic {base64.b64encode(pair).decode()}"}

    @property
    def context(self) -> ssl.SSLContext | None:
        """How TLS is spoken; None: as with everyone."""
        return _context(self.certificate, self.key, self.ca) if self.needs_tls else None


@lru_cache(maxsize=_KEPT_READY)
def read_credentials(text: str) -> Credentials:
    """Read what was kept; fields of a newer version are left out."""
    return Credentials.model_validate_json(text, extra="ignore")


def _check_header(name: str, value: str) -> None:
    if not _NAME.fullmatch(name):
        raise ValueError("a header's name has letters, digits and hyphens only")
    if name.lower() in _OURS or name.lower().startswith(_OUR_PREFIXES):
        raise ValueError(f"the header {name!r} is set by noinhan itself")
    if not _VALUE.fullmatch(value):
        raise ValueError(f"the value of the header {name!r} is not 1 to 2,000 visible ASCII characters")


@lru_cache(maxsize=_CONTEXTS)
def _context(certificate: str | None, key: str | None, ca: str | None) -> ssl.SSLContext:
    """A client's TLS context. Raises ValueError where a certificate or key cannot be read, or they are no pair."""
    try:
        context = ssl.create_default_context(cadata=ca)
    except (ssl.SSLError, ValueError):
        raise ValueError("'ca' holds no certificate in PEM") from None
    if certificate is not None and key is not None:
        _load(context, f"{certificate.strip()}\n{key.strip()}\n")
    return context


def _load(context: ssl.SSLContext, pem: str) -> None:
    """Load a certificate and its key, which `ssl` reads from files only: from one that is in memory."""
    number = os.memfd_create("client-certificate")
    try:
        with os.fdopen(number, "w", encoding="ascii", closefd=False) as file:
            file.write(pem)
        context.load_cert_chain(f"/proc/self/fd/{number}", password="")
    except (ssl.SSLError, OSError, ValueError):
        fault = "'certificate' and 'key' are not a certificate and its own unencrypted key in PEM"
        raise ValueError(fault) from None
    finally:
        os.close(number)
