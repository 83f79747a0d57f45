"""What holds for every test."""

from __future__ import annotations

import gc
import os
from pathlib import Path

import pytest
import structlog
from hypothesis import settings

# No test may reach a real account, nor fail for want of a profile that somebody's shell names.
for variable in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[variable]
os.environ |= {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    # onnxruntime reports its use over the network unless told not to.
    "ORT_DISABLE_TELEMETRY": "1",
}

# By default each exception in the log is drawn with all its frames' variables: seconds where those are large.
structlog.configure(
    processors=[
        *structlog.get_config()["processors"][:-1],
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
    ]
)

# A shared machine may stall any single example: slowness is measured by benchmarks, not by tests.
settings.register_profile("thorough", deadline=None, max_examples=100)
settings.register_profile("quick", deadline=None, max_examples=20)
settings.load_profile(os.environ.get("ESCRIBA_EXAMPLES", "thorough"))

# What takes longest begins first, so that no process is left alone with it at the end.
LONGEST_FIRST = ("terraform", "integration", "e2e", "contract", "unit/services/transcriber")
# One platform for all of the first, one plan of each environment for all of the second.
SHARED_BY = ("tests/e2e/", "tests/terraform/")


def _turn(item: pytest.Item) -> int:
    place = item.path.relative_to(Path(__file__).parent).as_posix()
    turns = [turn for turn, folder in enumerate(LONGEST_FIRST) if place.startswith(folder)]
    return turns[0] if turns else len(LONGEST_FIRST)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """In the order above, files whole."""
    items.sort(key=_turn)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log):
    """With ``--dist loadfile``: one process for a file, or a folder whose tests share what is slow."""
    if config.getvalue("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class LoadFileOrFolder(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return next(
                (folder for folder in SHARED_BY if nodeid.startswith(folder)), nodeid.partition("::")[0]
            )

    return LoadFileOrFolder(config, log)


def pytest_collection_finish() -> None:
    """faster-whisper collects garbage with each file that it reads: what stays needs no looking through."""
    gc.collect()
    gc.freeze()
