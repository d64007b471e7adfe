"""Which addresses a webhook may reach, and which targets are well formed."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from services.notifier.addresses import forbidden
from services.notifier.endpoints import BadTarget, check_target

NOT_PUBLIC = (  # noqa: SIM905
    "0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 127.0.0.1 127.255.255.254 169.254.169.254 172.16.0.1 172.31.255.255 "
    "192.0.0.8 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.9 224.0.0.1 "
    "239.255.255.255 240.0.0.1 255.255.255.255 :: ::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::7f00:1 fe80::1 fe80::1%eth0 "
    "fc00::1 fd12::1 fec0::1 ff02::1 2001:db8::1 3fff::1 100::1 2002:7f00:1:: 64:ff9b::7f00:1 64:ff9b:1::1"
).split()


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_addresses_that_are_not_public_are_refused(address: str) -> None:
    """Every special-purpose range is refused, also inside an IPv6 address."""
    assert forbidden(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "113.160.0.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111"])
def test_public_addresses_are_allowed(address: str) -> None:
    """Ordinary addresses pass, also just beside a special range."""
    assert forbidden(address) is None


def test_the_allow_list_opens_exactly_its_networks() -> None:
    """A provincial network can be opened, written as IPv4 or mapped into IPv6, and its neighbour stays closed."""
    allowed = (ip_network("10.20.0.0/16"),)
    assert forbidden("10.20.3.4", allowed) is None
    assert forbidden("::ffff:10.20.3.4", allowed) is None
    assert forbidden("10.21.0.1", allowed) == "private"


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.vn/x",
        "http://",
        "//example.vn",
        "http://example.vn/a b",
        "http://example.vn/\r\nx: y",
        "http://example.vn:99999/",
        "http://[::1",
        "http://127.0.0.1/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0x7f.1/",
        "http://[::1]/",
        "https://[::ffff:192.168.0.1]/",
        "http://example.vn/" + "x" * 2_000,
    ],
)
def test_bad_urls_are_refused(url: str) -> None:
    """A target that cannot or may not be reached is refused when it is added."""
    with pytest.raises(BadTarget):
        check_target("webhook", url, ())


@pytest.mark.parametrize(
    "address",
    ["a", "a@", "@b.vn", "a@b.vn\nBcc: c@d.vn", "a@b.vn, c@d.vn", "A <a@b.vn>", "a b@c.vn", "a..b@c.vn", "a@b.vn\r"],
)
def test_bad_mail_addresses_are_refused(address: str) -> None:
    """Only one plain address is taken, so that none can add a header or a recipient."""
    with pytest.raises(BadTarget):
        check_target("email", address, ())


def test_good_targets_pass() -> None:
    """Ordinary targets are taken."""
    check_target("webhook", "https://trucvb.bacgiang.gov.vn/hook?k=1", ())
    check_target("webhook", "http://10.1.2.3:8080/", (ip_network("10.0.0.0/8"),))
    check_target("email", "van-thu.so_nv@bacgiang.gov.vn", ())
    check_target("email", "vanthu@bắcgiang.vn", ())
