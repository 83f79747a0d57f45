"""Tokens of the issuer: those that open the API, and every kind that must not."""

import base64
import json
from types import SimpleNamespace

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from services.api_lambda.issuer_keys import FRESH_SECONDS, KEPT_SECONDS, PAUSE_SECONDS
from shared.testing.clock import START

ISSUER = "https://issuer.example.com"
NOW = int(START.timestamp())
CLAIMS = {"iss": ISSUER, "aud": "escriba", "sub": "user_2abC", "iat": NOW, "exp": NOW + 600}


def new_key(key_id, **jwk):
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = {**RSAAlgorithm.to_jwk(private.public_key(), as_dict=True), "kid": key_id, "alg": "RS256"}
    return SimpleNamespace(private=private, public={**public, **jwk}, key_id=key_id)


KEY, NEXT_KEY, FOREIGN_KEY = new_key("key-1"), new_key("key-2"), new_key("key-1")


def token(claims=None, *, key=KEY, algorithm="RS256", without=(), **headers):
    payload = {name: value for name, value in {**CLAIMS, **(claims or {})}.items() if name not in without}
    return jwt.encode(payload, key.private, algorithm=algorithm, headers={"kid": key.key_id, **headers})


def unsigned(header, claims=CLAIMS):
    parts = (json.dumps(header).encode(), json.dumps(claims).encode(), b"")
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


@pytest.fixture
def call(world, anonymous):
    world.key_set.keys = [KEY.public]
    return lambda bearer: anonymous.get("/v1/jobs", headers={"Authorization": f"Bearer {bearer}"})


def assert_refused(answer):
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid-credentials")
    assert answer.json()["detail"] == "This API key or token is not known, has expired or was revoked."


def test_a_token_of_the_issuer_opens_the_api_for_its_subject(world, call):
    mine = world.given_job(user_id="user_2abC")
    world.given_job(user_id="user-1")

    answer = call(token())

    assert answer.status_code == 200
    assert [job["id"] for job in answer.json()["jobs"]] == [mine.job_id]


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": ["other", "escriba"]},
        {"client_id": "escriba", "token_use": "access"},
        {"azp": "https://app.example.com"},
        {"exp": NOW - 29},
        {"iat": NOW + 29},
        {"nbf": NOW + 29},
    ],
    ids=[
        "one-of-many-audiences",
        "cognito-access",
        "clerk-session",
        "exp-leeway",
        "iat-leeway",
        "nbf-leeway",
    ],
)
def test_what_the_usual_issuers_write_is_taken(call, claims):
    without = () if "aud" in claims or "exp" in claims or "iat" in claims or "nbf" in claims else ("aud",)

    assert call(token(claims, without=without)).status_code == 200


@pytest.mark.parametrize(
    ("claims", "without"),
    [
        ({"exp": NOW - 30}, ()),
        ({}, ("exp",)),
        ({"exp": "soon"}, ()),
        ({"exp": float("nan")}, ()),
        ({"exp": float("inf")}, ()),
        ({"exp": True}, ()),
        ({"iat": NOW + 31}, ()),
        ({"nbf": NOW + 31}, ()),
        ({"iss": "https://evil.example.com"}, ()),
        ({"iss": ISSUER + "/"}, ()),
        ({}, ("iss",)),
        ({"aud": "another"}, ()),
        ({"aud": []}, ()),
        ({"aud": "another", "azp": "https://app.example.com"}, ()),
        ({}, ("aud",)),
        ({"sub": ""}, ()),
        ({"sub": "../user-1"}, ()),
        ({"sub": "a/b"}, ()),
        ({"sub": "a\r\nb"}, ()),
        ({"sub": "x" * 201}, ()),
        ({"sub": 7}, ()),
        ({}, ("sub",)),
    ],
)
def test_a_token_that_says_something_else_is_refused(world, call, claims, without):
    assert_refused(call(token(claims, without=without)))
    assert world.users.get("user_2abC") is None


def public_pem():
    return KEY.private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def signed_with_the_public_key():
    import hashlib
    import hmac

    head = unsigned({"alg": "HS256", "kid": "key-1", "typ": "JWT"}).rstrip(".")
    signature = hmac.new(public_pem(), head.encode(), hashlib.sha256).digest()
    return f"{head}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


