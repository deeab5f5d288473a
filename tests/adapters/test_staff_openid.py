"""The way to the city's own provider: into the city's network, and to no other machine inside."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from tests.parts.hostile_openid import HostileOpenId
from todoke import assemble
from todoke.adapters.guarded_connection import BlockedError, Connection, Reach, connect
from todoke.core.endpoint import Endpoint, is_city_address
from todoke.core.errors import TodokeError

INSIDE = Endpoint("https", "sso.city.internal", 8443, "/", inside=True)
OUTSIDE = Endpoint("https", "login.example.jp", 443, "/")


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("10.1.2.3", True),
        ("172.16.0.1", True),
        ("172.32.0.1", True),  # of the open internet
        ("192.168.1.10", True),
        ("100.64.0.1", True),
        ("fd12:3456::1", True),
        ("203.0.113.9", False),  # documentation
        ("8.8.8.8", True),
        ("127.0.0.1", False),
        ("::1", False),
        ("169.254.169.254", False),
        ("fe80::1", False),
        ("fe80::1%eth0", False),
        ("0.0.0.0", False),
        ("::ffff:10.0.0.1", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("sso.city.internal", False),
    ],
)
def test_which_addresses_may_be_a_citys_own(address: str, *, allowed: bool) -> None:
    assert is_city_address(address) is allowed


class StoppedError(OSError):
    """Where a connection would begin."""


def dialled(to: Endpoint, *addresses: str) -> list[str]:
    """Addresses that would be connected to, when the name leads to these."""
    found: list[str] = []

    def dial(address: str, port: int, _timeout: float) -> socket.socket:
        found.append(f"{address} {port}")
        raise StoppedError

    with pytest.raises((StoppedError, BlockedError)):
        connect(to, Reach(look_up=lambda *_: addresses, dial=dial), Reach().tls)
    return found


def test_a_name_of_the_settings_may_lead_into_the_network_and_no_other_may() -> None:
    assert dialled(INSIDE, "10.0.0.5") == ["10.0.0.5 8443"]
    assert dialled(OUTSIDE, "10.0.0.5") == []
    for address in ("127.0.0.1", "169.254.169.254", "::1"):
        assert dialled(INSIDE, address) == []
    assert dialled(INSIDE, "169.254.169.254", "192.168.0.9") == ["192.168.0.9 8443"]


def test_another_port_stands_in_the_host_header() -> None:
    one, other = socket.socketpair()
    with one, other:
        Connection(INSIDE, one, 0.2)._http.close()
        connection = Connection(INSIDE, one, 0.2)
        with pytest.raises(OSError, match="timed out"):
            connection.ask("GET", "/", {}, None, 10)
        assert b"Host: sso.city.internal:8443\r\n" in other.recv(4096)


def _city(folder: Path, **staff: Any) -> None:
    with HostileOpenId() as provider:
        assemble.fake(folder, **provider.of_clerks(folder, **staff))


def test_a_key_or_a_root_that_cannot_be_read_is_told_when_the_city_starts(tmp_path: Path) -> None:
    for number, (staff, field) in enumerate((
        ({"key_file": "none.pem"}, "staff.oidc.key_file"),
        ({"ca_file": "none.pem"}, "staff.oidc.ca_file"),
        ({"ca_file": "staff_oidc.pem"}, "staff.oidc.ca_file"),  # a key is no certificate
    )):  # fmt: skip
        with pytest.raises(TodokeError) as caught:
            _city(tmp_path / str(number), **staff)
        assert (caught.value.code, caught.value.details["field"]) == ("setting_invalid", field)
