"""Webhooks: where a user wants to be told how jobs ended, and what proves that it was us.

A signing secret is derived (HMAC-SHA256, RFC 2104) from the deployment's own secret and the webhook's id and
version, so none is stored. A request carries::

    Escriba-Signature: t=1795176000,v1=5257a8…

``v1`` is the HMAC-SHA256, in hex, of ``t``, a dot and the body as received, keyed with the webhook's whole
secret (``whsec_…``). A receiver computes it, compares in constant time, and refuses a ``t`` more than five
minutes from its own clock: a request that was overheard can't be sent again later. For a while after a secret
was replaced, its own or the deployment's, there are several, with the new secret's first: whichever a
receiver knows, one of them is its own.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from shared.domain.ids import derived_id
from shared.domain.jobs import Job
from shared.domain.messages import NoticeKind
from shared.domain.record import Record, Timestamp

SIGNATURE_HEADER = "Escriba-Signature"
DELIVERY_HEADER = "Escriba-Delivery"
SECRET_PREFIX = "whsec_"  # noqa: S105 - not a secret, but what begins one
MOST_ATTEMPTS_KEPT = 20


class WebhookEvent(StrEnum):
    """What a webhook can tell of."""

    COMPLETED = "job.completed"
    FAILED = "job.failed"
    BATCH_COMPLETED = "batch.completed"

    @classmethod
    def of(cls, kind: NoticeKind) -> WebhookEvent:
        """The event of a job's notice."""
        return cls(f"job.{kind.value.lower()}")


class Webhook(Record):
    """One ``USER#{user_id}`` / ``WEBHOOK#{webhook_id}`` record. A job's own webhook has the job's id.

    Until ``previous_secret_until`` requests are signed with the secret of the version before as well.
    """

    webhook_id: str
    user_id: str
    url: str
    events: tuple[WebhookEvent, ...] = tuple(WebhookEvent)
    enabled: bool = True
    description: str = ""
    secret_version: int = 1
    previous_secret_until: Timestamp | None = None
    created_at: Timestamp


class DeliveryState(StrEnum):
    """``pending`` until an answer of 2xx (``delivered``), or until nobody tries again (``failed``)."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


class DeliveryAttempt(Record):
    """One request. ``status_code`` is None where no answer came; ``replay`` is the replay that asked."""

    at: Timestamp
    status_code: int | None = None
    error: str | None = None
    duration_ms: int
    replay: str | None = None


class WebhookDelivery(Record):
    """One event, of a job or of a batch, for one webhook; with its latest attempts, oldest first."""

    delivery_id: str
    webhook_id: str
    job_id: str | None = None
    batch_id: str | None = None
    event: WebhookEvent
    state: DeliveryState = DeliveryState.PENDING
    attempts: tuple[DeliveryAttempt, ...] = ()
    next_attempt_at: Timestamp | None = None
    created_at: Timestamp

    def tries_of(self, replay: str | None) -> int:
        """How many attempts one asking (the first, or a replay) has made."""
        return sum(attempt.replay == replay for attempt in self.attempts)


def webhook_of_job(job: Job) -> Webhook | None:
    """The webhook that was given with the job itself, if any."""
    if job.webhook_url is None:
        return None
    return Webhook(webhook_id=job.job_id, user_id=job.user_id, url=job.webhook_url, created_at=job.created_at)


def delivery_id_of(subject_id: str, notice: str, webhook_id: str) -> str:
    """The same for every attempt at an event, so that its receiver can tell a repetition.

    ``subject_id`` is the job's or batch's, ``notice`` the id of its notice.
    """
    seed = int.from_bytes(hashlib.sha256(f"{notice}/{webhook_id}".encode()).digest()[:8])
    return derived_id(subject_id, seed)


def signing_secret(master_key: str, webhook_id: str, version: int = 1) -> str:
    """The secret of a webhook: ``whsec_`` and 43 characters."""
    digest = hmac.digest(master_key.encode(), f"webhook/{webhook_id}/{version}".encode(), "sha256")
    return SECRET_PREFIX + base64.urlsafe_b64encode(digest).decode().rstrip("=")


def secrets_of(master_keys: Iterable[str], webhook: Webhook, *, at: datetime) -> tuple[str, ...]:
    """What a webhook's requests are signed with: its secret, and for a while the one before.

    ``master_keys``: the deployment's own secret, and after it was replaced also the one before.
    """
    is_replaced = webhook.previous_secret_until is not None and at < webhook.previous_secret_until
    versions = (webhook.secret_version, *([webhook.secret_version - 1] if is_replaced else []))
    return tuple(
        signing_secret(key, webhook.webhook_id, version) for key in master_keys for version in versions
    )


def signature(secrets: Iterable[str], body: bytes, *, at: datetime) -> str:
    """The value of :data:`SIGNATURE_HEADER`: one ``v1`` for each secret."""
    second = int(at.timestamp())
    text = f"{second}.".encode() + body
    digests = [hmac.new(secret.encode(), text, hashlib.sha256).hexdigest() for secret in secrets]
    return ",".join([f"t={second}", *(f"v1={digest}" for digest in digests)])
