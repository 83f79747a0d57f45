"""The loss of a batch: next tokens, and early on where in the sound each token is."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F

from tools.fixture_model.batches import NOT_COUNTED, Batch, TargetBatch
from tools.fixture_model.network import Guide, Network
from tools.fixture_model.recipes import Stage

LOGIT_SIZE_WEIGHT = 1e-4  # keeps real logits near 0, far above the placeholders' bias


@dataclass(frozen=True)
class Losses:
    """The weighted sum to minimise, and the plain next-token losses of each target to report."""

    total: torch.Tensor
    token_losses: list[float]


def batch_losses(network: Network, batch: Batch, stage: Stage) -> Losses:
    """Run the network in bfloat16 where that is safe and add up what the stage asks for."""
    with torch.autocast(batch.log_mel.device.type, torch.bfloat16):
        memory, middle = network.encoder(batch.log_mel, batch.first_position)
        total = torch.zeros((), device=memory.device)
        token_losses = []
        for target in batch.targets:
            token_loss, guide_loss, size_loss = _target_losses(network, memory, target)
            share = 1 / len(batch.targets)
            total = total + share * (token_loss + stage.guide_weight * guide_loss + size_loss)
            token_losses.append(float(token_loss.detach()))
        if stage.frame_token_weight:
            loss = _frame_loss(network.ftok(memory), batch.frame_tokens)
            total = total + stage.frame_token_weight * loss
        if stage.phoneme_weight:
            loss = _frame_loss(network.frm(middle), batch.frame_phonemes)
            total = total + stage.phoneme_weight * loss
    return Losses(total, token_losses)


def _target_losses(
    network: Network, memory: torch.Tensor, target: TargetBatch
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    guide = Guide(target.first_frame, target.last_frame, target.is_heard)
    states, table, guide_loss = network.decoder(target.input_ids, memory, guide)
    counted = target.predicted_ids != NOT_COUNTED
    logits = F.linear(states[counted], table).float()
    token_loss = F.cross_entropy(logits, target.predicted_ids[counted])
    size_loss = LOGIT_SIZE_WEIGHT * torch.logsumexp(logits, -1).pow(2).mean()
    return token_loss, guide_loss, size_loss


def _frame_loss(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    return F.cross_entropy(logits.flatten(0, 1).float(), labels.flatten(), ignore_index=NOT_COUNTED)
