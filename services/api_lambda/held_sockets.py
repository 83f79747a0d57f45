"""The WebSockets that this process holds: what is to be said over one waits here until its reader takes it.

Everything happens in the event loop. A reader that takes nothing holds up nobody: once so many messages
wait for it, its connection is given up, and whoever has more to say learns that it is gone.
"""

from __future__ import annotations

from contextlib import suppress

import anyio
from anyio.abc import TaskGroup
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from starlette.websockets import WebSocket, WebSocketDisconnect

from shared.log import get_logger

MOST_WAITING = 100
"""A client that subscribes to all the jobs it may is told twice as much at once, and reads meanwhile."""
ENDED = 1008
"""The close code of a caller who no longer is one: "policy violation" (RFC 6455, section 7.4.1)."""

_log = get_logger(__name__)


class HeldSocket:
    """One of them, served by the tasks of one group."""

    def __init__(self, socket: WebSocket, tasks: TaskGroup) -> None:
        self._socket = socket
        self._tasks = tasks
        self._waiting: MemoryObjectSendStream[str]
        self._outbox: MemoryObjectReceiveStream[str]
        self._waiting, self._outbox = anyio.create_memory_object_stream(MOST_WAITING)
        tasks.start_soon(self._pass_on)

    def send(self, text: str) -> bool:
        """Let it wait for its reader; False, and the connection is given up, if too much waits already."""
        try:
            self._waiting.send_nowait(text)
        except anyio.WouldBlock:
            _log.warning("a reader takes nothing: its connection is given up")
            self._tasks.cancel_scope.cancel()
            return False
        except (anyio.BrokenResourceError, anyio.ClosedResourceError):
            return False  # it ends
        return True

    def close(self) -> None:
        """End it once its reader has taken what waits."""
        self._waiting.close()

    async def _pass_on(self) -> None:
        with self._outbox, suppress(WebSocketDisconnect, RuntimeError):  # gone: the receiver hears of it
            async for text in self._outbox:
                await self._socket.send_text(text)
            await self._socket.close(ENDED)


class HeldSockets:
    """All of them, by connection id."""

    def __init__(self) -> None:
        self._held: dict[str, HeldSocket] = {}

    def hold(self, connection_id: str, socket: WebSocket, tasks: TaskGroup) -> None:
        """Keep an accepted socket."""
        self._held[connection_id] = HeldSocket(socket, tasks)

    def release(self, connection_id: str) -> None:
        """Forget one, and what waits for its reader."""
        held = self._held.pop(connection_id, None)
        if held is not None:
            held.close()

    def send(self, connection_id: str, text: str) -> bool:
        """Whether somebody holds it who may yet be told."""
        held = self._held.get(connection_id)
        return held is not None and held.send(text)

    def close(self, connection_id: str) -> bool:
        """Whether somebody held it."""
        held = self._held.pop(connection_id, None)
        if held is None:
            return False
        held.close()
        return True
