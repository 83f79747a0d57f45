import io

import numpy as np
import pytest

from services.converter.operations.analyse import analyse
from services.converter.operations.master import Care, Goal, Recipe, encode, flat_rate_hz, master
from services.converter.scratch import scratch_file
from shared.domain.audio_formats import AudioFormat
from shared.domain.audio_operations import AnalyseOptions
from shared.domain.errors import JobCancelled
from tests.support.sound import decode, sine, speech
from tests.support.sound import encode as encoded

STANDARD = Care(corrections=1, verified=False)
MP3 = Recipe(AudioFormat.MP3, "stereo", 44_100, 192_000)
PODCAST = Goal("lufs", -16.0, -1.0)


def spiky(seconds, rate_hz=44_100):
    """Quiet noise with peaks far above it: what a limiter has most to do with."""
    rng = np.random.default_rng(3)
    samples = rng.normal(size=(int(seconds * rate_hz), 2)) * 0.02
    samples[rng.integers(0, len(samples), 10 * seconds)] *= 12
    return np.clip(samples, -1, 1).astype(np.float32)


def bursts(seconds, rate_hz=44_100):
    """Noise that sets in and breaks off: what an encoder rings at most."""
    sounding = np.arange(seconds * rate_hz) / rate_hz * 8 % 1 < 0.5
    noise = np.random.default_rng(1).normal(size=(len(sounding), 2)) * 0.2
    return np.clip(noise * sounding[:, np.newaxis], -1, 1).astype(np.float32)


def made(media, recipe, goal, care=STANDARD):
    with scratch_file() as target:
        mastered = master(io.BytesIO(media), target, recipe, goal, care)
        measured = analyse(target, AnalyseOptions(metrics=("levels", "loudness", "true_peak")))
        target.seek(0)
        return mastered, measured, target.read()


@pytest.mark.parametrize("level", [0.01, 0.1, 0.9])
def test_speech_of_any_level_comes_out_at_the_target_and_under_the_limit(level):
    _, measured, _ = made(encoded(speech(12, channels=2, level=level)), MP3, PODCAST)

    assert measured.integrated_lufs == pytest.approx(-16, abs=0.5)
    assert measured.true_peak_db <= -1
    assert measured.duration_seconds == pytest.approx(12, abs=0.1)


@pytest.mark.heavy
@pytest.mark.parametrize("care", [STANDARD, Care(3, verified=True)], ids=["standard", "verified"])
def test_what_the_limiter_takes_is_given_back(care):
    mastered, measured, _ = made(encoded(spiky(12)), MP3, PODCAST, care)

    assert mastered.gain.limit_db is not None
    assert measured.integrated_lufs == pytest.approx(-16, abs=0.5)
    assert measured.true_peak_db <= -1


@pytest.mark.heavy
def test_without_a_correction_a_limited_sound_stays_quieter():
    _, quick, _ = made(encoded(spiky(12)), MP3, PODCAST, Care(0, verified=False))

    assert quick.integrated_lufs < -16.5


@pytest.mark.heavy
def test_peaks_that_the_encoder_lifted_are_limited_once_more_where_they_are_verified():
    media, goal = encoded(bursts(6)), Goal("rms", -12.0, -3.0)
    _, plain, _ = made(media, MP3, goal, Care(3, verified=False))
    _, verified, _ = made(media, MP3, goal, Care(3, verified=True))

    assert plain.true_peak_db > -3
    assert verified.true_peak_db <= -3


def test_the_root_mean_square_may_be_the_goal():
    _, measured, _ = made(encoded(speech(12, level=0.5)), Recipe(AudioFormat.MP3, "mono", 44_100, 192_000),
                          Goal("rms", -20.5, -3.0))  # fmt: skip

    assert measured.rms_db == pytest.approx(-20.5, abs=0.5)
    assert measured.peak_db <= -3
    assert (measured.channels, measured.sample_rate) == (1, 44_100)


@pytest.mark.heavy
def test_the_bit_rate_is_constant_and_the_one_asked_for():
    _, measured, file = made(encoded(speech(12)), Recipe(AudioFormat.MP3, "mono", 44_100, 192_000), PODCAST)

    assert len(file) * 8 / measured.duration_seconds == pytest.approx(192_000, rel=0.02)


@pytest.mark.heavy
def test_a_level_is_that_of_the_shape_that_is_written():
    """Six channels mixed down are louder or quieter than they were: the stereo sound is what counts."""
    _, measured, _ = made(encoded(speech(10, channels=6, level=0.1)), MP3, PODCAST)

    assert measured.integrated_lufs == pytest.approx(-16, abs=0.5)


def test_a_24_bit_master_has_more_than_16_bits_in_it():
    recipe = Recipe(AudioFormat.FLAC, "stereo", 44_100, depth="s24")
    _, _, file = made(encoded(speech(4, channels=2)), recipe, PODCAST)

    steps = decode(file).astype(np.float64) * 2**15
    assert np.abs(steps - np.round(steps)).max() > 0.1


def test_silence_stays_silent():
    mastered, measured, _ = made(encoded(np.zeros((44_100 * 3, 2), np.float32)), MP3, PODCAST)

    assert mastered.gain.gain_db == 0
    assert measured.integrated_lufs is None


def test_encoding_alone_leaves_the_level():
    with scratch_file() as target:
        encode(io.BytesIO(encoded(sine(3, channels=2))), target, MP3)
        assert np.abs(decode(target)).max() == pytest.approx(0.4, abs=0.05)


@pytest.mark.parametrize(
    ("rate_hz", "flat"),
    [
        (8_000, 44_100),
        (32_000, 44_100),
        (44_100, 44_100),
        (48_000, 48_000),
        (88_200, 44_100),
        (96_000, 48_000),
    ],
)
def test_high_bit_rates_need_a_high_sampling_rate(rate_hz, flat):
    assert flat_rate_hz(rate_hz) == flat


def test_work_that_is_no_longer_wanted_stops_and_leaves_no_file_open(open_files):
    before = open_files()

    def cancelled(share):
        if share > 0.4:
            raise JobCancelled("cancelled by its owner")

    with scratch_file() as target, pytest.raises(JobCancelled):
        master(io.BytesIO(encoded(speech(10, channels=2))), target, MP3, PODCAST, STANDARD, report=cancelled)
    assert open_files() == before
