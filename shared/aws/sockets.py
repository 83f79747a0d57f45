"""WebSockets that API Gateway holds, reached through its management API.

Where the API runs under uvicorn, that process offers the same API for the sockets that it holds itself
(services/api_lambda/management.py).
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
"""

from __future__ import annotations

from typing import Any, Protocol

from shared.aws.faults import aws_faults
from shared.ports.sockets import SocketGone


class ManagementClient(Protocol):
    """What we ask of the management API, whose types are not among those installed."""

    def post_to_connection(self, *, ConnectionId: str, Data: bytes) -> dict[str, Any]:
        """One message."""
        ...

    def delete_connection(self, *, ConnectionId: str) -> dict[str, Any]:
        """The end of a connection."""
        ...


class ApiGatewaySockets:
    """``Sockets``. Its client tries once and waits for seconds: a later message may do better.

    IAM: execute-api:ManageConnections
    """

    def __init__(self, client: ManagementClient) -> None:
        self._client = client

    def send(self, connection_id: str, text: str) -> None:
        """Hand it over; API Gateway keeps it until the reader takes it."""
        with aws_faults():
            self._client.post_to_connection(ConnectionId=connection_id, Data=text.encode())

    def close(self, connection_id: str) -> None:
        """End it."""
        try:
            with aws_faults():
                self._client.delete_connection(ConnectionId=connection_id)
        except SocketGone:
            return
