"""Which IP addresses are of the public internet, in whatever form they are wrapped.

Source: the IANA registries of special-purpose addresses (RFC 6890 and its additions).
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

NOT_PUBLIC_4: Final = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "168.63.129.16/32",  # answers virtual machines of Azure, though it looks public
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
PUBLIC_6: Final = IPv6Network("2000::/3")
# With Teredo (in 2001::/23) and 6to4 (2002::/16), which lead to an IPv4 address and which no web server needs.
NOT_PUBLIC_6: Final = tuple(
    IPv6Network(text) for text in ("2001::/23", "2001:db8::/32", "2002::/16", "3ffe::/16", "3fff::/20")
)
# NAT64: where there is no IPv4, all of its internet is reached by these.
TRANSLATED: Final = IPv6Network("64:ff9b::/96")
ISATAP: Final = (0x00005EFE, 0x02005EFE)


def is_public(address: str) -> bool:
    """Whether a host outside of every private network has this address; not for what is no address."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, IPv6Address):
        inner = _wrapped(found)
        if inner is None:
            return found in PUBLIC_6 and not any(found in network for network in NOT_PUBLIC_6) and not _is_isatap(found)
        found = inner
    return not any(found in network for network in NOT_PUBLIC_4)


def _wrapped(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that the kernel or a translator would really call."""
    if address in TRANSLATED:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped


def _is_isatap(address: IPv6Address) -> bool:
    return (int(address) >> 32) & 0xFFFFFFFF in ISATAP
