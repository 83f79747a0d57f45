"""How calls are counted: by what they do to the data, and by how they end."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

from services.api_lambda.app import create_app
from shared.domain.files import FileStatus
from shared.domain.object_keys import clip_key
from shared.metrics import Metric
from shared.testing.builders import make_file


@pytest.fixture
def client(world) -> TestClient:
    dependencies = replace(world.dependencies(), metrics=world.metrics)
    return TestClient(
        create_app(dependencies),
        headers={"X-API-Key": "key-of-user-1"},
        raise_server_exceptions=False,
    )


def last(world):
    return world.metrics.records[-1], world.metrics.facts[-1]


def test_a_read_that_succeeds(world, client):
    client.get("/v1/jobs")
    values, facts = last(world)
    assert set(values) == {Metric.API_READ_TIME, Metric.API_REFUSALS, Metric.API_ERRORS}
    assert (values[Metric.API_REFUSALS], values[Metric.API_ERRORS]) == (0, 0)
    assert facts == {"route": "/v1/jobs"}


@pytest.mark.parametrize("is_there", [False, True], ids=["waited for", "there"])
def test_how_long_a_call_waited_for_a_worker_says_nothing_of_the_api(world, client, is_there):
    file = make_file(status=FileStatus.UPLOADED)
    world.files.create(file)
    if is_there:
        world.transcripts.write(clip_key(file.file_id, 0, 30_000), b"an MP3", content_type="audio/mpeg")
    client.get(f"/v1/clips/{file.file_id}?start_time_ms=0")
    values, _ = last(world)
    assert (Metric.API_READ_TIME in values) is is_there
    assert values[Metric.API_ERRORS] == (not is_there)


@pytest.mark.parametrize("route", ["/v1/health", "/api/v1/audio_clips/health"])
def test_balancers_are_not_counted(world, client, route):
    assert client.get(route).status_code == 200
    assert world.metrics.records == []


def test_a_write_that_is_refused(world, client):
    client.post("/v1/transcriptions", json={})
    values, _ = last(world)
    assert set(values) == {Metric.API_WRITE_TIME, Metric.API_REFUSALS, Metric.API_ERRORS}
    assert (values[Metric.API_REFUSALS], values[Metric.API_ERRORS]) == (1, 0)


def test_a_failure_of_ours_is_an_error_and_no_refusal(world, client, monkeypatch):
    def broken(*_arguments, **_named):
        raise RuntimeError

    monkeypatch.setattr(world.jobs, "get", broken)
    assert client.get("/v1/jobs/01M7WKJPYWCDFT7MQZB5FA17W9").status_code == 500
    values, _ = last(world)
    assert (values[Metric.API_REFUSALS], values[Metric.API_ERRORS]) == (0, 1)


def test_a_path_that_leads_nowhere_is_no_fact_of_its_own(world, client):
    client.get("/wp-admin/secret")
    assert last(world)[1] == {"route": "unknown"}


def test_health_checks_are_not_counted(world, client):
    client.get("/v1/health")
    assert world.metrics.records == []


def test_how_long_a_job_was_watched_says_nothing_of_the_api(world, client):
    client.get(f"/v1/jobs/{world.given_completed_job().job_id}/events")

    assert world.metrics.records == []
