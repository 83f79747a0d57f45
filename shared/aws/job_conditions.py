"""The clauses that a job's conditional writes are joined from, each named for what it asserts."""

from __future__ import annotations

from datetime import datetime, timedelta

from boto3.dynamodb.conditions import Attr, ConditionBase

from shared.aws.job_items import LEASE_EXPIRES_AT, LEASE_OWNER
from shared.domain.jobs import JobStatus, sources_of
from shared.domain.record import format_time
from shared.ports.job_store import HeldLease


def in_status(status: JobStatus) -> ConditionBase:
    """In exactly this state."""
    return Attr("status").eq(status.value)


def in_any(statuses: frozenset[JobStatus]) -> ConditionBase:
    """In one of these states."""
    return Attr("status").is_in(sorted(status.value for status in statuses))


def unclaimed(target: JobStatus) -> ConditionBase:
    """In a state that leads to ``target``, and no worker holds it: what is PROCESSING is its holder's."""
    return in_any(sources_of(target) - {JobStatus.PROCESSING})


def held_by(lease: HeldLease) -> ConditionBase:
    """This lease is the job's, and no later one was granted."""
    owner_is_the_same = Attr(LEASE_OWNER).eq(lease.owner)
    nobody_claimed_since = Attr("attempts").eq(lease.attempt)
    return in_status(JobStatus.PROCESSING) & owner_is_the_same & nobody_claimed_since


def lease_ran_out(now: datetime, clock_skew: timedelta) -> ConditionBase:
    """Its expiry has passed on every clock that is off by the allowed skew at most."""
    return Attr(LEASE_EXPIRES_AT).lt(format_time(now - clock_skew))


def lapsed(now: datetime, clock_skew: timedelta) -> ConditionBase:
    """PROCESSING, with a lease that ran out or none (it is in chunks): nobody holds it."""
    nobody_holds_it = Attr(LEASE_EXPIRES_AT).not_exists() | lease_ran_out(now, clock_skew)
    return in_status(JobStatus.PROCESSING) & nobody_holds_it


def unchanged(since: datetime) -> ConditionBase:
    """Nobody wrote to it after ``since``."""
    return Attr("updatedAt").lte(format_time(since))
