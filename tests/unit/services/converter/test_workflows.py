"""Workflows from the message to the mail: what is made, what is measured, what is said."""

from __future__ import annotations

import io
import json

import pytest
from mutagen.id3 import ID3

from services.converter.operations.analyse import analyse
from services.converter.tagging.reading import read_tags
from shared.domain.audio_operations import AnalyseOptions
from shared.domain.faults import Fault
from shared.domain.jobs import JobStatus
from shared.domain.steps import StepStatus
from shared.domain.workflows import AudiobookOptions, MusicMasteringOptions, PodcastOptions
from shared.testing.object_store import InMemoryObjectStore
from tests.support.sound import encode, speech
from tests.support.workflow_world import WorkflowWorld

METRICS = AnalyseOptions(metrics=("levels", "loudness", "true_peak"))


def podcast(**changes):
    return PodcastOptions.model_validate({"metadata": {"title": "Episode 12"}, **changes})


def done(media, workflow):
    world = WorkflowWorld(media, workflow)
    assert world.end() is JobStatus.COMPLETED, world.current().error
    assert world.dead_letters == []
    return world


def extensions(world):
    return [output.filename.partition(".")[2] for output in world.current().outputs]


def measured(world, extension):
    return analyse(io.BytesIO(world.output(extension)), METRICS)


@pytest.mark.heavy
@pytest.mark.parametrize(("channels", "lufs"), [(2, -16), (1, -19)])
def test_a_podcast_is_levelled_tagged_measured_and_told_of(channels, lufs):
    world = done(encode(speech(8, channels=channels, level=0.02)), podcast())

    assert list(world.statuses()) == ["validate", "pre-check", "convert", "metadata", "post-check"]
    assert set(world.statuses().values()) == {StepStatus.COMPLETED}
    assert extensions(world) == ["mp3"]
    sound = measured(world, "mp3")
    assert sound.integrated_lufs == pytest.approx(lufs, abs=0.5)
    assert sound.true_peak_db <= -1
    assert read_tags(io.BytesIO(world.output("mp3"))).texts["title"] == "Episode 12"
    result = world.current().result
    assert result.passed
    assert result.before.integrated_lufs < -25
    assert result.quality.integrated_lufs == sound.integrated_lufs
    assert [check.holds for check in result.checks_before] == [False, True]
    assert len(world.mailer.sent) == 1


def test_what_steps_hand_to_one_another_is_gone_in_the_end():
    world = done(encode(speech(4)), podcast())

    assert set(world.objects()) == {output.key for output in world.current().outputs}
    assert world.current().current_step == "post-check"


def test_a_podcast_ends_with_transcript_and_chapters_where_they_are_asked_for():
    world = done(encode(speech(4)), podcast(options={"chapters": True, "chapterSeconds": 60}))

    assert extensions(world) == ["mp3", "json", "txt", "srt", "vtt", "tsv", "chapters.json"]
    expected = [
        (0, "Good morning and welcome. Now to something else"),
        (75, "Now to something else, dear listeners."),
    ]
    listed = json.loads(world.output("chapters.json"))["chapters"]
    assert [(chapter["startTime"], chapter["title"]) for chapter in listed] == expected
    frames = ID3(io.BytesIO(world.output("mp3")))
    assert sorted((frame.start_time, frame.end_time) for frame in frames.getall("CHAP")) == [
        (0, 75_000),
        (75_000, 180_000),
    ]
    assert len(frames.getall("CTOC")) == 1
    assert str(frames["TIT2"]) == "Episode 12"
    result = world.current().result
    assert (result.chapters, result.transcript_job_id) == (2, world.child_id)
    assert len(world.mailer.sent) == 1, "of its transcription nobody is told"
    assert world.heard == 1


def test_a_workflow_that_waits_is_held_by_nobody_and_waits_in_peace():
    world = WorkflowWorld(encode(speech(4)), podcast(options={"transcript": True}), transcriber=False)
    world.run()

    job = world.current()
    assert (job.status, job.lease, job.parks) == (JobStatus.PROCESSING, None, 1)
    assert job.current_step == "transcript"
    assert 50 < job.progress < 99
    for _ in range(6):
        world.ask()  # as the reconciler does
        world.run()
    assert (world.current().parks, world.current().failures) == (7, 0)
    assert world.steps_by_name()["transcript"].attempts == 1
    world.transcriber = True
    assert world.end() is JobStatus.COMPLETED
    assert world.heard == 1


def test_without_the_transcript_that_was_asked_for_the_job_fails_and_says_why():
    world = WorkflowWorld(
        encode(speech(4)),
        podcast(options={"transcript": True}),
        fault_of_transcript=Fault.LANGUAGE_UNSUPPORTED,
    )

    assert world.end() is JobStatus.FAILED
    error = world.current().error
    assert error.code == "transcript-unavailable"
    assert error.message.endswith("The model m does not know the language xx.")
    assert world.objects() == {}
    assert world.statuses()["transcript"] is StepStatus.FAILED
    assert len(world.mailer.sent) == 1


@pytest.mark.heavy
def test_a_replay_by_an_operator_means_the_transcription_too():
    world = WorkflowWorld(
        encode(speech(4)), podcast(options={"transcript": True}), fault_of_transcript=Fault.NO_AUDIO_DATA
    )
    world.end()
    world.fault_of_transcript = None
    world.jobs.replay(world.job.job_id, now=world.clock.now())
    world.ask()

    assert world.end() is JobStatus.COMPLETED
    assert extensions(world) == ["mp3", "json", "txt", "srt", "vtt", "tsv"]


