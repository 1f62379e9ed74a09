"""Which IP addresses are public: ordinary unicast of the internet, and nothing that leads elsewhere from there."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

# `ipaddress` alone is not enough: which addresses it calls global depends on Python's version, and it counts multicast,
# site-local addresses and the prefixes that carry an IPv4 address inside.
_NOT_V4 = tuple(
    ip_network(each)
    for each in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carriers' NAT; Alibaba's metadata
        "127.0.0.0/8",  # loopback: the Lambda runtime's interface
        "168.63.129.16/32",  # Azure's metadata, though it looks public
        "169.254.0.0/16",  # link-local: metadata of EC2, ECS, Google, Azure; the resolver of a VPC
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocols; Oracle's metadata
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
_UNICAST_V6 = ip_network("2000::/3")
"""All that IANA has given out. Outside: `::`, `::1`, mapped and compatible IPv4, NAT64 (`64:ff9b::/96`,
`64:ff9b:1::/48`), unique local (EC2's metadata over IPv6), link-local, site-local and multicast addresses."""
_NOT_V6 = tuple(
    ip_network(each)
    for each in (
        "2001::/23",  # protocols: Teredo, ORCHID, benchmarks
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet; what is none, or names an interface, is not."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return parsed.is_global and (_is_public_v4(parsed) if isinstance(parsed, IPv4Address) else _is_public_v6(parsed))


def _is_public_v4(address: IPv4Address) -> bool:
    return not any(address in network for network in _NOT_V4)


def _is_public_v6(address: IPv6Address) -> bool:
    if address.scope_id is not None or address not in _UNICAST_V6:
        return False
    return not any(address in network for network in _NOT_V6)
