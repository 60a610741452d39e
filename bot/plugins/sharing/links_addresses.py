"""Which addresses on the network a link may lead to: public ones, however they are spelt."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

Allow = Callable[[str, int], bool]
"""Says whether a connection to (address, port) may be made."""

PORTS = frozenset({80, 443, 8080, 8443})
_NAT64 = IPv6Network("64:ff9b::/96")


def is_public(address: str, port: int) -> bool:
    """Return whether an address is one that everybody on the internet can reach, on a port of the web.

    Private, loopback, link-local, multicast and reserved addresses and those of clouds' metadata are not.

    Args:
        address: as the resolver gave it.
        port: of the connection.
    """
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return port in PORTS and all(_is_open(one) for one in (found, *_inside(found)))


def _is_open(address: IPv4Address | IPv6Address) -> bool:
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def _inside(address: IPv4Address | IPv6Address) -> list[IPv4Address]:
    """Return the IPv4 addresses that an IPv6 address stands for."""
    if isinstance(address, IPv4Address):
        return []
    found = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    translated = IPv4Address(int(address) & 0xFFFFFFFF) if address in _NAT64 else None
    return [one for one in (*found, translated) if one is not None]
