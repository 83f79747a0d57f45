"""No queue is forgotten: each is found, named where people look, and dealt with apart from the others."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from local.resources import Queue, Resources
from shared.domain.audio_operations import ConvertOptions
from shared.domain.jobs import JobStatus, JobType
from shared.domain.work_queues import WorkQueue
from tests.unit.tools.conftest import job_body
from tools.deadletters.command_line import parse
from tools.deadletters.operations import DONE, Selection
from tools.deadletters.queues import chosen, queues_in

CHECKOUT = Path(__file__).resolve().parents[3]
ALL = Selection()
NAMES = {queue.replace("-", "_") for queue in WorkQueue} | {"notification", "uploads"}

WORK = {
    "transcription": {},
    "transcription_priority": {"priority": True},
    "conversion": {"type": JobType.CONVERT, "operation": ConvertOptions(format="mp3")},
    "conversion_priority": {
        "type": JobType.CONVERT,
        "operation": ConvertOptions(format="mp3"),
        "priority": True,
    },
}


def environment():
    def queue(kind):
        return Queue(url=f"https://sqs/{kind}", dead_letter_url=f"https://sqs/{kind}-dead")

    return Resources(
        job_table_name="jobs",
        audio_bucket_name="audio",
        transcript_bucket_name="transcripts",
        **{name: queue(name) for name in NAMES},
        mail_from="escriba@example.com",
    ).environment()


def test_every_queue_of_the_platform_is_found_under_its_name():
    found = queues_in(environment())
    assert {(q.name, q.url, q.dead_letter_url) for q in found} == {
        (name, f"https://sqs/{name}", f"https://sqs/{name}-dead") for name in NAMES
    }
    assert [q.name for q in chosen(found, "conversion")] == ["conversion"], "not that of priority too"


def test_every_name_is_in_the_help_of_make_in_the_runbook_and_in_the_tools_own_help(capsys):
    with pytest.raises(SystemExit):
        parse(["list", "--help"])
    help_of_make = (CHECKOUT / "Makefile").read_text().split("QUEUE=notification")[-1]
    runbook = (CHECKOUT / "docs" / "runbook.md").read_text().split("`QUEUE=notification`")[-1]
    help_of_tool = capsys.readouterr().out.split("--queue QUEUE")[-1]
    for text in (help_of_make, runbook, help_of_tool):
        assert set(re.findall(r"[a-z_]+", f"notification {text[:400]}")) >= NAMES


@pytest.fixture(params=WORK)
def buried(request, desk):
    """A FAILED job in the dead letters of one queue, among those of all the others."""
    jobs = {name: desk.bury_job(queue=name, **job) for name, job in WORK.items()}
    assert all(job.queue.replace("-", "_") == name for name, job in jobs.items())
    return request.param, jobs


def test_a_letter_is_listed_and_shown_with_the_name_of_its_queue(desk, buried):
    name, jobs = buried
    assert desk.tool.list(ALL) == DONE
    assert {letter["jobId"]: letter["queue"] for letter in desk.printed()} == {
        job.job_id: queue for queue, job in jobs.items()
    }
    desk.clear()
    assert desk.tool.show(jobs[name].job_id, ALL) == DONE
    [shown] = desk.printed()
    assert (shown["queue"], shown["job"]["status"]) == (name, "FAILED")


def test_a_letter_is_replayed_into_the_queue_that_it_fell_from_and_into_no_other(desk, buried):
    name, jobs = buried
    assert desk.tool_for(name).replay(ALL, dry_run=False) == DONE
    assert {queue: held.bodies for queue, held in desk.queues.items() if held.bodies} == {
        name: [job_body(jobs[name])]
    }
    statuses = {queue: desk.jobs.get(job.job_id).status for queue, job in jobs.items()}
    assert statuses == {queue: JobStatus.QUEUED if queue == name else JobStatus.FAILED for queue in jobs}
    assert desk.dead_letters[name].bodies == []
    assert desk.nothing_is_hidden()


def test_a_purge_of_one_queue_leaves_the_letters_of_the_others(desk, buried):
    name, jobs = buried
    assert desk.tool_for(name).purge(ALL, dry_run=False, unasked=True) == DONE
    left = {queue for queue, held in desk.dead_letters.items() if held.bodies}
    assert left == set(jobs) - {name}
    assert not any(queue.bodies for queue in desk.queues.values())
