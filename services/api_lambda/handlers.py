"""The Lambda functions of this package. Each is built once a cold start, with the first event.

Nothing heavy is imported here: only the API pays for the web framework.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mangum import Mangum
    from mangum.types import LambdaContext

    from services.api_lambda.live_events import LiveEvents
    from services.api_lambda.router import Router

Event = dict[str, Any]


@cache
def _api() -> Mangum:
    from services.api_lambda.bootstrap import build_lambda_api

    return build_lambda_api()


@cache
def _router() -> Router:
    from services.api_lambda.bootstrap import build_router

    return build_router()


@cache
def _live_events() -> LiveEvents:
    from services.api_lambda.live_bootstrap import build_live_events

    return build_live_events()


def api_handler(event: Event, context: LambdaContext) -> dict[str, Any]:
    """Answers one HTTP call that API Gateway hands over."""
    return _api()(event, context)


def router_handler(event: Event, _context: object) -> dict[str, Any]:
    """Handles one batch of upload events that the event-source mapping hands over.

    The answer is ``{"batchItemFailures": [{"itemIdentifier": …}]}``; the mapping needs
    ``ReportBatchItemFailures`` among its function response types.
    """
    return _router()(event)


def websocket_handler(event: Event, _context: object) -> dict[str, Any]:
    """Handles one event of a WebSocket that API Gateway holds: it opens, says something, or has ended."""
    return _live_events()(event)
