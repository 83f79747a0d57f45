"""Trains for a given time on a CPU: a few processes change the same weights without locks.

That is Hogwild (Recht et al. 2011, arXiv:1106.5730): each trainer has its own AdamW state and its
own stream of windows. The schedule follows the clock, so a run is not reproducible bit by bit.
"""

import ctypes
import gc
import math
import multiprocessing
import os
import random
import time
from dataclasses import dataclass
from pathlib import Path

import torch

from tools.fixture_model.batches import make_batch
from tools.fixture_model.checkpoint import save_checkpoint
from tools.fixture_model.losses import batch_losses
from tools.fixture_model.network import Network
from tools.fixture_model.progress import Progress
from tools.fixture_model.recipes import CONTINUED, FROM_SCRATCH, Stage, stage_at
from tools.fixture_model.windows import WindowSource

SAVE_EVERY_S = 180
LAST_RATE_SHARE = 0.015
WEIGHT_DECAY = 0.02
LARGEST_GRADIENT_NORM = 1.0
AVERAGE_DECAY = 0.999


@dataclass(frozen=True)
class Plan:
    """What a run does with its time; positions are shares 0..1 of it."""

    minutes: float
    trainers: int
    stages: tuple[Stage, ...]
    peak_rate: float
    warmup_steps: int
    full_rate_until: float
    augmentation_positions: tuple[float, float]
    """Augmentation grows from none to all between these."""

    @classmethod
    def from_scratch(cls, minutes: float, trainers: int) -> "Plan":
        """Short clean windows first, 30 s windows in all conditions last."""
        return cls(minutes, trainers, FROM_SCRATCH, 1.5e-3, 150, 0.3, (0.04, 0.2))

    @classmethod
    def continued(cls, minutes: float, trainers: int) -> "Plan":
        """The last stage only."""
        return cls(minutes, trainers, CONTINUED, 1.4e-3, 80, 0.0, (-1.0, 0.0))

    def learning_rate(self, step: int, position: float) -> float:
        """Warm-up, then full, then half a cosine down to almost nothing."""
        falling = max(0.0, position - self.full_rate_until) / (1 - self.full_rate_until)
        shape = LAST_RATE_SHARE + (1 - LAST_RATE_SHARE) * (0.5 + 0.5 * math.cos(math.pi * falling))
        return self.peak_rate * min(1.0, (step + 1) / self.warmup_steps) * shape

    def augmented_share(self, position: float) -> float:
        """Share of the windows that are not clean speech."""
        start, end = self.augmentation_positions
        return min(1.0, max(0.0, (position - start) / (end - start)))


class Trainer:
    """One process's share of the work; the first also averages the weights and reports."""

    def __init__(self, network: Network, source: WindowSource, plan: Plan, rank: int) -> None:
        """Take up the shared network with an optimiser of its own."""
        torch.set_num_threads(1)
        torch.manual_seed(100 + rank)
        self.network, self.source, self.plan = network, source, plan
        self.random = random.Random(time.time_ns() + rank)
        self.steps = 0
        matrices = [p for p in network.parameters() if p.ndim >= 2]
        vectors = [p for p in network.parameters() if p.ndim < 2]
        groups = [
            {"params": matrices, "weight_decay": WEIGHT_DECAY},
            {"params": vectors, "weight_decay": 0.0},
        ]
        self.optimiser = torch.optim.AdamW(groups, plan.peak_rate, betas=(0.9, 0.98), eps=1e-8)
        self.average = {name: p.detach().clone() for name, p in network.state_dict().items()}

    def step(self, position: float) -> list[float]:
        """One batch; -> the next-token loss of each of its targets."""
        stage = stage_at(self.plan.stages, position)
        rate = self.plan.learning_rate(self.steps, position)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        share = self.plan.augmented_share(position)
        batch = make_batch(self.source, stage, self.random, share)
        losses = batch_losses(self.network, batch, stage)
        self.optimiser.zero_grad(set_to_none=True)
        losses.total.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.network.parameters(), LARGEST_GRADIENT_NORM)
        if torch.isfinite(norm):
            self.optimiser.step()
        self.steps += 1
        return losses.token_losses

    def update_average(self) -> None:
        """Exponential average of the weights, short at first."""
        decay = min(AVERAGE_DECAY, (1 + self.steps) / (20 + self.steps))
        with torch.no_grad():
            for name, tensor in self.network.state_dict().items():
                self.average[name].mul_(decay).add_(tensor, alpha=1 - decay)


def train(network: Network, source: WindowSource, plan: Plan, checkpoint: Path) -> None:
    """Train for the plan's minutes; `checkpoint` is written every three minutes and at the end."""
    keep_freed_memory()
    network.share_memory()
    gc.collect()
    gc.freeze()  # the children share the speech without copying it
    started_s = time.monotonic()
    fork = multiprocessing.get_context("fork")
    others = [
        fork.Process(target=_follow, args=(network, source, plan, rank, started_s), daemon=True)
        for rank in range(1, plan.trainers)
    ]
    for process in others:
        process.start()
    trainer = Trainer(network, source, plan, 0)
    _lead(trainer, started_s, checkpoint)
    for process in others:
        process.join(60)
    save_checkpoint(checkpoint, network.shape, trainer.average)


def keep_freed_memory() -> None:
    """Let glibc keep large blocks instead of asking the kernel for each anew (mallopt(3)).

    A training step frees and takes hundreds of megabytes; without this page faults take a twentieth of
    the time.
    Elsewhere than on Linux with glibc nothing happens.
    """
    trim_threshold, mmap_max = -1, -4
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except AttributeError:
        return
    mallopt(mmap_max, 0)
    mallopt(trim_threshold, 2**31 - 1)


def _position(plan: Plan, started_s: float) -> float:
    return (time.monotonic() - started_s) / 60 / plan.minutes


def _follow(network: Network, source: WindowSource, plan: Plan, rank: int, started_s: float) -> None:
    print(f"trainer {rank}: process {os.getpid()}", flush=True)
    trainer = Trainer(network, source, plan, rank)
    while (position := _position(plan, started_s)) < 1:
        trainer.step(position)


def _lead(trainer: Trainer, started_s: float, checkpoint: Path) -> None:
    print(f"trainer 0: process {os.getpid()}", flush=True)
    plan = trainer.plan
    progress = Progress("training", round(plan.minutes * 60), "seconds", every_s=60)
    saved_s = started_s
    recent: list[float] = []
    while (position := _position(plan, started_s)) < 1:
        recent = [*recent[-49:], *trainer.step(position)[:1]]
        trainer.update_average()
        note = f"step {trainer.steps}, token loss {sum(recent) / len(recent):.3f}"
        progress.report(round(position * plan.minutes * 60), note)
        if time.monotonic() - saved_s > SAVE_EVERY_S:
            save_checkpoint(checkpoint, trainer.network.shape, trainer.average)
            saved_s = time.monotonic()
