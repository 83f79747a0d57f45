"""A model of random weights does the same work for every contender and can be loaded by all of them."""

from __future__ import annotations

from pathlib import Path

import faster_whisper
import numpy as np
import pytest

from benchmarks.speed.random_models import (
    SIZES,
    WORDS_A_WINDOW,
    Size,
    Weights,
    make_chains,
    random_model,
)


@pytest.mark.heavy
def test_every_window_gives_the_same_number_of_words_with_and_without_times(tmp_path: Path) -> None:
    directory = random_model(Size("miniature", 384, 1, 6), tmp_path)
    model = faster_whisper.WhisperModel(str(directory), device="cpu", compute_type="int8")
    sound = np.random.default_rng(1).standard_normal(45 * 16_000).astype(np.float32) * 0.1
    for settings in ({}, {"without_timestamps": True}, {"condition_on_previous_text": False}):
        segments, info = model.transcribe(sound, **settings)
        assert info.language == "en"
        heard = [(len(segment.text.split()), segment.temperature) for segment in segments]
        assert heard == [(WORDS_A_WINDOW, 0.0)] * 2


@pytest.mark.heavy
def test_a_model_that_is_there_is_not_made_again(tmp_path: Path) -> None:
    first = random_model(Size("miniature", 384, 1, 6), tmp_path)
    made_at = (first / "model.bin").stat().st_mtime_ns
    assert random_model(Size("miniature", 384, 1, 6), tmp_path) == first
    assert (first / "model.bin").stat().st_mtime_ns == made_at
    assert list(tmp_path.iterdir()) == [first]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: size.name)
def test_who_leaps_ahead_in_a_chain_is_never_among_the_runners_up(size: Size) -> None:
    chains = make_chains()
    embeddings, rows = Weights(size.width).tokens(chains)
    chain = chains[0]
    states = embeddings[chain[:-1]]
    states = (states - states.mean(axis=1, keepdims=True)) / states.std(axis=1, keepdims=True)
    logits = states @ rows.T
    likeliest = np.argpartition(logits, -10, axis=1)[:, -10:]  # as many as a beam of five looks at
    assert list(logits.argmax(axis=1)) == chain[1:]
    assert np.isin(likeliest, chain).sum() == len(chain) - 1


def test_the_sizes_are_those_of_the_paper() -> None:
    assert [(size.name, size.width, size.layers, size.heads) for size in SIZES] == [
        ("tiny", 384, 4, 6),
        ("base", 512, 6, 8),
        ("small", 768, 12, 12),
    ]
