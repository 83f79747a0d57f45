"""Lays out what is heard in one training window: who speaks when, and what else sounds."""

import random
from dataclasses import dataclass, field

import numpy as np

from tools.fixture_model import augmentation
from tools.fixture_model.arrays import FRAMES_PER_S, MEL_BANDS, WINDOW_FRAMES, Floats, Integers
from tools.fixture_model.recipes import Recipe
from tools.fixture_model.sentences import LANGUAGES
from tools.fixture_model.utterances import Library, Utterance

OTHER_LANGUAGE_SHARE = 0.02
LATE_START_SHARE = 0.2  # full windows that begin in the last sounds of the sentence before
LEAST_CUT_FRAMES = 25


@dataclass(frozen=True)
class Sentence:
    """A sentence in the window; all times in seconds from the window's start."""

    token_ids: list[int]
    token_spans_s: Floats
    start_s: float
    end_s: float


@dataclass
class Scene:
    """Speech of one window before room, noise and scaling."""

    language: str
    power: Floats
    """[80, frames]"""
    end_frame: int
    """The recording ends here; after it faster-whisper pads with zeros."""
    frame_phonemes: Integers
    frame_tokens: Integers
    sentences: list[Sentence] = field(default_factory=list)
    cut_sentence: Sentence | None = None
    """Begins in this window and ends after it."""

    @classmethod
    def silent(cls, language: str, frames: int, end_frame: int) -> "Scene":
        """A window in which nothing has been said yet."""
        return cls(
            language,
            np.zeros((MEL_BANDS, frames), np.float32),
            end_frame,
            np.zeros(frames, np.int64),
            np.zeros(frames, np.int64),
        )

    @property
    def has_speech(self) -> bool:
        """Whether anything is said."""
        return bool(self.sentences) or self.cut_sentence is not None

    def speak(self, utterance: Utterance, start: int, rng: random.Random) -> Sentence:
        """Add an utterance from frame `start`, at its own loudness, cut at the end."""
        end = min(start + utterance.log_mel.shape[1], self.end_frame)
        frames = end - start
        self.power[:, start:end] += 10 ** utterance.log_mel[:, :frames] * _loudness(rng)
        self.frame_phonemes[start:end] = utterance.frame_phonemes[:frames]
        self.frame_tokens[start:end] = utterance.frame_tokens[:frames]
        start_s = start / FRAMES_PER_S
        return Sentence(
            utterance.token_ids,
            utterance.token_spans_s + start_s,
            start_s,
            start_s + utterance.duration_s,
        )


def speech_scene(library: Library, recipe: Recipe, rng: random.Random) -> Scene:
    """A window with at least a part of a sentence in it."""
    while True:
        scene = Scene.silent(rng.choice(LANGUAGES), recipe.frames, recipe.end_frame(rng))
        _fill(scene, library, recipe, rng)
        if scene.has_speech:
            _choose_end(scene, recipe, rng)
            return scene


def altered(utterance: Utterance, rng: random.Random) -> Utterance:
    """The same sentence at another speed or from another throat, or as it is."""
    log_mel = utterance.log_mel.astype(np.float32)
    factor = 1.0
    if rng.random() < 0.5:
        factor = rng.uniform(0.88, 1.15)
        log_mel = augmentation.stretch(log_mel, factor)
    if rng.random() < 0.3:
        log_mel = augmentation.shift_formants(log_mel, rng.uniform(0.94, 1.06))
    sources = (np.arange(log_mel.shape[1]) / factor).astype(np.int64)
    sources = np.minimum(sources, len(utterance.frame_phonemes) - 1)
    return Utterance(
        utterance.token_ids,
        utterance.token_spans_s * np.float32(factor),
        log_mel,  # type: ignore[arg-type]  # float32 here
        utterance.duration_s * factor,
        utterance.frame_phonemes[sources],
        utterance.frame_tokens[sources],
    )


def _fill(scene: Scene, library: Library, recipe: Recipe, rng: random.Random) -> None:
    position = int(_first_start_s(rng) * FRAMES_PER_S)
    if recipe.frames == WINDOW_FRAMES and rng.random() < LATE_START_SHARE:
        position = max(position, _tail_of_sentence_before(scene, library, rng))
    wanted = recipe.sentence_count(rng)
    while wanted is None or len(scene.sentences) < wanted:
        utterance = altered(_draw(library, scene.language, rng), rng)
        frames = utterance.log_mel.shape[1]
        if position + frames > scene.end_frame:
            if wanted is not None and not scene.sentences:
                if frames > scene.end_frame:
                    continue  # another sentence may be short enough
                position = scene.end_frame - frames
            else:
                if recipe.cuts_last and position < scene.end_frame - LEAST_CUT_FRAMES:
                    scene.cut_sentence = scene.speak(utterance, position, rng)
                return
        scene.sentences.append(scene.speak(utterance, position, rng))
        position += frames + int(_pause_s(rng) * FRAMES_PER_S)


def _draw(library: Library, language: str, rng: random.Random) -> Utterance:
    if rng.random() < OTHER_LANGUAGE_SHARE:
        language = rng.choice(LANGUAGES)
    return rng.choice(library.by_language[language])


def _tail_of_sentence_before(scene: Scene, library: Library, rng: random.Random) -> int:
    """Sound from before the window's start, as after a too early end; -> first free frame."""
    log_mel = rng.choice(library.by_language[scene.language]).log_mel.astype(np.float32)
    frames = rng.randint(2, 28)
    scene.power[:, :frames] += 10 ** log_mel[:, -frames:] * _loudness(rng)
    return frames + rng.randint(8, 60)


def _choose_end(scene: Scene, recipe: Recipe, rng: random.Random) -> None:
    """Sometimes the recording ends soon after the last sentence."""
    if scene.cut_sentence is not None or not scene.sentences:
        return
    soon = int(scene.sentences[-1].end_s * FRAMES_PER_S) + rng.randint(3, 80)
    chance = 0.5 if recipe.fills_window else 0.7 if recipe.most_sentences else 0.0
    if rng.random() < chance:
        scene.end_frame = min(scene.end_frame, soon)


def _first_start_s(rng: random.Random) -> float:
    kind = rng.random()
    if kind < 0.15:
        return 0.0
    if kind < 0.6:
        return rng.uniform(0, 0.5)
    return rng.uniform(0.3, 1.0) if kind < 0.85 else rng.uniform(1, 3)


def _pause_s(rng: random.Random) -> float:
    kind = rng.random()
    if kind < 0.3:
        return rng.uniform(0.08, 0.4)
    if kind < 0.8:
        return rng.uniform(0.3, 0.9)
    return rng.uniform(0.9, 2.5) if kind < 0.97 else rng.uniform(2.5, 8)


def _loudness(rng: random.Random) -> float:
    return float(10 ** rng.uniform(-0.5, 0.5))
