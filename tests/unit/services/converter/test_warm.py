"""What an image compiles when it is built is all that an analysis needs."""

import io

import pytest
from numba.core.event import install_recorder

from services.converter.operations.analyse import analyse
from services.converter.warm import warm
from shared.domain.audio_operations import AnalyseOptions
from tests.support.sound import encode, speech

pytestmark = pytest.mark.heavy


def test_after_it_an_analysis_compiles_nothing():
    warm()

    with install_recorder("numba:compile") as recorded:
        analyse(io.BytesIO(encode(speech(12, channels=2))), AnalyseOptions())

    assert recorded.buffer == []
