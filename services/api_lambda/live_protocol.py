"""Live progress of many jobs over one WebSocket (RFC 6455): what each of its three events leads to.

::

    client                                       server
    {"action": "subscribe", "jobId": …}    ──▶   {"subscribed": true, "jobId": …}, then at once how it stands
                                           ◀──   {"type": "progress", …} whenever that changed
                                           ◀──   {"type": "completed" | "failed" | …}: the last word on it
    {"action": "unsubscribe", "jobId": …}  ──▶   {"subscribed": false, "jobId": …}
    what can't be done                     ──▶   {"type": "error", "code": …, "error": …, "jobId": …}

Nothing here knows who holds the socket: API Gateway (live_events.py) or this process (routes/live.py). All
that is said goes through :class:`~shared.ports.sockets.Sockets`, from here only until the connection stands
among the job's watchers; from then on the notifier speaks of it. So no older word follows a newer one, and
of a job that ends in between exactly one of the two tells: joining is refused once it has ended.
"""

from __future__ import annotations

import json
from typing import Any, Literal

from pydantic import ConfigDict, Field, ValidationError

from services.api_lambda.authentication import Authenticator, Caller, Credentials
from services.api_lambda.quota import RequestQuota
from shared.domain.api_keys import Scope
from shared.domain.connections import MOST_JOBS, MOST_WATCHERS, Connection
from shared.domain.errors import PermanentError, TransientError, TransitionRefused
from shared.domain.faults import Fault
from shared.domain.ids import is_id
from shared.domain.jobs import Job
from shared.domain.record import Record
from shared.domain.users import User
from shared.log import get_logger
from shared.ports.clock import Clock
from shared.ports.connection_store import ConnectionMissing, ConnectionStore, TooManyJobs
from shared.ports.job_store import JobStore, TooManyWatchers
from shared.ports.sockets import SocketGone, Sockets
from shared.ports.user_directory import UserDirectory
from shared.worker.listeners import Listeners
from shared.worker.live_messages import LiveMessages

PROTOCOL = "escriba.v1"

_log = get_logger(__name__)


class Wish(Record):
    """What a client may send."""

    model_config = ConfigDict(extra="ignore")

    action: Literal["subscribe", "unsubscribe"]
    job_id: str = Field(max_length=100)


