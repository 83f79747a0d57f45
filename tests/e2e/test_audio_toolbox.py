"""The audio toolbox, from the call to the file: what it makes, and what it says of files that are wrong."""

from __future__ import annotations

import base64
import io
import json
from typing import Any

import av
import numpy as np
import pytest

from tests.e2e.conftest import Caller, Platform, eventually
from tests.support.broken_media import damaged
from tests.support.media import silence, wav
from tests.support.sound import decode, encode, integers, png, sine

RATE_HZ = 44_100


def file_of(
    caller: Caller, content: bytes, filename: str = "talk.wav", content_type: str = "audio/wav"
) -> str:
    """Announce a file and send it: its id."""
    announced = {"filename": filename, "contentType": content_type, "size": len(content)}
    upload = caller.http.post("/v1/upload/presign", json=announced).raise_for_status().json()
    caller.storage.request(
        upload["method"], upload["uploadUrl"], headers=upload["headers"], content=content
    ).raise_for_status()
    return str(upload["fileId"])


def done(caller: Caller, operation: str, file_id: str, **body: object) -> dict[str, Any]:
    """The job of one operation, once it has ended."""
    answer = caller.http.post(f"/v1/audio/{operation}", json={"fileId": file_id, **body})
    assert answer.status_code == 202, answer.text
    assert answer.headers["Location"] == f"/v1/jobs/{answer.json()['jobId']}"
    return caller.ended(answer.json()["jobId"])


def fetched(caller: Caller, job: dict[str, Any]) -> dict[str, bytes]:
    """What the job made, by file name."""
    answer = caller.http.get(f"/v1/jobs/{job['id']}/download")
    assert answer.status_code == 200, answer.text
    files = {file["filename"]: caller.storage.get(file["url"]) for file in answer.json()["files"]}
    for name, found in files.items():
        assert name in found.headers["Content-Disposition"]
    return {name: found.raise_for_status().content for name, found in files.items()}


@pytest.fixture(scope="module")
def music() -> np.ndarray:
    return integers(sine(6, RATE_HZ, channels=2))


def test_a_file_is_converted_and_its_owner_gets_a_mail_whose_link_gives_it(
    caller: Caller, music: np.ndarray
) -> None:
    job = done(caller, "convert", file_of(caller, encode(music)), format="flac", quality="high")

    assert (job["status"], job["type"]) == ("completed", "convert"), job
    made = fetched(caller, job)
    assert list(made) == ["talk.flac"]
    assert np.array_equal(decode(made["talk.flac"]), music)
    assert job["result"]["durationSeconds"] == pytest.approx(6, abs=0.001)

    body = caller.mail(job["id"])["BodyText"]
    link = next(word for word in body.split() if "/v1/links/" in word)
    by_link = caller.storage.get(link, follow_redirects=True)
    assert by_link.content == made["talk.flac"]


def test_a_file_may_come_with_the_call_and_change_its_rate_channels_and_loudness(caller: Caller) -> None:
    content = encode(sine(5, 48_000, channels=2, level=0.05), 48_000)
    upload = {"filename": "a b.wav", "contentType": "audio/wav", "size": len(content)}
    asked = {"format": "mp3", "sampleRate": 22_050, "channels": 1, "loudness": "podcast"}

    answer = caller.http.post("/v1/audio/convert", json={"upload": upload, **asked}).raise_for_status().json()
    to = answer["upload"]
    caller.storage.request(to["method"], to["uploadUrl"], headers=to["headers"], content=content)
    job = caller.ended(answer["jobId"])

    assert job["status"] == "completed", job
    assert job["result"]["gainDb"] > 6
    with av.open(io.BytesIO(fetched(caller, job)["a b.mp3"])) as container:
        stream = container.streams.audio[0]
        assert (stream.rate, stream.layout.nb_channels) == (22_050, 1)


def test_pieces_joined_again_are_the_same_samples(caller: Caller, music: np.ndarray) -> None:
    segments = [
        {"start": "0:00", "end": "0:02.500", "name": "intro"},
        {"start": "0:02.500", "end": "0:06", "name": "the rest"},
    ]
    job = done(
        caller, "split", file_of(caller, encode(music)), segments=segments, options={"crossFade": False}
    )

    assert job["status"] == "completed", job
    made = fetched(caller, job)
    assert list(made) == ["intro.wav", "the rest.wav"]
    assert np.array_equal(np.concatenate([decode(piece) for piece in made.values()]), music)


def test_measures_have_a_level_and_the_rule_that_gave_it(caller: Caller) -> None:
    job = done(caller, "analyze", file_of(caller, encode(sine(4, RATE_HZ))))

    metrics = job["qualityMetrics"]
    assert metrics["level"] in ("EXCELLENT", "GOOD", "ACCEPTABLE", "POOR", "FAILED")
    assert metrics["rule"]
    assert metrics["thdPlusN"] < -60
    assert (metrics["clippingDetected"], metrics["sampleRate"]) == (False, RATE_HZ)
    assert metrics["integratedLufs"] is not None


