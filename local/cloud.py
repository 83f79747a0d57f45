"""What a platform needs of the AWS that it runs on."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Protocol, Self

from shared.aws.clients import Connection


class Cloud(Protocol):
    """What answers as AWS while the block lasts: the embedded emulator, or another."""

    endpoint_url: str
    inbox_url: str
    connection: Connection

    def environment(self) -> Mapping[str, str]:
        """What a process needs to reach it."""
        ...

    @property
    def running(self) -> bool:
        """Whether it answers still."""
        ...

    @property
    def pid(self) -> int:
        """The id of its process; 0: it is not ours."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
