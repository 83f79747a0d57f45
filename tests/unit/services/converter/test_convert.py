import io

import numpy as np
import pytest

from services.converter.input_file import Limits
from services.converter.operations.convert import convert
from services.converter.operations.normalise import measure
from shared.domain.audio_formats import FORMATS, AudioFormat
from shared.domain.audio_operations import ConvertOptions, LoudnessTarget
from shared.domain.errors import JobCancelled, PermanentError
from shared.domain.faults import Fault
from tests.support.media import video
from tests.support.sound import decode, encode, integers, sine

pytestmark = pytest.mark.heavy

FORMS = tuple(AudioFormat)
QUALITIES = ("low", "medium", "high", "vbr_low", "vbr_medium", "vbr_high")


def converted(media, target, *, limits=None, **options):
    result = convert(io.BytesIO(media), target, ConvertOptions(**options), limits=limits)
    return result, decode(target)


def fault_of(media, target, **options):
    with pytest.raises(PermanentError) as raised:
        converted(media, target, **options)
    return raised.value.fault


def frequency_of(samples, rate_hz):
    spectrum = np.abs(np.fft.rfft(samples[:, 0] * np.hanning(len(samples))))
    return np.argmax(spectrum) * rate_hz / len(samples)


@pytest.mark.parametrize("form", FORMS)
def test_every_format_holds_what_was_heard(form, target):
    result, samples = converted(encode(sine(2, channels=2)), target, format=form)

    assert result.duration_seconds == pytest.approx(2)
    assert samples.shape[1] == result.channels == 2
    assert len(samples) / result.sample_rate == pytest.approx(2, abs=0.06)
    assert frequency_of(samples, result.sample_rate) == pytest.approx(440, abs=1)
    assert np.sqrt(np.mean(samples[:, 0] ** 2)) == pytest.approx(0.4 / np.sqrt(2), rel=0.05)


@pytest.mark.parametrize("form", FORMS)
def test_better_quality_is_never_smaller_and_always_playable(form, target):
    rng = np.random.default_rng(3)
    media = encode((0.1 * rng.standard_normal((44_100, 2))).astype(np.float32))
    sizes = {}
    for quality in QUALITIES:
        target.seek(0)
        target.truncate()
        converted(media, target, format=form, quality=quality)
        sizes[quality] = target.seek(0, 2)

    assert sizes["low"] <= sizes["medium"] <= sizes["high"]
    assert sizes["vbr_low"] <= sizes["vbr_medium"] <= sizes["vbr_high"]


@pytest.mark.parametrize("form", [AudioFormat.FLAC, AudioFormat.WAV])
@pytest.mark.parametrize("codec", ["pcm_s16le", "pcm_s24le"])
def test_lossless_formats_keep_every_sample(form, codec, target):
    media = encode(sine(1.5, channels=2), codec=codec)

    _, samples = converted(media, target, format=form)

    assert np.array_equal(samples, decode(media))


def test_floating_point_stays_floating_point_in_wav(target):
    media = encode(sine(1) * 3, codec="pcm_f32le")  # beyond full scale

    _, samples = converted(media, target, format="wav")

    assert np.array_equal(samples, decode(media))


@pytest.mark.parametrize("form", FORMS)
def test_the_same_file_gives_the_same_bytes(form, target):
    if form is AudioFormat.OGG:
        pytest.skip("libsndfile numbers each Ogg stream by chance")
    media, outputs = encode(sine(1, channels=2)), []
    for _ in range(2):
        target.seek(0)
        target.truncate()
        converted(media, target, format=form)
        target.seek(0)
        outputs.append(target.read())

    assert outputs[0] == outputs[1]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("rate_hz", [7_999, 11_025, 37_800, 96_000, 192_000])
def test_odd_rates_become_the_nearest_that_the_format_holds(form, rate_hz, target):
    result, samples = converted(encode(sine(0.5, rate_hz), rate_hz), target, format=form)

    assert FORMATS[form].takes_rate(result.sample_rate)
    heard_at = 48_000 if form is AudioFormat.OPUS else result.sample_rate  # RFC 6716: any rate decodes to it
    assert len(samples) / heard_at == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize("form", FORMS)
def test_each_of_six_channels_stays_where_it_was(form, target):
    """Channels are told apart by their tones: 440 Hz, 660 Hz and so on."""
    result, samples = converted(encode(sine(1, 48_000, 6), 48_000), target, format=form)

    if form is AudioFormat.MP3:
        assert result.channels == 2
        return
    assert result.channels == 6
    for channel in (0, 1, 2, 4, 5):
        expected = 440 * (1 + 0.5 * channel)
        assert frequency_of(samples[:, channel : channel + 1], 48_000) == pytest.approx(expected, abs=3)


