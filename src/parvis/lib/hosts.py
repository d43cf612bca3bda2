"""Which addresses of the network a stranger may make us call: public ones only. Pure."""

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

_TRANSLATED = ip_network("64:ff9b::/96")  # NAT64 (RFC 6052): its last 32 bits are an IPv4 address
_LOWEST_32 = 2**32 - 1
_NEVER_PUBLIC = ("localhost", "local", "internal", "invalid")  # top-level names (RFC 6761, RFC 6762, ICANN 2024)


def is_public(text: str) -> bool:
    """Whether an IP address is one of the public network; False for anything private, local, shared or reserved.

    An IPv6 address that carries an IPv4 one (mapped, 6to4, Teredo, NAT64) is judged by that one.
    """
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return False
    inside = _inside(address)
    return all(one.is_global and not one.is_multicast and not one.is_reserved for one in inside)


def may_be_public(host: str) -> bool:
    """Whether a host of a URL, its name not resolved, may be public: a public address however it is written ("127.1"
    is one that is not), or a name of the public network.
    """
    try:
        return is_public(socket.inet_ntoa(socket.inet_aton(host)))  # every form of IPv4 that resolvers read
    except OSError:
        labels = host.rstrip(".").lower().split(".")
    return is_public(host) if ":" in host else len(labels) > 1 and labels[-1] not in _NEVER_PUBLIC


def _inside(address: IPv4Address | IPv6Address) -> list[IPv4Address | IPv6Address]:
    if isinstance(address, IPv4Address):
        return [address]
    if address.ipv4_mapped:
        return [address.ipv4_mapped]
    if address in _TRANSLATED:
        return [IPv4Address(int(address) & _LOWEST_32)]
    carried = [address.sixtofour, *(address.teredo or ())]
    return [address, *(one for one in carried if one)]
