"""Which network addresses a webhook may reach: public ones, and those that the operator opened."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

Network = IPv4Network | IPv6Network

_NOT_PUBLIC: Final[dict[str, tuple[str, ...]]] = {
    "unspecified": ("0.0.0.0/8", "::/96"),
    "loopback": ("127.0.0.0/8", "::1/128"),
    "private": ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fec0::/10"),
    "link-local": ("169.254.0.0/16", "fe80::/10"),
    "shared": ("100.64.0.0/10",),
    "protocol assignments": ("192.0.0.0/24", "2001::/23"),
    "relay": ("192.88.99.0/24", "2002::/16", "64:ff9b::/96", "64:ff9b:1::/48"),
    "benchmarking": ("198.18.0.0/15",),
    "documentation": ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20"),
    "multicast": ("224.0.0.0/4", "ff00::/8"),
    "reserved": ("240.0.0.0/4", "100::/64", "5f00::/16"),
}
"""IANA's special-purpose registries (RFC 6890 and its updates): nothing there is a public server."""

_BLOCKS: Final = tuple((ip_network(block), name) for name, blocks in _NOT_PUBLIC.items() for block in blocks)


def forbidden(address: str, allowed: Sequence[Network] = ()) -> str | None:
    """Why a webhook may not reach this address; None where it may.

    An IPv4 address inside an IPv6 one (::ffff:a.b.c.d) is judged as the IPv4 address. Raises ValueError
    where the text is not an address.
    """
    found = _plain(ip_address(address))
    if any(found in network for network in allowed):
        return None
    return next((name for block, name in _BLOCKS if found in block), None)


def literal(host: str) -> str | None:
    """The address that a URL's host is, without brackets; None where the host is a name."""
    text = host.strip("[]")
    try:
        return str(ip_address(text))
    except ValueError:
        return None


def _plain(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    if isinstance(address, IPv6Address):
        return address.ipv4_mapped or IPv6Address(int(address))
    return address
