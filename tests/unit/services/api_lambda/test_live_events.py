"""What API Gateway's WebSocket API hands over, and what it is answered."""

import json

import pytest

from services.api_lambda.live_events import LiveEvents
from shared.testing.builders import make_api_key
from tests.support.live_stage import KEY, LiveStage

ID = "L0SM9cOFvHcCIhw="


@pytest.fixture
def stage():
    return LiveStage()


@pytest.fixture
def events(stage):
    return LiveEvents(stage.protocol)


def event(kind, *, body=None, headers=None, **fields):
    context = {"connectionId": ID, "eventType": kind, "routeKey": "$default"}
    given = {"requestContext": context, "isBase64Encoded": False, **fields}
    return given | ({"body": body} if body is not None else {}) | ({"headers": headers} if headers else {})


def test_a_connection_opens_subscribes_hears_and_ends(stage, events):
    job = stage.given_processing()

    assert events(event("CONNECT", headers={"X-API-Key": KEY, "Host": "h"})) == {
        "statusCode": 200,
        "headers": {},
    }
    wish = json.dumps({"action": "subscribe", "jobId": job.job_id})
    assert events(event("MESSAGE", body=wish)) == {"statusCode": 200}
    assert [message.get("type") for message in stage.sockets.heard(ID)] == [None, "progress"]
    assert events(event("DISCONNECT", headers={"Host": "h"})) == {"statusCode": 200}
    assert stage.connections.get(ID) is None


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        (None, "missing-credentials"),
        ({"X-API-Key": "unknown"}, "invalid-credentials"),
        ({"Authorization": "Bearer escriba_unknown"}, "invalid-credentials"),
        ({"Sec-WebSocket-Protocol": "escriba.v1, bearer.escriba_unknown"}, "invalid-credentials"),
    ],
    ids=["nothing", "key", "bearer", "protocol"],
)
def test_who_does_not_sign_in_is_answered_as_on_any_route(stage, events, headers, code):
    answer = events(event("CONNECT", headers=headers))

    assert answer["statusCode"] == 401
    assert json.loads(answer["body"])["code"] == code
    assert answer["headers"]["WWW-Authenticate"]
    assert stage.connections.get(ID) is None


def test_a_browser_signs_in_by_a_second_protocol_and_is_answered_with_the_first(stage, events):
    offered = {"sec-websocket-protocol": f"escriba.v1, bearer.{KEY}"}
    with_prefix = {"sec-websocket-protocol": "escriba.v1,bearer.escriba_browser"}
    stage.keys.add(make_api_key("escriba_browser", user_id="user-1"))

    assert events(event("CONNECT", headers=offered))["statusCode"] == 401  # a token, and no issuer
    accepted = events(event("CONNECT", headers=with_prefix))

    assert accepted == {"statusCode": 200, "headers": {"Sec-WebSocket-Protocol": "escriba.v1"}}


def test_a_message_of_bytes_is_refused_and_the_connection_goes_on(stage, events):
    events(event("CONNECT", headers={"X-API-Key": KEY}))

    assert events(event("MESSAGE", body="AAEC", isBase64Encoded=True)) == {"statusCode": 200}
    assert stage.sockets.heard(ID)[0]["code"] == "malformed-json"
    assert stage.connections.get(ID) is not None
