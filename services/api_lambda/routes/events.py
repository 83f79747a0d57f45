"""Live progress of a job over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Request, Response, status
from fastapi.responses import StreamingResponse

from services.api_lambda.api_document import FOR_READER, problem_responses
from services.api_lambda.caller import OwnJob
from services.api_lambda.dependencies import Api
from services.api_lambda.request_log import EVENTS
from shared.domain.errors import PermanentError
from shared.domain.faults import Fault
from shared.domain.live import state_of

MEDIA_TYPE = "text/event-stream"
_LAMBDA_EVENT = "aws.event"
"""What Mangum adds to a call's scope: there the answer is handed over whole, once it has ended."""

_EVENT = {
    "type": "object",
    "properties": {name: {"type": "string"} for name in ("id", "event", "data")},
    "required": ["data"],
}

router = APIRouter(tags=["jobs"])


@router.get(
    EVENTS,
    summary="Watch a job",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "Server-sent events; each one's data is JSON with a `type` and the `jobId`.",
            "content": {MEDIA_TYPE: {"itemSchema": _EVENT}},
        },
        204: {"description": "The job has ended, and `Last-Event-ID` says that the caller knows how."},
        **problem_responses(*FOR_READER, Fault.INVALID_REQUEST, Fault.NOT_FOUND, Fault.STREAM_UNAVAILABLE),
    },
)
def watch_job(
    request: Request,
    api: Api,
    job: OwnJob,
    last_event_id: Annotated[
        str | None, Header(alias="Last-Event-ID", description="The id of the last event heard.")
    ] = None,
) -> Response:
    """The state as of now, then each change, until the job has ended.

    Events are `progress`, then one of `completed`, `failed`, `cancelled` and `expired`. Comments in
    between keep the connection open.

    A stream ends after five minutes: call again with the last event's id, as a browser's `EventSource`
    does by itself. Once there is nothing more to come, that call gets 204, which ends it for good. Where
    the API runs as a Lambda function it can't stream: ask for the job itself every few seconds there.
    """
    if _LAMBDA_EVENT in request.scope:
        raise PermanentError(Fault.STREAM_UNAVAILABLE)
    if job.status.is_final and last_event_id == state_of(job):
        return Response(status_code=status.HTTP_204_NO_CONTENT)
    return StreamingResponse(
        api.feed.events(job, known=last_event_id, is_stopping=request.app.state.is_stopping),
        media_type=MEDIA_TYPE,
        headers={"X-Accel-Buffering": "no"},  # nginx would gather events before it passes them on
    )
