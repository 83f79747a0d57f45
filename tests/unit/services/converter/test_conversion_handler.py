import base64
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from services.converter.handler import ConversionHandler
from services.converter.tagging.tags import Tags
from services.converter.tagging.writing import write_tags
from shared.domain.audio_formats import AudioFormat
from shared.domain.audio_operations import (
    AnalyseOptions,
    ClipOptions,
    ConvertOptions,
    MetadataOptions,
    SpectrogramOptions,
    SplitOptions,
)
from shared.domain.errors import JobCancelled, PermanentError
from shared.domain.faults import Fault
from shared.domain.jobs import JobType
from shared.domain.object_keys import cover_key
from shared.testing.builders import make_job
from shared.testing.clock import FakeClock
from shared.testing.object_store import InMemoryObjectStore
from tests.support.sound import decode, encode, png, sine


class Run:
    """Does jobs on one file."""

    def __init__(self, media, filename="Q3 meeting.wav"):
        self.audio, self.outputs = InMemoryObjectStore(), InMemoryObjectStore()
        self.job = make_job()
        self.job = self.job.model_copy(
            update={"file": self.job.file.model_copy(update={"filename": filename})}
        )
        self.audio.write(self.job.file.key, media, content_type="audio/wav")
        self.handler = ConversionHandler(
            audio=self.audio, transcripts=self.outputs, clock=FakeClock(), max_audio_minutes=1
        )
        self.reported = []

    def report(self, percent):
        self.reported.append(percent)

    def __call__(self, operation):
        kind = JobType[operation.operation.upper()]
        self.job = self.job.model_copy(update={"operation": operation, "type": kind})
        return self.handler(self.job, self)

    def fault_of(self, operation):
        with pytest.raises(PermanentError) as raised:
            self(operation)
        return raised.value.fault

    def bytes_of(self, output):
        return self.outputs.objects[output.key].body


@pytest.fixture
def run():
    return Run(encode(sine(10, 44_100, 2)))


def test_a_conversion_stores_one_file_under_the_jobs_own_key(run):
    finished = run(ConvertOptions(format="flac"))

    [output] = finished.outputs
    assert output.key == f"{run.job.user_id}/{run.job.job_id}/output-0001.flac"
    assert (output.filename, output.content_type) == ("Q3 meeting.flac", "audio/flac")
    assert len(run.bytes_of(output)) == output.size_bytes
    assert np.array_equal(decode(run.bytes_of(output)), decode(encode(sine(10, 44_100, 2))))
    assert finished.result.duration_seconds == 10
    assert run.reported == sorted(run.reported)
    assert 90 < run.reported[-1] <= 99


def test_an_owners_bound_on_the_length_holds_where_it_is_less_than_the_workers():
    run = Run(encode(sine(61)))
    run.handler = ConversionHandler(
        audio=run.audio, transcripts=run.outputs, clock=FakeClock(), max_audio_minutes=2
    )
    assert run(ConvertOptions(format="flac")).outputs

    run.job = run.job.model_copy(update={"audio_minutes": 1})
    assert run.fault_of(ConvertOptions(format="flac")) is Fault.AUDIO_TOO_LONG


def test_a_split_stores_every_part_under_its_name(run):
    segments = [{"start": "0:00", "end": "0:04", "name": "intro"}, {"start": "0:05", "end": "0:10"}]

    finished = run(SplitOptions.model_validate({"segments": segments}))

    assert [output.filename for output in finished.outputs] == ["intro.wav", "segment-002.wav"]
    assert [output.key.rpartition("/")[2] for output in finished.outputs] == [
        "output-0001.wav",
        "output-0002.wav",
    ]


def test_a_split_that_fails_half_way_leaves_nothing_in_the_bucket(run):
    segments = [{"start": "0:00", "end": "0:04"}, {"start": "0:05", "end": "0:20"}]

    assert run.fault_of(SplitOptions.model_validate({"segments": segments})) is Fault.SEGMENT_OUTSIDE_AUDIO
    assert run.outputs.objects == {}


def test_an_analysis_stores_nothing_and_says_what_it_found(run):
    finished = run(AnalyseOptions())

    assert finished.outputs == ()
    assert finished.result.quality is not None
    assert finished.result.quality.duration_seconds == 10


def test_tags_are_read_without_an_output_and_written_into_a_copy(run):
    changes = {"tags": {"title": "T"}, "cover": base64.b64encode(png()).decode()}
    chapters = [{"start": "0:00", "title": "One"}, {"start": "0:04", "title": "Two"}]

    written = run(MetadataOptions.model_validate({**changes, "chapters": chapters}))
    [output] = written.outputs
    read = Run(run.bytes_of(output))(MetadataOptions())

    assert read.outputs == ()
    assert read.result.tags.texts["title"] == "T"
    assert read.result.tags.cover == "image/png"
    assert [(chapter.start, chapter.title) for chapter in read.result.tags.chapters] == [
        ("00:00:00.000", "One"),
        ("00:00:04.000", "Two"),
    ]


@pytest.mark.parametrize(("kind", "filename"), [("mel", "Q3 meeting.png"), ("peaks", "Q3 meeting.json")])
def test_a_picture_is_named_after_the_file(run, kind, filename):
    [output] = run(SpectrogramOptions(kind=kind)).outputs

    assert output.filename == filename
    assert run.bytes_of(output)


