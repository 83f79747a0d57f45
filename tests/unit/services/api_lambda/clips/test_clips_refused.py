"""Clips that are not given: times, files and callers that have none."""

from datetime import timedelta

import pytest

from shared.domain.api_keys import Scope
from shared.domain.faults import Fault
from shared.domain.files import FileStatus
from shared.domain.jobs import JobError
from shared.domain.tiers import LimitOverrides, Tier
from shared.testing.builders import make_file, make_user
from tests.support.clip_calls import TIMES, ask, clip_jobs, refusal


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
