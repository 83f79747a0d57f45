"""Events by EventBridge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Protocol

from shared.aws.faults import aws_faults
from shared.domain.errors import TransientError

SOURCE: Final = "escriba"


class EventsClient(Protocol):
    """What we ask of EventBridge, whose types are not among those installed."""

    def put_events(self, *, Entries: Sequence[dict[str, str]]) -> dict[str, Any]:
        """Up to ten events."""
        ...


class EventBridgeBus:
    """An ``EventBus``. Rules match ``source`` (escriba) and ``detail-type``: see ``WebhookEvent``.

    IAM: events:PutEvents
    """

    def __init__(self, client: EventsClient, bus_name: str) -> None:
        self._client = client
        self._bus_name = bus_name

    def publish(self, event: str, detail: str) -> None:
        """Hand it over. An entry is refused inside an answer of 200: that is looked for."""
        entry = {"EventBusName": self._bus_name, "Source": SOURCE, "DetailType": event, "Detail": detail}
        with aws_faults():
            answer = self._client.put_events(Entries=[entry])
        if answer["FailedEntryCount"]:
            refused = answer["Entries"][0]
            raise TransientError(f"PutEvents: {refused.get('ErrorCode')}: {refused.get('ErrorMessage')}")
