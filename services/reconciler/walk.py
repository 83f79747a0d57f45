"""Goes through all jobs of a status, a bounded number a run, and goes on where the last run stopped.

::

    run 1     page ─▶ page ─▶ page │ bookmark
    run 2                          └▶ page ─▶ page ─▶ end │ bookmark at the beginning
    run 3     page ─▶ …                                   └ once the round is old enough

Without the bookmark a run would look at the oldest jobs again and again, and a thousand of them that are
all right would hide the one behind them. It is moved before a page is worked on, by a conditional write:
of two runs at once one gets the page, and a page whose work keeps failing holds nobody up. Its price: a
run that dies leaves the rest of its page to the next round.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta

import structlog

from services.reconciler.doors import Doors
from shared.domain.errors import TransientError, TransitionRefused
from shared.domain.jobs import Job, JobStatus
from shared.log import get_logger
from shared.ports.bookmarks import Bookmark

_log = get_logger(__name__)

JOBS_A_PAGE = 100
"""What one batched read gives."""


class Walk:
    """Walks of one status each. ``most_jobs`` bounds what a run looks at.

    A round begins at most every ``round_seconds``.
    """

    def __init__(self, doors: Doors, *, most_jobs: int, round_seconds: float = 0) -> None:
        self._jobs = doors.jobs
        self._bookmarks = doors.bookmarks
        self._clock = doors.clock
        self._most_jobs = most_jobs
        self._round = timedelta(seconds=round_seconds)

    def pages(
        self,
        name: str,
        status: JobStatus,
        *,
        created_until: datetime,
        created_since: datetime | None = None,
    ) -> Iterator[tuple[Job, ...]]:
        """The pages of this run, each of which nobody else gets in this round."""
        place: Bookmark | None = self._bookmarks.get(name)
        left = self._most_jobs
        while place is not None and left > 0 and not self._rests(place):
            limit = min(JOBS_A_PAGE, left)
            left -= limit
            page = self._jobs.page_by_status(
                status,
                created_since=created_since,
                created_until=created_until,
                limit=limit,
                cursor=place.cursor,
            )
            place = self._bookmarks.move(
                name, seen=place, cursor=page.next_cursor, round_began_at=self._round_of(place)
            )
            if place is None:
                _log.info("another run has this page", walk=name)
                return
            yield page.jobs
            if page.next_cursor is None:
                return

    def _rests(self, place: Bookmark) -> bool:
        if place.cursor is not None or place.round_began_at is None:
            return False
        return self._clock.now() < place.round_began_at + self._round

    def _round_of(self, place: Bookmark) -> datetime:
        began_before = None if place.cursor is None else place.round_began_at
        return began_before or self._clock.now()


def attend_to_each(jobs: Iterable[Job], attend: Callable[[Job], None]) -> None:
    """Call ``attend`` with each job; one that fails holds up none of the others.

    A :class:`TransientError` ends it all the same: it says that the cloud fails, not the job, and each
    further call would wait for its time-outs.
    """
    for job in jobs:
        with structlog.contextvars.bound_contextvars(job_id=job.job_id):
            try:
                attend(job)
            except TransitionRefused as refused:
                _log.info("it went on by itself", reason=str(refused))
            except TransientError:
                raise
            except Exception:
                _log.exception("could not be attended to")
