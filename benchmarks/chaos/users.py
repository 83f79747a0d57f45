"""The two users of a storm: one whose jobs go first, and one whose jobs don't."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from benchmarks.chaos.caller import PatientCaller
from benchmarks.chaos.plan import PlannedJob
from local.development_user import create_development_user
from local.platform import Platform
from shared.aws.api_key_store import DynamoApiKeyStore
from shared.aws.clients import Connection, make_client
from shared.aws.user_directory import DynamoUserDirectory
from shared.domain.tiers import Tier
from shared.ports.clock import SystemClock


@dataclass(frozen=True)
class Users:
    """So that both queues of each kind of job are used."""

    of_priority: PatientCaller
    ordinary: PatientCaller

    def owner_of(self, planned: PlannedJob) -> PatientCaller:
        """Who submits it, and may ask for it."""
        return self.of_priority if planned.priority else self.ordinary

    def count_open_jobs(self) -> int:
        """How many jobs of either have not ended, as far as the lists know."""
        return self.of_priority.count_open_jobs() + self.ordinary.count_open_jobs()

    def give_up(self) -> None:
        """Repeat no call any more."""
        self.of_priority.give_up()
        self.ordinary.give_up()


@contextmanager
def two_users(platform: Platform) -> Iterator[Users]:
    """The development user, and another of the free tier, made here."""
    tables = make_client("dynamodb", connection_to(platform))
    table_name = platform.environment["JOB_TABLE_NAME"]
    other = create_development_user(
        DynamoUserDirectory(tables, table_name),
        DynamoApiKeyStore(tables, table_name),
        SystemClock(),
        tier=Tier.FREE,
    )
    with (
        PatientCaller(platform.api_url, platform.api_key, platform.inbox_url) as of_priority,
        PatientCaller(platform.api_url, other.api_key, platform.inbox_url) as ordinary,
    ):
        yield Users(of_priority, ordinary)


def connection_to(platform: Platform) -> Connection:
    """Where a platform's AWS is."""
    told = platform.environment
    return Connection(
        endpoint_url=platform.emulator_url,
        region=told["AWS_REGION"],
        access_key_id=told["AWS_ACCESS_KEY_ID"],
        secret_access_key=told["AWS_SECRET_ACCESS_KEY"],
    )
