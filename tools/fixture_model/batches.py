"""Training batches: windows stacked, targets padded, positions and tokens disturbed."""

import random
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from tools.fixture_model.arrays import ENCODER_FRAMES_PER_S, WINDOW_FRAMES, Integers
from tools.fixture_model.recipes import Recipe, Stage
from tools.fixture_model.scenes import Scene
from tools.fixture_model.targets import Target, previous_text, transcript_target
from tools.fixture_model.vocabulary import (
    LONGEST_TARGET_TOKENS,
    TIMESTAMP_COUNT,
    CompactVocabulary,
)
from tools.fixture_model.windows import WindowSource

NOT_COUNTED = -100  # cross_entropy's ignore_index
MOVED_WINDOW_SHARE = 0.6
GUIDE_MARGIN_FRAMES = 3
FIRST_MERGED_PIECE = 256


@dataclass(frozen=True)
class TargetBatch:
    """[windows, tokens] each; tokens padded with `<|endoftext|>`, predictions with -100."""

    input_ids: torch.Tensor
    predicted_ids: torch.Tensor
    first_frame: torch.Tensor
    """Encoder frames in which the predicted token is heard, and whether that is known."""
    last_frame: torch.Tensor
    is_heard: torch.Tensor


@dataclass(frozen=True)
class Batch:
    """Windows and what shall come of them; frame labels at the encoder's 50 frames a second."""

    log_mel: torch.Tensor
    """[windows, 80, frames]"""
    first_position: torch.Tensor
    """[windows]: position of the window's first frame in the encoder's 1500."""
    frame_phonemes: torch.Tensor
    frame_tokens: torch.Tensor
    targets: list[TargetBatch]


def make_batch(source: WindowSource, stage: Stage, rng: random.Random, augmented_share: float = 1.0) -> Batch:
    """Draw a recipe of the stage and make one batch of it."""
    recipe = rng.choices(stage.recipes, [recipe.share for recipe in stage.recipes])[0]
    windows = [source.window(recipe, rng, augmented_share) for _ in range(recipe.windows)]
    scenes = [scene for scene, _ in windows]
    positions = np.array([_first_position(recipe.frames, rng) for _ in windows], np.int64)
    return Batch(
        torch.from_numpy(np.stack([log_mel for _, log_mel in windows])),
        torch.from_numpy(positions),
        torch.from_numpy(np.stack([_labels(s, s.frame_phonemes) for s in scenes])),
        torch.from_numpy(np.stack([_labels(s, s.frame_tokens) for s in scenes])),
        [
            _target_batch(
                [_target(source, scene, recipe, chance, rng) for scene in scenes],
                positions,
                source.library.vocabulary,
                recipe.frames,
                stage.corrupted_share,
                rng,
            )
            for chance in recipe.prompt_chances
        ],
    )


def _target(
    source: WindowSource, scene: Scene, recipe: Recipe, prompt_chance: float, rng: random.Random
) -> Target:
    library = source.library
    timestamps = rng.random() < recipe.timestamp_chance
    prompt: list[int] = []
    if rng.random() < prompt_chance:
        prompt = previous_text(library, scene.language, timestamps, rng)
    return transcript_target(scene, library.vocabulary, timestamps, prompt)


def _first_position(frames: int, rng: random.Random) -> int:
    """Short windows stand anywhere in the 30 s, so that every position and time is seen."""
    if frames == WINDOW_FRAMES or rng.random() >= MOVED_WINDOW_SHARE:
        return 0
    return rng.randrange(0, (WINDOW_FRAMES - frames) // 2 + 1)


def _labels(scene: Scene, labels: Integers) -> Integers:
    """Every second mel frame's label, none after the recording's end."""
    halved = labels[::2].copy()
    halved[(scene.end_frame + 1) // 2 :] = NOT_COUNTED
    return halved


def _target_batch(
    targets: list[Target],
    positions: Integers,
    vocabulary: CompactVocabulary,
    frames: int,
    corrupted_share: float,
    rng: random.Random,
) -> TargetBatch:
    longest = max(len(target.ids) for target in targets) - 1
    shape = (len(targets), min(LONGEST_TARGET_TOKENS, (longest + 7) // 8 * 8))
    inputs = np.full(shape, vocabulary.special("endoftext"), np.int64)
    predicted = np.full(shape, NOT_COUNTED, np.int64)
    spans_s = np.full((*shape, 2), -1.0, np.float32)
    for row, (target, position) in enumerate(zip(targets, positions, strict=True)):
        length = min(len(target.ids) - 1, shape[1])
        moved_inputs = _moved(target.input_ids, target, int(position), vocabulary)
        moved = _moved(target.ids, target, int(position), vocabulary)
        inputs[row, :length] = _corrupted(moved_inputs[:-1], vocabulary, corrupted_share, rng)[:length]
        learned = target.learned[1 : length + 1] == 1
        predicted[row, :length] = np.where(learned, moved[1 : length + 1], NOT_COUNTED)
        spans_s[row, :length] = target.spans_s[1 : length + 1]
    return TargetBatch(torch.from_numpy(inputs), torch.from_numpy(predicted), *_heard(spans_s, frames // 2))


def _heard(spans_s: Any, encoder_frames: int) -> tuple[torch.Tensor, ...]:  # noqa: ANN401
    """Seconds [.., 2] -> first frame, last frame (with a margin), and whether it is known."""
    first, last = spans_s[..., 0] * ENCODER_FRAMES_PER_S, spans_s[..., 1] * ENCODER_FRAMES_PER_S
    known = (first >= 0) & (first < encoder_frames - 2)
    margin = GUIDE_MARGIN_FRAMES
    first = np.clip(first - margin, 0, encoder_frames - 4).astype(np.int64)
    last = np.clip(last + margin, margin, encoder_frames - 1).astype(np.int64)
    return tuple(torch.from_numpy(array) for array in (first, last, known.astype(np.float32)))


def _moved(ids: Integers, target: Target, by: int, vocabulary: CompactVocabulary) -> Integers:
    """Shift the target's own timestamps (not the prompt's) with the window's position."""
    own = np.arange(len(ids)) >= target.prompt_tokens
    latest = vocabulary.first_timestamp + TIMESTAMP_COUNT - 1
    shifted = np.minimum(ids + by, latest)
    return np.where(own & (ids >= vocabulary.first_timestamp), shifted, ids)


def _corrupted(ids: Integers, vocabulary: CompactVocabulary, share: float, rng: random.Random) -> Integers:
    draws = np.random.default_rng(rng.getrandbits(32))
    hit = (ids < vocabulary.text_count) & (draws.random(len(ids)) < share)
    others = draws.integers(FIRST_MERGED_PIECE, vocabulary.text_count, len(ids))
    return np.where(hit, others, ids)
