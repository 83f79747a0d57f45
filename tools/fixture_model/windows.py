"""Turns a scene into the log-mel window that the encoder sees, with room, noise and scaling."""

import random
from dataclasses import dataclass

import numpy as np

from tools.fixture_model import augmentation
from tools.fixture_model.arrays import Floats
from tools.fixture_model.noises import Noises
from tools.fixture_model.recipes import Recipe
from tools.fixture_model.scenes import Scene, speech_scene
from tools.fixture_model.sentences import LANGUAGES
from tools.fixture_model.utterances import Library

NO_SPEECH_SHARE = 0.05
POWER_FLOOR = 1e-10


@dataclass(frozen=True)
class WindowSource:
    """Everything windows are made of."""

    library: Library
    noises: Noises

    def window(self, recipe: Recipe, rng: random.Random, augmented_share: float) -> tuple[Scene, Floats]:
        """-> the scene and its log-mel window [80, frames], scaled as faster-whisper does.

        `augmented_share` of the windows get channels, rooms, noise and masks; the rest is clean.
        """
        if rng.random() < NO_SPEECH_SHARE:
            scene = self._background_scene(recipe, rng)
            return scene, _scaled(scene, rng)
        scene = speech_scene(self.library, recipe, rng)
        augmented = rng.random() < augmented_share
        heard = scene.power[:, : scene.end_frame]
        if augmented:
            self._add_surroundings(heard, rng)
        heard *= 10 ** rng.uniform(-2.2, 0.8)
        log_mel = _scaled(scene, rng)
        if augmented and scene.sentences and rng.random() < 0.35:
            augmentation.mask(log_mel[:, : scene.end_frame], rng)
        return scene, log_mel

    def _background_scene(self, recipe: Recipe, rng: random.Random) -> Scene:
        """Noise, tones, near silence or digital silence."""
        end = recipe.end_frame(rng)
        end = rng.choice((end, rng.randint(20, end)))
        scene = Scene.silent(rng.choice(LANGUAGES), recipe.frames, end)
        heard = scene.power[:, :end]
        kind = rng.random()
        if kind < 0.35:
            heard += self._noise(rng, end) * 10 ** rng.uniform(-8, 3)
        elif kind < 0.85:
            heard += self._tones(rng, end) * 10 ** rng.uniform(-3, 3)
            heard += self._noise(rng, end) * 10 ** rng.uniform(-9, -1)
        elif kind < 0.93:
            heard += self._noise(rng, end) * 10 ** rng.uniform(-10, -6)
        return scene

    def _add_surroundings(self, heard: Floats, rng: random.Random) -> None:
        """Room, channel and background, in place; the channel may colour the noise too or not."""
        frame_power = heard.sum(0)
        level = frame_power[frame_power > frame_power.max() * 1e-3].mean()
        if rng.random() < 0.12:
            augmentation.reverberate(heard, rng)
        gain = augmentation.channel_gain(rng)
        channel_first = rng.random() < 0.5
        if gain is not None and channel_first:
            heard *= gain
        kind = rng.random()
        if kind < 0.62:
            heard += self._noise(rng, heard.shape[1]) * (level * 10 ** -rng.uniform(0.8, 4.5))
        if kind > 0.9 or 0.3 < kind < 0.36:
            heard += self._tones(rng, heard.shape[1]) * (level * 10 ** -rng.uniform(1.2, 4.0))
        if gain is not None and not channel_first:
            heard *= gain

    def _noise(self, rng: random.Random, frames: int) -> Floats:
        return augmentation.excerpt(rng, self.noises.stationary, frames)

    def _tones(self, rng: random.Random, frames: int) -> Floats:
        return augmentation.excerpt(rng, self.noises.tonal, frames)


def _scaled(scene: Scene, rng: random.Random) -> Floats:
    """Whisper's scaling: 8 decades below the loudest, then (x + 4) / 4; zeros after the end."""
    log_mel = np.log10(np.maximum(scene.power, POWER_FLOOR))
    loudest = float(log_mel[:, : scene.end_frame].max())
    if rng.random() < 0.3:
        loudest += rng.uniform(0, 0.8)  # the recording's loudest frame may lie in another window
    log_mel = (np.maximum(log_mel, loudest - 8) + 4) / 4
    log_mel[:, scene.end_frame :] = 0
    return log_mel.astype(np.float32)
