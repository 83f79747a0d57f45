"""The weights to train on from, in half precision: 4.4 MB."""

from dataclasses import asdict
from pathlib import Path

import torch

from tools.fixture_model.errors import MissingInputError
from tools.fixture_model.network import Network, Shape

FILE_NAME = "checkpoint.pt"
PHONEME_HEAD = "frm."  # follows the phonemes met in one corpus: left out, it is learned anew


def save_checkpoint(path: Path, shape: Shape, weights: dict[str, torch.Tensor]) -> None:
    """Write the averaged weights; the file appears only when it is complete."""
    halves = {name: tensor.half() for name, tensor in weights.items() if not name.startswith(PHONEME_HEAD)}
    unfinished = path.with_suffix(".unfinished")
    torch.save({"shape": asdict(shape), "weights": halves}, unfinished)
    unfinished.replace(path)


def load_checkpoint(path: Path, phonemes: int = 1) -> Network:
    """A network with the file's weights; its phoneme head is new."""
    if not path.is_file():
        raise MissingInputError(f"no checkpoint at {path}: train first")
    document = torch.load(path, map_location="cpu", weights_only=True)
    network = Network(Shape(**document["shape"]), phonemes)
    floats = {name: tensor.float() for name, tensor in document["weights"].items()}
    network.load_state_dict(floats, strict=False)
    return network
