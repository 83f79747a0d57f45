"""Limits that results are held to: sounds made to keep or to break one each."""

import io

import pytest

from services.converter.operations.analyse import analyse
from services.converter.workflows.limits import acx_checks, loudness_checks, said
from services.converter.workflows.recipes import MODES, target_of
from shared.domain.audio_operations import AnalyseOptions, LoudnessTarget
from shared.domain.audio_quality import Level, QualityMetrics
from shared.domain.workflows import MusicMasteringOptions, PodcastOptions
from tests.support.sound import encode, speech


def measured(samples):
    return analyse(io.BytesIO(encode(samples)), AnalyseOptions(metrics=MODES["standard"].metrics))


def failing(checks):
    return {check.name for check in checks if not check.holds}


@pytest.mark.parametrize(
    ("level", "noise_db", "fails"),
    [
        (0.30, -75, set()),
        (0.10, -75, {"RMS"}),
        (0.70, -75, {"RMS", "peak"}),
        (0.30, -52, {"noise floor"}),
        (0.10, -40, {"RMS", "noise floor"}),
    ],
)
def test_the_verdicts_of_acx_follow_from_how_the_sound_was_made(level, noise_db, fails):
    quality = measured(speech(12, level=level, noise_db=noise_db))

    checks = acx_checks(quality)

    assert [check.name for check in checks] == ["RMS", "peak", "noise floor"]
    assert failing(checks) == fails
    assert checks[2].measured == pytest.approx(noise_db, abs=3)


def test_bounds_belong_to_what_is_allowed():
    quality = QualityMetrics(level=Level.GOOD, rule="", rms_db=-18.0, peak_db=-3.0, noise_floor_db=-60.0)
    assert failing(acx_checks(quality)) == set()


def test_what_fails_is_said_with_what_was_measured_and_what_is_allowed():
    quality = QualityMetrics(level=Level.GOOD, rule="", rms_db=-25.5, peak_db=-3.5, noise_floor_db=-52.1)
    assert said(acx_checks(quality)) == (
        "RMS is -25.5 dB, at least -23 and at most -18 allowed; noise floor is -52.1 dB, at most -60 allowed"
    )


def test_silence_reaches_no_loudness_but_has_no_peaks_either():
    quality = QualityMetrics(level=Level.GOOD, rule="")
    assert failing(loudness_checks(quality, LoudnessTarget())) == {"loudness"}
    assert failing(acx_checks(quality)) == {"RMS"}


def test_a_podcast_in_mono_is_three_units_quieter_and_music_goes_by_its_mode_unless_told():
    assert target_of(PodcastOptions(), 2).lufs == -16
    assert target_of(PodcastOptions(), 1).lufs == -19
    assert target_of(MusicMasteringOptions(mode="professional"), 2).lufs == -16
    own = MusicMasteringOptions.model_validate({"options": {"loudness": {"lufs": -11}}})
    assert target_of(own, 2).lufs == -11
