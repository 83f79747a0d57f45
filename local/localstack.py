"""``make localstack-up``: the platform's processes against LocalStack in Docker, until Ctrl-C.

LocalStack stays up afterwards, with all that it holds, until ``make localstack-down``. What differs from
``make up`` is where AWS is: the processes, their settings and the provisioning are the same.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from local.command_line import load_options
from local.environment import CHECKOUT, isolate
from local.exports import exports_of, write_exports
from local.interruption import interrupt_on_signals
from local.loopback import LOOPBACK
from local.options import UpOptions
from local.platform import EXPORTS, running_platform
from shared.aws.clients import Connection
from shared.process import StartupError, run_process
from tools.images import require_docker

PORT = 4566
"""Also in compose.yaml."""

INSTEAD = "`make up` runs everything on an emulator that needs none"
TEND_SECONDS = 0.5


class LocalStack:
    """A :class:`~local.cloud.Cloud`: inside the block, the container answers."""

    pid = 0
    """Its process is Docker's, and not ours to signal."""

    def __init__(self, checkout: Path = CHECKOUT) -> None:
        self._checkout = checkout
        self.endpoint_url = f"http://{LOOPBACK}:{PORT}"
        self.inbox_url = f"{self.endpoint_url}/_aws/ses"
        # LocalStack verifies presigned URLs with these, whoever asks.
        self.connection = Connection(self.endpoint_url, "us-east-1", "test", "test")

    def environment(self) -> Mapping[str, str]:
        """What a process needs to reach it through boto3."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_REGION": self.connection.region,
            "AWS_DEFAULT_REGION": self.connection.region,
            "AWS_ACCESS_KEY_ID": self.connection.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.connection.secret_access_key,
        }

    @property
    def running(self) -> bool:
        """Whether it answers."""
        try:
            return httpx.get(f"{self.endpoint_url}/_localstack/health", timeout=5, trust_env=False).is_success
        except httpx.TransportError:
            return False

    def __enter__(self) -> Self:
        """Start it, or find it running. Raises ``StartupError``."""
        self.compose("up", "--detach", "--wait")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave it running: starting it is what takes long."""

    def compose(self, *arguments: str) -> None:
        """Run Docker Compose; it says itself what it does. Raises ``StartupError``."""
        command = ["docker", "compose", "--project-name", "escriba", *arguments]
        if subprocess.run(command, cwd=self._checkout, check=False).returncode != 0:
            raise StartupError(f"`{' '.join(command)}` failed: {INSTEAD}")


def up(options: UpOptions) -> None:
    """Run the processes against it."""
    isolate(os.environ)
    interrupt_on_signals()
    try:
        with running_platform(options, state=options.state, tell=_tell, cloud=LocalStack()) as platform:
            write_exports(options.state / EXPORTS, exports_of(platform))
            _tell(f"the API answers at {platform.api_url}; mails: {platform.inbox_url}; Ctrl-C ends it")
            while True:
                time.sleep(TEND_SECONDS)
                platform.tend()
    except KeyboardInterrupt:
        _tell("every process has ended; LocalStack runs on: `make localstack-down` ends it")
    finally:
        (options.state / EXPORTS).unlink(missing_ok=True)


def main() -> None:
    """``python -m local.localstack up`` or ``down``."""
    if sys.argv[1:] == ["down"]:
        require_docker(INSTEAD)
        LocalStack().compose("down", "--volumes")
        return
    options = load_options(UpOptions, "localstack-up", [one for one in sys.argv[1:] if one != "up"])
    require_docker(INSTEAD)
    up(options)


def _tell(sentence: str) -> None:
    print(sentence, flush=True)


if __name__ == "__main__":
    run_process(main)
