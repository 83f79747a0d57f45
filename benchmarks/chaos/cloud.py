"""The emulator under the storm: copies into its queues, what is left in them, and a halt."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress
from types import TracebackType
from typing import Self

from benchmarks.chaos.users import connection_to
from local.platform import Platform
from shared.aws.clients import make_client
from shared.aws.queue import SqsSender
from shared.domain.messages import JobMessage, NoticeKind, NoticeMessage
from shared.domain.work_queues import WorkQueue
from shared.ports.clock import Clock


class Queues:
    """The platform's queues, from outside. Raises ``TransientError`` while they can't be reached."""

    def __init__(self, platform: Platform, clock: Clock) -> None:
        self._clock = clock
        self._client = make_client("sqs", connection_to(platform))
        self._urls = {
            name: platform.environment[f"{name.upper()}_QUEUE_URL"]
            for kind in ("uploads", *map(_name_of, WorkQueue), "notification")
            for name in (kind, f"{kind}_dead_letter")
        }

    def copy_job_message(self, job_id: str, queue: WorkQueue) -> None:
        """What a queue that delivers twice does: the same body again."""
        body = JobMessage(job_id=job_id, sent_at=self._clock.now()).to_body()
        SqsSender(self._client, self._urls[_name_of(queue)]).send(body)

    def copy_notice(self, job_id: str, kind: NoticeKind) -> None:
        """The same for a notice; it may even overtake the first."""
        body = NoticeMessage(job_id=job_id, kind=kind, sent_at=self._clock.now()).to_body()
        SqsSender(self._client, self._urls["notification"]).send(body)

    def messages_left(self) -> int:
        """Messages in the main queues, hidden ones included."""
        return sum(self._depth(url) for name, url in self._urls.items() if not name.endswith("dead_letter"))

    def dead_letters(self) -> dict[str, int]:
        """Messages in each dead-letter queue, by the name of the main queue."""
        return {
            name.removesuffix("_dead_letter"): self._depth(url)
            for name, url in self._urls.items()
            if name.endswith("dead_letter")
        }

    def _depth(self, url: str) -> int:
        answer = self._client.get_queue_attributes(
            QueueUrl=url,
            AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
        )
        return sum(int(depth) for depth in answer["Attributes"].values())


def _name_of(queue: WorkQueue) -> str:
    return queue.replace("-", "_")


class Freezer:
    """Stops a process and lets it go on later.

    A shell of its own does it, so that nothing stays stopped for ever if this process is killed meanwhile.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._shell: subprocess.Popen[bytes] | None = None

    def freeze(self, seconds: float) -> None:
        """Stop it for ``seconds``; returns at once."""
        script = f"kill -STOP {self._pid}; sleep {seconds}; kill -CONT {self._pid}"
        self._shell = subprocess.Popen(["/bin/sh", "-c", script], start_new_session=True)  # noqa: S603

    @property
    def frozen(self) -> bool:
        """Whether it stands still."""
        return self._shell is not None and self._shell.poll() is None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let it go on, whatever happened."""
        if self._shell is not None and self.frozen:
            with suppress(ProcessLookupError):
                os.killpg(self._shell.pid, signal.SIGKILL)
                os.kill(self._pid, signal.SIGCONT)
            self._shell.wait()
