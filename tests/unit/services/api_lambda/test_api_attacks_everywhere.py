"""The same attacks on every route there is, so that a new one is attacked from its first day."""

from __future__ import annotations

import json
import re

import pytest

from services.api_lambda.app import ROUTES
from shared.domain.files import FileStatus
from shared.domain.ids import new_id
from shared.domain.webhooks import WebhookDelivery, WebhookEvent
from shared.testing.builders import make_file

JSON = {"Content-Type": "application/json"}
UPLOAD = {"filename": "a.mp3", "contentType": "audio/mpeg", "size": 1000}
_ID = re.compile(r"{(\w+)}")
OPEN = {"/v1/links/{token}", "/v1/receipts/{receiptId}"}
"""What no key guards: the secret is the id itself."""
FORMS = {"/v1/audio/transcriptions", "/v1/audio/translations"}
WITH_IDS = [
    (method, route.path)
    for route in ROUTES
    if _ID.search(route.path) and route.path not in OPEN
    for method in sorted(route.methods - {"HEAD"})
]
WITH_A_BODY = [
    (method, route.path)
    for route in ROUTES
    for method in sorted(route.methods & {"POST", "PATCH"})
    if route.path not in FORMS
]
BODIES = {
    "/v1/upload/multipart/{fileId}/parts": {"partNumbers": [1]},
    "/v1/webhooks/{webhookId}": {"enabled": False},
}
QUERIES = {"/v1/clips/{fileId}": "?start_time_ms=0", "/api/v1/audio_clips/{episode_id}": "?start_time_ms=0"}
"""What a route needs before it looks for the thing."""


@pytest.fixture
def ids(world, client):
    """One of everything of the first user, by the names of paths."""
    file = make_file(status=FileStatus.UPLOADED, etag="e", upload_id="u", part_bytes=400_000)
    world.files.create(file)
    webhook = client.post("/v1/webhooks", json={"url": "https://example.com/hook"}).json()["id"]
    job = world.given_completed_job().job_id
    delivery = WebhookDelivery(
        delivery_id=new_id(),
        webhook_id=webhook,
        job_id=job,
        event=WebhookEvent.COMPLETED,
        created_at=world.clock.now(),
    )
    world.webhooks.record(delivery)
    return {
        "fileId": file.file_id,
        "episode_id": file.file_id,
        "jobId": job,
        "batchId": client.post("/v1/batch", json={"items": [{"upload": UPLOAD}]}).json()["batchId"],
        "keyId": world.keys.list("user-1")[0].key_id,
        "webhookId": webhook,
        "deliveryId": delivery.delivery_id,
    }


def filled(path, ids):
    return _ID.sub(lambda name: ids[name[1]], path) + QUERIES.get(path, "")


def told(answer):
    """What is said, but for what is new with every call."""
    said = answer.json()
    return answer.status_code, {name: said[name] for name in said if name not in ("requestId", "timestamp")}


def test_every_kind_of_id_is_tried(ids):
    assert {name for _, path in WITH_IDS for name in _ID.findall(path)} == set(ids)


def test_what_is_anothers_looks_like_what_never_was(stranger, ids):
    nobodys = {name: new_id() for name in ids}
    for method, path in WITH_IDS:
        answers = [
            stranger.request(method, filled(path, whose), json=BODIES.get(path)) for whose in (ids, nobodys)
        ]
        assert told(answers[0]) == told(answers[1]), path
        assert answers[0].status_code == 404, (path, answers[0].text)


def posts_that_name_a_file(client):
    document = client.get("/openapi.json").json()
    for path, operations in document["paths"].items():
        content = operations.get("post", {}).get("requestBody", {}).get("content", {})
        reference = content.get("application/json", {}).get("schema", {}).get("$ref", "")
        schema = document["components"]["schemas"].get(reference.rpartition("/")[2], {})
        if "fileId" in schema.get("properties", {}):
            yield path, schema.get("required", [])


