"""What the notifier reads from its environment."""

from __future__ import annotations

from pydantic import Field, HttpUrl

from services.notifier.handler import SENDING_LEASE_SECONDS
from shared.links import LinkSigningKey
from shared.settings import WorkerSettings


class NotifierSettings(WorkerSettings):
    """The settings of the notifier."""

    notification_queue_url: str = Field(description="The queue of notices to send.")
    notification_dead_letter_queue_url: str = Field(description="Where notices go that nobody can send.")
    link_signing_key: LinkSigningKey = Field(
        description="The secret that signs download links, at least 32 bytes; the same as the API's."
    )
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
