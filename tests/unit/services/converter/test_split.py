import io
from itertools import pairwise

import numpy as np
import pytest

from services.converter.operations.split import split
from services.converter.tagging.reading import read_tags
from services.converter.tagging.tags import Chapter, Tags
from services.converter.tagging.writing import write_tags
from shared.domain.audio_formats import AudioFormat
from shared.domain.audio_operations import SplitOptions
from shared.domain.errors import PermanentError
from shared.domain.faults import Fault
from tests.support.sound import decode, encode, integers, sine

pytestmark = pytest.mark.heavy

RATE = 44_100
PLAIN = {"cross_fade": False}


def times(*marks):
    return [{"start": start, "end": end} for start, end in pairwise(marks)]


def parts_of(media, **options):
    """Each part's name, times and samples."""
    source = io.BytesIO(media) if isinstance(media, bytes) else media
    parts = []
    for part in split(source, SplitOptions.model_validate(options)):
        with part.file:
            parts.append((part, decode(part.file)))
    return parts


def fault_of(media, **options):
    with pytest.raises(PermanentError) as raised:
        parts_of(media, **options)
    return raised.value.fault


@pytest.fixture
def chirp():
    """Sound in which no stretch is like another."""
    time = np.arange(10 * RATE) / RATE
    both = np.stack([np.sin(2 * np.pi * (200 + 150 * time) * time), np.sin(2 * np.pi * 90 * time**2)], axis=1)
    return integers(0.5 * both.astype(np.float32))


@pytest.mark.parametrize("form", [AudioFormat.WAV, AudioFormat.FLAC])
def test_parts_joined_are_the_same_samples(chirp, form):
    media = encode(chirp, codec="pcm_s16le" if form == "wav" else "flac", container=form.value)

    parts = parts_of(
        media, segments=times("0:00", "0:01.5", "0:03.333", "00:00:07.001", "0:10"), options=PLAIN
    )

    assert np.array_equal(np.concatenate([samples for _, samples in parts]), decode(media))
    assert [len(samples) for _, samples in parts] == [66_150, 80_835, 161_759, 132_256]


def test_cross_faded_parts_laid_over_each_other_are_the_same_samples(chirp):
    parts = parts_of(encode(chirp), segments=times("0:00", "0:04", "0:07", "0:10"))

    whole = np.zeros_like(chirp, dtype=np.float64)
    for part, samples in parts:
        start = round(part.start_ms * RATE / 1000)
        whole[start : start + len(samples)] += samples
    assert np.abs(whole - chirp).max() <= 2 / 32768
    assert parts[0][0].end_ms - parts[1][0].start_ms == pytest.approx(10, abs=0.1)


def test_parts_that_do_not_adjoin_are_not_faded(chirp):
    parts = parts_of(encode(chirp), segments=[*times("0:01", "0:02"), *times("0:03", "0:04")])

    assert np.array_equal(parts[0][1], chirp[RATE : 2 * RATE])
    assert np.array_equal(parts[1][1], chirp[3 * RATE : 4 * RATE])


@pytest.mark.parametrize(
    ("container", "codec"), [("mp3", "libmp3lame"), ("ipod", "aac"), ("opus", "libopus"), ("flac", "flac")]
)
def test_parts_keep_the_format_of_the_file(chirp, container, codec):
    media = encode(
        chirp if codec != "libopus" else sine(10, 48_000, 2),
        48_000 if codec == "libopus" else RATE,
        container,
        codec,
    )

    parts = parts_of(
        media, segments=times("0:00", "0:05", "0:09"), options={"quality_validation": True, **PLAIN}
    )

    assert [round(len(samples) / (48_000 if codec == "libopus" else RATE), 1) for _, samples in parts] == [
        5,
        4,
    ]
    assert {part.form for part, _ in parts} == {AudioFormat({"ipod": "m4a"}.get(container, container))}


@pytest.mark.parametrize(
    ("container", "codec", "rate_hz"),
    [("mp3", "libmp3lame", RATE), ("ipod", "aac", RATE), ("opus", "libopus", 48_000)],
)
def test_copied_packets_are_those_of_the_file(container, codec, rate_hz):
    media = encode(sine(10, rate_hz, 2), rate_hz, container, codec)

    parts = parts_of(media, segments=times("0:02", "0:05", "0:09"), options={"enhanced": False})

    assert [part.end_ms - part.start_ms for part, _ in parts] == pytest.approx([3000, 4000], abs=60)
    assert [len(samples) / rate_hz for _, samples in parts] == pytest.approx([3, 4], abs=0.1)
    original = decode(media)
    for part, samples in parts:
        middle = len(samples) // 2
        place = round(part.start_ms * rate_hz / 1000) + middle
        stretch = samples[middle : middle + 2_000, 0]
        around = original[place - 4_000 : place + 6_000, 0]
        fits = np.correlate(around, stretch, mode="valid").max() / (stretch @ stretch)
        assert fits == pytest.approx(1, abs=0.02)


