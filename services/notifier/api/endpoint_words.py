"""Endpoints as callers send them and as they are answered: a secret is told once, credentials never."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Literal
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, Field, model_validator

from contracts.deliveries import EndpointKind
from services.notifier import signing
from services.notifier.api.asking import plain
from services.notifier.credentials import Credentials, read_credentials
from services.notifier.endpoint_options import DEFAULT, EndpointOptions, Scheme
from services.notifier.endpoints import Endpoint
from services.notifier.ports import Pending
from services.notifier.redact import secrets_in, shown
from services.notifier.signing import check_secrets
from services.notifier.vault import Unopened, Vault

_LONGEST_SECRETS: Final = 500
_OF_MAIL: Final = ("filters", "quiet", "ordered", "per_minute", "digest")


class WantedEndpoint(BaseModel):
    """What a caller sends to add an endpoint. `secret`: the caller's own, for two signatures both with a space."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    recipient_id: str = Field(min_length=1, max_length=300)
    kind: EndpointKind
    url: str | None = None
    address: str | None = None
    name: str | None = Field(default=None, max_length=200)
    state: Literal["active", "unverified", "paused", "disabled"] = "active"
    place: int = Field(default=0, ge=0, le=1_000)
    options: EndpointOptions = DEFAULT
    credentials: Credentials | None = None
    secret: str | None = Field(default=None, max_length=_LONGEST_SECRETS)
    verify: bool = Field(default=False, description="it is to prove itself, although an operator adds it")

    @model_validator(mode="after")
    def _one_target(self) -> WantedEndpoint:
        wanted, other = (self.url, self.address) if self.kind == "webhook" else (self.address, self.url)
        if not wanted or other:
            raise ValueError("a webhook has a url and no address, an email an address and no url")
        if self.kind == "email" and self.secret is not None:
            raise ValueError("an email is not signed: it has no secret")
        if self.secret is not None:
            check_secrets(self.secret.split(), self.options.signature)
        check_fit(self.kind, self.target, self.options, self.credentials)
        return self

    @property
    def target(self) -> str:
        """The URL or the address."""
        return self.url or self.address or ""

    @property
    def is_to_prove_itself(self) -> bool:
        """Whether the caller wants a proof."""
        return self.verify or self.state == "unverified"


class WantedChange(BaseModel):
    """What a caller sends to change an endpoint: what is left out stays; an option that is null gets its default."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    name: str | None = Field(default=None, max_length=200)
    place: int = Field(default=0, ge=0, le=1_000)
    options: dict[str, Any] = Field(default_factory=dict)
    credentials: Credentials | None = None


class WantedRotation(BaseModel):
    """What a caller sends to have a new secret: how long the old one signs as well, and what else is new."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    grace_hours: float = Field(default=24, ge=0, le=720, allow_inf_nan=False)
    signature: Scheme | None = None
    secret: str | None = Field(default=None, max_length=_LONGEST_SECRETS)


def check_fit(kind: EndpointKind, target: str, options: EndpointOptions, credentials: Credentials | None) -> None:
    """Raise ValueError where a choice has no meaning at such an endpoint."""
    of_mail = EndpointOptions(**{name: getattr(options, name) for name in _OF_MAIL})
    if kind == "email" and (credentials or options != of_mail):
        raise ValueError(f"an email endpoint has no options but {', '.join(_OF_MAIL)}, and no credentials")
    if options.digest and options.ordered:
        raise ValueError("'ordered' and 'digest' exclude each other: a digest has its notices in order")
    if credentials is not None and credentials.needs_tls and not target.startswith("https://"):
        raise ValueError("a client certificate or an own 'ca' needs a URL that starts with https://")


def endpoint_of(
    wanted: WantedEndpoint, vault: Vault, now: datetime, *, vouched: bool
) -> tuple[Endpoint, tuple[str, ...]]:
    """The endpoint that is wanted, sealed, and its secrets. `vouched`: it need not prove itself unless asked to."""
    unproven = wanted.is_to_prove_itself or not vouched
    plain: tuple[str, ...] = ()
    if wanted.kind == "webhook":
        given = tuple(wanted.secret.split()) if wanted.secret else ()
        plain = given or signing.new_secrets(wanted.options.signature, secrets.token_bytes)
    made = Endpoint(
        endpoint_id=str(uuid4()),
        recipient_id=wanted.recipient_id,
        kind=wanted.kind,
        target=wanted.target,
        secret=vault.seal(" ".join(plain)) if plain else None,
        name=wanted.name,
        state="unverified" if unproven and wanted.state == "active" else wanted.state,
        created_at=now,
        options=wanted.options,
        credentials=sealed(wanted.credentials, vault),
        place=wanted.place,
        unverified_since=now if unproven else None,
    )
    return made, plain


