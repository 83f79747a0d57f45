"""A job's news as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html).

::

    id: 1-PROCESSING-40          how the record stands: what a client sends back as Last-Event-ID
    event: progress              the message's type
    data: {"type": "progress", "jobId": …, "progress": 40, …}

The record is what is watched, once a second at most for each stream, so nothing has to be told to this
process and a late subscriber learns the same. A stream lasts a few minutes: a browser's EventSource comes
back by itself and goes on where it was.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

from fastapi.concurrency import run_in_threadpool

from shared.domain.errors import TransientError
from shared.domain.jobs import Job
from shared.domain.live import state_of
from shared.log import get_logger
from shared.ports.clock import Clock
from shared.ports.job_store import JobStore
from shared.worker.live_messages import LiveMessages

LOOK_SECONDS = 1.0
HEARTBEAT_SECONDS = 15.0
"""Proxies give up on a connection that says nothing for half a minute or a minute."""
LONGEST_SECONDS = 300.0
"""A revoked key may go on watching for as long."""
_RETRY_MS = 2000

_log = get_logger(__name__)


class JobFeed:
    """Watches jobs. ``sleep`` lets other calls go on meanwhile."""

    def __init__(
        self,
        *,
        jobs: JobStore,
        messages: LiveMessages,
        clock: Clock,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._jobs = jobs
        self._messages = messages
        self._clock = clock
        self._sleep = sleep

    async def events(
        self, job: Job, *, known: str | None, is_stopping: Callable[[], bool]
    ) -> AsyncIterator[str]:
        """Events until the job has ended or was deleted, the time is up or the server stops.

        ``known`` is the state that the client has heard of: it is not told again.
        """
        yield f"retry: {_RETRY_MS}\n\n"
        deadline = self._clock.monotonic() + LONGEST_SECONDS
        said_at = self._clock.monotonic()
        current: Job | None = job
        while current is not None:
            if state_of(current) != known:
                known = state_of(current)
                yield self._event(current)
                said_at = self._clock.monotonic()
            elif self._clock.monotonic() - said_at >= HEARTBEAT_SECONDS:
                yield ": still here\n\n"
                said_at = self._clock.monotonic()
            if current.status.is_final or self._clock.monotonic() >= deadline or is_stopping():
                return
            await self._sleep(LOOK_SECONDS)
            current = await run_in_threadpool(self._look, current)

    def _look(self, before: Job) -> Job | None:
        """The job as of now, as it was if nobody can say; None once it is deleted."""
        try:
            return self._jobs.get(before.job_id)
        except TransientError as error:  # the next look may succeed
            _log.warning("a watched job could not be read", error=str(error))
            return before

    def _event(self, job: Job) -> str:
        message = self._messages.of(job)
        # JSON has no line breaks but escaped ones: one data line holds it.
        data = message.model_dump_json(by_alias=True)
        return f"id: {state_of(job)}\nevent: {message.type}\ndata: {data}\n\n"
