"""The embedded cloud: the emulator as a process of its own on this machine's loopback address.

It verifies presigned URLs with its own secret key, so a generated one is given to it and to whoever
talks to it. Nothing of the environment that names an AWS account reaches it.
"""

from __future__ import annotations

import secrets
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from local import lifeline
from local.environment import base_environment
from local.loopback import LOOPBACK, free_port, require_free
from shared.aws.clients import Connection
from shared.process import StartupError

REGION = "us-east-1"
SERVICES = "dynamodb,s3,secretsmanager,ses,sqs"
START_SECONDS = 30.0
STOP_SECONDS = 5.0
_POLL_SECONDS = 0.02
_CHECKOUT = Path(__file__).resolve().parents[1]


class Emulator:
    """A context manager: inside it the emulator answers at :attr:`endpoint_url`.

    What it holds lives in its memory and ends with it. ``port`` 0 means any free one; ``services`` are
    those that it offers, None all of them, for twice the memory.
    """

    def __init__(self, log_path: Path, *, port: int = 0, services: str | None = SERVICES) -> None:
        self._log_path = log_path
        self._port = port or free_port()
        self._services = services
        self._process: subprocess.Popen[bytes] | None = None
        self.endpoint_url = f"http://{LOOPBACK}:{self._port}"
        self.inbox_url = f"{self.endpoint_url}/_ministack/ses/messages"
        self.connection = Connection(
            endpoint_url=self.endpoint_url,
            region=REGION,
            access_key_id="local-development",
            secret_access_key=secrets.token_urlsafe(24),
        )

    def environment(self) -> Mapping[str, str]:
        """What a process needs to reach the emulator through boto3."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_REGION": self.connection.region,
            "AWS_DEFAULT_REGION": self.connection.region,
            "AWS_ACCESS_KEY_ID": self.connection.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.connection.secret_access_key,
        }

    @property
    def pid(self) -> int:
        """The id of its process; only inside the block."""
        if self._process is None:
            raise RuntimeError("the emulator does not run")
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether its process lives."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it and wait until it answers. Raises ``StartupError``.

        The port is looked at first: whoever sits there might answer in its stead.
        """
        require_free(self._port, option="EMULATOR_PORT")
        self._log_path.parent.mkdir(parents=True, exist_ok=True)
        with self._log_path.open("ab") as log:
            self._process = subprocess.Popen(
                lifeline.command("ministack"),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._own_environment(),
                cwd=_CHECKOUT,
                start_new_session=True,
            )
        try:
            self._wait_until_healthy(self._process)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End it; harmless when it has ended."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdin is not None:
            process.stdin.close()

    def __enter__(self) -> Self:
        """Start it."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it."""
        self.stop()

    def _own_environment(self) -> dict[str, str]:
        return {
            **base_environment(),
            **self.environment(),
            "BIND_HOST": LOOPBACK,
            "GATEWAY_PORT": str(self._port),
            **({} if self._services is None else {"SERVICES": self._services}),
            "TMPDIR": str(self._log_path.parent.resolve()),  # for its pid file
            "DOCKER_HOST": "unix:///nonexistent",  # it would clean up containers of other emulators
        }

    def _wait_until_healthy(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self._is_healthy():
            if process.poll() is not None:
                raise StartupError(
                    f"the emulator ended with status {process.returncode} before it answered on port "
                    f"{self._port}; its log is {self._log_path}"
                )
            if time.monotonic() > deadline:
                raise StartupError(
                    f"the emulator did not answer on port {self._port} within {START_SECONDS:.0f} s; "
                    f"its log is {self._log_path}"
                )
            time.sleep(_POLL_SECONDS)

    def _is_healthy(self) -> bool:
        try:
            answer = httpx.get(f"{self.endpoint_url}/_ministack/health", timeout=2, trust_env=False)
        except httpx.TransportError:
            return False
        return answer.is_success
