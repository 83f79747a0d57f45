"""The address is pinned and the name is still the one that TLS is about: asked for, and checked."""

from __future__ import annotations

import pytest

from services.notifier.webhook_poster import HttpPoster, Outcome
from tests.support.certificates import Authority
from tests.support.webhook_receiver import running_receiver

NAME = "hooks.example.com"


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


def post(server, authority, name=NAME):
    poster = HttpPoster(
        allow_loopback=True,
        resolve=lambda host, port: ("127.0.0.1",),
        certificates=authority.trusting_client(),
    )
    return poster.post(f"https://{name}:{server.port}/hook", b"{}", {})


def test_the_right_name_passes_though_the_connection_goes_to_an_address(authority):
    with running_receiver(authority.server_named(NAME)) as server:
        assert post(server, authority) == Outcome(status_code=204)
    assert server.names == [NAME]
    (request,) = server.got
    assert (request.headers["Host"], request.body) == (f"{NAME}:{server.port}", b"{}")


def test_a_final_dot_is_no_part_of_the_name_that_is_checked(authority):
    with running_receiver(authority.server_named(NAME)) as server:
        assert post(server, authority, name=f"{NAME}.").was_taken
    assert server.names == [NAME]


@pytest.mark.parametrize(
    ("certified", "self_signed"),
    [("other.example.com", False), ("127.0.0.1", False), (NAME, True)],
    ids=["another name", "the address", "self-signed"],
)
def test_who_is_not_that_name_gets_nothing(authority, certified, self_signed):
    with running_receiver(authority.server_named(certified, self_signed=self_signed)) as server:
        outcome = post(server, authority)
    assert outcome == Outcome(error="no answer: ConnectError")
    assert server.got == []


def test_an_authority_of_nobody_is_not_trusted_by_default(authority):
    with running_receiver(authority.server_named(NAME)) as server:
        poster = HttpPoster(allow_loopback=True, resolve=lambda host, port: ("127.0.0.1",))
        assert not poster.post(f"https://{NAME}:{server.port}/", b"{}", {}).was_taken
    assert server.got == []
