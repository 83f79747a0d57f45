"""Refuses bodies over the limit before anything parses them, whether or not they say how long they are.

Bodies here are small JSON documents (audio goes to storage directly), so one is read whole, then
replayed: a route never sees the first half of one that turns out to be too long.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.api_lambda.problems import Problem, problem_of
from services.api_lambda.request_log import send_problem
from shared.domain.faults import Fault
from shared.domain.sizes import limit_facts


class BodyLimit:
    """ASGI middleware; stands inside ``RequestLog``, which names the call."""

    def __init__(self, app: ASGIApp, *, max_bytes: int, larger: Mapping[str, int] | None = None) -> None:
        """``larger`` are the bounds of the paths that take more than the rest."""
        self._app = app
        self._max_bytes = max_bytes
        self._larger = larger or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one call."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = self._larger.get(scope["path"], self._max_bytes)
        messages = None if _declares_more(scope, most) else await _read_body(receive, most)
        if messages is None:
            problem = _problem(most, scope["state"]["request_id"]).told_at(scope["path"])
            await send_problem(send, Fault.BODY_TOO_LARGE, problem)
            return

        async def replay() -> Message:
            return messages.popleft() if messages else await receive()

        await self._app(scope, replay, send)


def _problem(most_bytes: int, request_id: str) -> Problem:
    detail = Fault.BODY_TOO_LARGE.describe(**limit_facts(most_bytes))
    return problem_of(Fault.BODY_TOO_LARGE, detail, request_id=request_id, limit_bytes=most_bytes)


def _declares_more(scope: Scope, most_bytes: int) -> bool:
    declared = Headers(scope=scope).get("content-length", "")
    return declared.isdecimal() and int(declared) > most_bytes


async def _read_body(receive: Receive, most_bytes: int) -> deque[Message] | None:
    """All messages of the body; None as soon as they are too long."""
    messages: deque[Message] = deque()
    size_bytes = 0
    more = True
    while more:
        message = await receive()
        messages.append(message)
        size_bytes += len(message.get("body", b""))
        if size_bytes > most_bytes:
            return None
        more = message.get("more_body", False)
    return messages
