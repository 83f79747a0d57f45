"""Jobs as items.

A job's lease lies flat: ``leaseOwner`` and ``leaseExpiresAt``, its attempt being the job's
``attempts``. So one update counts the attempt and grants its lease, which a nested map would forbid
(the number is not known before the write), and conditions compare plain attributes.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from shared.aws.faults import AttributeItem
from shared.aws.items import Plain, decode, key_of, plain_of, record_of
from shared.domain.jobs import Job

LEASE_OWNER = "leaseOwner"
LEASE_EXPIRES_AT = "leaseExpiresAt"


def job_key(job_id: str) -> Plain:
    """The primary key of a job."""
    return key_of(f"JOB#{job_id}")


def item_of(job: Job) -> Plain:
    """The item of a job that nobody holds."""
    return {**job_key(job.job_id), **plain_of(job.model_copy(update={"lease": None}))}


def job_of(item: Plain) -> Job:
    """The job in an item."""
    fields = dict(item)
    owner = fields.pop(LEASE_OWNER, None)
    expires_at = fields.pop(LEASE_EXPIRES_AT, None)
    if owner is not None:
        fields["lease"] = _lease(owner, expires_at, fields["attempts"])
    return record_of(Job, fields)


def job_of_refused(item: AttributeItem | None) -> Job | None:
    """The job in the answer to a refused write."""
    return None if item is None else job_of(decode(item))


def _lease(owner: str, expires_at: str, attempts: Decimal) -> dict[str, Any]:
    return {"owner": owner, "attempt": attempts, "expiresAt": expires_at}
