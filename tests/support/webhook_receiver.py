"""A server of a user's own that takes webhooks on this machine, and answers as a test tells it to."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Received:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """``answers`` are given in turn, then 204; a redirect leads to ``leads_to``.

    ``names`` are those that TLS was asked for.
    """

    port: int
    answers: list[int] = field(default_factory=list)
    leads_to: str = ""
    got: list[Received] = field(default_factory=list)
    names: list[str | None] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where it is, without TLS."""
        return f"http://127.0.0.1:{self.port}"

    def of(self, path: str) -> list[Received]:
        """What came to a path."""
        return [one for one in self.got if one.path == path]

    def about(self, job_id: str) -> list[Received]:
        """What tells of a job: those of other tests may end meanwhile."""
        return [one for one in self.got if json.loads(one.body)["data"].get("jobId") == job_id]


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


class _Server(ThreadingHTTPServer):
    context: ssl.SSLContext | None = None

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Speak TLS first, where a context was given; who does not like what it sees is let go."""
        if self.context is None:
            super().finish_request(request, client_address)
            return
        try:
            with self.context.wrap_socket(request, server_side=True) as secure:
                super().finish_request(secure, client_address)
        except (ssl.SSLError, OSError):
            pass


@contextmanager
def running_receiver(context: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """The server, on a free port of this machine; behind TLS with a ``context``."""
    server = _Server(("127.0.0.1", 0), _Handler)
    receiver = Receiver(port=server.server_port)
    server.RequestHandlerClass = type("Handler", (_Handler,), {"receiver": receiver})
    server.context = context
    if context is not None:

        def note(_socket: socket.socket, name: str | None, _context: ssl.SSLContext) -> None:
            receiver.names.append(name)

        context.sni_callback = note
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
