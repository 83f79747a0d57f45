"""What AWS answers when it can't or won't, in the words of the trade."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from botocore.stub import Stubber

from shared.aws.clients import Connection, make_client
from shared.aws.job_store import DynamoJobStore
from shared.aws.mailer import SesMailer
from shared.aws.object_store import S3ObjectStore
from shared.aws.queue import SqsQueue
from shared.domain.email import Email
from shared.domain.errors import TransientError
from shared.domain.ids import new_id
from shared.ports.mailer import MailNotTaken, RecipientRefused
from shared.ports.object_store import ObjectMissing
from shared.ports.queue import Delivery

NOWHERE = Connection("http://127.0.0.1:9", "us-east-1", "testing", "testing")
DELIVERY = Delivery(
    message_id="m", receipt="r", body="b", receive_count=1, sent_at=datetime(2026, 11, 20, tzinfo=UTC)
)
EMAIL = Email(to="owner@example.com", subject="s", text="t", html="h")


@pytest.fixture
def answer():
    """``answer("sqs", "delete_message", "Code", "text")`` is a client that answers so once."""
    stubbers = []

    def stubbed(service, method, code, message="", status=400):
        client = make_client(service, NOWHERE)
        stubber = Stubber(client)
        stubber.add_client_error(method, code, message, http_status_code=status)
        stubber.activate()
        stubbers.append(stubber)
        return client

    yield stubbed
    for stubber in stubbers:
        stubber.assert_no_pending_responses()


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("ProvisionedThroughputExceededException", 400),
        ("ThrottlingException", 400),
        ("InternalServerError", 500),
        ("AccessDeniedException", 400),
        ("ResourceNotFoundException", 400),
        ("SomethingNew", 418),
    ],
)
def test_whatever_the_table_suffers_from_is_transient_and_named(answer, code, status):
    jobs = DynamoJobStore(answer("dynamodb", "get_item", code, "why", status), "jobs")
    with pytest.raises(TransientError, match=f"GetItem: {code}: why"):
        jobs.get(new_id())


def test_a_cloud_that_does_not_answer_is_transient():
    client = make_client("ses", NOWHERE)  # the one client without retries
    with pytest.raises(TransientError, match="EndpointConnectionError"):
        SesMailer(client, "escriba@example.com").send(EMAIL)


def test_a_missing_object_is_missing_but_a_missing_right_or_bucket_is_transient(answer):
    with pytest.raises(ObjectMissing):
        S3ObjectStore(answer("s3", "head_object", "404", "Not Found", 404), "b").stat("k")
    with pytest.raises(ObjectMissing):
        S3ObjectStore(answer("s3", "get_object", "NoSuchKey", "", 404), "b").read_range("k", 0, 1)
    with pytest.raises(TransientError):
        S3ObjectStore(answer("s3", "head_object", "403", "Forbidden", 403), "b").stat("k")
    with pytest.raises(TransientError):
        S3ObjectStore(answer("s3", "get_object", "NoSuchBucket", "", 404), "b").read_range("k", 0, 1)


@pytest.mark.parametrize("code", ["ReceiptHandleIsInvalid", "InvalidParameterValue"])
def test_deleting_with_a_receipt_that_is_over_is_success(answer, code):
    SqsQueue(answer("sqs", "delete_message", code), "https://queue", "https://dead").delete(DELIVERY)


@pytest.mark.parametrize("code", ["ReceiptHandleIsInvalid", "MessageNotInflight", "InvalidParameterValue"])
def test_hiding_with_a_receipt_that_is_over_is_success(answer, code):
    client = answer("sqs", "change_message_visibility", code)
    SqsQueue(client, "https://queue", "https://dead").set_visibility(DELIVERY, 30)


def test_a_message_is_not_deleted_when_its_dead_letter_could_not_be_sent(answer):
    client = answer("sqs", "send_message", "OverLimit")
    with pytest.raises(TransientError):
        SqsQueue(client, "https://queue", "https://dead").dead_letter(DELIVERY, reason="why")


@pytest.mark.parametrize(
    ("code", "message", "expected"),
    [
        ("MessageRejected", "Address blacklisted.", RecipientRefused),
        ("InvalidParameterValue", "Missing final '@domain'", RecipientRefused),
        ("MessageRejected", "Email address is not verified. …", MailNotTaken),
        ("Throttling", "Maximum sending rate exceeded.", MailNotTaken),
        ("AccountSendingPausedException", "Sending is paused.", MailNotTaken),
    ],
)
def test_only_an_address_that_will_never_work_is_refused(answer, code, message, expected):
    with pytest.raises(expected):
        SesMailer(answer("ses", "send_email", code, message), "escriba@example.com").send(EMAIL)
