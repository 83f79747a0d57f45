"""Clips on demand, over fakes: found, made, waited for, and made once however many ask."""

import asyncio
import threading
from datetime import timedelta

import httpx
import pytest

from services.api_lambda.app import create_app
from services.api_lambda.clips import MOST_JOBS_A_DAY
from shared.domain.api_keys import Scope
from shared.domain.errors import TransientError
from shared.domain.faults import Fault
from shared.domain.files import FileStatus
from shared.domain.ids import new_id
from shared.domain.jobs import QUIET_KEPT, JobError, JobStatus, JobType, Timings
from shared.domain.object_keys import clip_key
from shared.domain.results import OperationResult
from shared.domain.tiers import LimitOverrides, Tier
from shared.domain.work_queues import WorkQueue
from shared.ports.job_store import HeldLease
from shared.testing.builders import make_file, make_user
from tests.unit.services.api_lambda.conftest import API_KEY, LIMITS

TIMES = {"start_time_ms": 30_000, "duration_ms": 10_000}


class Converter:
    """Plays the converter whenever a caller waits; ``error`` is what jobs end with."""

    def __init__(self, world):
        self.world = world
        self.done = []
        self.error = None
        self._lock = threading.Lock()
        world.while_waiting = self

    def __call__(self):
        with self._lock:
            for job_id in self.world.queued_job_ids():
                if job_id not in self.done:
                    self.done.append(job_id)
                    self._do(job_id)

    def _do(self, job_id):
        now, jobs = self.world.clock.now(), self.world.jobs
        job = jobs.claim(job_id, owner="converter", now=now, lease_seconds=60)
        held = HeldLease(job_id, "converter", job.attempts)
        if self.error is not None:
            jobs.fail(held, now=now, error=self.error, counts=False)
            return
        key = clip_key(job.file.file_id, job.operation.start_time_ms, job.operation.end_time_ms)
        self.world.transcripts.write(key, b"an MP3", content_type="audio/mpeg")
        result = OperationResult(duration_seconds=10)
        jobs.complete(held, now=now, result=result, outputs=(), timings=Timings())


@pytest.fixture
def file(world):
    """A file of the first user's that is there and was transcribed."""
    record = make_file(status=FileStatus.UPLOADED, transcribed_at=world.clock.now(), filename="Q3 talk.mp3")
    world.files.create(record)
    return record


@pytest.fixture
def converter(world):
    return Converter(world)


@pytest.fixture(params=["/v1/clips/", "/api/v1/audio_clips/"], ids=["ours", "published"])
def route(request):
    return request.param


def ask(client, file, route="/v1/clips/", **times):
    return client.get(f"{route}{file.file_id}", params={**TIMES, **times})


def refusal(answer):
    return answer.status_code, answer.json()["code"]


def clip_jobs(world):
    return [job for job in map(world.jobs.get, dict.fromkeys(world.queued_job_ids())) if job is not None]


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


@pytest.mark.parametrize(
    "times",
    [
        {"start_time_ms": -1},
        {"start_time_ms": "soon"},
        {"start_time_ms": "1.5"},
        {"start_time_ms": ""},
        {"start_time_ms": 10**30},
        {"duration_ms": 0},
        {"duration_ms": -1_000},
        {"duration_ms": 60_001},
        {"duration_ms": "1e3"},
        {"duration_ms": 99},
    ],
    ids=str,
)
def test_times_that_no_clip_has_are_refused(world, client, file, times):
    assert refusal(ask(client, file, **times)) == (422, "invalid-request")
    published = ask(client, file, "/api/v1/audio_clips/", **times)
    assert refusal(published) == (400, "clip-times-invalid")
    assert next(iter(times)) in published.json()["detail"]
    assert clip_jobs(world) == []


def test_a_stretch_needs_a_beginning(client, file):
    assert client.get(f"/api/v1/audio_clips/{file.file_id}").status_code == 400


