"""Accounts that are to be erased: everything of them is deleted, a share with each run.

::

    claimed ─▶ account closed ─▶ jobs ─▶ storage ─▶ files that never came ─▶ webhooks ─▶ API keys
            ─▶ all else under the user, profile last ─▶ receipt completed, whose it was forgotten

Every step can be repeated and does nothing where nothing is left, so a run that dies is repaired by the next
once its claim has run out. Nobody makes anything new: the account is closed, and what callers were still let
in by, the memory of a process, is older than the grace by then. An upload that lands later finds its file
deleted, and the router removes it.

Jobs keep their ids and their owner's for 30 days, as any deleted job does: messages under way must be known
for what they are. The same goes for what was told of them, and counters of requests end after two days.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import timedelta

import structlog

from services.reconciler.doors import Doors
from shared.domain.jobs import Job
from shared.domain.object_keys import file_id_of
from shared.log import get_logger
from shared.ports.object_store import ObjectStore

JOBS_A_PAGE = 100
OBJECTS_A_PAGE = 100
JOBS_AT_ONCE = 8
"""Each deletion is about ten calls, one after the other."""

_MOST_A_RUN = 100
_SLACK = timedelta(minutes=1)

_log = get_logger(__name__)


class ErasureSweep:
    """Works on erasures, oldest first, for as long as a run may."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors
        self._clock = doors.clock
        self._erasures = doors.accounts.erasures
        self._grace = timedelta(seconds=doors.limits.erasure_grace_seconds)
        self._seconds = doors.limits.erasure_seconds
        self._ends_at = 0.0

    def __call__(self) -> None:
        """One run."""
        self._ends_at = self._clock.monotonic() + self._seconds
        for receipt_id in self._erasures.open_until(self._clock.now() - self._grace, most=_MOST_A_RUN):
            if self._time_is_up():
                return
            now = self._clock.now()
            until = now + timedelta(seconds=self._seconds) + _SLACK
            erasure = self._erasures.claim(receipt_id, now=now, until=until)
            if erasure is not None and erasure.user_id is not None:
                with structlog.contextvars.bound_contextvars(receipt_id=receipt_id):
                    self._attend(receipt_id, erasure.user_id)

    def _attend(self, receipt_id: str, user_id: str) -> None:
        try:
            finished = self._erase(receipt_id, user_id)
        except Exception:
            self._erasures.release(receipt_id)
            raise
        if finished:
            self._erasures.complete(receipt_id, now=self._clock.now())
            _log.info("erased", user_id=user_id)
        else:
            self._erasures.release(receipt_id)
            _log.info("erased in part", user_id=user_id)

    def _erase(self, receipt_id: str, user_id: str) -> bool:
        """Whether nothing is left; otherwise the time of this run is up."""
        accounts = self._doors.accounts
        accounts.users.close(user_id, receipt_id=receipt_id)
        steps: tuple[Callable[[str, str], bool], ...] = (
            self._delete_jobs,
            self._empty_storage,
            self._forget_files,
            self._delete_webhooks,
            self._revoke_keys,
        )
        if not all(step(receipt_id, user_id) for step in steps):
            return False
        accounts.users.delete(user_id)
        return True

    def _time_is_up(self) -> bool:
        return self._clock.monotonic() >= self._ends_at

    def _delete_jobs(self, receipt_id: str, user_id: str) -> bool:
        """Walk through them until a whole walk finds none: the index lags, behind deletions too."""
        cursor, found = None, 0
        with ThreadPoolExecutor(JOBS_AT_ONCE, thread_name_prefix="erasure") as threads:
            while not self._time_is_up():
                page = self._doors.jobs.list_for_user(user_id, status=None, limit=JOBS_A_PAGE, cursor=cursor)
                deleted = self._delete_page(threads, receipt_id, page.jobs)
                found, cursor = found + deleted, page.next_cursor
                if cursor is None:
                    if not found:
                        return True
                    found = 0
        return False

    def _delete_page(self, threads: ThreadPoolExecutor, receipt_id: str, jobs: tuple[Job, ...]) -> int:
        """How many it deleted. Raises what stood in the way of one, once the others are done."""
        deleted, failures = 0, []
        for future in [threads.submit(copy_context().run, self._delete_job, job) for job in jobs]:
            try:
                deleted += future.result()
            except Exception as error:
                failures.append(error)
        self._erasures.count(receipt_id, jobs=deleted)
        if failures:
            raise failures[0]
        return deleted

    def _delete_job(self, job: Job) -> bool:
        if self._doors.jobs.get(job.job_id) is None:
            return False
        if job.webhook_url is not None:
            self._doors.accounts.webhooks.forget_deliveries(job.job_id)
        self._doors.deletion(job)
        return True

    def _empty_storage(self, receipt_id: str, user_id: str) -> bool:
        for bucket in (self._doors.audio, self._doors.accounts.transcripts):
            while found := bucket.keys(f"{user_id}/", most=OBJECTS_A_PAGE):
                if self._time_is_up():
                    return False
                for key in found:
                    self._delete_object(bucket, key)
                self._erasures.count(receipt_id, objects=len(found))
        return True

    def _delete_object(self, bucket: ObjectStore, key: str) -> None:
        """One that belongs to no job any more; a file goes with its clips."""
        file_id = file_id_of(key)
        if file_id is not None:
            self._doors.deletion.of_file(file_id, key)
        bucket.delete(key)

    def _forget_files(self, receipt_id: str, user_id: str) -> bool:  # noqa: ARG002
        files = self._doors.files
        for file_id in files.without_job(user_id):
            if self._time_is_up():
                return False
            file = files.get(file_id)
            if file is not None:
                self._doors.deletion.of_file(file_id, file.key)
            files.forget_announced(user_id, file_id)
        return True

    def _delete_webhooks(self, receipt_id: str, user_id: str) -> bool:
        webhooks = self._doors.accounts.webhooks
        for webhook in webhooks.list(user_id):
            webhooks.forget_deliveries(webhook.webhook_id)
            webhooks.delete(user_id, webhook.webhook_id)
            self._erasures.count(receipt_id, webhooks=1)
        return True

    def _revoke_keys(self, receipt_id: str, user_id: str) -> bool:
        keys = self._doors.accounts.keys
        for key in keys.list(user_id):
            keys.revoke(user_id, key.key_id)
            self._erasures.count(receipt_id, keys=1)
        return True
