"""Clips on demand, over fakes: found, made, waited for, and made once however many ask."""

import asyncio
from datetime import timedelta

import httpx
import pytest

from services.api_lambda.app import create_app
from services.api_lambda.clips import MOST_JOBS_A_DAY
from shared.domain.errors import TransientError
from shared.domain.faults import Fault
from shared.domain.ids import new_id
from shared.domain.jobs import QUIET_KEPT, JobError, JobStatus, JobType
from shared.domain.work_queues import WorkQueue
from shared.ports.job_store import HeldLease
from tests.support.api_world import API_KEY, LIMITS
from tests.support.clip_calls import TIMES, Converter, ask, clip_jobs, refusal


def test_a_fresh_clip_is_made_and_the_next_call_finds_it(world, client, file, converter):
    made, found = ask(client, file).json(), ask(client, file).json()

    assert made == {
        "fileId": file.file_id,
        "startTimeMs": 30_000,
        "durationMs": 10_000,
        "clipUrl": f"memory:audio_clips/{file.file_id}/30000-40000_v1.mp3"
        "?filename=Q3+talk.mp3&expires=900&inline=True",
        "expiresAt": made["expiresAt"],
        "cacheHit": False,
        "generationTimeMs": 50,
    }
    assert (found["cacheHit"], found["generationTimeMs"]) == (True, 0)
    assert found["clipUrl"] == made["clipUrl"]
    assert len(converter.done) == 1


def test_the_published_route_answers_in_the_contracts_names(client, file, converter):
    answer = ask(client, file, "/api/v1/audio_clips/")

    assert answer.status_code == 200
    assert set(answer.json()) == {
        "clip_url",
        "expires_at",
        "cache_hit",
        "episode_id",
        "start_time_ms",
        "duration_ms",
        "generation_time_ms",
    }
    assert answer.json()["episode_id"] == file.file_id


def test_the_duration_is_half_a_minute_unless_another_is_asked_for(client, file, route, converter):
    answer = client.get(f"{route}{file.file_id}", params={"start_time_ms": 5_000}).json()

    assert answer.get("durationMs", answer.get("duration_ms")) == 30_000
    assert "/5000-35000_v1.mp3" in answer.get("clipUrl", answer.get("clip_url"))


def test_both_routes_lead_to_the_same_clip(client, file, converter):
    ask(client, file)

    assert ask(client, file, "/api/v1/audio_clips/").json()["cache_hit"] is True


def test_a_clips_job_is_heard_of_nowhere(world, client, file, converter):
    ask(client, file)

    [job] = clip_jobs(world)
    assert (job.type, job.quiet, job.status) == (JobType.CLIP, True, JobStatus.COMPLETED)
    assert job.queue is WorkQueue.CONVERSION_PRIORITY
    assert "talk" not in job.model_dump_json()
    assert client.get("/v1/jobs").json()["jobs"] == []
    assert client.get("/v1/usage").json()["days"] == []
    assert world.slots.take("user-1", new_id(), most=1) is None


@pytest.mark.heavy
def test_fifty_equal_requests_at_once_make_one_job_and_one_clip(world, file, converter):
    app = create_app(world.dependencies())

    async def all_at_once():
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://api", headers={"X-API-Key": API_KEY}
        ) as client:
            url = f"/v1/clips/{file.file_id}"
            return await asyncio.gather(*(client.get(url, params=TIMES) for _ in range(50)))

    answers = asyncio.run(all_at_once())

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["clipUrl"] for answer in answers}) == 1
    assert len(world.queue.bodies) == 1
    assert len(converter.done) == 1


def test_other_stretches_are_other_clips(client, file, converter):
    for start_time_ms in (0, 1, 2):
        assert ask(client, file, start_time_ms=start_time_ms).json()["cacheHit"] is False
    assert ask(client, file, duration_ms=9_000).json()["cacheHit"] is False

    assert len(converter.done) == 4


def test_after_a_day_a_fault_is_looked_for_once_more(world, client, file, converter):
    converter.error = JobError.of(Fault.NO_AUDIO_TRACK)
    ask(client, file)
    converter.error = None
    world.clock.advance(QUIET_KEPT / timedelta(seconds=1))

    assert ask(client, file).json()["cacheHit"] is False
    assert len(converter.done) == 2


def test_a_failure_of_ours_is_tried_again_by_the_next_call_and_not_for_ever(world, client, file, converter):
    converter.error = JobError.of(Fault.RETRIES_EXHAUSTED, tries=4)

    answers = [refusal(ask(client, file)) for _ in range(MOST_JOBS_A_DAY)]

    assert set(answers) == {(500, "retries-exhausted")}
    assert len(converter.done) == MOST_JOBS_A_DAY
    assert refusal(ask(client, file)) == (503, "unavailable")
    assert len(converter.done) == MOST_JOBS_A_DAY


def test_a_clip_that_storage_has_forgotten_is_made_anew(world, client, file, converter):
    ask(client, file)
    world.transcripts.objects.clear()

    assert ask(client, file).json()["cacheHit"] is False
    assert len(converter.done) == 2


def test_a_cancelled_job_is_followed_by_another(world, client, file, converter):
    world.while_waiting = lambda: None
    ask(client, file)
    [job] = clip_jobs(world)
    world.jobs.cancel(job.job_id, now=world.clock.now())
    converter.done.append(job.job_id)
    world.while_waiting = converter

    assert ask(client, file).json()["cacheHit"] is False


def test_a_call_waits_for_a_bounded_time_and_the_clip_is_made_all_the_same(world, client, file):
    began = world.clock.monotonic()
    answer = ask(client, file)

    assert refusal(answer) == (504, "clip-timed-out")
    assert answer.headers["Retry-After"] == "5"
    assert LIMITS.clip_wait_seconds <= world.clock.monotonic() - began < LIMITS.clip_wait_seconds + 1
    Converter(world)()
    assert ask(client, file).json()["cacheHit"] is True


def test_a_job_that_nobody_took_gets_its_message_again_now_and_then(world, client, file):
    ask(client, file)  # waits for longer than a message has its time

    ask(client, file)
    assert len(world.queue.bodies) == 2
    assert len(clip_jobs(world)) == 1


def test_whoever_made_the_job_may_die_before_its_message_is_sent(world, client, file, converter):
    send, world.queue.send = world.queue.send, _refuse
    assert refusal(ask(client, file)) == (503, "unavailable")
    world.queue.send = send
    world.clock.advance(10)

    assert ask(client, file).json()["cacheHit"] is False
    assert len(converter.done) == 1


def _refuse(_body, *, attributes=None):
    raise TransientError("the queue is away")


def test_a_job_that_rests_after_a_failed_try_is_not_hurried(world, client, file):
    world.while_waiting = lambda: None
    ask(client, file)
    [job] = clip_jobs(world)
    world.jobs.claim(job.job_id, owner="converter", now=world.clock.now(), lease_seconds=60)
    world.jobs.release(HeldLease(job.job_id, "converter", 1), now=world.clock.now(), counts=True)
    world.clock.advance(60)

    assert refusal(ask(client, file)) == (504, "clip-timed-out")
    assert len(world.queue.bodies) == 1


def test_the_published_health_route_needs_none(anonymous):
    answer = anonymous.get("/api/v1/audio_clips/health")

    assert answer.status_code == 200
    assert answer.json() == {
        "status": "healthy",
        "service": "audio_clips",
        "timestamp": "2026-11-20T12:00:00.000Z",
    }
