"""Asking the audio toolbox: what a call makes, what it answers, and who may ask."""

import base64
from datetime import timedelta

import pytest

from shared.domain.api_keys import Scope
from shared.domain.audio_operations import (
    AnalyseOptions,
    ConvertOptions,
    LoudnessTarget,
    MetadataOptions,
    SpectrogramOptions,
    SplitOptions,
)
from shared.domain.faults import Fault
from shared.domain.file_tags import FileTags
from shared.domain.files import FileStatus
from shared.domain.jobs import JobError, JobStatus, JobType, Timings
from shared.domain.object_keys import cover_key
from shared.domain.results import OperationResult
from shared.domain.tiers import Ability, LimitOverrides, Tier
from shared.ports.job_store import HeldLease
from shared.testing.builders import make_file, make_user
from shared.testing.clock import START

UPLOAD = {"filename": "talk.wav", "contentType": "audio/wav", "size": 250_000}
PNG = b"\x89PNG\r\n\x1a\n" + bytes(50)
COVER = base64.b64encode(PNG).decode()
ASKED = {
    "convert": {"format": "mp3"},
    "split": {"segments": [{"start": "0:00", "end": "1:30", "name": "intro"}]},
    "analyze": {},
    "metadata": {},
    "spectrogram": {},
}
"""The least that each route takes, besides a file."""


@pytest.fixture
def file(world):
    """A file of the caller's that is there."""
    made = make_file(status=FileStatus.UPLOADED)
    world.files.create(made)
    return made


def only_job(world):
    [job] = world.jobs.list_for_user("user-1", status=None, limit=9, cursor=None).jobs
    return job


def ask(client, operation, **body):
    return client.post(f"/v1/audio/{operation}", json=body)


@pytest.mark.parametrize(
    ("operation", "body", "work"),
    [
        ("convert", {"format": "flac"}, ConvertOptions(format="flac")),
        (
            "convert",
            {
                "format": "m4a",
                "quality": "vbr_low",
                "preserveMetadata": False,
                "sampleRate": 22_050,
                "channels": 1,
                "loudness": {"lufs": -18, "truePeakDb": -2.5},
            },
            ConvertOptions(
                format="m4a",
                quality="vbr_low",
                preserve_metadata=False,
                sample_rate=22_050,
                channels=1,
                loudness=LoudnessTarget(lufs=-18, true_peak_db=-2.5),
            ),
        ),
        (
            "convert",
            {"format": "wav", "loudness": "broadcast"},
            ConvertOptions(format="wav", loudness="broadcast"),
        ),
        (
            "split",
            {
                "segments": [{"start": "0:00", "end": "1:30", "name": "intro"}],
                "options": {"enhanced": False, "crossFade": False, "qualityValidation": True},
                "format": "flac",
            },
            SplitOptions.model_validate(
                {
                    "segments": [{"start": "0:00", "end": "1:30", "name": "intro"}],
                    "options": {"enhanced": False, "crossFade": False, "qualityValidation": True},
                    "format": "flac",
                }
            ),
        ),
        ("split", {"by": "parts", "parts": 3}, SplitOptions(by="parts", parts=3)),
        ("analyze", {"metrics": ["snr", "clipping"]}, AnalyseOptions(metrics=("snr", "clipping"))),
        ("spectrogram", {"kind": "peaks", "points": 200}, SpectrogramOptions(kind="peaks", points=200)),
    ],
)
def test_a_call_makes_a_job_that_knows_what_was_asked(world, client, file, operation, body, work):
    answer = ask(client, operation, fileId=file.file_id, **body)

    job = only_job(world)
    assert answer.status_code == 202
    assert answer.json() == {"jobId": job.job_id, "status": "queued", "estimatedDuration": 6}
    assert answer.headers["Location"] == f"/v1/jobs/{job.job_id}"
    assert (job.type, job.operation) == (JobType[operation.upper()], work)
    assert job.file.file_id == file.file_id
    assert world.queued_job_ids() == [job.job_id]


@pytest.mark.parametrize("operation", ASKED)
def test_a_file_may_come_with_the_call(world, client, operation):
    answer = ask(client, operation, upload=UPLOAD, **ASKED[operation])

    assert answer.status_code == 202, answer.text
    job = only_job(world)
    assert answer.json()["status"] == "pending"
    assert answer.json()["upload"]["fileId"] == job.file.file_id
    assert world.files.get(job.file.file_id).awaiting_job_ids == {job.job_id}
    assert answer.headers["Location"] == f"/v1/jobs/{job.job_id}"


@pytest.mark.parametrize("operation", ASKED)
def test_the_same_call_with_its_key_makes_one_job(world, client, operation):
    calls = [
        client.post(
            f"/v1/audio/{operation}",
            json={"upload": UPLOAD, "webhookUrl": "https://example.com/hook", **ASKED[operation]},
            headers={"Idempotency-Key": "once"},
        )
        for _ in range(2)
    ]

    first, second = (call.json() for call in calls)
    assert first.pop("webhookSecret").startswith("whsec_")
    assert first == second
    assert only_job(world).webhook_url == "https://example.com/hook"


@pytest.mark.parametrize("operation", ASKED)
def test_anothers_file_looks_like_one_that_never_was(world, stranger, file, operation):
    answer = ask(stranger, operation, fileId=file.file_id, **ASKED[operation])

    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
    assert world.queue.bodies == []


@pytest.mark.parametrize("operation", ASKED)
def test_a_key_that_may_only_look_makes_no_job(world, make_client, file, operation):
    world.given_key("a key that looks", scope=Scope.READ)

    answer = ask(make_client("a key that looks"), operation, fileId=file.file_id, **ASKED[operation])

    assert (answer.status_code, answer.json()["code"]) == (403, "insufficient-scope")


