"""What is worked on: synthetic sound as WAV and MP3, and ten minutes and three hours of it as MP3."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import soundfile

RATE_HZ = 44_100
FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()


@dataclass(frozen=True)
class Material:
    """Files in ``folder``, which is also room for what is made of them."""

    folder: Path
    wav: Path
    mp3: Path
    short: Path
    long: Path
    minutes: int
    short_minutes: int
    long_minutes: int


def ffmpeg(*arguments: str) -> None:
    """Run the command line, as anybody would. Raises ``CalledProcessError``."""
    subprocess.run([FFMPEG, "-y", "-v", "error", *arguments], check=True)  # noqa: S603


def make_material(folder: Path, *, minutes: int, short_minutes: int, long_minutes: int) -> Material:
    """``wav`` and ``mp3`` hold so many ``minutes``; the MP3 again and again makes the other two."""
    wav, mp3 = folder / "sound.wav", folder / "sound.mp3"
    generator = np.random.default_rng(1)
    with soundfile.SoundFile(wav, "w", RATE_HZ, 2, "PCM_16") as file:
        for second in range(minutes * 60):
            file.write(_second(second, generator))
    ffmpeg("-i", str(wav), "-b:a", "128k", str(mp3))
    made = Material(
        folder, wav, mp3, folder / "short.mp3", folder / "long.mp3", minutes, short_minutes, long_minutes
    )
    for path, length in ((made.short, short_minutes), (made.long, long_minutes)):
        ffmpeg("-stream_loop", "-1", "-i", str(mp3), "-t", str(length * 60), "-c", "copy", str(path))
    return made


def _second(second: int, generator: np.random.Generator) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Chords that change and pause, over a little noise."""
    time = np.arange(RATE_HZ) / RATE_HZ
    root = 110 * 2 ** (second * 5 % 12 / 12)
    chord = sum(
        np.sin(2 * np.pi * root * ratio * time) * np.exp(-3 * (time % 0.5)) for ratio in (1, 1.26, 1.5, 2)
    )
    loud = 0.12 if second % 7 else 0.0
    sides = [loud * chord * gain for gain in (1.0, 0.8)]
    return np.stack(sides, axis=1) + 0.003 * generator.standard_normal((RATE_HZ, 2))
