"""What a recording may do to speech, on mel power: other speeds, voices, channels and rooms."""

import random

import numpy as np
import numpy.typing as npt

from tools.fixture_model.arrays import MEL_BANDS, Floats


def band_centres_hz() -> Floats:
    """Centre frequency of the 80 bands (Slaney's mel scale: linear to 1 kHz, then logarithmic)."""
    mels = np.linspace(0, 45.245640471924965, MEL_BANDS + 2)[1:-1]  # 45.2 mel = 8 kHz
    linear = 200.0 / 3 * mels
    logarithmic = 1000 * np.exp(np.log(6.4) / 27 * (mels - 15))
    return np.where(mels >= 15, logarithmic, linear).astype(np.float32)


_BANDS_HZ = band_centres_hz()


def stretch(log_mel: Floats, factor: float) -> Floats:
    """Speak slower (factor > 1) or faster: [80, n] -> [80, n * factor]."""
    frames = log_mel.shape[1]
    places = np.linspace(0, frames - 1, max(4, round(frames * factor)), dtype=np.float32)
    left = np.minimum(places.astype(np.int32), frames - 2)
    share = places - left
    stretched: Floats = log_mel[:, left] * (1 - share) + log_mel[:, left + 1] * share
    return stretched


def shift_formants(log_mel: Floats, factor: float) -> Floats:
    """Another vocal tract length: read every band from `factor` times its place."""
    places = np.clip(np.arange(MEL_BANDS, dtype=np.float32) * factor, 0, MEL_BANDS - 1)
    lower = np.minimum(places.astype(np.int32), MEL_BANDS - 2)
    share = (places - lower)[:, None]
    shifted: Floats = log_mel[lower] * (1 - share) + log_mel[lower + 1] * share
    return shifted


def excerpt(rng: random.Random, backgrounds: list[Floats], frames: int) -> Floats:
    """A random stretch of a random background, repeated where it is too short."""
    background = rng.choice(backgrounds)
    start = rng.randrange(background.shape[1])
    return np.take(background, np.arange(start, start + frames), axis=1, mode="wrap")


def channel_gain(rng: random.Random) -> Floats | None:
    """Power gain [80, 1] of a telephone, a low pass or a tilted spectrum, or None."""
    kind = rng.random()
    if kind < 0.22:
        gain_db: npt.NDArray[np.float64] = _telephone_db(rng)
    elif kind < 0.37:
        edge_hz = rng.uniform(2500, 7500)
        slope = np.clip((_BANDS_HZ - edge_hz) / (rng.uniform(0.05, 0.5) * edge_hz), 0, 1)
        gain_db = -slope * rng.uniform(20, 80)
    elif kind < 0.6:
        octaves = np.log2(np.maximum(_BANDS_HZ, 100) / 1000)
        waves = np.sin(np.arange(MEL_BANDS) / rng.uniform(5, 20) + rng.uniform(0, 6))
        gain_db = rng.uniform(-4, 4) * octaves + rng.uniform(0, 3) * waves
    else:
        return None
    gain: Floats = (10 ** (gain_db / 10)).astype(np.float32)[:, None]
    return gain


def reverberate(power: Floats, rng: random.Random) -> None:
    """Smear the power along time with an exponential tail, in place."""
    decay = 10 ** (-6 / rng.uniform(15, 45))
    wetness = 10 ** rng.uniform(-1.6, -0.7)
    dry = power.copy()
    for delay in range(1, min(30, power.shape[1]), 2):
        power[:, delay:] += 2 * wetness * decay**delay * dry[:, :-delay]


def mask(log_mel: Floats, rng: random.Random) -> None:
    """Blank a few bands and perhaps a few frames, in place (SpecAugment, arXiv:1904.08779)."""
    band = rng.randrange(72)
    log_mel[band : band + rng.randint(2, 8)] = log_mel.mean()
    if rng.random() < 0.5:
        frame = rng.randrange(max(1, log_mel.shape[1] - 12))
        log_mel[:, frame : frame + rng.randint(2, 10)] = log_mel.mean()


def _telephone_db(rng: random.Random) -> npt.NDArray[np.float64]:
    low_hz, high_hz = rng.uniform(200, 350), rng.uniform(3200, 3900)
    below = np.clip((low_hz - _BANDS_HZ) / low_hz, 0, 1) * rng.uniform(20, 40)
    above = np.clip((_BANDS_HZ - high_hz) / 150, 0, 1) * rng.uniform(50, 90)
    response_db: npt.NDArray[np.float64] = -below - above
    return response_db
