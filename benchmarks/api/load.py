"""Calls one route over and over, on a few connections that stay open, and takes the times.

Plain sockets: a full HTTP client would take more of the machine than the server it measures.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

CONNECTIONS = 4


@dataclass(frozen=True)
class Call:
    """A request, whole."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""

    def to_bytes(self) -> bytes:
        """As it goes over the wire, HTTP/1.1."""
        headers = {"Host": "127.0.0.1", **self.headers}
        if self.body:
            headers |= {"Content-Type": "application/json", "Content-Length": str(len(self.body))}
        lines = [
            f"{self.method} {self.path} HTTP/1.1",
            *(f"{name}: {value}" for name, value in headers.items()),
        ]
        return "\r\n".join((*lines, "", "")).encode() + self.body


@dataclass(frozen=True)
class Figures:
    """What one round of one call gave; times in milliseconds."""

    requests: int
    requests_per_second: float
    p50_ms: float
    p99_ms: float
    statuses: frozenset[int]


def one_answer(connection: socket.socket, request: bytes) -> tuple[int, bytes]:
    """Send a request and read its answer, which must name its length."""
    connection.sendall(request)
    received = b""
    while b"\r\n\r\n" not in received:
        received += _some(connection)
    head, _, body = received.partition(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    length = next(int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length:"))
    while len(body) < length:
        body += _some(connection)
    return int(head.split(b" ", 2)[1]), body


def _some(connection: socket.socket) -> bytes:
    part = connection.recv(65_536)
    if not part:
        raise ConnectionError("the server closed the connection")
    return part


def measure(port: int, call: Call, *, seconds: float) -> Figures:
    """Call on ``CONNECTIONS`` connections for so long."""
    request = call.to_bytes()
    times_ms: list[float] = []
    statuses: set[int] = set()
    began = time.perf_counter()

    def worker() -> None:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while time.perf_counter() - began < seconds:
                sent = time.perf_counter()
                status, _ = one_answer(connection, request)
                times_ms.append((time.perf_counter() - sent) * 1000)
                statuses.add(status)

    threads = [threading.Thread(target=worker) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - began
    times_ms.sort()
    return Figures(
        requests=len(times_ms),
        requests_per_second=len(times_ms) / took,
        p50_ms=times_ms[len(times_ms) // 2],
        p99_ms=times_ms[int(len(times_ms) * 0.99)],
        statuses=frozenset(statuses),
    )