def test_channels_and_rate_are_those_asked_for(target):
    result, samples = converted(
        encode(sine(1, channels=2)), target, format="flac", channels=1, sample_rate=16_000
    )

    assert (result.channels, result.sample_rate) == (1, 16_000)
    assert samples.shape == (16_000, 1)


@pytest.mark.parametrize(
    "options",
    [
        {"format": "mp3", "sample_rate": 192_000},
        {"format": "opus", "sample_rate": 44_100},
        {"format": "mp3", "channels": 6},
        {"format": "aiff"},
        {"format": "mp3", "quality": "best"},
        {"format": "wav", "sample_rate": 1},
    ],
    ids=str,
)
def test_impossible_formats_are_refused_before_any_file_is_opened(options):
    with pytest.raises(ValueError, match="1 validation error"):
        ConvertOptions(**options)


def test_damage_in_the_middle_costs_only_itself(target):
    media = bytearray(encode(integers(sine(10, channels=2)), codec="flac", container="flac"))
    middle = len(media) // 2
    media[middle : middle + 3_000] = bytes(3_000)

    result, samples = converted(bytes(media), target, format="wav")

    assert 8 < result.duration_seconds < 10
    assert len(samples) / 44_100 == pytest.approx(result.duration_seconds, abs=0.001)


@pytest.mark.parametrize(
    ("media", "fault"),
    [
        (b"", Fault.UNREADABLE_MEDIA),
        (b"no audio at all" * 100, Fault.UNREADABLE_MEDIA),
        (b"#EXTM3U\n#EXT-X-VERSION:3\n#EXTINF:1,\nfile:///etc/passwd\n", Fault.UNREADABLE_MEDIA),
        (encode(sine(0.001))[:44], Fault.NO_AUDIO_DATA),
    ],
    ids=["empty", "text", "playlist", "header-only"],
)
def test_what_is_no_audio_fails_with_a_reason(media, fault, target):
    assert fault_of(media, target, format="flac") in {fault, Fault.UNREADABLE_MEDIA}


def test_a_file_that_is_too_long_fails_as_soon_as_it_is(target):
    assert fault_of(encode(sine(5)), target, format="flac", limits=Limits(max_seconds=3)) is (
        Fault.AUDIO_TOO_LONG
    )


def test_a_cancelled_conversion_stops_and_leaves_no_file_open(open_files):
    from services.converter.scratch import scratch_file

    media, before = encode(sine(30)), open_files()

    def cancelled(share):
        if share > 0.3:
            raise JobCancelled("cancelled by its owner")

    with scratch_file() as target, pytest.raises(JobCancelled):
        convert(io.BytesIO(media), target, ConvertOptions(format="flac"), report=cancelled)

    assert open_files() == before


def test_progress_rises_to_the_end_over_both_passes(target):
    shares = []
    options = ConvertOptions(format="flac", loudness="podcast")

    convert(io.BytesIO(encode(sine(20))), target, options, report=shares.append)

    assert shares == sorted(shares)
    assert shares[0] < 0.1
    assert shares[-1] == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize(("preset", "lufs"), [("podcast", -16), ("mono", -19), ("broadcast", -23)])
def test_loudness_reaches_its_target(preset, lufs, target):
    result, samples = converted(encode(sine(4, 48_000), 48_000), target, format="wav", loudness=preset)

    loudness, _ = measure(target)
    assert loudness.integrated_lufs == pytest.approx(lufs, abs=0.1)
    assert len(samples) == 192_000
    assert result.gain is not None


def test_true_peaks_stay_below_their_limit_where_the_gain_would_lift_them_above(target):
    samples = sine(10, 48_000) * 0.05
    samples[::24_000] = 0.9  # clicks: quiet sound with high peaks
    loud = LoudnessTarget(lufs=-16, true_peak_db=-1)

    result, after = converted(encode(samples, 48_000), target, format="wav", loudness=loud)

    _, peak_db = measure(target)
    assert result.gain is not None
    assert result.gain.limit_db == -1
    assert peak_db is not None
    assert peak_db <= -1.0
    assert len(after) == len(samples)


def test_silence_stays_silence(target):
    result, samples = converted(encode(np.zeros((48_000, 1))), target, format="wav", loudness="podcast")

    assert not samples.any()
    assert result.gain is not None
    assert result.gain.gain_db == 0


def test_a_video_gives_its_sound(target):
    result, _ = converted(video(1, audio=sine(1, 16_000)[:, 0]), target, format="opus")

    assert result.duration_seconds == pytest.approx(1, abs=0.1)
