"""Uploads in parts: listed, completed in order, dropped whole."""

from __future__ import annotations

import httpx
import pytest

from local.provision import Plan, provision
from services.api_lambda.upload_events import uploaded_keys
from shared.aws.part_uploads import S3PartUploads
from shared.aws.queue import SqsQueue
from shared.domain.ids import new_id
from shared.ports.object_store import ObjectMissing
from shared.ports.part_uploads import UploadMissing
from shared.testing.clock import START
from shared.testing.waiting import wait_until

KEY = "user-1/file-1/audio.wav"
FIRST, LAST = b"a" * 5 * 1024**2, b"the rest"


def send(uploads, upload_id, number, body):
    """Play the client; the fake has a way of its own for that."""
    if hasattr(uploads, "send"):
        uploads.send(KEY, upload_id, number, body)
        return
    signed = uploads.presign_part(KEY, upload_id, number, size_bytes=len(body), now=START, expires_seconds=60)
    answer = httpx.request(signed.method, signed.url, headers=signed.headers, content=body, trust_env=False)
    assert answer.status_code == 200, answer.text


def test_parts_sent_in_any_order_are_listed_and_become_one_object_of_the_type_announced(
    concurrent_backend,
):
    uploads, objects = concurrent_backend.part_uploads()
    upload_id = uploads.begin(KEY, content_type="audio/wav")
    assert uploads.parts(KEY, upload_id) == ()
    send(uploads, upload_id, 2, LAST)
    send(uploads, upload_id, 1, b"b" * len(FIRST))
    send(uploads, upload_id, 1, FIRST)
    stored = uploads.parts(KEY, upload_id)
    assert [(part.number, part.size_bytes) for part in stored] == [(1, len(FIRST)), (2, len(LAST))]
    with pytest.raises(ObjectMissing):
        objects.stat(KEY)
    uploads.complete(KEY, upload_id, stored)
    stat = objects.stat(KEY)
    assert (stat.size_bytes, stat.content_type) == (len(FIRST) + len(LAST), "audio/wav")
    assert objects.read_range(KEY, len(FIRST) - 1, 100) == b"a" + LAST


def test_what_was_completed_or_dropped_is_no_upload_any_more(backend):
    uploads, objects = backend.part_uploads()
    upload_id = uploads.begin(KEY, content_type="audio/wav")
    uploads.abort(KEY, upload_id)
    uploads.abort(KEY, upload_id)
    with pytest.raises(UploadMissing):
        uploads.parts(KEY, upload_id)
    with pytest.raises(ObjectMissing):
        objects.stat(KEY)


@pytest.mark.emulator
def test_a_completed_upload_is_announced_as_any_other_and_unfinished_ones_end_after_a_day(emulated_cloud):
    resources = provision(emulated_cloud.connection, Plan(prefix=f"parts-{new_id().lower()}"))
    bucket = resources.audio_bucket_name
    uploads = S3PartUploads(emulated_cloud.s3, bucket)
    upload_id = uploads.begin(KEY, content_type="audio/wav")
    send(uploads, upload_id, 1, LAST)
    uploads.complete(KEY, upload_id, uploads.parts(KEY, upload_id))
    told = SqsQueue(emulated_cloud.sqs, resources.uploads.url, resources.uploads.dead_letter_url)
    announced: list[str] = []

    def is_announced() -> bool:
        for message in told.receive(max_messages=10, wait_seconds=1, visibility_seconds=30):
            announced.extend(uploaded_keys(message.body))
        return KEY in announced

    assert wait_until(is_announced)
    rules = emulated_cloud.s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    assert [rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"] for rule in rules] == [1]
