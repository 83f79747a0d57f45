"""No order of calls by two workers and everybody else breaks a job: the table, on the emulator."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from shared.aws.job_store import DynamoJobStore
from tests.support.job_machine import JobMachine


@pytest.mark.emulator
def test_the_tables_conditional_writes_keep_the_invariants(emulated_cloud) -> None:
    client, table_name = emulated_cloud.dynamodb, emulated_cloud.table_name()

    class TableJobMachine(JobMachine):
        def make_store(self) -> DynamoJobStore:
            return DynamoJobStore(client, table_name)

    run_state_machine_as_test(
        TableJobMachine,
        settings=settings(
            max_examples=25, stateful_step_count=30, suppress_health_check=[HealthCheck.too_slow]
        ),
    )
