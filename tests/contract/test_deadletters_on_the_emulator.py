"""The operators' tool as a process of its own, told by its environment alone where the queues are."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass

import pytest

from local.environment import base_environment
from local.resources import Queue
from shared.aws.job_store import DynamoJobStore
from shared.aws.queue import SqsQueue, SqsSender
from shared.domain.audio_operations import ConvertOptions
from shared.domain.jobs import JobStatus, JobType
from shared.domain.messages import JobMessage
from shared.testing.builders import make_job
from shared.testing.clock import START

pytestmark = pytest.mark.emulator


@dataclass
class Account:
    """A table and one queue, with the environment that names them."""

    jobs: DynamoJobStore
    queue: SqsQueue
    dead_letters: SqsSender
    environment: dict[str, str]

    def run(self, *arguments):
        ended = subprocess.run(
            [sys.executable, "-m", "tools.deadletters", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=60,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout)


@pytest.fixture
def account(emulator, emulated_cloud) -> Account:
    table_name = emulated_cloud.table_name()
    urls: Queue = emulated_cloud.queue_urls()
    return Account(
        DynamoJobStore(emulated_cloud.dynamodb, table_name),
        SqsQueue(emulated_cloud.sqs, urls.url, urls.dead_letter_url),
        SqsSender(emulated_cloud.sqs, urls.dead_letter_url),
        {
            **base_environment(),
            **emulator.environment(),
            "JOB_TABLE_NAME": table_name,
            "TRANSCRIPTION_QUEUE_URL": urls.url,
            "TRANSCRIPTION_DEAD_LETTER_QUEUE_URL": urls.dead_letter_url,
        },
    )


def bury(account, job):
    account.jobs.create(job)
    body = JobMessage(job_id=job.job_id, sent_at=START).to_body()
    account.dead_letters.send(body, attributes={"reason": "OSError: disk full"})
    return body


def test_failed_jobs_are_listed_replayed_and_gone_from_the_dead_letters(account):
    failed = [make_job(status=JobStatus.FAILED, failures=4) for _ in range(12)]
    bodies = {bury(account, job) for job in failed}

    for _ in range(2):  # listing takes nothing away
        listed = account.run("list", "--json")
        assert {letter["jobId"] for letter in listed} == {job.job_id for job in failed}
        assert {(letter["reason"], letter["jobStatus"]) for letter in listed} == {
            ("OSError: disk full", "FAILED")
        }

    replayed = account.run("replay", "--json", "--queue", "transcription", "--reason", "disk")
    assert {letter["action"] for letter in replayed} == {"replay"}
    assert account.run("list", "--json") == []
    for job in failed:
        now = account.jobs.get(job.job_id)
        assert (now.status, now.failures, now.redrives) == (JobStatus.QUEUED, 0, 1)
    received = []
    while batch := account.queue.receive(max_messages=10, wait_seconds=0, visibility_seconds=60):
        received += [delivery.body for delivery in batch]
        assert all("reason" not in delivery.attributes for delivery in batch)
    assert sorted(received) == sorted(bodies)


def test_a_letter_is_shown_and_purged(account):
    job = make_job(status=JobStatus.CANCELLED)
    body = bury(account, job)
    [shown] = account.run("show", job.job_id)
    assert (shown["body"], shown["job"]["status"]) == (body, "CANCELLED")
    [purged] = account.run("purge", "--yes", "--json")
    assert purged["jobId"] == job.job_id
    assert account.run("list", "--json") == []


def test_a_conversion_of_priority_goes_back_into_its_own_queue(account, emulated_cloud):
    urls = emulated_cloud.queue_urls()
    account.environment["CONVERSION_PRIORITY_QUEUE_URL"] = urls.url
    account.environment["CONVERSION_PRIORITY_DEAD_LETTER_QUEUE_URL"] = urls.dead_letter_url
    job = make_job(
        status=JobStatus.FAILED,
        type=JobType.CONVERT,
        operation=ConvertOptions(format="mp3"),
        priority=True,
    )
    account.jobs.create(job)
    body = JobMessage(job_id=job.job_id, sent_at=START).to_body()
    queue = SqsQueue(emulated_cloud.sqs, urls.url, urls.dead_letter_url)
    queue.send(body)
    [delivery] = queue.receive(max_messages=1, wait_seconds=1, visibility_seconds=60)
    queue.dead_letter(delivery, reason="OSError: disk full")

    [listed] = account.run("list", "--json")
    assert (listed["queue"], listed["jobId"]) == ("conversion_priority", job.job_id)
    [replayed] = account.run("replay", "--json", "--queue", "conversion_priority")
    assert replayed["action"] == "replay"
    [again] = queue.receive(max_messages=1, wait_seconds=1, visibility_seconds=60)
    assert again.body == body
    assert account.jobs.get(job.job_id).status is JobStatus.QUEUED
    assert account.run("list", "--json") == []
