"""Which voices speak: some only in training, four only in the test."""

import random

from tools.fixture_model.espeak import Speaker, Voice

HELD_OUT_VARIANTS = ["f5", "m7", "linda", "paul"]
PLAIN_VARIANTS = ["", "", "f1", "f2", "f3", "f4", "m1", "m2", "m3", "m4", "m5", "m6", "m8"]
NAMED_VARIANTS = (
    "Alicia Andrea Andy Annie Denis Diogo Gene Hugo Jacky Lee Mario Michael Mike adam anika "
    "antonio aunty belinda benjamin boris caleb david ed edward grandma grandpa iven john klatt "
    "klatt2 klatt3 marcelo max michel miguel norbert pablo pedro quincy rob robert sandro shelby "
    "steph travis victor zac"
).split()
NAMED_SHARE = 0.35
# Voice files: an alias such as "en-gb" can't take a variant.
LANGUAGE_FILES = {
    "en": ["gmw/en-US"] * 2 + ["gmw/en"] * 2 + ["gmw/en-GB-scotland", "gmw/en-GB-x-rp"],
    "es": ["roa/es", "roa/es", "roa/es-419"],
}


class Cast:
    """Draws voices; the named ones only as far as this installation has them."""

    def __init__(self, speaker: Speaker) -> None:
        """Look up which variants are installed."""
        self.speaker = speaker
        installed = speaker.variants()
        self._named = [name for name in NAMED_VARIANTS if name in installed]

    def test_voice(self, language: str, rng: random.Random, held_out: bool) -> Voice:
        """A voice for the test, of a variant never trained on if `held_out`."""
        name = self._name(language, rng, held_out)
        return Voice(name, rng.randint(130, 200), rng.randint(30, 70))

    def training_voice(self, language: str, rng: random.Random) -> Voice:
        """A voice for training, with a wider range of speeds and pitches."""
        name = self._name(language, rng, held_out=False)
        return Voice(name, rng.randint(125, 205), rng.randint(20, 80), rng.choice([30, 50, 50, 70]))

    def _name(self, language: str, rng: random.Random, held_out: bool) -> str:
        base = rng.choice(LANGUAGE_FILES[language])
        if held_out:
            variant = rng.choice(HELD_OUT_VARIANTS)
        elif rng.random() < NAMED_SHARE:
            variant = rng.choice(self._named)
        else:
            variant = rng.choice(PLAIN_VARIANTS)
        return f"{base}+{variant}" if variant else base
