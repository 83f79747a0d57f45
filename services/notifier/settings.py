"""What the notifier reads from its environment."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, HttpUrl, field_validator
from pydantic_settings import NoDecode

from services.notifier.mail_channel import SENDING_LEASE_SECONDS
from shared.link_keys import LinkKeySettings
from shared.settings import WorkerSettings


class NotifierSettings(LinkKeySettings, WorkerSettings):
    """The settings of the notifier."""

    notification_queue_url: str = Field(description="The queue of notices to send.")
    notification_dead_letter_queue_url: str = Field(description="Where notices go that nobody can send.")
    conversion_queue_url: str = Field(description="The queue of jobs that wait for others, to wake them by.")
    conversion_priority_queue_url: str = Field(description="The queue of such jobs that go first.")
    public_api_url: HttpUrl = Field(description="Where users reach the API; links in e-mails start with it.")
    mail_from: str = Field(
        pattern=r"^[^@\s<>]+@[^@\s<>]+$",
        description="The address that e-mails come from; SES must have verified it or its domain.",
    )
    notices_at_once: int = Field(
        default=4, ge=1, le=64, description="How many notices one process sends at once."
    )
    sending_lease_seconds: int = Field(
        default=SENDING_LEASE_SECONDS,
        ge=5,
        description="How long nobody else sends a notice that is being sent. Below what a claim and a send "
        "can take, their time-outs included, a mail that is stuck goes out twice.",
    )
    webhook_retry_delays_seconds: Annotated[tuple[float, ...], NoDecode] = Field(
        default=(10, 60, 300, 1800, 7200),
        max_length=8,
        description="Waits before each repeated try at a webhook, separated by commas. Each try is a "
        "receipt of its message: together they stay below the queue's maxReceiveCount.",
    )
    webhook_allow_loopback: bool = Field(
        default=False,
        description="Whether webhooks may call this machine, and by plain HTTP: for local runs alone.",
    )
    live_management_url: str = Field(
        default="",
        pattern=r"^(https?://.+)?$",
        description="Where messages to WebSockets are handed over (API Gateway's @connections, or the API's "
        "LIVE_MANAGEMENT_PORT); empty: nobody is told live.",
    )
    transcript_bucket_name: str = Field(description="The bucket that outputs lie in.")
    download_expires_seconds: int = Field(
        default=900, ge=30, le=43_200, description="How long a download URL gives a file."
    )
    event_bus_name: str = Field(
        default="",
        max_length=256,
        description="The EventBridge bus that gets job.completed, job.failed, batch.completed; empty: none.",
    )

    @field_validator("webhook_retry_delays_seconds", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return value.split(",") if isinstance(value, str) else value
