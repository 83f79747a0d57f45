"""A podcast through real processes: converter and transcriber hand it over, and one of them is killed."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import numpy as np
import pytest
from mutagen.id3 import ID3

from local.options import PlatformOptions
from local.platform import Platform, running_platform
from services.converter.operations.analyse import analyse
from shared.domain.audio_operations import AnalyseOptions
from tests.e2e.conftest import Caller, eventually
from tests.support.media import SAMPLES
from tests.support.sound import decode, encode, speech

pytestmark = [pytest.mark.emulator, pytest.mark.heavy, pytest.mark.timeout(400)]

TIMES = {"VISIBILITY_SECONDS": "6", "HEARTBEAT_SECONDS": "1"}
ROUTE = "/v1/workflows/podcast"
PAUSE_SECONDS = 3.0


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    state = tmp_path_factory.mktemp("platform")
    options = PlatformOptions(workers=1)
    with running_platform(options, state=state, tell=lambda _line: None, overrides=TIMES) as running:
        yield running


@pytest.fixture(scope="module")
def caller(platform: Platform) -> Iterator[Caller]:
    with closing(Caller(platform.api_url, platform.api_key, platform.inbox_url)) as caller:
        yield caller


def talk() -> bytes:
    """Three English samples with long pauses between them."""
    clips = [clip for clip in json.loads((SAMPLES / "samples.json").read_text()) if clip["language"] == "en"]
    silence = np.random.default_rng(2).normal(size=(int(PAUSE_SECONDS * 16_000), 1)).astype(np.float32) * 1e-4
    parts = [part for clip in clips for part in (decode((SAMPLES / clip["file"]).read_bytes()), silence)]
    return encode(np.concatenate(parts), 16_000)


def fetched(caller: Caller, job_id: str) -> dict[str, bytes]:
    files = caller.http.get(f"/v1/jobs/{job_id}/download").json()["files"]
    return {file["filename"]: caller.storage.get(file["url"]).raise_for_status().content for file in files}


def submit(caller: Caller, media: bytes, name: str, **asked: Any) -> str:
    upload = caller.submit(media, filename=name, content_type="audio/wav", route=ROUTE, **asked)
    assert upload.put.status_code == 200, upload.put.text
    return upload.job_id


def stored(platform: Platform, job_id: str) -> list[str]:
    from shared.aws.clients import Connection, make_client

    told = platform.environment
    connection = Connection(
        platform.emulator_url, told["AWS_REGION"], told["AWS_ACCESS_KEY_ID"], told["AWS_SECRET_ACCESS_KEY"]
    )
    listed = make_client("s3", connection).list_objects_v2(Bucket=told["TRANSCRIPT_BUCKET_NAME"])
    return [item["Key"] for item in listed.get("Contents", []) if job_id in item["Key"]]


def test_a_podcast_comes_back_levelled_tagged_transcribed_and_with_chapters(
    platform: Platform, caller: Caller
) -> None:
    options = {"chapters": True, "chapterSeconds": 10}
    job_id = submit(caller, talk(), "episode.wav", metadata={"title": "Episode 12"}, options=options)
    job = caller.ended(job_id, 180)

    assert job["status"] == "completed", job["error"]
    assert [(step["name"], step["status"]) for step in job["steps"]] == [
        (name, "completed")
        for name in (
            "validate", "pre-check", "convert", "metadata", "post-check", "transcript", "chapters", "notify",
        )
    ]  # fmt: skip
    assert all(step["attempts"] == 1 for step in job["steps"])
    files = fetched(caller, job_id)
    assert set(files) == {
        "episode.mp3", "episode.txt", "episode.json", "episode.srt", "episode.vtt", "episode.tsv",
        "episode.chapters.json",
    }  # fmt: skip
    measured = analyse(io.BytesIO(files["episode.mp3"]), AnalyseOptions(metrics=("loudness", "true_peak")))
    assert measured.integrated_lufs == pytest.approx(-19, abs=0.5), "it is mono"
    assert measured.true_peak_db is not None
    assert measured.true_peak_db <= -1
    assert job["qualityMetrics"]["integratedLufs"] == measured.integrated_lufs
    frames = ID3(io.BytesIO(files["episode.mp3"]))
    assert str(frames["TIT2"]) == "Episode 12"
    chapters = json.loads(files["episode.chapters.json"])["chapters"]
    assert len(chapters) >= 2
    assert sorted(frame.start_time for frame in frames.getall("CHAP")) == [
        round(chapter["startTime"] * 1000) for chapter in chapters
    ]
    # The samples last 11.64 and 15.78 s: the pause after the first ends where the second is spoken.
    assert any(abs(chapter["startTime"] - (11.64 + PAUSE_SECONDS)) < 2 for chapter in chapters)
    assert "chocolate" in json.loads(files["episode.json"])["text"]
    caller.mail(job_id)
    assert len(caller.mails(job_id)) == 1
    assert len(caller.mails("episode.wav")) == 1, "its transcription is nobody's news"
    eventually(lambda: not [key for key in stored(platform, job_id) if "/steps/" in key], "tidying up")
    assert [listed["id"] for listed in caller.http.get("/v1/jobs").json()["jobs"]].count(job_id) == 1


def test_a_converter_killed_in_a_step_goes_on_at_that_step(platform: Platform, caller: Caller) -> None:
    job_id = submit(caller, encode(speech(180, channels=2)), "killed.wav", mode="standard")
    eventually(lambda: caller.job(job_id)["currentStep"] == "convert", "the step to kill", 120)
    platform.crash("converter-1")
    job = caller.ended(job_id, 180)

    assert job["status"] == "completed", job["error"]
    attempts = {step["name"]: step["attempts"] for step in job["steps"]}
    assert attempts == {
        "validate": 1, "pre-check": 1, "convert": 2, "metadata": 1, "post-check": 1, "notify": 1,
    }  # fmt: skip
    assert job["attempts"] == 2
    assert set(fetched(caller, job_id)) == {"killed.mp3"}
    caller.mail(job_id)
    assert len(caller.mails(job_id)) == 1


def test_a_podcast_cancelled_while_it_is_worked_on_leaves_nothing_behind(
    platform: Platform, caller: Caller
) -> None:
    job_id = submit(caller, encode(speech(60)), "cancelled.wav", mode="quick", options={"transcript": True})
    eventually(lambda: caller.job(job_id)["currentStep"] is not None, "a first step", 120)
    assert caller.http.delete(f"/v1/jobs/{job_id}").json()["status"] == "cancelled"
    eventually(lambda: not stored(platform, job_id), "the removal of what was stored")
    assert caller.job(job_id)["status"] == "cancelled"
