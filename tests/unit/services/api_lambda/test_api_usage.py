"""Use and cost, added up from the jobs themselves."""

from datetime import timedelta

import pytest

from services.api_lambda.settings import ApiLimits
from shared.domain.audio_operations import ConvertOptions
from shared.domain.jobs import JobType
from shared.domain.tiers import LimitOverrides
from shared.domain.workflows import PodcastOptions, WorkflowResult
from shared.prices import dollars_per_second
from shared.testing.builders import make_user
from shared.testing.clock import START

AN_HOUR_USD = 3600 * dollars_per_second(vcpus=1, memory_gb=2)


def test_a_day_holds_its_jobs_their_audio_and_what_the_work_cost(world, client):
    for _ in range(2):
        world.given_completed_job()
    world.given_job()
    world.given_completed_job(user_id="user-2")
    world.given_job(created_at=START - timedelta(days=1))
    world.given_job(created_at=START - timedelta(days=40))

    usage = client.get("/v1/usage").json()

    assert [day["date"] for day in usage["days"]] == ["2026-11-20", "2026-11-19"]
    today = usage["days"][0]
    assert (today["jobs"], today["completed"], today["failed"]) == (3, 2, 0)
    assert today["audioMinutes"] == pytest.approx(2 * 12.5 / 60, abs=0.005)
    assert today["workSeconds"] == 5.0
    assert today["costUsd"] == pytest.approx(5 / 3600 * AN_HOUR_USD, abs=1e-6)
    assert usage["complete"] is True


def test_it_says_how_many_requests_are_left_today(world, client):
    world.users.put(make_user(limits=LimitOverrides(requests_a_day=5)))
    client.post("/v1/estimate", json={"size": 1000})

    usage = client.get("/v1/usage").json()

    assert (usage["requestsToday"], usage["requestsLeftToday"]) == (1, 4)


def test_requests_that_nothing_bounds_are_not_counted_and_it_says_so(world, client):
    world.users.put(make_user(limits=LimitOverrides(unlimited=True)))
    client.post("/v1/estimate", json={"size": 1000})

    usage = client.get("/v1/usage").json()

    assert (usage["requestsToday"], usage["requestsLeftToday"]) == (None, None)


def test_an_estimate_grows_with_the_file(client):
    small, large = (client.post("/v1/estimate", json={"size": size}).json() for size in (1, 1_000_000))

    assert small["estimatedDuration"] == 6
    assert large["estimatedDuration"] == 15
    assert large["estimatedCostUsd"] == pytest.approx(15 / 3600 * AN_HOUR_USD, abs=1e-6)
    assert client.get("/v1/jobs").json()["jobs"] == []


@pytest.mark.parametrize(("size", "status"), [(0, 422), (1_000_001, 413), ("big", 422)])
def test_a_file_that_would_be_refused_has_no_estimate(client, size, status):
    assert client.post("/v1/estimate", json={"size": size}).status_code == status


def test_jobs_that_share_a_worker_share_its_price():
    alone, shared = ApiLimits(jobs_at_once=1), ApiLimits(jobs_at_once=2)

    hearing = JobType.TRANSCRIPTION
    assert shared.dollars_per_second_of(hearing) == alone.dollars_per_second_of(hearing) / 2


def test_jobs_of_the_audio_toolbox_cost_what_their_own_workers_do():
    limits = ApiLimits(task_vcpus=4, converter_vcpus=1, converter_memory_gb=2, conversions_at_once=2)

    price = limits.dollars_per_second_of(JobType.SPLIT)

    assert price == dollars_per_second(vcpus=1, memory_gb=2) / 2


def test_a_day_tells_how_many_jobs_of_each_type_there_were(world, client):
    world.given_completed_job()
    for _ in range(2):
        world.given_completed_operation(ConvertOptions(format="mp3"))

    [today] = client.get("/v1/usage").json()["days"]

    assert today["jobsByType"] == {"transcription": 1, "convert": 2}
    assert today["workSeconds"] == 7.5


def test_a_workflow_is_one_job_that_costs_what_it_and_its_transcription_took(world, client):
    result = WorkflowResult(mode="quick", duration_seconds=12.5, passed=True)
    podcast = world.given_completed_operation(PodcastOptions(), result)
    hearing = world.given_completed_job(parent_id=podcast.job_id)
    price_of = ApiLimits().dollars_per_second_of

    [today] = client.get("/v1/usage").json()["days"]

    assert (today["jobs"], today["completed"], today["jobsByType"]) == (1, 1, {"podcast": 1})
    assert today["audioMinutes"] == pytest.approx(12.5 / 60, abs=0.005)
    assert today["workSeconds"] == 5.0
    assert today["costUsd"] == pytest.approx(
        2.5 * (price_of(podcast.type) + price_of(hearing.type)), abs=1e-6
    )


def test_an_estimate_may_be_of_another_type_of_job(client):
    known = client.post("/v1/estimate", json={"size": 1_000_000, "type": "convert"})
    unknown = client.post("/v1/estimate", json={"size": 1_000_000, "type": "singing"})

    assert known.json()["estimatedDuration"] == 6
    assert (unknown.status_code, unknown.json()["code"]) == (422, "invalid-request")
    assert "transcription, convert" in unknown.json()["detail"]
