"""Learns the fixture's own byte-level BPE and writes it in Whisper's layout.

Three traps shape the files: CTranslate2 takes a Whisper for multilingual only if the empty string
is a token (Whisper's id 50256); faster-whisper suppresses `encode(" -")[0]`, which in a small
vocabulary may be the bare blank, so a blank is merged with every letter first; the placeholder
tokens stand in `vocabulary.json` alone, because `tokenizer.json` would grow to megabytes.
"""

import collections
import json
import string
from itertools import pairwise
from pathlib import Path
from typing import Any

from tokenizers import pre_tokenizers

from tools.fixture_model.sentences import LANGUAGES, corpus
from tools.fixture_model.vocabulary import (
    END_OF_TEXT,
    FIRST_TIMESTAMP,
    SPECIAL_TOKENS,
    TIMESTAMP_COUNT,
    TIMESTAMP_STEP_S,
)

TEXT_TOKENS = 1200
BLANK = "\u0120"  # how byte-level BPE writes a blank
ACCENTED = "áéíóúñü¿¡ÁÉÍÓÚÑ"
LEARNING_SENTENCES = 12_000
LEARNING_SEED = 77
COUNT_DAMPING = 0.6  # prefers pieces shared by many words over whole frequent words


class PieceLearner:
    """Byte pairs merged one by one; `pieces` and `merges` are BPE's two tables."""

    def __init__(self, word_counts: dict[str, int]) -> None:
        """Start from the 256 bytes and the words with their damped counts."""
        alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
        self.pieces = {character: index for index, character in enumerate(alphabet)}
        self.merges: list[list[str]] = []
        self.words = [(list(word), n**COUNT_DAMPING) for word, n in word_counts.items()]

    def merge(self, left: str, right: str) -> None:
        """Make one piece of two, in the table and in every word."""
        if left + right in self.pieces:
            return
        self.pieces[left + right] = len(self.pieces)
        self.merges.append([left, right])
        for word, _ in self.words:
            _join(word, left, right)

    def merge_most_common(self) -> None:
        """Merge the pair with the greatest damped count (ties by spelling)."""
        counts: collections.defaultdict[tuple[str, str], float] = collections.defaultdict(float)
        for word, weight in self.words:
            for pair in pairwise(word):
                counts[pair] += weight
        self.merge(*max(counts.items(), key=lambda item: (item[1], item[0]))[0])


def learn_pieces(text_tokens: int = TEXT_TOKENS) -> PieceLearner:
    """Learn from the grammar's own sentences until there are `text_tokens` pieces."""
    splitter = pre_tokenizers.ByteLevel(add_prefix_space=False)
    counts: collections.Counter[str] = collections.Counter()
    for language in LANGUAGES:
        for sentence in corpus(language, LEARNING_SENTENCES, LEARNING_SEED):
            counts.update(word for word, _ in splitter.pre_tokenize_str(f" {sentence}"))
    learner = PieceLearner(counts)
    accented = [splitter.pre_tokenize_str(letter)[0][0] for letter in ACCENTED]
    for two_bytes in accented:
        learner.merge(two_bytes[0], two_bytes[1])
    for piece in [*string.ascii_lowercase, *string.ascii_uppercase, *string.digits, *accented]:
        learner.merge(BLANK, piece)
    while len(learner.pieces) < text_tokens:
        learner.merge_most_common()
    return learner


def write_tokenizer(directory: Path, learner: PieceLearner) -> None:
    """Write `tokenizer.json` (Hugging Face tokenizers) and `vocabulary.json` (CTranslate2)."""
    directory.mkdir(parents=True, exist_ok=True)
    specials = {name: END_OF_TEXT + index for index, name in enumerate(SPECIAL_TOKENS)}
    tokens = {**learner.pieces, **specials}
    _write_compact(directory / "tokenizer.json", _tokenizer_document(tokens, learner.merges))
    names = {index: name for name, index in tokens.items()}
    vocabulary = [names.get(index, f"\u00a7{index:x}") for index in range(FIRST_TIMESTAMP)]
    vocabulary += [f"<|{step * TIMESTAMP_STEP_S:.2f}|>" for step in range(TIMESTAMP_COUNT)]
    vocabulary[END_OF_TEXT - 1] = ""
    _write_compact(directory / "vocabulary.json", vocabulary)


def _tokenizer_document(tokens: dict[str, int], merges: list[list[str]]) -> dict[str, Any]:
    flags = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
    byte_level = {
        "type": "ByteLevel",
        "add_prefix_space": False,
        "trim_offsets": True,
        "use_regex": True,
    }
    model = {
        "type": "BPE",
        **dict.fromkeys(("dropout", "unk_token", "continuing_subword_prefix")),
        "end_of_word_suffix": None,
        "fuse_unk": False,
        "byte_fallback": False,
        "vocab": tokens,
        "merges": merges,
    }
    added = [{"id": tokens[s], "content": s, **flags, "special": True} for s in SPECIAL_TOKENS]
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": added,
        "normalizer": None,
        "pre_tokenizer": byte_level,
        "post_processor": None,
        "decoder": byte_level,
        "model": model,
    }


def _write_compact(path: Path, document: object) -> None:
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    path.write_text(text, encoding="utf-8")


def _join(word: list[str], left: str, right: str) -> None:
    """Replace each neighbouring `left`, `right` of a word by one piece, in place."""
    index = 0
    while index < len(word) - 1:
        if word[index] == left and word[index + 1] == right:
            word[index : index + 2] = [left + right]
        else:
            index += 1
