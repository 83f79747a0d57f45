"""The development issuer: what it publishes is what the API checks tokens with."""

import threading

import httpx
import pytest

from local.issuer import AUDIENCE, serve
from services.api_lambda.issuer_keys import IssuerKeys, fetcher
from services.api_lambda.tokens import TokenPolicy, TokenVerifier
from shared.domain.errors import PermanentError, TransientError
from shared.ports.clock import SystemClock


@pytest.fixture
def issuer_url():
    with serve(0) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def verifier(issuer_url, jwks_url=None):
    keys = IssuerKeys(fetcher(jwks_url or f"{issuer_url}/.well-known/jwks.json"), SystemClock())
    return TokenVerifier(keys=keys, policy=TokenPolicy(issuer_url, frozenset({AUDIENCE})))


def token_of(issuer_url, user_id):
    return httpx.get(f"{issuer_url}/token", params={"sub": user_id}, trust_env=False).text


def test_its_tokens_speak_for_whoever_was_named(issuer_url):
    token = token_of(issuer_url, "somebody")

    identity = verifier(issuer_url).identity_of(token, now=SystemClock().now())

    assert identity.user_id == "somebody"


def test_another_issuers_token_is_refused(issuer_url):
    with serve(0) as another:
        token = another.RequestHandlerClass.issuer.token("somebody", now=SystemClock().now())

    with pytest.raises(PermanentError):
        verifier(issuer_url).identity_of(token, now=SystemClock().now())


@pytest.mark.parametrize("path", ["/", "/token", "/../../etc/passwd"])
def test_it_answers_nothing_else(issuer_url, path):
    assert httpx.get(issuer_url + path, trust_env=False).status_code == 404


def test_keys_that_can_not_be_fetched_are_our_fault_not_the_callers(issuer_url):
    token = token_of(issuer_url, "somebody")

    with pytest.raises(TransientError):
        verifier(issuer_url, f"{issuer_url}/nothing").identity_of(token, now=SystemClock().now())
