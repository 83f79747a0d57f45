"""The address is pinned and the name is still the one that TLS is about: asked for, and checked."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from services.notifier.webhook_poster import HttpPoster, Outcome
from tests.support.certificates import Authority

NAME = "hooks.example.com"


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.headers["Host"], body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


class TlsServer(ThreadingHTTPServer):
    """What came in, and which names were asked for (SNI)."""

    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__(("127.0.0.1", 0), Receiver)
        self.got, self.names = [], []
        context.sni_callback = lambda _socket, name, _context: self.names.append(name)
        self._context = context

    def finish_request(self, request, client_address):
        try:
            with self._context.wrap_socket(request, server_side=True) as secure:
                super().finish_request(secure, client_address)
        except ssl.SSLError:
            pass  # the client did not like what it saw


@contextmanager
def serving(context: ssl.SSLContext) -> Iterator[TlsServer]:
    server = TlsServer(context)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


def post(server, authority, name=NAME):
    poster = HttpPoster(
        allow_loopback=True,
        resolve=lambda host, port: ("127.0.0.1",),
        certificates=authority.trusting_client(),
    )
    return poster.post(f"https://{name}:{server.server_port}/hook", b"{}", {})


def test_the_right_name_passes_though_the_connection_goes_to_an_address(authority):
    with serving(authority.server_named(NAME)) as server:
        assert post(server, authority) == Outcome(status_code=204)
    assert server.names == [NAME]
    assert server.got == [(f"{NAME}:{server.server_port}", b"{}")]


def test_a_final_dot_is_no_part_of_the_name_that_is_checked(authority):
    with serving(authority.server_named(NAME)) as server:
        assert post(server, authority, name=f"{NAME}.").was_taken
    assert server.names == [NAME]


@pytest.mark.parametrize(
    ("certified", "self_signed"),
    [("other.example.com", False), ("127.0.0.1", False), (NAME, True)],
    ids=["another name", "the address", "self-signed"],
)
def test_who_is_not_that_name_gets_nothing(authority, certified, self_signed):
    with serving(authority.server_named(certified, self_signed=self_signed)) as server:
        outcome = post(server, authority)
    assert outcome == Outcome(error="no answer: ConnectError")
    assert server.got == []


def test_an_authority_of_nobody_is_not_trusted_by_default(authority):
    with serving(authority.server_named(NAME)) as server:
        poster = HttpPoster(allow_loopback=True, resolve=lambda host, port: ("127.0.0.1",))
        assert not poster.post(f"https://{NAME}:{server.server_port}/", b"{}", {}).was_taken
    assert server.got == []
