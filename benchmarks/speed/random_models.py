"""Whisper at the true sizes of tiny, base and small, with random weights: to measure speed, nothing else.

The weights are written through CTranslate2's own description of a Whisper, so nothing is downloaded and
neither torch nor transformers is needed. Shapes are those of Radford et al. 2022 (arXiv:2212.04356,
table 1); tokens are those of the bundled model, which keeps Whisper's numbering of 51,865.

Random weights would never end a text by themselves, and a contender that retries doubtful text would be
busy for ever. So the token embeddings are large against what the layers add, and the output projection
points from each token of a fixed chain to the next: start → language → task → time 0 → w1 → … → w96 →
end. Every contender decodes the same 96 words for every 30 s, certain of each, after doing all the work
of a real model of that size.

A beam search keeps the runners-up too, however unlikely, and stops when enough of them have ended. So the
runners-up are tokens outside the chains, after which nothing is likely: none of them leaps ahead to an end.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import tokenizers
from ctranslate2.specs import whisper_spec

from services.transcriber.model_files import FIXTURE_DIRECTORY

WORDS_A_WINDOW = 96
"""About what is said in 30 s."""

VOCABULARY_SIZE = 51_865
MEL_BANDS = 80
ENCODER_POSITIONS = 1500
DECODER_POSITIONS = 448
WEIGHT_DEVIATION = 0.02
EMBEDDING_DEVIATION = 16.0
CHAIN_LOGIT = 40.0
OTHER_LOGITS_DEVIATION = 3.0
"""The ten likeliest of fifty thousand are then above 10, and a token of a chain before its time below."""

COPIED = ("tokenizer.json", "vocabulary.json", "preprocessor_config.json")

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Size:
    """A published size of Whisper."""

    name: str
    width: int
    layers: int
    heads: int


SIZES = (Size("tiny", 384, 4, 6), Size("base", 512, 6, 8), Size("small", 768, 12, 12))


def random_model(size: Size, build: Path) -> Path:
    """The directory of the model, made (int8) if it is not there yet."""
    recipe = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:8]
    directory = build / f"random-{size.name}-{recipe}"
    if not (directory / "model.bin").is_file():
        unfinished = directory.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        _write(size, unfinished)
        shutil.rmtree(directory, ignore_errors=True)
        unfinished.rename(directory)
    return directory


def _write(size: Size, directory: Path) -> None:
    spec = whisper_spec.WhisperSpec(size.layers, size.heads, size.layers, size.heads)
    weights = Weights(size.width)
    weights.fill_encoder(spec.encoder)
    weights.fill_decoder(spec.decoder, make_chains())
    fixture = json.loads((FIXTURE_DIRECTORY / "config.json").read_text("utf-8"))
    spec.config.suppress_ids = fixture["suppress_ids"]
    spec.config.suppress_ids_begin = fixture["suppress_ids_begin"]
    spec.config.lang_ids = fixture["lang_ids"]
    spec.config.alignment_heads = [[layer, 0] for layer in range(size.layers)]
    spec.register_vocabulary(json.loads((FIXTURE_DIRECTORY / "vocabulary.json").read_text("utf-8")))
    spec.validate()
    spec.optimize(quantization="int8")
    spec.save(str(directory))
    for name in COPIED:
        shutil.copyfile(FIXTURE_DIRECTORY / name, directory / name)


def make_chains() -> list[list[int]]:
    """Chains of token ids: after each token comes the next of its chain."""
    tokenizer = tokenizers.Tokenizer.from_file(str(FIXTURE_DIRECTORY / "tokenizer.json"))
    ids = tokenizer.get_vocab()
    start, english, transcribe, no_times, end = (
        ids[f"<|{name}|>"] for name in ("startoftranscript", "en", "transcribe", "notimestamps", "endoftext")
    )
    zero = no_times + 1  # tokens of times follow each other to the end; tokenizers don't know them
    plain = sorted(
        (token, number)
        for token, number in ids.items()
        if token.startswith("Ġ") and token[1:].isalpha() and len(token) > 3
    )
    words = [number for _, number in plain[:: len(plain) // WORDS_A_WINDOW]][:WORDS_A_WINDOW]
    return [[start, english, transcribe, zero, *words, end], [no_times, words[0]]]


class Weights:
    """Random arrays from a fixed seed. The first dimension of a matrix is what comes out."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._random = np.random.default_rng(20_261_121)

    def fill_encoder(self, spec: Any) -> None:  # noqa: ANN401
        """All of an encoder's."""
        width = self._width
        for conv, width_in in ((spec.conv1, MEL_BANDS), (spec.conv2, width)):
            conv.weight, conv.bias = self._matrix(width, width_in, 3), _zeros(width)
        spec.position_encodings.encodings = self._matrix(ENCODER_POSITIONS, width)
        self._fill_norm(spec.layer_norm)
        for layer in spec.layer:
            self._fill_self_attention(layer.self_attention)
            self._fill_feed_forward(layer.ffn)

    def fill_decoder(self, spec: Any, chains: list[list[int]]) -> None:  # noqa: ANN401
        """All of a decoder's, which says the chains."""
        spec.embeddings.weight, spec.projection.weight = self.tokens(chains)
        spec.position_encodings.encodings = self._matrix(DECODER_POSITIONS, self._width)
        self._fill_norm(spec.layer_norm)
        for layer in spec.layer:
            self._fill_self_attention(layer.self_attention)
            self._fill_norm(layer.attention.layer_norm)
            for linear, times in zip(layer.attention.linear, (1, 2, 1), strict=True):
                self._fill_linear(linear, self._width * times, self._width)
            self._fill_feed_forward(layer.ffn)

    def tokens(self, chains: list[list[int]]) -> tuple[Floats, Floats]:
        """What each token is, and what it must look like before it: rows of embeddings and projection."""
        shape = (VOCABULARY_SIZE, self._width)
        embeddings = self._random.standard_normal(shape, dtype=np.float32) * np.float32(EMBEDDING_DEVIATION)
        rows = self._random.standard_normal(shape, dtype=np.float32)
        rows *= np.float32(OTHER_LOGITS_DEVIATION / self._width**0.5)
        for chain in chains:
            rows[chain] = 0
        for chain in chains:
            for token, following in pairwise(chain):
                rows[following] += CHAIN_LOGIT / (self._width * EMBEDDING_DEVIATION) * embeddings[token]
        return embeddings, rows

    def _fill_self_attention(self, spec: Any) -> None:  # noqa: ANN401
        self._fill_norm(spec.layer_norm)
        self._fill_linear(spec.linear[0], 3 * self._width, self._width)
        self._fill_linear(spec.linear[1], self._width, self._width)

    def _fill_feed_forward(self, spec: Any) -> None:  # noqa: ANN401
        self._fill_norm(spec.layer_norm)
        self._fill_linear(spec.linear_0, 4 * self._width, self._width)
        self._fill_linear(spec.linear_1, self._width, 4 * self._width)

    def _fill_linear(self, spec: Any, width_out: int, width_in: int) -> None:  # noqa: ANN401
        spec.weight, spec.bias = self._matrix(width_out, width_in), _zeros(width_out)

    def _fill_norm(self, spec: Any) -> None:  # noqa: ANN401
        spec.gamma, spec.beta = np.ones(self._width, np.float32), _zeros(self._width)

    def _matrix(self, *shape: int) -> Floats:
        return self._random.standard_normal(shape, dtype=np.float32) * np.float32(WEIGHT_DEVIATION)


def _zeros(width: int) -> Floats:
    return np.zeros(width, np.float32)
