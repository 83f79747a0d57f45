"""Long audio through real processes: two workers share it, one of them is killed, its owner gets one mail."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import av
import jiwer
import numpy as np
import pytest

from local.options import PlatformOptions
from local.platform import Platform, running_platform
from tests.e2e.conftest import Caller, eventually
from tests.support.media import SAMPLES

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(300)]

TIMES = {
    "CHUNK_THRESHOLD_SECONDS": "60",
    "CHUNK_SECONDS": "40",
    "CHUNKS_IN_FLIGHT": "3",
    "VISIBILITY_SECONDS": "6",
    "HEARTBEAT_SECONDS": "1",
    "JOBS_AT_ONCE": "1",
}
ROUNDS = 9
"""How often the English samples follow each other: about six minutes."""

WORST_WORD_ERROR_RATE = 0.25
"""The samples one after the other without a pause are harder than each alone: 11-13 % uncut."""


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    state = tmp_path_factory.mktemp("platform")
    options = PlatformOptions(workers=2)
    with running_platform(options, state=state, tell=lambda _line: None, overrides=TIMES) as running:
        yield running


@pytest.fixture(scope="module")
def caller(platform: Platform) -> Iterator[Caller]:
    with closing(Caller(platform.api_url, platform.api_key, platform.inbox_url)) as caller:
        yield caller


@pytest.fixture(scope="module")
def recording() -> tuple[bytes, str]:
    """The English samples over and over as one FLAC file, and what is said in it."""
    clips = [clip for clip in json.loads((SAMPLES / "samples.json").read_text()) if clip["language"] == "en"]
    sound = np.concatenate([read(SAMPLES / clip["file"]) for clip in clips] * ROUNDS)
    target = io.BytesIO()
    with av.open(target, "w", format="flac") as output:
        stream = output.add_stream("flac", rate=16_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(sound[None], format="s16", layout="mono")
        frame.sample_rate = 16_000
        fifo = av.AudioFifo()
        fifo.write(frame)
        while (part := fifo.read(4096, partial=True)) is not None:
            output.mux(stream.encode(part))
        output.mux(stream.encode(None))
    return target.getvalue(), " ".join(clip["text"] for clip in clips * ROUNDS)


def read(path: Path) -> np.ndarray:
    with av.open(str(path)) as container:
        resampler = av.AudioResampler(format="s16", layout="mono", rate=16_000)
        parts = [
            part.to_ndarray().reshape(-1)
            for frame in container.decode(audio=0)
            for part in resampler.resample(frame)
        ]
    return np.concatenate(parts)


def submit(caller: Caller, media: bytes, name: str) -> str:
    upload = caller.submit(media, filename=name, content_type="audio/flac")
    assert upload.put.status_code == 200, upload.put.text
    return upload.job_id


def partials(platform: Platform, job_id: str) -> list[str]:
    from shared.aws.clients import Connection, make_client

    environment = platform.environment
    connection = Connection(
        platform.emulator_url,
        environment["AWS_REGION"],
        environment["AWS_ACCESS_KEY_ID"],
        environment["AWS_SECRET_ACCESS_KEY"],
    )
    listed = make_client("s3", connection).list_objects_v2(Bucket=environment["TRANSCRIPT_BUCKET_NAME"])
    return [item["Key"] for item in listed.get("Contents", []) if f"{job_id}/chunks/" in item["Key"]]


def plain(text: str) -> str:
    return " ".join("".join(c for c in text.lower() if c.isalnum() or c in " '").split())


def assert_whole(caller: Caller, job: dict[str, Any], spoken: str) -> None:
    assert (job["status"], job["progress"]) == ("completed", 100)
    transcript = json.loads(caller.outputs(job["id"])["json"])
    assert transcript["language"] == "en"
    assert len(transcript["chunks"]) > 5
    assert transcript["quality"]["grade"] in ("good", "fair")
    ends = [0.0]
    for segment in transcript["segments"]:
        assert ends[-1] <= segment["start"] <= segment["end"] <= transcript["durationSeconds"]
        ends.append(segment["end"])
    assert jiwer.wer(plain(spoken), plain(transcript["text"])) <= WORST_WORD_ERROR_RATE


def test_two_workers_share_a_long_file_and_its_owner_gets_one_mail(
    platform: Platform, caller: Caller, recording: tuple[bytes, str]
) -> None:
    media, spoken = recording
    job_id = submit(caller, media, "long.flac")
    job = caller.ended(job_id, 120)
    assert_whole(caller, job, spoken)
    caller.mail(job_id)
    assert len(caller.mails(job_id)) == 1
    eventually(lambda: not partials(platform, job_id), "the removal of partial transcripts")
    workers = [
        (platform.logs / f"transcriber-{number}.log").read_text().count("chunk completed")
        for number in (1, 2)
    ]
    assert all(workers), f"one worker did it alone: {workers}"


def test_a_worker_killed_in_a_chunk_costs_that_chunk_alone(
    platform: Platform, caller: Caller, recording: tuple[bytes, str]
) -> None:
    media, spoken = recording
    job_id = submit(caller, media, "killed.flac")
    eventually(lambda: partials(platform, job_id), "the first chunk")
    before = set(partials(platform, job_id))
    platform.crash("transcriber-1")
    job = caller.ended(job_id, 150)
    assert_whole(caller, job, spoken)
    assert before
    assert len(caller.mails(job_id)) <= 1
    log = "".join((platform.logs / f"transcriber-{number}.log").read_text() for number in (1, 2))
    done = [line for line in log.splitlines() if job_id in line and '"chunk completed"' in line]
    chunks = len(json.loads(caller.outputs(job_id)["json"])["chunks"])
    # The killed worker may have completed a chunk and died before it said so.
    assert chunks - 1 <= len(done) <= chunks, "no chunk was completed twice"


def test_a_cancelled_long_file_leaves_nothing_behind(
    platform: Platform, caller: Caller, recording: tuple[bytes, str]
) -> None:
    job_id = submit(caller, recording[0], "cancelled.flac")
    eventually(lambda: partials(platform, job_id), "the first chunk")
    assert caller.http.delete(f"/v1/jobs/{job_id}").json()["status"] == "cancelled"
    eventually(lambda: not partials(platform, job_id), "the removal of partial transcripts")
    assert caller.job(job_id)["status"] == "cancelled"
