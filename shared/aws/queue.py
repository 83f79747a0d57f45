"""Queues in SQS."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from shared.aws.faults import StaleReceipt, aws_faults
from shared.ports.queue import TRACE_HEADER, Delivery
from shared.tracing import current_span

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import (
        MessageAttributeValueTypeDef,
        MessageSystemAttributeValueTypeDef,
        MessageTypeDef,
    )

LONGEST_VISIBILITY_SECONDS = 43_000
"""SQS hides a message for 12 hours (43,200 s) from its receipt at most, and refuses to extend beyond."""

_LONGEST_REASON_CHARACTERS = 1000


class SqsSender:
    """A ``MessageSender``.

    IAM: sqs:SendMessage
    """

    def __init__(self, client: SQSClient, queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def send(self, body: str, *, attributes: dict[str, str] | None = None) -> None:
        """Durably accepted when this returns; a retried send may leave two."""
        own = dict(attributes or {})
        header = own.pop(TRACE_HEADER, None) or current_span().header
        system: dict[Literal["AWSTraceHeader"], MessageSystemAttributeValueTypeDef] = {}
        if header is not None:
            system[TRACE_HEADER] = {"DataType": "String", "StringValue": header}
        with aws_faults():
            self._client.send_message(
                QueueUrl=self._queue_url,
                MessageBody=body,
                MessageAttributes=_typed(own),
                MessageSystemAttributes=system,
            )


class SqsQueue(SqsSender):
    """A ``MessageQueue``.

    IAM: sqs:SendMessage, sqs:ReceiveMessage, sqs:DeleteMessage, sqs:ChangeMessageVisibility
    Queue: standard, with a redrive policy to the dead-letter queue that is given here too.
    """

    def __init__(self, client: SQSClient, queue_url: str, dead_letter_queue_url: str) -> None:
        super().__init__(client, queue_url)
        self._dead_letters = SqsSender(client, dead_letter_queue_url)

    def receive(self, *, max_messages: int, wait_seconds: int, visibility_seconds: int) -> list[Delivery]:
        """Up to ``max_messages``; waits for the first of them."""
        with aws_faults():
            answer = self._client.receive_message(
                QueueUrl=self._queue_url,
                MaxNumberOfMessages=max_messages,
                WaitTimeSeconds=wait_seconds,
                VisibilityTimeout=min(visibility_seconds, LONGEST_VISIBILITY_SECONDS),
                MessageSystemAttributeNames=["SentTimestamp", "ApproximateReceiveCount", TRACE_HEADER],
                MessageAttributeNames=["All"],
            )
        return [_delivery(message) for message in answer.get("Messages", [])]

    def delete(self, delivery: Delivery) -> None:
        """Done with it, or no longer ours to delete."""
        try:
            with aws_faults():
                self._client.delete_message(QueueUrl=self._queue_url, ReceiptHandle=delivery.receipt)
        except StaleReceipt:
            return

    def set_visibility(self, delivery: Delivery, seconds: int) -> None:
        """Hide it from now on, or it is no longer ours to hide."""
        try:
            with aws_faults():
                self._client.change_message_visibility(
                    QueueUrl=self._queue_url,
                    ReceiptHandle=delivery.receipt,
                    VisibilityTimeout=min(seconds, LONGEST_VISIBILITY_SECONDS),
                )
        except StaleReceipt:
            return

    def dead_letter(self, delivery: Delivery, *, reason: str) -> None:
        """Send, then delete: dying in between leaves two copies rather than none."""
        self._dead_letters.send(
            delivery.body, attributes={**delivery.attributes, "reason": _attribute_text(reason)}
        )
        self.delete(delivery)


def _typed(attributes: dict[str, str]) -> dict[str, MessageAttributeValueTypeDef]:
    return {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}


def _attribute_text(text: str) -> str:
    """What SQS takes as an attribute: not empty, no control characters, short."""
    printable = "".join(character if character.isprintable() else " " for character in text)
    return printable[:_LONGEST_REASON_CHARACTERS] or "unknown"


def _delivery(message: MessageTypeDef) -> Delivery:
    system = message["Attributes"]
    typed = message.get("MessageAttributes", {})
    own = {name: value["StringValue"] for name, value in typed.items() if "StringValue" in value}
    if TRACE_HEADER in system:
        own[TRACE_HEADER] = system[TRACE_HEADER]
    return Delivery(
        message_id=message["MessageId"],
        receipt=message["ReceiptHandle"],
        body=message["Body"],
        receive_count=int(system["ApproximateReceiveCount"]),
        sent_at=datetime.fromtimestamp(int(system["SentTimestamp"]) / 1000, UTC),
        attributes=own,
    )
