"""What stands where the X-Ray daemon would: keeps the segments that are sent to it by UDP."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

Segment = dict[str, Any]


class XRayDaemon:
    """Listens on loopback; :attr:`segments` are in the order in which they came."""

    def __init__(self, listener: socket.socket) -> None:
        self.segments: list[Segment] = []
        host, port = listener.getsockname()
        self.address = f"{host}:{port}"
        self._listener = listener

    def listen(self) -> None:
        """Until an empty datagram comes."""
        while datagram := self._listener.recv(65_536):
            header, document = datagram.split(b"\n", 1)
            assert json.loads(header) == {"format": "json", "version": 1}
            self.segments.append(json.loads(document))

    def named(self, name: str) -> list[Segment]:
        """The segments of one service."""
        return [segment for segment in self.segments if segment["name"] == name]


@contextmanager
def running_daemon() -> Iterator[XRayDaemon]:
    """A daemon on a free port, ended with the block."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        daemon = XRayDaemon(listener)
        thread = threading.Thread(target=daemon.listen, daemon=True)
        thread.start()
        try:
            yield daemon
        finally:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ending:
                ending.sendto(b"", listener.getsockname())
            thread.join(5)
