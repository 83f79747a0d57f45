"""Presigned URLs take exactly what was declared, and end."""

from __future__ import annotations

import httpx
import pytest

from shared.testing.clock import START
from shared.testing.waiting import wait_until

pytestmark = pytest.mark.emulator

BODY = b"ID3 and then some audio"


@pytest.fixture
def bucket(emulated_cloud):
    return emulated_cloud.object_store()


def presign(bucket, *, key="user-1/file-1/audio.mp3", expires_seconds=60):
    return bucket.presign_upload(
        key, content_type="audio/mpeg", size_bytes=len(BODY), now=START, expires_seconds=expires_seconds
    )


def send(upload, body=BODY, **headers):
    return httpx.request(
        upload.method, upload.url, content=body, headers={**upload.headers, **headers}, trust_env=False
    )


@pytest.mark.parametrize("key", ["user-1/file-1/audio.mp3", "ñ/a b+c'\"%/\U0001f3a7.mp3"])
def test_the_declared_file_is_taken(bucket, key):
    assert send(presign(bucket, key=key)).status_code == 200
    assert bucket.read_range(key, 0, 100) == BODY
    assert bucket.stat(key).content_type == "audio/mpeg"


@pytest.mark.parametrize("body", [b"", BODY[:-1], BODY + b"x"])
def test_a_file_of_another_size_is_refused(bucket, body):
    answer = send(presign(bucket), body, **{"Content-Length": str(len(body))})
    assert 400 <= answer.status_code < 500


def test_a_file_of_another_type_is_refused(bucket):
    assert send(presign(bucket), **{"Content-Type": "text/html"}).status_code == 403


def test_a_url_is_good_for_its_own_key_only(bucket):
    upload = presign(bucket)
    elsewhere = httpx.put(
        upload.url.replace("file-1", "file-2"), content=BODY, headers=upload.headers, trust_env=False
    )
    assert elsewhere.status_code == 403


def test_an_expired_url_is_refused(bucket):
    upload = presign(bucket, expires_seconds=1)
    assert wait_until(lambda: send(upload).status_code == 403)


@pytest.mark.parametrize(
    ("filename", "parameter"),
    [
        ("meeting.txt", "filename*=UTF-8''meeting.txt"),
        ('año "1"/🎧.txt', "filename*=UTF-8''a%C3%B1o%20%221%22_%F0%9F%8E%A7.txt"),
    ],
)
def test_a_download_is_named_as_its_owner_named_it(bucket, filename, parameter):
    bucket.write("key", BODY, content_type="text/plain")
    answer = httpx.get(bucket.presign_download("key", filename=filename, expires_seconds=60), trust_env=False)
    assert (answer.status_code, answer.content) == (200, BODY)
    assert answer.headers["Content-Disposition"].startswith("attachment; ")
    assert answer.headers["Content-Disposition"].endswith(parameter)


def test_text_can_be_given_to_a_browser_to_show(bucket):
    bucket.write("key", "año".encode(), content_type="text/plain; charset=utf-8")
    url = bucket.presign_download("key", filename="a.txt", expires_seconds=60, inline=True)
    answer = httpx.get(url, trust_env=False)
    assert answer.headers["Content-Disposition"].startswith("inline; ")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"


def test_a_download_whose_name_was_tampered_with_is_refused(bucket):
    bucket.write("key", BODY, content_type="text/plain")
    url = bucket.presign_download("key", filename="a.txt", expires_seconds=60)
    assert httpx.get(url.replace("a.txt", "b.txt"), trust_env=False).status_code == 403
