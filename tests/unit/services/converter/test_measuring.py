import io

import numpy as np
import pytest

from services.converter.measuring.grading import grade
from services.converter.measuring.levels import LevelMeter
from services.converter.measuring.noise import NoiseMeter
from services.converter.measuring.tone import ToneMeter
from services.converter.operations.analyse import analyse
from shared.domain.audio_operations import AnalyseOptions
from shared.domain.audio_quality import Level
from tests.support.sound import blocks, encode, sine

RATE = 48_000


def tone_quality(samples):
    meter = ToneMeter(RATE, samples.shape[1])
    for block in blocks(samples.astype(np.float32)):
        meter.push(block)
    return meter.quality()


@pytest.mark.parametrize("noise_db", [-20, -40, -60, -80, -100])
@pytest.mark.parametrize("frequency_hz", [55.3, 997, 8_000])
@pytest.mark.parametrize("seconds", [0.5, 12])
def test_noise_beside_a_tone_is_found_within_half_a_decibel(noise_db, frequency_hz, seconds):
    tone = sine(seconds, RATE, 1, frequency_hz, 0.5).astype(np.float64)
    noise = np.random.default_rng(1).standard_normal(tone.shape)
    noise *= np.sqrt(np.mean(tone**2)) * 10 ** (noise_db / 20)

    quality = tone_quality(tone + noise)

    assert quality.snr == pytest.approx(-noise_db, abs=0.5)
    assert quality.thd_plus_n == pytest.approx(10 * np.log10(1 / (1 + 10 ** (-noise_db / 10))), abs=0.5)
    assert quality.frequency_hz == pytest.approx(frequency_hz, abs=1)


@pytest.mark.parametrize("distortion_db", [-20, -40, -60, -80])
def test_distortion_of_a_tone_is_found_within_half_a_decibel_and_is_no_noise(distortion_db):
    tone = sine(12, RATE, 1, 997, 0.5).astype(np.float64)
    time = np.arange(len(tone)) / RATE
    harmonics = 0.8 * np.sin(2 * np.pi * 2 * 997 * time) + 0.6 * np.sin(2 * np.pi * 3 * 997 * time + 1)
    noise = np.random.default_rng(1).standard_normal(tone.shape) * 0.5 / np.sqrt(2) * 1e-5

    quality = tone_quality(tone + 0.5 * 10 ** (distortion_db / 20) * harmonics[:, np.newaxis] + noise)

    share = 10 ** (distortion_db / 10)
    assert quality.thd_plus_n == pytest.approx(10 * np.log10(share / (1 + share)), abs=0.5)
    assert quality.snr == pytest.approx(100, abs=0.5)


def test_the_worst_channel_counts():
    tone = sine(3, RATE, 1, 997, 0.5)
    noise = np.random.default_rng(1).standard_normal(tone.shape) * 0.5 / np.sqrt(2) * 0.01

    assert tone_quality(np.concatenate([tone, tone + noise], axis=1)).snr == pytest.approx(40, abs=0.5)


def test_noise_and_silence_are_no_tones():
    assert tone_quality(np.random.default_rng(1).standard_normal((RATE * 3, 1)) * 0.1) is None
    assert tone_quality(np.zeros((RATE * 3, 1))) is None
    assert tone_quality(sine(0.05, RATE)) is None


