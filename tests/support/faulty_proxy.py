"""A cloud with bad days: an HTTP proxy on loopback between the adapters and the emulator."""

from __future__ import annotations

import http.client
import itertools
import socket
import struct
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from enum import Enum, auto
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

RESET_ON_CLOSE = struct.pack("ii", 1, 0)
HANG_SECONDS = 30


class Fault(Enum):
    """What becomes of one request."""

    ERROR = auto()
    """500, without a word of AWS."""
    UNAVAILABLE = auto()
    """503, as S3 says that it is asked too fast."""
    THROTTLED = auto()
    """400 with a code of DynamoDB that means: slower."""
    RESET = auto()
    """The connection breaks before the request got through."""
    LOST_ANSWER = auto()
    """The request is carried out, and the connection breaks before the answer got through."""
    SILENCE = auto()
    """No answer within any patience."""


_ANSWERS = {
    Fault.ERROR: (500, "text/plain", b"Internal Server Error"),
    Fault.UNAVAILABLE: (
        503,
        "application/xml",
        b"<Error><Code>SlowDown</Code><Message/></Error>",
    ),
    Fault.THROTTLED: (
        400,
        "application/x-amz-json-1.0",
        b'{"__type": "com.amazonaws.dynamodb.v20120810#ThrottlingException", "message": "Slower."}',
    ),
}


class FaultyProxy:
    """A context manager; ``faults`` are for the next requests, one each, the rest get through."""

    def __init__(self, target_url: str) -> None:
        target = urlsplit(target_url)
        assert target.hostname is not None
        self._target = (target.hostname, target.port or 80)
        self._faults: deque[Fault] = deque()
        self._now_and_then: tuple[int, Iterator[Fault]] | None = None
        self._ending = threading.Event()
        self._counting = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.requests = 0
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def fail(self, *faults: Fault) -> None:
        """Let the next requests suffer."""
        self._faults.extend(faults)

    def fail_every(self, number: int, *faults: Fault) -> None:
        """Let every ``number``-th request suffer one of these in turn, until healed."""
        self._now_and_then = (number, itertools.cycle(faults))

    @property
    def healed(self) -> bool:
        """Whether every fault has been suffered."""
        return not self._faults

    def heal(self) -> None:
        """Let everything through from now on."""
        self._faults.clear()
        self._now_and_then = None

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ending.set()
        self._server.shutdown()
        self._server.server_close()

    def _next_fault(self) -> Fault | None:
        with self._counting:
            self.requests += 1
            if self._faults:
                return self._faults.popleft()
            if self._now_and_then and self.requests % self._now_and_then[0] == 0:
                return next(self._now_and_then[1])
            return None

    def _handler(proxy) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def handle_any(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                fault = proxy._next_fault()
                if fault is Fault.SILENCE:
                    proxy._ending.wait(HANG_SECONDS)
                    self.close_connection = True
                elif fault is Fault.RESET:
                    self.break_off()
                elif fault in _ANSWERS:
                    self.answer(*_ANSWERS[fault])
                else:
                    self.forward(body, then_break_off=fault is Fault.LOST_ANSWER)

            do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = handle_any

            def forward(self, body: bytes, *, then_break_off: bool) -> None:
                connection = http.client.HTTPConnection(*proxy._target, timeout=60)
                connection.request(self.command, self.path, body, dict(self.headers.items()))
                answer = connection.getresponse()
                content = answer.read()
                connection.close()
                if then_break_off:
                    self.break_off()
                    return
                skipped = {"transfer-encoding", "connection", "content-length", "date", "server"}
                headers = {k: v for k, v in answer.getheaders() if k.lower() not in skipped}
                length = answer.getheader("Content-Length") if self.command == "HEAD" else str(len(content))
                self.send_response(answer.status)
                for name, value in {**headers, "Content-Length": length or "0"}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            def answer(self, status: int, content_type: str, content: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(content)

            def break_off(self) -> None:
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
                self.connection.close()
                self.close_connection = True

            def finish(self) -> None:
                with suppress(OSError):  # it was broken off on purpose
                    super().finish()

            def log_message(self, *_said: object) -> None:
                """Say nothing."""

        return Handler
