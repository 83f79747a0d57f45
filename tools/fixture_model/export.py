"""Writes the directory that faster-whisper loads: CTranslate2's weights and Whisper's side files.

Placeholder tokens cost nothing: their embedding is zero but for column 0, which holds a strongly
negative number that the constant 1 in the decoder's dimension 0 turns into an output bias.
"""

import json
import shutil
from pathlib import Path
from typing import Any

import torch
from ctranslate2.specs import whisper_spec

from tools.fixture_model.network import GUIDED_HEAD, Attention, Network
from tools.fixture_model.vocabulary import (
    END_OF_TEXT,
    FIRST_LANGUAGE,
    VOCABULARY_SIZE,
    WHISPER_LANGUAGES,
)

PLACEHOLDER_BIAS = -60.0
MODEL_FILES = (
    "config.json",
    "model.bin",
    "preprocessor_config.json",
    "tokenizer.json",
    "vocabulary.json",
)
PREPROCESSOR = {
    "chunk_length": 30,
    "feature_extractor_type": "WhisperFeatureExtractor",
    "feature_size": 80,
    "hop_length": 160,
    "n_fft": 400,
    "n_samples": 480000,
    "nb_max_frames": 3000,
    "padding_side": "right",
    "padding_value": 0.0,
    "processor_class": "WhisperProcessor",
    "return_attention_mask": False,
    "sampling_rate": 16000,
}


def export(network: Network, tokenizer: Path, directory: Path, quantization: str = "int8") -> None:
    """Write the model files into `directory`, which is created anew."""
    if directory.exists():
        shutil.rmtree(directory)
    directory.mkdir(parents=True)
    with torch.no_grad():
        spec = _specification(network.eval())
    spec.register_vocabulary(json.loads((tokenizer / "vocabulary.json").read_text("utf-8")))
    spec.validate()
    spec.optimize(quantization=quantization)
    spec.save(str(directory))
    for name in ("tokenizer.json", "vocabulary.json"):
        shutil.copyfile(tokenizer / name, directory / name)
    config = directory / "config.json"
    config.write_text(json.dumps(json.loads(config.read_text("utf-8"))), "utf-8")
    preprocessor = directory / "preprocessor_config.json"
    preprocessor.write_text(json.dumps(PREPROCESSOR, indent=1), "utf-8")


def _specification(network: Network) -> Any:  # noqa: ANN401
    """CTranslate2's description of a Whisper, filled with the network's weights."""
    shape = network.shape
    spec = whisper_spec.WhisperSpec(
        shape.encoder_layers, shape.encoder_heads, shape.decoder_layers, shape.decoder_heads
    )
    _fill_encoder(spec.encoder, network.encoder)
    _fill_decoder(spec.decoder, network.decoder, shape.text_tokens)
    spec.config.suppress_ids = []
    spec.config.suppress_ids_begin = [END_OF_TEXT]
    spec.config.alignment_heads = [[layer, GUIDED_HEAD] for layer in range(shape.decoder_layers)]
    spec.config.lang_ids = [FIRST_LANGUAGE + index for index in range(len(WHISPER_LANGUAGES))]
    return spec


def _fill_encoder(spec: Any, encoder: Any) -> None:  # noqa: ANN401
    for part, module in ((spec.conv1, encoder.conv1), (spec.conv2, encoder.conv2)):
        part.weight, part.bias = module.weight, module.bias
    spec.position_encodings.encodings = encoder.positions
    _fill_norm(spec.layer_norm, encoder.layer_norm)
    for part, layer in zip(spec.layer, encoder.layers, strict=True):
        _fill_self_attention(part.self_attention, layer)
        _fill_feed_forward(part.ffn, layer)


def _fill_decoder(spec: Any, decoder: Any, text_tokens: int) -> None:  # noqa: ANN401
    table = decoder.embeddings()
    embeddings = torch.zeros(VOCABULARY_SIZE, table.shape[1])
    embeddings[:, 0] = PLACEHOLDER_BIAS
    embeddings[:text_tokens] = table[:text_tokens]
    embeddings[END_OF_TEXT:] = table[text_tokens:]
    spec.embeddings.weight = spec.projection.weight = embeddings
    spec.position_encodings.encodings = decoder.embed_positions
    _fill_norm(spec.layer_norm, decoder.layer_norm)
    spec.layer_norm.gamma, spec.layer_norm.beta = _constant_first(decoder.layer_norm)
    for part, layer in zip(spec.layer, decoder.layers, strict=True):
        _fill_self_attention(part.self_attention, layer)
        _fill_norm(part.attention.layer_norm, layer.encoder_attn_layer_norm)
        heads = layer.encoder_attn
        _fill_linear(part.attention.linear[0], heads.q_proj)
        part.attention.linear[1].weight, part.attention.linear[1].bias = _stacked(heads, "kv")
        _fill_linear(part.attention.linear[2], heads.out_proj)
        _fill_feed_forward(part.ffn, layer)


def _constant_first(norm: Any) -> tuple[torch.Tensor, torch.Tensor]:  # noqa: ANN401
    """The decoder's last layer norm with the constant 1 in dimension 0."""
    gamma, beta = norm.weight.clone(), norm.bias.clone()
    gamma[0], beta[0] = 0.0, 1.0
    return gamma, beta


def _fill_self_attention(spec: Any, layer: Any) -> None:  # noqa: ANN401
    _fill_norm(spec.layer_norm, layer.self_attn_layer_norm)
    spec.linear[0].weight, spec.linear[0].bias = _stacked(layer.self_attn, "qkv")
    _fill_linear(spec.linear[1], layer.self_attn.out_proj)


def _fill_feed_forward(spec: Any, layer: Any) -> None:  # noqa: ANN401
    _fill_norm(spec.layer_norm, layer.final_layer_norm)
    _fill_linear(spec.linear_0, layer.fc1)
    _fill_linear(spec.linear_1, layer.fc2)


def _stacked(attention: Attention, names: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Several projections as one; the keys' missing bias is zero."""
    projections = [getattr(attention, f"{name}_proj") for name in names]
    zeros = torch.zeros(projections[0].weight.shape[0])
    biases = [zeros if p.bias is None else p.bias for p in projections]
    return torch.cat([p.weight for p in projections]), torch.cat(biases)


def _fill_linear(spec: Any, module: Any) -> None:  # noqa: ANN401
    spec.weight, spec.bias = module.weight, module.bias


def _fill_norm(spec: Any, module: Any) -> None:  # noqa: ANN401
    spec.gamma, spec.beta = module.weight, module.bias
