"""Workflows over the API: what may be asked, by whom, and what a job shows of its steps."""

from datetime import timedelta

import pytest

from shared.domain.faults import Fault
from shared.domain.ids import new_id
from shared.domain.jobs import JobError, JobStatus, JobType, Timings
from shared.domain.messages import JobMessage
from shared.domain.results import JobOutput
from shared.domain.steps import Step, StepOutput, StepStatus
from shared.domain.tiers import Tier
from shared.domain.workflows import PodcastOptions, WorkflowResult, transcript_job_id
from shared.ports.job_store import HeldLease
from shared.testing.builders import make_file, make_job, make_user
from shared.testing.clock import START

NOTHING_YET = {"duration": None, "output": None, "attempts": 0, "error": None}
UPLOAD = {"filename": "episode.wav", "contentType": "audio/wav", "size": 1000}


def ask(client, name="podcast", headers=None, **body):
    return client.post(f"/v1/workflows/{name}", json={"upload": UPLOAD, **body}, headers=headers)


@pytest.mark.parametrize(
    ("name", "kind", "options"),
    [
        ("podcast", JobType.PODCAST, {"chapters": True, "chapterSeconds": 60, "language": "es"}),
        ("music-mastering", JobType.MUSIC_MASTERING, {"lossless": "wav", "loudness": {"lufs": -11}}),
        ("audiobook", JobType.AUDIOBOOK, {"quality": "high", "channels": 2, "generateVisual": True}),
    ],
)
def test_a_workflow_is_a_job_of_its_own_type_and_starts_like_any_other(client, world, name, kind, options):
    answer = ask(client, name, metadata={"title": "T", "artist": "A"}, options=options, mode="professional")

    assert answer.status_code == 202
    job = world.jobs.get(answer.json()["jobId"])
    assert (job.type, job.status, job.operation.mode) == (kind, JobStatus.PENDING, "professional")
    assert job.operation.metadata == {"title": "T", "artist": "A"}
    shown = client.get(answer.headers["Location"]).json()
    assert shown["type"] == kind.lower()
    assert shown["options"] is None
    wanted = {key: value for key, value in options.items() if key != "loudness"}
    assert shown["operation"]["options"].items() >= wanted.items()
    assert answer.json()["upload"]["method"] == "PUT"


def test_a_file_that_is_there_goes_to_the_queue_at_once(client, world):
    file = make_file(user_id="user-1", status="UPLOADED")
    world.files.create(file)
    answer = client.post("/v1/workflows/podcast", json={"fileId": file.file_id})
    assert answer.json()["status"] == "queued"
    assert world.queued_job_ids() == [answer.json()["jobId"]]


@pytest.mark.parametrize("name", ["podcast", "music-mastering", "audiobook"])
def test_free_accounts_have_no_workflows_and_are_told_so_with_a_code(client, world, name):
    world.users.put(make_user(user_id="user-1", tier=Tier.FREE))
    answer = ask(client, name)
    assert (answer.status_code, answer.json()["code"]) == (403, "tier-too-low")
    assert world.jobs.list_for_user("user-1", status=None, limit=10, cursor=None).jobs == ()


def test_a_repeated_request_with_the_same_key_is_one_job(client, world):
    first, again = (ask(client, headers={"Idempotency-Key": "k1"}) for _ in range(2))
    assert first.json()["jobId"] == again.json()["jobId"]
    assert len(world.jobs.list_for_user("user-1", status=None, limit=10, cursor=None).jobs) == 1


