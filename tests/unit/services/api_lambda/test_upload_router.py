import json
from urllib.parse import quote_plus

import pytest

from shared.domain.errors import TransientError
from shared.domain.files import FileRecord, FileStatus
from shared.domain.ids import new_id
from shared.domain.jobs import Job, JobStatus
from shared.domain.object_keys import audio_key
from shared.metrics import Metric
from shared.ports.job_store import HeldLease
from shared.testing.builders import make_file
from shared.testing.job_store import InMemoryJobStore
from shared.testing.queue import InMemoryQueue

AUDIO = b"OggS\x00\x02" + bytes(994)
NO_FAILURES = {"batchItemFailures": []}


def notification(key: str, event_name: str = "ObjectCreated:Put") -> str:
    return json.dumps({"Records": [{"eventName": event_name, "s3": {"object": {"key": quote_plus(key)}}}]})


def batch(*bodies: str) -> dict:
    return {"Records": [{"messageId": f"m{n}", "body": body} for n, body in enumerate(bodies)]}


def given_awaited_file(world, *, jobs: int = 1, **changes) -> tuple[FileRecord, list[Job]]:
    waiting = [world.given_job() for _ in range(jobs)]
    file = make_file(**{"awaiting_job_ids": frozenset(job.job_id for job in waiting), **changes})
    world.files.create(file)
    return file, waiting


def statuses(world, jobs: list[Job]) -> set[JobStatus]:
    return {world.jobs.get(job.job_id).status for job in jobs}


def test_an_arrived_file_starts_every_job_that_waits_for_it(world):
    file, jobs = given_awaited_file(world, jobs=3)
    world.upload(file, AUDIO)

    assert world.router()(batch(notification(file.key))) == NO_FAILURES

    assert world.files.get(file.file_id).status is FileStatus.UPLOADED
    assert world.files.get(file.file_id).etag == world.audio.stat(file.key).etag
    assert statuses(world, jobs) == {JobStatus.QUEUED}
    assert set(world.queued_job_ids()) == {job.job_id for job in jobs}
    assert world.notices.bodies == []


def test_a_file_that_nobody_waits_for_is_only_marked(world):
    file, _ = given_awaited_file(world, jobs=0)
    world.upload(file, AUDIO)

    assert world.router()(batch(notification(file.key))) == NO_FAILURES

    assert world.files.get(file.file_id).status is FileStatus.UPLOADED
    assert world.queue.bodies == []


@pytest.mark.parametrize("user_id", ["a+b", "ana maría", "100%", "ñandú🎉", "%2B", "o'hara&co"])
def test_keys_with_odd_characters_find_their_file(world, user_id):
    file_id = new_id()
    key = audio_key(user_id, file_id, "x.ogg")
    file, jobs = given_awaited_file(world, file_id=file_id, user_id=user_id, key=key)
    world.upload(file, AUDIO)

    world.router()(batch(notification(key)))

    assert statuses(world, jobs) == {JobStatus.QUEUED}


def test_a_media_type_that_differs_from_the_declared_one_simply_works(world):
    file, jobs = given_awaited_file(world, content_type="video/mp4", filename="clip.mp4")
    world.upload(file, AUDIO)

    world.router()(batch(notification(file.key)))

    assert statuses(world, jobs) == {JobStatus.QUEUED}


