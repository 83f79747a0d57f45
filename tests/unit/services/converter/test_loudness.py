"""Loudness and true peak: the cases of EBU Tech 3341 and 3342, and others' implementations."""

import io

import av
import numpy as np
import pyloudnorm
import pytest
from scipy.signal import resample_poly

from services.converter.measuring.loudness import LoudnessMeter
from services.converter.measuring.true_peak import TruePeakMeter, decibels
from services.converter.operations.analyse import analyse
from services.converter.shaping import Shape
from shared.domain.audio_operations import AnalyseOptions
from tests.support.sound import blocks, encode, sine

RATE = 48_000


def frame_of(samples, shape):
    packed = np.ascontiguousarray(samples, np.float32).reshape(1, -1)
    frame = av.AudioFrame.from_ndarray(packed, format="flt", layout=shape.layout)
    frame.sample_rate = shape.rate_hz
    return frame


def loudness_of(samples, layout="stereo"):
    meter = LoudnessMeter(Shape("flt", layout, RATE))
    for block in blocks(samples):
        meter.push(frame_of(block, Shape("flt", layout, RATE)))
    return meter.loudness()


def tones(*parts):
    """1 kHz in phase on both channels; each part is a level in dBFS and a length in seconds."""
    both = [sine(seconds, RATE, 1, 1_000, 10 ** (level_db / 20)) for level_db, seconds in parts]
    return np.repeat(np.concatenate(both), 2, axis=1)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([(-23, 20)], -23),
        ([(-33, 20)], -33),
        ([(-36, 10), (-23, 60), (-36, 10)], -23),
        ([(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)], -23),
        ([(-26, 20), (-20, 20.1), (-26, 20)], -23),
    ],
    ids=["case-1", "case-2", "case-3", "case-4", "case-5"],
)
def test_loudness_is_what_ebu_tech_3341_says_of_its_cases(parts, expected):
    assert loudness_of(tones(*parts)).integrated_lufs == pytest.approx(expected, abs=0.1)


def test_loudness_is_what_ebu_tech_3341_says_of_case_6_with_five_channels():
    levels_db = (-28, -28, -24, -30, -30)  # left, right, centre, both surrounds
    channels = [sine(20, RATE, 1, 1_000, 10 ** (level / 20)) for level in levels_db]

    loudness = loudness_of(np.concatenate(channels, axis=1), "5.0")

    assert loudness.integrated_lufs == pytest.approx(-23, abs=0.1)


def test_loudness_agrees_with_pyloudnorm():
    rng = np.random.default_rng(5)
    swell = 0.02 + 0.2 * np.abs(np.sin(np.arange(20 * RATE) / RATE))
    noise = (rng.standard_normal((20 * RATE, 2)) * swell[:, np.newaxis]).astype(np.float32)

    expected = pyloudnorm.Meter(RATE).integrated_loudness(noise)

    assert loudness_of(noise).integrated_lufs == pytest.approx(expected, abs=0.1)


@pytest.mark.parametrize(("quiet_db", "expected"), [(-30, 10), (-25, 5), (-40, 20)])
def test_loudness_range_is_what_ebu_tech_3342_says_of_its_cases(quiet_db, expected):
    samples = tones((quiet_db if quiet_db > -40 else -40, 20), (-20, 20))

    assert loudness_of(samples).range_lu == pytest.approx(expected, abs=1)


@pytest.mark.parametrize("seconds", [5.0, 5.05, 5.319, 7.001])
def test_a_length_that_is_no_whole_number_of_tenths_changes_nothing(seconds):
    quality = analyse(io.BytesIO(encode(sine(seconds))), AnalyseOptions(metrics=("loudness",)))
    assert quality.integrated_lufs == pytest.approx(-11.7, abs=0.2)


@pytest.mark.parametrize("seconds", [0.0, 0.3])
def test_what_is_shorter_than_a_gating_block_has_no_loudness(seconds):
    assert loudness_of(np.zeros((int(seconds * RATE), 2), np.float32)).integrated_lufs is None


@pytest.mark.parametrize(
    ("frequency_hz", "phase", "expected"),
    [(RATE / 4, np.pi / 4, 0.0), (RATE / 6, np.pi / 6, 0.0), (997, 0, 0.0)],
    ids=["quarter", "sixth", "997-hz"],
)
def test_true_peak_sees_between_the_samples(frequency_hz, phase, expected):
    """EBU Tech 3341 allows +0.2 and -0.4 dB."""
    time = np.arange(RATE) / RATE
    samples = np.sin(2 * np.pi * frequency_hz * time + phase)[:, np.newaxis].astype(np.float32)
    meter = TruePeakMeter(1)

    for block in blocks(samples[480:], 777):
        meter.push(block)

    assert -0.4 <= decibels(meter.peak) - expected <= 0.2


def test_true_peak_agrees_with_interpolating_everything():
    rng = np.random.default_rng(2)
    samples = np.clip(rng.standard_normal((3 * RATE, 2)) * 0.3, -1, 1).astype(np.float32)
    meter = TruePeakMeter(2)
    for block in blocks(samples):
        meter.push(block)

    expected = np.abs(resample_poly(samples, 4, 1)).max()

    assert decibels(meter.peak) == pytest.approx(decibels(expected), abs=0.3)
