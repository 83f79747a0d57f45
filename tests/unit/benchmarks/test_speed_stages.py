"""The profile counts each stage once, a minute of audio."""

from __future__ import annotations

import pytest

from benchmarks.calls.call import Call
from benchmarks.speed.stages import StageTimes, profile
from services.transcriber.engine import EngineStage


def test_stages_come_from_the_calls_and_from_the_watched_worker() -> None:
    calls = [
        Call("transcriber", "s3", "GetObject", 0.0, 20.0),
        Call("transcriber", "s3", "HeadObject", 0.0, 10.0),
        Call("transcriber", "s3", "PutObject", 0.0, 50.0),
        Call("router_poller", "s3", "HeadObject", 0.0, 99.0),
        Call("api_lambda", "dynamodb", "PutItem", 0.0, 8.0),
        Call("notifier", "dynamodb", "UpdateItem", 0.0, 4.0),
        Call("notifier", "sqs", "DeleteMessage", 0.0, 6.0),
        Call("notifier", "sqs", "ReceiveMessage", 0.0, 2000.0, messages=1),
    ]
    watched = {"decode": 7.0, "download": 1.0, "encode": 3.0}
    found = {
        share.stage: share.ms_a_minute
        for share in profile(calls, watched, audio_seconds=120.0, watched_audio_seconds=60.0)
    }
    assert found["download (S3)"] == 15.0
    assert found["decode"] == 6000.0
    assert found["encode"] == 3000.0
    assert found["vad"] == 0.0
    assert found["write (S3)"] == 25.0
    assert found["DynamoDB"] == 6.0
    assert found["SQS"] == 3.0


def test_an_observer_sums_a_stage_over_its_turns_even_one_that_failed() -> None:
    times = StageTimes()
    with pytest.raises(RuntimeError), times.watch(EngineStage.ENCODE):
        raise RuntimeError
    before = times.seconds["encode"]
    assert before > 0
    with times.watch(EngineStage.ENCODE):
        pass
    assert times.seconds["encode"] > before
    assert set(times.seconds) == {"encode"}
