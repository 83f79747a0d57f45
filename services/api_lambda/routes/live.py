"""Where a WebSocket for live progress is opened. OpenAPI has no words for it: docs/live-progress.md has."""

from __future__ import annotations

from fastapi import APIRouter, Response, WebSocket
from fastapi.concurrency import run_in_threadpool

from services.api_lambda.authentication import Caller, Credentials
from services.api_lambda.caller import credentials_of
from services.api_lambda.dependencies import ApiDependencies
from services.api_lambda.live_socket import LiveSocket
from services.api_lambda.problems import encode, headers_of, problem_of
from shared.domain.errors import PermanentError, TransientError
from shared.domain.faults import Fault
from shared.log import get_logger

PROTOCOL = "escriba.v1"
BEARER = "bearer."
"""How a browser signs in, which can set no header: by a second protocol, the key or token behind this."""

_log = get_logger(__name__)

router = APIRouter()


@router.websocket("/v1/live")
async def open_live_socket(socket: WebSocket) -> None:
    """Take a caller with a key or a token; anybody else gets the problem that any other route answers."""
    api: ApiDependencies = socket.app.state.dependencies
    offered = socket.scope.get("subprotocols", [])
    credentials = _credentials_of(socket, offered)
    try:
        caller = await run_in_threadpool(_admitted, api, credentials)
    except PermanentError as error:
        await _deny(socket, error.fault, str(error))
        return
    except TransientError as error:
        _log.warning("unavailable", error=str(error))
        await _deny(socket, Fault.UNAVAILABLE, Fault.UNAVAILABLE.describe())
        return
    await socket.accept(PROTOCOL if PROTOCOL in offered else None)
    await LiveSocket(socket, api, caller, credentials).serve()


def _admitted(api: ApiDependencies, credentials: Credentials) -> Caller:
    caller = api.authenticator.caller_of(credentials)
    api.quota.admit(caller, changes=False)
    return caller


def _credentials_of(socket: WebSocket, offered: list[str]) -> Credentials:
    by_header = credentials_of(socket)
    if by_header.api_key or by_header.bearer:
        return by_header
    bearer = next((name.removeprefix(BEARER) for name in offered if name.startswith(BEARER)), None)
    return Credentials(bearer=bearer)


async def _deny(socket: WebSocket, fault: Fault, sentence: str) -> None:
    problem = problem_of(fault, sentence)
    await socket.send_denial_response(Response(encode(problem), problem.status, headers=headers_of(fault)))
