import json

import pytest

from local.router_poller import RouterPoller, failed_ids, lambda_event

QUEUE_ARN = "arn:aws:sqs:eu-west-1:123456789012:uploads"


def message(message_id: str) -> dict:
    return {
        "MessageId": message_id,
        "ReceiptHandle": f"receipt of {message_id}",
        "Body": json.dumps({"Records": []}),
        "MD5OfBody": "1af2a5c1d1ea7c7a7a8cb3a9d6d3b8a1",
        "Attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1763640000000"},
        "MessageAttributes": {"reason": {"StringValue": "why", "DataType": "String"}},
    }


class OneBatch:
    """Stands for the SQS client: gives one batch, remembers what was deleted."""

    def __init__(self, messages: list[dict]) -> None:
        self.messages = messages
        self.deleted: list[str] = []

    def get_queue_attributes(self, **_call):
        return {"Attributes": {"QueueArn": QUEUE_ARN}}

    def receive_message(self, *, MaxNumberOfMessages, **_call):
        assert MaxNumberOfMessages == 10
        return {"Messages": self.messages} if self.messages else {}

    def delete_message_batch(self, *, Entries, **_call):
        self.deleted += [entry["ReceiptHandle"] for entry in Entries]


def poll(client: OneBatch, handler) -> None:
    RouterPoller(client, queue_url="http://queue", handler=handler, wait_seconds=0).poll_once()


def test_the_event_has_the_shape_that_lambda_gives_it():
    event = lambda_event([message("m1")], queue_arn=QUEUE_ARN)

    assert event == {
        "Records": [
            {
                "messageId": "m1",
                "receiptHandle": "receipt of m1",
                "body": '{"Records": []}',
                "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1763640000000"},
                "messageAttributes": {
                    "reason": {
                        "stringValue": "why",
                        "stringListValues": [],
                        "binaryListValues": [],
                        "dataType": "String",
                    }
                },
                "md5OfBody": "1af2a5c1d1ea7c7a7a8cb3a9d6d3b8a1",
                "eventSource": "aws:sqs",
                "eventSourceARN": QUEUE_ARN,
                "awsRegion": "eu-west-1",
            }
        ]
    }


def test_what_the_router_handled_is_deleted_and_what_failed_comes_back():
    client = OneBatch([message("m1"), message("m2")])

    poll(client, lambda _event, _context: {"batchItemFailures": [{"itemIdentifier": "m1"}]})

    assert client.deleted == ["receipt of m2"]


def test_nothing_is_deleted_when_the_router_raises():
    client = OneBatch([message("m1")])

    def broken(_event, _context):
        raise RuntimeError("the table is away")

    poll(client, broken)

    assert client.deleted == []


def test_an_empty_receive_wakes_nobody():
    def unwanted(_event, _context):
        pytest.fail("there was nothing to handle")

    poll(OneBatch([]), unwanted)


@pytest.mark.parametrize(
    ("answer", "failed"),
    [
        (None, set()),
        ({}, set()),
        ({"batchItemFailures": []}, set()),
        ({"batchItemFailures": [{"itemIdentifier": "m1"}]}, {"m1"}),
        ({"batchItemFailures": [{"itemIdentifier": "stranger"}]}, {"m1", "m2"}),
    ],
)
def test_the_answer_is_read_as_lambda_reads_it(answer, failed):
    assert failed_ids(answer, [message("m1"), message("m2")]) == failed
