"""Recordings say what they were made to say, the same for the same seed."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from benchmarks.speed.recordings import Recording, make_recordings, read_sentences, write_long
from benchmarks.speed.reserved_speech import read_reserved
from services.transcriber.audio_decoder import SAMPLE_RATE


def test_the_samples_give_sentences_in_both_languages() -> None:
    sentences = read_sentences()
    assert {language: len(found) for language, found in sentences.items()} == {"en": 14, "es": 15}
    assert all(len(one.samples) > SAMPLE_RATE and one.text for found in sentences.values() for one in found)


def test_a_seed_gives_the_same_recordings_again_in_languages_by_turns() -> None:
    sentences = read_sentences()
    first, again = (make_recordings(sentences, count=3, minutes=0.5, seed=4) for _ in range(2))
    other = make_recordings(sentences, count=3, minutes=0.5, seed=5)
    assert first == again
    assert first[0].text != other[0].text
    assert [one.language for one in first] == ["en", "es", "en"]


def test_recordings_go_on_where_the_first_ones_ended() -> None:
    sentences = read_sentences()
    every = make_recordings(sentences, count=3, minutes=0.2, seed=4)
    assert every[1:] == make_recordings(sentences, count=2, minutes=0.2, seed=4, first=1)


def test_it_is_known_when_each_sentence_begins() -> None:
    [recording] = make_recordings(read_sentences(), count=1, minutes=1.5, seed=1)
    sound, rate = soundfile.read(io.BytesIO(recording.body))
    begins = [int(one.start_seconds * rate) for one in recording.said]
    assert begins[0] == 0
    assert all(np.abs(sound[begin - rate // 10 : begin]).max() == 0 for begin in begins[1:])
    assert all(np.abs(sound[begin : begin + rate]).max() > 0.01 for begin in begins)


def test_a_sentence_that_comes_again_sounds_another_way() -> None:
    [recording] = make_recordings({"en": read_sentences()["en"][:1]}, count=1, minutes=0.2, seed=1)
    sound, rate = soundfile.read(io.BytesIO(recording.body))
    first, second = (int(one.start_seconds * rate) for one in recording.said[:2])
    assert recording.said[0].text == recording.said[1].text
    assert np.abs(sound[first : first + rate] - sound[second : second + rate]).max() > 0.01


def test_a_recording_is_as_long_as_asked_for_and_says_every_sentence_before_any_again() -> None:
    sentences = read_sentences()
    [recording] = make_recordings(sentences, count=1, minutes=1.5, seed=1)
    sound, rate = soundfile.read(io.BytesIO(recording.body))
    assert rate == SAMPLE_RATE
    assert len(sound) / rate == pytest.approx(recording.seconds)
    assert 90 <= recording.seconds < 105
    assert all(sentence.text in recording.text for sentence in sentences["en"])


def test_a_long_file_repeats_the_dense_one_with_quiet_between(tmp_path: Path) -> None:
    body = io.BytesIO()
    soundfile.write(body, np.full(SAMPLE_RATE, 0.5), SAMPLE_RATE, format="FLAC", subtype="PCM_16")
    dense = Recording("dense.flac", "en", body.getvalue(), 1.0)
    path = tmp_path / "long.flac"
    write_long(path, dense, minutes=5.5 / 60, quiet_seconds=1.0)
    sound, _ = soundfile.read(path)
    assert len(sound) == int(5.5 * SAMPLE_RATE)
    seconds = [bool(sound[second * SAMPLE_RATE + 100] > 0.1) for second in range(6)]
    assert seconds == [True, False, True, False, True, False]


def test_reserved_sentences_are_clean_noisy_and_over_the_telephone_in_turn(tmp_path: Path) -> None:
    second = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    sound = (8000 * (np.sin(2 * np.pi * 440 * second) + np.sin(2 * np.pi * 6000 * second))).astype(np.int16)
    entry = {"voice": "en", "held": False, "words": [], "n": SAMPLE_RATE}
    meta = json.dumps([{**entry, "text": str(number), "off": number * SAMPLE_RATE} for number in range(3)])
    for language in ("en", "es"):
        np.savez(tmp_path / f"test_{language}.npz", meta=np.array(meta), audio=np.tile(sound, 3))

    clean, noisy, telephone = read_reserved(tmp_path)["es"]

    assert [one.text for one in (clean, noisy, telephone)] == ["0", "1", "2"]
    assert all(np.abs(one.samples).max() == pytest.approx(0.8, abs=1e-3) for one in (clean, noisy, telephone))
    lead = SAMPLE_RATE // 20
    assert np.abs(clean.samples[:lead]).max() < 0.01 < np.abs(noisy.samples[:lead]).max()
    assert _level(telephone.samples, 440) > 10 * _level(telephone.samples, 6000)
    assert _level(clean.samples, 6000) > 0.1


def _level(samples: np.ndarray, frequency_hz: int) -> float:
    time = np.arange(len(samples)) / SAMPLE_RATE
    return float(abs(np.mean(samples * np.exp(-2j * np.pi * frequency_hz * time))))
