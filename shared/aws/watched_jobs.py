"""Who watches a job: a set of connections in the job's own item.

So a worker's heartbeat, which is answered with the item, costs nothing more where nobody watches, and
joining is one conditional write against the job's end::

    joined ✓ ──── COMPLETED, watcher among its attributes: whoever tells of the end reads it there
    COMPLETED ──── joined ✗, the refusal holds the job as it ended

Nobody is told of a connection that went away while nothing was said: it is found gone when next it is.
"""

from __future__ import annotations

from collections.abc import Iterable

from boto3.dynamodb.conditions import Attr

from shared.aws.faults import ConditionFailed
from shared.aws.items import PARTITION_KEY
from shared.aws.job_conditions import in_any
from shared.aws.job_items import WATCHERS, job_key, job_of, job_of_refused
from shared.aws.table import Changes, Table
from shared.domain.errors import TransitionRefused
from shared.domain.jobs import Job, JobStatus
from shared.ports.job_store import TooManyWatchers

_GOES_ON = frozenset(status for status in JobStatus if not status.is_final)


class WatchedJobs:
    """The watchers' part of a ``JobStore``.

    IAM: dynamodb:UpdateItem
    """

    _table: Table

    def watch(self, job_id: str, connection_id: str, *, most: int) -> Job:
        """Join the set, if the job goes on and the set is below its size or holds the connection already."""
        nobody_watches = Attr(WATCHERS).not_exists()
        is_below = Attr(WATCHERS).size().lt(most)
        may_join = nobody_watches | is_below | Attr(WATCHERS).contains(connection_id)
        try:
            return job_of(
                self._table.update(
                    job_key(job_id),
                    Changes(add={WATCHERS: {connection_id}}),
                    condition=in_any(_GOES_ON) & may_join,
                )
            )
        except ConditionFailed as refused:
            job = job_of_refused(refused.item)
            if job is None or job.status.is_final:
                raise TransitionRefused(job_id, job) from refused
            raise TooManyWatchers from refused

    def unwatch(self, job_id: str, connection_ids: Iterable[str]) -> None:
        """Leave the set; an empty set is no attribute at all."""
        leaving = set(connection_ids)
        if not leaving:
            return
        is_there = Attr(PARTITION_KEY).exists()
        try:
            self._table.update(job_key(job_id), Changes(discard={WATCHERS: leaving}), condition=is_there)
        except ConditionFailed:
            return  # there is no such job (any more)
