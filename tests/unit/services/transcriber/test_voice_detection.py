import platform
import subprocess
import sys

import numpy as np
import pytest
import soundfile
from faster_whisper.utils import get_assets_path
from faster_whisper.vad import SileroVADModel, VadOptions

from services.transcriber.audio_decoder import SAMPLE_RATE
from services.transcriber.voice_detection import STEP_FRAMES, SteppedSession, find_voice

FRAME_SAMPLES = 512

PROBE = """
import numpy as np
from benchmarks.process_memory import peak_mib
from faster_whisper.vad import VadOptions, get_vad_model
from services.transcriber.allocator import bound_heaps
from services.transcriber.voice_detection import find_voice, load_voice_detection

bound_heaps()
load_voice_detection()
find_voice(np.zeros(16_000, np.float32), VadOptions())
sound = np.ones(300 * 16_000, np.float32)
before = peak_mib()
find_voice(sound, VadOptions())
print(peak_mib() - before)
"""


class Adding:
    """A network whose state is the sum of all it saw; notes how much it was given at once."""

    def __init__(self):
        self.lengths = []

    def run(self, names, inputs):
        self.lengths.append(len(inputs["input"]))
        sums = inputs["h"] + np.cumsum(inputs["input"])
        return sums, sums[-1:], inputs["c"] + 1


def test_the_state_goes_from_step_to_step():
    network = Adding()
    frames = np.ones((2 * STEP_FRAMES + 3, 1))
    sums, last, calls = SteppedSession(network).run(None, {"input": frames, "h": np.zeros(1), "c": 0})
    assert network.lengths == [STEP_FRAMES, STEP_FRAMES, 3]
    assert np.array_equal(sums, np.arange(1, len(frames) + 1))
    assert (last[0], calls) == (len(frames), 3)


@pytest.mark.heavy
def test_probabilities_are_those_of_the_network_at_once(samples_directory):
    sound, _ = soundfile.read(samples_directory / "en_1_clean.flac", dtype="float32")
    frames = 2 * STEP_FRAMES + 7
    sound = np.resize(sound, frames * FRAME_SAMPLES)
    network = SileroVADModel(f"{get_assets_path()}/silero_vad_v6.onnx")
    at_once = network(sound.copy())
    network.session = SteppedSession(network.session)
    assert np.array_equal(network(sound.copy()), at_once)


@pytest.mark.heavy
def test_a_voice_is_found_where_it_is(samples_directory):
    sound, _ = soundfile.read(samples_directory / "en_1_clean.flac", dtype="float32")
    sound = np.concatenate([np.zeros(20 * SAMPLE_RATE, np.float32), sound[: 5 * SAMPLE_RATE]])
    first = find_voice(sound, VadOptions())[0]
    assert 18 < first["start"] / SAMPLE_RATE < 23


@pytest.mark.heavy
@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="bounds of glibc")
def test_five_minutes_take_few_times_their_size():
    done = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=True)
    assert float(done.stdout) < 85