def test_a_start_past_the_end_is_told_again_without_another_job(world, client, file, converter):
    converter.error = JobError.of(
        Fault.SEGMENT_OUTSIDE_AUDIO, duration_seconds=9.5, what="the clip from 30.000 s on"
    )
    sentence = "The audio is 9.5 seconds long; the clip from 30.000 s on does not lie within it."

    answers = [ask(client, file) for _ in range(3)]
    published = ask(client, file, "/api/v1/audio_clips/")

    assert {refusal(answer) for answer in answers} == {(422, "segment-outside-audio")}
    assert {answer.json()["detail"] for answer in answers} == {sentence}
    assert refusal(published) == (400, "clip-times-invalid")
    assert sentence in published.json()["detail"]
    assert len(converter.done) == 1


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


def test_anothers_file_looks_like_one_that_never_was(world, stranger, file, route):
    theirs, none = ask(stranger, file, route), ask(stranger, make_file(), route)

    assert refusal(theirs) == refusal(none) == (404, "not-found")
    assert theirs.json()["detail"] == none.json()["detail"]
    assert clip_jobs(world) == []


@pytest.mark.parametrize("hostile", ["..%2f..%2fx", "%00", "x" * 3000, "01KAGZ4Q8B5W2J0T3X9V6M7N1C%0a"])
def test_an_id_that_is_none_is_not_found(client, route, hostile):
    assert client.get(f"{route}{hostile}", params=TIMES).status_code == 404


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"status": FileStatus.DELETED}, (404, "not-found")),
        ({"status": FileStatus.PENDING}, (410, "upload-expired")),
        ({"status": FileStatus.REJECTED, "error": JobError.of(Fault.EMPTY_FILE)}, (422, "empty-file")),
    ],
    ids=["deleted", "never came", "rejected"],
)
def test_a_file_that_can_not_be_cut_from_says_why(world, client, route, changes, refused):
    file = make_file(**changes)
    world.files.create(file)

    assert refusal(ask(client, file, route)) == refused


def test_a_file_whose_upload_is_still_to_come_is_a_conflict(world, client, route):
    file = make_file(upload_expires_at=world.clock.now() + timedelta(hours=1))
    world.files.create(file)

    assert refusal(ask(client, file, route)) == (409, "file-unusable")


def test_only_the_published_route_asks_for_a_transcript(world, client, converter):
    file = make_file(status=FileStatus.UPLOADED)
    world.files.create(file)

    assert refusal(ask(client, file, "/api/v1/audio_clips/")) == (422, "no-transcript")
    assert ask(client, file).status_code == 200


def test_a_clip_counts_as_a_change_when_it_is_made_and_as_a_look_when_it_is_there(
    world, make_client, file, converter
):
    world.users.put(make_user(tier=Tier.FREE, limits=LimitOverrides(requests_a_day=1)))
    client = make_client()

    made = ask(client, file)
    assert [ask(client, file).status_code for _ in range(3)] == [200] * 3
    refused = ask(client, file, start_time_ms=0)

    assert (made.headers["RateLimit-Limit"], made.headers["RateLimit-Remaining"]) == ("1", "0")
    assert refusal(refused) == (429, "limit-reached")
    assert len(clip_jobs(world)) == 1


def test_a_key_that_may_only_look_may_listen(world, make_client, file, converter):
    world.given_key("read-only", user_id="user-1", scope=Scope.READ)

    assert ask(make_client("read-only"), file).status_code == 200


def test_clips_need_a_key(anonymous, file, route):
    assert ask(anonymous, file, route).status_code == 401


def test_the_published_health_route_needs_none(anonymous):
    answer = anonymous.get("/api/v1/audio_clips/health")

    assert answer.status_code == 200
    assert answer.json() == {
        "status": "healthy",
        "service": "audio_clips",
        "timestamp": "2026-11-20T12:00:00.000Z",
    }
