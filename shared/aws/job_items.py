"""Jobs as items.

A job's lease lies flat: ``leaseOwner`` and ``leaseExpiresAt``, its attempt being the job's
``attempts``. So one update counts the attempt and grants its lease, which a nested map would forbid
(the number is not known before the write), and conditions compare plain attributes.

A quiet job's owner has a name that no index knows, so no list of a user's jobs reads it; the table drops
the job after a day.

Of a deleted job only its owner and the time remain, until the table drops that too: whoever still holds a
message about it must be able to tell a deleted job from one that never was.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from shared.aws.faults import AttributeItem
from shared.aws.items import TTL, Plain, decode, key_of, plain_of, record_of, ttl_of_remains
from shared.aws.table import Changes
from shared.domain.jobs import QUIET_KEPT, Job
from shared.domain.record import format_time

LEASE_OWNER = "leaseOwner"
LEASE_EXPIRES_AT = "leaseExpiresAt"
DELETED_AT = "deletedAt"
USER_ID = "userId"
WATCHERS = "watchers"
_USER_ID_OF_QUIET = "quietUserId"

_SURVIVES_DELETION = frozenset({"jobId", USER_ID})


def job_key(job_id: str) -> Plain:
    """The primary key of a job."""
    return key_of(f"JOB#{job_id}")


def item_of(job: Job) -> Plain:
    """The item of a job that nobody holds or watches; a set of watchers is made by the first to join."""
    item = {**job_key(job.job_id), **plain_of(job.model_copy(update={"lease": None}))}
    del item[WATCHERS]
    if job.quiet:
        item[_USER_ID_OF_QUIET] = item.pop(USER_ID)
        item[TTL] = int((job.created_at + QUIET_KEPT).timestamp())
    return item


def job_of(item: Plain) -> Job:
    """The job in an item."""
    return record_of(Job, lease_fields(item))


def lease_fields(item: Plain) -> Plain:
    """The item with its flat lease as the record has it: one object, its attempt taken from the item's."""
    fields = dict(item)
    if _USER_ID_OF_QUIET in fields:
        fields[USER_ID] = fields.pop(_USER_ID_OF_QUIET)
    owner = fields.pop(LEASE_OWNER, None)
    expires_at = fields.pop(LEASE_EXPIRES_AT, None)
    if owner is not None:
        fields["lease"] = _lease(owner, expires_at, fields["attempts"])
    return fields


def job_of_refused(item: AttributeItem | None) -> Job | None:
    """The job in the answer to a refused write; None where there is none (any more)."""
    return None if item is None else standing_job_of(decode(item))


def standing_job_of(item: Plain | None) -> Job | None:
    """The job in an item that may not be there, or that only remains of a job that was deleted."""
    return None if item is None or is_remains(item) else job_of(item)


def is_remains(item: Plain) -> bool:
    """Whether this is what :func:`reduction_to_remains` leaves of a job."""
    return DELETED_AT in item


def reduction_to_remains(now: datetime) -> Changes:
    """Takes everything from a job but whose it was; without their keys, it leaves both indexes as well."""
    fields = {field.alias or name for name, field in Job.model_fields.items()} - _SURVIVES_DELETION
    return Changes(
        put={DELETED_AT: format_time(now), TTL: ttl_of_remains(now)},
        remove=(*sorted(fields), LEASE_OWNER, LEASE_EXPIRES_AT),
    )


def owner_of(remains: Plain) -> str:
    """Whose the job was that these are the remains of."""
    return str(remains[USER_ID] if USER_ID in remains else remains[_USER_ID_OF_QUIET])


def _lease(owner: str, expires_at: str, attempts: Decimal) -> dict[str, Any]:
    return {"owner": owner, "attempt": attempts, "expiresAt": expires_at}
