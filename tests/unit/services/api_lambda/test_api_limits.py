"""What each tier may: requests, sizes, jobs at once, and how a caller learns of it."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.domain.ids import new_id
from shared.domain.jobs import JobStatus
from shared.domain.tiers import LIMITS, LimitOverrides, Tier, limits_of
from shared.testing.builders import make_user

UPLOAD = {"filename": "interview.mp3", "contentType": "audio/mpeg", "size": 1000}


@pytest.fixture
def as_user(world, make_client):
    """A client of ``user-1`` with this tier and these limits of its own."""

    def make(tier=Tier.FREE, **limits):
        overrides = LimitOverrides(**limits) if limits else None
        world.users.put(make_user(tier=tier, limits=overrides))
        return make_client()

    return make


def ask(client):
    return client.post("/v1/transcriptions", json={"upload": UPLOAD})


def assert_limited(answer, limit, retry_after_seconds=None):
    assert (answer.status_code, answer.json()["code"], answer.json()["limit"]) == (
        429,
        "limit-reached",
        limit,
    )
    assert int(answer.headers["Retry-After"]) > 0
    if retry_after_seconds is not None:
        assert answer.headers["Retry-After"] == str(retry_after_seconds)


def test_tiers_only_ever_grant_more():
    free, pro, enterprise = (LIMITS[tier] for tier in (Tier.FREE, Tier.PRO, Tier.ENTERPRISE))
    for name in ("requests_a_minute", "file_bytes", "audio_minutes", "jobs_at_once", "kept_days"):
        assert getattr(free, name) < getattr(pro, name) < getattr(enterprise, name)
    assert (free.requests_a_day, pro.requests_a_day, enterprise.requests_a_day) == (100, 10_000, None)


def test_an_override_replaces_what_it_names_and_nothing_else():
    own = limits_of(Tier.FREE, LimitOverrides(unlimited=True, jobs_at_once=7))
    assert (own.requests_a_day, own.requests_a_minute, own.jobs_at_once) == (None, None, 7)
    assert own.file_bytes == LIMITS[Tier.FREE].file_bytes


def test_answers_say_how_much_is_left(world, as_user):
    client = as_user(requests_a_day=5)
    world.clock.advance(18)

    look, change = client.get("/v1/jobs"), client.post("/v1/upload/presign", json=UPLOAD)

    named = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")
    assert [look.headers[name] for name in named] == ["120", "119", "42"]
    assert [change.headers[name] for name in named] == ["5", "4", "43182"]


def test_changes_are_bounded_by_the_day_and_looking_is_not(world, as_user):
    client = as_user(requests_a_day=2)
    for _ in range(2):
        assert client.post("/v1/upload/presign", json=UPLOAD).status_code == 200

    assert_limited(client.post("/v1/upload/presign", json=UPLOAD), "requests-a-day", 43_200)
    assert client.get("/v1/jobs").status_code == 200

    world.clock.advance(43_200)
    assert client.post("/v1/upload/presign", json=UPLOAD).status_code == 200


@pytest.mark.parametrize("limit", [1, 7, 50])
def test_all_requests_are_bounded_by_the_minute(world, as_user, limit):
    client = as_user(requests_a_minute=limit)
    for number in range(limit):
        answer = client.get("/v1/jobs")
        assert answer.status_code == 200
        assert answer.headers["RateLimit-Remaining"] == str(limit - number - 1)

    assert_limited(client.get("/v1/jobs"), "requests-a-minute", 60)

    world.clock.advance(60)
    assert client.get("/v1/jobs").status_code == 200


def test_two_processes_together_grant_no_more_than_the_limit(world, as_user):
    one, other = as_user(requests_a_minute=100), as_user(requests_a_minute=100)

    with ThreadPoolExecutor(8) as threads:
        asked = [threads.submit((one, other)[number % 2].get, "/v1/jobs") for number in range(140)]
        granted = sum(answer.result().status_code == 200 for answer in asked)

    assert 90 <= granted <= 100


def test_looking_costs_a_write_now_and_then_and_not_each_time(world, as_user):
    client = as_user(Tier.PRO)

    for _ in range(60):
        client.get("/v1/jobs")

    assert world.counters.writes == 2


def test_one_users_limit_is_not_anothers(as_user, stranger):
    client = as_user(requests_a_minute=1)
    client.get("/v1/jobs")

    assert client.get("/v1/jobs").status_code == 429
    assert stranger.get("/v1/jobs").status_code == 200


def test_a_call_that_is_not_signed_in_counts_for_nobody(world, anonymous):
    for _ in range(3):
        assert anonymous.get("/v1/jobs", headers={"X-API-Key": "wrong"}).status_code == 401

    assert world.counters.writes == 0


def test_who_has_no_quota_is_told_of_none(as_user):
    client = as_user(unlimited=True)
    for _ in range(3):
        assert "RateLimit-Limit" not in ask(client).headers


def test_jobs_at_once_are_bounded_and_one_that_ended_makes_room(world, as_user):
    client = as_user(jobs_at_once=2)
    first, second = ask(client).json(), ask(client).json()

    assert_limited(ask(client), "jobs-at-once", 60)
    assert len(client.get("/v1/jobs").json()["jobs"]) == 2

    client.delete(f"/v1/jobs/{first['jobId']}")
    assert ask(client).status_code == 202
    assert_limited(ask(client), "jobs-at-once")
    assert world.jobs.get(second["jobId"]).status is JobStatus.PENDING


def test_a_deleted_job_makes_room(world, as_user):
    client = as_user(jobs_at_once=1)
    job_id = ask(client).json()["jobId"]
    assert client.delete(f"/v1/jobs/{job_id}?purge=true").status_code == 204
    assert ask(client).status_code == 202


def test_a_job_that_ended_elsewhere_makes_room(world, as_user):
    client = as_user(jobs_at_once=1)
    job_id = ask(client).json()["jobId"]
    assert_limited(ask(client), "jobs-at-once")

    world.jobs.expire(job_id, now=world.clock.now())

    assert ask(client).status_code == 202


def test_a_slot_of_a_job_that_never_came_to_be_is_found_free_in_the_end(world, as_user):
    client = as_user(jobs_at_once=1)
    world.slots.take("user-1", new_id(), most=1)
    assert_limited(ask(client), "jobs-at-once")  # it might be about to be made

    world.clock.advance(365 * 86_400)

    assert ask(client).status_code == 202


def test_fifty_at_once_get_no_more_jobs_than_the_limit(as_user):
    client = as_user(jobs_at_once=3, requests_a_minute=1000)

    with ThreadPoolExecutor(20) as threads:
        answers = [future.result() for future in [threads.submit(ask, client) for _ in range(50)]]

    assert sorted({answer.status_code for answer in answers}) == [202, 429]
    assert sum(answer.status_code == 202 for answer in answers) == 3


def test_a_file_over_the_tiers_size_is_refused_before_it_is_sent(as_user):
    client = as_user(file_bytes=1000)

    assert client.post("/v1/upload/presign", json={**UPLOAD, "size": 1000}).status_code == 200
    answer = client.post("/v1/upload/presign", json={**UPLOAD, "size": 1001})
    assert (answer.status_code, answer.json()["limitBytes"]) == (413, 1000)


def test_a_job_carries_its_owners_bound_on_length(world, as_user):
    job_id = ask(as_user(Tier.PRO)).json()["jobId"]

    assert world.jobs.get(job_id).audio_minutes == 180


@pytest.mark.parametrize(
    ("tier", "own", "goes_first"),
    [
        (Tier.FREE, {}, False),
        (Tier.PRO, {}, True),
        (Tier.ENTERPRISE, {}, True),
        (Tier.FREE, {"priority": True}, True),
        (Tier.PRO, {"priority": False}, False),
    ],
)
def test_a_job_goes_first_if_its_owners_tier_or_grant_says_so(world, as_user, tier, own, goes_first):
    job_id = ask(as_user(tier, **own)).json()["jobId"]

    assert world.jobs.get(job_id).priority is goes_first


def test_the_key_of_a_repeated_request_does_not_take_a_second_slot(as_user):
    client = as_user(jobs_at_once=1)

    for _ in range(3):
        answer = client.post("/v1/transcriptions", json={"upload": UPLOAD}, headers={"Idempotency-Key": "k"})
        assert answer.status_code == 202
