"""What everything local rests on: behaviour of the emulator that an upgrade must not lose."""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import unquote_plus

import httpx
import pytest

from local.emulator import Emulator
from local.loopback import LOOPBACK, free_port
from local.provision import Plan, provision
from shared.aws.object_store import S3ObjectStore
from shared.aws.queue import SqsQueue
from shared.domain.ids import new_id
from shared.process import StartupError
from shared.testing.clock import START
from shared.testing.waiting import wait_until

pytestmark = pytest.mark.emulator


def test_concurrent_additions_are_all_counted(emulated_cloud):
    table, client = emulated_cloud.table_name(), emulated_cloud.dynamodb
    key = {"PK": {"S": "counter"}, "SK": {"S": "META"}}

    def add_one(_number):
        client.update_item(
            TableName=table,
            Key=key,
            UpdateExpression="ADD n :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )

    with ThreadPoolExecutor(16) as threads:
        list(threads.map(add_one, range(300)))
    assert client.get_item(TableName=table, Key=key)["Item"]["n"]["N"] == "300"


def test_deleted_messages_do_not_come_back_when_many_work_one_queue(emulated_cloud):
    under_test = emulated_cloud.queue()
    for number in range(60):
        under_test.queue.send(str(number))

    def work(_worker):
        received = []
        while batch := under_test.receive(max_messages=10):
            for delivery in batch:
                received.append(delivery.body)
                under_test.queue.delete(delivery)
        return received

    with ThreadPoolExecutor(8) as threads:
        received = sorted(int(body) for bodies in threads.map(work, range(8)) for body in bodies)
    assert received == list(range(60))


def test_an_upload_is_announced_with_its_key_encoded_its_size_and_etag(emulator, emulated_cloud):
    resources = provision(emulator.connection, Plan(prefix=f"announce-{new_id().lower()}"))
    audio = S3ObjectStore(emulated_cloud.s3, resources.audio_bucket_name)
    uploads = SqsQueue(emulated_cloud.sqs, resources.uploads.url, resources.uploads.dead_letter_url)
    key = "user-1/a b+ñ/audio.mp3"
    upload = audio.presign_upload(key, content_type="audio/mpeg", size_bytes=3, now=START, expires_seconds=60)
    httpx.put(upload.url, content=b"abc", headers=upload.headers, trust_env=False).raise_for_status()

    def announced():
        for delivery in uploads.receive(max_messages=10, wait_seconds=0, visibility_seconds=30):
            for record in json.loads(delivery.body).get("Records", []):
                return record
        return None

    record = wait_until(announced)
    assert record["eventName"].startswith("ObjectCreated:")
    assert record["s3"]["bucket"]["name"] == resources.audio_bucket_name
    assert unquote_plus(record["s3"]["object"]["key"]) == key
    assert record["s3"]["object"]["key"] != key
    assert record["s3"]["object"]["size"] == 3
    assert record["s3"]["object"]["eTag"] == audio.stat(key).etag


def test_provisioning_twice_changes_nothing(emulator, emulated_cloud):
    plan = Plan(prefix=f"twice-{new_id().lower()}")
    first = provision(emulator.connection, plan)
    emulated_cloud.sqs.send_message(QueueUrl=first.transcription.url, MessageBody="kept")
    assert provision(emulator.connection, plan) == first
    received = emulated_cloud.sqs.receive_message(QueueUrl=first.transcription.url)
    assert [message["Body"] for message in received["Messages"]] == ["kept"]


def test_every_queue_polls_long_and_lets_messages_fall_to_its_dead_letter_queue(emulator, emulated_cloud):
    resources = provision(emulator.connection, Plan(prefix=f"queues-{new_id().lower()}", max_receive_count=7))
    for queue in resources.queues.values():
        attributes = emulated_cloud.sqs.get_queue_attributes(QueueUrl=queue.url, AttributeNames=["All"])
        redrive = json.loads(attributes["Attributes"]["RedrivePolicy"])
        dead_letters = emulated_cloud.sqs.get_queue_attributes(
            QueueUrl=queue.dead_letter_url, AttributeNames=["QueueArn"]
        )
        assert attributes["Attributes"]["ReceiveMessageWaitTimeSeconds"] == "20"
        assert redrive["deadLetterTargetArn"] == dead_letters["Attributes"]["QueueArn"]
        assert int(redrive["maxReceiveCount"]) == 7


def test_a_request_signed_with_another_secret_is_refused(emulator, emulated_cloud):
    url = emulated_cloud.s3.generate_presigned_url(
        "put_object", Params={"Bucket": emulated_cloud.bucket_name(), "Key": "k"}
    )
    tampered = url[:-4] + ("0000" if not url.endswith("0000") else "1111")
    assert httpx.put(tampered, content=b"x", trust_env=False).status_code == 403


@pytest.mark.skipif(sys.platform != "linux", reason="reads Linux's table of sockets")
def test_it_listens_on_the_loopback_address_only(emulator):
    port = int(emulator.endpoint_url.rpartition(":")[2])
    with open("/proc/net/tcp") as table:
        listening = [line.split()[1] for line in table if line.split()[3] == "0A"]
    assert f"0100007F:{port:04X}" in listening
    assert f"00000000:{port:04X}" not in listening


def test_a_port_in_use_is_one_sentence_and_no_process_is_left(emulator, tmp_path):
    port = int(emulator.endpoint_url.rpartition(":")[2])
    second = Emulator(tmp_path / "second.log", port=port)
    with pytest.raises(StartupError, match=f"^port {port} is in use; .*EMULATOR_PORT"):
        second.start()
    assert not second.running


def test_it_ends_when_it_is_told_to_and_ending_twice_is_harmless(tmp_path):
    emulator = Emulator(tmp_path / "logs" / "emulator.log", port=free_port())
    emulator.start()
    assert emulator.running
    emulator.stop()
    emulator.stop()
    assert not emulator.running
    with pytest.raises(httpx.TransportError):
        httpx.get(f"http://{LOOPBACK}:{emulator.endpoint_url.rpartition(':')[2]}/", trust_env=False)
