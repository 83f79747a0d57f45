"""One trace a job, over all processes that it passes through, as the X-Ray daemon is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from local.options import PlatformOptions
from local.platform import running_platform
from tests.e2e.conftest import Caller, eventually
from tests.support.media import SAMPLES
from tests.support.xray_daemon import Segment, XRayDaemon, running_daemon

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(180)]

CALLERS_TRACE = "1-5759e988-bd862e3fe1be46a994272793"
FILENAME = "what the minister said.flac"


@pytest.fixture(scope="module")
def daemon() -> Iterator[XRayDaemon]:
    with running_daemon() as daemon:
        yield daemon


@pytest.fixture(scope="module")
def caller(daemon: XRayDaemon, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    state: Path = tmp_path_factory.mktemp("platform")
    traced = {"AWS_XRAY_DAEMON_ADDRESS": daemon.address, "TRACE_SHARE": "1"}
    options = PlatformOptions(workers=1, model="fake")
    with (
        running_platform(options, state=state, tell=lambda _line: None, overrides=traced) as platform,
        closing(Caller(platform.api_url, platform.api_key, platform.inbox_url)) as caller,
    ):
        yield caller


def way_of(daemon: XRayDaemon, job_id: str) -> list[Segment]:
    """The segments of a job, in order, once the notifier has sent its own."""
    eventually(
        lambda: any(about(segment, job_id) for segment in daemon.named("escriba-notifier")),
        "the notifier's segment",
    )
    return sorted((s for s in daemon.segments if about(s, job_id)), key=lambda s: s["start_time"])


def about(segment: Segment, job_id: str) -> bool:
    return segment.get("annotations", {}).get("job_id") == job_id


def test_a_job_is_one_trace_from_the_api_to_the_notifier(daemon: XRayDaemon, caller: Caller) -> None:
    caller.http.headers["X-Amzn-Trace-Id"] = f"Root={CALLERS_TRACE};Sampled=1"
    submitted = caller.submit(
        (SAMPLES / "en_1_clean.flac").read_bytes(), filename=FILENAME, content_type="audio/flac"
    )
    del caller.http.headers["X-Amzn-Trace-Id"]
    assert caller.ended(submitted.job_id)["status"] == "completed"

    way = way_of(daemon, submitted.job_id)

    assert [segment["name"] for segment in way] == [
        "escriba-api",
        "escriba-router",
        "escriba-transcriber",
        "escriba-notifier",
    ]
    assert {segment["trace_id"] for segment in way} == {CALLERS_TRACE}
    assert [later["parent_id"] for later in way[1:]] == [earlier["id"] for earlier in way[:-1]]
    api, _, transcriber, _ = way
    assert api["http"]["request"]["url"] == "/v1/transcriptions"
    assert api["http"]["response"]["status"] == 202
    stages = {stage["name"]: stage for stage in transcriber["subsegments"]}
    assert list(stages) == ["download", "decode", "inference", "store"]
    for stage in stages.values():
        assert transcriber["start_time"] <= stage["start_time"] <= stage["end_time"]
        assert stage["end_time"] <= transcriber["end_time"] + 0.002
        assert stage["annotations"]["busy_ms"] >= 0
    assert len({segment["annotations"]["user_id"] for segment in way}) == 1
    assert transcriber["annotations"]["fate"] == "Done"


def test_a_file_that_fails_is_a_trace_as_well_and_no_trace_holds_content(
    daemon: XRayDaemon, caller: Caller
) -> None:
    submitted = caller.submit(b"RIFF" + b"\0" * 2000, filename=FILENAME, content_type="audio/wav")
    assert caller.ended(submitted.job_id)["status"] == "failed"

    way = way_of(daemon, submitted.job_id)

    assert {segment["trace_id"] for segment in way} == {way[0]["trace_id"]}
    assert way[0]["trace_id"] != CALLERS_TRACE
    [transcriber] = [segment for segment in way if segment["name"] == "escriba-transcriber"]
    assert transcriber["annotations"]["code"] == caller.job(submitted.job_id)["error"]["code"]
    everything = str(daemon.segments)
    for secret in ("minister", "was not heard", caller.http.headers["X-API-Key"], "@"):
        assert secret not in everything
