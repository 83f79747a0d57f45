"""Events of API Gateway's WebSocket API: ``$connect``, ``$disconnect`` and every message (``$default``).

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html
"""

from __future__ import annotations

from typing import Any

from services.api_lambda.live_opening import accepted_of, open_connection
from services.api_lambda.live_protocol import LiveProtocol

PROTOCOL_HEADER = "Sec-WebSocket-Protocol"

Event = dict[str, Any]


class LiveEvents:
    """Hands each event to the protocol; what it answers is heard with ``$connect`` alone."""

    def __init__(self, protocol: LiveProtocol) -> None:
        self._protocol = protocol

    def __call__(self, event: Event) -> Event:
        """One event. A connection is refused by any answer but 200."""
        context = event["requestContext"]
        connection_id = context["connectionId"]
        match context["eventType"]:
            case "CONNECT":
                return self._connect(connection_id, event)
            case "DISCONNECT":
                self._protocol.disconnect(connection_id)
            case _:
                text = None if event.get("isBase64Encoded") else event.get("body")
                self._protocol.receive(connection_id, text)
        return {"statusCode": 200}

    def _connect(self, connection_id: str, event: Event) -> Event:
        headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
        names = headers.get(PROTOCOL_HEADER.lower(), "").split(",")
        offered = [name.strip() for name in names]
        refusal = open_connection(self._protocol, connection_id, headers, offered)
        if refusal is not None:
            return {"statusCode": refusal.status, "headers": refusal.headers, "body": refusal.body.decode()}
        accepted = accepted_of(offered)
        return {"statusCode": 200, "headers": {PROTOCOL_HEADER: accepted} if accepted else {}}