def test_a_transcription_that_somebody_cancelled_is_missed():
    world = WorkflowWorld(encode(speech(4)), podcast(options={"transcript": True}), transcriber=False)
    world.run()
    world.jobs.cancel(world.child_id, now=world.clock.now())
    world.ask()

    assert world.end() is JobStatus.FAILED
    assert world.current().error.message.endswith("it was cancelled.")


@pytest.mark.heavy
def test_music_becomes_a_lossless_master_and_an_mp3():
    world = done(
        encode(speech(6, channels=2, level=0.05)),
        MusicMasteringOptions.model_validate(
            {"metadata": {"artist": "A"}, "options": {"lossless": "wav", "generateVisual": True}}
        ),
    )

    assert list(world.statuses()) == [
        "validate", "pre-check", "master", "encode", "metadata", "spectrogram", "post-check",
    ]  # fmt: skip
    assert extensions(world) == ["wav", "mp3", "png"]
    for extension in ("wav", "mp3"):
        assert measured(world, extension).integrated_lufs == pytest.approx(-14, abs=0.5)
        assert read_tags(io.BytesIO(world.output(extension))).texts["artist"] == "A"
    assert measured(world, "wav").true_peak_db <= -1


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("noise_db", "passed", "fails"),
    [(-85, True, set()), (-55, False, {"noise floor"})],
    ids=["clean", "noisy"],
)
def test_an_audiobook_is_brought_into_range_and_told_what_fails(noise_db, passed, fails):
    world = done(encode(speech(10, level=0.25, noise_db=noise_db)), AudiobookOptions())

    result = world.current().result
    assert result.passed is passed
    assert {check.name for check in result.checks if not check.holds} == fails
    sound = measured(world, "mp3")
    assert -23 <= sound.rms_db <= -18
    assert sound.peak_db <= -3
    assert (sound.sample_rate, sound.channels) == (44_100, 1)
    assert len(world.output("mp3")) * 8 / sound.duration_seconds == pytest.approx(192_000, rel=0.03)


@pytest.mark.heavy
def test_quick_looks_less_and_professional_more():
    quick = done(encode(speech(4)), podcast(mode="quick"))
    professional = done(encode(speech(4)), podcast(mode="professional"))

    assert list(quick.statuses()) == ["validate", "convert", "metadata", "post-check"]
    assert list(professional.statuses()) == [
        "validate", "pre-check", "master", "convert", "metadata", "spectrogram", "post-check", "validation",
    ]  # fmt: skip
    assert extensions(professional) == ["flac", "mp3", "png"]


def test_what_is_no_audio_fails_at_the_first_step_and_leaves_nothing():
    world = WorkflowWorld(b"no media at all", podcast())

    assert world.end() is JobStatus.FAILED
    assert world.current().error.code == "unreadable-media"
    steps = world.steps_by_name()
    assert (steps["validate"].status, steps["validate"].error.code) == (StepStatus.FAILED, "unreadable-media")
    assert steps["convert"].status is StepStatus.PENDING
    assert world.objects() == {}


class Flaky(InMemoryObjectStore):
    """A bucket that refuses so many files."""

    def __init__(self, refusals):
        super().__init__()
        self.refusals = refusals

    def write_file(self, key, file, *, content_type):
        if self.refusals > 0:
            self.refusals -= 1
            raise OSError("refused")
        super().write_file(key, file, content_type=content_type)


@pytest.mark.heavy
@pytest.mark.parametrize("refusals", [2, 4])
def test_a_step_is_tried_three_times_and_then_by_the_retries_of_its_job(refusals):
    world = WorkflowWorld(encode(speech(2)), podcast(mode="quick"), results=Flaky(refusals))

    assert world.end() is JobStatus.COMPLETED
    steps = world.steps_by_name()
    assert steps["convert"].attempts == refusals + 1
    assert steps["convert"].error is None
    assert steps["validate"].attempts == 1
    assert world.current().failures == (refusals == 4)
    assert world.on_sleep == [1.0] * (2 if refusals == 2 else 3)


@pytest.mark.heavy
def test_after_the_last_retry_the_job_fails_and_a_replay_goes_on_where_it_stopped():
    world = WorkflowWorld(encode(speech(2)), podcast(mode="quick"), results=Flaky(6))

    assert world.end() is JobStatus.FAILED
    assert world.current().error.code == "retries-exhausted"
    assert world.statuses()["convert"] is StepStatus.FAILED
    world.jobs.replay(world.job.job_id, now=world.clock.now())
    world.ask()
    assert world.end() is JobStatus.COMPLETED
    assert world.steps_by_name()["validate"].attempts == 1


@pytest.mark.parametrize("purged", [False, True])
def test_a_workflow_that_its_owner_cancels_while_it_waits_takes_its_transcription_with_it(purged):
    world = WorkflowWorld(encode(speech(2)), podcast(options={"transcript": True}), transcriber=False)
    world.run()
    world.jobs.cancel(world.job.job_id, now=world.clock.now())
    if purged:
        world.jobs.delete(world.job.job_id, now=world.clock.now())
    world.ask()
    world.run()

    assert world.objects() == {}
    assert world.steps.list(world.job.job_id) == []
    assert world.jobs.get(world.child_id) is None
    world.transcriber = True
    world.run()
    assert world.objects() == {}
    assert world.heard == 0
    assert world.mailer.sent == []