class LiveProtocol:
    """The three events of every connection, whoever holds it. Thread-safe."""

    def __init__(
        self,
        *,
        authenticator: Authenticator,
        quota: RequestQuota,
        users: UserDirectory,
        jobs: JobStore,
        connections: ConnectionStore,
        listeners: Listeners,
        sockets: Sockets,
        messages: LiveMessages,
        clock: Clock,
    ) -> None:
        self._authenticator = authenticator
        self._quota = quota
        self._users = users
        self._jobs = jobs
        self._connections = connections
        self._listeners = listeners
        self._sockets = sockets
        self._messages = messages
        self._clock = clock

    def connect(self, connection_id: str, credentials: Credentials) -> None:
        """Somebody wants a connection: it is one request of the caller's limits.

        Raises ``PermanentError`` (MISSING_CREDENTIALS, INVALID_CREDENTIALS, LIMIT_REACHED),
        ``TransientError``: then there is to be no connection.
        """
        caller = self._authenticator.caller_of(credentials)
        self._quota.admit(caller, changes=False)
        self._connections.add(
            Connection(
                connection_id=connection_id,
                user_id=caller.user_id,
                key_hash=credentials.key_hash,
                until=caller.until,
                connected_at=self._clock.now(),
            )
        )

    def receive(self, connection_id: str, text: str | None) -> None:
        """A message came in; None is one of bytes, which nothing here is made of."""
        connection = self._connections.get(connection_id)
        if connection is None:
            self._sockets.close(connection_id)
            return
        try:
            if not self._listeners.may_listen(connection):
                self._refuse(connection_id, PermanentError(Fault.INVALID_CREDENTIALS), None)
                self._sockets.close(connection_id)
                self._listeners.drop(connection)
                return
            self._answer(connection, text)
        except SocketGone:
            self._listeners.drop(connection)

    def disconnect(self, connection_id: str) -> None:
        """The connection ended."""
        connection = self._connections.get(connection_id)
        if connection is not None:
            self._listeners.drop(connection)

    def _answer(self, connection: Connection, text: str | None) -> None:
        job_id: str | None = None
        try:
            wish = _wish_in(text)
            job_id = wish.job_id
            if wish.action == "unsubscribe":
                if job_id in connection.job_ids:
                    self._listeners.leave(connection.connection_id, job_id)
                self._send(connection.connection_id, {"subscribed": False, "jobId": job_id})
            else:
                self._subscribe(connection, self._own_job(connection, job_id))
        except PermanentError as error:
            self._refuse(connection.connection_id, error, job_id)
        except TransientError as error:
            _log.warning("unavailable", error=str(error))
            self._refuse(connection.connection_id, PermanentError(Fault.UNAVAILABLE), job_id)

    def _own_job(self, connection: Connection, job_id: str) -> Job:
        """The job, if it is the caller's; looking it up is one request of the caller's limits."""
        user_id = connection.user_id
        user = self._users.get(user_id) or User(user_id=user_id, created_at=connection.connected_at)
        self._quota.admit(Caller(user_id, Scope.READ, user.effective_limits), changes=False)
        job = self._jobs.get(job_id) if is_id(job_id) else None
        if job is None or job.user_id != user_id:
            raise PermanentError(Fault.NOT_FOUND)
        return job

    def _subscribe(self, connection: Connection, job: Job) -> None:
        connection_id = connection.connection_id
        if not job.status.is_final:
            self._make_room(connection_id, job)
        self._send(connection_id, {"subscribed": True, "jobId": job.job_id})
        self._say(connection_id, job)
        _log.info("watched", job_id=job.job_id, user_id=connection.user_id)
        if job.status.is_final:
            return
        try:
            self._jobs.watch(job.job_id, connection_id, most=MOST_WATCHERS)
        except TransitionRefused as refused:  # it has ended since
            self._connections.remove_job(connection_id, job.job_id)
            if refused.current is None:
                raise PermanentError(Fault.NOT_FOUND) from refused
            self._say(connection_id, refused.current)
        except TooManyWatchers:
            self._connections.remove_job(connection_id, job.job_id)
            raise _too_many_watchers() from None

    def _make_room(self, connection_id: str, job: Job) -> None:
        if len(job.watchers - {connection_id}) >= MOST_WATCHERS:
            raise _too_many_watchers()
        try:
            self._connections.add_job(connection_id, job.job_id, most=MOST_JOBS)
        except TooManyJobs:
            problems = f"A connection watches at most {MOST_JOBS} jobs"
            raise PermanentError(Fault.INVALID_REQUEST, problems=problems) from None
        except ConnectionMissing:
            raise SocketGone from None

    def _say(self, connection_id: str, job: Job) -> None:
        self._sockets.send(connection_id, self._messages.of(job).model_dump_json(by_alias=True))

    def _refuse(self, connection_id: str, error: PermanentError, job_id: str | None) -> None:
        words: dict[str, Any] = {"type": "error", "code": error.fault.code, "error": str(error)}
        try:
            self._send(connection_id, words | ({} if job_id is None else {"jobId": job_id}))
        except TransientError as unsaid:
            _log.warning("a refusal could not be said", error=str(unsaid))

    def _send(self, connection_id: str, words: dict[str, Any]) -> None:
        self._sockets.send(connection_id, json.dumps(words))


def _too_many_watchers() -> PermanentError:
    problems = f"At most {MOST_WATCHERS} connections watch one job"
    return PermanentError(Fault.INVALID_REQUEST, problems=problems)


def _wish_in(text: str | None) -> Wish:
    """Raises ``PermanentError`` (MALFORMED_JSON, INVALID_REQUEST)."""
    try:
        return Wish.model_validate(json.loads(text or ""))
    except (ValueError, RecursionError) as error:
        if isinstance(error, ValidationError):
            problems = "Send an action, subscribe or unsubscribe, and a jobId"
            raise PermanentError(Fault.INVALID_REQUEST, problems=problems) from error
        raise PermanentError(Fault.MALFORMED_JSON) from error
