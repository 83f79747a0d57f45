"""What somebody sends who means harm: a clear refusal, nothing told, nothing stored."""

import json
from urllib.parse import quote

import pytest

from services.api_lambda.app import ROUTES
from shared.domain.ids import new_id

UPLOAD = {"filename": "a.mp3", "contentType": "audio/mpeg", "size": 1000}
JSON = {"Content-Type": "application/json"}


def assert_nothing_stored(world):
    assert world.jobs.list_for_user("user-1", status=None, limit=10, cursor=None).jobs == ()
    assert world.audio.objects == {}
    assert world.transcripts.objects == {}
    assert world.queue.bodies == []
    assert len(world.keys.list("user-1")) == 1


ROUTES_WITH_A_JOB = [
    (method, route.path)
    for route in ROUTES
    if "{jobId}" in route.path
    for method in sorted(route.methods - {"HEAD"})
]


def told(answer):
    return answer.status_code, {**answer.json(), "requestId": None}


def test_anothers_job_looks_like_one_that_never_was_on_every_route(world, stranger):
    theirs = world.given_completed_job().job_id

    for method, path in ROUTES_WITH_A_JOB:
        for query in ("", "?purge=true"):
            asked = [
                stranger.request(method, path.replace("{jobId}", job_id) + query)
                for job_id in (theirs, new_id())
            ]
            assert told(asked[0]) == told(asked[1]), path
            assert asked[0].status_code == 404, path
    assert world.jobs.get(theirs) is not None


@pytest.mark.parametrize(
    "body",
    [
        json.dumps({"upload": {**UPLOAD, "size": 10**400}}).encode(),
        b'{"upload": {"size": 1e999}}',
    ],
    ids=["huge-number", "infinity"],
)
@pytest.mark.parametrize("path", ["/v1/transcriptions", "/v1/upload/presign", "/v1/keys"])
def test_a_number_that_no_machine_holds_is_refused(world, client, path, body):
    answer = client.post(path, content=body, headers=JSON)

    assert answer.status_code in (400, 413, 422)
    assert len(answer.content) < 5_000
    assert_nothing_stored(world)


@pytest.mark.parametrize("declared", ["10000000", "99999999999999999999"])
def test_a_body_is_refused_by_the_length_that_it_declares(world, client, declared):
    answer = client.post("/v1/keys", content=b"{}", headers={**JSON, "Content-Length": declared})

    assert answer.status_code == 413
    assert_nothing_stored(world)


@pytest.mark.parametrize(
    "filename",
    [
        "../../other-user/file/audio.mp3",
        "..\\..\\windows\\system32.mp3",
        "/etc/passwd",
        "<script>alert(1)</script>.mp3",
        "file://etc/passwd",
        "${jndi:ldap://evil}.mp3",
        "a.mp3;rm -rf",
        "CON.mp3",
    ],
)
def test_a_hostile_name_is_shown_and_never_becomes_a_place(world, client, filename):
    job = client.post("/v1/transcriptions", json={"upload": {**UPLOAD, "filename": filename}}).json()

    stored = world.jobs.get(job["jobId"])
    assert stored.file.filename == filename
    assert stored.file.key == f"user-1/{stored.file.file_id}/audio" + (
        ".mp3" if filename.endswith(".mp3") else ""
    )


@pytest.mark.parametrize("filename", ["a\r\nBcc: x@example.com", "a\nb", "a\x1b[31m", "a\u2028b", "\ud800"])
def test_a_name_that_would_break_a_mail_or_a_header_is_refused(world, client, filename):
    body = json.dumps({"upload": {**UPLOAD, "filename": filename}})

    assert client.post("/v1/transcriptions", content=body, headers=JSON).status_code == 422
    assert_nothing_stored(world)


def test_nothing_that_a_caller_sends_makes_a_line_in_the_log_or_a_secret_readable(client, log_stream):
    hostile = 'x", "level": "critical\n{"event": "forged"}'
    client.get(
        f"/v1/jobs/{quote(hostile)}", headers={"X-API-Key": "sk-forged-secret", "User-Agent": "forged"}
    )
    client.get("/v1/jobs", headers={"X-Request-Id": "forged", "Authorization": "Bearer forged.token.secret"})
    client.post("/v1/keys", content=hostile, headers=JSON)

    lines = log_stream.getvalue().splitlines()
    assert all(json.loads(line)["event"] != "forged" for line in lines)
    ours = [line for line in lines if json.loads(line)["logger"].startswith("services.")]
    assert ours
    assert not any("forged" in line for line in ours)


def test_the_request_id_is_ours_whatever_the_caller_calls_it(client):
    answer = client.get("/v1/jobs", headers={"X-Request-Id": "theirs"})

    assert answer.headers["X-Request-Id"] != "theirs"


@pytest.mark.parametrize("scheme", ["Basic", "Digest", "bearer", "Bearer", ""])
def test_an_authorization_header_of_any_other_kind_opens_nothing(anonymous, scheme):
    answer = anonymous.get("/v1/jobs", headers={"Authorization": f"{scheme} dXNlcjpwYXNz".strip()})

    assert answer.status_code == 401
