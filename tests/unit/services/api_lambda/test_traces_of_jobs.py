"""Where the trace of a job begins, and how it gets past storage, whose events carry none."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

from services.api_lambda.app import create_app
from services.api_lambda.job_starter import JobStarter
from services.api_lambda.router import Router
from shared.domain.files import FileStatus
from shared.ports.queue import TRACE_HEADER
from shared.testing.builders import make_file
from shared.testing.tracing import RecordingTracer
from tests.support.job_queues import all_in
from tests.unit.services.api_lambda.test_upload_router import batch, notification

UPLOAD = {"filename": "interview.mp3", "contentType": "audio/mpeg", "size": 500_000}


@pytest.fixture
def tracer() -> RecordingTracer:
    return RecordingTracer()


@pytest.fixture
def client(world, tracer) -> TestClient:
    return TestClient(
        create_app(replace(world.dependencies(), tracer=tracer)), headers={"X-API-Key": "key-of-user-1"}
    )


def router(world, tracer) -> Router:
    return Router(
        files=world.files,
        jobs=world.jobs,
        audio=world.audio,
        starter=JobStarter(jobs=world.jobs, queues=all_in(world.queue, world.clock), clock=world.clock),
        notices=world.notices,
        clock=world.clock,
        metrics=world.metrics,
        tracer=tracer,
    )


def test_a_job_keeps_the_trace_of_the_call_that_made_it(world, client, tracer):
    job_id = client.post("/v1/transcriptions", json={"upload": UPLOAD}).json()["jobId"]
    [span] = tracer.spans
    assert world.jobs.get(job_id).trace == span.header
    assert span.facts == {
        "job_id": job_id,
        "user_id": "user-1",
        "method": "POST",
        "route": "/v1/transcriptions",
        "status": 202,
    }


def test_a_call_goes_on_with_the_trace_that_its_caller_names(client, tracer):
    client.get("/v1/jobs", headers={"X-Amzn-Trace-Id": "trace-of-caller/7"})
    [span] = tracer.spans
    assert (span.trace, span.parent) == ("trace-of-caller", "7")


def test_lambdas_own_trace_goes_before_the_callers(client, tracer, monkeypatch):
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "trace-of-lambda/1")
    client.get("/v1/jobs", headers={"X-Amzn-Trace-Id": "trace-of-caller/7"})
    assert tracer.spans[0].trace == "trace-of-lambda"


def test_the_path_of_a_link_is_in_no_trace(client, tracer):
    client.get("/v1/links/secret-token")
    assert "secret-token" not in str(tracer.spans)
    assert tracer.spans[0].facts["route"] == "/v1/links/{token}"


def test_health_checks_are_not_traced(client, tracer):
    assert client.get("/v1/health").status_code == 200
    assert tracer.spans == []


def test_no_trace_is_kept_where_nobody_traces(world):
    client = TestClient(create_app(world.dependencies()), headers={"X-API-Key": "key-of-user-1"})
    job_id = client.post("/v1/transcriptions", json={"upload": UPLOAD}).json()["jobId"]
    assert world.jobs.get(job_id).trace is None


def test_the_router_takes_up_each_jobs_trace_and_hands_it_to_the_worker(world, tracer):
    jobs = [world.given_job(trace="trace-a/1"), world.given_job(trace="trace-b/2")]
    file = make_file(awaiting_job_ids=frozenset(job.job_id for job in jobs))
    world.files.create(file)
    world.upload(file, b"OggS\x00\x02" + bytes(994))

    router(world, tracer)(batch(notification(file.key)))

    told = world.queue.receive(max_messages=10, wait_seconds=0, visibility_seconds=30)
    assert {delivery.attributes[TRACE_HEADER] for delivery in told} == {s.header for s in tracer.spans}
    assert {(s.facts["job_id"], s.trace, s.parent) for s in tracer.spans} == {
        (jobs[0].job_id, "trace-a", "1"),
        (jobs[1].job_id, "trace-b", "2"),
    }


def test_a_rejected_uploads_notice_carries_the_jobs_trace(world, tracer):
    job = world.given_job(trace="trace-a/1")
    file = make_file(awaiting_job_ids=frozenset({job.job_id}))
    world.files.create(file)
    world.upload(file, b"%PDF-1.7" + bytes(992))

    router(world, tracer)(batch(notification(file.key)))

    assert world.files.get(file.file_id).status is FileStatus.REJECTED
    [notice] = world.notices.receive(max_messages=1, wait_seconds=0, visibility_seconds=30)
    assert notice.attributes[TRACE_HEADER].startswith("trace-a/")
