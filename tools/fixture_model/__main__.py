"""`python -m tools.fixture_model build --work-dir DIR --minutes N` and its single steps."""

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

from tools.fixture_model.errors import FixtureModelError
from tools.fixture_model.steps import Workshop

STEPS: dict[str, tuple[Callable[[Workshop], None], str]] = {
    "build": (Workshop.build, "all of the steps below but reserved and install, in order"),
    "tokenizer": (Workshop.make_tokenizer, "learn the vocabulary"),
    "synth": (Workshop.synthesise, "speak training and test sentences (needs espeak-ng)"),
    "reserved": (Workshop.speak_reserved, "speak the test sentences alone: SPEECH of make bench"),
    "train": (Workshop.train, "train for --minutes"),
    "export": (Workshop.export, "write the model directory for faster-whisper"),
    "evaluate": (Workshop.evaluate, "measure it and write evaluation.json"),
    "samples": (Workshop.make_samples, "write sample clips"),
    "install": (Workshop.install, "replace models/fixture by the result"),
}


def parser() -> argparse.ArgumentParser:
    """The command line."""
    steps = "\n".join(f"  {name:10}{text}" for name, (_, text) in STEPS.items())
    result = argparse.ArgumentParser(
        prog="python -m tools.fixture_model",
        description=f"Makes the tiny Whisper of models/fixture.\n\nsteps:\n{steps}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    result.add_argument("step", choices=STEPS, metavar="STEP", help="one of the steps above")
    result.add_argument("--work-dir", type=Path, required=True, help="takes some 5 GB")
    result.add_argument("--minutes", type=float, default=60.0, help="of training (default 60)")
    result.add_argument(
        "--sentences", type=int, default=30_000, help="spoken a language (default 30000, 24 h)"
    )
    result.add_argument("--seed", type=int, default=2, help="of the training speech (default 2)")
    result.add_argument("--trainers", type=int, default=2, help="training processes (default 2)")
    result.add_argument("--from-scratch", action="store_true", help="start without the fixture's checkpoint")
    result.add_argument("--nice", type=int, default=0, help="lower the priority by 0..19")
    return result


def main(arguments: list[str] | None = None) -> int:
    """Run one step; -> 0, or 1 with one sentence on the error output."""
    options = parser().parse_args(arguments)
    os.nice(options.nice)
    options.work_dir.mkdir(parents=True, exist_ok=True)
    workshop = Workshop(
        options.work_dir,
        options.sentences,
        options.seed,
        options.minutes,
        options.trainers,
        options.from_scratch,
    )
    try:
        STEPS[options.step][0](workshop)
    except FixtureModelError as error:
        print(f"fixture_model: {error}", file=sys.stderr)
        return 1
    except ModuleNotFoundError as error:
        advice = "pip install -r tools/fixture_model/requirements.txt"
        print(f"fixture_model: {error.name} is not installed: {advice}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