def test_tags_are_written_and_read_in_one_call_each(caller: Caller) -> None:
    file_id = file_of(caller, encode(sine(2), container="mp3", codec="libmp3lame"), "talk.mp3", "audio/mpeg")
    tags = {"title": "Episode 7", "artist": "Ana Ruiz"}
    cover = base64.b64encode(png(600, 600)).decode()

    written = caller.http.post(
        "/v1/audio/metadata",
        json={
            "fileId": file_id,
            "tags": tags,
            "cover": cover,
            "chapters": [{"start": "0:01", "title": "Two"}],
        },
    )
    assert written.status_code == 200, written.text
    [file] = written.json()["files"]
    changed = caller.storage.get(file["url"]).raise_for_status().content
    read = caller.http.post(
        "/v1/audio/metadata", json={"fileId": file_of(caller, changed, "talk.mp3", "audio/mpeg")}
    )

    assert read.status_code == 200, read.text
    found = read.json()["tags"]
    assert found["texts"].items() >= tags.items()
    assert found["cover"] == "image/png"
    assert [chapter["title"] for chapter in found["chapters"]] == ["Two"]
    assert np.array_equal(decode(changed), decode(encode(sine(2), container="mp3", codec="libmp3lame")))


def test_a_file_is_drawn_and_its_peaks_are_told(caller: Caller, music: np.ndarray) -> None:
    file_id = file_of(caller, encode(music))

    picture = fetched(caller, done(caller, "spectrogram", file_id, kind="mel", width=800, height=300))
    peaks = fetched(caller, done(caller, "spectrogram", file_id, kind="peaks", points=100))

    image = picture["talk.png"]
    assert image.startswith(b"\x89PNG")
    assert int.from_bytes(image[16:20], "big") == 800
    assert json.loads(peaks["talk.json"])


WRONG = {
    "past-the-end": (
        "split",
        {"segments": [{"start": "0:00", "end": "0:01"}, {"start": "0:01", "end": "1:00"}]},
        lambda: encode(sine(2)),
        "segment-outside-audio",
    ),
    "no-chapters": ("split", {"by": "chapters"}, lambda: encode(sine(2)), "nothing-to-split-at"),
    "random-bytes": (
        "convert",
        {"format": "mp3"},
        lambda: np.random.default_rng(1).bytes(50_000),
        "unreadable-media",
    ),
    "a-wav-of-nothing": ("analyze", {}, lambda: wav(silence(0)), "no-audio-data"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_the_worker_finds_wrong_fails_with_a_code_and_keeps_nothing(
    platform: Platform, name: str
) -> None:
    caller = platform.caller
    operation, body, media, code = WRONG[name]

    job = done(caller, operation, file_of(caller, media()), **body)

    assert (job["status"], job["error"]["code"]) == ("failed", code), job
    assert (job["attempts"], job["outputFiles"]) == (1, [])
    assert platform.stored_for(job["id"]) == []
    assert job["error"]["message"] in " ".join(caller.mail(job["id"])["BodyText"].split())


def test_a_picture_that_only_begins_like_one_is_no_cover(caller: Caller) -> None:
    cover = base64.b64encode(png()[:16] + b"nothing").decode()
    answer = caller.http.post(
        "/v1/audio/metadata", json={"fileId": file_of(caller, encode(sine(1))), "cover": cover}
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "cover-not-an-image")


ODD = {
    "mono": lambda: encode(sine(2)),
    "5.1": lambda: encode(sine(2, 48_000, channels=6), 48_000),
    "11,025 Hz": lambda: encode(sine(2, 11_025), 11_025),
    "37,800 Hz": lambda: encode(sine(2, 37_800), 37_800),
    "192 kHz": lambda: encode(sine(2, 192_000), 192_000),
    "damaged in the middle": lambda: damaged(
        encode(sine(6), container="mp3", codec="libmp3lame"), 0.45, 0.55
    ),
}


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("operation", ["convert", "split", "analyze"])
def test_odd_files_simply_work(caller: Caller, name: str, operation: str) -> None:
    body = {"convert": {"format": "mp3"}, "split": {"by": "parts", "parts": 2}, "analyze": {}}[operation]

    job = done(caller, operation, file_of(caller, ODD[name]()), **body)

    assert (job["status"], job["attempts"]) == ("completed", 1), job
    for made in fetched(caller, job).values():
        assert len(decode(made)) > 0


def test_nothing_is_left_on_disk_and_a_deleted_job_leaves_nothing_in_storage(platform: Platform) -> None:
    caller = platform.caller
    job = done(caller, "split", file_of(caller, encode(sine(3))), by="parts", parts=3)
    assert len(platform.stored_for(job["id"])) == 3

    deleted = caller.http.delete(f"/v1/jobs/{job['id']}", params={"purge": "true"})

    assert deleted.status_code == 204
    assert platform.stored_for(job["id"]) == []
    eventually(lambda: not list(platform.temporary_files.iterdir()), "an empty folder of temporary files", 5)
