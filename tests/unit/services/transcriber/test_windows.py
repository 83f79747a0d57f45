import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from services.transcriber.audio_decoder import SAMPLE_RATE
from services.transcriber.windows import SEARCH_SECONDS, cut_into_windows, find_quiet_point


def noise(seconds: float, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-0.5, 0.5, int(seconds * SAMPLE_RATE)).astype(np.float32)


def cut(samples: np.ndarray, window_seconds: float, block: int = 50_000):
    blocks = [samples[first : first + block] for first in range(0, len(samples), block)]
    return [(w.samples.copy(), w.start_sample, w.is_last) for w in cut_into_windows(blocks, window_seconds)]


def test_a_file_no_longer_than_a_window_is_one_window():
    [(samples, start, is_last)] = cut(noise(60), 60)

    assert np.array_equal(samples, noise(60))
    assert (start, is_last) == (0, True)


def test_no_sound_gives_no_window():
    assert cut(noise(0), 60) == []


@settings(max_examples=20, deadline=None)
@given(seconds=st.floats(0.1, 12), window=st.floats(1, 4), block=st.integers(1_000, 90_000))
def test_the_windows_together_are_the_sound_and_none_is_too_long(seconds, window, block):
    samples = noise(seconds)

    windows = cut(samples, window, block)

    assert np.array_equal(np.concatenate([part for part, _, _ in windows]), samples)
    assert all(0 < len(part) <= window * SAMPLE_RATE for part, _, _ in windows)
    assert [is_last for _, _, is_last in windows] == [False] * (len(windows) - 1) + [True]
    assert [start for _, start, _ in windows] == list(
        np.cumsum([0] + [len(part) for part, _, _ in windows[:-1]])
    )


def test_the_cut_lies_in_the_pause_near_the_end():
    samples = noise(60)
    pause = slice(int(45.0 * SAMPLE_RATE), int(46.0 * SAMPLE_RATE))
    samples[pause] *= 0.001

    assert pause.start <= find_quiet_point(samples) <= pause.stop


def test_a_pause_before_the_search_doesnt_shorten_the_window():
    samples = noise(100)
    samples[: int(20 * SAMPLE_RATE)] = 0

    assert find_quiet_point(samples) >= (100 - SEARCH_SECONDS) * SAMPLE_RATE


def test_of_equal_silence_the_last_point_is_taken():
    assert find_quiet_point(np.zeros(60 * SAMPLE_RATE, np.float32)) > 59 * SAMPLE_RATE


def test_windows_too_short_to_search_are_cut_at_their_end():
    assert find_quiet_point(noise(0.5)) == int(0.5 * SAMPLE_RATE)
