"""``Idempotency-Key``: a POST that is sent again with its key is answered again, not done again.

::

    claim ── granted ──▶ the route ──▶ its answer is kept ──▶ answered      (24 h)
      │                     ├─ refused (4xx): nothing was done, the key is free again
      │                     └─ failed (5xx), or died: the next try makes the same things again, under the
      │                        same ids, so that there is exactly one of each
      ├── answered before ──▶ the same answer, with ``Idempotent-Replayed: true``
      ├── being answered ───▶ 409
      └── another request ──▶ 422

Keys are the caller's own: two users may send the same. The header's meaning follows
https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from services.api_lambda.caller import admit
from services.api_lambda.dependencies import ApiDependencies, dependencies_of
from shared.domain.api_keys import Scope
from shared.domain.errors import PermanentError, TransientError
from shared.domain.faults import Fault
from shared.domain.ids import derived_id, new_id
from shared.log import get_logger
from shared.ports.idempotency_store import (
    AlreadyAnswered,
    AnotherRequest,
    BeingAnswered,
    RequestClaim,
    StoredAnswer,
)

HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotent-Replayed"
KEPT_SECONDS = 86_400
LEASE_SECONDS = 60
"""Above what any route takes: a Lambda behind API Gateway has half a minute."""

_KEY = re.compile(r"[!-~]{1,255}")
_KEPT_HEADERS = ("content-type", "location")
_DOCUMENTED = {
    "parameters": [
        {
            "name": HEADER,
            "in": "header",
            "required": False,
            "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
            "description": "Any text of your own. The same request with the same key is done once; for 24 "
            "hours it gets the same answer again.",
        }
    ]
}
_log = get_logger(__name__)

NewId = Callable[[], str]


async def _new_ids(request: Request) -> NewId:
    seed: str | None = getattr(request.state, "seed", None)
    if seed is None:
        return new_id
    numbers = count()
    return lambda: derived_id(seed, next(numbers))


NewIds = Annotated[NewId, Depends(_new_ids)]
"""Names what a POST makes. A second try at the same request gets the same ids in the same order."""


class IdempotentRoute(APIRoute):
    """A route whose POSTs heed the header."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:  # noqa: ANN401
        if options.get("methods") == {"POST"} or "POST" in (options.get("methods") or ()):
            options["openapi_extra"] = {**_DOCUMENTED, **(options.get("openapi_extra") or {})}
        super().__init__(path, endpoint, **options)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's handler, done once for each key."""
        handle = super().get_route_handler()

        async def handle_once(request: Request) -> Response:
            key = request.headers.get(HEADER)
            if key is None or request.method != "POST":
                return await handle(request)
            api = dependencies_of(request)
            caller = await admit(request, api)
            if caller.scope is not Scope.FULL:
                return await handle(request)  # which refuses it
            if not _KEY.fullmatch(key):
                raise PermanentError(Fault.IDEMPOTENCY_KEY_INVALID)
            try:
                claim = await _claim(request, api, caller.user_id, key)
            except AlreadyAnswered as before:
                headers = {**before.answer.headers, REPLAYED_HEADER: "true"}
                return Response(before.answer.body, before.answer.status, headers=headers)
            request.state.seed = claim.seed
            return await _answer_once(api, claim, request, handle)

        return handle_once


async def _claim(request: Request, api: ApiDependencies, user_id: str, key: str) -> RequestClaim:
    what = f"{request.method} {request.url.path}?{request.url.query}\n".encode() + await request.body()
    with _as_faults():
        return await run_in_threadpool(
            api.idempotency.claim,
            user_id,
            hashlib.sha256(key.encode()).hexdigest(),
            fingerprint=hashlib.sha256(what).hexdigest(),
            now=api.clock.now(),
            lease_seconds=LEASE_SECONDS,
            kept_seconds=KEPT_SECONDS,
        )


@contextmanager
def _as_faults() -> Iterator[None]:
    try:
        yield
    except BeingAnswered as error:
        raise PermanentError(Fault.REQUEST_IN_PROGRESS) from error
    except AnotherRequest as error:
        raise PermanentError(Fault.IDEMPOTENCY_KEY_REUSED) from error


async def _answer_once(
    api: ApiDependencies,
    claim: RequestClaim,
    request: Request,
    handle: Callable[[Request], Coroutine[Any, Any, Response]],
) -> Response:
    try:
        response = await handle(request)
    except (PermanentError, RequestValidationError, HTTPException):
        await run_in_threadpool(api.idempotency.forget, claim)
        raise
    except Exception:
        await run_in_threadpool(api.idempotency.abandon, claim, now=api.clock.now())
        raise
    body = getattr(request.state, "body_to_keep", None) or bytes(response.body)
    headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
    try:
        await run_in_threadpool(
            api.idempotency.settle, claim, StoredAnswer(response.status_code, body, headers)
        )
    except TransientError as error:  # done all the same: the next try finds what this one made
        _log.warning("an answer was not kept", error=str(error))
    return response