class TestTiers:
    @pytest.fixture
    def free(self, world, make_client):
        world.users.put(make_user(tier=Tier.FREE))
        return make_client()

    @pytest.mark.parametrize("operation", ["convert", "split"])
    def test_anybody_may_convert_and_split(self, free, operation):
        assert ask(free, operation, upload=UPLOAD, **ASKED[operation]).status_code == 202

    @pytest.mark.parametrize(
        ("operation", "body"),
        [
            ("analyze", {}),
            ("spectrogram", {}),
            ("metadata", {"tags": {"title": "x"}}),
            ("metadata", {"cover": ""}),
            ("metadata", {"chapters": []}),
        ],
    )
    def test_the_rest_needs_a_tier_that_the_refusal_names(self, world, free, file, operation, body):
        answer = ask(free, operation, fileId=file.file_id, **body)

        assert (answer.status_code, answer.json()["code"]) == (403, "tier-too-low")
        assert answer.json()["detail"].endswith("the tier pro does.")
        assert world.queue.bodies == []
        assert world.transcripts.objects == {}

    def test_an_operator_may_grant_it_to_one_user(self, world, make_client):
        limits = LimitOverrides(abilities=(Ability.SPECTROGRAM,))
        world.users.put(make_user(tier=Tier.FREE, limits=limits))
        client = make_client()

        assert ask(client, "spectrogram", upload=UPLOAD).status_code == 202
        assert ask(client, "convert", upload=UPLOAD, format="mp3").status_code == 403

    def test_the_account_says_what_it_may_do(self, free):
        abilities = free.get("/v1/me").json()["limits"]["abilities"]

        assert abilities == ["transcribe", "convert", "split", "clip", "read-metadata"]


class TestMetadata:
    @pytest.fixture
    def work(self, world):
        """What a worker does with the job while the call waits."""

        def while_waiting(result=None, error=None, outputs=()):
            def work():
                job = only_job(world)
                held = world.jobs.claim(job.job_id, owner="worker", now=world.clock.now(), lease_seconds=60)
                lease = HeldLease(job.job_id, "worker", held.attempts)
                if error is not None:
                    world.jobs.fail(lease, now=world.clock.now(), error=error, counts=False)
                else:
                    world.jobs.complete(
                        lease, now=world.clock.now(), result=result, outputs=outputs, timings=Timings()
                    )

            world.while_waiting = work

        return while_waiting

    def test_tags_are_answered_at_once(self, world, client, file, work):
        tags = FileTags(texts={"title": "Hello"}, cover="image/png")
        work(OperationResult(duration_seconds=0, tags=tags))

        answer = ask(client, "metadata", fileId=file.file_id)

        assert answer.status_code == 200
        assert answer.json() == {
            "jobId": only_job(world).job_id,
            "status": "completed",
            "tags": {"texts": {"title": "Hello"}, "cover": "image/png", "chapters": [], "complete": True},
            "files": [],
        }
        assert only_job(world).operation == MetadataOptions()

    def test_what_a_worker_finds_wrong_is_the_answer(self, client, file, work):
        work(error=JobError.of(Fault.TAGS_UNSUPPORTED, format="matroska"))

        answer = ask(client, "metadata", fileId=file.file_id, tags={"title": "x"})

        assert (answer.status_code, answer.json()["code"]) == (422, "tags-unsupported")

    def test_a_call_that_waited_long_enough_answers_with_the_job(self, world, client, file):
        answer = ask(client, "metadata", fileId=file.file_id, webhookUrl="https://example.com/hook")

        job = only_job(world)
        assert answer.status_code == 202
        assert answer.json()["jobId"] == job.job_id
        assert answer.json()["webhookSecret"].startswith("whsec_")
        assert answer.headers["Location"] == f"/v1/jobs/{job.job_id}"
        assert job.status is JobStatus.QUEUED

    def test_a_file_that_is_still_to_come_is_not_waited_for(self, world, client):
        def never():
            pytest.fail("it waited")

        world.while_waiting = never

        assert ask(client, "metadata", upload=UPLOAD).status_code == 202

    def test_a_file_that_has_just_arrived_is_waited_for(self, world, client, work):
        file = make_file(upload_expires_at=START + timedelta(hours=1))
        world.files.create(file)
        world.upload(file, b"x" * file.size_bytes)
        work(OperationResult(duration_seconds=0, tags=FileTags()))
        do, world.while_waiting = (
            world.while_waiting,
            lambda: (world.starter.start(only_job(world).job_id), do()),
        )

        assert ask(client, "metadata", fileId=file.file_id).status_code == 200

    def test_an_image_lies_beside_the_job_and_not_in_its_record(self, world, client, file):
        answer = ask(client, "metadata", fileId=file.file_id, cover=COVER, tags={"title": "x"})

        job = only_job(world)
        assert answer.status_code == 202
        assert job.operation == MetadataOptions(tags={"title": "x"}, cover_stored=True)
        [(key, stored)] = world.transcripts.objects.items()
        assert key == cover_key("user-1", job.job_id)
        assert (stored.body, stored.content_type) == (PNG, "image/png")

    def test_a_repeated_answer_leaves_urls_out(self, world, client, file, work):
        work(OperationResult(duration_seconds=0, tags=FileTags()))
        body, headers = {"fileId": file.file_id}, {"Idempotency-Key": "once"}

        answers = [client.post("/v1/audio/metadata", json=body, headers=headers) for _ in range(2)]

        assert [answer.status_code for answer in answers] == [200, 200]
        assert answers[1].headers["Idempotent-Replayed"] == "true"
        assert answers[1].json()["files"] == []