@pytest.mark.parametrize("snr_db", [10, 20, 30, 40, 60])
def test_noise_under_sound_with_pauses_is_estimated_within_a_decibel(snr_db):
    rng = np.random.default_rng(7)
    length = 30 * RATE
    voiced = np.repeat(rng.random(length // 12_000) < 0.5, 12_000)
    speech = np.zeros(length)
    for frequency in (140, 700, 1_900, 5_000, 11_000):
        speech += np.sin(2 * np.pi * frequency * np.arange(length) / RATE) / 3
    speech *= voiced
    power = np.mean(speech[voiced] ** 2)
    noisy = speech + rng.standard_normal(length) * np.sqrt(power) * 10 ** (-snr_db / 20)
    meter = NoiseMeter()
    for block in blocks((noisy * 0.1).astype(np.float32)[:, np.newaxis]):
        meter.push(block)

    assert meter.snr == pytest.approx(snr_db, abs=1)


def levels_of(samples):
    meter = LevelMeter(RATE, samples.shape[1])
    for block in blocks(samples, 1_001):
        meter.push(block)
    return meter


def test_clipping_is_runs_at_the_end_of_the_scale_wherever_blocks_end():
    samples = np.zeros((10_000, 2), np.float32)
    samples[999:1_005, 0] = 1.0  # six, across the end of a block
    samples[2_000:2_002, 0] = 1.0  # two: a peak
    samples[5_000:5_003, 1] = -1.0
    samples[9_997:, 1] = 1.0  # three, to the very end

    assert levels_of(samples).clipped_share == pytest.approx((6 + 3 + 3) / 20_000)


def test_a_run_over_several_blocks_is_counted_once():
    samples = np.zeros((10_000, 1), np.float32)
    samples[500:4_500] = 1.0

    assert levels_of(samples).clipped_share == pytest.approx(0.4)


def test_levels_are_those_of_the_sound():
    half_silent = np.concatenate([sine(2, RATE, 1, 1_000, 0.5), np.zeros((2 * RATE, 1), np.float32)]) + 0.01

    levels = levels_of(half_silent)

    assert levels.dc_offset == pytest.approx(0.01, abs=1e-4)
    assert levels.peak_db == pytest.approx(20 * np.log10(0.51), abs=0.01)
    assert levels.rms_db == pytest.approx(20 * np.log10(np.sqrt(0.0625 + 0.0001)), abs=0.05)
    assert levels_of(half_silent - 0.01).silence_share == pytest.approx(0.5, abs=0.02)


def test_equal_channels_are_dual_mono_and_different_ones_are_not():
    left = sine(1, RATE)
    right = sine(1, RATE, 1, 500)

    assert levels_of(np.concatenate([left, left], axis=1)).dual_mono is True
    assert levels_of(np.concatenate([left, right], axis=1)).dual_mono is False
    assert levels_of(left).dual_mono is None


def test_the_worst_rule_gives_the_grade_and_says_so():
    assert grade({"snr": 60.0, "clipped_share": 0.0})[0] is Level.EXCELLENT
    assert grade({"snr": 40.0, "clipped_share": 0.000_05}) == (
        Level.ACCEPTABLE,
        "0.0050% of the samples are clipped",
    )
    assert grade({"snr": 5.0})[0] is Level.FAILED
    assert grade({"snr": None})[0] is Level.EXCELLENT


@pytest.mark.parametrize("bpm", [90, 120, 150])
def test_the_tempo_of_a_click_is_found(bpm):
    samples = np.zeros((20 * RATE, 1), np.float32)
    click = sine(0.03, RATE, 1, 1_500) * np.linspace(1, 0, int(0.03 * RATE))[:, np.newaxis]
    for beat in np.arange(0, 19.5, 60 / bpm):
        samples[int(beat * RATE) : int(beat * RATE) + len(click)] += click

    metrics = analyse(io.BytesIO(encode(samples, RATE)), AnalyseOptions(metrics=("tempo",)))

    assert metrics.tempo_bpm == pytest.approx(bpm, rel=0.03)


CHORDS = {
    "C major": [(0, 4, 7), (5, 9, 12), (7, 11, 14), (0, 4, 7)],
    "A minor": [(-3, 0, 4), (2, 5, 9), (4, 8, 11), (-3, 0, 4)],
    "F# major": [(6, 10, 13), (11, 15, 18), (13, 17, 20), (6, 10, 13)],
    "D minor": [(2, 5, 9), (7, 10, 14), (9, 13, 16), (2, 5, 9)],
}


@pytest.mark.parametrize("key", CHORDS)
def test_the_key_of_a_cadence_is_found(key):
    time = np.arange(RATE) / RATE
    piece = [
        sum(
            0.1 / overtone * np.sin(2 * np.pi * 261.63 * 2 ** (note / 12) * overtone * time)
            for note in chord
            for overtone in (1, 2, 3)
        )
        for chord in CHORDS[key]
    ]
    samples = np.concatenate(piece * 2)[:, np.newaxis]

    assert analyse(io.BytesIO(encode(samples, RATE)), AnalyseOptions(metrics=("key",))).key == key


def test_only_what_was_asked_for_is_measured():
    metrics = analyse(io.BytesIO(encode(sine(2))), AnalyseOptions(metrics=("clipping",)))

    assert metrics.clipping_detected is False
    assert metrics.snr is None
    assert metrics.integrated_lufs is None
    assert metrics.tempo_bpm is None


def test_silence_has_neither_tempo_nor_key_and_fails():
    metrics = analyse(io.BytesIO(encode(np.zeros((RATE * 5, 2)), RATE)), AnalyseOptions())

    assert (metrics.tempo_bpm, metrics.key, metrics.snr, metrics.true_peak_db) == (None, None, None, None)
    assert metrics.level is Level.FAILED


@pytest.mark.parametrize("rate_hz", [8_000, 44_100, 96_000])
@pytest.mark.parametrize("channels", [1, 2, 6])
def test_any_rate_and_any_channels_are_measured(rate_hz, channels):
    metrics = analyse(io.BytesIO(encode(sine(2, rate_hz, channels), rate_hz)), AnalyseOptions())

    assert (metrics.sample_rate, metrics.channels) == (rate_hz, channels)
    assert metrics.duration_seconds == 2
    assert metrics.integrated_lufs is not None
