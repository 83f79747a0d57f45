"""Which URLs and addresses a server may call on a user's word: none inside its own network (SSRF).

A name says nothing until it is resolved, so :func:`is_public` decides over each address that is connected
to; :func:`target_of` only tells early what can never work.
"""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

MAX_URL_CHARACTERS = 2_000

_URL_CHARACTERS = re.compile(r"[!-~]+")
_NAME = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?")
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*")
_INSIDE = ("localhost", "local", "internal", "lan", "home.arpa")
"""Names that lead inside a network by convention: RFC 6761, 6762, 8375, and ICANN's reserved .internal."""


class UrlRefused(ValueError):
    """This URL is none that may be called; the text says why."""


@dataclass(frozen=True)
class Target:
    """Where a request goes. ``host`` is a name or an address without brackets; ``path`` has the query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """What the Host header says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        standard = {"https": 443, "http": 80}[self.scheme]
        return host if self.port == standard else f"{host}:{self.port}"


def target_of(url: str, *, allow_loopback: bool = False) -> Target:
    """The parts of a URL that may be called. Raises :class:`UrlRefused`.

    ``allow_loopback`` lets this machine be called, and plain HTTP be spoken: for local runs.
    """
    if len(url) > MAX_URL_CHARACTERS or not _URL_CHARACTERS.fullmatch(url) or "\\" in url:
        raise UrlRefused(f"it must have at most {MAX_URL_CHARACTERS} ASCII characters, and no spaces")
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        raise UrlRefused("it is not a URL") from None
    if parts.scheme not in (("https", "http") if allow_loopback else ("https",)):
        raise UrlRefused("it must begin with https://")
    if "@" in parts.netloc or "#" in url:
        raise UrlRefused("it must hold no user, password or fragment")
    _check_host(host, allow_loopback=allow_loopback)
    if port == 0:
        raise UrlRefused("there is no port 0")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port or (443 if parts.scheme == "https" else 80), path)


def _check_host(host: str, *, allow_loopback: bool) -> None:
    literal = _literal(host)
    if literal is not None:
        if not is_public(literal, allow_loopback=allow_loopback):
            raise UrlRefused("it leads to an address that is not on the public internet")
        return
    name = host.rstrip(".")
    inside = any(name == ending or name.endswith(f".{ending}") for ending in _INSIDE)
    if inside and not (allow_loopback and name == "localhost"):
        raise UrlRefused("it leads to a name that is not on the public internet")


def _literal(host: str) -> str | None:
    """The address that a host is, in whatever notation (2130706433 and 0x7f.1 too); None for a name."""
    if ":" in host:
        try:
            return str(IPv6Address(host))
        except AddressValueError:
            raise UrlRefused("its host is no address") from None
    if not _NAME.fullmatch(host):
        raise UrlRefused("its host is no name: names of other scripts are written in Punycode")
    if not _NUMBER.fullmatch(host.rstrip(".").rsplit(".", 1)[-1]):
        return None
    try:
        return socket.inet_ntoa(socket.inet_aton(host.rstrip(".")))
    except OSError:
        raise UrlRefused("its host is no address") from None


def is_public(address: str, *, allow_loopback: bool = False) -> bool:
    """Whether an address is one of the public internet, by IANA's registries of special addresses.

    Addresses that carry an IPv4 address are judged by it (IPv4-mapped) or refused (6to4, Teredo, NAT64,
    IPv4-compatible): a gateway would take the request where the IPv4 address leads. What can't be read is
    not public.
    """
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    if found.is_loopback:
        return allow_loopback
    if isinstance(found, IPv4Address):
        return found.is_global and not (found.is_multicast or found.is_reserved)
    # Of IPv6 only what is assigned for global unicast, 2000::/3 (RFC 4291, section 2.4).
    in_global_unicast = int(found) >> 125 == 1
    return in_global_unicast and found.is_global and found.sixtofour is None and found.teredo is None
