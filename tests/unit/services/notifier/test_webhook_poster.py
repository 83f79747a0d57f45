"""Requests to addresses that users name reach the public internet, and nothing else."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from services.notifier.webhook_poster import HttpPoster, Outcome, resolve_by_system


class Receiver(BaseHTTPRequestHandler):
    """Keeps what it got, and answers as it was told to."""

    def do_POST(self):
        length = int(self.headers["Content-Length"])
        self.server.got.append((self.path, dict(self.headers), self.rfile.read(length)))
        if self.server.drip.is_set():
            self.server.released.wait(30)
            return
        self.send_response(self.server.status)
        self.send_header("Location", "http://127.0.0.1:1/inside")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@contextmanager
def receiver(status=204) -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.got, server.status = [], status
    server.drip, server.released = threading.Event(), threading.Event()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        server.shutdown()
        thread.join()
        server.server_close()


def url_of(server, host="localhost", path="/hook?a=1"):
    return f"http://{host}:{server.server_port}{path}"


def loopback(host, port):
    return ("127.0.0.1",)


def local_poster(**changes):
    return HttpPoster(**{"allow_loopback": True, "resolve": loopback, **changes})


def test_a_request_reaches_the_pinned_address_under_the_name_that_the_user_gave():
    with receiver() as server:
        url = url_of(server, host="hooks.example.com")
        outcome = local_poster().post(url, b"{}", {"X-Own": "1"})
    (path, headers, body) = server.got[0]
    assert outcome == Outcome(status_code=204)
    assert (path, body, headers["X-Own"]) == ("/hook?a=1", b"{}", "1")
    assert headers["Host"] == f"hooks.example.com:{server.server_port}"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "::1",
        "fd00::1",
        "::ffff:127.0.0.1",
    ],
)
def test_a_name_that_leads_inside_is_not_called(address):
    outcome = HttpPoster(resolve=lambda host, port: (address,)).post("https://example.com/", b"", {})
    assert outcome.refused
    assert not outcome.is_worth_repeating


def test_one_inside_address_among_public_ones_is_enough_to_refuse():
    poster = HttpPoster(resolve=lambda host, port: ("1.1.1.1", "169.254.169.254"))
    assert poster.post("https://example.com/", b"", {}).refused


def test_a_name_is_resolved_once_so_that_a_second_answer_changes_nothing():
    answers = [("127.0.0.1",), ("10.0.0.1",)]
    with receiver() as server:
        poster = local_poster(resolve=lambda host, port: answers.pop(0))
        assert poster.post(url_of(server, host="rebind.example.com"), b"", {}).was_taken
    assert answers == [("10.0.0.1",)]


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "127.1", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]"])
def test_an_address_in_disguise_is_not_called(host):
    assert HttpPoster().post(f"https://{host}/", b"", {}).refused


def test_what_the_system_resolves_is_judged_too():
    assert set(resolve_by_system("localhost", 80)) <= {"127.0.0.1", "::1"}


def test_a_redirect_is_not_followed():
    with receiver(status=307) as server:
        outcome = local_poster().post(url_of(server), b"", {})
    assert (outcome.status_code, outcome.was_taken, outcome.is_worth_repeating) == (307, False, False)
    assert len(server.got) == 1


@pytest.mark.parametrize(
    ("status", "again"), [(400, False), (410, False), (429, False), (500, True), (503, True)]
)
def test_a_4xx_is_final_and_a_5xx_is_not(status, again):
    with receiver(status=status) as server:
        outcome = local_poster().post(url_of(server), b"", {})
    assert (outcome.was_taken, outcome.is_worth_repeating) == (False, again)


def test_a_receiver_that_does_not_answer_is_left_in_time():
    with receiver() as server:
        server.drip.set()
        outcome = local_poster(timeout_seconds=0.05).post(url_of(server), b"", {})
    assert outcome == Outcome(error="no answer within 0.05 s")
    assert outcome.is_worth_repeating


def test_a_receiver_that_is_not_there_is_tried_again():
    with receiver() as server:
        url = url_of(server)
    assert local_poster().post(url, b"", {}).is_worth_repeating


def test_a_name_without_an_address_is_tried_again():
    def unknown(host, port):
        raise OSError("no such name")

    assert HttpPoster(resolve=unknown).post("https://example.com/", b"", {}).is_worth_repeating


def test_a_proxy_of_the_environment_is_not_asked(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    with receiver() as server:
        assert local_poster().post(url_of(server, host="hooks.example.com"), b"", {}).was_taken