def sealed(credentials: Credentials | None, vault: Vault) -> str | None:
    """Credentials as the ledger may hold them."""
    return vault.seal(credentials.model_dump_json(exclude_defaults=True)) if credentials else None


def told_once(plain: tuple[str, ...]) -> dict[str, str]:
    """What the receiver verifies with: the secret of `v1`, the public key of `v1a`. The private key stays here."""
    public = [key for key in map(signing.public_key_of, plain) if key]
    shared = [each for each in plain if each.startswith(signing.SECRET_PREFIX)]
    return {**({"secret": shared[0]} if shared else {}), **({"public_key": public[0]} if public else {})}


def added(endpoint: Endpoint, plain: tuple[str, ...], *, new: bool) -> dict[str, Any]:
    """The answer to adding it."""
    return {
        "endpoint_id": endpoint.endpoint_id,
        "recipient_id": endpoint.recipient_id,
        "kind": endpoint.kind,
        "state": endpoint.state,
        "created": new,
        **(told_once(plain) if new else {}),
    }


def listed(endpoint: Endpoint) -> dict[str, Any]:
    """What a list says of it."""
    target = "url" if endpoint.kind == "webhook" else "address"
    return {
        "endpoint_id": endpoint.endpoint_id,
        "recipient_id": endpoint.recipient_id,
        "kind": endpoint.kind,
        target: shown(endpoint.target, endpoint.kind),
        "name": endpoint.name,
        "state": endpoint.state,
        "place": endpoint.place,
        "verified": endpoint.unverified_since is None,
        "information": endpoint.no_information_since is None,
        "options": endpoint.options.model_dump(mode="json", exclude_defaults=True),
        "failures": endpoint.failures,
        "failing_since": _iso(endpoint.failing_since),
        "created_at": endpoint.created_at.isoformat(),
    }


def detailed(endpoint: Endpoint, vault: Vault, now: datetime, pending: Pending | None) -> dict[str, Any]:
    """All that may be shown of one: which credentials it has, and not what they are; how far its verification is."""
    before = endpoint.secret_before_until
    told = {**listed(endpoint), "old_secret_until": _iso(before if before and before > now else None)}
    told["verification"] = plain(pending) if pending else None
    try:
        keys = vault.open(endpoint.secret).split() if endpoint.secret else []
        kept = read_credentials(vault.open(endpoint.credentials)) if endpoint.credentials else Credentials()
        public = [key for key in map(signing.public_key_of, keys) if key]
    except (Unopened, ValueError):
        return {**told, "readable": False}
    return {
        **told,
        "readable": True,
        "public_key": public[0] if public else None,
        "headers": sorted(kept.headers),
        "basic": kept.basic is not None,
        "client_certificate": kept.certificate is not None,
        "own_ca": kept.ca is not None,
    }


def exported(endpoint: Endpoint, vault: Vault, *, with_secrets: bool) -> dict[str, Any]:
    """One as another noinhan takes it. Without secrets a URL that holds some is masked, and says so."""
    target: Mapping[str, Any] = {"url" if endpoint.kind == "webhook" else "address": endpoint.target}
    if not with_secrets and endpoint.kind == "webhook" and secrets_in(endpoint.target):
        target = {"url": shown(endpoint.target, endpoint.kind), "url_masked": True}
    return {
        "recipient_id": endpoint.recipient_id,
        "kind": endpoint.kind,
        **target,
        "name": endpoint.name,
        "state": endpoint.state,
        **({"verify": True} if endpoint.unverified_since else {}),
        "place": endpoint.place,
        "options": endpoint.options.model_dump(mode="json", exclude_defaults=True),
        **(_secrets_of(endpoint, vault) if with_secrets else {}),
    }


def _secrets_of(endpoint: Endpoint, vault: Vault) -> dict[str, Any]:
    try:
        secret = {"secret": vault.open(endpoint.secret)} if endpoint.secret else {}
        kept = read_credentials(vault.open(endpoint.credentials)) if endpoint.credentials else None
    except Unopened:
        return {"unreadable": True}
    return {**secret, **({"credentials": kept.model_dump(exclude_defaults=True)} if kept else {})}


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
