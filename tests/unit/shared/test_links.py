"""Download links: what is read back, and everything that must not be."""

from __future__ import annotations

import base64
import json
from datetime import timedelta

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.errors import PermanentError
from shared.domain.faults import Fault
from shared.links import AUDIENCE, MAX_TOKEN_CHARACTERS, JwtLinkSigner
from shared.ports.link_signer import LinkClaims
from shared.settings import SettingsError
from shared.testing.clock import START

KEY = "k" * 32
CLAIMS = LinkClaims(job_id="01JD3QKZ5T9V8W7X6Y5Z4A3B2C", user_id="user-1")
LATER = int((START + timedelta(hours=1)).timestamp())


@pytest.fixture
def signer() -> JwtLinkSigner:
    return JwtLinkSigner(KEY)


def fault_of(signer: JwtLinkSigner, token: str, now=START) -> Fault:
    with pytest.raises(PermanentError) as caught:
        signer.read(token, now=now)
    return caught.value.fault


def payload(**changes: object) -> dict[str, object]:
    return {"aud": AUDIENCE, "exp": LATER, "job": CLAIMS.job_id, "usr": CLAIMS.user_id, **changes}


def base64_url(data: dict[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(data).encode()).rstrip(b"=").decode()


@given(job_id=st.text(max_size=40), user_id=st.text(alphabet=st.characters(codec="utf-8"), max_size=40))
def test_what_was_signed_is_read_back(job_id, user_id):
    claims = LinkClaims(job_id=job_id, user_id=user_id)
    signer = JwtLinkSigner(KEY)
    assert signer.read(signer.sign(claims, now=START), now=START) == claims


def test_a_token_needs_no_escaping_in_a_url(signer):
    token = signer.sign(CLAIMS, now=START)
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")


def test_a_token_is_far_shorter_than_what_is_refused_as_oversized(signer):
    assert len(signer.sign(CLAIMS, now=START)) < MAX_TOKEN_CHARACTERS / 2


def test_a_link_lives_for_its_whole_lifetime_and_not_a_second_longer(signer):
    signed_at = START + timedelta(milliseconds=999)
    token = signer.sign(CLAIMS, now=signed_at)
    lifetime = timedelta(seconds=signer.lifetime_seconds)
    assert signer.read(token, now=signed_at + lifetime) == CLAIMS
    assert fault_of(signer, token, now=signed_at + lifetime + timedelta(seconds=1)) is Fault.LINK_EXPIRED


def test_a_link_lives_24_hours_unless_told_otherwise(signer):
    assert signer.lifetime_seconds == 24 * 60 * 60
    assert JwtLinkSigner(KEY, lifetime_seconds=60).lifetime_seconds == 60


def test_an_expired_link_of_somebody_elses_making_is_invalid_and_not_expired(signer):
    token = jwt.encode(payload(exp=1), "x" * 32, algorithm="HS256")
    assert fault_of(signer, token) is Fault.LINK_INVALID


def test_the_none_algorithm_is_refused(signer):
    assert fault_of(signer, jwt.encode(payload(), None, algorithm="none")) is Fault.LINK_INVALID


def test_the_none_algorithm_with_a_signature_of_ours_is_refused(signer):
    _, _, signature = signer.sign(CLAIMS, now=START).split(".")
    header = base64_url({"alg": "none", "typ": "JWT"})
    assert fault_of(signer, f"{header}.{base64_url(payload())}.{signature}") is Fault.LINK_INVALID


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_another_algorithm_is_refused_even_with_our_key(algorithm):
    key = "k" * 64
    token = jwt.encode(payload(), key, algorithm=algorithm)
    assert fault_of(JwtLinkSigner(key), token) is Fault.LINK_INVALID


def test_another_key_is_refused(signer):
    token = JwtLinkSigner("x" * 32).sign(CLAIMS, now=START)
    assert fault_of(signer, token) is Fault.LINK_INVALID


@given(st.data())
def test_a_token_with_one_character_changed_is_refused(data):
    signer = JwtLinkSigner(KEY)
    token = signer.sign(CLAIMS, now=START)
    # The last character of a base64 text holds bits that say nothing: changing it may change nothing.
    index = data.draw(st.integers(0, len(token) - 2))
    other = data.draw(st.sampled_from("AbZ09-_.").filter(lambda c: c != token[index]))
    assert fault_of(signer, token[:index] + other + token[index + 1 :]) is Fault.LINK_INVALID


@pytest.mark.parametrize(
    "claims",
    [
        payload(aud="somewhere else"),
        payload(aud=[AUDIENCE]),
        payload(exp=None),
        payload(exp=str(LATER)),
        payload(exp=float("inf")),
        payload(job=7),
        payload(usr=None),
        payload(admin=True),
        {},
        *({k: v for k, v in payload().items() if k != missing} for missing in payload()),
    ],
)
def test_claims_of_another_shape_are_refused_even_with_our_signature(signer, claims):
    assert fault_of(signer, jwt.encode(claims, KEY, algorithm="HS256")) is Fault.LINK_INVALID


def test_an_oversized_token_is_refused_even_with_our_signature(signer):
    token = signer.sign(LinkClaims(job_id="j", user_id="u" * 2000), now=START)
    assert fault_of(signer, token) is Fault.LINK_INVALID


@given(st.one_of(st.text(), st.from_regex(r"[\w-]{0,40}\.[\w-]{0,40}\.[\w-]{0,40}")))
def test_junk_is_refused(junk):
    assert fault_of(JwtLinkSigner(KEY), junk) is Fault.LINK_INVALID


def test_half_of_a_surrogate_pair_is_refused(signer):
    assert fault_of(signer, "a.\ud83d.b") is Fault.LINK_INVALID


def test_a_short_key_is_refused_with_a_sentence_that_names_the_variable_and_not_the_key():
    with pytest.raises(SettingsError, match="LINK_SIGNING_KEY: needs at least 32 bytes") as caught:
        JwtLinkSigner("hunter2")
    assert "hunter2" not in str(caught.value)


def test_the_length_of_a_key_is_counted_in_bytes():
    assert JwtLinkSigner("ключ" * 4).lifetime_seconds > 0


def test_links_of_the_previous_key_are_read_but_none_is_signed_with_it():
    before, after = JwtLinkSigner("old" * 16), JwtLinkSigner("new" * 16, "old" * 16)
    old, new = (signer.sign(CLAIMS, now=START) for signer in (before, after))
    assert after.read(old, now=START) == after.read(new, now=START) == CLAIMS
    with pytest.raises(PermanentError) as refused:
        before.read(new, now=START)
    assert refused.value.fault is Fault.LINK_INVALID


def test_a_previous_key_is_held_to_the_same_length():
    with pytest.raises(SettingsError, match="LINK_SIGNING_KEY"):
        JwtLinkSigner("new" * 16, "short")
