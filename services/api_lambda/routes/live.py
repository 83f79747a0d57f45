"""Where a WebSocket for live progress is opened. OpenAPI has no words for it: docs/live-progress.md has."""

from __future__ import annotations

from contextlib import suppress

import anyio
from fastapi import APIRouter, Response, WebSocket
from fastapi.concurrency import run_in_threadpool
from starlette.websockets import WebSocketDisconnect

from services.api_lambda.dependencies import dependencies_of
from services.api_lambda.held_sockets import HeldSockets
from services.api_lambda.live_opening import Refusal, accepted_of, open_connection, refusal_of
from services.api_lambda.live_protocol import LiveProtocol
from shared.domain.connections import LONGEST
from shared.domain.errors import TransientError
from shared.domain.faults import Fault
from shared.domain.ids import new_id
from shared.log import get_logger

GOING_AWAY = 1001
"""The close code of a connection whose time is over (RFC 6455, section 7.4.1)."""
CLOSING_SECONDS = 1.0

_log = get_logger(__name__)

router = APIRouter()


@router.websocket("/v1/live")
async def open_live_socket(socket: WebSocket) -> None:
    """Take a caller with a key or a token; anybody else gets the problem that any other route answers."""
    api = dependencies_of(socket)
    if api.live is None:
        await _deny(socket, refusal_of(Fault.STREAM_UNAVAILABLE, Fault.STREAM_UNAVAILABLE.describe()))
        return
    offered = socket.scope.get("subprotocols", [])
    connection_id = new_id()
    refusal = await run_in_threadpool(open_connection, api.live, connection_id, socket.headers, offered)
    if refusal is not None:
        await _deny(socket, refusal)
        return
    try:
        await socket.accept(accepted_of(offered))
        await _serve(socket, connection_id, api.live, socket.app.state.held_sockets)
    finally:
        with anyio.CancelScope(shield=True):
            await run_in_threadpool(_disconnect, api.live, connection_id)


async def _serve(socket: WebSocket, connection_id: str, live: LiveProtocol, held: HeldSockets) -> None:
    """Pass on what comes in, until either side ends the connection or its time is over."""
    async with anyio.create_task_group() as tasks:
        tasks.cancel_scope.deadline = anyio.current_time() + LONGEST.total_seconds()
        held.hold(connection_id, socket, tasks)
        try:
            while (message := await socket.receive())["type"] == "websocket.receive":
                await run_in_threadpool(_receive, live, connection_id, message.get("text"))
        finally:
            held.release(connection_id)
            tasks.cancel_scope.cancel()
    with anyio.move_on_after(CLOSING_SECONDS), suppress(RuntimeError, WebSocketDisconnect):  # closed already
        await socket.close(GOING_AWAY)


def _receive(live: LiveProtocol, connection_id: str, text: str | None) -> None:
    try:
        live.receive(connection_id, text)
    except TransientError as error:  # there is nobody to answer through
        _log.warning("a message was not answered", error=str(error))


def _disconnect(live: LiveProtocol, connection_id: str) -> None:
    try:
        live.disconnect(connection_id)
    except TransientError as error:  # it is found gone when next something is to be told
        _log.warning("a connection that ended is still on record", error=str(error))


async def _deny(socket: WebSocket, refusal: Refusal) -> None:
    await socket.send_denial_response(Response(refusal.body, refusal.status, headers=refusal.headers))
