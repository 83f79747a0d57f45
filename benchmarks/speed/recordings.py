"""Speech of which every word is known: sentences of the bundled samples in random order, with pauses."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from services.transcriber.audio_decoder import SAMPLE_RATE, Samples
from services.transcriber.model_files import FIXTURE_DIRECTORY

SAMPLES = FIXTURE_DIRECTORY / "samples"
BEFORE_SECONDS, AFTER_SECONDS = 0.1, 0.2
"""Kept around a sentence: its first and last sounds are softer than what its times were found by."""

PAUSES_SECONDS = (0.2, 1.0)
LONG_PAUSES_SECONDS = (2.0, 5.0)
SENTENCES_A_LONG_PAUSE = 12

SPEEDS, GAINS_DB = (0.93, 1.07), (-9.0, 0.0)
"""A sentence never sounds twice the same: a model that fails at one telling would fail at every other."""


@dataclass(frozen=True)
class Sentence:
    """One sentence as it sounds, 16 kHz mono, and as it is written."""

    samples: Samples
    text: str


@dataclass(frozen=True)
class Said:
    """A sentence and where in the recording it begins."""

    start_seconds: float
    text: str


@dataclass(frozen=True)
class Recording:
    """A file as a user has it (FLAC), and what is said in it, in order."""

    name: str
    language: str
    body: bytes
    seconds: float
    said: tuple[Said, ...] = ()

    @property
    def text(self) -> str:
        """All of it."""
        return " ".join(sentence.text for sentence in self.said)


def read_sentences(folder: Path = SAMPLES) -> Mapping[str, Sequence[Sentence]]:
    """All sentences of the samples, by language."""
    found: dict[str, list[Sentence]] = {}
    for sample in json.loads((folder / "samples.json").read_text("utf-8")):
        sound, _ = soundfile.read(folder / sample["file"], dtype="float32")
        for segment in sample["segments"]:
            first = max(0, int((segment["start"] - BEFORE_SECONDS) * SAMPLE_RATE))
            last = int((segment["end"] + AFTER_SECONDS) * SAMPLE_RATE)
            found.setdefault(sample["language"], []).append(Sentence(sound[first:last], segment["text"]))
    return found


def make_recordings(
    sentences: Mapping[str, Sequence[Sentence]], *, count: int, minutes: float, seed: int, first: int = 0
) -> list[Recording]:
    """``count`` recordings of about ``minutes``, languages in turn; the same seed gives the same ones.

    ``first``: go on after so many of that seed.
    """
    languages = sorted(sentences)
    return [
        make_recording(
            sentences, language=languages[number % len(languages)], minutes=minutes, seed=seed * 1000 + number
        )
        for number in range(first, first + count)
    ]


def make_recording(
    sentences: Mapping[str, Sequence[Sentence]], *, language: str, minutes: float, seed: int
) -> Recording:
    """One recording; it ends with the first sentence that reaches ``minutes``."""
    parts, said = list[Samples](), list[Said]()
    length = 0
    random = np.random.default_rng(seed)
    for sentence, pause in _talk(sentences[language], random):
        said.append(Said(length / SAMPLE_RATE, sentence.text))
        parts += [_told(sentence.samples, random), np.zeros(int(pause * SAMPLE_RATE), np.float32)]
        length += len(parts[-2]) + len(parts[-1])
        if length >= minutes * 60 * SAMPLE_RATE:
            break
    target = io.BytesIO()
    soundfile.write(target, np.concatenate(parts), SAMPLE_RATE, format="FLAC", subtype="PCM_16")
    return Recording(
        name=f"{language}-{seed}.flac",
        language=language,
        body=target.getvalue(),
        seconds=length / SAMPLE_RATE,
        said=tuple(said),
    )


def _told(samples: Samples, random: np.random.Generator) -> Samples:
    """A little faster or slower (and higher or lower with it), and softer."""
    length = round(len(samples) / random.uniform(*SPEEDS))
    places = np.linspace(0, len(samples) - 1, length)
    gain = 10 ** (random.uniform(*GAINS_DB) / 20)
    return (gain * np.interp(places, np.arange(len(samples)), samples)).astype(np.float32)


def _talk(sentences: Sequence[Sentence], random: np.random.Generator) -> Iterator[tuple[Sentence, float]]:
    """For ever, every sentence once before any comes again."""
    number = 0
    while True:
        for index in random.permutation(len(sentences)):
            number += 1
            bounds = PAUSES_SECONDS if number % SENTENCES_A_LONG_PAUSE else LONG_PAUSES_SECONDS
            yield sentences[index], float(random.uniform(*bounds))


def write_long(path: Path, dense: Recording, *, minutes: float, quiet_seconds: float = 0.0) -> None:
    """A FLAC file of ``minutes``: ``dense`` again and again with ``quiet_seconds`` after each turn."""
    sound, _ = soundfile.read(io.BytesIO(dense.body), dtype="int16")
    quiet = np.zeros(int(quiet_seconds * SAMPLE_RATE), np.int16)
    left = int(minutes * 60 * SAMPLE_RATE)
    with soundfile.SoundFile(path, "w", SAMPLE_RATE, 1, "PCM_16", format="FLAC") as file:
        while left > 0:
            for part in (sound, quiet):
                file.write(part[:left])
                left -= min(left, len(part))
