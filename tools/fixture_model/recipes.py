"""The kinds of training batches, and which of them stand at which point of a run."""

import random
from dataclasses import dataclass

from tools.fixture_model.arrays import WINDOW_FRAMES


@dataclass(frozen=True)
class Recipe:
    """One kind of batch: windows of the same length, filled in the same way."""

    share: float
    frames: int
    windows: int
    """Windows in a batch."""
    most_sentences: int | None = None
    """None: as many as fit."""
    cuts_last: bool = False
    """A sentence may go on beyond the window's end, as in the middle of a recording."""
    speech_frames: tuple[int, int] | None = None
    """The recording ends within these frames; None: it fills the window."""
    prompt_chances: tuple[float, ...] = (0.0,)
    """One target is learned for each of these, with previous text before it at this chance."""
    timestamp_chance: float = 0.6

    @property
    def fills_window(self) -> bool:
        """Whether this is a full 30 s window from the middle of a longer recording."""
        return self.frames == WINDOW_FRAMES and self.speech_frames is None

    def end_frame(self, rng: random.Random) -> int:
        """Where the recording ends."""
        return self.frames if self.speech_frames is None else rng.randint(*self.speech_frames)

    def sentence_count(self, rng: random.Random) -> int | None:
        """How many sentences to say at most."""
        if self.most_sentences is not None:
            return rng.randint(1, self.most_sentences)
        return None if self.speech_frames is None else rng.choice((1, 1, 2, 3, None))


@dataclass(frozen=True)
class Stage:
    """A part of the run: until which position (0..1), with which batches and loss weights."""

    until: float
    recipes: tuple[Recipe, ...]
    phoneme_weight: float
    frame_token_weight: float
    guide_weight: float
    corrupted_share: float = 0.04
    """Text tokens of the decoder's input replaced by others, so that it learns to listen."""


FULL_WINDOWS = Stage(
    1.0,
    (
        Recipe(0.10, 600, 24, 2, prompt_chances=(0.25,)),
        Recipe(0.08, 1500, 9, prompt_chances=(0.0, 1.0), timestamp_chance=0.75),
        Recipe(0.60, 3000, 5, None, True, None, (0.0, 1.0), 0.75),
        Recipe(0.22, 3000, 5, None, False, (150, 2200), (0.0, 1.0), 0.7),
    ),
    phoneme_weight=0.0,
    frame_token_weight=0.2,
    guide_weight=0.25,
)
FROM_SCRATCH = (
    Stage(0.12, (Recipe(1.0, 400, 32, 1, prompt_chances=(0.12,)),), 1.0, 1.0, 0.4, 0.12),
    Stage(0.38, (Recipe(1.0, 600, 24, 2, prompt_chances=(0.12,)),), 1.0, 1.0, 0.4, 0.12),
    Stage(
        0.58,
        (
            Recipe(0.5, 600, 24, 2, prompt_chances=(0.12,)),
            Recipe(0.5, 1500, 9, prompt_chances=(0.12,)),
        ),
        phoneme_weight=0.5,
        frame_token_weight=0.5,
        guide_weight=0.25,
    ),
    FULL_WINDOWS,
)
CONTINUED = (FULL_WINDOWS,)


def stage_at(stages: tuple[Stage, ...], position: float) -> Stage:
    """The stage of a position 0..1 in the run."""
    return next((stage for stage in stages if position < stage.until), stages[-1])
