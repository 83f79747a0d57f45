"""Names for the array types that go between the modules, and the rates they are sampled at."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Halves = npt.NDArray[np.float16]
Integers = npt.NDArray[np.int64]

SAMPLE_RATE_HZ = 16_000
MEL_BANDS = 80
FRAMES_PER_S = 100  # mel frames; the encoder halves them
ENCODER_FRAMES_PER_S = 50
WINDOW_FRAMES = 3000  # 30 s, the longest window
