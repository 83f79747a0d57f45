"""Live progress through real processes: workers write, the notifier pushes, uvicorn holds the sockets."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import av
import httpx
import numpy as np
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from local.options import PlatformOptions
from local.platform import Platform, running_platform
from shared.aws.api_key_store import DynamoApiKeyStore
from shared.aws.clients import Connection, make_client
from shared.aws.job_store import DynamoJobStore
from shared.domain.ids import new_id
from shared.testing.builders import make_api_key
from tests.e2e.conftest import Caller, eventually
from tests.support.media import SAMPLES

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(300)]

TIMES = {"HEARTBEAT_SECONDS": "0.5", "VISIBILITY_SECONDS": "6", "JOBS_AT_ONCE": "1"}
ROUNDS = 8
"""How often the English samples follow each other: long enough for some heartbeats."""
STRANGERS_KEY = "escriba_a-key-of-somebody-else"


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


@pytest.fixture(scope="module")
def recording() -> bytes:
    """Minutes of speech as one FLAC file."""
    names = [clip["file"] for clip in json.loads((SAMPLES / "samples.json").read_text())]
    sound = np.concatenate([_read(SAMPLES / name) for name in names if name.startswith("en")] * ROUNDS)
    target = io.BytesIO()
    with av.open(target, "w", format="flac") as output:
        stream = output.add_stream("flac", rate=16_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(sound[np.newaxis], format="s16", layout="mono")
        frame.sample_rate = 16_000
        for packet in (*stream.encode(frame), *stream.encode(None)):
            output.mux(packet)
    return target.getvalue()


def _read(path: Path) -> np.ndarray[Any, np.dtype[np.int16]]:
    with av.open(str(path)) as source:
        resampler = av.AudioResampler(format="s16", layout="mono", rate=16_000)
        frames = [out for frame in source.decode(audio=0) for out in resampler.resample(frame)]
        return np.concatenate([frame.to_ndarray()[0] for frame in frames])


@pytest.fixture
def tables(platform: Platform) -> Any:
    told = platform.environment
    return make_client(
        "dynamodb",
        Connection(
            endpoint_url=told["AWS_ENDPOINT_URL"],
            region=told["AWS_REGION"],
            access_key_id=told["AWS_ACCESS_KEY_ID"],
            secret_access_key=told["AWS_SECRET_ACCESS_KEY"],
        ),
    )


def live(platform: Platform, key: str | None = None) -> ClientConnection:
    url = platform.api_url.replace("http://", "ws://") + "/v1/live"
    return connect(url, additional_headers={"X-API-Key": key or platform.api_key}, proxy=None)


def subscribe(client: ClientConnection, job_id: str) -> None:
    client.send(json.dumps({"action": "subscribe", "jobId": job_id}))
    assert hear(client) == {"subscribed": True, "jobId": job_id}


def hear(client: ClientConnection, seconds: float = 60) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(client.recv(seconds))
    return message


def hear_all(client: ClientConnection) -> list[dict[str, Any]]:
    """Everything up to the last word."""
    heard = [hear(client)]
    while heard[-1]["type"] == "progress":
        heard.append(hear(client))
    return heard


def announce(caller: Caller, content: bytes) -> dict[str, Any]:
    """A job that waits for its file."""
    upload = {"filename": "speech.flac", "contentType": "audio/flac", "size": len(content)}
    answer = caller.http.post("/v1/transcriptions", json={"upload": upload})
    assert answer.status_code == 202, answer.text
    created: dict[str, Any] = answer.json()
    return created


def upload(caller: Caller, created: dict[str, Any], content: bytes) -> None:
    target = created["upload"]
    caller.storage.request(
        target["method"], target["uploadUrl"], headers=target["headers"], content=content
    ).raise_for_status()


def open_connections(tables: Any, platform: Platform) -> set[str]:
    items = tables.scan(TableName=platform.environment["JOB_TABLE_NAME"])["Items"]
    partitions = [item["PK"]["S"] for item in items]
    return {one.removeprefix("CONNECTION#") for one in partitions if one.startswith("CONNECTION#")}


def test_those_who_watch_from_before_in_between_and_after_hear_the_same_end_once(
    platform: Platform, caller: Caller, recording: bytes
) -> None:
    created = announce(caller, recording)
    job_id = created["jobId"]
    with live(platform) as early, live(platform) as late:
        subscribe(early, job_id)
        assert hear(early)["currentStep"] == "pending"
        upload(caller, created, recording)
        heard = [hear(early)]
        while heard[-1].get("progress", 1) == 0:
            heard.append(hear(early))
        subscribe(late, job_id)
        joined = hear_all(late)
        heard += hear_all(early)
        with live(platform) as after:
            subscribe(after, job_id)
            said = hear(after)
        for client in (early, late):
            with pytest.raises(TimeoutError):
                client.recv(1)

    steps = [message["currentStep"] for message in heard[:-1]]
    assert "transcription" in steps
    assert set(steps) <= {"queued", "transcription"}
    percents = [message["progress"] for message in heard[:-1]]
    assert percents == sorted(percents)
    assert any(0 < percent < 100 for percent in percents)
    assert joined[0]["progress"] > 0
    assert heard[-1]["type"] == joined[-1]["type"] == said["type"] == "completed"
    names = [[file["filename"] for file in end["outputFiles"]] for end in (heard[-1], joined[-1], said)]
    assert names[0] == names[1] == names[2]
    text = next(file["url"] for file in heard[-1]["outputFiles"] if file["filename"].endswith(".txt"))
    assert caller.storage.get(text).raise_for_status().content
    assert len(caller.mails(job_id)) == 1


def test_a_failed_and_a_cancelled_job_are_told_of(platform: Platform, caller: Caller) -> None:
    broken = b"RIFF" + b"\0" * 2000
    failing, cancelled = announce(caller, broken), announce(caller, broken)
    with live(platform) as client:
        for created in (failing, cancelled):
            subscribe(client, created["jobId"])
            hear(client)
        assert caller.http.delete(f"/v1/jobs/{cancelled['jobId']}").status_code == 200
        assert hear(client) == {"type": "cancelled", "jobId": cancelled["jobId"]}
        upload(caller, failing, broken)
        last = hear_all(client)[-1]
    assert (last["type"], last["jobId"]) == ("failed", failing["jobId"])
    assert last["code"] == caller.job(failing["jobId"])["error"]["code"]


def test_a_job_that_is_purged_while_it_is_watched_has_still_ended(platform: Platform, caller: Caller) -> None:
    created = announce(caller, b"x" * 100)
    with live(platform) as client:
        subscribe(client, created["jobId"])
        hear(client)
        assert caller.http.delete(f"/v1/jobs/{created['jobId']}?purge=true").status_code == 204
        assert hear(client) == {"type": "cancelled", "jobId": created["jobId"]}


def test_who_may_not_gets_no_connection_and_nobody_hears_of_anothers_job(
    platform: Platform, caller: Caller, tables: Any
) -> None:
    keys = DynamoApiKeyStore(tables, platform.environment["JOB_TABLE_NAME"])
    keys.add(make_api_key(STRANGERS_KEY, user_id=new_id()))
    job_id = announce(caller, b"x" * 100)["jobId"]
    with pytest.raises(InvalidStatus) as refused:
        live(platform, "escriba_unknown")
    assert refused.value.response.status_code == 401
    with live(platform, STRANGERS_KEY) as stranger:
        answers = []
        for asked in (job_id, new_id(), "x" * 1000, "\udcff"):
            stranger.send(json.dumps({"action": "subscribe", "jobId": asked}))
            answers.append(hear(stranger))
        stranger.send(b"\xff\x00")
        stranger.send("{" * 5000)
        junk = [hear(stranger)["code"] for _ in range(2)]
    assert [answer["code"] for answer in answers] == ["not-found"] * 2 + ["invalid-request"] * 2
    assert answers[0]["error"] == answers[1]["error"]
    assert junk == ["malformed-json"] * 2


def test_a_revoked_key_hears_nothing_more(platform: Platform, caller: Caller) -> None:
    made = caller.http.post("/v1/keys", json={"name": "short"}).json()
    job_id = announce(caller, b"x" * 100)["jobId"]
    with live(platform, made["key"]) as client:
        subscribe(client, job_id)
        hear(client)
        assert caller.http.delete(f"/v1/keys/{made['id']}").status_code == 204
        assert caller.http.delete(f"/v1/jobs/{job_id}").status_code == 200
        with pytest.raises(ConnectionClosed) as closed:
            client.recv(30)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1008


def test_connections_of_a_process_that_was_killed_are_removed_with_the_next_push(
    platform: Platform, caller: Caller, tables: Any
) -> None:
    eventually(lambda: not open_connections(tables, platform), "the end of all connections")
    jobs = DynamoJobStore(tables, platform.environment["JOB_TABLE_NAME"])
    job_id = announce(caller, b"x" * 100)["jobId"]
    with live(platform) as client:
        subscribe(client, job_id)
        hear(client)
        eventually(lambda: jobs.get(job_id).watchers, "the record of who watches")
        assert platform.crash("api")
        with pytest.raises(ConnectionClosed):
            client.recv(30)
    assert len(open_connections(tables, platform)) == 1

    eventually(lambda: _is_up(platform), "the API's return")
    assert caller.http.delete(f"/v1/jobs/{job_id}").status_code == 200
    eventually(lambda: not open_connections(tables, platform), "the removal of the connection that is gone")
    with live(platform) as again:
        subscribe(again, job_id)
        assert hear(again)["type"] == "cancelled"


def _is_up(platform: Platform) -> bool:
    try:
        return httpx.get(f"{platform.api_url}/v1/health", timeout=2, trust_env=False).is_success
    except httpx.TransportError:
        return False
