import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.transcriber.audio_decoder import SAMPLE_RATE
from services.transcriber.cuts import find_cuts

LONGEST_SECONDS = 30.0


def speech(seconds: float, *pauses_at: float) -> np.ndarray:
    """Loud noise with pauses of a second around some moments."""
    samples = np.random.default_rng(0).uniform(-0.5, 0.5, int(seconds * SAMPLE_RATE)).astype(np.float32)
    for moment in pauses_at:
        samples[int((moment - 0.5) * SAMPLE_RATE) : int((moment + 0.5) * SAMPLE_RATE)] *= 0.001
    return samples


def cuts(samples: np.ndarray) -> list[float]:
    return [cut / SAMPLE_RATE for cut in find_cuts(samples, LONGEST_SECONDS)]


@settings(max_examples=30, deadline=None)
@given(
    seconds=st.floats(0, 300),
    pauses=st.lists(st.floats(1, 299), max_size=40),
    longest_seconds=st.floats(5, 30),
)
def test_no_part_is_too_long_and_none_is_empty(seconds, pauses, longest_seconds):
    samples = speech(seconds, *(pause for pause in pauses if pause < seconds))

    borders = [0, *find_cuts(samples, longest_seconds), len(samples)]

    lengths = np.diff(borders)
    assert all(lengths <= longest_seconds * SAMPLE_RATE)
    assert len(samples) == 0 or all(lengths > 0)


def test_what_is_short_enough_is_not_cut():
    assert cuts(speech(LONGEST_SECONDS, 15)) == []


def test_a_cut_lies_in_a_pause():
    assert cuts(speech(50, 24)) == pytest.approx([24], abs=0.26)


def test_a_cut_that_suits_one_part_best_is_not_taken_if_it_costs_another_part():
    """After the pause at 28 the next part must end at 57, and then a fourth is needed."""
    assert cuts(speech(88, 28, 29, 57, 58.5)) == pytest.approx([29, 58.5], abs=0.26)


def test_one_more_part_is_made_sooner_than_a_word_is_cut():
    assert cuts(speech(58, 20, 40)) == pytest.approx([20, 40], abs=0.26)


def test_a_word_is_cut_where_there_is_no_pause():
    [cut] = cuts(speech(45))

    assert 15 <= cut <= 30


def test_where_every_cut_is_as_good_parts_are_few_and_alike():
    quiet = np.zeros(100 * SAMPLE_RATE, np.float32)
    humming = np.full(100 * SAMPLE_RATE, 0.1, np.float32)

    for samples in (quiet, humming):
        assert np.diff([0, *cuts(samples), 100]) == pytest.approx([25] * 4, abs=1)


def test_loudness_is_told_from_the_noise_beneath_it():
    """In noise a pause is still a place to cut, though it is not quiet."""
    samples = speech(88, 28, 58) + speech(88)[::-1] * np.float32(0.3)

    assert cuts(samples) == pytest.approx([28, 58], abs=0.26)
