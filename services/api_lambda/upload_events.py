"""Reads S3's notifications as they come out of a queue.

The shape: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html.
Only what is used is looked at; keys arrive URL-encoded, with ``+`` for a space.
"""

from __future__ import annotations

from urllib.parse import unquote_plus

from pydantic import BaseModel, Field, ValidationError

TEST_EVENT = "s3:TestEvent"
"""Sent once, when notifications are configured."""

_CREATED = "ObjectCreated:"


class UnreadableEvent(Exception):
    """A body that is no notification of S3."""


class _Object(BaseModel):
    key: str


class _Storage(BaseModel):
    object: _Object


class _Event(BaseModel):
    event_name: str = Field(alias="eventName")
    s3: _Storage


class _Notification(BaseModel):
    records: tuple[_Event, ...] | None = Field(default=None, alias="Records")
    event: str | None = Field(default=None, alias="Event")


def uploaded_keys(body: str) -> list[str]:
    """The decoded keys of the objects that a notification says were created, each once, in order.

    Empty for test events and events of other kinds. Raises :class:`UnreadableEvent`.
    """
    try:
        notification = _Notification.model_validate_json(body)
    except ValidationError as error:
        raise UnreadableEvent(f"{error.error_count()} faults") from error
    if notification.records is None:
        if notification.event == TEST_EVENT:
            return []
        raise UnreadableEvent("neither records nor a test event")
    keys = (
        unquote_plus(event.s3.object.key)
        for event in notification.records
        # Notifications say "ObjectCreated:Put", EventBridge and some emulators "s3:ObjectCreated:Put".
        if event.event_name.removeprefix("s3:").startswith(_CREATED)
    )
    return list(dict.fromkeys(keys))
