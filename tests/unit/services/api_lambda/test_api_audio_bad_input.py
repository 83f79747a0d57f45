"""What the audio toolbox is asked and can't do: each a sentence that its sender understands, and no job."""

import base64
import json

import pytest

from shared.domain.audio_operations import MOST_NAMES_BYTES, MOST_SEGMENTS
from shared.domain.files import FileStatus
from shared.domain.jobs import JobType
from shared.domain.object_keys import output_key
from shared.testing.builders import make_file, make_job

SENTENCES = {
    "reversed": (
        "split",
        {"segments": [{"start": "0:20", "end": "0:10"}]},
        "The field segments.0 must end after it starts: it goes from 0:20 to 0:10.",
    ),
    "zero-length": (
        "split",
        {"segments": [{"start": "0:10", "end": "0:10"}]},
        "The field segments.0 must end after it starts: it goes from 0:10 to 0:10.",
    ),
    "overlapping": (
        "split",
        {"segments": [{"start": "0:00", "end": "0:10"}, {"start": "0:09.999", "end": "0:12"}]},
        "The body has segments that overlap: 0:00 to 0:10 and 0:09.999 to 0:12.",
    ),
    "1001-segments": (
        "split",
        {"segments": [{"start": f"{n}", "end": f"{n + 1}"} for n in range(1001)]},
        "The field segments must have at most 1000 items, not 1001.",
    ),
    "a-path": (
        "split",
        {"segments": [{"start": "0:00", "end": "0:10", "name": "../../etc/passwd"}]},
        "The field segments.0.name must not be a path: "
        'no / \\ : * ? " < > | in it, and no dot or space at its ends.',
    ),
    "same-names": (
        "split",
        {
            "segments": [
                {"start": f"{n}", "end": f"{n + 1}", "name": name} for n, name in enumerate(["A", "a"])
            ]
        },
        "The body has two segments of the same name.",
    ),
    "no-time": (
        "split",
        {"segments": [{"start": "soon", "end": "0:10"}]},
        "The field segments.0.start must be a time like 1:30 or 01:02:03.500.",
    ),
    "75-seconds": (
        "split",
        {"segments": [{"start": "0:75", "end": "2:00"}]},
        "The field segments.0.start must not have more than 59 seconds or minutes.",
    ),
    "no-segments": ("split", {}, "The body must have segments where by is segments, and only there."),
    "no-parts": ("split", {"by": "parts"}, "The body must have parts where by is parts, and only there."),
    "mp3-at-192-khz": (
        "convert",
        {"format": "mp3", "sampleRate": 192_000},
        "The body asks for 192000 Hz, which mp3 can't hold.",
    ),
    "six-channel-mp3": (
        "convert",
        {"format": "mp3", "channels": 6},
        "The body asks for 6 channels, which mp3 can't hold.",
    ),
    "no-format": (
        "convert",
        {"format": "midi"},
        "The field format must be 'mp3', 'flac', 'wav', 'm4a', 'ogg' or 'opus'.",
    ),
    "a-rate-as-text": (
        "convert",
        {"format": "mp3", "sampleRate": "44100"},
        "The field sampleRate must be a whole number.",
    ),
    "yes": (
        "split",
        {"by": "chapters", "options": {"crossFade": "yes"}},
        "The field options.crossFade must be true or false.",
    ),
    "no-metric": ("analyze", {"metrics": []}, "The field metrics must not be empty."),
    "an-unknown-metric": (
        "analyze",
        {"metrics": ["bpm"]},
        "The field metrics.0 must be 'thd_plus_n', 'snr', 'dynamic_range', 'clipping', 'loudness', "
        "'true_peak', 'levels', 'tempo', 'key' or 'all'.",
    ),
    "an-unknown-loudness": (
        "convert",
        {"format": "mp3", "loudness": "loud"},
        "The field loudness must be 'podcast', 'mono' or 'broadcast', or must be an object.",
    ),
    "too-loud": (
        "convert",
        {"format": "mp3", "loudness": {"lufs": 5}},
        "The field loudness.lufs must be at most -5.",
    ),
    "control-characters": (
        "metadata",
        {"tags": {"title": "a\x00b"}},
        "The field tags.title must not hold control characters.",
    ),
    "two-chapters-at-once": (
        "metadata",
        {"chapters": [{"start": "0:01", "title": "a"}, {"start": "00:01", "title": "b"}]},
        "The body has two chapters that begin at the same time.",
    ),
    "a-picture-too-wide": ("spectrogram", {"width": 4001}, "The field width must be at most 4000."),
}


