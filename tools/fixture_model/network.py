"""Whisper's encoder and decoder in plain PyTorch (Radford et al. 2022, arXiv:2212.04356).

Only the compact vocabulary is trained. Dimension 0 of the decoder's output is reserved: its final
layer norm is exported with weight 0 and bias 1 there, so that column 0 of the tied embedding acts
as an output bias: 0 for real tokens, strongly negative for placeholders (see `export.py`).
"""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

from tools.fixture_model.vocabulary import LONGEST_TARGET_TOKENS, TIMESTAMP_COUNT

ENCODER_POSITIONS = 1500
POSITION_SCALE = 0.3  # at full scale the positions drown the young convolutions
GUIDED_HEAD = 0  # of every decoder layer; exported as alignment head


@dataclass(frozen=True)
class Shape:
    """The sizes of a network."""

    text_tokens: int
    vocabulary: int
    width: int = 128
    encoder_layers: int = 5
    encoder_heads: int = 2
    decoder_layers: int = 2
    decoder_heads: int = 4


@dataclass(frozen=True)
class Guide:
    """Where each predicted token is heard: encoder frames [windows, tokens], 1 where known."""

    first_frame: torch.Tensor
    last_frame: torch.Tensor
    is_heard: torch.Tensor


def sinusoids(length: int, channels: int) -> torch.Tensor:
    """Sines then cosines of geometrically spaced wavelengths, [length, channels]."""
    step = math.log(10_000.0) / (channels // 2 - 1)
    rates = torch.exp(-step * torch.arange(channels // 2).float())
    angles = torch.arange(length).float()[:, None] * rates[None]
    return torch.cat([angles.sin(), angles.cos()], 1)


class Attention(nn.Module):  # type: ignore[misc]
    """Multi-head attention, over itself or over `memory`."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.q_proj = nn.Linear(width, width)
        self.k_proj = nn.Linear(width, width, bias=False)
        self.v_proj = nn.Linear(width, width)
        self.out_proj = nn.Linear(width, width)

    def forward(
        self,
        x: torch.Tensor,
        memory: torch.Tensor | None = None,
        causal: bool = False,
        guide: Guide | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        """-> the attended [windows, tokens, width] and the guide's loss, if one is given."""
        source = x if memory is None else memory
        queries = self._split(self.q_proj(x))
        keys, values = self._split(self.k_proj(source)), self._split(self.v_proj(source))
        attended = F.scaled_dot_product_attention(queries, keys, values, is_causal=causal)
        loss = None if guide is None else _guide_loss(queries, keys, guide)
        return self.out_proj(attended.transpose(1, 2).reshape(x.shape)), loss

    def _split(self, x: torch.Tensor) -> torch.Tensor:
        return x.view(x.shape[0], x.shape[1], self.heads, -1).transpose(1, 2)


def _guide_loss(queries: torch.Tensor, keys: torch.Tensor, guide: Guide) -> torch.Tensor:
    """Minus the log of the attention that the guided head pays inside the token's time span."""
    scores = queries[:, GUIDED_HEAD] @ keys[:, GUIDED_HEAD].transpose(1, 2)
    log_shares = torch.log_softmax(scores.float() * queries.shape[-1] ** -0.5, -1)
    frames = torch.arange(keys.shape[2], device=keys.device)[None, None]
    inside = (frames >= guide.first_frame[..., None]) & (frames <= guide.last_frame[..., None])
    outside_floor = log_shares.masked_fill(~inside, -1e4)
    losses = -torch.logsumexp(outside_floor, -1).clamp(min=-30, max=30)
    return (losses * guide.is_heard).sum() / guide.is_heard.sum().clamp(min=1)


class EncoderLayer(nn.Module):  # type: ignore[misc]
    """Self-attention and feed-forward network, each after a layer norm."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.self_attn = Attention(width, heads)
        self.self_attn_layer_norm = nn.LayerNorm(width)
        self.fc1, self.fc2 = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.final_layer_norm = nn.LayerNorm(width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """[windows, frames, width] -> the same shape."""
        return self.feed_forward(x + self.self_attn(self.self_attn_layer_norm(x))[0])

    def feed_forward(self, x: torch.Tensor) -> torch.Tensor:
        """The second half of a layer."""
        return x + self.fc2(F.gelu(self.fc1(self.final_layer_norm(x))))


class DecoderLayer(EncoderLayer):
    """A layer that also attends to the encoder's output."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__(width, heads)
        self.encoder_attn = Attention(width, heads)
        self.encoder_attn_layer_norm = nn.LayerNorm(width)

    def forward(  # type: ignore[override]
        self, x: torch.Tensor, memory: torch.Tensor, guide: Guide | None
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        """-> [windows, tokens, width] and the guide's loss."""
        x = x + self.self_attn(self.self_attn_layer_norm(x), causal=True)[0]
        heard, loss = self.encoder_attn(self.encoder_attn_layer_norm(x), memory, guide=guide)
        return self.feed_forward(x + heard), loss


class Encoder(nn.Module):  # type: ignore[misc]
    """Log-mel window -> features at 50 frames a second."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        width = shape.width
        self.conv1 = nn.Conv1d(80, width, 3, padding=1)
        self.conv2 = nn.Conv1d(width, width, 3, stride=2, padding=1)
        layers = [EncoderLayer(width, shape.encoder_heads) for _ in range(shape.encoder_layers)]
        self.layers = nn.ModuleList(layers)
        self.layer_norm = nn.LayerNorm(width)
        positions = POSITION_SCALE * sinusoids(ENCODER_POSITIONS, width)
        self.register_buffer("positions", positions, persistent=False)

    def forward(
        self, log_mel: torch.Tensor, first_position: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """[windows, 80, frames] -> output and middle layer, each [windows, frames / 2, width]."""
        x = F.gelu(self.conv2(F.gelu(self.conv1(log_mel)))).transpose(1, 2)
        steps = torch.arange(x.shape[1], device=x.device)
        x = x + self.positions[first_position[:, None] + steps[None]]
        middle = x
        for index, layer in enumerate(self.layers):
            x = layer(x)
            if index == len(self.layers) // 2:
                middle = x
        return self.layer_norm(x), middle


class Decoder(nn.Module):  # type: ignore[misc]
    """Tokens so far and the encoder's output -> the next token."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        width = shape.width
        self.emb = nn.Parameter(torch.randn(shape.vocabulary, width) * 0.02)
        self.ts_proj = nn.Linear(width, width, bias=False)
        nn.init.normal_(self.ts_proj.weight, std=0.02)
        self.embed_positions = nn.Parameter(torch.randn(LONGEST_TARGET_TOKENS, width) * 0.01)
        layers = [DecoderLayer(width, shape.decoder_heads) for _ in range(shape.decoder_layers)]
        self.layers = nn.ModuleList(layers)
        self.layer_norm = nn.LayerNorm(width)
        self.register_buffer("times", sinusoids(TIMESTAMP_COUNT, width), persistent=False)

    def embeddings(self) -> torch.Tensor:
        """[compact vocabulary, width].

        A timestamp is a linear map of its sinusoid plus a small free part: so all 1501 are
        learned from few examples of each.
        """
        others = self.emb.shape[0] - TIMESTAMP_COUNT
        table = self.emb + F.pad(self.ts_proj(self.times).float(), (0, 0, others, 0))
        return torch.cat([torch.zeros_like(table[:, :1]), table[:, 1:]], 1)

    def forward(
        self, ids: torch.Tensor, memory: torch.Tensor, guide: Guide | None = None
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor | None]:
        """-> states [windows, tokens, width - 1], embeddings to match them with, guide loss."""
        table = self.embeddings()
        x = table[ids] + self.embed_positions[: ids.shape[1]]
        losses = []
        for layer in self.layers:
            x, loss = layer(x, memory, guide)
            losses += [] if loss is None else [loss]
        mean_loss = sum(losses) / len(losses) if losses else None
        return self.layer_norm(x)[..., 1:], table[:, 1:], mean_loss


class Network(nn.Module):  # type: ignore[misc]
    """Encoder, decoder and the two heads that only training uses."""

    def __init__(self, shape: Shape, phonemes: int = 1) -> None:
        super().__init__()
        self.shape = shape
        self.encoder, self.decoder = Encoder(shape), Decoder(shape)
        self.ftok = nn.Linear(shape.width, shape.text_tokens + 1)
        self.frm = nn.Sequential(nn.LayerNorm(shape.width), nn.Linear(shape.width, phonemes))
