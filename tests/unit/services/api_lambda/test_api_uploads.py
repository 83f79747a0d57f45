import pytest
from fastapi.testclient import TestClient

from shared.domain.files import FileStatus
from shared.domain.object_keys import audio_key

UPLOAD = {"filename": "interview.mp3", "contentType": "audio/mpeg", "size": 1000}


def test_an_announced_file_gets_an_upload_bound_to_its_size_and_type(world, client: TestClient):
    answer = client.post("/v1/upload/presign", json=UPLOAD)

    assert answer.status_code == 200
    body = answer.json()
    file = world.files.get(body["fileId"])
    assert body == {
        "uploadUrl": f"memory:{file.key}?expires=3600",
        "method": "PUT",
        "headers": {"Content-Type": "audio/mpeg", "Content-Length": "1000"},
        "fileId": file.file_id,
        "expiresAt": "2026-11-20T13:00:00.000Z",
    }
    assert file.status is FileStatus.PENDING
    assert file.awaiting_job_ids == frozenset()
    assert file.key == audio_key("user-1", file.file_id, "interview.mp3")
    assert file.upload_expires_at == file.created_at.replace(hour=13)


@pytest.mark.parametrize(
    "filename",
    [
        "../../etc/passwd",
        'say "cheese" & <b>.wav',
        "👩‍👩‍👧 fiesta 🎉.m4a",
        "Ñandú – año.ogg",
        "C:\\audio\\x.mp3",
        "no extension",
        "a" * 255,
    ],
)
def test_any_printable_name_is_kept_as_sent_and_never_becomes_part_of_a_key(world, client, filename):
    answer = client.post("/v1/upload/presign", json={**UPLOAD, "filename": filename})

    assert answer.status_code == 200
    file = world.files.get(answer.json()["fileId"])
    assert file.filename == filename
    assert file.key.startswith(f"user-1/{file.file_id}/audio")
    assert ".." not in file.key


@pytest.mark.parametrize(
    "filename", ["", "   ", "a" * 300, "a\nb.mp3", "a\x00.mp3", "a\x7f.mp3", "a\u2028b.mp3", 7, None]
)
def test_a_name_that_can_not_be_shown_is_refused_by_field(client, filename):
    answer = client.post("/v1/upload/presign", json={**UPLOAD, "filename": filename})

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["filename"]


def test_a_name_with_half_a_surrogate_pair_is_refused(client):
    body = b'{"filename": "\\ud83d.mp3", "contentType": "audio/mpeg", "size": 1}'

    answer = client.post("/v1/upload/presign", content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid-request"


@pytest.mark.parametrize(
    "content_type",
    [
        "audio/mpeg",
        "AUDIO/X-WAV",
        "video/mp4",
        "application/ogg",
        "application/octet-stream",
        "audio/ogg; codecs=opus",
        "audio/vnd.wave;codec=1",
    ],
)
def test_audio_video_and_unnamed_bytes_are_taken(client, content_type):
    answer = client.post("/v1/upload/presign", json={**UPLOAD, "contentType": content_type})

    assert answer.status_code == 200
    assert answer.json()["headers"]["Content-Type"] == content_type


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/pdf", "image/png", "audio", "audio/", "audio/mp3\r\nX-Evil: 1", "audio/é"],
)
def test_other_types_are_refused(client, content_type):
    answer = client.post("/v1/upload/presign", json={**UPLOAD, "contentType": content_type})

    assert answer.status_code == 415
    assert answer.json()["code"] == "unsupported-type"


@pytest.mark.parametrize(
    ("size", "status", "code"),
    [
        (0, 422, "empty-file"),
        (-1, 422, "invalid-request"),
        (1_000_001, 413, "file-too-large"),
        (10**30, 413, "file-too-large"),
        ("1000", 422, "invalid-request"),
        (10.5, 422, "invalid-request"),
        (True, 422, "invalid-request"),
        (None, 422, "invalid-request"),
    ],
)
def test_a_size_that_no_upload_can_have_is_refused(client, size, status, code):
    answer = client.post("/v1/upload/presign", json={**UPLOAD, "size": size})

    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_the_largest_file_allowed_is_taken(client):
    assert client.post("/v1/upload/presign", json={**UPLOAD, "size": 1_000_000}).status_code == 200


def test_unknown_and_missing_fields_are_named(client):
    answer = client.post(
        "/v1/upload/presign", json={"filename": "a.mp3", "size": 1, "content_type": "audio/wav"}
    )

    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"field": "contentType", "message": "is required"},
        {"field": "content_type", "message": "is not a field of this request"},
    ]
