"""Links: read back until they end, and nothing else is a link."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.domain.errors import PermanentError
from shared.domain.faults import Fault
from shared.domain.ids import new_id
from shared.links import JwtLinkSigner
from shared.ports.link_signer import LinkClaims
from shared.testing.clock import START
from shared.testing.link_signer import FakeLinkSigner

CLAIMS = LinkClaims(job_id=new_id(), user_id="user-1")


@pytest.fixture(params=["fake", "signed"])
def signer(request):
    lifetime_seconds = 3600
    if request.param == "fake":
        return FakeLinkSigner(lifetime_seconds=lifetime_seconds)
    return JwtLinkSigner("k" * 32, lifetime_seconds=lifetime_seconds)


@pytest.mark.parametrize("age_seconds", [0, 3599])
def test_a_link_stands_for_its_claims_as_long_as_it_lives(signer, age_seconds):
    token = signer.sign(CLAIMS, now=START)
    assert signer.read(token, now=START + timedelta(seconds=age_seconds)) == CLAIMS


@pytest.mark.parametrize("age_seconds", [3600, 86_400])
def test_a_link_that_ended_says_so(signer, age_seconds):
    assert signer.lifetime_seconds == 3600
    token = signer.sign(CLAIMS, now=START)
    with pytest.raises(PermanentError) as refused:
        signer.read(token, now=START + timedelta(seconds=age_seconds))
    assert refused.value.fault is Fault.LINK_EXPIRED


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "~", "ñ", "a~b~junk"])
def test_junk_is_no_link(signer, token):
    with pytest.raises(PermanentError) as refused:
        signer.read(token, now=START)
    assert refused.value.fault is Fault.LINK_INVALID
