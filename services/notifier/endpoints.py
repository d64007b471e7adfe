"""Where an office takes its copies: kinds, states, and what a well-formed target is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from urllib.parse import urlsplit

from contracts.deliveries import EndpointKind
from services.notifier.addresses import Network, forbidden, literal
from services.notifier.endpoint_options import DEFAULT, EndpointOptions

State = Literal["active", "unverified", "paused", "disabled", "removed"]
HELD_BECAUSE: Final[dict[State, str]] = {
    "unverified": "unverified",
    "paused": "paused",
    "disabled": "endpoint_disabled",
}
"""The reason with which a delivery is held while its endpoint is in that state."""

DELIVERED_ELSEWHERE: Final = "delivered_elsewhere"
"""The reason with which an assignment stops waiting for an endpoint: a removed one had taken it after all."""

_ADDRESS: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_NUMBER: Final = re.compile(r"\d+|0x[0-9a-f]*", re.IGNORECASE)
_URL_LENGTH: Final = 2_000


class BadTarget(Exception):
    """The URL or address cannot be delivered to. The message says what is wrong with it."""


@dataclass(frozen=True)
class Endpoint:
    """One place of one office. `target` is a URL or an e-mail address.

    `secret` signs webhooks, together with `secret_before` until `secret_before_until`. These and the `credentials`
    are sealed (see `vault`). `place`: its turn among the office's endpoints. `failing_since`: the first of its
    `failures` in a row.

    `no_information_since`: the moment since which it takes no copies for information only; None where it does.
    `unverified_since`: the moment since which it has to prove that it wants its office's copies; None where it did, or
    where an operator vouched for it. It may be paused meanwhile.
    """

    endpoint_id: str
    recipient_id: str
    kind: EndpointKind
    target: str
    secret: str | None
    name: str | None
    state: State
    created_at: datetime
    options: EndpointOptions = DEFAULT
    secret_before: str | None = None
    secret_before_until: datetime | None = None
    credentials: str | None = None
    place: int = 0
    failures: int = 0
    failing_since: datetime | None = None
    no_information_since: datetime | None = None
    unverified_since: datetime | None = None


def check_target(kind: EndpointKind, target: str, allowed: Sequence[Network]) -> None:
    """Raise BadTarget where nothing can or may be sent to this target."""
    if kind == "email":
        ascii_address(target)
    else:
        _check_url(target, allowed)


def ascii_address(address: str) -> str:
    """The address as every mail server takes it: its domain in the form of IDNA. Raises BadTarget."""
    local, _, domain = address.rpartition("@")
    if not local.isascii():
        raise BadTarget("letters such as ă or đ may stand in the domain of an e-mail address, not before the @")
    try:
        written = f"{local}@{domain.encode('idna').decode()}"
    except UnicodeError:
        written = ""
    if not _ADDRESS.fullmatch(written) or ".." in written:
        raise BadTarget("it is not one plain e-mail address such as vanthu@example.vn")
    return written


def _check_url(url: str, allowed: Sequence[Network]) -> None:
    if len(url) > _URL_LENGTH or not url.isprintable() or " " in url:
        raise BadTarget(f"a URL has at most {_URL_LENGTH} printable characters and no space")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise BadTarget(f"it is not a URL: {error}") from None
    if parts.scheme not in {"http", "https"} or not host:
        raise BadTarget("a webhook's URL starts with https:// or http:// and names a host")
    address = literal(host)
    if address is None and _NUMBER.fullmatch(host.rpartition(".")[2]):
        raise BadTarget("its host is a number that is not written as an address")
    why = forbidden(address, allowed) if address else None
    if why:
        raise BadTarget(f"its address is not public ({why}): open its network in NOINHAN_WEBHOOK_ALLOWED_NETWORKS")
