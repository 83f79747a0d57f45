"""A cut is where pydub would make it: the same samples, to the last one."""

from __future__ import annotations

import io
import warnings

import numpy as np
import pytest

from services.converter.operations.split import split
from shared.domain.audio_operations import SplitOptions
from tests.support.sound import decode, encode, integers, sine

with warnings.catch_warnings():
    warnings.simplefilter(
        "ignore"
    )  # it asks for a program that cuts don't need, and for a module on its way out
    pydub = pytest.importorskip("pydub", exc_type=ImportError)

pytestmark = pytest.mark.heavy

RATE_HZ = 8_000  # a whole number of samples in each millisecond: pydub cuts no finer
FULL_SCALE = 32_768


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize(("start_ms", "end_ms"), [(0, 1), (1, 1_000), (999, 2_500), (2_500, 3_000)])
def test_a_piece_has_the_samples_that_pydub_gives(channels, start_ms, end_ms):
    samples = integers(sine(3, RATE_HZ, channels))
    segment = {"start": f"0:{start_ms / 1000:06.3f}", "end": f"0:{end_ms / 1000:06.3f}"}
    options = SplitOptions.model_validate({"segments": [segment], "options": {"cross_fade": False}})

    (part,) = split(io.BytesIO(encode(samples, RATE_HZ)), options)

    with part.file:
        ours = decode(part.file)
    whole = pydub.AudioSegment(
        np.rint(samples * FULL_SCALE).astype(np.int16).tobytes(),
        sample_width=2,
        frame_rate=RATE_HZ,
        channels=channels,
    )
    theirs = np.array(whole[start_ms:end_ms].get_array_of_samples()).reshape(-1, channels)
    assert np.array_equal(np.rint(ours * FULL_SCALE), theirs)
