"""The outermost layer: names each call, logs how it ended, and answers for what nobody expected.

The log holds the route's template and never the path: the path of a download link is a secret. With the
user and the ids in it, its lines are the record of who read and deleted what; nothing of the content.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.api_lambda.problems import Problem, encode, headers_of, problem_of
from shared.domain.faults import Fault
from shared.domain.ids import is_id, new_id
from shared.log import get_logger
from shared.metrics import Metric, Metrics
from shared.ports.clock import Clock

_log = get_logger(__name__)

_SUBJECTS = {"jobId": "job_id", "fileId": "file_id", "keyId": "key_id", "episode_id": "file_id"}
REQUEST_ID_HEADER = "X-Request-Id"

HEALTH = frozenset({"/v1/health", "/api/v1/audio_clips/health"})
"""Asked for by balancers, for their own sake: neither measured nor traced."""

EVENTS = "/v1/jobs/{jobId}/events"
"""Lasts as long as the job does: how long says nothing of the API."""


class RequestLog:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, *, clock: Clock, metrics: Metrics) -> None:
        self._app = app
        self._clock = clock
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one call; logs one line when it ends."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = new_id()
        scope.setdefault("state", {})["request_id"] = request_id
        started = self._clock.monotonic()
        answer = _Answer(send, scope["state"], request_id)
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, answer.send)
            except Exception:
                _log.exception("call failed")
                if answer.status is not None:  # half an answer is out: only the server can end it
                    raise
                problem = problem_of(Fault.INTERNAL, Fault.INTERNAL.describe(), request_id=request_id)
                await send_problem(answer.send, Fault.INTERNAL, problem.told_at(scope["path"]))
            finally:
                self._note(scope, answer.status, (self._clock.monotonic() - started) * 1000)

    def _note(self, scope: Scope, status: int | None, ms: float) -> None:
        method, route = scope["method"], getattr(scope.get("route"), "path", None)
        user_id = scope["state"].get("user_id")
        _log.info(
            "request",
            method=method,
            route=route,
            status=status,
            ms=round(ms, 1),
            user_id=user_id,
            **_subjects(scope),
        )
        if route in HEALTH or (route == EVENTS and status == 200):
            return
        time = Metric.API_READ_TIME if method in ("GET", "HEAD") else Metric.API_WRITE_TIME
        answered = status or 500
        values = {
            time: round(ms, 1),
            Metric.API_REFUSALS: int(400 <= answered < 500),
            Metric.API_ERRORS: int(answered >= 500),
        }
        if scope["state"].get("waited"):  # for a worker: its time says nothing of the API either
            del values[time]
        self._metrics.record(values, route=route or "unknown")


def _subjects(scope: Scope) -> dict[str, str]:
    """The ids in the path, if ids they are: who read or deleted what is what an audit asks for."""
    named: Mapping[str, str] = scope.get("path_params", {})
    return {_SUBJECTS[name]: value for name, value in named.items() if name in _SUBJECTS and is_id(value)}


class _Answer:
    """Passes an answer on, adds what every answer carries, and remembers its status."""

    def __init__(self, send: Send, state: Mapping[str, Any], request_id: str) -> None:
        self.status: int | None = None
        self._state = state
        self._send = send
        self._request_id = request_id

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers[REQUEST_ID_HEADER] = self._request_id
            headers.setdefault("Cache-Control", "no-store")
            for name, value in self._state.get("quota_headers", {}).items():
                headers[name] = value
        await self._send(message)


async def send_problem(send: Send, fault: Fault, problem: Problem) -> None:
    """Answer with a problem document where no route has been reached, or one failed."""
    body = encode(problem)
    headers = {**headers_of(fault), "Content-Length": str(len(body))}
    encoded = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": fault.http_status, "headers": encoded})
    await send({"type": "http.response.body", "body": body})