@pytest.mark.heavy
def test_a_clip_is_made_once_and_then_found():
    run = Run(encode(sine(50, 44_100, 2)))
    wanted = ClipOptions(start_time_ms=30_000, duration_ms=2_000)

    made = run(wanted)
    run.audio.objects.clear()
    found = run(wanted)

    assert made.outputs == found.outputs
    assert made.outputs[0].key == f"audio_clips/{run.job.file.file_id}/30000-32000_v1.mp3"
    assert found.result.bytes_read == 0
    assert 0 < made.result.bytes_read < 50 * 44_100 * 4 / 4


class FileDeletedMeanwhile(InMemoryObjectStore):
    """Its owner deletes the file, and all clips that there are, while one is on its way here."""

    def __init__(self, audio):
        super().__init__()
        self._audio = audio

    def write_file(self, key, file, *, content_type):
        self._audio.objects.clear()
        self.objects.clear()
        super().write_file(key, file, content_type=content_type)


@pytest.mark.heavy
def test_a_clip_of_a_file_that_was_deleted_meanwhile_does_not_outlive_it():
    run = Run(encode(sine(5)))
    run.outputs = FileDeletedMeanwhile(run.audio)
    run.handler = ConversionHandler(
        audio=run.audio, transcripts=run.outputs, clock=FakeClock(), max_audio_minutes=1
    )

    assert run.fault_of(ClipOptions(start_time_ms=0, duration_ms=1_000)) is Fault.FILE_MISSING
    assert run.outputs.objects == {}


@pytest.mark.heavy
def test_many_equal_clips_at_once_are_one_object():
    run = Run(encode(sine(50)))
    together = threading.Barrier(4)

    def one(_):
        together.wait()
        return run(ClipOptions(start_time_ms=10_000, duration_ms=1_000))

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(one, range(4)))

    assert len(run.outputs.objects) == 1
    assert len({finished.outputs for finished in results}) == 1


@pytest.mark.parametrize(
    ("media", "operation", "fault"),
    [
        (b"no media", ConvertOptions(format="flac"), Fault.UNREADABLE_MEDIA),
        (encode(sine(70)), ConvertOptions(format="flac"), Fault.AUDIO_TOO_LONG),
        (encode(sine(70)), AnalyseOptions(), Fault.AUDIO_TOO_LONG),
        (encode(sine(2)), ClipOptions(start_time_ms=5_000), Fault.SEGMENT_OUTSIDE_AUDIO),
        (encode(sine(2)), MetadataOptions(cover="bm8gaW1hZ2U="), Fault.COVER_NOT_AN_IMAGE),
    ],
    ids=["text", "long", "long-analysis", "clip", "cover"],
)
def test_what_is_wrong_fails_with_a_code_and_leaves_nothing(media, operation, fault, open_files):
    run, before = Run(media), open_files()

    assert run.fault_of(operation) is fault
    assert run.outputs.objects == {}
    assert open_files() == before


def test_a_file_that_is_gone_fails(run):
    run.audio.objects.clear()

    assert run.fault_of(ConvertOptions(format="wav")) is Fault.FILE_MISSING


@pytest.mark.parametrize(
    "operation",
    [
        ConvertOptions(format="flac"),
        ConvertOptions(format="flac", loudness="podcast"),
        SplitOptions(by="parts", parts=3),
        AnalyseOptions(),
        SpectrogramOptions(),
    ],
    ids=lambda operation: operation.operation,
)
def test_a_cancelled_job_stops_and_leaves_no_file_open(run, operation, open_files):
    before = open_files()

    def cancelled(percent):
        if percent > 20:
            raise JobCancelled("cancelled by its owner")

    run.report = cancelled

    with pytest.raises(JobCancelled):
        run(operation)

    run.handler.discard(run.job.user_id, run.job.job_id)
    assert run.outputs.objects == {}
    assert open_files() == before


def test_a_cover_that_lies_beside_the_job_is_put_into_the_file():
    run = Run(encode(sine(1), container="mp3", codec="libmp3lame"))
    options = MetadataOptions(cover_stored=True)

    assert run.fault_of(options) is Fault.FILE_MISSING
    run.outputs.write(cover_key(run.job.user_id, run.job.job_id), png(), content_type="image/png")
    assert run(options).result.tags.cover == "image/png"


def test_tags_that_a_record_has_no_room_for_are_left_out_and_said_to_be():
    media = encode(sine(1), container="flac", codec="flac")
    texts = {"title": "Short", "comment": "x" * 60_000}
    with tempfile.TemporaryFile() as file:
        file.write(media)
        write_tags(file, AudioFormat.FLAC, Tags({**texts, "lyrics": "y" * 60_000}))
        file.seek(0)
        media = file.read()

    tags = Run(media)(MetadataOptions()).result.tags

    assert tags.texts == texts
    assert tags.complete is False


def test_what_is_discarded_is_all_of_the_job_and_nothing_else(run):
    run(ConvertOptions(format="flac"))
    run.outputs.write(f"{run.job.user_id}/another/output-0001.flac", b"x", content_type="audio/flac")

    for _ in range(2):
        run.handler.discard(run.job.user_id, run.job.job_id)
        assert set(run.outputs.objects) == {f"{run.job.user_id}/another/output-0001.flac"}
