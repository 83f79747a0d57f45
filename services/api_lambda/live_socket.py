"""Live progress of many jobs over one WebSocket (RFC 6455).

::

    client                                       server
    {"action": "subscribe", "jobId": …}    ──▶   {"subscribed": true, "jobId": …}, then at once how it stands
                                           ◀──   {"type": "progress", …} whenever that changed
                                           ◀──   {"type": "completed" | "failed" | …}: the last word on it
    {"action": "unsubscribe", "jobId": …}  ──▶   {"subscribed": false, "jobId": …}
    what can't be done                     ──▶   {"type": "error", "code": …, "error": …, "jobId": …}

Each watched job's record is read once a second. Whether the caller still is one is asked as often, by what
the authenticator remembers: a revoked key or an expired token ends the connection within a minute or so.
"""

from __future__ import annotations

import json
from typing import Any, Literal

import anyio
from fastapi.concurrency import run_in_threadpool
from pydantic import ConfigDict, Field, ValidationError
from starlette.websockets import WebSocket, WebSocketDisconnect

from services.api_lambda.authentication import Caller, Credentials
from services.api_lambda.dependencies import ApiDependencies
from services.api_lambda.job_feed import state_of
from shared.domain.errors import EscribaError, PermanentError, TransientError
from shared.domain.faults import Fault
from shared.domain.ids import is_id
from shared.domain.jobs import Job
from shared.domain.record import Record
from shared.log import get_logger

MOST_WATCHED = 50
"""Jobs on one connection: as many reads a second."""
SIGNED_OUT = 1008
"""The close code of a caller who no longer is one: "policy violation" (RFC 6455, section 7.4.1)."""

_log = get_logger(__name__)


class Wish(Record):
    """What a client may send."""

    model_config = ConfigDict(extra="ignore")

    action: Literal["subscribe", "unsubscribe"]
    job_id: str = Field(max_length=100)


class LiveSocket:
    """One connection whose caller has been found and which has been accepted."""

    def __init__(
        self, socket: WebSocket, api: ApiDependencies, caller: Caller, credentials: Credentials
    ) -> None:
        self._socket = socket
        self._api = api
        self._caller = caller
        self._credentials = credentials
        self._watched: dict[str, tuple[Job, str]] = {}

    async def serve(self) -> None:
        """Answer and tell until either side ends the connection."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._tell)
            try:
                while True:
                    await self._answer(await self._socket.receive_text())
            except (WebSocketDisconnect, RuntimeError, KeyError):
                # Gone; or we closed it; or it sent bytes, which nothing here is made of.
                tasks.cancel_scope.cancel()

    async def _answer(self, text: str) -> None:
        job_id: str | None = None
        try:
            wish = _wish_in(text)
            job_id = wish.job_id
            if wish.action == "unsubscribe":
                self._watched.pop(job_id, None)
                await self._socket.send_json({"subscribed": False, "jobId": job_id})
                return
            job = await run_in_threadpool(self._own_job, job_id)
            await self._socket.send_json({"subscribed": True, "jobId": job_id})
            _log.info("watched", job_id=job_id, user_id=self._caller.user_id)
            await self._say(job)
        except PermanentError as error:
            await self._refuse(error.fault, str(error), job_id)
        except TransientError as error:
            _log.warning("unavailable", error=str(error))
            await self._refuse(Fault.UNAVAILABLE, Fault.UNAVAILABLE.describe(), job_id)

    def _own_job(self, job_id: str) -> Job:
        """The job, if it is the caller's; looking it up is one request of the caller's limits."""
        self._api.quota.admit(self._caller, changes=False)
        if job_id not in self._watched and len(self._watched) >= MOST_WATCHED:
            problems = f"A connection watches at most {MOST_WATCHED} jobs"
            raise PermanentError(Fault.INVALID_REQUEST, problems=problems)
        job = self._api.jobs.get(job_id) if is_id(job_id) else None
        if job is None or job.user_id != self._caller.user_id:
            raise PermanentError(Fault.NOT_FOUND)
        return job

    async def _tell(self) -> None:
        try:
            while True:
                await self._api.feed.pause()
                if not await run_in_threadpool(self._is_still_signed_in):
                    await self._socket.close(SIGNED_OUT)
                    return
                for job, said in list(self._watched.values()):
                    current = await run_in_threadpool(self._api.feed.look, job)
                    if job.job_id not in self._watched:  # given up meanwhile
                        continue
                    if current is None:
                        del self._watched[job.job_id]
                        await self._refuse(Fault.NOT_FOUND, Fault.NOT_FOUND.describe(), job.job_id)
                    elif state_of(current) != said:
                        await self._say(current)
        except (WebSocketDisconnect, RuntimeError):
            return  # gone: the other task hears of it too

    def _is_still_signed_in(self) -> bool:
        try:
            self._api.authenticator.caller_of(self._credentials)
        except TransientError:
            return True  # asked again in a second
        except EscribaError:
            return False
        return True

    async def _say(self, job: Job) -> None:
        if job.status.is_final:
            self._watched.pop(job.job_id, None)
        else:
            self._watched[job.job_id] = (job, state_of(job))
        message = self._api.feed.message_of(job)
        await self._socket.send_text(message.model_dump_json(by_alias=True))

    async def _refuse(self, fault: Fault, sentence: str, job_id: str | None) -> None:
        words: dict[str, Any] = {"type": "error", "code": fault.code, "error": sentence}
        await self._socket.send_json(words | ({} if job_id is None else {"jobId": job_id}))


def _wish_in(text: str) -> Wish:
    """Raises ``PermanentError`` (MALFORMED_JSON, INVALID_REQUEST)."""
    try:
        return Wish.model_validate(json.loads(text))
    except (ValueError, RecursionError) as error:
        if isinstance(error, ValidationError):
            problems = "Send an action, subscribe or unsubscribe, and a jobId"
            raise PermanentError(Fault.INVALID_REQUEST, problems=problems) from error
        raise PermanentError(Fault.MALFORMED_JSON) from error
