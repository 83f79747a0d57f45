import io
import json

import av
import numpy as np
import pytest

from services.converter.measuring.columns import Columns, extremes, mean
from services.converter.operations.spectrogram import _apart, draw
from shared.domain.audio_operations import SpectrogramOptions
from tests.support.sound import encode, sine


def drawn(samples, target, rate_hz=44_100, **options):
    draw(io.BytesIO(encode(samples, rate_hz)), target, SpectrogramOptions(**options))
    target.seek(0)
    return target.read()


def pixels(content):
    with av.open(io.BytesIO(content)) as container:
        return next(container.decode(video=0)).to_ndarray(format="rgb24").astype(int)


@pytest.mark.parametrize("kind", ["mel", "linear", "waveform"])
@pytest.mark.parametrize("rate_hz", [8_000, 44_100])
def test_a_picture_has_the_size_that_was_asked_for(kind, rate_hz, target):
    picture = pixels(drawn(sine(3, rate_hz, 2), target, rate_hz, kind=kind, width=700, height=300))

    assert picture.shape == (300, 700, 3)
    assert picture.std() > 10


def test_a_low_tone_is_drawn_below_a_high_one(target, scratch):
    def brightest_row(frequency_hz, file):
        picture = pixels(drawn(sine(3, 44_100, 1, frequency_hz), file, kind="linear"))
        return picture[60:400, 300:500].sum(axis=(1, 2)).argmax()

    assert brightest_row(15_000, target) < brightest_row(3_000, scratch) - 50


def test_numbers_of_frequencies_never_lie_on_each_other():
    assert _apart([(1.5, 60), (3.0, 125), (8.0, 250), (16.0, 500)], 5) == [
        (16.0, 500),
        (8.0, 250),
        (3.0, 125),
    ]
    assert _apart([], 5) == []


@pytest.mark.parametrize("kind", ["mel", "linear", "waveform", "peaks"])
@pytest.mark.parametrize("seconds", [0.01, 5])
def test_silence_and_short_sounds_can_be_drawn(kind, seconds, target):
    assert drawn(np.zeros((max(1, int(seconds * 44_100)), 1), np.float32), target, kind=kind)


def test_peaks_are_where_the_sound_is(target):
    samples = np.concatenate([sine(5, 44_100, 1, 440, 0.25), sine(5, 44_100, 1, 440, 0.75)])

    document = json.loads(drawn(samples, target, kind="peaks", points=100))

    data = np.array(document["data"]).reshape(-1, 2)
    assert 100 <= document["length"] == len(data) <= 200
    assert document["samples_per_pixel"] * document["length"] == pytest.approx(441_000, rel=0.02)
    assert data[5] == pytest.approx([-32, 32], abs=1)
    assert data[-5] == pytest.approx([-95, 95], abs=1)


@pytest.mark.parametrize("sizes", [[1] * 777, [50, 3, 700, 24], [777]], ids=["one-by-one", "odd", "at-once"])
def test_columns_are_the_same_however_their_rows_come(sizes):
    rows = np.random.default_rng(1).random((777, 2)).astype(np.float32)
    lows, powers, start = Columns(30, extremes), Columns(30, mean), 0
    for size in sizes:
        lows.push(rows[start : start + size])
        powers.push(rows[start : start + size])
        start += size

    table = lows.table()
    assert 30 <= len(table) <= 61
    for index, row in enumerate(table):
        part = rows[index * lows.span : (index + 1) * lows.span]
        assert row == pytest.approx([part[:, 0].min(), part[:, 1].max()])
    whole = 777 // powers.span
    expected = rows[: whole * powers.span].reshape(whole, powers.span, 2).mean(axis=1)
    assert powers.table()[:whole] == pytest.approx(expected, rel=1e-4)
