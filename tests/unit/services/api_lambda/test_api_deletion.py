"""Deleting a job: nothing of it stays, whoever else is at work and wherever a call dies."""

import pytest

from shared.domain.chunks import Chunk
from shared.domain.files import FileStatus
from shared.domain.ids import new_id
from shared.domain.jobs import JobStatus
from shared.domain.object_keys import clip_key, cover_key, output_key, partial_key, transcript_keys
from shared.testing.builders import make_file
from shared.testing.job_store import InMemoryJobStore

STEPS = ["cancel", "mark_deleted", "delete audio", "delete clips", "delete outputs", "delete job"]


class Killed(Exception):
    """The process died here."""


class DyingAt:
    """Passes everything on, and dies right before or right after one call of one method (not the first
    ``spared`` ones).
    """

    def __init__(self, inner, method, *, after, spared=0):
        self._inner = inner
        self._method = method
        self._after = after
        self._spared = spared

    def __getattr__(self, name):
        attribute = getattr(self._inner, name)
        if name != self._method:
            return attribute

        def die(*args, **named):
            if self._spared:
                self._spared -= 1
                return attribute(*args, **named)
            if self._after:
                attribute(*args, **named)
            raise Killed

        return die


def given(world, stage="given_completed_job"):
    """A job with its file, its audio and all of its outputs, even if some were stored by a failed try."""
    job = getattr(world, stage)()
    file = make_file(
        file_id=job.file.file_id, key=job.file.key, user_id=job.user_id, status=FileStatus.UPLOADED
    )
    world.files.create(file)
    world.upload(file, b"audio")
    for key in stored_for(job):
        world.transcripts.write(key, b"text", content_type="text/plain")
    return job


def stored_for(job):
    """Where anything may lie for a job: transcripts, what the audio toolbox was given and made, clips."""
    toolbox = [output_key(job.user_id, job.job_id, number, "mp3") for number in (1, 1_000)]
    clips = [clip_key(job.file.file_id, 0, end_ms) for end_ms in (30_000, 60_000)]
    cover = cover_key(job.user_id, job.job_id)
    return [*transcript_keys(job.user_id, job.job_id), *toolbox, *clips, cover]


def assert_nothing_is_left(world, job):
    assert world.jobs.get(job.job_id) is None
    assert world.files.get(job.file.file_id).status is FileStatus.DELETED
    assert world.audio.objects == {}
    assert world.transcripts.objects == {}


def purge(client, job):
    return client.delete(f"/v1/jobs/{job.job_id}", params={"purge": "true"})


@pytest.mark.parametrize("stage", ["given_job", "given_processing_job", "given_completed_job"])
def test_a_job_in_any_state_is_deleted_with_its_audio_and_outputs(world, client, stage):
    job = given(world, stage)

    answer = purge(client, job)

    assert (answer.status_code, answer.content) == (204, b"")
    assert_nothing_is_left(world, job)
    assert client.get("/v1/jobs").json()["jobs"] == []


def test_a_job_that_never_got_a_file_is_deleted_too(world, client):
    job = world.given_job()
    assert purge(client, job).status_code == 204
    assert world.jobs.get(job.job_id) is None


def test_a_deleted_job_a_strangers_and_one_that_never_was_look_the_same(world, client, stranger):
    job, theirs = given(world), world.given_completed_job(user_id="user-2")
    purge(client, job)

    answers = [purge(client, job), purge(client, theirs), purge(stranger, job)]
    answers.append(client.delete(f"/v1/jobs/{new_id()}?purge=true"))

    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.json()["detail"] for answer in answers}) == 1
    assert world.jobs.get(theirs.job_id) == theirs


def test_without_purge_nothing_is_deleted(world, client):
    job = given(world, "given_processing_job")

    assert client.delete(f"/v1/jobs/{job.job_id}").json()["status"] == "cancelled"

    assert set(world.transcripts.objects) == set(stored_for(job))
    assert world.files.get(job.file.file_id).status is FileStatus.UPLOADED


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_a_call_that_died_at_any_step_is_repaired_by_the_next(world, make_client, step, after):
    job = given(world, "given_processing_job")
    whole = world.jobs, world.files, world.audio, world.transcripts
    match step:
        case "cancel":
            world.jobs = DyingAt(world.jobs, "cancel", after=after)
        case "mark_deleted":
            world.files = DyingAt(world.files, "mark_deleted", after=after)
        case "delete audio":
            world.audio = DyingAt(world.audio, "delete", after=after)
        case "delete clips":
            world.transcripts = DyingAt(world.transcripts, "delete_all", after=after)
        case "delete outputs":
            world.transcripts = DyingAt(world.transcripts, "delete_all", after=after, spared=1)
        case "delete job":
            world.jobs = DyingAt(world.jobs, "delete", after=after)
    with pytest.raises(Killed):
        world.deletion(job)

    world.jobs, world.files, world.audio, world.transcripts = whole

    done = step == "delete job" and after
    assert purge(make_client(), job).status_code == (404 if done else 204)
    assert_nothing_is_left(world, job)


def test_a_job_that_an_operator_replays_in_between_is_to_be_deleted_again(world, make_client):
    job = given(world, "given_job")
    failed = job.model_copy(update={"status": JobStatus.FAILED})

    class ReplayedInBetween(InMemoryJobStore):
        def cancel(self, job_id, *, now):
            try:
                return super().cancel(job_id, now=now)
            finally:
                if self.get(job_id).status is JobStatus.FAILED:
                    self.replay(job_id, now=now)

    world.jobs = ReplayedInBetween()
    world.jobs.create(failed)
    client = make_client()

    assert purge(client, failed).status_code == 503
    assert purge(client, failed).status_code == 204
    assert_nothing_is_left(world, failed)


def test_audio_that_is_uploaded_after_the_deletion_is_removed(world, client):
    job = world.given_job()
    file = make_file(file_id=job.file.file_id, key=job.file.key, awaiting_job_ids=frozenset({job.job_id}))
    world.files.create(file)
    purge(client, job)
    world.upload(file, b"audio")

    event = (
        f'{{"Records": [{{"eventName": "ObjectCreated:Put", "s3": {{"object": {{"key": "{file.key}"}}}}}}]}}'
    )
    answer = world.router()({"Records": [{"messageId": "m-1", "body": event}]})

    assert answer == {"batchItemFailures": []}
    assert world.audio.objects == {}
    assert world.queue.bodies == []
    assert world.jobs.get(job.job_id) is None


def test_what_the_chunks_of_a_long_file_left_is_deleted_too(world, client):
    job = given(world, "given_processing_job")
    world.chunks.put(
        [Chunk(job_id=job.job_id, number=n, starts_at=600 * n, updated_at=job.created_at) for n in range(3)]
    )
    world.transcripts.write(partial_key(job.user_id, job.job_id, 1), b"{}", content_type="application/json")

    assert purge(client, job).status_code == 204

    assert_nothing_is_left(world, job)
    assert world.chunks.list(job.job_id) == []


def test_a_deleted_file_takes_its_clips_along_and_leaves_what_its_jobs_made(world, client):
    job = given(world)
    other = given(world)

    assert client.delete(f"/v1/files/{job.file.file_id}").status_code == 204

    clips = {key for key in stored_for(job) if key.startswith("audio_clips/")}
    assert len(clips) == 2
    assert set(world.transcripts.objects) == set(stored_for(job)) - clips | set(stored_for(other))
    assert set(world.audio.objects) == {other.file.key}
