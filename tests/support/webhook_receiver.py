"""A server of a user's own that takes webhooks on this machine, and answers as a test tells it to."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Received:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """``answers`` are given in turn, then 204; a redirect leads to ``leads_to``."""

    url: str
    answers: list[int] = field(default_factory=list)
    leads_to: str = ""
    got: list[Received] = field(default_factory=list)

    def of(self, path: str) -> list[Received]:
        """What came to a path."""
        return [one for one in self.got if one.path == path]


class _Handler(BaseHTTPRequestHandler):
    receiver: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.receiver.got.append(Received(self.path, dict(self.headers.items()), body))
        self.send_response(self.receiver.answers.pop(0) if self.receiver.answers else 204)
        if self.receiver.leads_to:
            self.send_header("Location", self.receiver.leads_to)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def running_receiver() -> Iterator[Receiver]:
    """The server, on a free port of this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    receiver = Receiver(url=f"http://127.0.0.1:{server.server_port}")
    server.RequestHandlerClass = type("Handler", (_Handler,), {"receiver": receiver})
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