@pytest.mark.parametrize(
    "bearer",
    [
        unsigned({"alg": "none", "kid": "key-1"}),
        unsigned({"alg": "None", "kid": "key-1"}),
        unsigned({"alg": "RS256", "kid": "key-1"}),
        signed_with_the_public_key(),
        token(key=FOREIGN_KEY),
        token(algorithm="RS512"),
        unsigned({"alg": "RS256"}),
        unsigned({"alg": "RS256", "kid": 7}),
        token(kid="key-9"),
        token(kid="../../key-1"),
        token()[:-4] + "AAAA",
        token().replace(".", ".A", 1),
        token() + ".x",
        "x" * 9000,
        "ключ".encode().decode("latin-1"),
        "a.b.c",
        "...",
        unsigned({"alg": "RS256", "kid": "key-1"}, json.loads("[" * 400 + "]" * 400)),
    ],
    ids=range(18),
)
def test_a_token_that_is_not_surely_the_issuers_is_refused(world, anonymous, bearer):
    world.key_set.keys = [KEY.public]

    header = f"Bearer {bearer}".encode("latin-1")

    assert_refused(anonymous.get("/v1/jobs", headers={"Authorization": header}))
    assert world.keys.lookups == 0


def test_a_key_that_is_named_in_the_token_itself_is_not_fetched(world, call):
    evil = token(key=FOREIGN_KEY, jku="https://evil.example.com/jwks", jwk=FOREIGN_KEY.public)

    assert_refused(call(evil))


def test_keys_for_encryption_and_secrets_are_not_taken_from_the_set(world, call):
    secret = base64.urlsafe_b64encode(b"s" * 32).decode().rstrip("=")
    world.key_set.keys = [
        {**KEY.public, "use": "enc"},
        {"kty": "oct", "k": secret, "kid": "shared", "alg": "HS256"},
        NEXT_KEY.public,
    ]

    assert_refused(call(token()))
    assert_refused(call(jwt.encode(CLAIMS, b"s" * 32, algorithm="HS256", headers={"kid": "shared"})))
    assert call(token(key=NEXT_KEY)).status_code == 200


def test_elliptic_keys_are_taken(world, call):
    private = ec.generate_private_key(ec.SECP256R1())
    key = SimpleNamespace(private=private, key_id="ec")
    world.key_set.keys = [{**ECAlgorithm.to_jwk(private.public_key(), as_dict=True), "kid": "ec"}]

    assert call(token(key=key, algorithm="ES256")).status_code == 200


def test_the_keys_are_fetched_once_for_many_tokens(world, call):
    for number in range(5):
        assert call(token({"jti": str(number)})).status_code == 200

    assert world.key_set.fetches == 1


def test_a_token_is_remembered_only_until_it_expires(world, call):
    bearer = token({"exp": NOW + 10})
    assert call(bearer).status_code == 200

    world.clock.advance(39)
    assert call(bearer).status_code == 200
    world.clock.advance(1)
    assert_refused(call(bearer))


def test_a_rotated_key_is_found_with_the_first_token_that_it_signed(world, call):
    assert call(token()).status_code == 200
    world.clock.advance(PAUSE_SECONDS)
    world.key_set.keys = [NEXT_KEY.public]

    assert call(token(key=NEXT_KEY)).status_code == 200
    assert_refused(call(token({"jti": "another"})))


def test_made_up_key_ids_do_not_make_us_hammer_the_issuer(world, call):
    for number in range(50):
        assert_refused(call(token(kid=f"made-up-{number}")))

    assert world.key_set.fetches == 1


def test_known_keys_outlive_an_outage_of_the_issuer_for_a_day(world, call):
    assert call(token()).status_code == 200
    world.key_set.is_down = True

    world.clock.advance(FRESH_SECONDS + 1)
    later = {"exp": NOW + KEPT_SECONDS * 2}
    assert call(token(later)).status_code == 200
    answer = call(token(later, key=NEXT_KEY))
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")

    world.clock.advance(KEPT_SECONDS)
    assert call(token(later)).status_code == 503


def test_the_first_call_with_a_token_makes_the_profile_that_mails_go_by(world, call):
    assert call(token({"email": "ana@example.com", "email_verified": True})).status_code == 200

    assert world.users.get("user_2abC").email == "ana@example.com"


@pytest.mark.parametrize("verified", [False, None, "no"])
def test_an_address_that_nobody_verified_is_not_mailed(world, call, verified):
    claims = {"email": "victim@example.com", **({} if verified is None else {"email_verified": verified})}

    assert call(token(claims)).status_code == 200
    assert world.users.get("user_2abC").email is None


def test_a_profile_that_is_there_is_left_as_it_is(world, call):
    before = world.users.get("user-1")

    assert call(token({"sub": "user-1", "email": "x@example.com", "email_verified": True})).status_code == 200

    assert world.users.get("user-1") == before