class TestRefusedFiles:
    @pytest.mark.parametrize(
        ("body", "code"),
        [
            (b"", "empty-file"),
            (AUDIO + b"\x00", "size-mismatch"),
            (AUDIO[:-1], "size-mismatch"),
            (b"I am a text renamed mp3.\n" * 40, "not-media"),
            (b"#EXTM3U\n".ljust(1000, b"\n"), "not-media"),
            (b"%PDF-1.7".ljust(1000, b"\x00"), "not-media"),
        ],
    )
    def test_a_file_that_can_not_be_audio_ends_its_jobs_with_the_reason(self, world, body, code):
        file, jobs = given_awaited_file(world, jobs=2)
        world.upload(file, body)

        assert world.router()(batch(notification(file.key))) == NO_FAILURES

        assert world.files.get(file.file_id).status is FileStatus.REJECTED
        for job in jobs:
            ended = world.jobs.get(job.job_id)
            assert (ended.status, ended.error.code) == (JobStatus.FAILED, code)
            assert ended.error.message.endswith(".")
        assert sorted(world.notices_sent()) == sorted((job.job_id, "FAILED") for job in jobs)
        assert world.queue.bodies == []
        assert world.metrics.values_of(Metric.UPLOADS_REJECTED) == [1]
        assert world.metrics.values_of(Metric.JOBS_FAILED) == [1, 1]

    def test_the_sentence_names_what_was_found(self, world):
        file, (job,) = given_awaited_file(world)
        world.upload(file, b"\x89PNG\r\n\x1a\n".ljust(1000, b"\x00"))

        world.router()(batch(notification(file.key)))

        error = world.jobs.get(job.job_id).error
        assert error.message == "The file is not audio or video: it looks like a PNG image."

    def test_a_repeated_event_tells_nobody_twice(self, world):
        file, _ = given_awaited_file(world)
        world.upload(file, b"")
        router = world.router()

        router(batch(notification(file.key)))
        router(batch(notification(file.key)))

        assert len(world.notices.bodies) == 1

    def test_a_job_cancelled_meanwhile_stays_cancelled_and_silent(self, world):
        file, (job,) = given_awaited_file(world)
        world.jobs.cancel(job.job_id, now=world.clock.now())
        world.upload(file, b"")

        assert world.router()(batch(notification(file.key))) == NO_FAILURES

        assert statuses(world, [job]) == {JobStatus.CANCELLED}
        assert world.notices.bodies == []


class TestRepeatedAndReorderedEvents:
    def test_a_second_event_sends_the_message_of_an_unclaimed_job_again(self, world):
        file, (job,) = given_awaited_file(world)
        world.upload(file, AUDIO)
        router = world.router()

        router(batch(notification(file.key)))
        router(batch(notification(file.key)))

        assert world.queued_job_ids() == [job.job_id] * 2

    @pytest.mark.parametrize("end", ["processing", "completed", "cancelled"])
    def test_a_late_event_leaves_a_job_alone_that_went_on(self, world, end):
        job = {
            "processing": world.given_processing_job,
            "completed": world.given_completed_job,
            "cancelled": lambda: world.jobs.cancel(world.given_job().job_id, now=world.clock.now()),
        }[end]()
        file, _ = given_awaited_file(world, awaiting_job_ids=frozenset({job.job_id}))
        world.upload(file, AUDIO)

        assert world.router()(batch(notification(file.key))) == NO_FAILURES

        assert world.jobs.get(job.job_id) == job
        assert world.queue.bodies == []

    def test_a_late_event_leaves_a_job_alone_that_waits_for_its_next_try(self, world):
        job = world.given_processing_job()
        world.jobs.release(HeldLease(job.job_id, "worker", 1), now=world.clock.now(), counts=True)
        file, _ = given_awaited_file(world, awaiting_job_ids=frozenset({job.job_id}))
        world.upload(file, AUDIO)

        world.router()(batch(notification(file.key)))

        assert world.queue.bodies == []

    def test_an_event_for_an_object_that_is_gone_again_changes_nothing(self, world):
        file, jobs = given_awaited_file(world)

        assert world.router()(batch(notification(file.key))) == NO_FAILURES

        assert world.files.get(file.file_id) == file
        assert statuses(world, jobs) == {JobStatus.PENDING}

    def test_a_waiting_job_whose_record_is_gone_stops_nobody_else(self, world):
        there = world.given_job()
        file, _ = given_awaited_file(world, awaiting_job_ids=frozenset({there.job_id, new_id()}))
        world.upload(file, AUDIO)

        assert world.router()(batch(notification(file.key))) == NO_FAILURES
        assert world.queued_job_ids() == [there.job_id]