@pytest.mark.parametrize(
    ("name", "body", "field"),
    [
        ("podcast", {"mode": "fast"}, "mode"),
        ("podcast", {"options": {"lossless": "wav"}}, "options.lossless"),
        ("podcast", {"options": {"chapters": "yes"}}, "options.chapters"),
        ("podcast", {"options": {"language": "klingon"}}, "options.language"),
        ("podcast", {"options": {"chapterSeconds": 1}}, "options.chapterSeconds"),
        ("podcast", {"metadata": {"title": 7}}, "metadata.title"),
        ("podcast", {"operation": "audiobook"}, "operation"),
        ("music-mastering", {"options": {"loudness": {"lufs": 3}}}, "options.loudness.lufs"),
        ("audiobook", {"options": {"channels": 5}}, "options.channels"),
    ],
)
def test_what_cant_be_is_refused_with_the_field(client, name, body, field):
    answer = ask(client, name, **body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-request")
    assert field in [error["field"] for error in answer.json()["errors"]]


def test_there_is_no_other_workflow(client):
    assert ask(client, "video").status_code == 404


def given_workflow(world, **changes):
    """A podcast on its way, with steps 1 done, 2 begun, 3 to come."""
    job = make_job(
        job_id=new_id(),
        user_id="user-1",
        type=JobType.PODCAST,
        operation=PodcastOptions(),
        status=JobStatus.PROCESSING,
        current_step="convert",
        attempts=1,
        **changes,
    )
    world.jobs.create(job)
    done = Step(
        job_id=job.job_id,
        number=1,
        name="validate",
        status=StepStatus.COMPLETED,
        attempts=1,
        started_at=START,
        ended_at=START + timedelta(seconds=1.5),
        output=StepOutput(summary="pcm_s16le, 44100 Hz, 2 channels"),
    )
    begun = Step(job_id=job.job_id, number=2, name="convert", status=StepStatus.PROCESSING, attempts=2,
                 started_at=START)  # fmt: skip
    world.steps.plan([done, begun, Step(job_id=job.job_id, number=3, name="metadata")])
    return job


def steps_of(client, job):
    return [(step["name"], step["status"]) for step in client.get(f"/v1/jobs/{job.job_id}").json()["steps"]]


def test_a_job_shows_its_steps_and_which_one_it_is_at(client, world):
    job = given_workflow(world)
    shown = client.get(f"/v1/jobs/{job.job_id}").json()

    assert shown["currentStep"] == "convert"
    assert shown["steps"] == [
        {
            "name": "validate",
            "status": "completed",
            "duration": 1.5,
            "output": "pcm_s16le, 44100 Hz, 2 channels",
            "attempts": 1,
            "error": None,
        },
        {"name": "convert", "status": "processing", **NOTHING_YET, "attempts": 2},
        {"name": "metadata", "status": "pending", **NOTHING_YET},
        {"name": "notify", "status": "pending", **NOTHING_YET},
    ]


@pytest.mark.parametrize(
    ("status", "begun", "notify"),
    [
        (JobStatus.QUEUED, "pending", "pending"),
        (JobStatus.FAILED, "failed", "completed"),
        (JobStatus.CANCELLED, "cancelled", "cancelled"),
    ],
)
def test_a_step_that_was_begun_goes_with_its_job(client, world, status, begun, notify):
    job = given_workflow(world)
    now = world.clock.now()
    world.jobs.claim(job.job_id, owner="w", now=now, lease_seconds=60)
    lease = HeldLease(job.job_id, "w", 2)
    match status:
        case JobStatus.QUEUED:
            world.jobs.release(lease, now=now, counts=True)
        case JobStatus.FAILED:
            world.jobs.fail(lease, now=now, error=JobError.of(Fault.INTERNAL), counts=False)
        case JobStatus.CANCELLED:
            world.jobs.cancel(job.job_id, now=now)

    assert dict(steps_of(client, job)) == {
        "validate": "completed",
        "convert": begun,
        "metadata": "pending",
        "notify": notify,
    }


def test_a_workflow_that_no_worker_has_begun_is_one_step_that_waits(client, world):
    answer = ask(client)
    job = world.jobs.get(answer.json()["jobId"])
    assert steps_of(client, job) == [("podcast", "pending")]


def given_child(world, parent, **changes):
    own = {"job_id": transcript_job_id(parent.job_id), "parent_id": parent.job_id}
    child = make_job(**own, user_id="user-1", file=parent.file, **changes)
    world.jobs.create(child)
    return child


def test_the_transcription_of_a_workflow_is_no_job_of_the_list_but_may_be_looked_at(client, world):
    parent = given_workflow(world)
    child = given_child(world, parent)

    assert [job["id"] for job in client.get("/v1/jobs").json()["jobs"]] == [parent.job_id]
    assert client.get(f"/v1/jobs/{child.job_id}").json()["parentId"] == parent.job_id


def test_who_cancels_a_workflow_cancels_its_transcription(client, world):
    parent = given_workflow(world)
    child = given_child(world, parent, status=JobStatus.QUEUED)

    assert client.delete(f"/v1/jobs/{parent.job_id}").json()["status"] == "cancelled"
    assert world.jobs.get(child.job_id).status is JobStatus.CANCELLED


@pytest.mark.parametrize("query", ["", "?purge=true"])
def test_who_cancels_or_purges_a_transcription_alone_wakes_the_workflow_that_waits_for_it(
    client, world, query
):
    parent = given_workflow(world)
    child = given_child(world, parent, status=JobStatus.QUEUED)
    before = len(world.queue.bodies)

    assert client.delete(f"/v1/jobs/{child.job_id}{query}").is_success
    (body,) = world.queue.bodies[before:]
    assert JobMessage.from_body(body).job_id == parent.job_id


def test_no_other_job_wakes_anybody_when_it_is_cancelled(client, world):
    parent = given_workflow(world)
    given_child(world, parent, status=JobStatus.QUEUED)
    before = len(world.queue.bodies)

    client.delete(f"/v1/jobs/{parent.job_id}")
    assert len(world.queue.bodies) == before


def test_a_purge_takes_steps_files_and_transcription_along(client, world):
    parent = given_workflow(world)
    child = given_child(world, parent, status=JobStatus.QUEUED)
    for job in (parent, child):
        key = f"{job.user_id}/{job.job_id}/steps/002-mp3.mp3"
        world.transcripts.write(key, b"x", content_type="audio/mpeg")

    assert client.delete(f"/v1/jobs/{parent.job_id}?purge=true").status_code == 204
    assert world.jobs.get(parent.job_id) is None
    assert world.jobs.get(child.job_id) is None
    assert world.steps.list(parent.job_id) == []
    assert world.transcripts.objects == {}


def test_a_finished_workflow_shows_what_was_measured_and_gives_its_files(client, world):
    job = given_workflow(world)
    world.jobs.claim(job.job_id, owner="w", now=world.clock.now(), lease_seconds=60)
    quality = {"level": "GOOD", "rule": "none", "integrated_lufs": -16.02}
    result = WorkflowResult.model_validate(
        {"mode": "standard", "duration_seconds": 3, "passed": True, "quality": quality, "before": quality}
    )
    output = JobOutput(filename="a.mp3", key="user-1/a.mp3", content_type="audio/mpeg", size_bytes=9)
    world.jobs.complete(
        HeldLease(job.job_id, "w", 2),
        now=world.clock.now(),
        result=result,
        outputs=(output,),
        timings=Timings(notice_ms=12),
    )
    shown = client.get(f"/v1/jobs/{job.job_id}").json()

    assert shown["qualityMetrics"]["integratedLufs"] == -16.02
    assert shown["result"]["passed"] is True
    assert shown["result"]["before"]["integratedLufs"] == -16.02
    told = {"status": "completed", "duration": 0.012, "attempts": 1}
    assert shown["steps"][-1] == {"name": "notify", **NOTHING_YET, **told}
    files = client.get(f"/v1/jobs/{job.job_id}/download").json()["files"]
    assert [file["filename"] for file in files] == ["a.mp3"]
