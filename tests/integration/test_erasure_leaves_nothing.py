"""Of an account that used everything and was erased, ids are left in the table, and nothing in storage."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from local.emulator import Emulator
from local.provision import Plan, provision
from services.api_lambda.bootstrap import build_app
from services.api_lambda.settings import ApiSettings
from services.reconciler.bootstrap import build
from services.reconciler.settings import ReconcilerSettings
from shared.aws.api_key_store import DynamoApiKeyStore
from shared.aws.clients import make_client
from shared.aws.user_directory import DynamoUserDirectory
from shared.aws.webhook_store import DynamoWebhookStore
from shared.domain.ids import new_id
from shared.domain.tiers import Tier
from shared.domain.webhooks import WebhookDelivery, WebhookEvent
from shared.ports.clock import SystemClock
from shared.settings import load_settings
from shared.testing.builders import make_api_key, make_user

pytestmark = pytest.mark.emulator

USER, KEY = "leaving-user", "escriba_the-leaving-user's"
EMAIL = "leaving@example.com"
SECRET = "secret"
"""Part of everything that the user names: it must be found nowhere."""

LEFT = {
    "FILE": {"fileId", "userId", "key", "status", "filename", "contentType", "sizeBytes", "etag"}
    | {"uploadExpiresAt", "keptUntil", "awaitingJobIds", "uploadId", "partBytes"},
    "JOB": {"jobId", "userId", "deletedAt"},
    "RATE": {"taken"},
    "ERASURE": {"receiptId", "jobs", "objects", "webhooks", "keys", "requestedAt", "completedAt"},
    "BOOKMARK": {"moves", "roundBeganAt"},
}
"""Attributes of what may stay, by the beginning of its key, besides times and keys."""
_ALWAYS = {
    "PK",
    "SK",
    "ttl",
    "recordCreatedAt",
    "updatedAt",
    "uploadExpiresAt",
    "keptUntil",
    "awaitingJobIds",
}
_OF_PARTS = {"uploadId", "partBytes"}


class System:
    """The API and the reconciler in this process, over the emulator."""

    def __init__(self, emulator: Emulator) -> None:
        resources = provision(emulator.connection, Plan(prefix="erasure"))
        self.environment = {
            **emulator.environment(),
            **resources.environment(),
            "LINK_SIGNING_KEY": "k" * 32,
            "ERASURE_GRACE_SECONDS": "0",
        }
        self.tables = make_client("dynamodb", emulator.connection)
        self.s3 = make_client("s3", emulator.connection)
        self.table_name = resources.job_table_name
        self.buckets = (resources.audio_bucket_name, resources.transcript_bucket_name)
        self.users = DynamoUserDirectory(self.tables, self.table_name)
        self.users.put(make_user(user_id=USER, email=EMAIL, tier=Tier.ENTERPRISE))
        keys = DynamoApiKeyStore(self.tables, self.table_name)
        keys.add(make_api_key(KEY, user_id=USER, name=f"{SECRET} key"))
        self.webhooks = DynamoWebhookStore(self.tables, self.table_name)

    def items(self) -> list[dict[str, Any]]:
        return self.tables.scan(TableName=self.table_name)["Items"]

    def objects(self) -> list[str]:
        pages = [self.s3.list_objects_v2(Bucket=bucket) for bucket in self.buckets]
        uploads = [self.s3.list_multipart_uploads(Bucket=bucket) for bucket in self.buckets]
        found = [one["Key"] for page in pages for one in page.get("Contents", [])]
        return found + [one["Key"] for page in uploads for one in page.get("Uploads", [])]


@pytest.fixture
def system(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> System:
    system = System(emulator)
    for name, value in system.environment.items():
        monkeypatch.setenv(name, value)
    return system


@pytest.fixture
def client(system: System) -> Iterator[TestClient]:
    with TestClient(build_app(load_settings(ApiSettings)), headers={"X-API-Key": KEY}) as client:
        yield client


def use_everything(system: System, client: TestClient) -> None:
    upload = {"filename": f"{SECRET}.mp3", "contentType": "audio/mpeg", "size": 5}
    own = {"webhookUrl": f"https://example.com/{SECRET}"}

    def made(path: str, body: dict[str, Any], **headers: str) -> dict[str, Any]:
        answer = client.post(path, json=body, headers={"Idempotency-Key": new_id(), **headers})
        assert answer.status_code < 300, answer.text
        created: dict[str, Any] = answer.json()
        return created

    announced = made("/v1/upload/presign", upload)
    made("/v1/upload/multipart", {**upload, "size": 30 * 1024**2})
    job = made("/v1/transcriptions", {"upload": upload, "prompt": f"{SECRET} words", **own})
    made("/v1/transcriptions", {"fileId": announced["fileId"], "hotwords": SECRET})
    made("/v1/audio/convert", {"fileId": announced["fileId"], "format": "mp3"})
    made("/v1/batch", {"items": [{"upload": upload}, {"upload": upload, **own}], "notify": "batch"})
    made("/v1/keys", {"name": f"another {SECRET}"})
    webhook = made("/v1/webhooks", {"url": f"https://example.com/{SECRET}", "description": SECRET})
    for webhook_id in (webhook["id"], job["jobId"]):
        system.webhooks.record(
            WebhookDelivery(
                delivery_id=new_id(),
                webhook_id=webhook_id,
                job_id=job["jobId"],
                event=WebhookEvent.COMPLETED,
                created_at=SystemClock().now(),
            )
        )
    audio, transcripts = system.buckets
    system.s3.put_object(Bucket=audio, Key=f"{USER}/{job['upload']['fileId']}/audio.mp3", Body=b"audio")
    system.s3.put_object(Bucket=audio, Key=f"{USER}/{new_id()}/audio.mp3", Body=b"audio")
    system.s3.put_object(Bucket=transcripts, Key=f"{USER}/{job['jobId']}/transcript.txt", Body=b"text")


def test_only_ids_are_left_of_an_account_that_used_everything(system: System, client: TestClient) -> None:
    use_everything(system, client)
    assert sum(SECRET in json.dumps(item, default=str) for item in system.items()) > 10
    receipt_path = client.delete("/v1/me").headers["Location"]

    build(load_settings(ReconcilerSettings))()

    receipt = client.get(receipt_path).json()
    assert (receipt["status"], receipt["deletedJobs"]) == ("completed", 5)
    assert (receipt["revokedKeys"], receipt["deletedWebhooks"]) == (2, 1)
    assert system.objects() == []
    for item in system.items():
        kind = item["PK"]["S"].split("#")[0]
        text = json.dumps(item, default=str)
        assert kind in LEFT, text
        assert SECRET not in text
        assert EMAIL not in text
        assert set(item) <= LEFT[kind] | _ALWAYS, text
    assert client.get("/v1/jobs").status_code == 401
