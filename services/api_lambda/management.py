"""The management API of the WebSockets that this process holds: what API Gateway offers for those of its own.

::

    POST   /@connections/{connectionId}    200 handed over · 410 nobody holds it · 413 more than 128 KB
    DELETE /@connections/{connectionId}    204 · 410

It has a port of its own on the loopback address, so that no way from outside leads to it, whatever stands
before the API's own. Signatures are not checked; that there is one keeps web pages out, whose browser would
have to ask first. Connection ids are not to be guessed.
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
"""

from __future__ import annotations

import json

from fastapi import Request, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from services.api_lambda.held_sockets import HeldSockets

MOST_BYTES = 128 * 1024
_PATH = "/@connections/"
_SIGNATURE = "AWS4-HMAC-SHA256 "


class ManagementDoor:
    """Stands before the API: what came in by the management port goes no further, and only that is served."""

    def __init__(self, api: ASGIApp, sockets: HeldSockets, port: int) -> None:
        self._api = api
        self._sockets = sockets
        self._port = port

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Tell by the port that the connection was accepted on, which no caller chooses."""
        if scope["type"] == "lifespan" or (scope.get("server") or (None, None))[1] != self._port:
            await self._api(scope, receive, send)
        elif scope["type"] == "http":
            response = await self._answer(Request(scope, receive))
            await response(scope, receive, send)
        else:
            await send({"type": "websocket.close"})

    async def _answer(self, request: Request) -> Response:
        path = request.url.path
        connection_id = path.removeprefix(_PATH)
        if not path.startswith(_PATH) or "/" in connection_id or request.method not in ("POST", "DELETE"):
            return _error(404, "NotFoundException")
        if not request.headers.get("authorization", "").startswith(_SIGNATURE):
            return _error(403, "ForbiddenException")
        if request.method == "DELETE":
            return Response(status_code=204) if self._sockets.close(connection_id) else _gone()
        body = await _body_of(request)
        if body is None:
            return _error(413, "PayloadTooLargeException")
        handed_over = self._sockets.send(connection_id, body.decode(errors="replace"))
        return Response(status_code=200) if handed_over else _gone()


async def _body_of(request: Request) -> bytes | None:
    """None: it is too large."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            return None
    return bytes(body)


def _gone() -> Response:
    return _error(410, "GoneException")


def _error(status: int, name: str) -> Response:
    """As API Gateway says it, for clients of AWS to read."""
    headers = {"x-amzn-ErrorType": name}
    return Response(json.dumps({"message": name}), status, headers, media_type="application/json")