class TestEventsThatAreNoNewsOfAFile:
    @pytest.mark.parametrize(
        "body",
        [
            json.dumps({"Service": "Amazon S3", "Event": "s3:TestEvent"}),
            notification("user-1/01KAGZ4Q8B5W2J0T3X9V6M7N1C/audio.mp3", "ObjectRemoved:Delete"),
        ],
    )
    def test_other_events_are_nothing_to_report(self, world, body):
        assert world.router()(batch(body)) == NO_FAILURES
        assert world.metrics.records == []

    @pytest.mark.parametrize("body", ["", "junk", "{}", '{"Records": [{"s3": {}}]}'])
    def test_junk_is_counted_and_dropped(self, world, body):
        assert world.router()(batch(body)) == NO_FAILURES
        assert world.metrics.values_of(Metric.EVENTS_DROPPED) == [1]

    @pytest.mark.parametrize(
        "key",
        [
            "readme.txt",
            "user-1/not-an-id/audio.mp3",
            "user-1/01M7WKJPYWCDFT7MQZB5FA17W9/audio.mp3",
            "user-1/01M7WKJPYWCDFT7MQZB5FA17W9/other/audio.mp3",
        ],
    )
    def test_objects_that_nobody_announced_are_left_alone(self, world, key):
        assert world.router()(batch(notification(key))) == NO_FAILURES

    def test_another_object_under_a_files_id_is_not_that_file(self, world):
        file, jobs = given_awaited_file(world)
        world.upload(file, AUDIO)

        world.router()(batch(notification(f"user-2/{file.file_id}/audio.mp3")))

        assert statuses(world, jobs) == {JobStatus.PENDING}


class BrokenQueue(InMemoryQueue):
    """Takes nothing while ``broken``."""

    broken = True

    def send(self, body: str, *, attributes: dict[str, str] | None = None) -> None:
        if self.broken:
            raise TransientError("no route to the queue")
        super().send(body, attributes=attributes)


class BrokenJobStore(InMemoryJobStore):
    """Loses its table for writes once a notice has gone out."""

    broken = True

    def reject(self, job_id, *, now, error):
        if self.broken:
            raise TransientError("no route to the table")
        return super().reject(job_id, now=now, error=error)


class TestOutages:
    def test_only_the_message_that_failed_comes_back(self, world):
        world.queue = BrokenQueue(world.clock)
        failing, _ = given_awaited_file(world)
        fine, _ = given_awaited_file(world, jobs=0)
        for file in (failing, fine):
            world.upload(file, AUDIO)

        answer = world.router()(batch("junk", notification(failing.key), notification(fine.key)))

        assert answer == {"batchItemFailures": [{"itemIdentifier": "m1"}]}
        assert world.files.get(fine.file_id).status is FileStatus.UPLOADED

    def test_a_message_lost_between_state_and_queue_is_sent_when_the_event_comes_again(self, world):
        world.queue = BrokenQueue(world.clock)
        file, (job,) = given_awaited_file(world)
        world.upload(file, AUDIO)
        router = world.router()
        router(batch(notification(file.key)))
        assert statuses(world, [job]) == {JobStatus.QUEUED}

        world.queue.broken = False
        assert router(batch(notification(file.key))) == NO_FAILURES

        assert world.queued_job_ids() == [job.job_id]

    def test_a_refusal_that_was_cut_short_is_finished_when_the_event_comes_again(self, world):
        world.jobs = BrokenJobStore()
        file, (job,) = given_awaited_file(world)
        world.upload(file, b"")
        router = world.router()
        assert router(batch(notification(file.key))) != NO_FAILURES
        assert world.notices_sent() == [(job.job_id, "FAILED")]
        assert statuses(world, [job]) == {JobStatus.PENDING}

        world.jobs.broken = False
        assert router(batch(notification(file.key))) == NO_FAILURES

        ended = world.jobs.get(job.job_id)
        assert (ended.status, ended.error.code) == (JobStatus.FAILED, "empty-file")
