"""Tempo and key, by librosa's filters, a block at a time.

librosa's own functions want the whole sound: a tempogram of three hours takes more than a gigabyte. What is
kept here is one mean tempogram and one mean chroma vector.
"""

from __future__ import annotations

import av
import librosa
import numpy as np
import numpy.typing as npt
from scipy import fft, signal

from services.converter.shaping import array_of

RATE_HZ = 22_050
HOP = 512
ONSET_WINDOW = 2_048
CHROMA_WINDOW = 8_192
TEMPOGRAM_FRAMES = 384
"""librosa's: nine seconds."""

ONSETS_A_PIECE = 4_096
LEAST_SECONDS = 4.0

_MAJOR = np.array([6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88])
_MINOR = np.array([6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17])
"""How well each note fits a key: C. L. Krumhansl, Cognitive Foundations of Musical Pitch (1990), p. 30."""

NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")


class MusicMeter:
    """Takes frames of any shape, but of one."""

    def __init__(self) -> None:
        self._resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE_HZ)
        self._onsets = _Onsets()
        self._chroma = _Chroma()

    def push(self, frame: av.AudioFrame | None) -> None:
        """Listen to more; None: that was all."""
        for resampled in self._resampler.resample(frame):
            samples = array_of(resampled)[0]
            self._onsets.push(samples)
            self._chroma.push(samples)

    @property
    def tempo_bpm(self) -> float | None:
        """Beats a minute; None where nothing has a beginning, or for less than four seconds."""
        return self._onsets.tempo_bpm()

    @property
    def key(self) -> str | None:
        """Such as ``C# minor``; None for sound without notes."""
        return self._chroma.key()


class _Windows:
    """Cuts what comes into overlapping windows."""

    def __init__(self, window: int, hop: int) -> None:
        self._window, self._hop = window, hop
        self._rest = np.empty(0, np.float32)
        self._shape = signal.windows.hann(window, sym=False).astype(np.float32)

    def power(self, samples: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Power spectra of all windows that are complete: one row each."""
        joined = np.concatenate([self._rest, samples])
        count = max(0, (len(joined) - self._window) // self._hop + 1)
        self._rest = joined[count * self._hop :]
        if not count:
            return np.empty((0, self._window // 2 + 1), np.float32)
        windows = np.lib.stride_tricks.sliding_window_view(joined, self._window)[:: self._hop][:count]
        spectra = fft.rfft(windows * self._shape, axis=1)
        power: npt.NDArray[np.float32] = np.square(spectra.real) + np.square(spectra.imag)
        return power


class _Onsets:
    """How much begins to sound, and how that repeats."""

    def __init__(self) -> None:
        self._windows = _Windows(ONSET_WINDOW, HOP)
        self._mel = librosa.filters.mel(sr=RATE_HZ, n_fft=ONSET_WINDOW).T
        self._before: npt.NDArray[np.float32] | None = None
        self._envelope: list[npt.NDArray[np.float32]] = []
        self._held = 0
        self._tempogram = np.zeros(TEMPOGRAM_FRAMES)
        self._frames = 0

    def push(self, samples: npt.NDArray[np.float32]) -> None:
        levels_db = 10 * np.log10(np.maximum(self._windows.power(samples) @ self._mel, 1e-10))
        if not len(levels_db):
            return
        before = levels_db[:1] if self._before is None else self._before
        rises = np.maximum(0, np.diff(np.concatenate([before, levels_db]), axis=0)).mean(axis=1)
        self._before = levels_db[-1:]
        self._envelope.append(rises)
        self._held += len(rises)
        if self._held >= ONSETS_A_PIECE:
            self._fold()

    def _fold(self) -> None:
        envelope = np.concatenate(self._envelope)
        self._envelope, self._held = [], 0
        if envelope.max() <= 0:
            return
        tempogram = librosa.feature.tempogram(
            onset_envelope=envelope, sr=RATE_HZ, hop_length=HOP, win_length=TEMPOGRAM_FRAMES
        )
        self._tempogram += tempogram.sum(axis=1)
        self._frames += tempogram.shape[1]

    def tempo_bpm(self) -> float | None:
        if self._held * HOP >= LEAST_SECONDS * RATE_HZ or (self._held and self._frames):
            self._fold()
        if not self._frames:
            return None
        mean = (self._tempogram / self._frames)[:, np.newaxis]
        return float(librosa.feature.tempo(tg=mean, sr=RATE_HZ, hop_length=HOP)[0])


class _Chroma:
    """How much of each of the twelve notes there is."""

    def __init__(self) -> None:
        self._windows = _Windows(CHROMA_WINDOW, CHROMA_WINDOW // 2)
        self._filters = librosa.filters.chroma(sr=RATE_HZ, n_fft=CHROMA_WINDOW).T
        self._sum = np.zeros(12)

    def push(self, samples: npt.NDArray[np.float32]) -> None:
        chroma = np.sqrt(self._windows.power(samples)) @ self._filters
        loudest = chroma.max(axis=1, initial=0.0)
        sounding = loudest > 1e-3
        self._sum += (chroma[sounding] / loudest[sounding, np.newaxis]).sum(axis=0)

    def key(self) -> str | None:
        if self._sum.std() < 0.02 * self._sum.mean() or not self._sum.any():
            return None
        fits = {
            f"{NAMES[tonic]} {mode}": float(np.corrcoef(np.roll(profile, tonic), self._sum)[0, 1])
            for mode, profile in (("major", _MAJOR), ("minor", _MINOR))
            for tonic in range(12)
        }
        return max(fits, key=lambda name: fits[name])
