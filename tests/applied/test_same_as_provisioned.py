"""What Terraform creates and what our own provisioner creates are the same, as far as a process can tell."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.emulator import Emulator
from local.exports import read_exports
from local.provision import Plan, provision
from local.resources import Resources, resources_of
from shared.aws.clients import Connection, make_client

APPLIED = "ESCRIBA_APPLIED"
QUEUE_ATTRIBUTES = (
    "VisibilityTimeout",
    "ReceiveMessageWaitTimeSeconds",
    "MessageRetentionPeriod",
    "DelaySeconds",
    "MaximumMessageSize",
)

pytestmark = [
    pytest.mark.heavy,
    pytest.mark.skipif(APPLIED not in os.environ, reason="`make terraform-test` runs it on what it applied"),
]


class Created:
    """Resources, and a way to look at them."""

    def __init__(self, connection: Connection, resources: Resources) -> None:
        self.resources = resources
        self.sqs = make_client("sqs", connection)
        self.s3 = make_client("s3", connection)
        self.dynamodb = make_client("dynamodb", connection)

    def queue(self, url: str) -> dict[str, Any]:
        """What a receiver or sender meets, ARNs by their last part."""
        told: dict[str, str] = dict(
            self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        )
        redrive = json.loads(told.get("RedrivePolicy", "{}"))
        if redrive:
            redrive["deadLetterTargetArn"] = redrive["deadLetterTargetArn"].rsplit(":", 1)[1]
            redrive["maxReceiveCount"] = int(redrive["maxReceiveCount"])
        return {"redrive": redrive, **{name: told.get(name) for name in QUEUE_ATTRIBUTES}}

    def admits_uploads(self) -> bool:
        """Whether storage may send to the uploads queue."""
        told = self.sqs.get_queue_attributes(QueueUrl=self.resources.uploads.url, AttributeNames=["Policy"])
        statements = json.loads(told["Attributes"]["Policy"])["Statement"]
        bucket = f"arn:aws:s3:::{self.resources.audio_bucket_name}"
        return any(
            statement["Effect"] == "Allow"
            and statement["Action"] in ("sqs:SendMessage", ["sqs:SendMessage"])
            and statement["Principal"] == {"Service": "s3.amazonaws.com"}
            and statement["Condition"]["ArnEquals"]["aws:SourceArn"] == bucket
            for statement in statements
        )

    def notifications(self) -> list[tuple[str, list[str]]]:
        """Which events of uploads go where."""
        told = self.s3.get_bucket_notification_configuration(Bucket=self.resources.audio_bucket_name)
        return [
            (to["QueueArn"].rsplit(":", 1)[1], sorted(to["Events"]))
            for to in told.get("QueueConfigurations", [])
        ]

    def table(self) -> dict[str, Any]:
        """Keys, indexes, time to live, billing."""
        name = self.resources.job_table_name
        told = self.dynamodb.describe_table(TableName=name)["Table"]
        ttl = self.dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
        return {
            "keys": told["KeySchema"],
            "attributes": sorted(map(str, told["AttributeDefinitions"])),
            "indexes": {
                index["IndexName"]: (index["KeySchema"], index["Projection"]["ProjectionType"])
                for index in told["GlobalSecondaryIndexes"]
            },
            "billing": told["BillingModeSummary"]["BillingMode"],
            "ttl": (ttl["TimeToLiveStatus"], ttl["AttributeName"]),
        }


def _connection(exports: dict[str, str]) -> Connection:
    return Connection(
        exports["AWS_ENDPOINT_URL"],
        exports["AWS_REGION"],
        exports["AWS_ACCESS_KEY_ID"],
        exports["AWS_SECRET_ACCESS_KEY"],
    )


@pytest.fixture(scope="module")
def applied() -> Created:
    """What Terraform made."""
    exports = read_exports(Path(os.environ[APPLIED]))
    return Created(_connection(exports), resources_of(exports))


@pytest.fixture(scope="module")
def provisioned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Created]:
    """What our own provisioner makes."""
    with Emulator(tmp_path_factory.mktemp("emulator") / "emulator.log") as emulator:
        yield Created(emulator.connection, provision(emulator.connection, Plan()))


def test_every_service_is_told_the_same_but_for_the_address(applied: Created, provisioned: Created) -> None:
    def without_address(resources: Resources) -> dict[str, str]:
        return {name: value.rsplit("/", 1)[-1] for name, value in resources.environment().items()}

    assert without_address(applied.resources) == without_address(provisioned.resources)


def test_queues_and_their_redrive_are_the_same(applied: Created, provisioned: Created) -> None:
    def queues(created: Created) -> dict[str, dict[str, Any]]:
        urls = {k: v for k, v in created.resources.environment().items() if k.endswith("_QUEUE_URL")}
        return {name: created.queue(url) for name, url in urls.items()}

    assert queues(applied) == queues(provisioned)


def test_there_are_no_other_queues(applied: Created, provisioned: Created) -> None:
    def names(created: Created) -> set[str]:
        return {url.rsplit("/", 1)[1] for url in created.sqs.list_queues().get("QueueUrls", [])}

    assert names(applied) == names(provisioned)


def test_storage_tells_the_same_queue_of_uploads_and_may(applied: Created, provisioned: Created) -> None:
    assert applied.notifications() == provisioned.notifications() != []
    assert applied.admits_uploads()
    assert provisioned.admits_uploads()


def test_the_table_its_keys_and_its_indexes_are_the_same(applied: Created, provisioned: Created) -> None:
    assert applied.table() == provisioned.table()


def test_buckets_are_the_same_but_for_that_of_access_logs(applied: Created, provisioned: Created) -> None:
    def names(created: Created) -> set[str]:
        return {bucket["Name"] for bucket in created.s3.list_buckets()["Buckets"]}

    assert names(applied) - {"escriba-access-logs"} == names(provisioned)
