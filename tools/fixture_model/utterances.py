"""The spoken sentences in memory, each with the labels that training needs."""

import json
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from tools.fixture_model.arrays import FRAMES_PER_S, Floats, Halves, Integers
from tools.fixture_model.errors import MissingInputError
from tools.fixture_model.sentences import LANGUAGES
from tools.fixture_model.vocabulary import CompactVocabulary, EncodedText

PAUSE_PHONEMES = ("_", "_:")  # label 0


@dataclass(frozen=True)
class Utterance:
    """One sentence of training speech."""

    token_ids: list[int]
    token_spans_s: Floats
    """[tokens, 2]: start and end of the word each token belongs to."""
    log_mel: Halves
    """[80, frames of 10 ms], log10 of the power."""
    duration_s: float
    frame_phonemes: Integers
    """[frames]: phoneme label, 0 in pauses."""
    frame_tokens: Integers
    """[frames]: 1 + the text token being spoken, 0 in pauses."""


class PhonemeLabels(dict[str, int]):
    """Numbers the phonemes in the order they are met; pauses are 0."""

    def label(self, name: str) -> int:
        """The number of a phoneme."""
        return 0 if name in PAUSE_PHONEMES else self.setdefault(name, len(self) + 1)


@dataclass(frozen=True)
class Library:
    """All training utterances by language."""

    by_language: dict[str, list[Utterance]]
    vocabulary: CompactVocabulary
    phonemes: PhonemeLabels

    @classmethod
    def load(cls, directory: Path, vocabulary: CompactVocabulary) -> "Library":
        """Read all shards of a directory; raises MissingInputError where there are none."""
        phonemes = PhonemeLabels()
        by_language = {
            language: [
                utterance
                for shard in sorted(directory.glob(f"train_{language}_*.npz"))
                for utterance in _read_shard(shard, vocabulary, phonemes)
            ]
            for language in LANGUAGES
        }
        if not all(by_language.values()):
            raise MissingInputError(f"no speech to train on in {directory}: run `synth` first")
        return cls(by_language, vocabulary, phonemes)


def _read_shard(path: Path, vocabulary: CompactVocabulary, phonemes: PhonemeLabels) -> list[Utterance]:
    with np.load(path) as shard:
        mel, entries = shard["mel"], json.loads(str(shard["meta"]))
    texts = vocabulary.encode([entry["text"] for entry in entries])
    return [
        _utterance(entry, mel[:, entry["off"] : entry["off"] + entry["n"]], text, phonemes)
        for entry, text in zip(entries, texts, strict=True)
    ]


def _utterance(
    entry: dict[str, Any], log_mel: Halves, text: EncodedText, phonemes: PhonemeLabels
) -> Utterance:
    words = entry["words"]
    word_of_token = [_word_at(max(start, end - 1), words) for start, end in text.spans]
    frame_phonemes = _phoneme_frames(entry["ph"], log_mel.shape[1], phonemes)
    times_s = np.array([word[2:] for word in words], np.float32)
    return Utterance(
        text.ids,
        times_s[word_of_token],
        log_mel,
        entry["dur"],
        frame_phonemes,
        _token_frames(entry["text"], text, word_of_token, words, frame_phonemes),
    )


def _word_at(position: int, words: list[Any]) -> int:
    """Index of the last word that begins at or before a character."""
    index = 0
    while index + 1 < len(words) and position >= words[index + 1][0]:
        index += 1
    return index


def _frame(seconds: float) -> int:
    return int(seconds * FRAMES_PER_S + 0.5)


def _phoneme_frames(events: list[tuple[float, str]], frames: int, phonemes: PhonemeLabels) -> Integers:
    labels = np.zeros(frames, np.int64)
    for (start_s, name), (end_s, _) in pairwise(events):
        labels[_frame(start_s) : _frame(end_s)] = phonemes.label(name)
    return labels


def _token_frames(
    sentence: str,
    text: EncodedText,
    word_of_token: list[int],
    words: list[Any],
    frame_phonemes: Integers,
) -> Integers:
    """The tokens of a word share its voiced frames in proportion to their letters."""
    labels = np.zeros(len(frame_phonemes), np.int64)
    for index, (_, _, start_s, end_s) in enumerate(words):
        start = _frame(start_s)
        voiced = start + np.nonzero(frame_phonemes[start : _frame(end_s)])[0]
        tokens = [
            (token + 1, sum(map(str.isalnum, sentence[max(0, begin) : max(0, end)])))
            for token, (begin, end), word in zip(text.ids, text.spans, word_of_token, strict=True)
            if word == index
        ]
        tokens = [(token, letters) for token, letters in tokens if letters]
        if tokens and len(voiced):
            ends = np.cumsum([letters for _, letters in tokens])
            places = (np.arange(len(voiced)) + 0.5) / len(voiced) * ends[-1]
            names = np.array([token for token, _ in tokens])
            labels[voiced] = names[np.searchsorted(ends, places)]
    return labels
