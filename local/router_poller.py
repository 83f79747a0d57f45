"""Feeds the router as Lambda's event-source mapping does: polls the uploads queue, hands over batches.

The event and the reading of the answer follow
https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html and
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html: messages that the answer
does not name as failed are deleted, the others come back when their visibility runs out, and all of
them do if the handler raises. SIGTERM ends the process at once, which is no more than a lost Lambda:
what was not deleted comes back.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pydantic import Field

from shared.aws.clients import make_client
from shared.log import configure_logging, get_logger
from shared.process import run_process
from shared.settings import ServiceSettings, load_settings

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

SERVICE = "router"
BATCH = 10

POLLERS = 5
"""Lambda begins with five."""

STAGGER_SECONDS = 0.02
"""The emulator looks for messages every 100 ms a receive: evenly spread receives find one sooner."""

Event = dict[str, Any]
LambdaHandler = Callable[[Event, object], Mapping[str, Any] | None]

_log = get_logger(__name__)


class RouterPollerSettings(ServiceSettings):
    """What the poller reads besides what the router itself does."""

    uploads_queue_url: str = Field(description="The queue that storage tells of uploads.")
    receive_wait_seconds: int = Field(default=20, ge=0, le=20, description="How long one receive waits.")
    visibility_seconds: int = Field(
        default=60,
        ge=1,
        le=43_000,
        description="How long a batch is ours. The queue's own time is what Lambda asks for, and longer.",
    )


def lambda_event(messages: Sequence[MessageTypeDef], *, queue_arn: str) -> Event:
    """The event that Lambda makes of a batch of received messages."""
    return {"Records": [_record_of(message, queue_arn) for message in messages]}


def _record_of(message: MessageTypeDef, queue_arn: str) -> dict[str, Any]:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": dict(message.get("Attributes", {})),
        "messageAttributes": {
            name: {
                "stringValue": value.get("StringValue"),
                "stringListValues": [],
                "binaryListValues": [],
                "dataType": value["DataType"],
            }
            for name, value in message.get("MessageAttributes", {}).items()
        },
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": queue_arn.split(":")[3],
    }


def failed_ids(answer: Mapping[str, Any] | None, messages: Sequence[MessageTypeDef]) -> frozenset[str]:
    """Ids of the messages that the handler's answer leaves in the queue.

    An id that the batch does not hold fails the whole batch, as it does on Lambda.
    """
    known = frozenset(message["MessageId"] for message in messages)
    named = frozenset(item["itemIdentifier"] for item in (answer or {}).get("batchItemFailures", ()))
    return named if named <= known else known


class RouterPoller:
    """Hands one queue's messages to a Lambda handler, batch by batch."""

    def __init__(
        self,
        client: SQSClient,
        *,
        queue_url: str,
        handler: LambdaHandler,
        wait_seconds: int,
        visibility_seconds: int = 60,
    ) -> None:
        self._client = client
        self._queue_url = queue_url
        self._handler = handler
        self._wait_seconds = wait_seconds
        self._visibility_seconds = visibility_seconds
        attributes = client.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])
        self._queue_arn = attributes["Attributes"]["QueueArn"]

    def poll_once(self) -> None:
        """Receive at most one batch, hand it over, delete what succeeded."""
        messages = self._client.receive_message(
            QueueUrl=self._queue_url,
            MaxNumberOfMessages=BATCH,
            WaitTimeSeconds=self._wait_seconds,
            VisibilityTimeout=self._visibility_seconds,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        ).get("Messages", [])
        if not messages:
            return
        try:
            answer = self._handler(lambda_event(messages, queue_arn=self._queue_arn), None)
        except Exception:
            _log.exception("the router failed; its batch comes back", messages=len(messages))
            return
        self._delete([m for m in messages if m["MessageId"] not in failed_ids(answer, messages)])

    def _delete(self, messages: Sequence[MessageTypeDef]) -> None:
        if messages:
            self._client.delete_message_batch(
                QueueUrl=self._queue_url,
                Entries=[
                    {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
                    for number, message in enumerate(messages)
                ],
            )


def main() -> None:
    """Feed the router until the process is ended."""
    settings = load_settings(RouterPollerSettings)
    configure_logging(SERVICE, settings.log_level)
    from services.api_lambda.handlers import router_handler

    router_handler(lambda_event([], queue_arn=""), None)  # its first event builds it: better now than late
    poller = RouterPoller(
        make_client("sqs"),
        queue_url=settings.uploads_queue_url,
        handler=router_handler,
        wait_seconds=settings.receive_wait_seconds,
        visibility_seconds=settings.visibility_seconds,
    )
    _log.info("ready", pollers=POLLERS)
    raise _poll_at_once(poller)


def _poll_at_once(poller: RouterPoller) -> Exception:
    """Poll with several threads for ever; returns the first failure, which ends the process."""
    failures: queue.SimpleQueue[Exception] = queue.SimpleQueue()

    def poll() -> None:
        try:
            while True:
                poller.poll_once()
        except Exception as error:
            failures.put(error)

    for _ in range(POLLERS):
        threading.Thread(target=poll, daemon=True).start()
        time.sleep(STAGGER_SECONDS)
    return failures.get()


if __name__ == "__main__":
    run_process(main)
