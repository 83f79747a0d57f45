"""One span a call: where the trace of a job begins."""

from __future__ import annotations

import os

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.api_lambda.request_log import HEALTH
from shared.ports.tracing import Tracer
from shared.tracing import in_span

TRACE_HEADER = "X-Amzn-Trace-Id"

LAMBDA_TRACE = "_X_AMZN_TRACE_ID"
"""Where Lambda says anew with each call which trace it belongs to, and whether that is sampled.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
"""


class RequestTrace:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, *, tracer: Tracer) -> None:
        self._app = app
        self._tracer = tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one call inside a span."""
        if scope["type"] != "http" or scope["path"] in HEALTH:
            await self._app(scope, receive, send)
            return
        told = os.environ.get(LAMBDA_TRACE) or Headers(scope=scope).get(TRACE_HEADER)
        with in_span(self._tracer, told) as span:

            async def send_noting_status(message: Message) -> None:
                if message["type"] == "http.response.start":
                    route = getattr(scope.get("route"), "path", "unknown")
                    span.describe_call(method=scope["method"], route=route, status=message["status"])
                await send(message)

            await self._app(scope, receive, send_noting_status)
