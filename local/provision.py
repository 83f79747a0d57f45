"""Makes the system's resources without Terraform, for the emulator and for tests.

Running it again changes nothing. Terraform is the truth about what runs in an account: names of keys,
indexes, attributes and policies here follow it.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from local.resources import Queue, Resources
from shared.aws.clients import Connection, make_client
from shared.domain.object_keys import CLIPS_PREFIX

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.literals import BucketLocationConstraintType
    from mypy_boto3_s3.type_defs import LifecycleRuleTypeDef
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.literals import QueueAttributeNameType

_FIRST_REGION = "us-east-1"
_FOURTEEN_DAYS_SECONDS = 1_209_600
_MESSAGE_BYTES = 262_144
_UNFINISHED_UPLOADS: LifecycleRuleTypeDef = {
    "ID": "forget",
    "Status": "Enabled",
    "Filter": {"Prefix": ""},
    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
}
"""The parts of an upload that nobody finished within a day."""
_CLIPS: LifecycleRuleTypeDef = {
    "ID": "forget-clips",
    "Status": "Enabled",
    "Filter": {"Prefix": CLIPS_PREFIX},
    "Expiration": {"Days": 30},
}
"""A clip is made anew in seconds."""
_ROUTER_VISIBILITY_SECONDS = 360
"""What Lambda asks of the queue that feeds the router: six times what the function may take."""


@dataclass(frozen=True)
class Plan:
    """What may differ between two sets of resources. ``prefix`` begins every name.

    ``visibility_seconds`` holds for a receive that names none. ``max_receive_count`` is the backstop
    against a message that kills its worker; failed tries are counted in the job.
    """

    prefix: str = "escriba"
    mail_from: str = "escriba@example.com"
    visibility_seconds: int = 60
    max_receive_count: int = 10


def provision(connection: Connection, plan: Plan | None = None) -> Resources:
    """Make whatever is missing, and return what the services are to be told."""
    plan = plan or Plan()
    table_name = f"{plan.prefix}-jobs"
    create_table(make_client("dynamodb", connection), table_name)
    sqs = make_client("sqs", connection)
    of_uploads = replace(plan, visibility_seconds=_ROUTER_VISIBILITY_SECONDS)
    uploads = create_queue(sqs, f"{plan.prefix}-uploads", of_uploads)
    s3 = make_client("s3", connection)
    audio, transcripts = f"{plan.prefix}-audio", f"{plan.prefix}-transcripts"
    create_bucket(s3, audio, connection.region)
    create_bucket(s3, transcripts, connection.region)
    _forget(s3, audio, _UNFINISHED_UPLOADS)
    _forget(s3, transcripts, _CLIPS)
    _announce_uploads(s3, sqs, audio, uploads)
    make_client("ses", connection).verify_email_identity(EmailAddress=plan.mail_from)
    return Resources(
        job_table_name=table_name,
        audio_bucket_name=audio,
        transcript_bucket_name=transcripts,
        uploads=uploads,
        transcription=create_queue(sqs, f"{plan.prefix}-transcription", plan),
        transcription_priority=create_queue(sqs, f"{plan.prefix}-transcription-priority", plan),
        conversion=create_queue(sqs, f"{plan.prefix}-conversion", plan),
        conversion_priority=create_queue(sqs, f"{plan.prefix}-conversion-priority", plan),
        notification=create_queue(sqs, f"{plan.prefix}-notification", plan),
        mail_from=plan.mail_from,
    )


def create_table(client: DynamoDBClient, name: str) -> None:
    """The one table: keys, both indexes of jobs, time to live."""
    with suppress(client.exceptions.ResourceInUseException):
        client.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[
                {"AttributeName": "PK", "KeyType": "HASH"},
                {"AttributeName": "SK", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": attribute, "AttributeType": "S"}
                for attribute in ("PK", "SK", "userId", "status", "createdAt")
            ],
            GlobalSecondaryIndexes=[
                {
                    "IndexName": "user-jobs-index",
                    "KeySchema": [
                        {"AttributeName": "userId", "KeyType": "HASH"},
                        {"AttributeName": "createdAt", "KeyType": "RANGE"},
                    ],
                    "Projection": {"ProjectionType": "ALL"},
                },
                {
                    "IndexName": "status-created-index",
                    "KeySchema": [
                        {"AttributeName": "status", "KeyType": "HASH"},
                        {"AttributeName": "createdAt", "KeyType": "RANGE"},
                    ],
                    "Projection": {"ProjectionType": "KEYS_ONLY"},
                },
            ],
        )
    client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    ttl = client.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    if ttl["TimeToLiveStatus"] == "DISABLED":
        client.update_time_to_live(
            TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": "ttl"}
        )


def create_queue(client: SQSClient, name: str, plan: Plan) -> Queue:
    """A queue with its dead-letter queue; both keep messages for 14 days."""
    kept: dict[QueueAttributeNameType, str] = {
        "MessageRetentionPeriod": str(_FOURTEEN_DAYS_SECONDS),
        "MaximumMessageSize": str(_MESSAGE_BYTES),
    }
    dead_letter_url = _queue_with(client, f"{name}-dead-letters", kept)
    redrive = {
        "deadLetterTargetArn": _arn_of(client, dead_letter_url),
        "maxReceiveCount": plan.max_receive_count,
    }
    url = _queue_with(
        client,
        name,
        {
            **kept,
            "VisibilityTimeout": str(plan.visibility_seconds),
            "ReceiveMessageWaitTimeSeconds": "20",
            "RedrivePolicy": json.dumps(redrive),
        },
    )
    return Queue(url=url, dead_letter_url=dead_letter_url)


def create_bucket(client: S3Client, name: str, region: str) -> None:
    """A bucket in the region."""
    with suppress(client.exceptions.BucketAlreadyOwnedByYou):
        if region == _FIRST_REGION:
            client.create_bucket(Bucket=name)
        else:
            constraint = cast("BucketLocationConstraintType", region)
            client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": constraint})


def _forget(client: S3Client, bucket: str, rule: LifecycleRuleTypeDef) -> None:
    """Let storage drop what a rule names."""
    client.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [rule]})


def _announce_uploads(s3: S3Client, sqs: SQSClient, bucket: str, uploads: Queue) -> None:
    """Let each new object of the bucket be a message in the uploads queue."""
    queue_arn = _arn_of(sqs, uploads.url)
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue_arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": f"arn:aws:s3:::{bucket}"}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=uploads.url, Attributes={"Policy": policy})
    s3.put_bucket_notification_configuration(
        Bucket=bucket,
        NotificationConfiguration={
            "QueueConfigurations": [{"QueueArn": queue_arn, "Events": ["s3:ObjectCreated:*"]}]
        },
    )


def _queue_with(client: SQSClient, name: str, attributes: dict[QueueAttributeNameType, str]) -> str:
    """Made without attributes first: naming other ones than a queue has is refused."""
    url = client.create_queue(QueueName=name)["QueueUrl"]
    client.set_queue_attributes(QueueUrl=url, Attributes=attributes)
    return url


def _arn_of(client: SQSClient, url: str) -> str:
    answer = client.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return answer["Attributes"]["QueueArn"]