def test_anothers_file_named_in_a_body_looks_like_one_that_never_was(world, client, stranger, ids):
    segments = [{"start": "0:00", "end": "0:01"}]
    needed = {"format": "mp3", "tags": {"title": "x"}, "segments": segments}
    tried = []
    for path, required in posts_that_name_a_file(client):
        body = {name: needed[name] for name in required if name in needed}
        if path == "/v1/audio/split":
            body["segments"] = segments
        answers = [stranger.post(path, json={**body, "fileId": id_}) for id_ in (ids["fileId"], new_id())]
        assert [told(answer) for answer in answers] == [told(answers[0])] * 2, path
        assert answers[0].status_code == 404, (path, answers[0].text)
        tried.append(path)
    assert len(tried) >= 8
    items = [{"fileId": ids["fileId"]}, {"fileId": new_id()}]
    of_batch = stranger.post("/v1/batch", json={"items": items}).json()["items"]
    assert of_batch[0] == of_batch[1]
    assert of_batch[0]["error"]["status"] == 404
    assert world.jobs.list_for_user("user-2", status=None, limit=10, cursor=None).jobs == ()


EXHAUSTING = {
    "10 megabytes": b'{"filename": "' + b"x" * 10_000_000 + b'"}',
    "a deep list": b"[" * 100_000,
    "a deep object": b'{"a":' * 20_000 + b"1" + b"}" * 20_000,
}


def things(world):
    return len(world.jobs._jobs), len(world.keys.list("user-1")), len(world.webhooks.list("user-1"))


@pytest.mark.parametrize("body", EXHAUSTING.values(), ids=EXHAUSTING)
def test_a_body_that_is_meant_to_exhaust_us_is_refused_or_not_read(world, client, ids, body):
    before = things(world)
    for method, path in WITH_A_BODY:
        answer = client.request(method, filled(path, ids), content=body, headers=JSON)
        takes_none = path.endswith(("/secret", "/complete", "/replay"))
        assert answer.status_code in (400, 404, 409, 413, 415, 422) or takes_none, (path, answer.text[:500])
        assert len(answer.content) < 5_000
        assert things(world) == before, path


HOSTILE = [
    "..%2f..%2fetc%2fpasswd",
    "%00",
    "a%0d%0aX-Evil:%201",
    "JOB%23x",
    "'%20OR%201=1",
    "{{7*7}}",
    "x" * 3000,
    "%F0%9F%92%A3",
    "01KAGZ4Q8B5W2J0T3X9V6M7N1C%0a",
]


@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
def test_an_id_that_is_none_is_found_nowhere_and_not_repeated(client, ids, hostile):
    for method, path in WITH_IDS:
        for name in _ID.findall(path):
            answer = client.request(method, filled(path, {**ids, name: hostile}), json=BODIES.get(path))
            assert answer.status_code == 404, (path, answer.text)
            assert "evil" not in str(answer.headers).lower()
            assert hostile[:20] not in answer.text


@pytest.mark.parametrize("text", ["a\r\nX-Evil: 1", "a\nb", "\x1b[31m", "a\u2028b"])
def test_a_text_that_would_end_up_in_headers_or_logs_stays_on_its_line(client, text):
    for path, body in (
        ("/v1/keys", {"name": text}),
        ("/v1/webhooks", {"url": "https://example.com/", "description": text}),
        ("/v1/webhooks", {"url": f"https://example.com/{text}"}),
        ("/v1/upload/presign", {**UPLOAD, "filename": text}),
        ("/v1/upload/presign", {**UPLOAD, "contentType": f"audio/mpeg{text}"}),
        ("/v1/upload/multipart", {**UPLOAD, "filename": text}),
        ("/v1/batch", {"items": [{"upload": {**UPLOAD, "filename": text}}]}),
    ):
        answer = client.post(path, content=json.dumps(body), headers=JSON)
        assert answer.status_code in (415, 422), (path, answer.text)
        assert "X-Evil" not in answer.headers
