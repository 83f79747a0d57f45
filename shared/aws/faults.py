"""What botocore's errors mean to the trade. The only module that reads their codes.

::

    a conditional write was refused                     → ConditionFailed (jobs: TransitionRefused)
    no such object                                      → ObjectMissing
    a range past an object's end                        → RangePastEnd
    no such upload in parts                             → UploadMissing
    a receipt of an earlier delivery                    → StaleReceipt (queues: success)
    the carrier won't deliver to an address             → RecipientRefused
    the carrier takes no mail now                       → MailNotTaken
    nobody holds this WebSocket any more                → SocketGone
    all else: throttling, 5xx, timeouts, no connection,
    missing rights, a queue or table that isn't there   → TransientError with the operation and code

Missing rights and resources are transient on purpose: an operator mends them, and no message may be
lost or job failed until then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from shared.domain.errors import TransientError
from shared.ports.mailer import MailNotTaken, RecipientRefused
from shared.ports.object_store import ObjectMissing
from shared.ports.part_uploads import UploadMissing
from shared.ports.sockets import SocketGone

AttributeItem = Mapping[str, Any]
"""An item as the low-level client gives it: ``{"name": {"S": "text"}}``."""


class ConditionFailed(Exception):
    """A conditional write was refused; ``item`` is the item as it stands (None: there is none)."""

    def __init__(self, item: AttributeItem | None) -> None:
        self.item = item
        super().__init__("the condition of a write did not hold")


class RangePastEnd(Exception):
    """The asked range begins at or after the object's end."""


class StaleReceipt(Exception):
    """The receipt's delivery is over: it was deleted, or delivered again."""


@contextmanager
def aws_faults() -> Iterator[None]:
    """Turn botocore's errors, those of reading a body included, into ours."""
    try:
        yield
    except ClientError as error:
        raise _meaning_of(error) from error
    except (BotoCoreError, ResponseParserError) as error:  # the latter: an answer that is not AWS's
        raise TransientError(f"{type(error).__name__}: {error}") from error


def _meaning_of(error: ClientError) -> Exception:
    code = error.response["Error"]["Code"]
    meaning = _MEANINGS.get((error.operation_name, code))
    return meaning(error) if meaning else _transient(error)


def _transient(error: ClientError) -> Exception:
    return TransientError(_words_of(error))


def _words_of(error: ClientError) -> str:
    detail = error.response["Error"]
    return f"{error.operation_name}: {detail['Code']}: {detail.get('Message', '')}"


def _condition_failed(error: ClientError) -> Exception:
    response: Mapping[str, Any] = error.response
    return ConditionFailed(response.get("Item"))


def _object_missing(error: ClientError) -> Exception:
    return ObjectMissing(str(error))


def _range_past_end(error: ClientError) -> Exception:
    return RangePastEnd(str(error))


def _upload_missing(error: ClientError) -> Exception:
    return UploadMissing(str(error))


def _stale_receipt(error: ClientError) -> Exception:
    return StaleReceipt(str(error))


def _socket_gone(error: ClientError) -> Exception:
    return SocketGone(_words_of(error))


def _mail_refused(error: ClientError) -> Exception:
    """An identity that isn't verified (ours, or anybody in the sandbox) is the operator's to mend."""
    message = error.response["Error"].get("Message", "")
    return _mail_not_taken(error) if "not verified" in message else RecipientRefused(message)


def _mail_not_taken(error: ClientError) -> Exception:
    return MailNotTaken(_words_of(error))


_MEANINGS: dict[tuple[str, str], Callable[[ClientError], Exception]] = {
    ("PutItem", "ConditionalCheckFailedException"): _condition_failed,
    ("UpdateItem", "ConditionalCheckFailedException"): _condition_failed,
    ("DeleteItem", "ConditionalCheckFailedException"): _condition_failed,
    ("HeadObject", "404"): _object_missing,
    ("GetObject", "NoSuchKey"): _object_missing,
    ("GetObject", "InvalidRange"): _range_past_end,
    ("ListParts", "NoSuchUpload"): _upload_missing,
    ("CompleteMultipartUpload", "NoSuchUpload"): _upload_missing,
    ("AbortMultipartUpload", "NoSuchUpload"): _upload_missing,
    ("DeleteMessage", "ReceiptHandleIsInvalid"): _stale_receipt,
    ("DeleteMessage", "InvalidParameterValue"): _stale_receipt,
    ("ChangeMessageVisibility", "ReceiptHandleIsInvalid"): _stale_receipt,
    ("ChangeMessageVisibility", "InvalidParameterValue"): _stale_receipt,
    ("ChangeMessageVisibility", "MessageNotInflight"): _stale_receipt,
    ("ChangeMessageVisibility", "AWS.SimpleQueueService.MessageNotInflight"): _stale_receipt,
    ("SendEmail", "Throttling"): _mail_not_taken,
    ("SendEmail", "AccountSendingPausedException"): _mail_not_taken,
    ("SendEmail", "MessageRejected"): _mail_refused,
    ("SendEmail", "InvalidParameterValue"): _mail_refused,
    ("PostToConnection", "GoneException"): _socket_gone,
    ("DeleteConnection", "GoneException"): _socket_gone,
}
"""By operation and code. SQS answers an expired receipt with ``InvalidParameterValue``."""