def test_equal_parts_are_equal(chirp):
    parts = parts_of(encode(chirp), by="parts", parts=4, options=PLAIN)

    assert [len(samples) for _, samples in parts] == [110_250] * 4
    assert np.array_equal(np.concatenate([samples for _, samples in parts]), chirp)


def test_silences_are_cut_in_their_middle():
    quiet = np.zeros((RATE, 1), np.float32)
    sound = sine(2)

    parts = parts_of(
        encode(np.concatenate([quiet, sound, quiet, sound, quiet, sound])), by="silence", options=PLAIN
    )

    assert [round(part.start_ms) for part, _ in parts] == pytest.approx([0, 3_500, 6_500], abs=15)


def test_sound_without_silence_can_not_be_split_at_one():
    assert fault_of(encode(sine(3)), by="silence") is Fault.NOTHING_TO_SPLIT_AT


def test_chapters_become_parts_with_their_titles(target):
    target.write(encode(sine(4), container="flac", codec="flac"))
    chapters = (Chapter(0, 1_000, "One"), Chapter(1_000, 2_500, "Two"), Chapter(2_500, 4_000, "Three"))
    write_tags(target, AudioFormat.FLAC, Tags({"artist": "A"}, None, chapters))

    found = []
    for part in split(target, SplitOptions(by="chapters", options=PLAIN)):
        with part.file:
            tags = read_tags(part.file)
            found.append(
                (tags.texts["title"], tags.texts["track"], tags.texts["artist"], part.end_ms - part.start_ms)
            )

    assert found == [("One", "1/3", "A", 1_000), ("Two", "2/3", "A", 1_500), ("Three", "3/3", "A", 1_500)]


def test_a_file_without_chapters_can_not_be_split_at_them():
    assert fault_of(encode(sine(1)), by="chapters") is Fault.NOTHING_TO_SPLIT_AT


@pytest.mark.parametrize("enhanced", [True, False])
@pytest.mark.parametrize("marks", [("0:09", "0:12"), ("0:20", "0:25")], ids=["end", "whole"])
def test_a_segment_past_the_end_fails_and_leaves_no_file_open(marks, enhanced, open_files):
    media, before = encode(sine(10), container="mp3", codec="libmp3lame"), open_files()

    fault = fault_of(media, segments=[*times("0:01", "0:02"), *times(*marks)], options={"enhanced": enhanced})

    assert fault is Fault.SEGMENT_OUTSIDE_AUDIO
    assert open_files() == before


def test_a_thousand_segments_need_no_thousand_files(open_files):
    media, before, most = encode(sine(20)), open_files(), 0
    marks = [f"0:{index / 50:.2f}" for index in range(1_001)]

    count = 0
    for part in split(io.BytesIO(media), SplitOptions.model_validate({"segments": times(*marks)})):
        part.file.close()
        most, count = max(most, open_files()), count + 1

    assert count == 1_000
    assert most - before < 10


def test_what_lies_behind_the_last_cut_is_not_read(chirp):
    class Counted(io.BytesIO):
        furthest = 0

        def read(self, size=-1):
            content = super().read(size)
            self.furthest = max(self.furthest, self.tell())
            return content

    source = Counted(encode(np.tile(chirp, (20, 1))))

    parts_of(source, segments=times("0:01", "0:02"))

    assert source.furthest < len(source.getvalue()) / 10


@pytest.mark.parametrize(
    "options",
    [
        {"segments": [{"start": "0:10", "end": "0:05"}]},
        {"segments": [{"start": "0:05", "end": "0:05"}]},
        {"segments": [*times("0:00", "0:05"), *times("0:04", "0:06")]},
        {"segments": [{"start": "0:00", "end": "0:01", "name": "../../etc/passwd"}]},
        {"segments": [{"start": "0:00", "end": "0:01", "name": "C:\\x"}]},
        {"segments": [{"start": "0:00", "end": "0:01", "name": ".."}]},
        {"segments": [{"start": "0:00", "end": "0:01", "name": "a\nb"}]},
        {"segments": [{"start": s, "end": e, "name": "Same"} for s, e in (("0", "1"), ("2", "3"))]},
        {"segments": [{"start": "-1", "end": "0:01"}]},
        {"segments": [{"start": "0:75", "end": "2:00"}]},
        {"segments": [{"start": "soon", "end": "later"}]},
        {"segments": times(*[str(second) for second in range(1_002)])},
        {"segments": []},
        {"by": "parts"},
        {"by": "parts", "parts": 2, "segments": times("0", "1")},
    ],
    ids=lambda options: str(options)[:60],
)
def test_segments_that_make_no_sense_are_refused_before_any_file_is_opened(options):
    with pytest.raises(ValueError, match="validation error"):
        SplitOptions.model_validate(options)
