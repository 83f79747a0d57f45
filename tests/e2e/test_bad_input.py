"""What users really send: broken, mislabelled, odd. A 4xx, a FAILED job with a reason, or it simply works."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.e2e.conftest import Caller, Platform, eventually
from tests.support.broken_media import mp4_of_millions, opus
from tests.support.media import (
    SAMPLES,
    Audio,
    cut_off,
    encode,
    noise,
    read_audio,
    silence,
    tone,
    video,
    wav,
)


def speech(rate_hz: int = 16_000) -> Audio:
    return read_audio(SAMPLES / "es_1_clean.flac", rate_hz=rate_hz)


def mp3() -> bytes:
    return encode(speech(), container="mp3", codec="libmp3lame")


def stale_wav() -> bytes:
    """A recorder that was switched off: its header knows of the first half second only."""
    media = bytearray(wav(speech()))
    media[40:44] = (16_000).to_bytes(4, "little")
    return bytes(media)


def chained_ogg() -> bytes:
    """As a radio recorder writes it: a stereo jingle, then mono speech."""
    jingle = silence(2, rate_hz=48_000)
    return encode(jingle, container="ogg", codec="libopus", rate_hz=48_000, layout="stereo") + encode(
        speech(48_000), container="ogg", codec="libopus", rate_hz=48_000
    )


def m4a() -> bytes:
    return encode(speech(), container="ipod", codec="aac")


WORKS_WITH_SPEECH: dict[str, tuple[str, Callable[[], bytes]]] = {
    "an mp3": ("audio/mpeg", mp3),
    "an m4a": ("audio/mp4", m4a),
    "an mp3 that says it is a wav": ("audio/wav", mp3),
    "an mp3 that says it is just bytes": ("application/octet-stream", mp3),
    "an mp3 cut off": ("audio/mpeg", lambda: cut_off(mp3())),
    "a wav cut off": ("audio/wav", lambda: cut_off(wav(speech()))),
    "8 kHz 8-bit mu-law": (
        "audio/wav",
        lambda: encode(speech(8_000), container="wav", codec="pcm_mulaw", rate_hz=8_000),
    ),
    "192 kHz 24-bit": (
        "audio/wav",
        lambda: encode(speech(192_000), container="wav", codec="pcm_s24le", rate_hz=192_000),
    ),
    "six channels": (
        "audio/flac",
        lambda: encode(speech(48_000), container="flac", codec="flac", rate_hz=48_000, layout="5.1"),
    ),
    "Opus in Ogg": (
        "audio/ogg",
        lambda: encode(speech(48_000), container="ogg", codec="libopus", rate_hz=48_000),
    ),
    "a wav whose header says half a second": ("audio/wav", stale_wav),
    "an Ogg chained of stereo and mono": ("audio/ogg", chained_ogg),
    "an Ogg with garbage after its first second": (
        "audio/ogg",
        lambda: (
            opus(1)
            + bytes(200_000)
            + encode(speech(48_000), container="ogg", codec="libopus", rate_hz=48_000)
        ),
    ),
}

WORKS_WITHOUT_TEXT: dict[str, tuple[str, Callable[[], bytes]]] = {
    "0.05 s of sound": ("audio/wav", lambda: wav(tone(0.05))),
    "silence": ("audio/wav", lambda: wav(silence(5))),
    "noise": ("audio/wav", lambda: wav(noise(5))),
}

FAILS: dict[str, tuple[str, str, Callable[[], bytes]]] = {
    "text renamed mp3": ("audio/mpeg", "not-media", lambda: b"Dear diary, today I renamed a file.\n" * 40),
    "a playlist that names a file": (
        "audio/mpeg",
        "not-media",
        lambda: b"#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
    ),
    "a PDF": ("audio/mpeg", "not-media", lambda: b"%PDF-1.7\n" + bytes(range(256)) * 8),
    "random bytes": ("audio/mpeg", "unreadable-media", lambda: noise(1, level=1).tobytes()),
    "an m4a cut off before its index": ("audio/mp4", "unreadable-media", lambda: cut_off(m4a())),
    "a video without sound": ("video/mp4", "no-audio-track", lambda: video(2, audio=None)),
    "an mp4 whose index claims eighty million samples": (
        "audio/mp4",
        "no-audio-data",
        lambda: mp4_of_millions(80_000_000),
    ),
    "a wav of no samples": ("audio/wav", "no-audio-data", lambda: wav(silence(0))),
}


@pytest.mark.parametrize("name", WORKS_WITH_SPEECH)
def test_it_simply_works(caller: Caller, name: str) -> None:
    content_type, make = WORKS_WITH_SPEECH[name]
    upload = caller.submit(make(), filename=name, content_type=content_type)
    assert upload.put.status_code == 200
    job = caller.ended(upload.job_id)
    assert (job["status"], job["attempts"]) == ("completed", 1), job
    transcript = json.loads(caller.outputs(upload.job_id)["json"])
    assert transcript["language"] == "es"
    assert "finanzas" in transcript["text"]


@pytest.mark.parametrize("name", WORKS_WITHOUT_TEXT)
def test_sound_without_speech_completes_with_an_empty_transcript(caller: Caller, name: str) -> None:
    content_type, make = WORKS_WITHOUT_TEXT[name]
    upload = caller.submit(make(), filename=f"{name}.wav", content_type=content_type)
    job = caller.ended(upload.job_id)
    assert (job["status"], job["attempts"]) == ("completed", 1), job
    assert json.loads(caller.outputs(upload.job_id)["json"])["text"] == ""
    assert "no speech" in str(caller.mail(upload.job_id)).lower()


@pytest.mark.parametrize("name", FAILS)
def test_it_fails_at_once_with_a_code_a_sentence_and_a_mail(caller: Caller, name: str) -> None:
    content_type, code, make = FAILS[name]
    upload = caller.submit(make(), filename=f"{name}.bin", content_type=content_type)
    job = caller.ended(upload.job_id)
    assert (job["status"], job["error"]["code"]) == ("failed", code), job
    assert job["attempts"] <= 1
    assert job["error"]["message"].endswith(".")
    assert "Traceback" not in job["error"]["message"]
    assert job["error"]["message"] in " ".join(caller.mail(upload.job_id)["BodyText"].split())


@pytest.mark.parametrize(
    "filename",
    [
        'she said "hi" & <b>left</b>.flac',
        "grabación 🎙️ número uno.flac",
        "../../etc/passwd",
        "-rf .flac",
        "a" * 250 + ".flac",
        "%2e%2e%2f+plus and space.flac",
    ],
)
def test_any_printable_file_name_works(caller: Caller, filename: str) -> None:
    upload = caller.submit(
        (SAMPLES / "es_1_clean.flac").read_bytes(), filename=filename, content_type="audio/flac"
    )
    job = caller.ended(upload.job_id)
    assert job["status"] == "completed", job
    assert job["inputFile"]["filename"] == filename
    assert caller.outputs(upload.job_id)["txt"]


def problem_of(caller: Caller, method: str, path: str, **request: object) -> tuple[int, str]:
    answer = caller.http.request(method, path, **request)  # type: ignore[arg-type]
    assert answer.headers["content-type"].startswith("application/problem+json"), answer.text
    problem = answer.json()
    assert problem["status"] == answer.status_code
    assert problem["title"]
    assert problem["detail"]
    return answer.status_code, problem["code"]


def upload_of(**changes: object) -> dict[str, object]:
    return {"upload": {"filename": "a.mp3", "contentType": "audio/mpeg", "size": 1000, **changes}}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (upload_of(size=0), 422, "empty-file"),
        (upload_of(size=-1), 422, "invalid-request"),
        (upload_of(size=10**13), 413, "file-too-large"),
        (upload_of(contentType="text/plain"), 415, "unsupported-type"),
        (upload_of(filename="a" * 300), 422, "invalid-request"),
        (upload_of(filename=""), 422, "invalid-request"),
        (upload_of(filename="a\r\nBcc: x"), 422, "invalid-request"),
        (upload_of() | {"colour": "blue"}, 422, "invalid-request"),
        (upload_of() | {"language": "klingon"}, 422, "invalid-request"),
        (upload_of() | {"task": "sing"}, 422, "invalid-request"),
        (upload_of() | {"fileId": "01ARZ3NDEKTSV4RRFFQ69G5FAV"}, 422, "invalid-request"),
        ({}, 422, "invalid-request"),
        ({"fileId": "01ARZ3NDEKTSV4RRFFQ69G5FAV"}, 404, "not-found"),
        ([], 422, "invalid-request"),
    ],
)
def test_wrong_requests_are_told_what_is_wrong(caller: Caller, body: object, status: int, code: str) -> None:
    assert problem_of(caller, "POST", "/v1/transcriptions", json=body) == (status, code)


def test_broken_bodies_keys_and_routes_are_told_what_is_wrong(caller: Caller) -> None:
    json_type = {"Content-Type": "application/json"}
    cases = [
        (
            problem_of(caller, "POST", "/v1/transcriptions", content=b"{oops", headers=json_type),
            (400, "malformed-json"),
        ),
        (
            problem_of(caller, "POST", "/v1/transcriptions", json={"a": "x" * 1_000_000}),
            (413, "body-too-large"),
        ),
        (problem_of(caller, "GET", "/v1/jobs", headers={"X-API-Key": "wrong"}), (401, "invalid-credentials")),
        (problem_of(caller, "GET", "/v1/jobs", headers={"X-API-Key": ""}), (401, "missing-credentials")),
        (problem_of(caller, "GET", "/v1/jobs?cursor=junk"), (400, "invalid-cursor")),
        (problem_of(caller, "GET", "/v1/jobs?limit=0"), (422, "invalid-request")),
        (problem_of(caller, "GET", "/v1/jobs/not-an-id"), (404, "not-found")),
        (problem_of(caller, "GET", "/v1/links/junk"), (404, "link-invalid")),
        (problem_of(caller, "GET", "/v1/nothing"), (404, "not-found")),
        (problem_of(caller, "PATCH", "/v1/jobs"), (405, "method-not-allowed")),
    ]
    assert [found for found, _expected in cases] == [expected for _found, expected in cases]


@pytest.mark.parametrize(("sent", "declared"), [(2000, 1000), (500, 1000)])
def test_storage_refuses_an_upload_of_another_size(caller: Caller, sent: int, declared: int) -> None:
    content = wav(tone(1))[:sent]
    answer = caller.http.post(
        "/v1/transcriptions", json=upload_of(size=declared, contentType="audio/wav")
    ).json()
    upload = answer["upload"]
    headers = {**upload["headers"], "Content-Length": str(sent)}
    put = caller.storage.put(upload["uploadUrl"], headers=headers, content=content)
    assert put.status_code == 403
    assert caller.job(answer["jobId"])["status"] == "pending"


def test_storage_refuses_an_upload_of_another_type(caller: Caller) -> None:
    answer = caller.http.post("/v1/transcriptions", json=upload_of(size=1000)).json()
    headers = {**answer["upload"]["headers"], "Content-Type": "text/html"}
    put = caller.storage.put(answer["upload"]["uploadUrl"], headers=headers, content=b"x" * 1000)
    assert put.status_code == 403


def test_nothing_is_left_behind_on_disk(platform: Platform) -> None:
    upload = platform.caller.submit(mp3(), filename="last.mp3", content_type="audio/mpeg")
    platform.caller.ended(upload.job_id)
    eventually(lambda: not list(platform.temporary_files.iterdir()), "an empty folder of temporary files", 5)
