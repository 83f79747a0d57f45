"""All figures of the fixture model, measured through faster-whisper alone.

The names in the report are those of `models/fixture/evaluation.json`: WER as a fraction, times in
seconds, `rtf` seconds of work per second of sound, `exact` the share of faultless sentences.
"""

import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from faster_whisper import BatchedInferencePipeline, WhisperModel

from tools.fixture_model import scoring
from tools.fixture_model.arrays import SAMPLE_RATE_HZ, Floats
from tools.fixture_model.nonspeech import nonspeech_sounds
from tools.fixture_model.recordings import (
    TELEPHONE_RATE_HZ,
    Recording,
    SpokenSentence,
    in_a_row,
    load_test_set,
    noise_level,
    over_telephone,
    with_noise,
    with_silence,
)
from tools.fixture_model.sentences import LANGUAGES
from tools.fixture_model.sound_files import write_encoded, write_wav

SINGLE_SENTENCES = 110
FEWER_SENTENCES = 60
LONG_FORM_SENTENCES = slice(120, 450)  # none of the single ones, voices seen in training
LONG_SECONDS = 600
BEAM_SIZE = 5
Report = dict[str, dict[str, Any]]
Writer = Callable[[Path, Floats], Path]


class Evaluation:
    """Measures one model; the report grows test by test."""

    def __init__(self, model_directory: Path, speech_directory: Path, folder: Path) -> None:
        """Load the model; `folder` takes the sound files of the tests."""
        self.model = WhisperModel(str(model_directory), device="cpu", compute_type="int8")
        self.batched = BatchedInferencePipeline(self.model)
        self.speech = {name: load_test_set(speech_directory, name) for name in LANGUAGES}
        self.folder = folder
        self.report: Report = {}

    def measure_sentences(self, language: str) -> None:
        """Single sentences in seen and unseen voices and through bad channels."""
        speech = self.speech[language]
        seen = speech[:SINGLE_SENTENCES]
        held_out = [s for s in speech if s.held_out_voice][:SINGLE_SENTENCES]
        fewer = seen[:FEWER_SENTENCES]
        self._sentences(f"{language} seen voices", seen, _as_wav)
        self._sentences(f"{language} held-out voices", held_out, _as_wav)
        self._sentences(f"{language} seen voices, vad", seen, _as_wav, vad_filter=True)
        self._sentences(f"{language} telephone 8 kHz", seen, _as_telephone)
        self._sentences(f"{language} mp3 32k", seen, _as_mp3)
        self._sentences(f"{language} white noise 15 dB", fewer, _noisy_writer(15))
        self._sentences(f"{language} language given", fewer, _as_wav, language=language)
        self._sentences(f"{language} without_timestamps", fewer, _as_wav, without_timestamps=True)
        prompt = " ".join(sentence.text for sentence in speech[-6:])
        self._sentences(f"{language} initial prompt", fewer, _as_wav, initial_prompt=prompt)

    def measure_long_form(self, language: str) -> None:
        """Ten minutes of sentences in a row, in every mode of faster-whisper."""
        speech = self.speech[language]
        recording = in_a_row(speech[LONG_FORM_SENTENCES], LONG_SECONDS, random.Random(3))
        noisy = with_noise(recording.samples, 0.001, np.random.default_rng(1))
        path = write_wav(self.folder / "long.wav", noisy)
        name = f"{language} long-form"
        self._long(f"{name} {LONG_SECONDS}s", path, recording)
        self._long(f"{name}, vad", path, recording, vad_filter=True)
        self._long(f"{name}, batched", path, recording, batch_size=8)
        self._long(
            f"{name}, batched, timestamps",
            path,
            recording,
            batch_size=8,
            without_timestamps=False,
        )
        self._long(f"{name}, words", path, recording, word_timestamps=True)
        self._long(f"{name}, previous text", path, recording, condition_on_previous_text=True)

    def measure_nonspeech(self) -> None:
        """What is heard where nobody speaks: text with and without VAD, language guessed."""
        for name, samples in nonspeech_sounds().items():
            path = write_wav(self.folder / "nonspeech.wav", samples)
            plain, info, _ = self._transcribe(path)
            filtered, _, _ = self._transcribe(path, vad_filter=True)
            given, _, _ = self._transcribe(path, language="en")
            entry = {
                "no_vad": _text(plain),
                "lang": f"{info.language} {info.language_probability:.2f}",
                "vad": _text(filtered),
                "no_speech_prob": round(given[0].no_speech_prob, 2) if given else None,
            }
            self._add(f"nonspeech {name}", entry)

    def _sentences(
        self, name: str, sentences: list[SpokenSentence], write: Writer, **options: object
    ) -> None:
        rng = random.Random(7)
        texts, languages, work_s, sound_s = [], [], 0.0, 0.0
        for sentence in sentences:
            samples = with_silence(sentence.samples, rng)
            path = write(self.folder / "sentence.wav", samples)
            segments, info, seconds = self._transcribe(path, **options)
            texts.append(_text(segments))
            languages.append(info.language)
            work_s += seconds
            sound_s += len(samples) / SAMPLE_RATE_HZ
        truth = [sentence.text for sentence in sentences]
        pairs = list(zip(truth, texts, strict=True))
        exact = [scoring.normalised(a) == scoring.normalised(b) for a, b in pairs]
        entry = {
            "n": len(sentences),
            "wer": round(scoring.word_error_rate(truth, texts), 4),
            "exact": round(float(np.mean(exact)), 3),
            "lang_ok": round(languages.count(sentences[0].language) / len(sentences), 4),
            "rtf": round(work_s / sound_s, 3),
            "sec_per_file": round(work_s / len(sentences), 3),
        }
        self._add(name, entry)

    def _long(self, name: str, path: Path, recording: Recording, **options: object) -> None:
        segments, info, work_s = self._transcribe(path, **options)
        entry = {
            "wer": round(scoring.word_error_rate([recording.text], [_text(segments)]), 4),
            "rtf": round(work_s / recording.duration_s, 3),
            "segments": len(segments),
            "sentences": len(recording.sentences),
            "lang": info.language,
            **scoring.time_errors(segments, recording),
        }
        if options.get("word_timestamps"):
            entry |= scoring.word_time_errors(segments, recording)
        self._add(name, entry)

    def _transcribe(self, path: Path, **options: object) -> tuple[list[Any], Any, float]:
        """-> segments, information, seconds of work."""
        started_s = time.monotonic()
        model = self.batched if "batch_size" in options else self.model
        settings = {"beam_size": BEAM_SIZE, "condition_on_previous_text": False, **options}
        segments, info = model.transcribe(str(path), **settings)
        return list(segments), info, time.monotonic() - started_s

    def _add(self, name: str, entry: dict[str, Any]) -> None:
        self.report[name] = entry
        print(f"{name}: {entry}", flush=True)


def evaluate(model_directory: Path, speech_directory: Path) -> Report:
    """Every figure; some ten minutes of work on two cores."""
    with tempfile.TemporaryDirectory() as folder:
        evaluation = Evaluation(model_directory, speech_directory, Path(folder))
        for language in LANGUAGES:
            evaluation.measure_sentences(language)
            evaluation.measure_long_form(language)
        evaluation.measure_nonspeech()
    return evaluation.report


def _text(segments: list[Any]) -> str:
    return " ".join(segment.text.strip() for segment in segments)


def _as_wav(path: Path, samples: Floats) -> Path:
    return write_wav(path, samples)


def _as_telephone(path: Path, samples: Floats) -> Path:
    return write_wav(path, over_telephone(samples), TELEPHONE_RATE_HZ)


def _as_mp3(path: Path, samples: Floats) -> Path:
    return write_encoded(path.with_suffix(".mp3"), samples, "libmp3lame", 32_000)


def _noisy_writer(signal_to_noise_db: float) -> Writer:
    generator = np.random.default_rng(3)

    def write(path: Path, samples: Floats) -> Path:
        level = noise_level(samples, signal_to_noise_db)
        return write_wav(path, with_noise(samples, level, generator))

    return write