@pytest.fixture
def file(world):
    made = make_file(status=FileStatus.UPLOADED)
    world.files.create(made)
    return made


def assert_nothing_was_made(world):
    assert world.jobs.list_for_user("user-1", status=None, limit=1, cursor=None).jobs == ()
    assert world.queue.bodies == []
    assert world.transcripts.objects == {}


@pytest.mark.parametrize("name", SENTENCES)
def test_what_is_wrong_is_said_in_a_sentence(world, client, file, name):
    operation, body, sentence = SENTENCES[name]

    answer = client.post(f"/v1/audio/{operation}", json={"fileId": file.file_id, **body})

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-request")
    assert answer.json()["detail"] == f"The request is not valid. {sentence}"
    assert_nothing_was_made(world)


@pytest.mark.parametrize(
    "cover",
    ["not base64!", base64.b64encode(b"GIF89a" + bytes(20)).decode(), base64.b64encode(b"hello").decode()],
    ids=["no-base64", "gif", "text"],
)
def test_cover_art_that_is_no_image_is_refused_at_once(world, client, file, cover):
    answer = client.post("/v1/audio/metadata", json={"fileId": file.file_id, "cover": cover})

    assert (answer.status_code, answer.json()["code"]) == (422, "cover-not-an-image")
    assert_nothing_was_made(world)


def test_tags_of_ten_megabytes_are_too_large(world, client, file):
    tags = {f"tag{number}": "x" * 10_000 for number in range(11)}
    cover = "A" * 10_000_000

    texts = client.post("/v1/audio/metadata", json={"fileId": file.file_id, "tags": tags})
    image = client.post("/v1/audio/metadata", json={"fileId": file.file_id, "cover": cover})

    assert (texts.status_code, texts.json()["code"]) == (422, "invalid-request")
    assert "tags and chapters that together are longer than 100000 bytes" in texts.json()["detail"]
    assert (image.status_code, image.json()["code"]) == (413, "body-too-large")
    assert_nothing_was_made(world)


def longest_split(name_bytes):
    name = "x" * (name_bytes - 4)
    return [
        {"start": f"00:{n // 60:02d}:{n % 60:02d}.000", "end": f"00:{n // 60:02d}:{n % 60:02d}.999"}
        | {"name": f"{name}{n:04d}"}
        for n in range(MOST_SEGMENTS)
    ]


def test_a_thousand_segments_are_taken_and_their_record_has_room_for_what_comes_of_them(world, client, file):
    segments = longest_split(MOST_NAMES_BYTES // MOST_SEGMENTS)

    answer = client.post("/v1/audio/split", json={"fileId": file.file_id, "segments": segments})

    assert answer.status_code == 202, answer.text
    [job] = world.jobs.list_for_user("user-1", status=None, limit=9, cursor=None).jobs
    user_id = "u" * 64
    outputs = [
        {
            "filename": f"{segment['name']}.flac",
            "key": output_key(user_id, job.job_id, number, "flac"),
            "contentType": "audio/flac",
            "sizeBytes": 10_000_000,
        }
        for number, segment in enumerate(segments, start=1)
    ]
    whole = make_job(user_id=user_id, type=JobType.SPLIT, operation=job.operation, outputs=outputs)
    assert len(json.dumps(whole.model_dump(mode="json", by_alias=True))) < 400_000


def test_names_that_a_record_has_no_room_for_are_refused(client, file):
    segments = longest_split(90)

    answer = client.post("/v1/audio/split", json={"fileId": file.file_id, "segments": segments})

    assert answer.status_code == 422
    assert "names of segments that together are longer than 64000 bytes" in answer.json()["detail"]
