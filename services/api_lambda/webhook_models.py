"""Webhooks as callers send and see them."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from services.api_lambda.request_models import RequestModel, one_printable_line
from shared.domain.public_addresses import MAX_URL_CHARACTERS
from shared.domain.record import Record, Timestamp
from shared.domain.webhooks import DeliveryAttempt, DeliveryState, Webhook, WebhookDelivery, WebhookEvent

WebhookUrl = Annotated[
    str,
    Field(
        min_length=1,
        max_length=MAX_URL_CHARACTERS,
        description="Begins with https:// and leads to the public internet.",
        examples=["https://example.com/hooks/escriba"],
    ),
    AfterValidator(one_printable_line),
]
Events = Annotated[
    list[Annotated[WebhookEvent, Field(strict=False)]],
    Field(min_length=1, max_length=len(WebhookEvent), description="What to tell it of."),
]
_Description = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(one_printable_line)]


class WebhookRequest(RequestModel):
    """A webhook to be made."""

    url: WebhookUrl
    events: Events = Field(default_factory=lambda: list(WebhookEvent))
    description: _Description | None = Field(default=None, description="What it is for.")


class WebhookChange(RequestModel):
    """What to change of a webhook; what is left out stays."""

    url: WebhookUrl | None = None
    events: Events | None = None
    enabled: bool | None = Field(default=None, description="false: nothing is sent to it.")
    description: _Description | None = None


class WebhookView(Record):
    """A webhook as its owner sees it."""

    id: str
    url: str
    events: tuple[WebhookEvent, ...]
    enabled: bool
    description: str
    previous_secret_until: Timestamp | None = Field(
        description="Until when requests are signed with the secret before as well; null: never replaced."
    )
    created_at: Timestamp

    @classmethod
    def of(cls, webhook: Webhook) -> Self:
        """The owner's view."""
        return cls(
            id=webhook.webhook_id,
            url=webhook.url,
            events=webhook.events,
            enabled=webhook.enabled,
            description=webhook.description,
            previous_secret_until=webhook.previous_secret_until,
            created_at=webhook.created_at,
        )


class NewWebhookAnswer(WebhookView):
    """A webhook with a new secret, shown here and never again: a repeated answer has null in its place."""

    secret: str | None = Field(examples=["whsec_Zb3…"])


class WebhooksAnswer(Record):
    """All webhooks of the caller."""

    webhooks: tuple[WebhookView, ...]


class DeliveriesQuery(BaseModel):
    """How many deliveries to show."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(default=20, ge=1, le=100, description="At most this many.")


class SecretQuery(BaseModel):
    """What becomes of the secret that is replaced."""

    model_config = ConfigDict(extra="forbid")

    overlap_hours: int = Field(
        default=24,
        ge=0,
        le=168,
        alias="overlapHours",
        description="How long requests are signed with it too.",
    )


class AttemptView(Record):
    """One request to the webhook. Without a ``statusCode`` no answer came, and ``error`` says why."""

    at: Timestamp
    status_code: int | None
    error: str | None
    duration_ms: int

    @classmethod
    def of(cls, attempt: DeliveryAttempt) -> Self:
        """The owner's view."""
        return cls(
            at=attempt.at,
            status_code=attempt.status_code,
            error=attempt.error,
            duration_ms=attempt.duration_ms,
        )


class DeliveryView(Record):
    """One event for the webhook, with its latest attempts, oldest first."""

    id: str = Field(description="The same in the header Escriba-Delivery of every attempt.")
    job_id: str | None = Field(description="The job that it tells of; null for batch.completed.")
    batch_id: str | None
    event: WebhookEvent
    state: DeliveryState
    attempts: tuple[AttemptView, ...]
    next_attempt_at: Timestamp | None
    created_at: Timestamp

    @classmethod
    def of(cls, delivery: WebhookDelivery) -> Self:
        """The owner's view."""
        return cls(
            id=delivery.delivery_id,
            job_id=delivery.job_id,
            batch_id=delivery.batch_id,
            event=delivery.event,
            state=delivery.state,
            attempts=tuple(AttemptView.of(attempt) for attempt in delivery.attempts),
            next_attempt_at=delivery.next_attempt_at,
            created_at=delivery.created_at,
        )


class DeliveriesAnswer(Record):
    """The latest deliveries, those of the newest jobs first; they are kept for 30 days."""

    deliveries: tuple[DeliveryView, ...]
