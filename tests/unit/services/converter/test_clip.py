import io

import pytest

from services.converter.operations.clip import clip
from shared.domain.audio_operations import ClipOptions
from shared.domain.errors import PermanentError
from shared.domain.faults import Fault
from tests.support.sound import decode, encode, second_heard, sine, steps

pytestmark = pytest.mark.heavy


class Counted(io.BytesIO):
    """Counts what is read."""

    bytes_read = 0

    def read(self, size=-1):
        content = super().read(size)
        self.bytes_read += len(content)
        return content


@pytest.mark.parametrize(
    ("container", "codec", "options"),
    [
        ("mp3", "libmp3lame", {}),
        ("mp3", "libmp3lame", {"flags": "+qscale", "global_quality": "236"}),
        ("ipod", "aac", {}),
        ("wav", "pcm_s16le", {}),
        ("flac", "flac", {}),
        ("ogg", "flac", {}),
    ],
    ids=["mp3", "mp3-vbr", "m4a", "wav", "flac", "ogg"],
)
def test_a_clip_is_the_stretch_that_was_asked_for(container, codec, options, target):
    media = encode(steps(60), container=container, codec=codec, **options)

    made = clip(io.BytesIO(media), target, ClipOptions(start_time_ms=31_000, duration_ms=3_000))

    samples = decode(target)
    assert made.duration_ms == 3_000
    assert len(samples) / 44_100 == pytest.approx(3, abs=0.06)
    heard = [second_heard(samples[at : at + 22_050], 44_100) for at in (11_025, 55_125, 99_225)]
    assert heard == pytest.approx([31, 32, 33], abs=0.05)


def test_little_more_than_the_stretch_is_read(target):
    source = Counted(encode(sine(300, 16_000), 16_000, "mp3", "libmp3lame"))

    clip(source, target, ClipOptions(start_time_ms=150_000, duration_ms=5_000))

    assert source.bytes_read < len(source.getvalue()) / 10


def test_a_clip_ends_where_the_file_does(target):
    made = clip(io.BytesIO(encode(sine(10))), target, ClipOptions(start_time_ms=8_000, duration_ms=30_000))

    assert made.duration_ms == pytest.approx(2_000, abs=1)


@pytest.mark.parametrize("start_ms", [10_000, 60_000, 10**9])
def test_a_clip_past_the_end_fails_with_a_reason(start_ms, target):
    with pytest.raises(PermanentError) as raised:
        clip(io.BytesIO(encode(sine(10))), target, ClipOptions(start_time_ms=start_ms))

    assert raised.value.fault is Fault.SEGMENT_OUTSIDE_AUDIO


@pytest.mark.parametrize(
    "options",
    [
        {"start_time_ms": -1},
        {"start_time_ms": 0, "duration_ms": 60_001},
        {"start_time_ms": 0, "duration_ms": 0},
    ],
    ids=str,
)
def test_impossible_times_are_refused(options):
    with pytest.raises(ValueError, match="validation error"):
        ClipOptions.model_validate(options)
