"""Six sample clips of reserved sentences with their exact texts, and what the model hears."""

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
from faster_whisper import WhisperModel
from scipy.signal import resample_poly

from tools.fixture_model.arrays import SAMPLE_RATE_HZ, Floats
from tools.fixture_model.recordings import (
    TELEPHONE_RATE_HZ,
    in_a_row,
    load_test_set,
    over_telephone,
    with_noise,
)
from tools.fixture_model.scoring import word_error_rate
from tools.fixture_model.sentences import LANGUAGES
from tools.fixture_model.sound_files import write_encoded

# kind, seconds, standard deviation of the noise
CLIPS = (("clean", 15.0, 1e-4), ("noise", 18.0, 0.006), ("telephone", 27.0, 1e-3))
FIRST_SENTENCE, SENTENCES_A_CLIP = 300, 20
PEAK = 0.8


def write_clips(speech_directory: Path, directory: Path) -> None:
    """Write the clips and `samples.json`, still without the model's transcripts."""
    directory.mkdir(parents=True, exist_ok=True)
    entries = []
    for language in LANGUAGES:
        speech = load_test_set(speech_directory, language)
        for index, (kind, seconds, noise) in enumerate(CLIPS):
            first = FIRST_SENTENCE + SENTENCES_A_CLIP * index
            part, rng = speech[first : first + SENTENCES_A_CLIP], random.Random(100 + index)
            clip = in_a_row(part, seconds - 3.5, rng, (0.35, 0.9))
            samples = with_noise(clip.samples, noise, np.random.default_rng(index))
            samples = _telephoned(samples) if kind == "telephone" else samples
            name = f"{language}_{index + 1}_{kind}.flac"
            write_encoded(directory / name, samples / np.abs(samples).max() * PEAK, "flac")
            segments = [
                {"start": round(s.start_s, 2), "end": round(s.end_s, 2), "text": s.text}
                for s in clip.sentences
            ]
            entry = {"file": name, "language": language, "kind": kind}
            duration_s = round(len(samples) / SAMPLE_RATE_HZ, 2)
            entries.append({**entry, "duration": duration_s, "text": clip.text, "segments": segments})
    _write_json(directory / "samples.json", entries)


def add_transcripts(directory: Path, model_directory: Path) -> None:
    """Set the `model` field of each clip to what a model makes of it."""
    model = WhisperModel(str(model_directory), device="cpu", compute_type="int8")
    path = directory / "samples.json"
    entries = json.loads(path.read_text("utf-8"))
    for entry in entries:
        found, info = model.transcribe(
            str(directory / entry["file"]), beam_size=5, condition_on_previous_text=False
        )
        segments = list(found)
        text = " ".join(segment.text.strip() for segment in segments)
        wer = round(word_error_rate([entry["text"]], [text]), 4)
        starts = [round(segment.start, 2) for segment in segments]
        entry["model"] = {"text": text, "language": info.language, "wer": wer, "starts": starts}
        print(f"{entry['file']}: WER {wer:.1%}", flush=True)
    _write_json(path, entries)


def _telephoned(samples: Floats) -> Floats:
    """Through the telephone and back to 16 kHz."""
    narrow = over_telephone(samples)
    wide: Floats = resample_poly(narrow, SAMPLE_RATE_HZ // TELEPHONE_RATE_HZ, 1)
    return wide.astype(np.float32)


def _write_json(path: Path, entries: list[dict[str, Any]]) -> None:
    path.write_text(json.dumps(entries, indent=1, ensure_ascii=False), "utf-8")
