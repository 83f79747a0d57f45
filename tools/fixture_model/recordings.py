"""Test recordings from the reserved sentences: single, worsened, or many in a row."""

import json
import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.signal import butter, resample_poly, sosfilt

from tools.fixture_model.arrays import SAMPLE_RATE_HZ, Floats
from tools.fixture_model.errors import MissingInputError

TELEPHONE_RATE_HZ = 8000


@dataclass(frozen=True)
class SpokenSentence:
    """A reserved sentence with its sound and the times of its words."""

    language: str
    text: str
    voice: str
    held_out_voice: bool
    samples: Floats
    words: list[tuple[str, float, float]]
    """(word, start, end) in seconds."""

    def moved(self, by_s: float) -> "PlacedSentence":
        """The sentence at a place in a longer recording."""
        words = [(word, start_s + by_s, end_s + by_s) for word, start_s, end_s in self.words]
        end_s = by_s + len(self.samples) / SAMPLE_RATE_HZ
        return PlacedSentence(self.text, by_s, end_s, words)


@dataclass(frozen=True)
class PlacedSentence:
    """What is said when in a recording, in seconds."""

    text: str
    start_s: float
    end_s: float
    words: list[tuple[str, float, float]]


@dataclass(frozen=True)
class Recording:
    """Sound at 16 kHz and the truth about it."""

    samples: Floats
    sentences: list[PlacedSentence]

    @property
    def text(self) -> str:
        """Everything that is said."""
        return " ".join(sentence.text for sentence in self.sentences)

    @property
    def duration_s(self) -> float:
        """Length of the recording."""
        return len(self.samples) / SAMPLE_RATE_HZ


def load_test_set(directory: Path, language: str) -> list[SpokenSentence]:
    """The reserved sentences of one language; raises MissingInputError before `synth`."""
    path = directory / f"test_{language}.npz"
    if not path.is_file():
        raise MissingInputError(f"no test speech at {path}: run `synth` first")
    with np.load(path) as stored:
        sound, entries = stored["audio"], json.loads(str(stored["meta"]))
    return [
        SpokenSentence(
            language,
            entry["text"],
            entry["voice"],
            entry["held"],
            sound[entry["off"] : entry["off"] + entry["n"]].astype(np.float32) / 32768,
            [(entry["text"][a:b], start_s, end_s) for a, b, start_s, end_s in entry["words"]],
        )
        for entry in entries
    ]


def with_silence(samples: Floats, rng: random.Random) -> Floats:
    """0.1-0.6 s of silence before and after."""
    lead, tail = (int(rng.uniform(0.1, 0.6) * SAMPLE_RATE_HZ) for _ in range(2))
    return np.pad(samples, (lead, tail))


def in_a_row(
    sentences: list[SpokenSentence],
    seconds: float,
    rng: random.Random,
    pauses_s: tuple[float, float] = (0.25, 1.2),
) -> Recording:
    """Sentences one after the other until `seconds` are full."""
    parts: list[Floats] = [np.zeros(SAMPLE_RATE_HZ // 2, np.float32)]
    placed, now_s = [], 0.5
    for sentence in sentences:
        placed.append(sentence.moved(now_s))
        pause = np.zeros(int(rng.uniform(*pauses_s) * SAMPLE_RATE_HZ), np.float32)
        parts += [sentence.samples, pause]
        now_s += (len(sentence.samples) + len(pause)) / SAMPLE_RATE_HZ
        if now_s >= seconds:
            break
    return Recording(np.concatenate(parts), placed)


def with_noise(samples: Floats, level: float, generator: np.random.Generator) -> Floats:
    """White noise of a standard deviation (1.0 is full scale) on top."""
    noise = generator.standard_normal(len(samples)) * level
    return (samples + noise).astype(np.float32)


def noise_level(samples: Floats, signal_to_noise_db: float) -> float:
    """Standard deviation of the noise for a ratio of mean powers."""
    return float(np.sqrt(np.mean(samples**2) * 10 ** (-signal_to_noise_db / 10)))


def over_telephone(samples: Floats) -> Floats:
    """300-3400 Hz, 8 kHz, mu-law of 8 bits (ITU-T G.711's curve); -> samples at 8 kHz."""
    band = butter(4, [300, 3400], "band", fs=SAMPLE_RATE_HZ, output="sos")
    narrow = resample_poly(sosfilt(band, samples), TELEPHONE_RATE_HZ, SAMPLE_RATE_HZ)
    narrow = narrow / max(np.abs(narrow).max(), 1e-9) * 0.7
    compressed = np.sign(narrow) * np.log1p(255 * np.abs(narrow)) / np.log(256)
    rounded = np.round(compressed * 127) / 127
    expanded = np.sign(rounded) * (256 ** np.abs(rounded) - 1) / 255
    at_8_khz: Floats = expanded.astype(np.float32)
    return at_8_khz
