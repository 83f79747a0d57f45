"""Carries a plan out: users in a pool of threads, blows from the main thread."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import httpx

from benchmarks.chaos.agenda import Action, Agenda
from benchmarks.chaos.caller import Unavailable
from benchmarks.chaos.cloud import Freezer, Queues
from benchmarks.chaos.ledger import Crash, Ledger, Submitted
from benchmarks.chaos.plan import PlannedJob, Recording, StormPlan, Work
from benchmarks.chaos.recordings import make_upload
from benchmarks.chaos.users import Users
from benchmarks.chaos.works import PROMISES
from local.platform import Platform
from shared.domain.errors import TransientError
from shared.domain.messages import NoticeKind
from shared.domain.work_queues import WorkQueue
from shared.ports.clock import Clock

USERS = 12
"""Calls at the same time."""

TICK_SECONDS = 0.05
COPY_AGAIN_SECONDS = 1.0


class Storm:
    """One storm over one platform; everything that it does is in ``ledger`` afterwards."""

    def __init__(
        self,
        plan: StormPlan,
        *,
        platform: Platform,
        users: Users,
        queues: Queues,
        freezer: Freezer,
        freeze_seconds: float,
        ledger: Ledger,
        clock: Clock,
    ) -> None:
        self._plan = plan
        self._platform = platform
        self._users = users
        self._queues = queues
        self._freezer = freezer
        self._freeze_seconds = freeze_seconds
        self._ledger = ledger
        self._clock = clock
        self._calls = Agenda()
        self._blows = Agenda()
        self._began = clock.monotonic()

    def run(self, watch: Callable[[], None]) -> None:
        """Until the last call is answered; ``watch`` is called every now and then."""
        self._began = self._clock.monotonic()
        for job in self._plan.jobs:
            self._calls.add(job.at_seconds, partial(self._submit, job))
        for kill in self._plan.kills:
            self._blows.add(kill.at_seconds, partial(self._kill, kill.target))
        if self._freeze_seconds:
            self._blows.add(self._plan.freeze_at_seconds, self._freeze)
        with ThreadPoolExecutor(USERS) as pool:
            try:
                self._blow(pool, watch)
            except BaseException:
                self._users.give_up()
                raise

    def _blow(self, pool: Executor, watch: Callable[[], None]) -> None:
        running: list[Future[None]] = []
        while running or self._calls or self._blows or self._freezer.frozen:
            for blow in self._blows.take_due(self._elapsed_seconds()):
                blow()
            running += [pool.submit(call) for call in self._calls.take_due(self._elapsed_seconds())]
            for call in [call for call in running if call.done()]:
                running.remove(call)
                call.result()  # raises what no user could have met
            self._platform.tend()
            watch()
            time.sleep(TICK_SECONDS)

    def _elapsed_seconds(self) -> float:
        return self._clock.monotonic() - self._began

    def _kill(self, target: str) -> None:
        at = self._clock.now()
        if self._platform.crash(target):
            self._ledger.note_crash(Crash(target, at))

    def _freeze(self) -> None:
        began = self._clock.now()
        self._freezer.freeze(self._freeze_seconds)
        self._ledger.outage = (began, began + timedelta(seconds=self._freeze_seconds))

    def _submit(self, planned: PlannedJob) -> None:
        upload, promise = make_upload(planned.recording, planned.number), PROMISES[planned.work]
        try:
            job_id, sent_at = self._users.owner_of(planned).submit(
                upload, route=promise.route, wishes=promise.wishes
            )
        except (httpx.HTTPError, Unavailable) as refusal:
            self._ledger.note_refused(str(refusal))
            return
        self._ledger.note_submitted(Submitted(job_id, planned, sent_at))
        self._plan_the_rest(job_id, planned)

    def _plan_the_rest(self, job_id: str, planned: PlannedJob) -> None:
        queue = WorkQueue.of(is_transcription=planned.work is Work.TRANSCRIPTION, priority=planned.priority)
        kind = NoticeKind.COMPLETED if planned.recording is Recording.GOOD else NoticeKind.FAILED
        self._later(planned.cancelled_after_seconds, lambda: self._cancel(planned, job_id))
        self._later(
            planned.message_copied_after_seconds,
            lambda: self._copy(lambda: self._queues.copy_job_message(job_id, queue)),
        )
        self._later(
            planned.notice_copied_after_seconds,
            lambda: self._copy(lambda: self._queues.copy_notice(job_id, kind)),
        )

    def _later(self, after_seconds: float | None, action: Action) -> None:
        if after_seconds is not None:
            self._calls.add(self._elapsed_seconds() + after_seconds, action)

    def _cancel(self, planned: PlannedJob, job_id: str) -> None:
        try:
            self._users.owner_of(planned).cancel(job_id)
        except (httpx.HTTPError, Unavailable):
            return  # whether it took effect shows in the job
        self._ledger.note_cancel()

    def _copy(self, send: Action) -> None:
        try:
            send()
        except TransientError:
            self._later(COPY_AGAIN_SECONDS, lambda: self._copy(send))
            return
        self._ledger.note_copy()
