"""Speaks the corpus: mel shards to train on and a test set of sound that training never sees.

`test_LL.npz`: `audio` int16 at 16 kHz and `meta` (JSON, one entry a sentence: text, voice, words,
`off`/`n` samples). `train_LL_NNN.npz`: `mel` float16 [80, frames], log10 of the power, and `meta`
with `off`/`n` in frames, `dur` in seconds and the phonemes. Words are [start character, end
character, start second, end second].
"""

import json
import random
from pathlib import Path
from typing import Any

import numpy as np

from tools.fixture_model.espeak import Speaker, Speech
from tools.fixture_model.progress import Progress
from tools.fixture_model.sentences import LANGUAGES, corpus
from tools.fixture_model.voices import Cast
from tools.fixture_model.word_times import word_times

TEST_SEED = 1
TEST_SENTENCES = 700
TEST_SEEN_VOICES = 450  # the rest is spoken by the held-out voices
SHARD_SENTENCES = 2000
POWER_FLOOR = 1e-10


def speak_reserved(directory: Path) -> None:
    """Write the test sets of all languages, which say and sound the same every time."""
    directory.mkdir(parents=True, exist_ok=True)
    cast = Cast(Speaker())
    for language in LANGUAGES:
        _write_test_set(language, corpus(language, TEST_SENTENCES, TEST_SEED), directory, cast)


def synthesise(language: str, sentences: int, directory: Path, seed: int) -> None:
    """Write the test set (the same for every seed) and the training shards of one language."""
    directory.mkdir(parents=True, exist_ok=True)
    cast = Cast(Speaker())
    test_texts = corpus(language, TEST_SENTENCES, TEST_SEED)
    _write_test_set(language, test_texts, directory, cast)
    reserved = set(test_texts)
    texts = [text for text in corpus(language, sentences, seed) if text not in reserved]
    rng = random.Random(seed * 1000 + (language == "es"))
    progress = Progress(f"speech {language}", len(texts), "sentences")
    for shard, first in enumerate(range(0, len(texts), SHARD_SENTENCES)):
        part = texts[first : first + SHARD_SENTENCES]
        _write_shard(directory / f"train_{language}_{shard:03d}.npz", part, language, cast, rng)
        progress.report(first + len(part))


def _write_test_set(language: str, texts: list[str], directory: Path, cast: Cast) -> None:
    rng = random.Random(1000 * TEST_SEED + (language == "es"))
    sound, meta, offset = [], [], 0
    for index, text in enumerate(texts):
        held_out = index >= TEST_SEEN_VOICES
        voice = cast.test_voice(language, rng, held_out)
        speech = cast.speaker.say(text, voice)
        count = len(speech.samples)
        entry = {"text": text, "voice": voice.name, "held": held_out, "off": offset, "n": count}
        meta.append({**entry, "words": word_times(text, speech.word_starts, speech.duration_s)})
        sound.append((np.clip(speech.samples, -1, 1) * 32767).astype(np.int16))
        offset += count
    _save(directory / f"test_{language}.npz", meta, audio=np.concatenate(sound))


def _write_shard(path: Path, texts: list[str], language: str, cast: Cast, rng: random.Random) -> None:
    from tools.fixture_model.mel import mel_power  # by torch, which the test set does without

    mels, meta, offset = [], [], 0
    for text in texts:
        voice = cast.training_voice(language, rng)
        speech = cast.speaker.say(text, voice)
        mel = np.log10(np.maximum(mel_power(speech.samples), POWER_FLOOR)).astype(np.float16)
        meta.append(_training_entry(text, voice.name, speech, offset, mel.shape[1]))
        mels.append(mel)
        offset += mel.shape[1]
    _save(path, meta, mel=np.concatenate(mels, 1))


def _training_entry(text: str, voice_name: str, speech: Speech, offset: int, frames: int) -> dict[str, Any]:
    return {
        "text": text,
        "voice": voice_name,
        "off": offset,
        "n": frames,
        "dur": round(speech.duration_s, 3),
        "words": word_times(text, speech.word_starts, speech.duration_s),
        "ph": speech.phonemes,
    }


def _save(path: Path, meta: list[dict[str, Any]], **arrays: Any) -> None:  # noqa: ANN401
    """Write under another name first, so that a half-written file is never read."""
    unfinished = path.with_name("unfinished_" + path.name)
    np.savez(unfinished, meta=np.array(json.dumps(meta)), **arrays)
    unfinished.rename(path)
