"""Puts the API together: routes, what surrounds each call, and the document that describes it."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi_offline import FastAPIOffline
from starlette.middleware import Middleware

from services.api_lambda.api_document import document_api
from services.api_lambda.body_limit import BodyLimit
from services.api_lambda.dependencies import ApiDependencies
from services.api_lambda.error_handlers import handle_errors
from services.api_lambda.held_sockets import HeldSockets
from services.api_lambda.problems import OPENAI_PATHS
from services.api_lambda.request_log import RequestLog
from services.api_lambda.request_trace import RequestTrace
from services.api_lambda.routes import (
    audio,
    audio_clips,
    batch,
    clips,
    events,
    health,
    jobs,
    keys,
    links,
    live,
    me,
    multipart,
    openai_audio,
    receipts,
    transcriptions,
    transcripts,
    uploads,
    usage,
    webhooks,
    workflows,
)

_FORM_BYTES = 64 * 1024
"""What a form holds besides its file."""
_DESCRIPTION = """\
Audio to text at batch scale, and an audio toolbox (`/v1/audio/…`). Announce a file and a job in one call
(`POST /v1/transcriptions` with `upload`), PUT the file to the URL in the answer with exactly the headers
given there, then ask for the job or wait for the e-mail. The URL is signed for the announced size and type:
storage refuses any other upload with 403 and an XML body with the code `SignatureDoesNotMatch`.

Sign in with a token of the issuer that users sign in with (`Authorization: Bearer`), or with an API key
(`X-API-Key`), which `POST /v1/keys` makes.

Errors are problem documents (RFC 9457): program against `code`. Every answer carries `X-Request-Id`.
"""


ROUTERS = tuple(
    module.router
    for module in (
        jobs,
        clips,
        uploads,
        multipart,
        transcriptions,
        audio,
        workflows,
        batch,
        events,
        live,
        transcripts,
        openai_audio,
        audio_clips,
        usage,
        keys,
        webhooks,
        me,
        receipts,
        links,
        health,
    )
)
"""Tried in this order, route by route: what is called most stands first."""
ROUTES = tuple(route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute))
"""Every route of the API but that of WebSockets."""


def create_app(dependencies: ApiDependencies) -> FastAPI:
    """The API as an ASGI application."""
    # Callers type their key into /docs: its scripts are files of a pinned package, not of another host.
    app = FastAPIOffline(
        title="Escriba",
        version="1",
        description=_DESCRIPTION,
        redoc_url=None,
        static_url="/docs/files",
        # Not by include_router: it builds every route once more, and matches what it includes twice a call.
        routes=[route for router in ROUTERS for route in router.routes],
        servers=[{"url": "/", "description": "The host that this document came from."}],
        middleware=[
            Middleware(RequestTrace, tracer=dependencies.tracer),
            Middleware(RequestLog, clock=dependencies.clock, metrics=dependencies.metrics),
            Middleware(
                BodyLimit,
                max_bytes=dependencies.limits.max_body_bytes,
                larger={
                    **dict.fromkeys(OPENAI_PATHS, openai_audio.MAX_FILE_BYTES + _FORM_BYTES),
                    batch.PATH: batch.MAX_BODY_BYTES,
                    **audio.BODY_BYTES,
                },
            ),
        ],
    )
    app.state.dependencies = dependencies
    app.state.held_sockets = HeldSockets()
    app.state.is_stopping = lambda: False  # a server that runs it says more
    handle_errors(app, ROUTES)
    document_api(app)
    return app
