"""A stretch of an episode, asked for and heard: as a player does it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.e2e.conftest import Caller, Platform, eventually
from tests.support.sound import decode, encode, second_heard, steps

SECONDS = 40
RATE_HZ = 44_100


@pytest.fixture(scope="module")
def media() -> bytes:
    """Forty seconds of MP3 whose tone tells the second."""
    return encode(steps(SECONDS), RATE_HZ, "mp3", "libmp3lame")


@pytest.fixture(scope="module")
def episode_id(platform: Platform, media: bytes) -> str:
    """A file that was uploaded and transcribed."""
    submitted = platform.caller.submit(media, filename="Q3 talk.mp3", content_type="audio/mpeg")
    assert platform.caller.ended(submitted.job_id)["status"] == "completed"
    return str(submitted.upload["fileId"])


def published(caller: Caller, episode_id: str, **times: object) -> httpx.Response:
    return caller.http.get(f"/api/v1/audio_clips/{episode_id}", params=times)


def heard(caller: Caller, clip_url: str) -> tuple[float, float]:
    """How long a clip is, and which second of the episode stands in its middle."""
    answer = caller.storage.get(clip_url).raise_for_status()
    assert answer.headers["content-type"] == "audio/mpeg"
    samples = decode(answer.content)
    middle = len(samples) // 2
    return len(samples) / RATE_HZ, second_heard(samples[max(0, middle - 11_025) : middle + 11_025])


def test_a_stretch_from_the_middle_plays_and_is_found_the_second_time(
    caller: Caller, episode_id: str
) -> None:
    fresh = published(caller, episode_id, start_time_ms=20_000, duration_ms=3_000)

    assert fresh.status_code == 200, fresh.text
    clip = fresh.json()
    assert (clip["cache_hit"], clip["episode_id"]) == (False, episode_id)
    assert clip["generation_time_ms"] > 0
    seconds, second = heard(caller, clip["clip_url"])
    assert seconds == pytest.approx(3, abs=0.06)
    assert second == pytest.approx(21, abs=0.05)

    again = published(caller, episode_id, start_time_ms=20_000, duration_ms=3_000).json()
    assert (again["cache_hit"], again["generation_time_ms"]) == (True, 0)
    ours = caller.http.get(
        f"/v1/clips/{episode_id}", params={"start_time_ms": 20_000, "duration_ms": 3_000}
    ).json()
    assert ours["cacheHit"] is True
    assert heard(caller, ours["clipUrl"]) == (seconds, second)


def test_the_last_second_can_be_heard_and_what_comes_after_it_is_refused(
    caller: Caller, episode_id: str
) -> None:
    last = published(caller, episode_id, start_time_ms=(SECONDS - 1) * 1_000, duration_ms=1_000)
    assert last.status_code == 200, last.text
    seconds, second = heard(caller, last.json()["clip_url"])
    assert seconds == pytest.approx(1, abs=0.06)
    assert second == pytest.approx(SECONDS - 1, abs=0.1)

    for _ in range(2):
        past = published(caller, episode_id, start_time_ms=SECONDS * 1_000 + 500)
        assert (past.status_code, past.json()["code"]) == (400, "clip-times-invalid")
    ours = caller.http.get(f"/v1/clips/{episode_id}", params={"start_time_ms": SECONDS * 1_000 + 500})
    assert (ours.status_code, ours.json()["code"]) == (422, "segment-outside-audio")


@pytest.mark.parametrize(
    "times",
    [
        {"start_time_ms": -1},
        {"start_time_ms": "x"},
        {"start_time_ms": 0, "duration_ms": 0},
        {"start_time_ms": 0, "duration_ms": "1.5"},
        {"start_time_ms": 0, "duration_ms": 60_001},
    ],
    ids=str,
)
def test_impossible_times_are_a_bad_request(
    caller: Caller, episode_id: str, times: dict[str, object]
) -> None:
    assert published(caller, episode_id, **times).status_code == 400


def test_twenty_players_that_ask_at_once_are_given_one_clip(caller: Caller, episode_id: str) -> None:
    with ThreadPoolExecutor(20) as players:
        asked = [
            players.submit(published, caller, episode_id, start_time_ms=7_000, duration_ms=2_000)
            for _ in range(20)
        ]
        answers = [one.result() for one in asked]

    assert {answer.status_code for answer in answers} == {200}
    addresses = {answer.json()["clip_url"].partition("?")[0] for answer in answers}
    assert len(addresses) == 1


def test_a_clip_comes_without_mail_and_stands_in_no_list(caller: Caller, episode_id: str) -> None:
    assert published(caller, episode_id, start_time_ms=1_000, duration_ms=1_000).status_code == 200

    jobs = caller.http.get("/v1/jobs", params={"limit": 100}).json()["jobs"]
    assert {job["type"] for job in jobs if job["inputFile"]["fileId"] == episode_id} == {"transcription"}


def test_anothers_episode_is_not_found(platform: Platform, episode_id: str) -> None:
    token = httpx.get(f"{platform.issuer_url}/token", params={"sub": "a-stranger"}, trust_env=False).text
    headers = {"Authorization": f"Bearer {token.strip()}"}
    with httpx.Client(base_url=platform.api_url, headers=headers, trust_env=False) as stranger:
        for path in (f"/api/v1/audio_clips/{episode_id}", f"/v1/clips/{episode_id}"):
            assert stranger.get(path, params={"start_time_ms": 0}).status_code == 404


def test_a_file_without_a_transcript_is_no_episode_but_can_be_listened_to_until_it_is_deleted(
    caller: Caller, media: bytes
) -> None:
    upload = caller.http.post(
        "/v1/upload/presign",
        json={"filename": "talk.mp3", "contentType": "audio/mpeg", "size": len(media)},
    ).json()
    url, times = f"/v1/clips/{upload['fileId']}", {"start_time_ms": 5_000, "duration_ms": 2_000}
    assert caller.http.get(url, params=times).status_code == 409
    caller.storage.request(
        upload["method"], upload["uploadUrl"], headers=upload["headers"], content=media
    ).raise_for_status()

    def is_there() -> bool:
        return caller.http.get(url, params=times).status_code == 200

    eventually(is_there, "a clip of the upload")
    assert published(caller, upload["fileId"], start_time_ms=0).status_code == 422
    address = caller.http.get(url, params=times).json()["clipUrl"]
    assert caller.storage.get(address).status_code == 200

    assert caller.http.delete(f"/v1/files/{upload['fileId']}").status_code == 204
    assert caller.http.get(url, params=times).status_code == 404
    assert caller.storage.get(address).status_code == 404


def test_the_published_health_route_answers_anybody(platform: Platform) -> None:
    answer = httpx.get(f"{platform.api_url}/api/v1/audio_clips/health", trust_env=False)

    assert (answer.status_code, answer.json()["status"]) == (200, "healthy")
