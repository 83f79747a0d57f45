"""One request to an address that a user named, made so that it can't be turned against us.

::

    URL ─▶ its host resolved once ─▶ every address public? ─▶ connection to that address, and to no other
                                                               (Host, SNI and certificate by the name)

The address is pinned: a name that resolves otherwise a moment later (DNS rebinding) changes nothing.
Redirects are not followed, no proxy is asked, and of the answer only its status line and headers are read.
The time limit holds for all of it after the name was resolved, however slowly the other side drips; the
resolver has limits of its own (resolv.conf, 5 s a try by default).
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import httpx

from shared.domain.public_addresses import Target, UrlRefused, is_public, target_of

TIMEOUT_SECONDS = 10.0

Resolve = Callable[[str, int], tuple[str, ...]]
"""The addresses of a host. Raises ``OSError``."""


@dataclass(frozen=True)
class Outcome:
    """What came of a request: an answer's status, or why there is none. ``refused``: by us, before it."""

    status_code: int | None = None
    error: str | None = None
    refused: bool = False

    @property
    def was_taken(self) -> bool:
        """Whether the receiver said yes."""
        return self.status_code is not None and 200 <= self.status_code < 300

    @property
    def is_worth_repeating(self) -> bool:
        """Not after a redirect, any 4xx or a refusal of ours: the same would happen again."""
        return not self.refused and (self.status_code is None or self.status_code >= 500)


class Poster(Protocol):
    """Sends a webhook's request."""

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Outcome:
        """Make the request; whatever goes wrong is in the outcome."""
        ...


class HttpPoster:
    """A ``Poster`` over HTTP/1.1. Thread-safe."""

    def __init__(
        self,
        *,
        allow_loopback: bool = False,
        resolve: Resolve | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS,
        certificates: ssl.SSLContext | None = None,
    ) -> None:
        """``certificates`` say whom to trust; by default what the system trusts."""
        self._allow_loopback = allow_loopback
        self._resolve = resolve or resolve_by_system
        self._timeout_seconds = timeout_seconds
        self._certificates = certificates or ssl.create_default_context()

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Outcome:
        """Make the request."""
        try:
            target = target_of(url, allow_loopback=self._allow_loopback)
            address = self._public_address(target)
        except UrlRefused as refused:
            return Outcome(error=f"not called: {refused}", refused=True)
        except OSError:
            return Outcome(error="its host has no address")
        return asyncio.run(self._post(target, address, body, headers))

    def _public_address(self, target: Target) -> str:
        addresses = self._resolve(target.host, target.port)
        if not addresses:
            raise OSError("no address")
        if not all(is_public(address, allow_loopback=self._allow_loopback) for address in addresses):
            raise UrlRefused("it leads to an address that is not on the public internet")
        return min(addresses, key=lambda address: ":" in address)  # IPv4 first: not every network has IPv6

    async def _post(self, target: Target, address: str, body: bytes, headers: Mapping[str, str]) -> Outcome:
        host = f"[{address}]" if ":" in address else address
        try:
            async with (
                asyncio.timeout(self._timeout_seconds),
                httpx.AsyncClient(verify=self._certificates, trust_env=False, timeout=None) as client,  # noqa: S113
                client.stream(
                    "POST",
                    f"{target.scheme}://{host}:{target.port}{target.path}",
                    content=body,
                    headers={**headers, "Host": target.authority},
                    extensions={"sni_hostname": target.host.rstrip(".")},
                    follow_redirects=False,
                ) as answer,
            ):
                return Outcome(
                    status_code=answer.status_code,
                    error=None if answer.is_success else f"answered {answer.status_code}",
                )
        except TimeoutError:
            return Outcome(error=f"no answer within {self._timeout_seconds:g} s")
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            return Outcome(error=f"no answer: {type(error).__name__}")


def resolve_by_system(host: str, port: int) -> tuple[str, ...]:
    """Every address that the system's resolver gives for a host."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))
